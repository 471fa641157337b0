// SPDX-License-Identifier: BSD-3-Clause
/* See mac.h. */
#include <string.h>

#include "common.h"
#include "mac.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse(const char *text, uint8_t *mac)
{
	for (unsigned int i = 0; i < SIM_MAC_BYTES; i++, text += 3) {
		int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0 || text[2] != (i + 1 < SIM_MAC_BYTES ? ':' : '\0'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return !(mac[0] & 1);
}

int sim_mac_read(const char *name, const char *text, uint8_t *mac)
{
	uint8_t read[SIM_MAC_BYTES];

	if (!parse(text, read))
		return fail(-EINVAL,
			    "%s: give a unicast address as mac=02:00:00:00:00:01, not '%s'", name,
			    text);
	memcpy(mac, read, sizeof(read));
	return 0;
}

void sim_mac_number(uint8_t *mac)
{
	static uint32_t cards;
	uint32_t card = __atomic_add_fetch(&cards, 1, __ATOMIC_RELAXED);

	memcpy(mac,
	       (const uint8_t[SIM_MAC_BYTES]){0x02, 0, 0, (uint8_t)(card >> 16),
					      (uint8_t)(card >> 8), (uint8_t)card},
	       SIM_MAC_BYTES);
}
