// SPDX-License-Identifier: BSD-3-Clause
/* Reads and writes of registers: what has an effect is here, the rest is in the table of rows. */
#include "card.h"
#include "registers.h"

int sim_e1000_registers_init(struct card *card)
{
	for (const struct register_row *row = sim_e1000_rows; row->count; row++) {
		if ((row->flags & ROW_82574) && !card->kind->is_82574)
			continue;
		for (uint32_t i = 0; i < row->count; i++)
			card->rows[row->offset / 4 + i] = row;
	}
	return 0;
}

static const struct register_row *row_at(const struct card *card, unsigned int bar, uint64_t offset)
{
	return bar == 0 && offset < REGS_BYTES ? card->rows[offset / 4] : NULL;
}

/* 574, 3.1.3.10: once its requests have ended, the card says so. They end at once, unless it is stuck. */
static bool is_master_on(const struct card *card)
{
	return !(get(card, CTRL) & CTRL_MASTER_OFF) ||
	       (card->function->faults & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_STUCK));
}

static uint32_t status(struct card *card)
{
	uint32_t value = STATUS_FD | STATUS_SPEED_1000 | STATUS_ASDV_1000;

	sim_e1000_link_update(card);
	if (card->link_up)
		value |= STATUS_LU;
	if (card->kind->is_82574 && is_master_on(card))
		value |= STATUS_MASTER_ON;
	return value;
}

static uint32_t control(struct card *card)
{
	sim_e1000_reset_advance(card);
	return get(card, CTRL);
}

static struct ring *ring_at(struct card *card, uint32_t offset)
{
	struct ring *ring = offset < TX_RING(0u) ? &card->rx[offset >> 8 & 1].ring
						 : &card->tx[offset >> 8 & 1].ring;

	return offset - ring->base < RING_TARC ? ring : NULL;
}

/* A tail is direct memory of its own; narrower or wider accesses of it come here. */
static uint32_t tail(const struct ring *ring)
{
	return (uint32_t)__atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) & 0xffff;
}

static uint32_t read_register(struct card *card, uint32_t offset)
{
	if (card->rows[offset / 4]->flags & ROW_STATISTIC)
		return sim_e1000_statistic_read(card, offset);
	switch (offset) {
	case CTRL:
	case CTRL_DUPLICATE:
		return control(card);
	case STATUS:
		return status(card);
	case EECD:
		return get(card, EECD) | (card->kind->is_82574 ? EECD_AUTO_READ : 0);
	case ICR:
		return sim_e1000_icr_read(card);
	case ICS:
		return get(card, ICR);
	case IMC:
		return 0; /* write-only */
	case RX_RING(0u) + RING_TAIL:
	case RX_RING(1u) + RING_TAIL:
	case TX_RING(0u) + RING_TAIL:
	case TX_RING(1u) + RING_TAIL:
		return tail(ring_at(card, offset));
	default:
		return get(card, offset);
	}
}

/* 574, 10.1: "all registers are 32 bits wide, and are accessed as such". */
static bool is_whole(struct card *card, uint64_t offset, unsigned int width, const char *access)
{
	if (width == 4 && offset % 4 == 0)
		return true;
	driver_error(card, "a %s of %u bytes at 0x%llx; registers are accessed as aligned 32 bits",
		     access, width, (unsigned long long)offset);
	return false;
}

uint64_t sim_e1000_read(void *state, unsigned int bar, uint64_t offset, unsigned int width)
{
	struct card *card = state;

	if (!is_whole(card, offset, width, "read"))
		return UINT64_MAX;
	return row_at(card, bar, offset) ? read_register(card, (uint32_t)offset) : 0;
}

static void write_control(struct card *card, uint32_t value)
{
	if (value & CTRL_RST) {
		sim_e1000_software_reset(card);
		return;
	}
	*reg(card, CTRL) = value & ~CTRL_PHY_RST;
	if (value & CTRL_PHY_RST)
		sim_e1000_phy_reset(card);
	sim_e1000_link_update(card);
}

static void check_receive(struct card *card, uint32_t rctl)
{
	bool rss = card->kind->is_82574 && (get(card, MRQC) & MRQC_RSS);

	if (RCTL_DTYP(rctl))
		driver_error(card, "RCTL.DTYP is %u: packet split is not modelled",
			     RCTL_DTYP(rctl));
	if (RCTL_LBM(rctl))
		driver_error(card, "RCTL.LBM is %u: loopback is not modelled", RCTL_LBM(rctl));
	if (get(card, RX_RING(0u) + RING_LEN) == 0)
		driver_error(card, "RCTL.EN is set, and RDLEN0 is 0");
	if (rss && !(get(card, RXCSUM) & RXCSUM_PCSD))
		driver_error(card, "RSS without RXCSUM.PCSD: the hash has no place");
	if (rss && !(get(card, RFCTL) & RFCTL_EXSTEN))
		driver_error(card, "RSS with legacy descriptors; set RFCTL.EXSTEN");
}

static void write_rctl(struct card *card, uint32_t value)
{
	if (value & RCTL_EN & ~get(card, RCTL))
		check_receive(card, value);
	if ((value ^ get(card, RCTL)) & RCTL_EN)
		sim_wire_receiver(card->wire, value & RCTL_EN, 0);
	*reg(card, RCTL) = value;
	card->had_traffic |= (value & RCTL_EN) != 0;
}

static void write_tctl(struct card *card, uint32_t value)
{
	bool enables = value & TCTL_EN & ~get(card, TCTL);

	if (enables && get(card, TX_RING(0u) + RING_LEN) == 0)
		driver_error(card, "TCTL.EN is set, and TDLEN is 0");
	if (enables && get(card, TIPG) == 0)
		driver_error(card, "TCTL.EN is set, and TIPG is 0");
	*reg(card, TCTL) = value;
	card->had_traffic |= (value & TCTL_EN) != 0;
}

static bool is_enabled(const struct card *card, uint32_t offset)
{
	return offset >= TX_RING(0u) ? get(card, TCTL) & TCTL_EN : get(card, RCTL) & RCTL_EN;
}

static void write_ring(struct card *card, const struct register_row *row, uint32_t offset,
		       uint32_t value)
{
	if (is_enabled(card, offset))
		driver_error(card, "0x%04x is written while its engine is enabled", offset);
	if ((offset & 0xff) == RING_LEN && value % RING_LEN_UNIT)
		driver_error(card, "a ring of %u bytes: not a multiple of 128", value);
	if ((offset & 0xff) == RING_BAL && value % DESCRIPTOR_BYTES)
		driver_error(card, "a ring at 0x%08x: not a multiple of 16", value);
	*reg(card, offset) = value & row->writable;
	/* Setting up a ring again makes it work again. */
	ring_at(card, offset)->is_broken = false;
}

static void write_tail(struct card *card, uint32_t offset, uint32_t value)
{
	__atomic_store_n(&ring_at(card, offset)->tail, value, __ATOMIC_RELEASE);
}

/* TIDV.FPD: everything that waits is written back at once, and signalled. */
static void write_delay(struct card *card, uint32_t offset, uint32_t value)
{
	*reg(card, offset) = value & 0xffff;
	if (!(value & DELAY_FLUSH))
		return;
	if (offset >= TX_RING(0u)) {
		for (unsigned int i = 0; i < card->kind->queues; i++)
			sim_e1000_writeback_flush(card, &card->tx[i]);
	}
	for (unsigned int i = 0; i < card->kind->queues; i++) {
		struct delay *delay =
			offset >= TX_RING(0u) ? &card->tx[i].delay : &card->rx[i].delay;

		if (delay->deadline)
			delay->deadline = 1; /* long past */
	}
	sim_e1000_delays_run(card);
}

static void write_interrupt(struct card *card, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case ICR:
		sim_e1000_icr_write(card, value);
		return;
	case ICS:
		sim_e1000_raise(card, value & ~ICR_ASSERTED);
		return;
	case IMS:
		*reg(card, IMS) |= value & ~ICR_ASSERTED;
		break;
	default:
		*reg(card, IMS) &= ~value;
		break;
	}
	sim_e1000_interrupts_update(card);
}

static void write_register(struct card *card, const struct register_row *row, uint32_t offset,
			   uint32_t value)
{
	switch (offset) {
	case CTRL:
	case CTRL_DUPLICATE:
		write_control(card, value);
		break;
	case EERD:
		sim_e1000_eeprom_read(card, value);
		break;
	case MDIC:
		sim_e1000_mdic(card, value);
		break;
	case ICR:
	case ICS:
	case IMS:
	case IMC:
		write_interrupt(card, offset, value);
		break;
	case RCTL:
		write_rctl(card, value);
		break;
	case TCTL:
		write_tctl(card, value);
		break;
	case RX_RING(0u) + RING_TAIL:
	case RX_RING(1u) + RING_TAIL:
	case TX_RING(0u) + RING_TAIL:
	case TX_RING(1u) + RING_TAIL:
		write_tail(card, offset, value);
		break;
	case RX_RING(0u) + RING_DELAY:
	case TX_RING(0u) + RING_DELAY:
		write_delay(card, offset, value);
		break;
	default:
		if (row->flags & ROW_RING)
			write_ring(card, row, offset, value);
		else
			*reg(card, offset) =
				(get(card, offset) & ~row->writable) | (value & row->writable);
		break;
	}
}

void sim_e1000_write(void *state, unsigned int bar, uint64_t offset, uint64_t value,
		     unsigned int width)
{
	const struct register_row *row = row_at(state, bar, offset);
	struct card *card = state;

	if (!is_whole(card, offset, width, "write"))
		return;
	/* 574, 4.6.1: nothing is accessed while a reset is under way. */
	sim_e1000_reset_advance(card);
	if (card->reset_until)
		driver_error(card, "0x%04llx is written during a reset",
			     (unsigned long long)offset);
	else if (!row)
		driver_error(card, "0x%04llx is written: there is no such register",
			     (unsigned long long)offset);
	else
		write_register(card, row, (uint32_t)offset, (uint32_t)value);
}
