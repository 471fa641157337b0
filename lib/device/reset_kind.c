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
	bool may_decline; /* with -ENOTTY, whereupon the kernel goes on to the next */
};

/* The quirks behind "device_specific" reset the very function (drivers/pci/quirks.c); so does ACPI's
 * _RST (ACPI 6.5, 7.3.25). */
static const struct method methods[] = {
	{"device_specific", PADMA_RESET_FLR, true},
	{"acpi", PADMA_RESET_FLR, true},
	{"flr", PADMA_RESET_FLR, false},
	{"af_flr", PADMA_RESET_FLR, false},
	{"pm", PADMA_RESET_PM, false},
	{"bus", PADMA_RESET_BUS, false},
	{"cxl_bus", PADMA_RESET_BUS, false},
};

const char *padma_reset_kind_name(enum padma_reset_kind kind)
{
	static const char *const names[] = {
		[PADMA_RESET_NONE] = "none",
		[PADMA_RESET_PM] = "pm",
		[PADMA_RESET_BUS] = "bus",
		[PADMA_RESET_FLR] = "flr",
	};

	return (unsigned int)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}

/* One that is not known here promises nothing. */
static struct method method_named(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strlen(methods[i].name) == length &&
		    strncmp(methods[i].name, name, length) == 0)
			return methods[i];
	}
	return (struct method){.kind = PADMA_RESET_PM};
}

/* What can be relied on: the least of the first method and, if it may decline, of those after it. */
static enum padma_reset_kind least_kind(const char *list)
{
	enum padma_reset_kind least = PADMA_RESET_FLR;
	bool goes_on = true;

	while (goes_on && *list) {
		size_t length = strcspn(list, " ");
		struct method method = method_named(list, length);

		if (method.kind < least)
			least = method.kind;
		goes_on = method.may_decline;
		list += length + strspn(list + length, " ");
	}
	return least;
}

enum padma_reset_kind reset_kind_of(const char *sysfs, const char *address)
{
	char path[PATH_MAX], list[256];

	snprintf(path, sizeof(path), "%.3900s/bus/pci/devices/%.32s/reset_method", sysfs, address);
	if (*sysfs_line(path, list, sizeof(list)))
		return least_kind(list);
	/* It was emptied, or there is no way, or the kernel is older than 5.15. */
	if (access(path, F_OK) == 0)
		return PADMA_RESET_NONE;
	snprintf(path, sizeof(path), "%.3900s/bus/pci/devices/%.32s/reset", sysfs, address);
	return access(path, F_OK) == 0 ? PADMA_RESET_PM : PADMA_RESET_NONE;
}
