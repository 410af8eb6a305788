"""What the services share: jobs and files, the ports they work through, the adapters behind those, settings, telemetry.

Read `domain` first (pure values), then `ports` (what the services ask of the world), then `adapters` (Redis, S3,
a folder, Celery). Only a service's `bootstrap.py` imports `adapters`; only `settings` reads the environment.
"""
