// SPDX-License-Identifier: BSD-3-Clause
/* MAC addresses. */
#include <sys/random.h>

#include <padma/net/driver.h>
#include <padma/time.h>

#define MULTICAST 0x01u
#define LOCAL	  0x02u

void padma_mac_make_up(uint8_t *mac)
{
	uint64_t ticks = padma_ticks_monotonic();

	/* Without random numbers, in the first moments of a machine: the time. */
	for (unsigned int i = 0; i < PADMA_MAC_BYTES; i++)
		mac[i] = (uint8_t)(ticks >> (8 * i));
	(void)!getrandom(mac, PADMA_MAC_BYTES, GRND_NONBLOCK);
	mac[0] = (uint8_t)((mac[0] & ~MULTICAST) | LOCAL);
}
