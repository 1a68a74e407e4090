#!/usr/bin/env bash
# Runs every fuzz target of the product, one after another, for FUZZTIME each. `go test` takes one target at a time.
set -euo pipefail
cd "$(dirname "$0")/.."
FUZZTIME=${FUZZTIME:-20s}
grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r package; do
	grep -ho --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' "$package"/*_test.go | sed 's/func //' | while read -r target; do
		echo "fuzz $package $target ($FUZZTIME)"
		go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 5x
	done
done
