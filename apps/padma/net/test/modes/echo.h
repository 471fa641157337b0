/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * echo.h - answers to ARP, ICMP echo, neighbour solicitation and ICMPv6 echo, made of the question itself, in its own
 * packet.
 */
#ifndef NET_TEST_MODES_ECHO_H
#define NET_TEST_MODES_ECHO_H

#include <stdbool.h>

#include <padma/net/packet.h>

#include "net/address.h"

struct echo_host {
	uint8_t mac[MAC_BYTES];
	const struct ip_address *ips;
	unsigned int
		ip_count; /* 0: any IPv4 address is its own, and any IPv6 one that is no multicast */
};

/* Turn a question into its answer. Return: false if it is none for this host, or broken; it may be changed then. */
bool echo_answer(const struct echo_host *host, struct padma_packet *packet);

/*
 * Write an unasked announcement of an address to an empty packet: a gratuitous ARP request (RFC 5227, 3), or an
 * unsolicited neighbour advertisement (RFC 4861, 7.2.6). Return: false if its room is too small.
 */
bool echo_announce(const struct echo_host *host, const struct ip_address *ip,
		   struct padma_packet *packet);

/* The multicast MAC address at which a host is asked for an IPv6 address (RFC 4291, 2.7.1; RFC 2464, 7). */
void echo_solicited_mac(const struct ip_address *ip, uint8_t *mac);

#endif
