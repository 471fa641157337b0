#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# arm64.sh SOURCE PREFIX - does what a driver is compiled from compile for arm64? All public headers alone, as C17 and as
# C++17, and the objects of the driver kit, the drivers and lib/base, which need no library but the C library.
# PREFIX is "aarch64-linux-gnu-". Exits 77 where there is no such compiler.
set -u
source=$1 cc=$2gcc cxx=$2g++
command -v "$cc" >/dev/null || {
	echo "skipped: there is no $cc"
	exit 77
}
command -v "$cxx" >/dev/null || cxx=
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warnings="-Wall -Wextra -Werror"
failed=0 headers=0 objects=0

cd "$source/include" || exit 1
for header in $(find padma -name '*.h'); do
	headers=$((headers + 1))
	printf '#include <%s>\ntypedef int alone;\n' "$header" >"$work/alone.c"
	# shellcheck disable=SC2086 # several words
	"$cc" -std=c17 -Wpedantic $warnings -fsyntax-only -I . "$work/alone.c" || {
		echo "$header does not compile for arm64 as C17"
		failed=1
	}
	# shellcheck disable=SC2086
	[ -z "$cxx" ] || "$cxx" -std=c++17 $warnings -fsyntax-only -I . -x c++ "$work/alone.c" || {
		echo "$header does not compile for arm64 as C++17"
		failed=1
	}
done

cd "$source" || exit 1
for file in lib/pmd/*.c lib/base/*.c drivers/*/*.c; do
	[ -f "$file" ] || continue
	objects=$((objects + 1))
	# shellcheck disable=SC2086
	"$cc" -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -O2 -fvisibility=hidden $warnings -I include -I lib -iquote "${file%/*}" -c "$file" \
		-o "$work/object.o" || {
		echo "$file does not compile for arm64"
		failed=1
	}
done
echo "arm64: $headers headers, $objects objects"
exit $failed
