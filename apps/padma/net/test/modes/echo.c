// SPDX-License-Identifier: BSD-3-Clause
/* See echo.h. */
#include "net/test/modes/echo.h"

#include "net/checksum.h"
#include "net/parse.h"

enum {
	ARP_REQUEST = 1,
	ARP_REPLY = 2,

	ECHO_REQUEST = 8,
	ECHO_REPLY = 0,
	ECHO_REQUEST_V6 = 128,
	ECHO_REPLY_V6 = 129,
	SOLICITATION = 135,
	ADVERTISEMENT = 136,

	OPTION_TARGET_MAC = 2,
};

#define FLAG_SOLICITED 0x40
#define FLAG_OVERRIDE  0x20
#define TTL	       64
#define HOPS_NEIGHBOUR                                                                             \
	255 /* of any other number the packet comes from another network (RFC 4861, 7.1) */

#define ADVERTISEMENT_BYTES                                                                        \
	(sizeof(struct wire_neighbour) + 8) /* with the option of the MAC address */

static bool is_own(const struct echo_host *host, bool v6, const uint8_t *address)
{
	for (unsigned int i = 0; i < host->ip_count; i++) {
		const struct ip_address *ip = &host->ips[i];

		if (ip->v6 == v6 && memcmp(ip->bytes, address, v6 ? 16 : 4) == 0)
			return true;
	}
	if (host->ip_count)
		return false;
	return v6 ? address[0] != 0xff : address[0] < 224;
}

/* A broken sender must not get an answer that others take for theirs. */
static bool is_unicast(const uint8_t *mac)
{
	return (mac[0] & 1) == 0;
}

static void reply_to(const struct echo_host *host, struct wire_ethernet *ethernet)
{
	memcpy(ethernet->to, ethernet->from, MAC_BYTES);
	memcpy(ethernet->from, host->mac, MAC_BYTES);
}

static bool answer_arp(const struct echo_host *host, struct frame *frame)
{
	struct wire_arp *arp = frame->arp;
	uint8_t asked[4];

	if (wire_get16(arp->operation) != ARP_REQUEST || !is_own(host, false, arp->target_ip) ||
	    !is_unicast(arp->sender_mac))
		return false;
	/* Without --ip a probe (RFC 5227) or an announcement of an address must not be contradicted. */
	if (host->ip_count == 0 &&
	    (wire_get32(arp->sender_ip) == 0 || memcmp(arp->sender_ip, arp->target_ip, 4) == 0))
		return false;
	memcpy(asked, arp->target_ip, 4);
	wire_put16(arp->operation, ARP_REPLY);
	memcpy(arp->target_mac, arp->sender_mac, MAC_BYTES);
	memcpy(arp->target_ip, arp->sender_ip, 4);
	memcpy(arp->sender_mac, host->mac, MAC_BYTES);
	memcpy(arp->sender_ip, asked, 4);
	reply_to(host, frame->ethernet);
	return true;
}

static bool l4_right(const struct padma_packet *packet, const struct frame *frame, uint32_t pseudo)
{
	uint32_t at = (uint32_t)frame->l2_bytes + frame->l3_bytes;

	return padma_sum_finish(padma_packet_sum(packet, at, frame->l4_bytes, pseudo)) == 0;
}

/* Type is the upper byte of a 16-bit word on the wire; the code stays. */
static void set_type(struct wire_icmp *icmp, uint8_t type)
{
	uint16_t before, after;

	memcpy(&before, &icmp->type, 2);
	icmp->type = type;
	memcpy(&after, &icmp->type, 2);
	checksum_replace16(icmp->checksum, before, after);
}

/* The TTL shares a word with the protocol. */
static void set_ttl(struct wire_ipv4 *ip)
{
	uint16_t before, after;

	memcpy(&before, &ip->ttl, 2);
	ip->ttl = TTL;
	memcpy(&after, &ip->ttl, 2);
	checksum_replace16(ip->checksum, before, after);
}

/*
 * The reply has the data of the request (RFC 792), and its checksum differs by the type alone, so that neither is
 * computed anew. A broken one gets no answer; it would be taken for a fault of this side.
 */
static bool answer_icmp(const struct echo_host *host, const struct padma_packet *packet,
			struct frame *frame)
{
	struct wire_ipv4 *ip = frame->ipv4;
	struct wire_icmp *icmp = frame->l4;

	if (frame->protocol != PROTOCOL_ICMP || !icmp || frame->fragment ||
	    frame->l4_room < sizeof(*icmp) || icmp->type != ECHO_REQUEST || icmp->code != 0 ||
	    !is_own(host, false, ip->to) || !is_unicast(frame->ethernet->from))
		return false;
	if (padma_sum_finish(padma_sum(ip, frame->l3_bytes, 0)) != 0 || !l4_right(packet, frame, 0))
		return false;
	wire_swap(ip->from, ip->to, sizeof(ip->to));
	set_ttl(ip);
	set_type(icmp, ECHO_REPLY);
	reply_to(host, frame->ethernet);
	return true;
}

static bool answer_echo_v6(const struct echo_host *host, struct frame *frame)
{
	struct wire_ipv6 *ip = frame->ipv6;

	/* To a group, it would be from a source that must be chosen (RFC 4443, 4.2); ours is a test, not a host. */
	if (!is_own(host, true, ip->to) || ip->from[0] == 0xff)
		return false;
	wire_swap(ip->from, ip->to, sizeof(ip->to));
	ip->hops = TTL;
	set_type(frame->l4, ECHO_REPLY_V6);
	reply_to(host, frame->ethernet);
	return true;
}

static void put_icmpv6_checksum(const struct wire_ipv6 *ip, struct wire_neighbour *neighbour,
				uint32_t bytes)
{
	uint16_t checksum;

	memset(neighbour->checksum, 0, sizeof(neighbour->checksum));
	checksum = padma_sum_finish(
		padma_sum(neighbour, bytes, checksum_pseudo(ip->from, 16, PROTOCOL_ICMPV6, bytes)));
	memcpy(neighbour->checksum, &checksum, sizeof(checksum));
}

/* The advertisement's target and its option with the MAC address; IP addresses and lengths are set. */
static void write_advertisement(const struct echo_host *host, const struct wire_ipv6 *ip,
				struct wire_neighbour *neighbour, const uint8_t *target,
				uint8_t flags)
{
	uint8_t *option = (uint8_t *)(neighbour + 1);

	memmove(neighbour->target, target, sizeof(neighbour->target));
	neighbour->type = ADVERTISEMENT;
	neighbour->code = 0;
	memset(neighbour->flags, 0, sizeof(neighbour->flags));
	neighbour->flags[0] = flags;
	option[0] = OPTION_TARGET_MAC;
	option[1] = 1; /* of 8 bytes */
	memcpy(option + 2, host->mac, MAC_BYTES);
	put_icmpv6_checksum(ip, neighbour, ADVERTISEMENT_BYTES);
}

/*
 * The answer has another length if the question had no option or more than one: the packet is made to fit. A question
 * without a source address asks whether an address is taken (RFC 4862, 5.4): the answer goes to all nodes, and only
 * for addresses that were given.
 */
static bool answer_neighbour(const struct echo_host *host, struct padma_packet *packet,
			     struct frame *frame)
{
	static const uint8_t nobody[16], all_nodes[16] = {0xff, 0x02, [15] = 1};
	static const uint8_t all_nodes_mac[MAC_BYTES] = {0x33, 0x33, 0, 0, 0, 1};
	struct wire_neighbour *neighbour = frame->l4;
	struct wire_ipv6 *ip = frame->ipv6;
	bool probe = memcmp(ip->from, nobody, sizeof(nobody)) == 0;
	uint32_t end = (uint32_t)frame->l2_bytes + frame->l3_bytes + ADVERTISEMENT_BYTES;

	if (frame->l4_room < sizeof(*neighbour) || ip->hops != HOPS_NEIGHBOUR || packet->next ||
	    frame->l3_bytes != sizeof(*ip) || !is_own(host, true, neighbour->target) ||
	    (probe && host->ip_count == 0))
		return false;
	if (end > packet->length && !padma_packet_append(packet, end - packet->length))
		return false;
	packet->length = (uint16_t)end;
	memcpy(ip->to, probe ? all_nodes : ip->from, sizeof(ip->to));
	memcpy(ip->from, neighbour->target, sizeof(ip->from));
	wire_put16(ip->bytes, ADVERTISEMENT_BYTES);
	write_advertisement(host, ip, neighbour, neighbour->target,
			    (uint8_t)((probe ? 0 : FLAG_SOLICITED) | FLAG_OVERRIDE));
	reply_to(host, frame->ethernet);
	if (probe)
		memcpy(frame->ethernet->to, all_nodes_mac, MAC_BYTES);
	return true;
}

static bool answer_icmpv6(const struct echo_host *host, struct padma_packet *packet,
			  struct frame *frame)
{
	const struct wire_icmp *icmp = frame->l4;

	if (frame->protocol != PROTOCOL_ICMPV6 || !icmp || frame->fragment ||
	    frame->l4_room < sizeof(*icmp) || icmp->code != 0 ||
	    !is_unicast(frame->ethernet->from) ||
	    !l4_right(packet, frame,
		      checksum_pseudo(frame->ipv6->from, 16, PROTOCOL_ICMPV6, frame->l4_bytes)))
		return false;
	if (icmp->type == ECHO_REQUEST_V6)
		return answer_echo_v6(host, frame);
	return icmp->type == SOLICITATION && answer_neighbour(host, packet, frame);
}

bool echo_answer(const struct echo_host *host, struct padma_packet *packet)
{
	struct frame frame;

	if (!frame_parse(packet, &frame))
		return false;
	if (frame.arp)
		return answer_arp(host, &frame);
	if (frame.ipv4)
		return answer_icmp(host, packet, &frame);
	return frame.ipv6 && answer_icmpv6(host, packet, &frame);
}

static bool announce_arp(const struct echo_host *host, const struct ip_address *ip,
			 struct padma_packet *packet)
{
	static const uint8_t broadcast[MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct wire_ethernet *ethernet = (void *)padma_packet_append(packet, FRAME_MIN);
	struct wire_arp *arp;

	if (!ethernet)
		return false;
	memset(ethernet, 0, FRAME_MIN);
	arp = (void *)(ethernet + 1);
	memcpy(ethernet->to, broadcast, MAC_BYTES);
	memcpy(ethernet->from, host->mac, MAC_BYTES);
	wire_put16(ethernet->type, ETHERTYPE_ARP);
	wire_put16(arp->hardware, 1);
	wire_put16(arp->protocol, ETHERTYPE_IPV4);
	arp->hardware_bytes = MAC_BYTES;
	arp->protocol_bytes = 4;
	wire_put16(arp->operation, ARP_REQUEST);
	memcpy(arp->sender_mac, host->mac, MAC_BYTES);
	memcpy(arp->sender_ip, ip->bytes, 4);
	memcpy(arp->target_ip, ip->bytes, 4);
	return true;
}

static bool announce_neighbour(const struct echo_host *host, const struct ip_address *ip,
			       struct padma_packet *packet)
{
	static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};
	static const uint8_t all_nodes_mac[MAC_BYTES] = {0x33, 0x33, 0, 0, 0, 1};
	uint32_t bytes = sizeof(struct wire_ethernet) + sizeof(struct wire_ipv6) +
			 (uint32_t)ADVERTISEMENT_BYTES;
	struct wire_ethernet *ethernet = (void *)padma_packet_append(packet, bytes);
	struct wire_ipv6 *header;

	if (!ethernet)
		return false;
	memset(ethernet, 0, bytes);
	header = (void *)(ethernet + 1);
	memcpy(ethernet->to, all_nodes_mac, MAC_BYTES);
	memcpy(ethernet->from, host->mac, MAC_BYTES);
	wire_put16(ethernet->type, ETHERTYPE_IPV6);
	header->version_flow[0] = 0x60;
	wire_put16(header->bytes, ADVERTISEMENT_BYTES);
	header->next = PROTOCOL_ICMPV6;
	header->hops = HOPS_NEIGHBOUR;
	memcpy(header->from, ip->bytes, 16);
	memcpy(header->to, all_nodes, 16);
	write_advertisement(host, header, (void *)(header + 1), ip->bytes, FLAG_OVERRIDE);
	return true;
}

bool echo_announce(const struct echo_host *host, const struct ip_address *ip,
		   struct padma_packet *packet)
{
	return ip->v6 ? announce_neighbour(host, ip, packet) : announce_arp(host, ip, packet);
}

void echo_solicited_mac(const struct ip_address *ip, uint8_t *mac)
{
	const uint8_t address[MAC_BYTES] = {0x33,	   0x33,	  0xff,
					    ip->bytes[13], ip->bytes[14], ip->bytes[15]};

	memcpy(mac, address, MAC_BYTES);
}
