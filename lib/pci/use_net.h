/* SPDX-License-Identifier: BSD-3-Clause */
/* use_net.h - the parts of uses_of_network(), each for the calling thread's namespace. */
#ifndef PCI_USE_NET_H
#define PCI_USE_NET_H

#include "pci/net_link.h"
#include "pci/uses.h"

struct net_search {
	const struct use_search *search;
	const struct net_links *links;
	int error; /* the result of adding a use during a dump */
};

/* Each adds what it finds on interfaces of the function. Return: 0, or a negative errno. */
int uses_of_addresses(struct net_search *net, int socket);
int uses_of_routes(struct net_search *net, int socket);
int uses_of_packet_sockets(struct net_search *net);

/* The function's interface with this number; NULL if it is none. */
const struct net_link *net_interface(const struct net_search *net, int index);

#endif
