// SPDX-License-Identifier: BSD-3-Clause
/* Which frames the card takes (574, 7.1.1; 8254x, 3.2.2): addresses, then VLANs. */
#include <string.h>

#include "card.h"

static bool is_exact(const struct card *card, const uint8_t *mac)
{
	uint32_t low = (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 |
		       (uint32_t)mac[3] << 24;
	uint32_t high = (uint32_t)mac[4] | (uint32_t)mac[5] << 8;

	for (unsigned int i = 0; i < RA_ENTRIES; i++) {
		uint32_t rah = get(card, RAH(i));

		if ((rah & RAH_AV) && RAH_ASEL(rah) == 0 && (rah & 0xffff) == high &&
		    get(card, RAL(i)) == low)
			return true;
	}
	return false;
}

/* 574, 10.2.5.? (MTA): twelve bits of the address, from where RCTL.MO says. */
static bool in_table(const struct card *card, const uint8_t *mac)
{
	static const unsigned int shifts[] = {4, 3, 2, 0};
	uint32_t top = (uint32_t)mac[4] | (uint32_t)mac[5] << 8;
	uint32_t hash = top >> shifts[RCTL_MO(get(card, RCTL))] & 0xfff;

	return get(card, MTA + 4 * (hash >> 5)) >> (hash & 31) & 1;
}

static bool address_passes(const struct card *card, const uint8_t *mac, bool *inexact)
{
	static const uint8_t broadcast[ETH_MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint32_t rctl = get(card, RCTL);

	if (is_exact(card, mac))
		return true;
	if (memcmp(mac, broadcast, sizeof(broadcast)) == 0)
		return rctl & (RCTL_BAM | RCTL_MPE);
	*inexact = true;
	if (mac[0] & 1)
		return (rctl & RCTL_MPE) || in_table(card, mac);
	/* The table is for unicast addresses, too. */
	return (rctl & RCTL_UPE) || in_table(card, mac);
}

static bool vlan_passes(const struct card *card, const struct parsed *p)
{
	uint32_t rctl = get(card, RCTL);
	unsigned int vlan = p->tag & 0xfff;

	if (!(rctl & RCTL_VFE) || !p->has_tag)
		return true;
	if ((rctl & RCTL_CFIEN) && !(p->tag >> 12 & 1) != !(rctl & RCTL_CFI))
		return false;
	return get(card, VFTA + 4 * (vlan >> 5)) >> (vlan & 31) & 1;
}

bool sim_e1000_filter(const struct card *card, const struct parsed *p, bool *inexact)
{
	*inexact = false;
	return address_passes(card, p->frame, inexact) && vlan_passes(card, p);
}
