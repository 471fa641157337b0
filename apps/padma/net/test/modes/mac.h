/* SPDX-License-Identifier: BSD-3-Clause */
/* mac.h - MAC addresses of forwarded packets. */
#ifndef NET_TEST_MODES_MAC_H
#define NET_TEST_MODES_MAC_H

#include <string.h>

#include "net/test/test.h"

/* Address a packet to the peer of the port that transmits it. A runt passes as it is. */
static inline void mode_mac_set(const struct test_stream *stream, struct padma_packet *packet)
{
	struct wire_ethernet *ethernet = (void *)padma_packet_data(packet);

	if (packet->length < sizeof(*ethernet))
		return;
	memcpy(ethernet->to, stream->peer_mac, MAC_BYTES);
	memcpy(ethernet->from, stream->tx_mac, MAC_BYTES);
}

/* Send a packet back to where it came from. */
static inline void mode_mac_swap(struct padma_packet *packet)
{
	struct wire_ethernet *ethernet = (void *)padma_packet_data(packet);

	if (packet->length >= sizeof(*ethernet))
		wire_swap(ethernet->to, ethernet->from, MAC_BYTES);
}

#endif
