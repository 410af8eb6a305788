#!/usr/bin/env bash
# Fetch what tests and benchmarks need into .tools, through Go's module proxy: helm and the published schemas of what the
# chart and compose.yaml write, and versitygw, an S3 server. Without Go nothing is fetched: such tests are skipped then, but for CI=true, where they fail.
set -euo pipefail
cd "$(dirname "$0")/.."

HELM=helm.sh/helm/v3/cmd/helm@v3.22.0
VERSITYGW=github.com/versity/versitygw/cmd/versitygw@v1.8.0
SCHEMAS=( # module@version, and the folder of it that is wanted
    "github.com/compose-spec/compose-go/v2@v2.9.1 schema"
    "github.com/kedacore/keda/v2@v2.21.0 config/crd/bases"
    "sigs.k8s.io/gateway-api@v1.6.3 config/crd/standard"
    "github.com/prometheus-operator/prometheus-operator@v0.85.0 example/prometheus-operator-crd"
)

pins=$(printf '%s\n' "$HELM" "$VERSITYGW" "${SCHEMAS[@]}" | cksum)
if [ "$(cat .tools/pins 2> /dev/null)" = "$pins" ]; then exit 0; fi
if ! command -v go > /dev/null; then
    echo "Go is not installed, so helm, versitygw and the schemas are not fetched; the tests that need them are skipped." >&2
    exit 0
fi

rm -rf .tools
mkdir -p .tools/bin .tools/modules
build() { # a program, unless it is on PATH
    if command -v "$1" > /dev/null; then return; fi
    echo "Building $2 (once, a minute or two) ..."
    GOBIN=$PWD/.tools/bin GOFLAGS=-modcacherw go install "$2"
}
build helm "$HELM"
build versitygw "$VERSITYGW"
for wanted in "${SCHEMAS[@]}"; do
    read -r module folder <<< "$wanted"
    source=$(cd / && GOFLAGS=-modcacherw go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    mkdir -p ".tools/modules/${module%@*}/$folder"
    cp -r --no-preserve=mode "$source/$folder/." ".tools/modules/${module%@*}/$folder/"
done
echo "$pins" > .tools/pins
