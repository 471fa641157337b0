// SPDX-License-Identifier: BSD-3-Clause
/*
 * 5tswap: swap the MAC and IP addresses and the TCP or UDP ports. Checksums stay right: a sum does not depend on the
 * order of what is added.
 */
#include "net/parse.h"
#include "net/test/modes/mac.h"

#include "net/test/test.h"

static void swap(struct padma_packet *packet)
{
	struct frame frame;

	if (!frame_parse(packet, &frame))
		return;
	mode_mac_swap(packet);
	if (frame.ipv4)
		wire_swap(frame.ipv4->from, frame.ipv4->to, sizeof(frame.ipv4->to));
	if (frame.ipv6)
		wire_swap(frame.ipv6->from, frame.ipv6->to, sizeof(frame.ipv6->to));
	if (frame_udp(&frame))
		wire_swap(frame_udp(&frame)->from, frame_udp(&frame)->to, 2);
	if (frame_tcp(&frame))
		wire_swap(frame_tcp(&frame)->from, frame_tcp(&frame)->to, 2);
}

static unsigned int burst(struct test_stream *stream, struct padma_packet **packets, unsigned int n)
{
	(void)stream;
	for (unsigned int i = 0; i < n; i++)
		swap(packets[i]);
	return n;
}

const struct test_mode test_mode_5tswap = {
	.name = "5tswap",
	.help = "swap MAC addresses, IP addresses and TCP or UDP ports",
	.receives = true,
	.transmits = true,
	.burst = burst,
};
