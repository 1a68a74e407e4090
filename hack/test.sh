#!/usr/bin/env bash
# Runs every test of the product with the race detector; arguments go to `go test`, in front of the packages. The controller tests
# run against a real etcd and API server; where those are found or how they are built: `go -C hack run . envtest-assets --help`.
# What was skipped is listed at the end, with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."

# The race detector needs cgo.
hack/need.sh gcc='gcc libc6-dev'

export KUBEBUILDER_ASSETS
echo "test: building the workshop (hack/); the first time takes a minute or two" >&2
KUBEBUILDER_ASSETS=$(CGO_ENABLED=0 GOGC=400 go -C hack run -trimpath -gcflags=all='-l -dwarf=false' . envtest-assets)

# gotestsum lists skipped and failed tests with their output; its own build is not part of what is tested.
tools=$PWD/hack/tools/go.mod
sum() { CGO_ENABLED=1 go tool -modfile="$tools" gotestsum --format pkgname --format-hide-empty-pkg -- -race -timeout 20m "$@"; }

if (($# > 0)); then
	sum "$@"
	exit
fi
sum ./...
cd hack && sum ./...

# The Go SDKs and Prometheus are modules of their own, because of what they depend on.
(cd sdk && sum ./...)
(cd alerts && sum -count=1 ./...) # what it reads is outside of its module, where no change of it is noticed

# The cluster's module is tested with the flags that it is built with: with others, all of Kubernetes would be compiled again.
cd kube && CGO_ENABLED=0 GOGC=400 go test -trimpath -vet=off -gcflags=all='-l -dwarf=false' ./volumes
