// SPDX-License-Identifier: BSD-3-Clause
/* The PHY behind MDIC, and the link (574, 3.2, 9 and 10.2.2.7; IEEE 802.3, 22.2.4). */
#include <string.h>

#include "card.h"

#define WORD_1000_FULL 0x0140u /* autonegotiation, full duplex, 1000 Mbit/s */
/* Registers that can be written: control, advertisement, next page, 1000BASE-T control, and of the chip 16, 18, 20
 * to 22, 24 to 31. */
#define WRITABLE                                                                                   \
	(1u << 0 | 1u << 4 | 1u << 7 | 1u << 9 | 1u << 16 | 1u << 18 | 0x7fu << 20 | 0x1fu << 27)

void sim_e1000_phy_reset(struct card *card)
{
	memset(card->phy, 0, sizeof(card->phy));
	card->phy[PHY_CONTROL] = PHY_CONTROL_AN | WORD_1000_FULL;
	card->phy[PHY_STATUS] =
		0x7949; /* what it is capable of; autonegotiation; extended status */
	card->phy[PHY_ID1] = 0x0141;
	card->phy[PHY_ID2] = card->kind->phy_id2;
	card->phy[PHY_ADVERTISES] = 0x0de1;
	card->phy[PHY_PARTNER] = 0x4de1;
	card->phy[PHY_EXPANSION] = 0x000f;
	card->phy[PHY_1000T_CONTROL] = 0x0e00;
	card->phy[PHY_1000T_STATUS] = 0x7c00;
	card->phy[PHY_EXT_STATUS] = 0x3000;
	card->phy[16] = 0x0360;
	sim_e1000_link_update(card);
}

static bool phy_has_link(const struct card *card)
{
	return !(card->phy[PHY_CONTROL] & PHY_CONTROL_DOWN) && sim_wire_link(card->wire);
}

static uint16_t phy_read(struct card *card, unsigned int number)
{
	uint16_t value = card->phy[number];
	bool up = phy_has_link(card);

	switch (number) {
	case PHY_STATUS:
		/* 22.2.4.2.13: "link down" latches until it is read. */
		value |= up ? PHY_STATUS_AN_DONE | PHY_STATUS_LINK : 0;
		return value;
	case PHY_M88_STATUS:
		return up ? 0xac08 : 0; /* 1000 Mbit/s, full duplex, resolved, link */
	default:
		return value;
	}
}

static void phy_write(struct card *card, unsigned int number, uint16_t value)
{
	if (number == PHY_CONTROL && (value & PHY_CONTROL_RESET))
		sim_e1000_phy_reset(card);
	else if (number == PHY_CONTROL) /* autonegotiation is done at once */
		card->phy[number] = value & (uint16_t)~PHY_CONTROL_RENEW;
	else if (WRITABLE >> number & 1)
		card->phy[number] = value;
	sim_e1000_link_update(card);
}

/* 574, 10.2.2.7: done at once. */
void sim_e1000_mdic(struct card *card, uint32_t value)
{
	unsigned int number = value >> 16 & 31, phy = value >> 21 & 31;
	uint32_t operation = value & (3u << 26);

	value &= ~(MDIC_READY | MDIC_ERROR);
	if (phy != PHY_ADDRESS || (operation != MDIC_READ && operation != MDIC_WRITE))
		value |= MDIC_ERROR;
	else if (operation == MDIC_READ)
		value = (value & ~0xffffu) | phy_read(card, number);
	else
		phy_write(card, number, (uint16_t)value);
	*reg(card, MDIC) = value | MDIC_READY;
	if (value & MDIC_INTERRUPT)
		sim_e1000_raise(card, CAUSE_MDAC);
}

/* 574, 10.2.2.1: without CTRL.SLU the MAC does not take the PHY's link. */
void sim_e1000_link_update(struct card *card)
{
	bool up = (get(card, CTRL) & CTRL_SLU) && phy_has_link(card);

	if (up == card->link_up)
		return;
	card->link_up = up;
	sim_e1000_raise(card, CAUSE_LSC);
}
