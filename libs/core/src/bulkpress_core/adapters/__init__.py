"""The ports on real things: Redis, S3, a folder, Celery; and the in-memory ones that tests use beside them."""
