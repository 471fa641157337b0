// SPDX-License-Identifier: BSD-3-Clause
/* Receive queues: their memory, their start, and taking their packets back. */
#include <stdlib.h>

#include <padma/guard.h>

#include "features.h"
#include "message.h"
#include "rx.h"

/* Packets of one buffer for large frames, without MRG_RXBUF. */
#define STRIDE_MOST 64u

int rx_queue_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		  struct padma_rx_queue **queue)
{
	const struct padma_virtqueue_params params = {.size = (uint16_t)port->params.rx_depth};
	struct rx_queue *opened = aligned_alloc(64, (sizeof(*opened) + 63) & ~(size_t)63);
	int rc;

	if (!opened)
		return fail(-ENOMEM, "no memory for a receive queue");
	*opened = (struct rx_queue){
		.net = net_of(port),
		.space = padma_device_space(port->device),
		.room_bytes = (uint32_t)padma_packet_room(cache),
		.stride = 1,
	};
	opened->guard = padma_guard_mode(opened->space) != PADMA_GUARD_OFF;
	rc = padma_virtqueue_open(opened->net->virtio, 2 * index, &params, &opened->vq);
	if (rc) {
		free(opened);
		return rc;
	}
	rx_choose_burst(opened);
	*queue = &opened->rx;
	return 0;
}

void rx_queue_close(struct padma_rx_queue *rx)
{
	struct rx_queue *queue = rx_of(rx);

	padma_virtqueue_close(queue->vq);
	free(queue);
}

void rx_queue_reclaim(struct padma_rx_queue *rx)
{
	struct rx_queue *queue = rx_of(rx);
	void *packet;

	while ((packet = padma_virtqueue_abandon(queue->vq)))
		padma_packet_put(rx->cache, packet);
	if (queue->partial)
		padma_packet_put(rx->cache, queue->partial);
	queue->partial = NULL;
}

/* Where the header and the data go, and how many packets a buffer needs. */
static void lay_out(struct rx_queue *queue)
{
	const struct net *net = queue->net;
	uint32_t frame = features_frame_bytes(net);

	queue->hash = has(net, F_HASH_REPORT);
	queue->mergeable = has(net, F_MRG_RXBUF);
	queue->csum = has(net, F_GUEST_CSUM);
	queue->tso4 = has(net, F_GUEST_TSO4);
	queue->tso6 = has(net, F_GUEST_TSO6);
	queue->header_bytes = queue->hash ? HEADER_HASH_BYTES : HEADER_BYTES;
	queue->start = PADMA_PACKET_HEADROOM - queue->header_bytes;
	queue->used_least = queue->header_bytes + FRAME_LEAST;
	queue->used_most = queue->room_bytes - queue->start;
	queue->stride = 1;
	if (!queue->mergeable)
		queue->stride =
			(queue->header_bytes + frame + queue->used_most - 1) / queue->used_most;
	queue->word_offset = PADMA_PACKET_HEADROOM | (uint64_t)queue->room_bytes << 32;
	queue->word_rest = (uint64_t)(uint8_t)net->port.info.number << 40 |
			   (uint64_t)(uint8_t)queue->rx.index << 48;
}

int rx_queue_start(struct rx_queue *queue)
{
	unsigned int vector = queue_vector(queue->net, queue->rx.irq_vector);
	int rc;

	queue->armed = false;
	lay_out(queue);
	if (queue->stride > STRIDE_MOST || queue->stride > queue->vq->size)
		return fail(
			-EINVAL,
			"%s has no mergeable buffers, and a frame of %u bytes needs %u packets of "
			"%u bytes: use larger ones",
			net_name(queue->net), features_frame_bytes(queue->net), queue->stride,
			queue->room_bytes);
	rc = padma_virtqueue_enable(queue->vq, vector);
	if (rc)
		return rc;
	rx_choose_burst(queue);
	return 0;
}

int rx_queue_arm(struct padma_rx_queue *rx)
{
	struct rx_queue *queue = rx_of(rx);

	/* INTx: the line is deasserted by this read (4.1.4.5). */
	if (padma_device_irq_kind(rx->port->device) == PADMA_IRQ_INTX)
		(void)padma_virtio_isr(queue->net->virtio);
	queue->armed = true;
	return padma_virtqueue_arm(queue->vq) ? 1 : 0;
}
