// SPDX-License-Identifier: BSD-3-Clause
/* See net_link.h. */
#include "pci/net_link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pci/nodes.h"

struct reader {
	const struct pci_roots *roots;
	const char *function;
	bool own;
	struct net_links *links;
	int error;
};

static const void *attribute(const struct nlmsghdr *message, uint16_t type, size_t bytes)
{
	return netlink_attribute(message, sizeof(struct ifinfomsg), type, bytes);
}

static int number(const struct nlmsghdr *message, uint16_t type, int otherwise)
{
	const void *found = attribute(message, type, sizeof(int));
	int value = otherwise;

	if (found)
		memcpy(&value, found, sizeof(value));
	return value;
}

/* Text ends within its attribute; the kernel's parser sees to that (NLA_STRING). */
static void text(const struct nlmsghdr *message, uint16_t type, char *value, size_t bytes)
{
	const char *found = attribute(message, type, 1);

	snprintf(value, bytes, "%s", found ? found : "");
}

/* One attribute inside of another. */
static const void *nested(const void *payload, uint16_t type)
{
	const struct rtattr *outer = (const void *)((const char *)payload - RTA_LENGTH(0));
	const struct rtattr *inner = payload;
	size_t left = RTA_PAYLOAD(outer);

	for (; RTA_OK(inner, left); inner = RTA_NEXT(inner, left)) {
		if ((inner->rta_type & NLA_TYPE_MASK) == type && RTA_PAYLOAD(inner) >= 1)
			return RTA_DATA(inner);
	}
	return NULL;
}

/*
 * Linux 5.14 and newer name the device that an interface belongs to; "virtio0" of the bus "virtio"
 * is below its PCI function in sysfs. Older ones show that in sysfs only, and there for one
 * namespace.
 */
static bool is_of_function(const struct reader *reader, const struct nlmsghdr *message,
			   const char *name)
{
	char path[PATH_MAX], real[PATH_MAX], parent[64], bus[32];

	text(message, IFLA_PARENT_DEV_NAME, parent, sizeof(parent));
	text(message, IFLA_PARENT_DEV_BUS_NAME, bus, sizeof(bus));
	if (*parent && *bus)
		path_make(path, "%s/bus/%s/devices/%s", reader->roots->sysfs, bus, parent);
	else if (reader->own)
		path_make(path, "%s/class/net/%s/device", reader->roots->sysfs, name);
	else
		return false;
	return realpath(path, real) && pci_is_of_function(real, reader->function);
}

static void parse(const struct reader *reader, const struct nlmsghdr *message,
		  struct net_link *link)
{
	const struct ifinfomsg *about = NLMSG_DATA(message);
	const void *info = attribute(message, IFLA_LINKINFO, 0);
	const void *xdp = attribute(message, IFLA_XDP, 0);
	const char *kind = info ? nested(info, IFLA_INFO_KIND) : NULL;
	const uint8_t *attached = xdp ? nested(xdp, IFLA_XDP_ATTACHED) : NULL;

	*link = (struct net_link){.index = about->ifi_index,
				  .flags = about->ifi_flags,
				  .lower = number(message, IFLA_LINK, 0),
				  .lower_namespace = number(message, IFLA_LINK_NETNSID, -1),
				  .master = number(message, IFLA_MASTER, 0),
				  .xdp = attached && *attached != XDP_ATTACHED_NONE};
	text(message, IFLA_IFNAME, link->name, sizeof(link->name));
	snprintf(link->kind, sizeof(link->kind), "%s", kind ? kind : "");
	link->is_of_function = is_of_function(reader, message, link->name);
}

static void take(const struct nlmsghdr *message, void *ctx)
{
	struct reader *reader = ctx;
	struct net_links *links = reader->links;
	struct net_link link, *bigger;

	if (reader->error || message->nlmsg_type != RTM_NEWLINK ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		return;
	parse(reader, message, &link);
	/* A restarted dump repeats its entries. */
	if (net_links_find(links, link.index))
		return;
	bigger = reallocarray(links->list, links->count + 1, sizeof(*bigger));
	if (!bigger) {
		reader->error = -ENOMEM;
		return;
	}
	links->list = bigger;
	bigger[links->count++] = link;
}

int net_links_read(const struct pci_roots *roots, const char *function, int socket, bool own,
		   struct net_links *links)
{
	struct reader reader = {roots, function, own, links, 0};
	int error;

	*links = (struct net_links){0};
	error = netlink_dump(socket, RTM_GETLINK, take, &reader);
	if (error == 0)
		error = reader.error;
	if (error) {
		free(links->list);
		*links = (struct net_links){0};
	}
	return error;
}

const struct net_link *net_links_find(const struct net_links *links, int index)
{
	for (size_t i = 0; i < links->count; i++) {
		if (links->list[i].index == index)
			return &links->list[i];
	}
	return NULL;
}
