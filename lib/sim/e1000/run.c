// SPDX-License-Identifier: BSD-3-Clause
/* A turn of the card: the link, what is to be sent, what has arrived, and interrupts that are due. */
#include "card.h"

unsigned int sim_e1000_run(void *state, unsigned int limit)
{
	struct card *card = state;
	unsigned int done;

	sim_e1000_reset_advance(card);
	done = sim_wire_poll(card->wire);
	if (card->reset_until ||
	    (card->function->faults & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_HANG)))
		return done;
	sim_e1000_link_update(card);
	/* 574, 3.1.3.10: with GIO Master Disable nothing new is begun. */
	if (!card->is_dead &&
	    !(card->kind->is_82574 && (get(card, CTRL) & CTRL_MASTER_OFF) &&
	      !(card->function->faults & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_STUCK)))) {
		done += sim_e1000_transmit(card, limit);
		if (!card->is_dead)
			done += sim_e1000_receive(card, limit);
	}
	sim_e1000_delays_run(card);
	return done;
}
