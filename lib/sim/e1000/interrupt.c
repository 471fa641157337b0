// SPDX-License-Identifier: BSD-3-Clause
/*
 * Interrupts (574, 7.4 and 10.2.4; 8254x, 13.4.17 to 13.4.21): causes, masks, the pin, MSI, and MSI-X by IVAR;
 * throttling and delays. A stepped card has neither of the last two: its clock does not count nanoseconds.
 */
#include "card.h"

#define THROTTLE_NS	256u  /* the unit of ITR and EITR */
#define DELAY_NS	1024u /* and of RDTR, RADV, TIDV and TADV */
#define CAUSE_BIT_FIRST 20u   /* RXQ0; IVAR has its fields in the order of the causes */
#define IVAR_FIELD(bit) (4 * ((bit)-CAUSE_BIT_FIRST))
#define IVAR_VALID	8u

bool sim_e1000_is_msix(const struct card *card)
{
	/* MSI has one vector. */
	return card->kind->is_82574 && padma_sim_interrupt_vectors(card->function) == MSIX_VECTORS;
}

/* Whether a message must wait; otherwise those after it wait from now on. */
static bool is_throttled(struct card *card, unsigned int vector, uint32_t interval)
{
	uint64_t now;

	if (card->function->stepped || interval == 0)
		return false;
	now = padma_sim_now(card->function);
	if (now < card->quiet_until[vector])
		return true;
	card->quiet_until[vector] = now + (uint64_t)interval * THROTTLE_NS;
	return false;
}

/* 574, 7.4.4: with EIAME the causes in IAM are masked; those in EIAC are cleared. */
static void acknowledge(struct card *card, uint32_t cause)
{
	uint32_t clear = get(card, EIAC) & cause;

	if (get(card, CTRL_EXT) & CTRL_EXT_EIAME)
		*reg(card, IMS) &= ~get(card, IAM);
	*reg(card, ICR) &= ~clear;
	card->notified &= ~clear;
}

static void send_msix(struct card *card, uint32_t pending)
{
	for (unsigned int bit = CAUSE_BIT_FIRST; bit <= CAUSE_BIT_FIRST + 4; bit++) {
		uint32_t field = get(card, IVAR) >> IVAR_FIELD(bit) & 15;
		unsigned int vector = field & 7;

		if (!(pending >> bit & 1) || !(field & IVAR_VALID))
			continue;
		if (vector >= MSIX_VECTORS) {
			driver_error(card, "IVAR names vector %u; there are %u", vector,
				     MSIX_VECTORS);
			continue;
		}
		if (is_throttled(card, vector, get(card, EITR(vector))))
			continue;
		card->notified |= 1u << bit;
		++*reg(card, IAC);
		padma_sim_interrupt(card->function, vector);
		acknowledge(card, 1u << bit);
	}
}

void sim_e1000_interrupts_update(struct card *card)
{
	uint32_t active = get(card, ICR) & get(card, IMS);
	uint32_t pending;

	/* What was cleared or masked since is signalled anew. */
	card->notified &= active;
	pending = active & ~card->notified;
	if (!pending)
		return;
	if (sim_e1000_is_msix(card)) {
		send_msix(card, pending);
	} else if (!is_throttled(card, 0, get(card, ITR))) {
		card->notified |= pending;
		++*reg(card, IAC);
		padma_sim_interrupt(card->function, 0);
	}
}

/* The pin is a level: asserted as long as a cause is, from the first time that it may be. */
bool sim_e1000_asserts(void *state)
{
	const struct card *card = state;

	return get(card, ICR) & get(card, IMS) & card->notified;
}

void sim_e1000_raise(struct card *card, uint32_t causes)
{
	if (card->kind->is_82574 && (causes & CAUSES_OF_OTHER))
		causes |= CAUSE_OTHER;
	*reg(card, ICR) |= causes;
	sim_e1000_interrupts_update(card);
}

/* 574, 7.4.? "Interrupt acknowledge auto mask". */
static void auto_mask(struct card *card)
{
	if (get(card, CTRL_EXT) & CTRL_EXT_IAME)
		*reg(card, IMS) &= ~get(card, IAM);
}

/*
 * 8254x: reading clears all. 574, 10.2.4.1: it clears all if no cause is enabled, or if an enabled one is set;
 * otherwise, as when another function on the line has interrupted, it clears nothing.
 */
uint32_t sim_e1000_icr_read(struct card *card)
{
	uint32_t value = get(card, ICR);
	bool asserted = value & get(card, IMS);

	if (!card->kind->is_82574) {
		*reg(card, ICR) = 0;
	} else if (asserted || get(card, IMS) == 0) {
		*reg(card, ICR) = 0;
		if (asserted)
			auto_mask(card);
	}
	sim_e1000_interrupts_update(card);
	return value | (card->kind->is_82574 && asserted ? ICR_ASSERTED : 0);
}

void sim_e1000_icr_write(struct card *card, uint32_t value)
{
	if (card->kind->is_82574 && (get(card, ICR) & get(card, IMS)))
		auto_mask(card);
	*reg(card, ICR) &= ~value;
	sim_e1000_interrupts_update(card);
}

static void delay_start(struct card *card, struct delay *delay, uint32_t packet, uint32_t absolute)
{
	uint64_t now = padma_sim_now(card->function);

	if (!delay->deadline)
		delay->limit = absolute ? now + (uint64_t)absolute * DELAY_NS : UINT64_MAX;
	delay->deadline = now + (uint64_t)packet * DELAY_NS;
	if (delay->deadline > delay->limit)
		delay->deadline = delay->limit;
}

static uint32_t receive_cause(const struct card *card, unsigned int queue)
{
	return sim_e1000_is_msix(card) ? CAUSE_RXQ0 << queue : CAUSE_RXT0;
}

static uint32_t transmit_cause(const struct card *card, unsigned int queue)
{
	return sim_e1000_is_msix(card) ? CAUSE_TXQ0 << queue : CAUSE_TXDW;
}

void sim_e1000_received(struct card *card, unsigned int queue, uint32_t more)
{
	uint32_t packet = get(card, RX_RING(0u) + RING_DELAY) & 0xffff;
	uint32_t absolute = get(card, RX_RING(0u) + RING_ABSOLUTE) & 0xffff;

	if (packet && !card->function->stepped)
		delay_start(card, &card->rx[queue].delay, packet, absolute);
	else
		more |= receive_cause(card, queue);
	if (more)
		sim_e1000_raise(card, more);
}

void sim_e1000_transmitted(struct card *card, unsigned int queue, bool is_delayed)
{
	uint32_t packet = get(card, TX_RING(0u) + RING_DELAY) & 0xffff;
	uint32_t absolute = get(card, TX_RING(0u) + RING_ABSOLUTE) & 0xffff;

	if (is_delayed && packet && !card->function->stepped)
		delay_start(card, &card->tx[queue].delay, packet, absolute);
	else
		sim_e1000_raise(card, transmit_cause(card, queue));
}

static bool has_expired(struct card *card, struct delay *delay, uint64_t now)
{
	(void)card;
	if (!delay->deadline || now < delay->deadline)
		return false;
	delay->deadline = 0;
	return true;
}

void sim_e1000_delays_run(struct card *card)
{
	uint64_t now = padma_sim_now(card->function);

	for (unsigned int i = 0; i < card->kind->queues; i++) {
		if (has_expired(card, &card->rx[i].delay, now))
			sim_e1000_raise(card, receive_cause(card, i));
		if (has_expired(card, &card->tx[i].delay, now)) {
			sim_e1000_writeback_flush(card, &card->tx[i]);
			sim_e1000_raise(card, transmit_cause(card, i));
		}
	}
	/* Messages that were throttled. */
	sim_e1000_interrupts_update(card);
}
