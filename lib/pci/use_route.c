// SPDX-License-Identifier: BSD-3-Clause
/* Addresses and routes of a function's interfaces, and the packet sockets that are bound to them.
 */
#include "pci/use_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pci/process.h"

#define ADDRESS_BYTES (INET6_ADDRSTRLEN + 4)

const struct net_link *net_interface(const struct net_search *net, int index)
{
	const struct net_link *link = index > 0 ? net_links_find(net->links, index) : NULL;

	return link && link->is_of_function ? link : NULL;
}

/* "10.0.0.2/24"; for families that are neither IPv4 nor IPv6 the family alone. Return: @text. */
static const char *address_text(int family, const void *address, unsigned int length,
				char text[ADDRESS_BYTES])
{
	char plain[INET6_ADDRSTRLEN];

	if (address && inet_ntop(family, address, plain, sizeof(plain)))
		snprintf(text, ADDRESS_BYTES, "%s/%u", plain, length);
	else
		snprintf(text, ADDRESS_BYTES, "(family %d)", family);
	return text;
}

static size_t address_bytes(int family)
{
	return family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

static void take_address(const struct nlmsghdr *message, void *ctx)
{
	const struct ifaddrmsg *about = NLMSG_DATA(message);
	struct net_search *net = ctx;
	const struct net_link *interface;
	char text[ADDRESS_BYTES];
	const void *address;

	if (net->error || message->nlmsg_type != RTM_NEWADDR ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*about)))
		return;
	interface = net_interface(net, (int)about->ifa_index);
	if (!interface)
		return;
	/* On a point-to-point link IFA_ADDRESS is the peer's. */
	address = netlink_attribute(message, sizeof(*about), IFA_LOCAL,
				    address_bytes(about->ifa_family));
	if (!address)
		address = netlink_attribute(message, sizeof(*about), IFA_ADDRESS,
					    address_bytes(about->ifa_family));
	net->error = use_add(net->search, PADMA_PCI_USE_NETWORK, interface->name, 0,
			     "%s has the address %s", interface->name,
			     address_text(about->ifa_family, address, about->ifa_prefixlen, text));
}

int uses_of_addresses(struct net_search *net, int socket)
{
	int error = netlink_dump(socket, RTM_GETADDR, take_address, net);

	return error ? error : net->error;
}

/* One of the interfaces that a route goes through, itself or by one of several next hops
 * (rtnetlink(7)). */
static const struct net_link *interface_of_route(const struct net_search *net,
						 const struct nlmsghdr *message)
{
	const void *found = netlink_attribute(message, sizeof(struct rtmsg), RTA_OIF, sizeof(int));
	const struct net_link *interface;
	const struct rtnexthop *hop;
	int index, left;

	if (found) {
		memcpy(&index, found, sizeof(index));
		return net_interface(net, index);
	}
	hop = netlink_attribute(message, sizeof(struct rtmsg), RTA_MULTIPATH, sizeof(*hop));
	if (!hop)
		return NULL;
	left = (int)RTA_PAYLOAD((const struct rtattr *)((const char *)hop - RTA_LENGTH(0)));
	for (; RTNH_OK(hop, left); left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
		interface = net_interface(net, hop->rtnh_ifindex);
		if (interface)
			return interface;
	}
	return NULL;
}

/* Table and destination in words: "the default route", "the route 10.0.0.0/8 of table 100". */
static const char *route_text(const struct nlmsghdr *message, char *text, size_t bytes)
{
	const struct rtmsg *about = NLMSG_DATA(message);
	const void *destination = netlink_attribute(message, sizeof(*about), RTA_DST,
						    address_bytes(about->rtm_family));
	const void *found = netlink_attribute(message, sizeof(*about), RTA_TABLE, sizeof(uint32_t));
	char address[ADDRESS_BYTES], of_table[32] = "";
	uint32_t table = about->rtm_table;

	if (found)
		memcpy(&table, found, sizeof(table));
	if (table != RT_TABLE_MAIN)
		snprintf(of_table, sizeof(of_table), " of table %u", table);
	if (about->rtm_dst_len == 0)
		snprintf(text, bytes, "the %sdefault route%s",
			 about->rtm_family == AF_INET6 ? "IPv6 " : "", of_table);
	else
		snprintf(text, bytes, "the route %s%s",
			 address_text(about->rtm_family, destination, about->rtm_dst_len, address),
			 of_table);
	return text;
}

/* Routes that the kernel adds by itself follow from an address, or from the interface being up. */
static void take_route(const struct nlmsghdr *message, void *ctx)
{
	const struct rtmsg *about = NLMSG_DATA(message);
	struct net_search *net = ctx;
	const struct net_link *interface;
	char text[128];

	if (net->error || message->nlmsg_type != RTM_NEWROUTE ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*about)) ||
	    about->rtm_protocol == RTPROT_KERNEL || (about->rtm_flags & RTM_F_CLONED))
		return;
	interface = interface_of_route(net, message);
	if (interface)
		net->error = use_add(net->search, PADMA_PCI_USE_NETWORK, interface->name, 0,
				     "%s goes through %s", route_text(message, text, sizeof(text)),
				     interface->name);
}

/* Next hop objects (ip nexthop), which routes refer to. */
static void take_next_hop(const struct nlmsghdr *message, void *ctx)
{
	struct net_search *net = ctx;
	const struct net_link *interface;
	const void *found;
	int index;

	if (net->error || message->nlmsg_type != RTM_NEWNEXTHOP)
		return;
	found = netlink_attribute(message, sizeof(struct nhmsg), NHA_OIF, sizeof(index));
	if (!found)
		return;
	memcpy(&index, found, sizeof(index));
	interface = net_interface(net, index);
	if (interface)
		net->error = use_add(net->search, PADMA_PCI_USE_NETWORK, interface->name, 0,
				     "a next hop goes through %s", interface->name);
}

int uses_of_routes(struct net_search *net, int socket)
{
	int error = netlink_dump(socket, RTM_GETROUTE, take_route, net);

	if (error == 0 && net->error == 0)
		error = netlink_dump(socket, RTM_GETNEXTHOP, take_next_hop, net);
	/* Kernels before 5.3 have none. */
	if (error == -EOPNOTSUPP)
		error = 0;
	return error ? error : net->error;
}
