#!/bin/sh
# In the build stage of an image: make /opt/bulkpress, which is all that the image adds to its base.
#   image_root.sh lock NAME     the packages that requirements/NAME.txt pins; cached as long as the lock stays
#   image_root.sh own FOLDER... packages of this repository, dependencies first
# What compiles and installs stays in the build stage: the environment made here has no pip.
set -eu

python=/opt/bulkpress/bin/python

packages() { # for a base image that cannot compile an extension or has no pip
    command -v cc > /dev/null || echo gcc libc6-dev
    python3 -c 'import pip' 2> /dev/null || echo python3-pip
    python3 -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")' 2> /dev/null || echo python3-dev
}

install_locked() { # LOCK INTERPRETER
    python3 -m pip --python "$2" install --quiet --no-cache-dir --disable-pip-version-check --root-user-action ignore \
        --require-hashes -r "requirements/$1.txt"
}

case $1 in
lock)
    missing=$(packages)
    if [ -n "$missing" ]; then
        apt-get update -q=2
        # shellcheck disable=SC2086  # several words, on purpose
        DEBIAN_FRONTEND=noninteractive apt-get install -q=2 --no-install-recommends $missing > /dev/null
    fi
    python3 -m venv --without-pip /opt/build
    python3 -m venv --without-pip /opt/bulkpress
    install_locked build /opt/build/bin/python
    install_locked "$2" "$python"
    ;;
own)
    shift
    for folder in "$@"; do
        python3 -m pip --python /opt/build/bin/python wheel --quiet --disable-pip-version-check \
            --no-deps --no-index --no-build-isolation --wheel-dir /opt/wheels "./$folder"
    done
    python3 -m pip --python "$python" install --quiet --no-cache-dir --disable-pip-version-check --root-user-action ignore \
        --no-deps --no-index /opt/wheels/*.whl
    ;;
esac
