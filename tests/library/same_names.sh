#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# same_names.sh NM LIBRARY FILE: write a C file with a function for each internal name of the library.
"$1" -g --defined-only "$2" | awk '
	BEGIN { print "#include <stdlib.h>" }
	NF == 3 && $3 ~ /^[a-z][a-z0-9_]*$/ && $3 !~ /^padma_/ && !seen[$3]++ {
		printf "void %s(void)\n{\n\tabort();\n}\n", $3
		count++
	}
	END { printf "const unsigned int same_names = %u;\n", count }' >"$3"
