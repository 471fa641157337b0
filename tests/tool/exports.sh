#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# exports.sh NM TOOL SYMBOLS: check that the tool exports every public name of libpadma to plugins. SYMBOLS may be in
# any order, which depends on how changes were merged.
export LC_ALL=C
names=$("$1" -D --defined-only "$2" | awk '{ print $3 }')
missing=$(sort -u "$3" | while read -r name; do echo "$names" | grep -qxF "$name" || echo "$name"; done)
if [ -n "$missing" ]; then
	echo "the tool lacks" $missing
	exit 1
fi
echo "$(sort -u "$3" | wc -l) names"
