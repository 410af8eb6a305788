#!/usr/bin/env bash
# Build the images of all services, or of those named: images.sh [SERVICE...]. DOCKER_BUILD_OPTIONS are docker's own,
# such as --network host; BASE_IMAGE, IMAGE_PREFIX and IMAGE_TAG say what they are built on and called.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- upload-gateway compression-worker scheduler flower
prefix=${IMAGE_PREFIX:-bulkpress}
tag=${IMAGE_TAG:-0.1.0}
revision=$(git rev-parse HEAD 2> /dev/null || echo unknown)
for service in "$@"; do
    # shellcheck disable=SC2086  # options are several words
    docker build --file "services/$service/Dockerfile" --tag "$prefix/$service:$tag" \
        ${BASE_IMAGE:+--build-arg "BASE_IMAGE=$BASE_IMAGE"} ${PIP_INDEX_URL:+--build-arg "PIP_INDEX_URL=$PIP_INDEX_URL"} \
        --build-arg "VERSION=$tag" --build-arg "REVISION=$revision" ${DOCKER_BUILD_OPTIONS:-} .
done
