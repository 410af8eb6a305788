"""The Celery app under the name that operators of the first version know.

celery -A celery_worker.celery worker --loglevel=info --concurrency=2 --queues=compression,cleanup
celery -A celery_worker.celery beat --loglevel=info
celery -A celery_worker.celery flower
"""

from bulkpress_core.settings import read_settings
from compression_worker.bootstrap import make_worker

celery = make_worker(read_settings())
