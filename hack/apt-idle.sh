#!/usr/bin/env bash
# Installs Debian packages without starting the services that they bring: `hack/apt-idle.sh redis-server`. Where services are started by
# systemd, those are disabled too, for the next boot. Needs root.
set -euo pipefail

# What /usr/sbin/policy-rc.d answers decides whether a package may start its service: 101 is no. A file that is there is left alone.
# https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "$@" >/dev/null

if [[ -d /run/systemd/system ]]; then
	for package in "$@"; do
		systemctl disable --quiet "$package" 2>/dev/null || true
	done
fi
