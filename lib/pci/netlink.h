/* SPDX-License-Identifier: BSD-3-Clause */
/* netlink.h - ask the kernel for lists of links, addresses and routes of a network namespace
 * (rtnetlink(7)). */
#ifndef PCI_NETLINK_H
#define PCI_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A socket in the network namespace of the descriptor @netns; in the calling thread's if it is -1. The thread stays in its namespace. Return: a descriptor, or a negative errno.
 */
int netlink_open(int netns);

/*
 * Dump all objects of one type (RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEXTHOP), of all
 * families and tables:
 * @take gets each message. Return: 0, or a negative errno: -EOPNOTSUPP if the kernel knows no such
 * objects.
 */
int netlink_dump(int socket, uint16_t type, void (*take)(const struct nlmsghdr *message, void *ctx),
		 void *ctx);

/* The number by which the namespace of @socket knows the namespace @netns; -1 if it has none. */
int netlink_namespace_id(int socket, int netns);

/*
 * The attribute @type among those that follow the @header bytes of a message, at least @bytes long;
 * NULL if there is none. Return: its payload.
 */
const void *netlink_attribute(const struct nlmsghdr *message, size_t header, uint16_t type,
			      size_t bytes);

#endif
