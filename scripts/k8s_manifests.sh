#!/usr/bin/env bash
# Write k8s/*/manifests.yaml, what the chart comes to with the values beside them, or compare them: k8s_manifests.sh [--check]
set -euo pipefail
cd "$(dirname "$0")/.."

PATH=$PWD/.tools/bin:$PATH
for folder in k8s/kind k8s/production; do
    rendered=$(
        echo "# Made from values.yaml by \`make k8s-manifests\`. Change that."
        helm template bulkpress charts/bulkpress --kube-version 1.31.0 --namespace bulkpress --skip-tests \
            --values "$folder/values.yaml"
    )
    if [ "${1:-}" != --check ]; then
        echo "$rendered" > "$folder/manifests.yaml"
    elif ! diff -u "$folder/manifests.yaml" <(echo "$rendered"); then
        echo "k8s: $folder/manifests.yaml is out of step with the chart: run \`make k8s-manifests\`"
        exit 1
    fi
done
