# SPDX-License-Identifier: BSD-3-Clause
# Networks inside the virtual machine, for the guests' scripts: each kernel interface at the other end of a card lives in a
# network namespace of its own, so that what one sends to another crosses the wires and the cards in between.
# shellcheck shell=bash

PATH=$PATH:/usr/sbin:/sbin

# fail WORDS: end the test.
fail() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# Reports of commands, shown only when something fails.
log=${PADMA_SCRATCH:-/tmp}/log

# Whatever else ends a script is named, too.
set -o errtrace
trap 'echo "${0##*/}: failed: $BASH_COMMAND" >&2' ERR

# end_of NUMBER: move the peer of card NUMBER (in the order of $PADMA_PEER) to the namespace endNUMBER, with the addresses
# 10.0.0.NUMBER+1 and fd00::NUMBER+1.
end_of() {
	local peers number=$1 name=end$1
	read -r -a peers <<<"$PADMA_PEER"
	ip netns add "$name"
	ip link set "${peers[number]}" netns "$name"
	# Addresses are there at once, and no packets but the test's: no duplicate detection, no router.
	ip netns exec "$name" sh -c "echo 0 >/proc/sys/net/ipv6/conf/${peers[number]}/accept_dad
		echo 0 >/proc/sys/net/ipv6/conf/${peers[number]}/router_solicitations"
	ip -n "$name" link set "${peers[number]}" name wire
	ip -n "$name" address add "10.0.0.$((number + 1))/24" dev wire
	ip -n "$name" address add "fd00::$((number + 1))/64" dev wire nodad
	ip -n "$name" link set lo up
	# Frames are seen as they arrive, not merged.
	ip netns exec "$name" ethtool -K wire gro off
	ip -n "$name" link set wire up
}

# at NUMBER COMMAND...: run it in the namespace of the end.
at() {
	local number=$1
	shift
	ip netns exec "end$number" "$@"
}

# pings NUMBER ADDRESS COUNT BYTES [OPTION...]: COUNT pings of BYTES, 16 in flight: all must be answered.
pings() {
	local from=$1 to=$2 count=$3 bytes=$4
	shift 4
	at "$from" ping -q -f -l 16 -c "$count" -s "$bytes" -W 10 "$@" "$to" >"$log" 2>&1 ||
		fail "$count pings of $bytes bytes to $to: $(cat "$log")"
	grep --quiet " $count received, 0% packet loss" "$log" ||
		fail "$count pings of $bytes bytes to $to: $(cat "$log")"
}

# answers NUMBER ADDRESS: wait until the address answers.
answers() {
	local tries
	for tries in $(seq 15); do
		! at "$1" ping -q -c 1 -W 1 "$2" >"$log" 2>&1 || return 0
		sleep 0.1
	done
	fail "$2 does not answer after $tries tries: $(cat "$log")"
}

# copy FROM TO SIZE: SIZE random bytes by TCP, from end FROM to end TO; their hashes must agree.
copy() {
	local from=$1 to=$2 port=5001 receiver
	head --bytes="$3" /dev/urandom >sent
	at "$to" socat -u "TCP-LISTEN:$port,reuseaddr" CREATE:received &
	receiver=$!
	# The listener is there when its port is in the table (state 0A).
	for _ in $(seq 100); do
		! at "$to" grep --quiet ":$(printf %04X $port) 00000000:0000 0A" /proc/net/tcp || break
		sleep 0.1
	done
	timeout 120 ip netns exec "end$from" socat -u FILE:sent "TCP:10.0.0.$((to + 1)):$port" ||
		fail "the copy of $3 from end $from to end $to failed"
	wait $receiver
	[ "$(sha256sum <sent)" = "$(sha256sum <received)" ] || fail "the copy of $3 arrived damaged"
	rm sent received
}

# interface_of ADDRESS: the interface that the kernel's driver has made of a card.
interface_of() {
	local path
	for path in "/sys/bus/pci/devices/$1"/net/* "/sys/bus/pci/devices/$1"/virtio*/net/*; do
		[ ! -e "$path" ] || echo "${path##*/}"
	done
}
