// SPDX-License-Identifier: BSD-3-Clause
/* See claim.h. */
#include "pci/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <padma/error.h>

#include "pci/block_node.h"

/* Uses that are claims themselves. */
static bool is_claim(enum padma_pci_use_kind kind)
{
	return kind == PADMA_PCI_USE_MOUNT || kind == PADMA_PCI_USE_SWAP ||
	       kind == PADMA_PCI_USE_STACKED;
}

static bool is_partition_of(const struct pci_node *node, const struct pci_node *disk)
{
	size_t length = strlen(disk->real);

	return node->partition && strncmp(node->real, disk->real, length) == 0 &&
	       node->real[length] == '/';
}

/* Whether a claim on @disk was already found under another name. */
static bool is_explained(const struct use_search *search, const struct pci_node *disk)
{
	for (size_t i = 0; i < search->uses->count; i++) {
		const struct padma_pci_use *use = &search->uses->list[i];
		const struct pci_node *node =
			pci_nodes_by_name(search->nodes, S_IFBLK, use->device);

		if (is_claim(use->kind) && node && (node == disk || is_partition_of(node, disk)))
			return true;
	}
	return false;
}

/* The partition that is claimed, or the disk itself. */
static const struct pci_node *claimed_part(const struct use_search *search,
					   const struct pci_node *disk)
{
	for (size_t i = 0; i < search->nodes->count; i++) {
		const struct pci_node *node = &search->nodes->list[i];
		int fd;

		if (!is_partition_of(node, disk))
			continue;
		fd = block_node_open(search->roots, node, O_EXCL);
		if (fd == -EBUSY)
			return node;
		if (fd >= 0)
			close(fd);
	}
	return disk;
}

static int add_use(const struct use_search *search, const struct pci_node *disk)
{
	const char *name;

	if (is_explained(search, disk))
		return 0;
	name = claimed_part(search, disk)->name;
	return use_add(
		search, PADMA_PCI_USE_CLAIMED, name, 0,
		"%s is claimed exclusively, and the kernel does not report by what (ZFS, a program "
		"that opened it with O_EXCL, or a mount that no process sees)",
		name);
}

/* A disk without a medium, or with a dead drive behind it, has no user to lose. */
static bool is_nothing(int error)
{
	return error == -ENXIO || error == -ENODEV || error == -ENOMEDIUM;
}

static int take_one(const struct use_search *search, struct pci_claims *claims,
		    const struct pci_node *disk)
{
	int fd = block_node_open(search->roots, disk, O_EXCL);

	if (fd >= 0) {
		claims->fds[claims->count++] = fd;
		return 0;
	}
	if (fd == -EBUSY)
		return add_use(search, disk);
	if (is_nothing(fd))
		return 0;
	return padma_fail(fd, "pci",
			  "%s: cannot open it to check whether it is in use: %s; make sure that "
			  "it is not, and bind with --force",
			  disk->name, strerror(-fd));
}

int claims_take(const struct use_search *search, struct pci_claims *claims)
{
	int error = 0;

	claims->fds = calloc(search->nodes->count + 1, sizeof(*claims->fds));
	if (!claims->fds)
		return padma_fail(-ENOMEM, "pci", "no memory for the list of disks");
	for (size_t i = 0; error == 0 && i < search->nodes->count; i++) {
		const struct pci_node *node = &search->nodes->list[i];

		if (node->type == S_IFBLK && !*node->lower && !node->partition)
			error = take_one(search, claims, node);
	}
	if (error)
		claims_release(claims);
	return error;
}

void claims_release(struct pci_claims *claims)
{
	while (claims->count)
		close(claims->fds[--claims->count]);
	free(claims->fds);
	claims->fds = NULL;
}
