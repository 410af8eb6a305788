"""Celery worker: claims the next file of a lane, fetches it, presses it in a child process, stores and settles it."""
