// SPDX-License-Identifier: BSD-3-Clause
/*
 * csum: mark each packet for new IP, TCP and UDP checksums, which the device computes, or with --csum sw the
 * processor; with --tso, TCP segments longer than that for segmentation. Wrong checksums that the port has noticed on
 * reception are counted. MAC addresses as in mode mac, unless --csum-keep-mac.
 */
#include "net/parse.h"
#include "net/test/modes/mac.h"

#include <padma/net/driver.h>

#include "net/test/test.h"

static void count_bad(struct test_stream *stream, const struct padma_packet *packet)
{
	if (PADMA_UNLIKELY(packet->flags & PADMA_PACKET_IP_BAD))
		padma_counter_add(&stream->stats.bad_ip, 1);
	if (PADMA_UNLIKELY(packet->flags & PADMA_PACKET_L4_BAD))
		padma_counter_add(&stream->stats.bad_l4, 1);
}

/* Segments that arrived merged (@merged) are cut as they were, unless --tso says otherwise. */
static void mark_tcp(const struct test_options *options, struct padma_packet *packet,
		     const struct frame *frame, const struct wire_tcp *tcp, bool merged)
{
	unsigned int header = (tcp->offset >> 4) * 4u;
	uint16_t size = options->tso || !merged ? options->tso : packet->segment_size;

	packet->flags |= PADMA_PACKET_TCP_CSUM;
	if (size == 0 || frame->l4_bytes <= header + size)
		return;
	packet->flags |= PADMA_PACKET_TSO;
	packet->segment_size = size;
	packet->l4_bytes = (uint8_t)header;
}

/* Say what is to be computed. A fragment has no checksum of its own, and ICMP's is left as it is. */
static void mark(const struct test_options *options, struct padma_packet *packet)
{
	bool merged = packet->flags & PADMA_PACKET_TSO;
	const struct wire_tcp *tcp;
	struct frame frame;

	if (!frame_parse(packet, &frame) || (!frame.ipv4 && !frame.ipv6))
		return;
	/* l3_bytes is a byte: so long a header has no place for its length. */
	if (frame.l3_bytes > UINT8_MAX)
		return;
	packet->l2_bytes = (uint8_t)frame.l2_bytes;
	packet->l3_bytes = (uint8_t)frame.l3_bytes;
	packet->flags &= ~(PADMA_PACKET_IP_CSUM | PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM |
			   PADMA_PACKET_TSO);
	if (frame.ipv4)
		packet->flags |= PADMA_PACKET_IP_CSUM;
	tcp = frame_tcp(&frame);
	if (frame.fragment)
		return;
	if (tcp)
		mark_tcp(options, packet, &frame, tcp, merged);
	else if (frame_udp(&frame) && (frame.ipv6 || wire_get16(frame_udp(&frame)->checksum) != 0))
		packet->flags |= PADMA_PACKET_UDP_CSUM;
}

static unsigned int burst(struct test_stream *stream, struct padma_packet **packets, unsigned int n)
{
	const struct test_options *options = stream->test->options;

	for (unsigned int i = 0; i < n; i++) {
		count_bad(stream, packets[i]);
		if (!options->csum_keep_mac)
			mode_mac_set(stream, packets[i]);
		mark(options, packets[i]);
		/* What it refuses stays marked, and the port counts it. */
		if (!options->csum_hardware && !(packets[i]->flags & PADMA_PACKET_TSO))
			(void)padma_packet_checksum(packets[i]);
	}
	return n;
}

const struct test_mode test_mode_csum = {
	.name = "csum",
	.help = "recompute IP, TCP and UDP checksums (--csum: device or processor)",
	.receives = true,
	.transmits = true,
	.burst = burst,
};
