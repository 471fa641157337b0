// SPDX-License-Identifier: BSD-3-Clause
/* See find.h. */
#define PADMA_PART "uio"
#include "base/base.h"
#include "base/sysfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/function.h"
#include "device/uio/find.h"

/* include/linux/ioport.h: IORESOURCE_MEM, in the third number of a line of "resource". */
#define RESOURCE_MEMORY 0x200u

static void function_directory(const char *sysfs, const char *address, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.3900s/bus/pci/devices/%.32s", sysfs, address);
}

bool uio_has(const char *sysfs, const char *address)
{
	char directory[PATH_MAX], path[PATH_MAX], driver[UIO_NAME_BYTES];

	function_directory(sysfs, address, directory);
	snprintf(path, sizeof(path), "%.4000s/driver", directory);
	return strcmp(sysfs_link(path, driver, sizeof(driver)), UIO_DRIVER) == 0;
}

static bool is_uio(const char *name, const void *ctx)
{
	(void)ctx;
	return strncmp(name, "uio", 3) == 0;
}

/* The one entry of <function>/uio. */
static bool find_node(struct uio_function *function)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.4000s/uio", function->directory);
	if (!sysfs_entry(path, is_uio, NULL, function->node, sizeof(function->node)))
		return false;
	snprintf(path, sizeof(path), "%.4000s/uio/%s/dev", function->directory, function->node);
	sysfs_line(path, function->number, sizeof(function->number));
	return true;
}

static bool behind_iommu(const struct uio_function *function)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.4000s/iommu_group", function->directory);
	return access(path, F_OK) == 0 && !function_is_in_dummy_group(function->directory);
}

/* First, last and flags of each BAR (Documentation/PCI/sysfs-pci.rst, "resource"). */
static bool read_bars(struct uio_function *function)
{
	char path[PATH_MAX];
	unsigned int lines = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%.4000s/resource", function->directory);
	file = fopen(path, "re");
	while (file && lines < PADMA_DEVICE_BARS) {
		struct uio_bar_place *bar = &function->bars[lines];
		uint64_t start, last, flags;

		if (fscanf(file, "%" SCNx64 "%" SCNx64 "%" SCNx64, &start, &last, &flags) != 3)
			break;
		*bar = (struct uio_bar_place){.start = start};
		if (flags & RESOURCE_MEMORY && last > start)
			bar->bytes = last - start + 1;
		lines++;
	}
	if (file)
		fclose(file);
	return lines == PADMA_DEVICE_BARS;
}

int uio_find(const char *sysfs, const char *address, struct uio_function *function)
{
	memset(function, 0, sizeof(*function));
	function_directory(sysfs, address, function->directory);
	if (!find_node(function))
		return fail(-ENODEV, "%s: " UIO_DRIVER " has it but offers no UIO device", address);
	if (behind_iommu(function))
		return fail(-EINVAL,
			    "%s is behind an IOMMU, which " UIO_DRIVER
			    " leaves closed: bind it to vfio-pci instead",
			    address);
	if (!read_bars(function))
		return fail(-EPROTO, "%s: its file 'resource' in sysfs is malformed", address);
	return 0;
}
