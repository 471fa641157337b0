// SPDX-License-Identifier: BSD-3-Clause
/* Marked packets: what devices expect to find in them, and the checksums themselves. */
#include <padma/net/driver.h>

#include <errno.h>

#include <padma/net/checksum.h>

#include "net/copy.h"
#include "net/marks.h"

/* As it is in memory, whatever the byte order of the processor. */
static void put_sum(uint8_t *at, uint16_t sum)
{
	memcpy(at, &sum, sizeof(sum));
}

static uint8_t *l4_sum(const struct marks *marks, uint32_t flags)
{
	return marks->l4 + (flags & PADMA_PACKET_UDP_CSUM ? UDP_CHECKSUM : TCP_CHECKSUM);
}

static void fill_ip(const struct marks *marks)
{
	put_sum(marks->l3 + IPV4_CHECKSUM, 0);
	put_sum(marks->l3 + IPV4_CHECKSUM,
		padma_sum_finish(padma_sum(marks->l3, marks->ip.bytes, 0)));
}

static void fill_l4(struct padma_packet *packet, const struct marks *marks)
{
	uint8_t *field = l4_sum(marks, packet->flags);
	uint32_t sum = ip_pseudo_sum(&marks->ip, marks->l4_bytes);
	uint16_t result;

	put_sum(field, 0);
	result = padma_sum_finish(padma_packet_sum(packet, marks->l4_offset, marks->l4_bytes, sum));
	/* In UDP, 0 means no checksum (RFC 768). */
	if (result == 0 && (packet->flags & PADMA_PACKET_UDP_CSUM))
		result = UINT16_MAX;
	put_sum(field, result);
}

int padma_packet_checksum(struct padma_packet *packet)
{
	struct marks marks;
	int rc;

	if (packet->flags & PADMA_PACKET_TSO)
		return -EINVAL;
	if (!(packet->flags & MARKS_IP))
		return 0;
	rc = marks_check(packet, &marks);
	if (rc)
		return rc;
	if (packet->flags & PADMA_PACKET_IP_CSUM)
		fill_ip(&marks);
	if (packet->flags & MARKS_L4)
		fill_l4(packet, &marks);
	packet->flags &= ~MARKS_IP;
	return 0;
}

static void put_ip_length(const struct marks *marks, uint32_t value)
{
	put16(marks->l3 + (marks->ip.version == 4 ? IPV4_LENGTH : IPV6_LENGTH), value);
}

/*
 * A packet that is cut need not be cut by the next device: to everything in between, up to the last receiver, it is an ordinary
 * IP packet. Its header is complete; one that is too long for the field has the length 0, as a jumbogram.
 */
static void complete_ip(const struct marks *marks)
{
	uint32_t length = marks->l4_bytes + marks->ip.bytes;

	if (marks->ip.version == 6)
		length -= IPV6_BYTES;
	put_ip_length(marks, length <= UINT16_MAX ? length : 0);
	if (marks->ip.version == 4)
		fill_ip(marks);
}

/* Of a packet whose data fits into one segment nothing is cut, and cards need not take it: it becomes an ordinary one. */
static bool needs_no_cut(const struct padma_packet *packet, const struct marks *marks)
{
	return (packet->flags & PADMA_PACKET_TSO) &&
	       marks->l4_bytes - packet->l4_bytes <= packet->segment_size;
}

static void clear_tso(struct padma_packet *packet, const struct marks *marks)
{
	complete_ip(marks);
	packet->flags &= ~(PADMA_PACKET_TSO | PADMA_PACKET_IP_CSUM);
	packet->flags |= PADMA_PACKET_TCP_CSUM;
	packet->segment_size = 0;
}

static void prepare_ip(struct padma_packet *packet, const struct marks *marks, bool without_length)
{
	if (needs_no_cut(packet, marks))
		clear_tso(packet, marks);
	else if ((packet->flags & PADMA_PACKET_TSO) && !without_length)
		complete_ip(marks);
	else if (marks->ip.version == 4 &&
		 (packet->flags & (PADMA_PACKET_TSO | PADMA_PACKET_IP_CSUM)))
		put_sum(marks->l3 + IPV4_CHECKSUM, 0);
}

int padma_packet_prepare(struct padma_packet *packet, bool without_length)
{
	struct marks marks;
	int rc;

	if (!(packet->flags & MARKS_IP))
		return 0;
	rc = marks_check(packet, &marks);
	if (rc)
		return rc;
	prepare_ip(packet, &marks, without_length);
	if (!(packet->flags & MARKS_L4))
		return 0;
	if (marks.beyond) {
		fill_l4(packet, &marks);
		packet->flags &= ~MARKS_L4;
		return 0;
	}
	without_length = without_length && (packet->flags & PADMA_PACKET_TSO);
	put_sum(l4_sum(&marks, packet->flags),
		(uint16_t)ip_pseudo_sum(&marks.ip, without_length ? 0 : marks.l4_bytes));
	if (without_length)
		put_ip_length(&marks, 0);
	return 0;
}

int padma_tx_prepare(struct padma_tx_queue *queue, struct padma_packet **packet,
		     bool without_length)
{
	struct padma_packet *copy;

	if (__atomic_load_n(&(*packet)->refs, __ATOMIC_ACQUIRE) != 0 &&
	    ((*packet)->flags & MARKS_IP)) {
		copy = copy_same(queue->cache, *packet);
		if (!copy)
			return -ENOMEM;
		padma_packet_put(queue->cache, *packet);
		*packet = copy;
	}
	return padma_packet_prepare(*packet, without_length);
}
