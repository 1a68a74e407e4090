#!/usr/bin/env bash
# Runs the tests of gateway/chaos on their whole scale, one at a time. Each prints its figures. Arguments go to the tests: `-seed N`.
set -euo pipefail
cd "$(dirname "$0")/.."
hack/need.sh
nice go test ./gateway/chaos -count=1 -v -timeout 40m -parallel 1 \
	-gateway-kills 200 -database-kills 50 -redis-outage 60s -database-outage 60s "$@"
