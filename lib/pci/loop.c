// SPDX-License-Identifier: BSD-3-Clause
/*
 * See loop.h. The loop driver does not claim its backing device. It is asked for that device's
 * number; the path in sysfs is valid in the mount namespace of the process that set the
 * loop device up, and may lead elsewhere, or nowhere, from here.
 */
#include "pci/loop.h"

#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "pci/block_node.h"

/* include/linux/kdev_t.h: huge_encode_dev() is glibc's encoding for all numbers that Linux has. */
static bool is_number(unsigned long long encoded, struct pci_number number)
{
	return major((dev_t)encoded) == number.major && minor((dev_t)encoded) == number.minor;
}

/* The kernel's answer. Return: whether it gave one; then @over is set. */
static bool ask_driver(const struct pci_roots *roots, const struct pci_node *upper,
		       const struct pci_node *lower, bool *over)
{
	int fd = block_node_open(roots, upper, 0);
	struct loop_info64 info;
	bool answered;

	if (fd < 0)
		return false;
	answered = ioctl(fd, LOOP_GET_STATUS64, &info) == 0;
	close(fd);
	if (answered)
		*over = is_number(info.lo_rdevice, lower->number);
	return answered;
}

bool loop_is_over(const struct pci_roots *roots, const struct pci_node *upper,
		  const struct pci_node *lower)
{
	char path[PATH_MAX], backing[PATH_MAX];
	const struct pci_nodes one = {.list = (struct pci_node *)lower, .count = 1};
	bool over = false;

	if (strncmp(upper->name, "loop", 4) != 0 || upper->partition)
		return false;
	/* Exists only while it has a backing file. */
	if (!line_read(path_make(path, "%s/loop/backing_file", upper->real), backing,
		       sizeof(backing)))
		return false;
	if (ask_driver(roots, upper, lower, &over))
		return over;
	return pci_nodes_by_path(&one, S_IFBLK, backing) != NULL;
}
