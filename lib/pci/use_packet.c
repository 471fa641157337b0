// SPDX-License-Identifier: BSD-3-Clause
/* Packet sockets (packet(7)) that are bound to a function's interfaces: a capture, or a protocol in
 * user space. */
#include "pci/use_net.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pci/process.h"

struct owner_search {
	char link[64]; /* "socket:[1234]" */
};

static int has_socket(const struct pci_roots *roots, int pid, void *ctx)
{
	const struct owner_search *search = ctx;
	char path[PATH_MAX], target[64];
	const struct dirent *entry;
	bool found = false;
	DIR *directory = opendir(path_make(path, "%s/%d/fd", roots->proc, pid));

	while (directory && !found && (entry = readdir(directory)) != NULL) {
		ssize_t length =
			readlink(path_make(path, "%s/%d/fd/%s", roots->proc, pid, entry->d_name),
				 target, sizeof(target) - 1);

		target[length < 0 ? 0 : length] = '\0';
		found = strcmp(target, search->link) == 0;
	}
	if (directory)
		closedir(directory);
	return found ? pid : 0;
}

static int add_socket(const struct net_search *net, const struct net_link *interface,
		      unsigned long inode)
{
	const struct pci_roots *roots = net->search->roots;
	struct owner_search owner;
	char name[20];
	int pid;

	snprintf(owner.link, sizeof(owner.link), "socket:[%lu]", inode);
	pid = processes_each(roots, has_socket, &owner);
	if (pid == 0)
		return use_add(net->search, PADMA_PCI_USE_NETWORK, interface->name, 0,
			       "a packet socket is bound to %s", interface->name);
	return use_add(net->search, PADMA_PCI_USE_NETWORK, interface->name, pid,
		       "process %d (%s) has a packet socket on %s", pid,
		       process_name(roots, pid, name, sizeof(name)), interface->name);
}

/* net/packet/af_packet.c, packet_seq_show(): sk, references, type, protocol, interface, running,
 * memory, user, inode.
 */
int uses_of_packet_sockets(struct net_search *net)
{
	char path[PATH_MAX];
	char *line = NULL;
	size_t room = 0;
	int error = 0;
	FILE *table =
		fopen(path_make(path, "%s/thread-self/net/packet", net->search->roots->proc), "re");

	while (table && error == 0 && getline(&line, &room, table) > 0) {
		const struct net_link *interface;
		unsigned long inode;
		int index;

		if (sscanf(line, "%*s %*d %*d %*x %d %*d %*u %*u %lu", &index, &inode) != 2)
			continue;
		interface = net_interface(net, index);
		if (interface)
			error = add_socket(net, interface, inode);
	}
	free(line);
	if (table)
		fclose(table);
	return error;
}
