// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the kernel's NVMe target exports. It opens block devices without a claim and takes whole
 * controllers (passthru), both by a path in configfs (drivers/nvme/target/configfs.c).
 */
#include "pci/uses.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether the kernel has configfs: asking for a mount of it would load its module. */
static bool has_configfs(const struct pci_roots *roots)
{
	char path[PATH_MAX], line[128];
	bool found = false;
	FILE *file = fopen(path_make(path, "%s/filesystems", roots->proc), "re");

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, "\tconfigfs\n") != NULL;
	if (file)
		fclose(file);
	return found;
}

/* The kernel's one configfs, even if it has no visible mount. Return: a descriptor,
 * or -1. */
static int configfs_open(const struct pci_roots *roots)
{
	int mount = -1, context;

	if (!roots->machine || !has_configfs(roots))
		return -1;
	context = fsopen("configfs", FSOPEN_CLOEXEC);
	if (context < 0)
		return -1;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = fsmount(context, FSMOUNT_CLOEXEC, 0);
	close(context);
	return mount;
}

/* subsystems/NQN/namespaces/N or subsystems/NQN/passthru. */
static int check_export(const struct use_search *search, const char *directory)
{
	const char *nqn = strstr(directory, "/subsystems/");
	const struct pci_node *node;
	char path[PATH_MAX], device[PATH_MAX], enabled[8];

	line_read(path_make(path, "%s/enable", directory), enabled, sizeof(enabled));
	if (enabled[0] != '1' || !nqn)
		return 0;
	line_read(path_make(path, "%s/device_path", directory), device, sizeof(device));
	node = pci_nodes_by_path(search->nodes, S_IFBLK, device);
	if (!node)
		node = pci_nodes_by_path(search->nodes, S_IFCHR, device);
	if (!node)
		return 0;
	nqn += strlen("/subsystems/");
	return use_add(search, PADMA_PCI_USE_TARGET, node->name, 0,
		       "the kernel's NVMe target exports %s as %.*s", node->name,
		       (int)strcspn(nqn, "/"), nqn);
}

static int check_pattern(const struct use_search *search, const char *root, const char *pattern)
{
	char path[PATH_MAX];
	glob_t found = {0};
	int error = 0;

	if (glob(path_make(path, "%s/nvmet/subsystems/%s", root, pattern), 0, NULL, &found) == 0) {
		for (size_t i = 0; error == 0 && i < found.gl_pathc; i++)
			error = check_export(search, found.gl_pathv[i]);
	}
	globfree(&found);
	return error;
}

int uses_of_nvme_target(const struct use_search *search)
{
	char root[PATH_MAX];
	int fd, error;

	if (search->nodes->count == 0)
		return 0;
	fd = configfs_open(search->roots);
	if (fd >= 0)
		path_make(root, "/proc/self/fd/%d", fd);
	else
		path_make(root, "%s/kernel/config", search->roots->sysfs);
	error = check_pattern(search, root, "*/namespaces/*");
	if (error == 0)
		error = check_pattern(search, root, "*/passthru");
	if (fd >= 0)
		close(fd);
	return error;
}
