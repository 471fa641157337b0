// SPDX-License-Identifier: BSD-3-Clause
/*
 * Whether a device snoops the processor's caches, by its device tree. See platform.h.
 *
 * The kernel asks the node of the host bridge's parent (drivers/pci/pci-driver.c,
 * pci_dma_configure()), and of its parents in turn, for "dma-coherent" or "dma-noncoherent"
 * (drivers/of/address.c, of_dma_is_coherent()); without either an arm64 device is not coherent.
 * Followed are plain parents, not an interconnect named "dma-mem". Machines with ACPI have no such
 * node: what their firmware says (_CCA) cannot be seen from here, and Arm's Server Base System
 * Architecture demands coherence of PCI Express.
 */
#define PADMA_PART "space"
#include "base/base.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/platform.h"

/* On x86 every DMA is coherent: Linux has no cache maintenance for it there (arch/x86/Kconfig does
 * not select ARCH_HAS_SYNC_DMA_FOR_DEVICE, arch/arm64/Kconfig does). */
#ifdef __aarch64__
#define MAY_NOT_SNOOP true
#else
#define MAY_NOT_SNOOP false
#endif

/* Cut the last part off. False if nothing is left. */
static bool parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

/* "pci0000:00": a root bus, which is a host bridge's device. */
static bool is_host_bridge(const char *path)
{
	const char *name = strrchr(path, '/');
	unsigned int domain, bus;

	return name && sscanf(name, "/pci%x:%x", &domain, &bus) == 2;
}

static bool has_property(const char *node, const char *name)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", node, name);
	return access(path, F_OK) == 0;
}

/* @node is below the folder "base", the tree's root, which is asked last. */
static bool node_is_coherent(char *node)
{
	bool root = false;

	while (!root) {
		const char *name = strrchr(node, '/');

		if (has_property(node, "dma-coherent"))
			return true;
		if (has_property(node, "dma-noncoherent"))
			return false;
		root = !name || strcmp(name, "/base") == 0 || !parent(node);
	}
	return false;
}

bool platform_is_coherent(const char *root, const char *address)
{
	char path[PATH_MAX], device[PATH_MAX], node[PATH_MAX];

	snprintf(path, sizeof(path), "%.2000s/sys/bus/pci/devices/%.32s", root, address);
	if (!realpath(path, device))
		return true;
	while (!is_host_bridge(device)) {
		if (!parent(device))
			return true;
	}
	if (!parent(device))
		return true;
	snprintf(path, sizeof(path), "%.4000s/of_node", device);
	return !realpath(path, node) || node_is_coherent(node);
}

int platform_accepts_device(const char *address)
{
	if (MAY_NOT_SNOOP && !platform_is_coherent("", address))
		return fail(-EOPNOTSUPP,
			    "%s does not see the processor's caches (its device tree lacks "
			    "dma-coherent), and padma does not flush them; use another machine",
			    address);
	return 0;
}
