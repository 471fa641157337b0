#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# exports.sh NM TOOL SYMBOLS: whether plugins find every public name of libpadma in the tool.
missing=$("$1" -D --defined-only "$2" | awk '{ print $3 }' | sort | comm -13 - "$3")
if [ -n "$missing" ]; then
	echo "the tool lacks" $missing
	exit 1
fi
echo "$(wc -l <"$3") names"
