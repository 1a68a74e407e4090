# Fairlead's tasks. `make help` lists them. Everything that a task needs beyond Go, git, make and root it gets by itself.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION ?= 0.2.0
TOOL := go tool -modfile=$(CURDIR)/hack/tools/go.mod
# The workshop's own build is quick rather than optimised, and says something before it starts: the first takes a while.
DEV = @echo 'building the workshop (hack/); the first time takes a minute or two' >&2; GOGC=400 go -C hack run -trimpath -gcflags=all='-l -dwarf=false' .
export CGO_ENABLED ?= 0

##@ Use

.PHONY: help
help: ## Show this help.
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the one binary to bin/fairlead.
	go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/fairlead .

.PHONY: demo
demo: ## Bring up a real cluster, install the chart, apply the samples, get two answers. CLUSTER=current|kind uses another cluster.
	$(DEV) demo

.PHONY: demo-down
demo-down: ## Take the demo's cluster away. What was built stays cached.
	$(DEV) cluster down --wipe

.PHONY: image
image: ## Make the image for linux/amd64 and linux/arm64, dist/fairlead-VERSION.tar, without a container engine.
	$(DEV) image --version $(VERSION)

.PHONY: package
package: ## Package the chart, dist/fairlead-VERSION.tgz.
	mkdir -p dist
	$(TOOL) helm package charts/fairlead --destination dist

##@ Check

.PHONY: test
test: ## Run every unit, golden, SDK and controller test with the race detector, on a real API server.
	hack/test.sh

.PHONY: e2e
e2e: ## Run the end-to-end tests on the demo's cluster (brought up when it is not there). E2E="-run Drain" runs only those.
	$(DEV) e2e -- $(E2E)

.PHONY: conformance
conformance: ## Run real SDKs and agents against a gateway before strict fake providers, and print a table client × feature.
	$(DEV) conformance

.PHONY: chaos
chaos: ## Kill, hang and empty the gateway and its stores under load, for about 10 minutes, and hold the ledger against the upstream's own record.
	hack/chaos.sh

.PHONY: bench
bench: ## Measure the figures of the README, one line each: name value unit. BENCH="scale rest" measures only those.
	$(DEV) bench $(BENCH)

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (default 30s).
	hack/fuzz.sh

.PHONY: verify
verify: generate format tidy lint ## Generate, format, tidy and lint; fail when that changes a file.
	@git diff --exit-code --stat || { echo 'make verify: the files above were not up to date; they are now: commit them' >&2; exit 1; }
	@test -z "$$(git status --porcelain --untracked-files=normal)" || { git status --short; echo 'make verify: the tree is not clean' >&2; exit 1; }

##@ Develop

.PHONY: generate
generate: ## Generate deep copies, CRDs, the chart's files and the references.
	hack/generate.sh

.PHONY: format
format: ## Format the Go code.
	$(TOOL) golangci-lint-kube-api-linter fmt ./...
	cd hack && $(TOOL) golangci-lint-kube-api-linter fmt -c ../.golangci.yml ./...
	cd hack/sdk && $(TOOL) golangci-lint-kube-api-linter fmt -c ../../.golangci.yml ./...
	cd hack/conformance/goclients && $(TOOL) golangci-lint-kube-api-linter fmt -c ../../../.golangci.yml ./...

.PHONY: lint
lint: ## Lint the Go code and the chart.
	go vet ./...
	$(TOOL) golangci-lint-kube-api-linter run ./...
	cd hack && $(TOOL) golangci-lint-kube-api-linter run -c ../.golangci.yml ./...
	cd hack/sdk && $(TOOL) golangci-lint-kube-api-linter run -c ../../.golangci.yml ./...
	cd hack/conformance/goclients && $(TOOL) golangci-lint-kube-api-linter run -c ../../../.golangci.yml ./...
	$(TOOL) helm lint --quiet charts/fairlead

.PHONY: tidy
tidy: ## Tidy every module.
	go mod tidy
	go -C hack mod tidy
	go -C hack/sdk mod tidy
	go -C hack/alerts mod tidy
	go -C hack/conformance/goclients mod tidy
	go -C hack/kube mod tidy
	go -C hack/kube/containerd mod tidy
	go -C hack/ollama/server mod tidy

.PHONY: golden
golden: ## Rewrite the golden files. Read the diff before you commit it.
	@grep -rlE --include='*_test.go' 'flag.Bool\("update"|golden\.Run' api controllers gateway | xargs -n1 dirname | sort -u | sed 's|^|./|' | xargs -I{} go test {} -update
	go -C hack test ./chart -update
	go -C hack/sdk test . -update
