// SPDX-License-Identifier: BSD-3-Clause
/* Transmitting every other packet: several segments, other holders, no headroom, checksums and segmentation by the device. */
#include <string.h>

#include <padma/guard.h>

#include "message.h"
#include "tx.h"

#define TCP_CHECKSUM_AT 16
#define UDP_CHECKSUM_AT 6
#define TCP_FLAGS_AT	13
#define TCP_CWR		0x80

/* The pieces of a packet with its header; the first is the header if it is not in the headroom. */
struct build {
	struct padma_virtqueue_piece pieces[SEGMENTS_MAX + 1];
	unsigned int count;
	uint32_t bytes;
};

COLD unsigned int tx_protocol_error(struct tx_queue *queue, const char *what)
{
	(void)padma_port_fail(&queue->net->port, -EPROTO, "%s: transmit queue %u: %s",
			      net_name(queue->net), queue->tx.index, what);
	return 0;
}

static enum tx_result drop(struct tx_queue *queue, struct padma_packet *packet,
			   struct padma_counter *reason)
{
	padma_counter_add(reason, 1);
	padma_packet_put(queue->tx.cache, packet);
	return TX_DROPPED;
}

/* Checksum and segmentation, of a packet that padma_tx_prepare() has checked. */
static void fill_work(const struct padma_packet *packet, struct header *header)
{
	unsigned int start = (unsigned int)packet->l2_bytes + packet->l3_bytes;
	const uint8_t *data = padma_packet_data(packet);

	if (!(packet->flags & (PADMA_PACKET_TSO | PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM)))
		return;
	header->flags = HDR_NEEDS_CSUM;
	header->csum_start = (uint16_t)start;
	header->csum_offset =
		packet->flags & PADMA_PACKET_UDP_CSUM ? UDP_CHECKSUM_AT : TCP_CHECKSUM_AT;
	if (!(packet->flags & PADMA_PACKET_TSO))
		return;
	header->csum_offset = TCP_CHECKSUM_AT;
	header->gso_type = data[packet->l2_bytes] >> 4 == 6 ? GSO_TCPV6 : GSO_TCPV4;
	if (data[start + TCP_FLAGS_AT] & TCP_CWR)
		header->gso_type |= GSO_ECN;
	header->hdr_len = (uint16_t)(start + packet->l4_bytes);
	header->gso_size = packet->segment_size;
}

/* Segments without data have no descriptor. */
static bool add_segments(struct build *build, const struct padma_packet *packet)
{
	for (; packet; packet = packet->next) {
		if (packet->length == 0)
			continue;
		if (build->count == SEGMENTS_MAX + 1)
			return false;
		build->bytes += packet->length;
		build->pieces[build->count++] =
			(struct padma_virtqueue_piece){padma_packet_dma(packet), packet->length};
	}
	return true;
}

/* In front of the data, if the packet has no other holder; otherwise in memory of the buffer's identifier. */
static bool in_headroom(const struct tx_queue *queue, const struct padma_packet *packet)
{
	return __atomic_load_n(&packet->refs, __ATOMIC_ACQUIRE) == 0 &&
	       packet->offset >= queue->header_bytes && packet->length;
}

static void place_header(struct tx_queue *queue, struct build *build, struct padma_packet *packet,
			 const struct header *header)
{
	uint16_t id = padma_virtqueue_next_id(queue->vq);

	if (in_headroom(queue, packet)) {
		memcpy(padma_packet_data(packet) - queue->header_bytes, header,
		       queue->header_bytes);
		build->pieces[0].dma -= queue->header_bytes;
		build->pieces[0].bytes += queue->header_bytes;
		return;
	}
	memmove(&build->pieces[1], &build->pieces[0], build->count * sizeof(build->pieces[0]));
	queue->headers[id] = *header;
	build->pieces[0] = (struct padma_virtqueue_piece){
		queue->headers_dma + id * sizeof(struct header), queue->header_bytes};
	build->count++;
}

static bool guard_refuses(struct tx_queue *queue, const struct build *build)
{
	for (unsigned int i = 0; queue->guard && i < build->count; i++) {
		const struct padma_guard_entry entry = {
			.driver = "virtio-net",
			.queue = queue->tx.index,
			.entry = queue->vq->next_avail,
			.dma = build->pieces[i].dma,
			.len = build->pieces[i].bytes,
		};

		if (padma_guard_check(queue->space, entry.dma, entry.len))
			continue;
		(void)padma_guard_refuse(queue->space, &entry);
		return true;
	}
	return false;
}

static bool fits(const struct tx_queue *queue, const struct padma_packet *packet,
		 const struct build *build)
{
	uint32_t most = packet->flags & PADMA_PACKET_TSO ? TSO_FRAME_MAX : queue->frame_most;

	return build->bytes >= FRAME_LEAST && build->bytes <= most &&
	       build->count + !in_headroom(queue, packet) <= SEGMENTS_MAX + 1;
}

/* There may be room when the device has finished some: look before anything of the packet is changed. */
static bool has_room(struct tx_queue *queue, unsigned int pieces)
{
	unsigned int need = pieces <= queue->vq->indirect_entries ? 2 : pieces;

	if (queue->vq->free < need)
		(void)tx_reap_any(queue, UINT32_MAX);
	return queue->vq->free >= need;
}

/* The pieces of its data; false if it is not one that can be transmitted. */
static bool collect(const struct tx_queue *queue, const struct padma_packet *packet,
		    struct build *build)
{
	*build = (struct build){0};
	return add_segments(build, packet) && fits(queue, packet, build) &&
	       build->count + 1 <= queue->vq->size;
}

enum tx_result tx_add(struct tx_queue *queue, struct padma_packet *packet, uint64_t *bytes)
{
	struct padma_tx_stats *stats = &queue->tx.stats;
	struct header header = {0};
	struct build build;
	int rc;

	if (packet->flags & queue->tx.software)
		return TX_SOFTWARE;
	if (!collect(queue, packet, &build))
		return drop(queue, packet, &stats->errors);
	if (!has_room(queue, build.count + 1))
		return TX_FULL;
	if (packet->flags & PADMA_PACKET_WORK) {
		rc = padma_tx_prepare(&queue->tx, &packet, false);
		if (rc == -ENOMEM)
			return TX_FULL;
		/* It may be a copy now. */
		if (rc || !collect(queue, packet, &build))
			return drop(queue, packet, &stats->errors);
		fill_work(packet, &header);
	}
	place_header(queue, &build, packet, &header);
	if (guard_refuses(queue, &build))
		return drop(queue, packet, &stats->refused);
	/* A copy has other segments than its original: there may be no room for them. */
	if (padma_virtqueue_add(queue->vq, build.pieces, build.count, 0, packet))
		return drop(queue, packet, &stats->errors);
	*bytes += build.bytes;
	return TX_ADDED;
}

unsigned int tx_reap_any(struct tx_queue *queue, unsigned int n)
{
	unsigned int done = 0;

	while (done < n) {
		uint32_t written;
		void *token;
		int rc = padma_virtqueue_take(queue->vq, &token, &written);

		if (rc < 0)
			(void)tx_protocol_error(queue, "invalid index or identifier");
		if (rc <= 0)
			break;
		padma_packet_put(queue->tx.cache, token_packet(token));
		done++;
	}
	padma_counter_add(&queue->tx.stats.sent, done);
	return done;
}
