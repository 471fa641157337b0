// SPDX-License-Identifier: BSD-3-Clause
/*
 * What resets leave (574, 4.2 and the registers' own notes; 8254x, 14.3). A software reset keeps what only power
 * or the EEPROM define: the filters' tables but for the first address, the statistics, the allocation of
 * the packet buffer, the PHY.
 */
#include "card.h"
#include "registers.h"

static uint32_t undefined(struct card *card)
{
	/* xorshift64 (Marsaglia). */
	card->random ^= card->random << 13;
	card->random ^= card->random >> 7;
	card->random ^= card->random << 17;
	return (uint32_t)(card->random >> 16);
}

static void set_initial(struct card *card, unsigned int unless)
{
	for (const struct register_row *row = sim_e1000_rows; row->count; row++) {
		if (card->rows[row->offset / 4] != row || (row->flags & unless))
			continue;
		for (uint32_t i = 0; i < row->count; i++)
			card->regs[row->offset / 4 + i] =
				row->flags & ROW_UNDEFINED ? undefined(card) : row->initial;
	}
	if (!card->kind->is_82574)
		*reg(card, RXCSUM) = 0;
	if (card->kind->is_82574)
		*reg(card, TIPG) = 0x00602006;
}

/* 574, 10.2.5.11: a receive address is not valid after a reset, but for the first. */
static void invalidate_addresses(struct card *card)
{
	for (unsigned int i = 1; i < RA_ENTRIES; i++)
		*reg(card, RAH(i)) &= ~RAH_AV;
}

static void stop(struct card *card)
{
	sim_wire_receiver(card->wire, false, 0);
	sim_e1000_receive_reset(card);
	sim_e1000_transmit_reset(card);
	card->notified = 0;
	card->had_traffic = false;
	card->is_dead = false;
	card->reset_until = 0;
	for (unsigned int i = 0; i < MSIX_VECTORS; i++)
		card->quiet_until[i] = 0;
}

void sim_e1000_power_up(struct card *card)
{
	set_initial(card, 0);
	*reg(card, PBA) = card->kind->pba;
	for (uint32_t offset = RETA; offset < RETA + 4 * RETA_WORDS; offset += 4)
		*reg(card, offset) = 0;
	invalidate_addresses(card);
	sim_e1000_eeprom_load(card);
	sim_e1000_phy_reset(card);
	stop(card);
	sim_e1000_link_update(card);
}

static void finish(struct card *card)
{
	stop(card);
	set_initial(card, ROW_KEEPS);
	invalidate_addresses(card);
	sim_e1000_eeprom_load(card);
	sim_e1000_link_update(card);
}

void sim_e1000_software_reset(struct card *card)
{
	bool is_master_off = get(card, CTRL) & CTRL_MASTER_OFF;
	uint64_t slow;

	/* 574, 4.6.? and 3.1.3.10: requests must have ended first. */
	if (card->kind->is_82574 && card->had_traffic && !is_master_off)
		driver_error(card, "CTRL.RST without a GIO Master Disable before");
	*reg(card, CTRL) |= CTRL_RST;
	if (card->function->faults & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_STUCK))
		return; /* it continues as before */
	slow = padma_sim_fault_take_slow(card->function, PADMA_SIM_FAULT_SLOW_RESET);
	stop(card);
	*reg(card, RCTL) = 0;
	*reg(card, TCTL) = 0;
	if (slow)
		card->reset_until = padma_sim_now(card->function) + slow;
	else
		finish(card);
}

void sim_e1000_reset_advance(struct card *card)
{
	if (card->reset_until && padma_sim_now(card->function) >= card->reset_until)
		finish(card);
}

void sim_e1000_reset(void *state)
{
	sim_e1000_power_up(state);
}
