/* SPDX-License-Identifier: BSD-3-Clause */
/* net_link.h - the links of a network namespace, and which of them are a function's interfaces. */
#ifndef PCI_NET_LINK_H
#define PCI_NET_LINK_H

#include "pci/netlink.h"
#include "pci/sysfs.h"

/**
 * struct net_link - a link as the kernel describes it (RTM_NEWLINK)
 * @index: its number in its namespace
 * @lower: the link that it is stacked on; 0: none
 * @lower_namespace: id of that link's namespace in this namespace; -1: the same
 * @master: the bridge, bond or the like that it belongs to; 0: none
 * @flags: IFF_UP and others
 * @xdp: an XDP program is attached
 * @is_of_function: an interface of the function
 * @name: its name
 * @kind: "bridge", "vlan", ...; "" for a physical one
 */
struct net_link {
	int index;
	int lower;
	int lower_namespace;
	int master;
	unsigned int flags;
	bool xdp;
	bool is_of_function;
	char name[16];
	char kind[16];
};

struct net_links {
	struct net_link *list;
	size_t count;
};

/*
 * Read all links of the namespace of @socket. @function: the function's directory, without links.
 * @own: the namespace is the calling thread's, whose interfaces sysfs shows. Return: 0, or a
 * negative errno; @links is empty then, otherwise given back by free() of its list.
 */
int net_links_read(const struct pci_roots *roots, const char *function, int socket, bool own,
		   struct net_links *links);

/* The link with this number; NULL if there is none. */
const struct net_link *net_links_find(const struct net_links *links, int index);

#endif
