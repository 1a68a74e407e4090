#!/usr/bin/env bash
# Installs what tests need and the machine lacks, where there is apt-get: the stores, which are tested for real, and further packages, each
# given as COMMAND=PACKAGE or COMMAND="PACKAGE PACKAGE". Tests start servers of their own: those that the packages bring would only take
# memory, and are neither started nor left enabled. Without apt-get, tests that lack a server are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=()
for need in "$@"; do
	# Several packages in one word are meant.
	command -v "${need%%=*}" >/dev/null || packages+=(${need#*=})
done
command -v redis-server >/dev/null || packages+=(redis-server)
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || packages+=(postgresql)
if ((${#packages[@]} > 0)) && command -v apt-get >/dev/null; then
	echo "installing ${packages[*]}" >&2
	hack/apt-idle.sh "${packages[@]}"
fi
