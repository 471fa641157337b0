// SPDX-License-Identifier: BSD-3-Clause
/* What a frame consists of, as far as the card looks (574, 7.1.11; 8254x, 3.2.9). */
#include <string.h>

#include "card.h"

#define TYPE_IPV4     0x0800u
#define TYPE_IPV6     0x86ddu
#define IPV4_BYTES    20u
#define IPV6_BYTES    40u
#define PROTOCOL_TCP  6u
#define PROTOCOL_UDP  17u
#define HOP_BY_HOP    0u
#define ROUTING	      43u
#define FRAGMENT      44u
#define DESTINATION   60u
#define FRAGMENT_MASK 0x3fffu /* more fragments, and the offset */

static void parse_l4(struct parsed *p, uint32_t at, uint32_t end, unsigned int protocol)
{
	uint32_t least = protocol == PROTOCOL_TCP ? 20 : 8;

	p->l4 = at;
	p->l4_bytes = end - at;
	if (p->is_fragment || end - at < least)
		return;
	p->is_tcp = protocol == PROTOCOL_TCP;
	p->is_udp = protocol == PROTOCOL_UDP;
}

static void parse_ipv4(struct parsed *p)
{
	const uint8_t *ip = p->frame + p->l3;
	uint32_t room = p->bytes - p->l3, header, total;

	if (room < IPV4_BYTES || ip[0] >> 4 != 4)
		return;
	header = (ip[0] & 15u) * 4;
	total = be16(ip + 2);
	if (header < IPV4_BYTES || header > total || total > room)
		return;
	p->is_ipv4 = true;
	p->is_fragment = be16(ip + 6) & FRAGMENT_MASK;
	p->ip_id = be16(ip + 4);
	parse_l4(p, p->l3 + header, p->l3 + total, ip[9]);
}

/* Past the extension headers; UINT32_MAX if they do not fit. */
static uint32_t skip_extensions(struct parsed *p, uint32_t at, uint32_t end, unsigned int *next)
{
	while (*next == HOP_BY_HOP || *next == ROUTING || *next == FRAGMENT ||
	       *next == DESTINATION) {
		uint32_t bytes;

		if (end - at < 8)
			return UINT32_MAX;
		bytes = *next == FRAGMENT ? 8 : 8u * (p->frame[at + 1] + 1u);
		if (bytes > end - at)
			return UINT32_MAX;
		p->is_fragment |= *next == FRAGMENT;
		p->has_extensions = true;
		*next = p->frame[at];
		at += bytes;
	}
	return at;
}

static void parse_ipv6(struct parsed *p)
{
	const uint8_t *ip = p->frame + p->l3;
	uint32_t room = p->bytes - p->l3, end, at;
	unsigned int next;

	if (room < IPV6_BYTES || ip[0] >> 4 != 6 || be16(ip + 4) > room - IPV6_BYTES)
		return;
	p->is_ipv6 = true;
	next = ip[6];
	end = p->l3 + IPV6_BYTES + be16(ip + 4);
	at = skip_extensions(p, p->l3 + IPV6_BYTES, end, &next);
	if (at != UINT32_MAX)
		parse_l4(p, at, end, next);
}

void sim_e1000_parse(struct parsed *p, const uint8_t *frame, uint32_t bytes, uint16_t vet)
{
	*p = (struct parsed){.frame = frame, .bytes = bytes};
	if (bytes < ETH_BYTES)
		return;
	p->l3 = ETH_BYTES;
	p->type = be16(frame + 12);
	if (p->type == vet && bytes >= ETH_BYTES + ETH_TAG_BYTES) {
		p->has_tag = true;
		p->tag = be16(frame + 14);
		p->type = be16(frame + 16);
		p->l3 += ETH_TAG_BYTES;
	}
	if (p->type == TYPE_IPV4)
		parse_ipv4(p);
	else if (p->type == TYPE_IPV6)
		parse_ipv6(p);
}
