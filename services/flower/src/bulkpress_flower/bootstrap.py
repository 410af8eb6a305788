"""Flower's only wiring: the Celery app as the settings describe it, whatever the broker's kind, without a task."""

from bulkpress_core.adapters.celery_app import make_celery
from bulkpress_core.settings import read_settings

celery = make_celery(read_settings())
