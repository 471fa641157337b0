// SPDX-License-Identifier: BSD-3-Clause
/* The PHY, by MDIC (82574 datasheet 10.2.2.7; 8254x manual 13.4.7). */
#include "phy.h"

#include "message.h"

#define MDIC_NS	     10000000ull
#define OWNERSHIP_NS 50000000ull

/* One access; @command has the register and, to be written, the data. Return: MDIC's data, or a negative errno. */
static int access_phy(const struct e1000 *card, uint32_t command)
{
	uint32_t mdic;
	int rc;

	reg_write(card, REG_MDIC, command | MDIC_PHY);
	rc = padma_bar_wait32(card->bar, REG_MDIC, MDIC_READY, MDIC_READY, MDIC_NS);
	if (rc)
		return rc;
	mdic = reg_read(card, REG_MDIC);
	if (mdic & MDIC_ERROR)
		return fail(-EIO, "%s: the PHY does not respond", e1000_name(card));
	return (int)(mdic & 0xffff);
}

static int wake(const struct e1000 *card)
{
	int control = access_phy(card, MDIC_READ | MDIC_REGISTER(PHY_CONTROL)), rc;

	if (control < 0)
		return control;
	if (((uint32_t)control & (PHY_CONTROL_POWER_DOWN | PHY_CONTROL_AUTONEGOTIATION |
				  PHY_CONTROL_ISOLATE)) == PHY_CONTROL_AUTONEGOTIATION)
		return 0;
	rc = access_phy(card, MDIC_WRITE | MDIC_REGISTER(PHY_CONTROL) |
				      PHY_CONTROL_AUTONEGOTIATION | PHY_CONTROL_RESTART);
	return rc < 0 ? rc : 0;
}

/* The 82574's firmware uses the PHY, too: one at a time (82574 datasheet 10.2.2.14, MDIO Software Ownership). */
static int own(const struct e1000 *card)
{
	reg_write(card, REG_EXTCNF_CTRL, reg_read(card, REG_EXTCNF_CTRL) | EXTCNF_MDIO_SOFTWARE);
	return padma_bar_wait32(card->bar, REG_EXTCNF_CTRL, EXTCNF_MDIO_SOFTWARE,
				EXTCNF_MDIO_SOFTWARE, OWNERSHIP_NS);
}

static void disown(const struct e1000 *card)
{
	reg_write(card, REG_EXTCNF_CTRL, reg_read(card, REG_EXTCNF_CTRL) & ~EXTCNF_MDIO_SOFTWARE);
}

int e1000_phy_wake(const struct e1000 *card)
{
	int rc = card->model->mdio_shared ? own(card) : 0;

	if (rc)
		return rc;
	rc = wake(card);
	if (card->model->mdio_shared)
		disown(card);
	return rc;
}
