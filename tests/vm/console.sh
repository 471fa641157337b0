# SPDX-License-Identifier: BSD-3-Clause
# Trouble in the guest kernel's messages: how to detect it, and which part to print.
# shellcheck shell=bash

# How the kernel begins a report; a time stamp and a subsystem's name may stand before it.
trouble='^(\[[ 0-9.]+\] )?((watchdog|rcu): )?(BUG:|WARNING:|Oops:|kernel BUG at|Kernel panic|'
trouble+='general protection fault|UBSAN:|INFO: task .* blocked for more than|'
trouble+='INFO: rcu.*detected stall|refcount_t:|list_(add|del) corruption)'

# The bits of /proc/sys/kernel/tainted with the same meaning, in case the console misses it: an oops, a warning,
# a soft lockup (Documentation/admin-guide/tainted-kernels.rst).
trouble_taint=$((1 << 7 | 1 << 9 | 1 << 14))

# Escape codes and carriage returns are for terminals.
console_text() {
	tr --delete '\000-\010\013-\037\177' <"$1"
}

# console_end FILE: its last lines, on stderr.
console_end() {
	console_text "$1" | tail --lines=30 | sed 's/^/kernel: /' >&2
}

# console_trouble FILE TAINT: whether there was trouble; prints the report on stderr.
console_trouble() {
	local first
	first=$(console_text "$1" | grep --text --extended-regexp --line-number --max-count=1 "$trouble")
	if [ -n "$first" ]; then
		console_text "$1" | tail --lines=+"${first%%:*}" | head --lines=60 | sed 's/^/kernel: /' >&2
	elif ((${2:-0} & trouble_taint)); then
		console_end "$1"
		echo "kernel: tainted: $2" >&2
	else
		return 1
	fi
}
