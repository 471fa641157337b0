// SPDX-License-Identifier: BSD-3-Clause
/* Transmit queues: their memory, their start, and taking their packets back. */
#include <stdlib.h>

#include <padma/alloc.h>
#include <padma/guard.h>

#include "features.h"
#include "message.h"
#include "tx.h"

static int alloc_headers(struct tx_queue *queue)
{
	const struct padma_alloc_params params = {
		.align_bytes = 4096,
		.flags = PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS,
	};
	void *va;
	int rc = padma_space_alloc(queue->space, queue->vq->size * sizeof(struct header), &params,
				   &va);

	if (rc)
		return rc;
	queue->headers = va;
	queue->headers_dma = padma_dma(queue->space, va);
	if (queue->headers_dma == PADMA_DMA_NONE)
		return fail(-EFAULT, "the memory of headers has no dma address");
	return 0;
}

int tx_queue_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		  struct padma_tx_queue **queue)
{
	const struct padma_virtqueue_params params = {
		.size = (uint16_t)port->params.tx_depth,
		.indirect_entries = SEGMENTS_MAX + 1,
	};
	struct tx_queue *opened = aligned_alloc(64, (sizeof(*opened) + 63) & ~(size_t)63);
	int rc;

	(void)cache;
	if (!opened)
		return fail(-ENOMEM, "no memory for a transmit queue");
	*opened = (struct tx_queue){
		.net = net_of(port),
		.space = padma_device_space(port->device),
	};
	opened->guard = padma_guard_mode(opened->space) != PADMA_GUARD_OFF;
	rc = padma_virtqueue_open(opened->net->virtio, 2 * index + 1, &params, &opened->vq);
	if (!rc)
		rc = alloc_headers(opened);
	if (rc) {
		tx_queue_close(&opened->tx);
		return rc;
	}
	tx_choose_burst(opened);
	*queue = &opened->tx;
	return 0;
}

void tx_queue_close(struct padma_tx_queue *tx)
{
	struct tx_queue *queue = tx_of(tx);

	padma_virtqueue_close(queue->vq);
	(void)padma_space_free(queue->space, queue->headers);
	free(queue);
}

void tx_queue_reclaim(struct padma_tx_queue *tx)
{
	struct tx_queue *queue = tx_of(tx);
	void *token;

	while ((token = padma_virtqueue_abandon(queue->vq)))
		padma_packet_put(tx->cache, token_packet(token));
}

/*
 * The owner may be using the queue: its indices are loaded once, and what the device has written there is compared.
 */
bool tx_queue_waits(const struct padma_tx_queue *tx)
{
	const struct padma_virtqueue *vq = ((const struct tx_queue *)(const void *)tx)->vq;
	uint16_t next = __atomic_load_n(&vq->next_used, __ATOMIC_RELAXED), flags;

	if (!vq->packed)
		return padma_load16_acquire(&vq->used->idx) == next;
	flags = __atomic_load_n(&vq->used_flags, __ATOMIC_RELAXED);
	if (next >= vq->size)
		return false;
	return (padma_load16_acquire(&vq->ring[next].flags) &
		(PADMA_VRING_AVAIL | PADMA_VRING_USED)) != flags;
}

int tx_queue_start(struct tx_queue *queue)
{
	const struct net *net = queue->net;
	int rc;

	queue->header_bytes = has(net, F_HASH_REPORT) ? HEADER_HASH_BYTES : HEADER_BYTES;
	queue->frame_most = features_frame_bytes(net);
	rc = padma_virtqueue_enable(queue->vq, PADMA_VIRTIO_NO_VECTOR);
	if (rc)
		return rc;
	tx_choose_burst(queue);
	return 0;
}
