// SPDX-License-Identifier: BSD-3-Clause
/* Receive queues: opening, setting up, giving packets back, interrupts. */
#include <stdlib.h>

#include <padma/guard.h>

#include "interrupt.h"
#include "message.h"
#include "rss.h"
#include "rx.h"

#define RING_ALIGN_BYTES 128u
#define CHUNK		 32u
/* The largest frame of a card that takes large ones at all (8254x manual 13.4.22, LPE). */
#define LONGEST_FRAME	 16384u
#define STANDARD_MTU	 1500u

/* RCTL.BSIZE and BSEX (82574 datasheet 10.2.5.1; 8254x manual 13.4.22). */
static const struct {
	uint32_t bytes, rctl;
} buffer_sizes[] = {
	{16384, RCTL_BUFFER_16384},
	{8192, RCTL_BUFFER_8192},
	{4096, RCTL_BUFFER_4096},
	{2048, RCTL_BUFFER_2048},
};

#define BUFFER_SIZES (sizeof(buffer_sizes) / sizeof(buffer_sizes[0]))

uint32_t e1000_rx_buffer_bytes(size_t room_bytes)
{
	for (size_t i = 0; i < BUFFER_SIZES; i++)
		if (room_bytes >= PADMA_PACKET_HEADROOM + buffer_sizes[i].bytes)
			return buffer_sizes[i].bytes;
	return 0;
}

static uint32_t buffer_bits(uint32_t bytes)
{
	for (size_t i = 0; i < BUFFER_SIZES; i++)
		if (buffer_sizes[i].bytes == bytes)
			return buffer_sizes[i].rctl;
	return RCTL_BUFFER_2048;
}

static struct e1000_rx_queue *queue_new(struct e1000 *card, uint32_t depth)
{
	struct e1000_rx_queue *queue = aligned_alloc(64, (sizeof(*queue) + 63) & ~(size_t)63);
	struct padma_packet **packets = calloc(depth, sizeof(*packets));

	if (!queue || !packets) {
		free(queue);
		free(packets);
		return NULL;
	}
	*queue = (struct e1000_rx_queue){
		.packets = packets,
		.mask = depth - 1,
		.chunk = depth / 4 < CHUNK ? depth / 4 : CHUNK,
		.legacy = !card->model->extended,
		.space = padma_device_space(card->port.device),
	};
	queue->guarded = padma_guard_mode(queue->space) != PADMA_GUARD_OFF;
	return queue;
}

int e1000_rx_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		  struct padma_rx_queue **rx)
{
	const struct padma_alloc_params aligned = {.align_bytes = RING_ALIGN_BYTES};
	struct e1000 *card = e1000_of(port);
	struct e1000_rx_queue *queue = queue_new(card, port->params.rx_depth);
	int rc;

	if (!queue)
		return fail(-ENOMEM, "no memory for a receive queue");
	rc = padma_ring_open(&queue->memory, queue->space, port->params.rx_depth,
			     sizeof(struct e1000_descriptor), &aligned);
	if (rc) {
		free(queue->packets);
		free(queue);
		return rc;
	}
	queue->ring = queue->memory.va;
	queue->buffer_bytes = e1000_rx_buffer_bytes(padma_packet_room(cache));
	queue->layout = PADMA_PACKET_HEADROOM | (uint64_t)padma_packet_room(cache) << 32;
	queue->doorbell = padma_doorbell_at(card->bar, REG_RDT(index), sizeof(uint32_t));
	queue->hashed = port->offloads & PADMA_OFFLOAD_RX_HASH;
	queue->rx.burst = queue->legacy	  ? e1000_rx_burst_legacy
			  : queue->hashed ? e1000_rx_burst_hashed
					  : e1000_rx_burst_extended;
	*rx = &queue->rx;
	return 0;
}

void e1000_rx_close(struct padma_rx_queue *rx)
{
	struct e1000_rx_queue *queue = rx_queue_of(rx);

	padma_ring_close(&queue->memory);
	free(queue->packets);
	free(queue);
}

void e1000_rx_reclaim(struct padma_rx_queue *rx)
{
	struct e1000_rx_queue *queue = rx_queue_of(rx);

	for (; queue->posted; rx_advance(queue, 1))
		padma_packet_put(rx->cache, queue->packets[queue->head]);
	if (queue->first)
		padma_packet_put(rx->cache, queue->first);
	queue->first = NULL;
	queue->segments = 0;
	queue->discarding = false;
	queue->tail = queue->head;
}

/* The queue's registers (82574 datasheet 4.6.5; 8254x manual 14.4), for an empty ring. */
static void start(struct e1000 *card, struct e1000_rx_queue *queue)
{
	uint32_t index = queue->rx.index, bytes = card->buffer_bytes;

	queue->buffer_bytes = bytes;
	queue->frame_bytes = card->frame_bytes;
	queue->segments_max = (LONGEST_FRAME + bytes - 1) / bytes + 1;
	queue->reserve = (card->frame_bytes + bytes - 1) / bytes;
	queue->origin = (uint16_t)((card->port.info.number & 0xff) | index << 8);
	rx_advance(queue, 0 - queue->head);
	rx_set_posted(queue, 0);
	queue->tail = 0;
	reg_write(card, REG_RDBAL(index), (uint32_t)queue->memory.dma);
	reg_write(card, REG_RDBAH(index), (uint32_t)(queue->memory.dma >> 32));
	reg_write(card, REG_RDLEN(index), (uint32_t)queue->memory.bytes);
	reg_write(card, REG_RDH(index), 0);
	reg_write(card, REG_RDT(index), 0);
	/* Each descriptor is written back as soon as its packet is in memory. */
	reg_write(card, REG_RXDCTL(index),
		  DCTL_GRAN_DESCRIPTORS | DCTL_PTHRESH(32) | DCTL_HTHRESH(4) | DCTL_WTHRESH(1));
}

static void start_checks(const struct e1000 *card)
{
	uint32_t rxcsum = 0;

	if (card->port.offloads & PADMA_OFFLOAD_RX_CSUM)
		rxcsum |= RXCSUM_IPOFLD | RXCSUM_TUOFLD;
	if (e1000_rss_is_on(card))
		rxcsum |= RXCSUM_PCSD;
	reg_write(card, REG_RXCSUM, rxcsum);
	/* Accelerated interrupts for TCP ACKs make spurious ones (Linux, e1000_configure_msix()). */
	if (card->model->extended)
		reg_write(card, REG_RFCTL, RFCTL_EXSTEN | RFCTL_ACK_DIS);
}

uint32_t e1000_rx_start(struct e1000 *card)
{
	const struct padma_port_params *params = &card->port.params;

	card->buffer_bytes = LONGEST_FRAME;
	for (unsigned int i = 0; i < params->rx_queues; i++) {
		uint32_t bytes = rx_queue_of(card->port.rx[i])->buffer_bytes;

		if (bytes < card->buffer_bytes)
			card->buffer_bytes = bytes;
	}
	start_checks(card);
	for (unsigned int i = 0; i < params->rx_queues; i++)
		start(card, rx_queue_of(card->port.rx[i]));
	return buffer_bits(card->buffer_bytes) | RCTL_SECRC |
	       (params->mtu > STANDARD_MTU ? RCTL_LPE : 0);
}

/* One vector for all queues: what came for the others while its cause was cleared must interrupt as well. */
static bool others_have_packets(const struct padma_rx_queue *rx)
{
	const struct padma_port *port = rx->port;

	for (unsigned int i = 0; i < port->params.rx_queues; i++)
		if (port->rx[i] != rx && rx_is_done(rx_queue_of(port->rx[i])))
			return true;
	return false;
}

int e1000_rx_arm(struct padma_rx_queue *rx)
{
	struct e1000_rx_queue *queue = rx_queue_of(rx);
	struct e1000 *card = e1000_of(rx->port);

	/* Without buffers nothing will arrive: the caller must try again, until the pool has some. */
	if (queue->posted < queue->reserve)
		e1000_rx_refill(queue);
	if (!queue->posted)
		return 1;
	e1000_interrupt_arm_rx(card, rx->index);
	if (rx_is_done(queue))
		return 1;
	if (e1000_interrupt_is_shared(card) && others_have_packets(rx))
		e1000_interrupt_raise_rx(card);
	return 0;
}
