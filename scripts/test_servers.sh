#!/usr/bin/env bash
# Install what tests need and PyPI does not have, from Debian: clamd, Chromium, jbig2dec, Prometheus. Without them, the tests that need
# them are skipped, but for CI=true, where they fail.
set -euo pipefail

packages=()
[ -x /usr/sbin/clamd ] || packages+=(clamav-daemon)
command -v chromium > /dev/null || packages+=(chromium)
command -v jbig2dec > /dev/null || packages+=(jbig2dec)
command -v promtool > /dev/null || packages+=(prometheus)
[ ${#packages[@]} -gt 0 ] || exit 0
if ! command -v apt-get > /dev/null || [ "$(id -u)" != 0 ]; then
    echo "Not installed: ${packages[*]}. As root on Debian or Ubuntu, run this again; the tests that need them are skipped." >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q=2
apt-get install -q=2 --no-install-recommends "${packages[@]}" > /dev/null
