// SPDX-License-Identifier: BSD-3-Clause
/* Tags of IEEE 802.1Q in a packet's data. */
#include <errno.h>

#include <padma/net/driver.h>
#include <padma/net/headers.h>

#include "net/ip.h"

#define ADDRESSES (2 * PADMA_MAC_BYTES)

int padma_packet_insert_vlan(struct padma_packet *packet)
{
	uint8_t *data;

	if (packet->length < ADDRESSES)
		return -EINVAL;
	data = padma_packet_prepend(packet, TAG_BYTES);
	if (!data)
		return -ENOSPC;
	memmove(data, data + TAG_BYTES, ADDRESSES);
	put16(data + ADDRESSES, PADMA_ETHERTYPE_VLAN);
	put16(data + ADDRESSES + 2, packet->vlan);
	packet->flags &= ~PADMA_PACKET_VLAN;
	if (packet->l2_bytes)
		packet->l2_bytes = (uint8_t)(packet->l2_bytes + TAG_BYTES);
	return 0;
}

void padma_packet_strip_vlan(struct padma_packet *packet)
{
	uint8_t *data = padma_packet_data(packet);

	if ((packet->flags & PADMA_PACKET_VLAN) || packet->length < ETHER_BYTES + TAG_BYTES ||
	    get16(data + ADDRESSES) != PADMA_ETHERTYPE_VLAN)
		return;
	packet->vlan = get16(data + ADDRESSES + 2);
	packet->flags |= PADMA_PACKET_VLAN;
	memmove(data + TAG_BYTES, data, ADDRESSES);
	(void)padma_packet_pull(packet, TAG_BYTES);
	if (packet->l2_bytes >= ETHER_BYTES + TAG_BYTES)
		packet->l2_bytes = (uint8_t)(packet->l2_bytes - TAG_BYTES);
}
