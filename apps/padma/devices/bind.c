// SPDX-License-Identifier: BSD-3-Clause
/* padma devices bind, restore: move a PCI function from its kernel driver to VFIO or UIO, and back. */
#include <stdio.h>
#include <stdlib.h>

#include <padma/error.h>

#include "common/command.h"
#include "devices/devices.h"

/* More than any machine has slots. */
#define ADDRESSES_MAX 256

struct bind_options {
	struct padma_pci_bind_params params;
	const char *addresses[ADDRESSES_MAX];
	size_t count;
};

enum {
	OPTION_NOIOMMU = 0x100,
	OPTION_UIO,
	OPTION_FORCE,
	OPTION_SYSFS,
	OPTION_PROC,
	OPTION_DEV,
};

#define ROOT_OPTIONS                                                                               \
	{"sysfs", OPTION_SYSFS, "DIR", 0, "root of sysfs (default /sys)", 1},                      \
		{"proc", OPTION_PROC, "DIR", 0, "root of proc (default /proc)", 1},                \
	{                                                                                          \
		"dev", OPTION_DEV, "DIR", 0, "where device nodes are (default /dev)", 1            \
	}

static const struct argp_option bind_options[] = {
	{"noiommu", OPTION_NOIOMMU, NULL, 0,
	 "the device has no IOMMU in front of it: turn on VFIO's noiommu mode", 0},
	{"uio", OPTION_UIO, NULL, 0,
	 "to uio_pci_generic instead of vfio-pci: for kernels without VFIO's noiommu mode", 0},
	{"force", OPTION_FORCE, NULL, 0,
	 "even a device that is in use (padma devices list shows by what); that use breaks", 0},
	ROOT_OPTIONS,
	{0},
};

static const struct argp_option restore_options[] = {
	ROOT_OPTIONS,
	{0},
};

static void add_address(const struct argp_state *state, struct bind_options *options,
			const char *address)
{
	if (options->count == ADDRESSES_MAX)
		command_usage(state, "at most %d devices at once", ADDRESSES_MAX);
	options->addresses[options->count++] = address;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct bind_options *options = state->input;

	switch (key) {
	case OPTION_NOIOMMU:
		options->params.noiommu = true;
		return 0;
	case OPTION_UIO:
		options->params.uio = true;
		return 0;
	case OPTION_FORCE:
		options->params.force = true;
		return 0;
	case OPTION_SYSFS:
		options->params.sysfs = value;
		return 0;
	case OPTION_PROC:
		options->params.proc = value;
		return 0;
	case OPTION_DEV:
		options->params.dev = value;
		return 0;
	case ARGP_KEY_ARG:
		add_address(state, options, value);
		return 0;
	case ARGP_KEY_NO_ARGS:
		command_usage(state,
			      "ADDRESS is missing; give addresses like 0000:00:04.0, as padma "
			      "devices prints them");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Print the resulting driver. */
static int print_state(const struct bind_options *options, const char *address)
{
	struct padma_pci_state state;

	if (padma_pci_state_get(address, &options->params, &state))
		return complain("%s", padma_last_error());
	printf("%s  %s\n", address, *state.driver ? state.driver : "no driver");
	devices_print_node(&state);
	padma_pci_state_put(&state);
	return 0;
}

/* In order, up to the first failure: the ones before it are done and printed. */
static int for_each(const struct bind_options *options,
		    int (*change)(const char *address, const struct padma_pci_bind_params *params))
{
	for (size_t i = 0; i < options->count; i++) {
		if (change(options->addresses[i], &options->params))
			return complain("%s", padma_last_error());
		if (print_state(options, options->addresses[i]))
			return EXIT_FAILURE;
	}
	return command_finish_output();
}

int devices_bind_command(int argc, char **argv)
{
	static const struct argp argp = {
		bind_options,
		parse,
		"ADDRESS...",
		"Bind PCI functions, instead of their kernel drivers, to vfio-pci (or "
		"uio_pci_generic, --uio), for programs to drive, until they are restored or the "
		"machine restarts. Refused if in use: a file system, swap, RAID, device mapper, "
		"loop device or NVMe target on a drive, a process that has it open, an exclusive "
		"claim; a network interface that is up, has an address, a route, a bridge, bond, "
		"VLAN or the like, or is in another network namespace.",
		command_common,
		NULL,
		NULL};
	struct bind_options options = {0};

	command_parse(&argp, argc, argv, &options);
	return for_each(&options, padma_pci_bind);
}

int devices_restore_command(int argc, char **argv)
{
	static const struct argp argp = {
		restore_options,
		parse,
		"ADDRESS...",
		"Return PCI functions from vfio-pci or uio_pci_generic to the drivers that the "
		"kernel chooses.",
		command_common,
		NULL,
		NULL};
	struct bind_options options = {0};

	command_parse(&argp, argc, argv, &options);
	return for_each(&options, padma_pci_restore);
}
