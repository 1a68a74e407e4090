#!/usr/bin/env bash
# Writes everything that is derived from something else in this repository.
set -euo pipefail
cd "$(dirname "$0")/.."
tool() { go tool -modfile=hack/tools/go.mod "$@"; }

tool controller-gen object paths=./api/... crd output:crd:dir=config/crd
mkdir -p charts/fairlead/files/crds
cp config/crd/fairlead.dev_*.yaml charts/fairlead/files/crds/
tool crd-ref-docs --source-path=api/v1alpha1 --config=hack/crd-ref-docs.yaml --renderer=markdown --output-path=docs/api.md >/dev/null
tool helm-docs --chart-search-root=charts --log-level=warning
