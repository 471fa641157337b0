#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# symbols.sh NM LIBRARY...: whether all global symbols of the static libraries are called padma_...
nm=$1
shift
status=0
for library; do
	names=$("$nm" -g --defined-only "$library" | awk 'NF == 3 { print $3 }')
	# Those with two underscores are the compiler's, for a sanitizer.
	foreign=$(echo "$names" | grep -v -E '^(padma_|__)')
	count=$(echo "$names" | grep -c '^padma_')
	echo "${library##*/}: $count public symbols"
	if [ "$count" -lt 5 ]; then
		echo "which are too few: has this test looked at the library?"
		status=1
	fi
	if [ -n "$foreign" ]; then
		echo "these may collide with a program's own:" "$foreign"
		status=1
	fi
done
exit $status
