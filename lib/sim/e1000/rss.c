// SPDX-License-Identifier: BSD-3-Clause
/* Receive side scaling (574, 7.1.10): the Toeplitz hash, and the queue by the redirection table. */
#include <string.h>

#include "card.h"

#define TYPE_TCP_IPV4	 1u
#define TYPE_IPV4	 2u
#define TYPE_TCP_IPV6_EX 3u
#define TYPE_IPV6_EX	 4u
#define TYPE_IPV6	 5u
#define INPUT_MAX	 36u

static uint32_t key_bits(const struct card *card, unsigned int from)
{
	uint64_t bits = 0;

	/* 40 bits from the byte that the first is in; the key's bytes are in the order of the addresses. */
	for (unsigned int i = 0; i < 5; i++) {
		unsigned int byte = from / 8 + i;
		uint32_t word = byte < 4 * RSSRK_WORDS ? get(card, RSSRK + (byte & ~3u)) : 0;

		bits = bits << 8 | (word >> 8 * (byte & 3) & 0xff);
	}
	return (uint32_t)(bits >> (8 - from % 8));
}

static uint32_t toeplitz(const struct card *card, const uint8_t *input, unsigned int bytes)
{
	uint32_t hash = 0;

	for (unsigned int bit = 0; bit < 8 * bytes; bit++) {
		if (input[bit / 8] >> (7 - bit % 8) & 1)
			hash ^= key_bits(card, bit);
	}
	return hash;
}

static uint32_t type_of(const struct card *card, const struct parsed *p)
{
	uint32_t mrqc = get(card, MRQC);

	if (p->is_ipv4) {
		if (p->is_tcp && (mrqc & MRQC_TCP_IPV4))
			return TYPE_TCP_IPV4;
		return mrqc & MRQC_IPV4 ? TYPE_IPV4 : 0;
	}
	if (!p->is_ipv6 || (get(card, RFCTL) & RFCTL_IPV6_DIS))
		return 0;
	if (p->is_tcp && (mrqc & MRQC_TCP_IPV6_EX))
		return TYPE_TCP_IPV6_EX;
	if (mrqc & MRQC_IPV6_EX)
		return TYPE_IPV6_EX;
	return mrqc & MRQC_IPV6 ? TYPE_IPV6 : 0;
}

void sim_e1000_rss(const struct card *card, const struct parsed *p, struct rss *rss)
{
	uint8_t input[INPUT_MAX];
	unsigned int addresses = p->is_ipv4 ? 8 : 32, bytes = addresses;

	*rss = (struct rss){0};
	if (!card->kind->is_82574 || !(get(card, MRQC) & MRQC_RSS))
		return;
	rss->type = type_of(card, p);
	if (!rss->type)
		return;
	memcpy(input, p->frame + p->l3 + (p->is_ipv4 ? 12 : 8), addresses);
	if (rss->type == TYPE_TCP_IPV4 || rss->type == TYPE_TCP_IPV6_EX) {
		memcpy(input + addresses, p->frame + p->l4, 4);
		bytes += 4;
	}
	rss->hash = toeplitz(card, input, bytes);
	/* 10.2.9.?: of an entry, a byte, bit 7 is the queue. */
	rss->queue = get(card, RETA + (rss->hash & 0x7c)) >> (8 * (rss->hash & 3) + 7) & 1;
}
