// SPDX-License-Identifier: BSD-3-Clause
/*
 * Transmission (574, 7.2; 8254x, 3.3): descriptors are fetched and put together to frames, which segment.c finishes and
 * sends; then their status is written back.
 */
#include <inttypes.h>
#include <string.h>

#include "card.h"

#define LEGACY_BYTES_MAX 16288u /* 8254x, 3.3.3 */

void sim_e1000_transmit_reset(struct card *card)
{
	memset(card->context, 0, sizeof(card->context));
	for (unsigned int i = 0; i < QUEUES; i++) {
		struct tx_queue *queue = &card->tx[i];

		sim_e1000_ring_reset(card, &queue->ring);
		queue->delay = (struct delay){0};
		queue->bytes = queue->descriptors = queue->writeback_count = queue->segments = 0;
		queue->reported = 0;
		queue->is_complete = false;
	}
}

static unsigned int index_of(const struct card *card, const struct tx_queue *queue)
{
	return queue == &card->tx[1];
}

/* The second word of the descriptor, with its status. */
static void write_back(struct card *card, struct tx_queue *queue, const struct writeback *done)
{
	uint64_t at = sim_e1000_descriptor(card, &queue->ring, done->index) + 8;
	uint64_t word = done->word | TX_DD;
	uint32_t strikes = done->strikes;

	if (strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_DROP))
		return;
	if (strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_STATUS))
		word |= (padma_sim_fault_value(card->function, PADMA_SIM_FAULT_STATUS) & 15) << 32;
	if (strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_GARBAGE))
		word = (card->random *= 0x9e3779b97f4a7c15ull) | TX_DD;
	if (padma_sim_dma_store(card->function, at, word, 8))
		queue->ring.is_broken = true;
}

void sim_e1000_writeback_flush(struct card *card, struct tx_queue *queue)
{
	for (unsigned int i = 0; i < queue->writeback_count; i++)
		write_back(card, queue, &queue->writebacks[i]);
	queue->writeback_count = queue->reported = 0;
}

/* 574, 10.2.6.? (TXDCTL): with WTHRESH they wait until there are so many; with IDE a timer ends that. */
static void report(struct card *card, struct tx_queue *queue)
{
	uint32_t least = DCTL_WTHRESH(get(card, queue->ring.base + RING_DCTL));

	for (unsigned int i = queue->reported; i < queue->writeback_count; i++)
		queue->writebacks[i].strikes = queue->strikes;
	if (queue->writeback_count == 0)
		return;
	if (least <= 1 || queue->writeback_count >= least || card->function->stepped)
		sim_e1000_writeback_flush(card, queue);
	sim_e1000_transmitted(card, index_of(card, queue), queue->last & TX_IDE);
}

static void take_context(struct card *card, struct tx_queue *queue, const uint64_t words[2])
{
	struct context *context = &card->context[words[1] & TXC_TSE ? 1 : 0];

	if (queue->descriptors)
		driver_error(card, "a context descriptor within a packet");
	*context = (struct context){
		.valid = true,
		.ip_start = (uint8_t)words[0],
		.ip_field = (uint8_t)(words[0] >> 8),
		.ip_end = (uint16_t)(words[0] >> 16),
		.l4_start = (uint8_t)(words[0] >> 32),
		.l4_field = (uint8_t)(words[0] >> 40),
		.l4_end = (uint16_t)(words[0] >> 48),
		.payload_bytes = words[1] & 0xfffff,
		.is_tcp = words[1] & TXC_TCP,
		.is_ipv4 = words[1] & TXC_IP,
		.header_bytes = (uint8_t)(words[1] >> 40),
		.mss = (uint16_t)(words[1] >> 48),
	};
}

static void check_data(struct card *card, const struct tx_queue *queue, uint64_t word,
		       uint32_t bytes)
{
	if (word & TX_DD)
		driver_error(card, "a transmit descriptor has DD set when it is given to the card");
	if (!(word & TX_DEXT) && bytes > LEGACY_BYTES_MAX)
		driver_error(card, "a legacy descriptor of %u bytes; at most %u", bytes,
			     LEGACY_BYTES_MAX);
	if (queue->descriptors && (word & TX_DEXT) != (queue->first & TX_DEXT))
		driver_error(card, "legacy and data descriptors in one packet");
	if (queue->descriptors && (word & TX_DEXT) && (word ^ queue->first) & TX_TSE)
		driver_error(card, "TSE is not the same in all descriptors of a packet");
	if (word & TX_RESERVED)
		driver_error(card, "a reserved bit (RSV, 28) is set in a transmit descriptor");
}

/* Return: whether it could be read. */
static bool take_data(struct card *card, struct tx_queue *queue, const uint64_t words[2])
{
	uint32_t bytes = (uint32_t)words[1] & (words[1] & TX_DEXT ? 0xfffffu : 0xffffu);

	check_data(card, queue, words[1], bytes);
	if (queue->descriptors++ == 0)
		queue->first = words[1];
	queue->last = words[1];
	if (bytes > FRAME_MAX - queue->bytes) {
		driver_error(card, "a packet of more than %u bytes", FRAME_MAX);
		return false;
	}
	/* What goes nowhere need not be read. */
	if (bytes && !sim_wire_is_null(card->wire) &&
	    padma_sim_dma_read(card->function, words[0], queue->frame + queue->bytes, bytes))
		return false;
	queue->bytes += bytes;
	return true;
}

static void remember(struct tx_queue *queue, uint32_t index, uint64_t word)
{
	if (!(word & TX_RS))
		return;
	if (queue->writeback_count == WRITEBACKS_MAX) /* more than WTHRESH can ask for */
		queue->writeback_count--;
	queue->writebacks[queue->writeback_count++] =
		(struct writeback){.index = index, .word = word};
}

/* Fetch one descriptor. False: nothing can be done with it. */
static bool fetch(struct card *card, struct tx_queue *queue)
{
	struct ring *ring = &queue->ring;
	uint32_t index = get(card, ring->base + RING_HEAD);
	uint64_t words[2];

	if (padma_sim_dma_read(card->function, sim_e1000_descriptor(card, ring, index), words,
			       sizeof(words)))
		return false;
	if ((words[1] & TX_DEXT) && TX_DTYP(words[1]) == TX_DTYP_CONTEXT) {
		take_context(card, queue, words);
	} else if ((words[1] & TX_DEXT) && TX_DTYP(words[1]) != TX_DTYP_DATA) {
		driver_error(card, "a descriptor of the reserved type %u",
			     (unsigned int)TX_DTYP(words[1]));
		return false;
	} else {
		if (!take_data(card, queue, words))
			return false;
		queue->is_complete = words[1] & TX_EOP;
	}
	remember(queue, index, words[1]);
	sim_e1000_ring_advance(card, ring, 1);
	return true;
}

static void begin_frame(struct card *card, struct tx_queue *queue)
{
	queue->strikes = card->function->faults ? padma_sim_fault_strike(card->function) : 0;
	if (queue->strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_FATAL))
		card->is_dead = true;
	if (queue->strikes & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_DELAY))
		queue->ring.resume_at =
			padma_sim_now(card->function) +
			padma_sim_fault_value(card->function, PADMA_SIM_FAULT_DELAY);
}

/* A frame, from its first descriptor to the write-back; false: it cannot be finished now. */
static bool transmit_one(struct card *card, struct tx_queue *queue, const char *name)
{
	while (!queue->is_complete) {
		if (!sim_e1000_ring_waiting(card, &queue->ring, name))
			return false;
		if (!fetch(card, queue)) {
			queue->ring.is_broken = true;
			return false;
		}
		if (queue->is_complete)
			begin_frame(card, queue);
	}
	if (card->is_dead ||
	    (queue->ring.resume_at && padma_sim_now(card->function) < queue->ring.resume_at))
		return false;
	if (!sim_e1000_send(card, queue))
		return false;
	report(card, queue);
	queue->reported = queue->writeback_count;
	queue->bytes = queue->descriptors = queue->segments = 0;
	queue->is_complete = false;
	return true;
}

static unsigned int transmit_queue(struct card *card, struct tx_queue *queue, unsigned int limit)
{
	const char *name = index_of(card, queue) ? "TDT1" : "TDT";
	unsigned int done = 0;

	if (card->kind->is_82574 && !(get(card, queue->ring.base + RING_TARC) & TARC_ENABLE))
		return 0;
	while ((!limit || done < limit) && transmit_one(card, queue, name))
		done++;
	if (done && !sim_e1000_ring_waiting(card, &queue->ring, name))
		sim_e1000_raise(card, CAUSE_TXQE);
	return done;
}

/* Without a link the MAC sends nothing: the frames wait. */
unsigned int sim_e1000_transmit(struct card *card, unsigned int limit)
{
	unsigned int done = 0;

	if (!(get(card, TCTL) & TCTL_EN) || !card->link_up)
		return 0;
	for (unsigned int i = 0; i < card->kind->queues && !card->is_dead; i++) {
		unsigned int left = limit ? limit - done : 0;

		if (limit && left == 0)
			break;
		done += transmit_queue(card, &card->tx[i], left);
	}
	return done;
}
