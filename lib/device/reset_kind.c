// SPDX-License-Identifier: BSD-3-Clause
/*
 * The file "reset_method" of a function (Documentation/ABI/testing/sysfs-bus-pci): the ways that the
 * kernel has, in the order in which it tries them (drivers/pci/pci.c, pci_reset_fn_methods).
 */
#include "base/base.h"
#include "base/sysfs.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/reset_kind.h"

struct method {
	const char *name;
	enum padma_reset_kind kind;
};

/* The quirks behind "device_specific" reset the very function (drivers/pci/quirks.c); so does ACPI's
 * _RST (ACPI 6.5, 7.3.25). */
static const struct method methods[] = {
	{"device_specific", PADMA_RESET_FLR}, {"acpi", PADMA_RESET_FLR}, {"flr", PADMA_RESET_FLR},
	{"af_flr", PADMA_RESET_FLR},	      {"pm", PADMA_RESET_PM},	 {"bus", PADMA_RESET_BUS},
	{"cxl_bus", PADMA_RESET_BUS},
};

/* A way that is not known here promises nothing. */
static enum padma_reset_kind first_kind(const char *list)
{
	size_t length = strcspn(list, " ");

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strlen(methods[i].name) == length &&
		    strncmp(methods[i].name, list, length) == 0)
			return methods[i].kind;
	}
	return PADMA_RESET_PM;
}

enum padma_reset_kind reset_kind_of(const char *sysfs, const char *address)
{
	char path[PATH_MAX], list[256];

	snprintf(path, sizeof(path), "%.3900s/bus/pci/devices/%.32s/reset_method", sysfs, address);
	if (*sysfs_line(path, list, sizeof(list)))
		return first_kind(list);
	/* It was emptied, or there is no way, or the kernel is older than 5.15. */
	if (access(path, F_OK) == 0)
		return PADMA_RESET_NONE;
	snprintf(path, sizeof(path), "%.3900s/bus/pci/devices/%.32s/reset", sysfs, address);
	return access(path, F_OK) == 0 ? PADMA_RESET_PM : PADMA_RESET_NONE;
}
