"""Celery beat and the sweeps: gives back what dead workers held, rings lost bells, measures the queues."""
