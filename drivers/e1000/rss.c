// SPDX-License-Identifier: BSD-3-Clause
/* Receive side scaling (82574 datasheet 7.1.12; registers 10.2.5.17 to 10.2.5.19). */
#include "rss.h"

#include <string.h>

#define QUEUE_1 0x80u /* of an entry of RETA */

bool e1000_rss_is_on(const struct e1000 *card)
{
	return card->port.rss.entries != 0 || (card->port.offloads & PADMA_OFFLOAD_RX_HASH);
}

static uint32_t types(uint32_t wanted)
{
	uint32_t mrqc = 0;

	if (wanted & PADMA_RSS_IPV4)
		mrqc |= MRQC_IPV4;
	if (wanted & PADMA_RSS_TCP_IPV4)
		mrqc |= MRQC_TCP_IPV4;
	if (wanted & PADMA_RSS_IPV6)
		mrqc |= MRQC_IPV6;
	if (wanted & PADMA_RSS_TCP_IPV6)
		mrqc |= MRQC_TCP_IPV6;
	return mrqc;
}

static void program_key(const struct e1000 *card, const uint8_t *key)
{
	for (unsigned int i = 0; i < PADMA_RSS_KEY_BYTES / 4; i++) {
		uint32_t word;

		memcpy(&word, key + (size_t)i * sizeof(word), sizeof(word));
		reg_write(card, REG_RSSRK(i), word);
	}
}

static void program_table(const struct e1000 *card, const uint16_t *table)
{
	for (unsigned int i = 0; i < RETA_ENTRIES; i += 4) {
		uint32_t word = 0;

		for (unsigned int j = 0; table && j < 4; j++)
			word |= (table[i + j] ? QUEUE_1 : 0) << (8 * j);
		reg_write(card, REG_RETA(i / 4), word);
	}
}

void e1000_rss_program(const struct e1000 *card)
{
	const struct padma_rss *rss = &card->port.rss;

	if (!(card->model->offloads & PADMA_OFFLOAD_RSS))
		return;
	if (!e1000_rss_is_on(card)) {
		reg_write(card, REG_MRQC, 0);
		return;
	}
	program_key(card, rss->key);
	program_table(card, rss->entries ? rss->table : NULL);
	reg_write(card, REG_MRQC,
		  MRQC_RSS | types(rss->entries ? rss->types : (uint32_t)E1000_RSS_TYPES));
}
