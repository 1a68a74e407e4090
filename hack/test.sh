#!/usr/bin/env bash
# Runs every test of the product with the race detector. The controller tests run against a real etcd and API server; where
# those are found or how they are built: `go -C hack run . envtest-assets --help`.
set -euo pipefail
cd "$(dirname "$0")/.."

export KUBEBUILDER_ASSETS
KUBEBUILDER_ASSETS=$(go -C hack run . envtest-assets)

# The race detector needs cgo.
if ! command -v gcc >/dev/null; then
	echo "test: installing gcc, which the race detector needs" >&2
	DEBIAN_FRONTEND=noninteractive apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq gcc libc6-dev >/dev/null
fi
CGO_ENABLED=1 go test -race -timeout 20m "$@" ./...
CGO_ENABLED=1 go -C hack test -race -timeout 10m ./...
