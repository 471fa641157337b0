#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# barriers.sh SOURCE x86_64|aarch64 CC OBJDUMP - are the barriers of padma/barrier.h in the code that a compiler makes of
# them? CC may be several words. Exits 77 where there is no such compiler.
set -u
source=$1 arch=$2 cc=$3 objdump=$4
command -v "${cc%% *}" >/dev/null && command -v "$objdump" >/dev/null || {
	echo "skipped: there is no $cc, or no $objdump"
	exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Lines "function: instruction; instruction; ..."
flags=
[ "$arch" != x86_64 ] || flags=-fcf-protection=none
$cc -std=c17 -Wall -Wextra -Werror -O2 $flags -I "$source/include" -c "$source/tests/cross/barriers.c" \
	-o "$work/barriers.o" || exit 1
"$objdump" -d --no-show-raw-insn "$work/barriers.o" | awk '
	/^[0-9a-f]+ <.*>:$/ { gsub(/[<>:]/, "", $2); printf "%s%s:", (seen++ ? "\n" : ""), $2; next }
	/^ *[0-9a-f]+:/ { sub(/^ *[0-9a-f]+:[ \t]*/, ""); gsub(/[ \t]+/, " "); printf " %s;", $0 }
	END { print "" }' >"$work/code"

failed=0 checked=0

# expect FUNCTION PATTERN: its instructions, all of them until it returns.
expect() {
	checked=$((checked + 1))
	grep -q -E "^$1: ($2)(retq?);" "$work/code" && return
	echo "$1 should be: $2"
	grep "^$1:" "$work/code" || echo "it is not there"
	failed=1
}

case $arch in
aarch64)
	expect dma_wmb 'dmb oshst; '
	expect dma_rmb 'dmb oshld; '
	expect dma_mb 'dmb osh; '
	for bits in 8 16 32 64; do
		case $bits in 8) s=b ;; 16) s=h ;; *) s= ;; esac
		# The value may be moved between registers meanwhile.
		other='((and|uxt[bh]|mov) [^;]*; )*'
		load="${other}ldap?r$s [wx][0-9]+, \[x0\]; ${other}dmb oshld; $other"
		expect load${bits}_acquire "$load"
		expect store${bits}_release "${other}dmb oshst; ${other}stlr$s [wx]1, \[x0\]; "
		expect mmio_read${bits} "${load}eor [^;]*; cbnz [^;]*; $other"
		expect mmio_write${bits} "${other}dmb oshst; ${other}stlr$s [wx]1, \[x0\]; "
	done
	;;
x86_64)
	# Stores and loads keep their order by themselves: plain moves, and one locked instruction.
	expect dma_wmb ''
	expect dma_rmb ''
	expect dma_mb 'lock orl \$0x0,\(%rsp\); '
	for bits in 8 16 32 64; do
		for load in load${bits}_acquire mmio_read${bits}; do
			expect $load 'mov[a-z]* \(%rdi\),%[er]?a[xl]; '
		done
		for store in store${bits}_release mmio_write${bits}; do
			expect $store 'mov[bwlq]? (%[er]?si,%[er]?[a-z]+; mov[bwlq]? )?%[a-z]+,\(%rdi\); '
		done
	done
	;;
*)
	echo "no expectations for $arch"
	exit 1
	;;
esac
echo "$arch: $checked functions checked"
exit $failed
