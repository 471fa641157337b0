// SPDX-License-Identifier: BSD-3-Clause
/* macswap: swap the two MAC addresses. */
#include "net/test/modes/mac.h"

#include "net/test/test.h"

static unsigned int burst(struct test_stream *stream, struct padma_packet **packets, unsigned int n)
{
	(void)stream;
	for (unsigned int i = 0; i < n; i++)
		mode_mac_swap(packets[i]);
	return n;
}

const struct test_mode test_mode_macswap = {
	.name = "macswap",
	.help = "swap the MAC addresses",
	.receives = true,
	.transmits = true,
	.burst = burst,
};
