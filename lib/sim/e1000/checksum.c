// SPDX-License-Identifier: BSD-3-Clause
/* Checksums of what was received (RFC 791, 768, 9293, 8200), and of frames (IEEE 802.3, 3.2.9). */
#include "card.h"
#include "sum.h"

#define PROTOCOL_TCP 6u
#define PROTOCOL_UDP 17u

bool sim_e1000_ip_sum_right(const struct parsed *p)
{
	return sim_sum_fold(sim_sum(p->frame + p->l3, p->l4 - p->l3, 0)) == 0xffff;
}

bool sim_e1000_l4_sum_right(const struct parsed *p)
{
	const uint8_t *ip = p->frame + p->l3;
	uint32_t sum = (p->is_tcp ? PROTOCOL_TCP : PROTOCOL_UDP) + p->l4_bytes;

	sum = p->is_ipv4 ? sim_sum(ip + 12, 8, sum) : sim_sum(ip + 8, 32, sum);
	return sim_sum_fold(sim_sum(p->frame + p->l4, p->l4_bytes, sum)) == 0xffff;
}

/* The polynomial 0x04c11db7, bits in the order of the wire. */
uint32_t sim_e1000_crc(const uint8_t *at, size_t bytes)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < bytes; i++) {
		crc ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}
