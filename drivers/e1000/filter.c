// SPDX-License-Identifier: BSD-3-Clause
/*
 * Receive filters (82574 datasheet 7.1.1; 8254x manual 3.2.1): addresses that are matched exactly (RAL, RAH), a hash table
 * for the multicast addresses beyond those (MTA), and a bit for each VLAN (VFTA).
 */
#include "filter.h"

#include <string.h>

struct addresses {
	const struct e1000 *card;
	unsigned int used; /* of RAL and RAH */
	uint32_t table[MTA_REGISTERS];
	bool unicast_overflow;
};

/* Bits 47:36 of the address as it is sent (82574 datasheet 10.2.5.13; 8254x manual 13.5.1). */
unsigned int e1000_multicast_hash(const uint8_t *mac)
{
	return ((unsigned int)mac[4] >> 4 | (unsigned int)mac[5] << 4) & 0xfff;
}

static void write_address(const struct e1000 *card, unsigned int index, const uint8_t *mac)
{
	uint32_t low = (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 |
		       (uint32_t)mac[3] << 24;
	uint32_t high = (uint32_t)mac[4] | (uint32_t)mac[5] << 8;

	/* Never valid with half an address. */
	reg_write(card, REG_RAH(index), 0);
	reg_write(card, REG_RAL(index), low);
	reg_write(card, REG_RAH(index), high | RAH_VALID);
}

static void add(struct addresses *addresses, const uint8_t *mac)
{
	unsigned int hash = e1000_multicast_hash(mac);

	if (addresses->used < E1000_ADDRESSES)
		write_address(addresses->card, addresses->used++, mac);
	else if (mac[0] & 1)
		addresses->table[hash / 32] |= 1u << hash % 32;
	else
		addresses->unicast_overflow = true;
}

static void program_vlans(const struct e1000 *card, const uint8_t *vlans)
{
	for (unsigned int i = 0; i < VFTA_REGISTERS; i++) {
		uint32_t bits = 0;

		if (vlans)
			memcpy(&bits, vlans + i * sizeof(bits), sizeof(bits));
		reg_write(card, REG_VFTA(i), bits);
	}
}

static void program_addresses(struct e1000 *card, struct addresses *addresses)
{
	const struct padma_port_filter *filter = &card->port.filter;

	add(addresses, card->port.mac);
	for (unsigned int i = 0; i < filter->count; i++)
		add(addresses, filter->macs + (size_t)i * PADMA_MAC_BYTES);
	for (unsigned int i = addresses->used; i < E1000_ADDRESSES; i++) {
		reg_write(card, REG_RAH(i), 0);
		reg_write(card, REG_RAL(i), 0);
	}
	for (unsigned int i = 0; i < MTA_REGISTERS; i++)
		reg_write(card, REG_MTA(i), addresses->table[i]);
}

uint32_t e1000_filter_program(struct e1000 *card)
{
	const struct padma_port *port = &card->port;
	struct addresses addresses = {.card = card};
	uint32_t rctl = RCTL_BAM;

	program_addresses(card, &addresses);
	program_vlans(card, port->vlans);
	if (port->filter.promiscuous || addresses.unicast_overflow)
		rctl |= RCTL_UPE;
	if (port->filter.promiscuous || port->filter.all_multicast)
		rctl |= RCTL_MPE;
	/* Promiscuous means everything; the VLAN filter would drop tagged frames (82574 datasheet 7.1.1.3). */
	if (port->vlans && !port->filter.promiscuous)
		rctl |= RCTL_VFE;
	return rctl;
}
