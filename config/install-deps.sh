#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Install the Debian packages of config/debian-packages that are missing, and nothing when none is.
#
#   config/install-deps.sh        what building, the demo and the tests need
#   config/install-deps.sh --ci   also what .ci/run needs
#   config/install-deps.sh --vm   also what make vm-check and make vm-kernel need
#
# Needs root, or sudo, only when something is missing; with neither it prints the one command
# to run as root, and exits 1.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
sets=base
case "${1-}" in
'') ;;
--ci | --vm) sets="base ${1#--}" ;;
*)
	echo "usage: config/install-deps.sh [--ci | --vm]" >&2
	exit 2
	;;
esac

# wanted: the packages of the chosen sets, one per line.
wanted() {
	for set in $sets; do
		awk -v set="$set" '$1 == set { print $2 }' "$here/debian-packages"
	done
}

installed() {
	[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "padma: this is not a Debian system; install what these packages hold by hand:" \
		"$(wanted | tr '\n' ' ')" >&2
	exit 1
fi

missing=
for package in $(wanted); do
	installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

# With a terminal sudo may ask for its password; without one it must not need to.
if [ "$(id -u)" -eq 0 ]; then
	as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
	as_root=sudo
else
	echo "padma: packages are missing; as root: apt-get install --yes$missing" >&2
	exit 1
fi

echo "Installing:$missing"
apt() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get --quiet "$@" </dev/null
}
apt update
# The list is words on purpose.
# shellcheck disable=SC2086
apt install --yes --no-install-recommends $missing
