#!/usr/bin/env bash
# Runs every fuzz target of the product for FUZZTIME each, as many at a time as there are processors. Arguments are packages; all
# where there are none. JOBS runs another number of targets at a time.
set -euo pipefail
cd "$(dirname "$0")/.."
export FUZZTIME=${FUZZTIME:-30s}
[ $# -gt 0 ] || set -- api controllers gateway

# One build of each package with its instrumentation, before the clock of any target starts.
targets=$(grep -rho --include='*_test.go' -H '^func Fuzz[A-Za-z0-9_]*' "$@" | sed -E 's|/[^/]*:func | |' | sort)
echo "$targets" | cut -d' ' -f1 | sort -u | while read -r package; do
	go test "./$package" -run '^$' -fuzz 'None' -fuzztime 1x >/dev/null
done

one() {
	# Where the time is up while a worker is busy, `go test` may report just that as a failure: golang/go#75804.
	if ! log=$(go test "./$1" -run '^$' -fuzz "^$2\$" -fuzztime "$FUZZTIME" -parallel 1 -fuzzminimizetime 5x 2>&1) &&
		{ grep -q 'Failing input' <<<"$log" || ! grep -q '^    context deadline exceeded$' <<<"$log"; }; then
		printf 'FAIL fuzz %s %s\n%s\n' "$1" "$2" "$log"
		return 1
	fi
	execs=$(grep -o 'execs: [0-9]*' <<<"$log" | tail -1)
	printf 'ok   fuzz %s %s: %s\n' "$1" "$2" "${execs:-no time was left after what was found before}"
}
export -f one
echo "$targets" | xargs -P "${JOBS:-$(nproc)}" -L1 bash -c 'one "$@"' one
echo "fuzz: $(wc -l <<<"$targets") targets, $FUZZTIME each, 0 crashes"
