// SPDX-License-Identifier: BSD-3-Clause
/* Statistics (574, 10.2.7): they stop at their greatest value, and reading clears them. */
#include <string.h>

#include "card.h"

static bool is_wide(uint32_t offset)
{
	return offset == GORCL || offset == GOTCL || offset == TORL || offset == TOTL;
}

void sim_e1000_count(struct card *card, uint32_t offset, uint64_t n)
{
	uint64_t value = get(card, offset), most = UINT32_MAX;

	if (is_wide(offset)) {
		value |= (uint64_t)get(card, offset + 4) << 32;
		most = UINT64_MAX;
	}
	value = n > most - value ? most : value + n;
	*reg(card, offset) = (uint32_t)value;
	if (is_wide(offset))
		*reg(card, offset + 4) = (uint32_t)(value >> 32);
}

/* The register of a size's class, with FCS. */
static uint32_t size_class(uint32_t first, uint32_t bytes)
{
	static const uint32_t most[] = {64, 127, 255, 511, 1023};
	unsigned int i = 0;

	while (i < sizeof(most) / sizeof(most[0]) && bytes > most[i])
		i++;
	return first + 4 * i;
}

static bool is_broadcast(const uint8_t *mac)
{
	static const uint8_t all[ETH_MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	return memcmp(mac, all, sizeof(all)) == 0;
}

void sim_e1000_count_received(struct card *card, const struct parsed *p)
{
	uint32_t bytes = p->bytes + ETH_FCS_BYTES;

	sim_e1000_count(card, GPRC, 1);
	sim_e1000_count(card, GORCL, bytes);
	sim_e1000_count(card, size_class(PRC64, bytes), 1);
	if (is_broadcast(p->frame))
		sim_e1000_count(card, BPRC, 1);
	else if (p->frame[0] & 1)
		sim_e1000_count(card, MPRC, 1);
}

void sim_e1000_count_sent(struct card *card, const uint8_t *frame, uint32_t bytes)
{
	bytes += ETH_FCS_BYTES;
	sim_e1000_count(card, TPT, 1);
	sim_e1000_count(card, GPTC, 1);
	sim_e1000_count(card, TOTL, bytes);
	sim_e1000_count(card, GOTCL, bytes);
	sim_e1000_count(card, size_class(PTC64, bytes), 1);
	if (is_broadcast(frame))
		sim_e1000_count(card, BPTC, 1);
	else if (frame[0] & 1)
		sim_e1000_count(card, MPTC, 1);
}

/* The lower half of a wide one is kept until the upper half has been read. */
uint32_t sim_e1000_statistic_read(struct card *card, uint32_t offset)
{
	uint32_t value = get(card, offset);

	if (is_wide(offset))
		return value;
	*reg(card, offset) = 0;
	if (is_wide(offset - 4))
		*reg(card, offset - 4) = 0;
	return value;
}
