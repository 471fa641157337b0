// SPDX-License-Identifier: BSD-3-Clause
/* net_frame.c - headers of frames. */
#include "net_frame.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <string.h>

unsigned int frame_ip_bytes(const struct frame *frame)
{
	return frame->ip6 ? sizeof(struct ip6_hdr) : sizeof(struct ip);
}

unsigned int frame_l4_bytes(const struct frame *frame)
{
	return frame->protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
}

unsigned int frame_header_bytes(const struct frame *frame)
{
	return ETHER_HDR_LEN + frame_ip_bytes(frame) + frame_l4_bytes(frame);
}

/* RFC 1071. */
static uint16_t ip_checksum(const void *header, size_t bytes)
{
	const uint8_t *at = header;
	uint32_t sum = 0;

	for (size_t i = 0; i < bytes; i += 2)
		sum += (uint32_t)(at[i] << 8 | at[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void fill_ip4(uint8_t *at, const struct frame *frame)
{
	struct ip ip = {
		.ip_v = 4,
		.ip_hl = 5,
		.ip_len = htons((uint16_t)(sizeof(ip) + frame_l4_bytes(frame) + frame->payload)),
		.ip_id = htons(77),
		.ip_off = htons(IP_DF),
		.ip_ttl = 64,
		.ip_p = frame->protocol,
		.ip_src = {htonl(0x0a000009)},
		.ip_dst = {htonl(0x0a000001)},
	};
	uint16_t sum;

	memcpy(at, &ip, sizeof(ip));
	sum = frame->ip_garbage ? FRAME_GARBAGE : ip_checksum(at, sizeof(ip));
	memcpy(at + offsetof(struct ip, ip_sum), &sum, sizeof(sum));
}

static void fill_ip6(uint8_t *at, const struct frame *frame)
{
	struct ip6_hdr ip = {0};

	ip.ip6_flow = htonl(6u << 28);
	ip.ip6_plen = htons((uint16_t)(frame_l4_bytes(frame) + frame->payload));
	ip.ip6_nxt = frame->protocol;
	ip.ip6_hlim = 64;
	(void)inet_pton(AF_INET6, "fd00::9", &ip.ip6_src);
	(void)inet_pton(AF_INET6, "fd00::1", &ip.ip6_dst);
	memcpy(at, &ip, sizeof(ip));
}

static void fill_tcp(uint8_t *at, uint16_t source)
{
	struct tcphdr tcp = {0};

	tcp.source = htons(source);
	tcp.dest = htons(FRAME_PORT);
	tcp.seq = htonl(FRAME_SEQ);
	tcp.doff = 5;
	tcp.ack = tcp.psh = 1;
	tcp.window = htons(1000);
	tcp.check = FRAME_GARBAGE;
	memcpy(at, &tcp, sizeof(tcp));
}

static void fill_udp(uint8_t *at, uint16_t source, unsigned int payload)
{
	struct udphdr udp = {0};

	udp.source = htons(source);
	udp.dest = htons(FRAME_PORT);
	udp.len = htons((uint16_t)(sizeof(udp) + payload));
	udp.check = FRAME_GARBAGE;
	memcpy(at, &udp, sizeof(udp));
}

void frame_headers(uint8_t *at, const struct frame *frame)
{
	static const uint8_t addresses[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9};
	const uint16_t type = htons(frame->ip6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	const uint16_t source = frame->source_port ? frame->source_port : FRAME_PORT;

	memcpy(at, addresses, sizeof(addresses));
	memcpy(at + sizeof(addresses), &type, sizeof(type));
	at += ETHER_HDR_LEN;
	if (frame->ip6)
		fill_ip6(at, frame);
	else
		fill_ip4(at, frame);
	at += frame_ip_bytes(frame);
	if (frame->protocol == IPPROTO_TCP)
		fill_tcp(at, source);
	else
		fill_udp(at, source, frame->payload);
}
