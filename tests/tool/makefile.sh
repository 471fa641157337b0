#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# makefile.sh MAKEFILE: that "make build" names all programs that are missing in one line, and that a
# failed configuration does not break the next one. Uses a fake cmake that only logs its arguments.
set -eu

make=$(command -v make) || exit 77 # skipped
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cp "$1" "$tree/Makefile"
mkdir "$tree/bin"
for program in sh rm; do
	ln -s "$(command -v "$program")" "$tree/bin/$program"
done
# "make check PRESET=debug" passes all of these on.
unset CC CXX PRESET TARGET MAKEFLAGS MAKELEVEL MFLAGS

die() {
	echo "makefile.sh: $1; output of make:" >&2
	cat "$tree/output" >&2
	exit 1
}

# build: make build with a PATH that contains only bin.
build() {
	PATH=$tree/bin "$make" --no-print-directory -C "$tree" build >"$tree/output" 2>&1
}

program() {
	cat >"$tree/bin/$1"
	chmod +x "$tree/bin/$1"
}

! build || die "it built without a compiler"
[ "$(grep -c '^padma: ' "$tree/output")" = 1 ] || die "not one line"
grep -q 'apt-get install cmake ninja-build gcc g++$' "$tree/output" || die "not all is named"

for name in ninja cc c++; do
	program "$name" <<-'END'
		#!/bin/sh
	END
done
# Fails after it has written its files, as if the generator failed.
program cmake <<-END
	#!/bin/sh
	echo "\$*" >>$tree/calls
	$(command -v mkdir) -p $tree/build/release
	: >$tree/build/release/build.ninja
	exit 1
END
! build || die "a failed configuration is no error"
[ "$(cat "$tree/calls")" = "--fresh --preset release" ] || die "something was built"
! build || die "the second failed configuration is no error"
[ "$(grep -c '^--fresh --preset release$' "$tree/calls")" = 2 ] || die "it did not start afresh"

program cmake <<-END
	#!/bin/sh
	echo "\$*" >>$tree/calls
END
build || die "the build failed"
[ "$(tail -n 1 "$tree/calls")" = "--build --preset release" ] || die "nothing was built"

# make demo builds the tool and none of its tests.
mkdir -p "$tree/config" "$tree/build/release/bin"
for path in config/install-deps.sh build/release/bin/padma; do
	printf '#!/bin/sh\n' >"$tree/$path"
	chmod +x "$tree/$path"
done
PATH=$tree/bin "$make" --no-print-directory -C "$tree" demo >"$tree/output" 2>&1 || die "make demo failed"
[ "$(tail -n 1 "$tree/calls")" = "--build --preset release --target padma_tool" ] ||
	die "make demo built something else: $(tail -n 1 "$tree/calls")"
