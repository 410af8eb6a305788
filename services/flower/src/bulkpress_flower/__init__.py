"""Flower, which shows workers and tasks: `celery -A bulkpress_flower.bootstrap flower`."""
