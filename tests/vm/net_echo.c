// SPDX-License-Identifier: BSD-3-Clause
/* net_echo.c - answer ARP (RFC 826) and echo requests (RFC 792). */
#include "net_echo.h"

#include <arpa/inet.h>

#define TAG_BYTES  4u
#define IPV4_BYTES 20u /* no options: Linux sends none */
#define ICMP_BYTES 8u

static uint16_t load16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void store16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void swap(uint8_t *a, uint8_t *b, size_t bytes)
{
	uint8_t held[16];

	memcpy(held, a, bytes);
	memcpy(a, b, bytes);
	memcpy(b, held, bytes);
}

static bool answer_arp(struct card *card, uint8_t *arp)
{
	if (load16(arp + 6) != 1)
		return false;
	store16(arp + 6, 2);
	swap(arp + 8, arp + 18, 10); /* sender and target, hardware and protocol address each */
	memcpy(arp + 8, card->mac, ETHER_ADDR_LEN);
	return true;
}

/* Sums stay right when two addresses change places; the type changes from 8 to 0 (RFC 1624). */
static bool answer_ping(uint8_t *ip)
{
	uint8_t *icmp = ip + IPV4_BYTES;
	uint32_t sum;

	if (ip[0] != 0x45 || ip[9] != IPPROTO_ICMP || icmp[0] != 8)
		return false;
	swap(ip + 12, ip + 16, 4);
	icmp[0] = 0;
	sum = (uint32_t)load16(icmp + 2) + 0x0800;
	store16(icmp + 2, sum + (sum >> 16));
	return true;
}

/* The headers must be in the first segment, where every driver puts them. */
static bool answer(struct card *card, struct padma_packet *packet)
{
	uint8_t *frame = padma_packet_data(packet), *type = frame + 12;
	bool tagged;

	if (packet->length < ETHER_HDR_LEN + TAG_BYTES)
		return false;
	tagged = load16(type) == ETHERTYPE_VLAN;
	if (tagged)
		type += TAG_BYTES;
	if (packet->length < (size_t)(type - frame) + 2 + IPV4_BYTES + ICMP_BYTES)
		return false;
	if (!(load16(type) == ETHERTYPE_ARP
		      ? answer_arp(card, type + 2)
		      : load16(type) == ETHERTYPE_IP && answer_ping(type + 2)))
		return false;
	memcpy(frame, frame + ETHER_ADDR_LEN, ETHER_ADDR_LEN);
	memcpy(frame + ETHER_ADDR_LEN, card->mac, ETHER_ADDR_LEN);
	card->tagged += tagged;
	return true;
}

void echo(struct card *card, struct padma_packet *packet)
{
	if (!answer(card, packet)) {
		padma_packet_put(card->cache, packet);
		return;
	}
	card->answered++;
	card->stripped += (packet->flags & PADMA_PACKET_VLAN) != 0;
	card->chained += packet->next != NULL;
	card_send(card, packet);
}
