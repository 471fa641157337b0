// SPDX-License-Identifier: BSD-3-Clause
/* Transmit queues: opening and setting up. */
#include <stdlib.h>

#include <padma/guard.h>

#include "message.h"
#include "tx.h"

#define RING_ALIGN_BYTES 128u

static void queue_free(struct e1000_tx_queue *queue)
{
	free(queue->packets);
	free(queue->reports);
	free(queue);
}

static struct e1000_tx_queue *queue_new(const struct e1000 *card, uint32_t depth)
{
	struct e1000_tx_queue *queue = aligned_alloc(64, (sizeof(*queue) + 63) & ~(size_t)63);

	if (!queue)
		return NULL;
	*queue = (struct e1000_tx_queue){
		.tx = {.burst = e1000_tx_burst, .reap = e1000_tx_reap},
		.packets = calloc(depth, sizeof(struct padma_packet *)),
		.reports = calloc(depth, sizeof(uint16_t)),
		.mask = depth - 1,
		.reuses_context = card->port.params.tx_queues == 1,
		.space = padma_device_space(card->port.device),
	};
	queue->guarded = padma_guard_mode(queue->space) != PADMA_GUARD_OFF;
	if (queue->packets && queue->reports)
		return queue;
	queue_free(queue);
	return NULL;
}

int e1000_tx_open(struct padma_port *port, unsigned int index, struct padma_pool_cache *cache,
		  struct padma_tx_queue **tx)
{
	const struct padma_alloc_params aligned = {.align_bytes = RING_ALIGN_BYTES};
	struct e1000 *card = e1000_of(port);
	struct e1000_tx_queue *queue = queue_new(card, port->params.tx_depth);
	int rc;

	(void)cache;
	if (!queue)
		return fail(-ENOMEM, "no memory for a transmit queue");
	rc = padma_ring_open(&queue->memory, queue->space, port->params.tx_depth,
			     sizeof(struct e1000_descriptor), &aligned);
	if (rc) {
		queue_free(queue);
		return rc;
	}
	queue->ring = queue->memory.va;
	queue->doorbell = padma_doorbell_at(card->bar, REG_TDT(index), sizeof(uint32_t));
	*tx = &queue->tx;
	return 0;
}

void e1000_tx_close(struct padma_tx_queue *tx)
{
	struct e1000_tx_queue *queue = tx_queue_of(tx);

	padma_ring_close(&queue->memory);
	queue_free(queue);
}

static void forget(struct e1000_tx_queue *queue)
{
	queue->clean = queue->done = queue->tail = 0;
	__atomic_store_n(&queue->report_head, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&queue->report_tail, 0, __ATOMIC_RELAXED);
	queue->specials = 0;
	queue->context = (struct e1000_descriptor){0, 0};
}

/* The queue's registers (82574 datasheet 4.6.6; 8254x manual 14.5), for an empty ring. */
static void start(const struct e1000 *card, struct e1000_tx_queue *queue)
{
	uint32_t index = queue->tx.index, one = card->frame_bytes;

	forget(queue);
	queue->frame_bytes = card->frame_bytes;
	queue->plain_span = (one < TX_PIECE_MAX ? one : TX_PIECE_MAX) - TX_FRAME_MIN;
	reg_write(card, REG_TDBAL(index), (uint32_t)queue->memory.dma);
	reg_write(card, REG_TDBAH(index), (uint32_t)(queue->memory.dma >> 32));
	reg_write(card, REG_TDLEN(index), (uint32_t)queue->memory.bytes);
	reg_write(card, REG_TDH(index), 0);
	reg_write(card, REG_TDT(index), 0);
	/*
	 * Without a write-back threshold the descriptors that report are written back, each when it is done (82574
	 * datasheet 7.2.5; 8254x manual 13.4.43).
	 */
	reg_write(card, REG_TXDCTL(index),
		  DCTL_GRAN_DESCRIPTORS | DCTL_PTHRESH(31) | DCTL_HTHRESH(1) |
			  (card->model->is_express ? TXDCTL_COUNT_DESCRIPTORS : 0));
	if (card->model->queues > 1)
		reg_write(card, REG_TARC(index),
			  reg_read(card, REG_TARC(index)) | TARC_COUNT | TARC_ENABLE);
}

void e1000_tx_start(struct e1000 *card)
{
	uint32_t tctl = reg_read(card, REG_TCTL) & ~(TCTL_CT_MASK | TCTL_COLD_MASK);

	for (unsigned int i = 0; i < card->port.params.tx_queues; i++)
		start(card, tx_queue_of(card->port.tx[i]));
	reg_write(card, REG_TIPG, TIPG_COPPER);
	reg_write(card, REG_TIDV, 0);
	reg_write(card, REG_TADV, 0);
	if (card->model->is_express)
		tctl |= TCTL_MULR;
	reg_write(card, REG_TCTL, tctl | TCTL_EN | TCTL_PSP | TCTL_CT | TCTL_COLD);
}
