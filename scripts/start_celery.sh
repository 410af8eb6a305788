#!/usr/bin/env bash
# Start a worker for all queues and the scheduler, and stop both with Ctrl-C: the first version's way.
#   CONCURRENCY=2 LOGLEVEL=info QUEUES=compression,cleanup scripts/start_celery.sh
# Where Redis and the files are: CELERY_BROKER_URL, CELERY_RESULT_BACKEND, BULKPRESS_STORE. `make up` starts these too.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
[ ! -d "$root/.venv/bin" ] || PATH="$root/.venv/bin:$PATH"
if ! python -c 'import celery_worker, scheduler' 2> /dev/null; then
    echo "Bulkpress is not installed for $(command -v python || echo any python): run \`make setup\` first." >&2
    exit 1
fi

celery -A celery_worker.celery worker --loglevel="${LOGLEVEL:-info}" --concurrency="${CONCURRENCY:-2}" \
    --queues="${QUEUES:-compression,cleanup}" &
worker=$!
python -m scheduler &
scheduler=$!

stop() { # both end what they are doing, the worker within its own time
    trap - INT TERM EXIT
    kill -TERM "$worker" "$scheduler" 2> /dev/null || true
    wait
}
trap stop INT TERM EXIT
wait -n # whichever ends first takes the other with it
