// SPDX-License-Identifier: BSD-3-Clause
/*
 * Uses of a function's network interfaces. All visible namespaces are searched for them: an interface
 * that was moved to another namespace counts as in use; those in ours are checked for
 * their uses.
 */
#include "pci/use_net.h"

#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <padma/error.h>

#include "pci/netns.h"
#include "pci/process.h"

/* The base class of network controllers (PCI Code and ID Assignment 1.11, 1.3). */
#define CLASS_NETWORK 0x02u

static int add(const struct net_search *net, const struct net_link *interface, const char *words,
	       const struct net_link *other)
{
	return use_add(net->search, PADMA_PCI_USE_NETWORK, interface->name, 0, "%s %s %s%s%s%s",
		       interface->name, words, other->name, *other->kind ? " (" : "", other->kind,
		       *other->kind ? ")" : "");
}

/* What is stacked on an interface, or takes its frames. */
static int add_stacking(const struct net_search *net, const struct net_link *interface)
{
	const struct net_link *master = net_links_find(net->links, interface->master);
	int error = 0;

	if (master)
		error = add(net, interface, "belongs to", master);
	for (size_t i = 0; error == 0 && i < net->links->count; i++) {
		const struct net_link *upper = &net->links->list[i];

		if (upper->lower == interface->index && upper->lower_namespace < 0)
			error = add(net, interface, "carries", upper);
	}
	if (error == 0 && interface->xdp)
		error = use_add(net->search, PADMA_PCI_USE_NETWORK, interface->name, 0,
				"an XDP program is attached to %s", interface->name);
	if (error == 0 && (interface->flags & IFF_UP))
		error = use_add(net->search, PADMA_PCI_USE_NETWORK, interface->name, 0, "%s is up",
				interface->name);
	return error;
}

static size_t count_interfaces(const struct net_links *links)
{
	size_t count = 0;

	for (size_t i = 0; i < links->count; i++)
		count += links->list[i].is_of_function;
	return count;
}

/* The interfaces in our own namespace. */
static int search_here(const struct use_search *search, const struct net_links *links, int socket)
{
	struct net_search net = {.search = search, .links = links};
	int error = 0;

	if (count_interfaces(links) == 0)
		return 0;
	error = uses_of_routes(&net, socket);
	if (error == 0)
		error = uses_of_addresses(&net, socket);
	if (error == 0)
		error = uses_of_packet_sockets(&net);
	for (size_t i = 0; error == 0 && i < links->count; i++) {
		if (links->list[i].is_of_function)
			error = add_stacking(&net, &links->list[i]);
	}
	return error;
}

/* "process 77 (sleep)", or the mount that keeps the namespace. */
static const char *whose(const struct use_search *search, const struct pci_netns *netns, char *text,
			 size_t bytes)
{
	char name[20];

	if (netns->pid)
		snprintf(text, bytes, "process %d (%s)", netns->pid,
			 process_name(search->roots, netns->pid, name, sizeof(name)));
	else
		snprintf(text, bytes, "%s", netns->path);
	return text;
}

/* In another namespace: the interfaces themselves, and what is stacked there on one of ours. */
static int search_there(const struct use_search *search, const struct net_links *here,
			const struct net_links *there, const struct pci_netns *netns, int here_id)
{
	char text[160];
	int error = 0;

	whose(search, netns, text, sizeof(text));
	for (size_t i = 0; error == 0 && i < there->count; i++) {
		const struct net_link *link = &there->list[i];
		const struct net_link *lower = net_links_find(here, link->lower);

		if (link->is_of_function)
			error = use_add(search, PADMA_PCI_USE_NETWORK, link->name, netns->pid,
					"its interface %s is in the network namespace of %s",
					link->name, text);
		else if (lower && lower->is_of_function && here_id >= 0 &&
			 link->lower_namespace == here_id)
			error = use_add(search, PADMA_PCI_USE_NETWORK, lower->name, netns->pid,
					"%s carries %s (%s) in the network namespace of %s",
					lower->name, link->name, link->kind, text);
	}
	return error;
}

/* One namespace. @here: the links of our own namespace, which is read first. */
static int search_namespace(const struct use_search *search, const char *function,
			    const struct pci_netns_list *namespaces, size_t at,
			    struct net_links *here, size_t *found)
{
	const struct pci_netns *netns = &namespaces->list[at];
	struct net_links there = {0};
	int error, socket = netlink_open(at == 0 ? -1 : netns->fd);

	if (socket < 0) /* may not be entered: what is in it is not seen */
		return 0;
	if (at == 0) {
		error = net_links_read(search->roots, function, socket, true, here);
		*found += count_interfaces(here);
		if (error == 0)
			error = search_here(search, here, socket);
	} else {
		error = net_links_read(search->roots, function, socket, false, &there);
		*found += count_interfaces(&there);
		if (error == 0)
			error = search_there(search, here, &there, netns,
					     netlink_namespace_id(socket, namespaces->list[0].fd));
	}
	free(there.list);
	close(socket);
	return error;
}

static int search_all(const struct use_search *search, const char *function, size_t *found)
{
	struct pci_netns_list namespaces;
	struct net_links here = {0};
	int error = netns_find(search->roots, &namespaces);

	for (size_t i = 0; error == 0 && i < namespaces.count; i++)
		error = search_namespace(search, function, &namespaces, i, &here, found);
	free(here.list);
	netns_free(&namespaces);
	return error;
}

/* pci-stub and the like bind a function to keep other drivers away. */
static bool is_placeholder(const char *driver)
{
	return strcmp(driver, "pci-stub") == 0 || strcmp(driver, "pciback") == 0;
}

int uses_of_network(const struct use_search *search)
{
	char path[PATH_MAX], function[PATH_MAX], driver[64];
	size_t found = 0;
	int error;

	link_name(path_make(path, "%s/driver", search->roots->function), driver, sizeof(driver));
	/* Without a driver there is no interface. */
	if (!*driver || is_placeholder(driver) || !realpath(search->roots->function, function))
		return 0;
	error = search_all(search, function, &found);
	if (error)
		return padma_fail(error, "pci", "cannot query the kernel's network: %s",
				  strerror(-error));
	if (found || pci_class_code(search->roots) >> 16 != CLASS_NETWORK)
		return 0;
	return use_add(search, PADMA_PCI_USE_NETWORK, "", 0,
		       "its driver %s shows no interface in any network namespace that can be "
		       "seen, so it may be in another one",
		       driver);
}
