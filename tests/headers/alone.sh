#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# alone.sh INCLUDE CC CXX - does every public header compile alone, without _GNU_SOURCE? CC and CXX may be
# several words ("ccache gcc").
set -u
include=$1 cc=$2 cxx=$3
failed=0 seen=0

for header in "$include"/padma/*.h "$include"/padma/*/*.h; do
	name=${header#"$include"/}
	seen=$((seen + 1))
	printf '#include <%s>\ntypedef int alone;\n' "$name" | $cc -std=c17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
		-I "$include" -x c - || { echo "$name does not compile alone as C17"; failed=1; }
	printf '#include <%s>\ntypedef int alone;\n' "$name" | $cxx -std=c++17 -Wall -Wextra -Werror -fsyntax-only \
		-I "$include" -x c++ - || { echo "$name does not compile alone as C++17"; failed=1; }
done
echo "$seen headers"
[ "$seen" -gt 0 ] && [ "$failed" -eq 0 ]
