#!/usr/bin/env bash
# Write the hashed locks in requirements/ from what each package declares. One service, one lock; no lock names a
# package index. `local` is everything one machine runs, `dev` adds the tools; the others pin what those two pin.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() { # NAME INPUT...: requirements/NAME.txt from INPUTs
    local name=$1; shift
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --custom-compile-command "make lock" --no-emit-package bulkpress-jbig2 --no-emit-package bulkpress-engine --no-emit-package bulkpress-core \
        --constraints requirements/dev.txt --output-file "requirements/$name.txt" "$@" ${UPGRADE:+--upgrade}
}

all=(services/upload-gateway/pyproject.toml services/compression-worker/pyproject.toml services/scheduler/pyproject.toml
    services/flower/pyproject.toml libs/client/pyproject.toml --extra local requirements/build.in)
touch requirements/dev.txt
[ -z "${UPGRADE:-}" ] || : > requirements/dev.txt
compile dev "${all[@]}" requirements/tools.in
compile local "${all[@]}"
compile upload-gateway services/upload-gateway/pyproject.toml
compile compression-worker services/compression-worker/pyproject.toml
compile scheduler services/scheduler/pyproject.toml
compile flower services/flower/pyproject.toml
compile build requirements/build.in
compile client libs/client/pyproject.toml
compile fuzz requirements/fuzz.in
