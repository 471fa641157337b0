// SPDX-License-Identifier: BSD-3-Clause
/* See block_node.h. */
#include "pci/block_node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define HOW (O_RDONLY | O_CLOEXEC | O_NONBLOCK)

/* The file system knows "cciss!c0d0" by the name "cciss/c0d0". */
static const char *path_of(const struct pci_roots *roots, const struct pci_node *node,
			   char path[PATH_MAX])
{
	path_make(path, "%s/%s", roots->dev, node->name);
	for (char *c = path + strlen(roots->dev); *c; c++) {
		if (*c == '!')
			*c = '/';
	}
	return path;
}

/*
 * A name may be another device's, and opening that has side effects: it is checked first through
 * an O_PATH descriptor, and exactly what was checked is opened.
 */
static int open_by_name(const struct pci_roots *roots, const struct pci_node *node, int flags)
{
	char path[PATH_MAX];
	int fd, look = open(path_of(roots, node, path), O_PATH | O_CLOEXEC);

	if (look < 0)
		return -ENOENT;
	path_make(path, "/proc/self/fd/%d", look);
	if (!node_is(path, S_IFBLK, node->number)) {
		close(look);
		return -ENOENT;
	}
	fd = open(path, HOW | flags);
	if (fd < 0)
		fd = -errno;
	close(look);
	return fd;
}

/* A private file system that is mounted nowhere: nothing is left of it, even if the process is
 * killed. */
static int private_folder(void)
{
	int mount = -1, error, context = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (context < 0)
		return -errno;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
	error = -errno;
	close(context);
	return mount < 0 ? error : mount;
}

static int open_private(const struct pci_node *node, int flags)
{
	const dev_t number = makedev(node->number.major, node->number.minor);
	int fd = -1, error, folder = private_folder();

	if (folder < 0)
		return folder;
	if (mknodat(folder, "node", S_IFBLK | S_IRUSR, number) == 0)
		fd = openat(folder, "node", HOW | flags);
	error = -errno;
	close(folder);
	return fd < 0 ? error : fd;
}

int block_node_open(const struct pci_roots *roots, const struct pci_node *node, int flags)
{
	int fd = open_by_name(roots, node, flags);

	/* Numbers in another machine's sysfs are not this kernel's. */
	if (fd != -ENOENT || !roots->machine)
		return fd;
	return open_private(node, flags);
}
