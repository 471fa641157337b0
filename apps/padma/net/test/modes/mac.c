// SPDX-License-Identifier: BSD-3-Clause
/* mac: to the peer of the port that transmits, from that port's address. */
#include "net/test/modes/mac.h"

#include "net/test/test.h"

static unsigned int burst(struct test_stream *stream, struct padma_packet **packets, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		mode_mac_set(stream, packets[i]);
	return n;
}

const struct test_mode test_mode_mac = {
	.name = "mac",
	.help = "set the MAC addresses: to the peer (--eth-peer), from the port",
	.receives = true,
	.transmits = true,
	.burst = burst,
};
