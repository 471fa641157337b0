// SPDX-License-Identifier: BSD-3-Clause
/* padma net list: the cards of this machine that a driver claims, and whether they can be opened. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include <padma/error.h>
#include <padma/net/driver.h>
#include <padma/pci.h>
#include <padma/pci_bind.h>

#include "common/command.h"
#include "common/commands.h"
#include "common/json.h"

struct list_options {
	bool json;
	struct padma_pci_params pci;
	struct padma_pci_bind_params bind;
};

enum {
	OPTION_JSON = 0x100,
	OPTION_SYSFS,
	OPTION_PROC,
	OPTION_DEV,
	OPTION_IDS,
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct list_options *options = state->input;

	switch (key) {
	case OPTION_JSON:
		options->json = true;
		return 0;
	case OPTION_SYSFS:
		options->pci.sysfs = value;
		options->bind.sysfs = value;
		return 0;
	case OPTION_PROC:
		options->bind.proc = value;
		return 0;
	case OPTION_DEV:
		options->bind.dev = value;
		return 0;
	case OPTION_IDS:
		options->pci.ids = value;
		return 0;
	case ARGP_KEY_ARG:
		command_usage(state, "'%.64s' is not expected", value);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct padma_net_driver *driver_of(const struct padma_pci_function *f)
{
	const struct padma_device_ids ids = {
		.vendor = f->vendor_id,
		.device = f->device_id,
		.subsystem_vendor = f->subsystem_vendor_id,
		.subsystem = f->subsystem_id,
		.class_code = f->class_code,
	};

	return padma_net_driver_find(&ids);
}

/* A node of VFIO or UIO is what padma opens. */
static bool is_ready(const struct padma_pci_state *state)
{
	return *state->node || *state->group_node || *state->uio_node;
}

/* "ready", "open by 4711 (padma)", "of the kernel's driver e1000e", "without a driver". */
static const char *state_text(const struct padma_pci_function *f,
			      const struct padma_pci_state *state, char *text, size_t room)
{
	if (is_ready(state) && state->holder_count)
		snprintf(text, room, "open by process %d%s%s", state->holders[0].pid,
			 *state->holders[0].name ? ", " : "", state->holders[0].name);
	else if (is_ready(state))
		snprintf(text, room, "ready");
	else if (*f->driver)
		snprintf(text, room, "the kernel's: padma devices bind %s", f->address);
	else
		snprintf(text, room, "no driver: padma devices bind %s", f->address);
	return text;
}

/* A function that is gone meanwhile counts as unused. */
static void look_up(const struct list_options *options, const struct padma_pci_function *f,
		    struct padma_pci_state *state)
{
	*state = (struct padma_pci_state){0};
	(void)padma_pci_state_get(f->address, &options->bind, state);
}

static json_t *card_json(const struct list_options *options, const struct padma_pci_function *f,
			 const struct padma_net_driver *driver)
{
	struct padma_pci_state state;
	char text[256];
	json_t *card;

	look_up(options, f, &state);
	card = json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "address", f->address,
		"padma_driver", driver->name, "vendor_id", json_hex(f->vendor_id, 4), "device_id",
		json_hex(f->device_id, 4), "vendor", json_text_or_null(f->vendor_name), "device",
		json_text_or_null(f->device_name), "kernel_driver", json_text_or_null(f->driver),
		"numa_node", json_integer_or_null(f->numa_node), "ready",
		is_ready(&state) && state.holder_count == 0, "state",
		json_text(state_text(f, &state, text, sizeof(text))));
	padma_pci_state_put(&state);
	return card;
}

static void print_card(const struct list_options *options, const struct padma_pci_function *f,
		       const struct padma_net_driver *driver)
{
	struct padma_pci_state state;
	char text[256];

	look_up(options, f, &state);
	printf("%-12s  %04x:%04x  %-12s  %-14s  %s\n", f->address, f->vendor_id, f->device_id,
	       driver->name, *f->driver ? f->driver : "-",
	       state_text(f, &state, text, sizeof(text)));
	padma_pci_state_put(&state);
}

static int print_list(const struct list_options *options, const struct padma_pci_list *list)
{
	json_t *cards = options->json ? json_array() : NULL;
	size_t shown = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct padma_pci_function *f = &list->functions[i];
		const struct padma_net_driver *driver = driver_of(f);

		if (!driver)
			continue;
		if (options->json) {
			json_array_append_new(cards, card_json(options, f, driver));
			continue;
		}
		if (shown++ == 0)
			printf("%-12s  %-9s  %-12s  %-14s  %s\n", "ADDRESS", "ID", "DRIVER",
			       "KERNEL'S", "STATE");
		print_card(options, f, driver);
	}
	if (options->json)
		return json_print(cards);
	if (shown == 0)
		puts("padma has a driver for no card of this machine; sim:virtio-net works without "
		     "hardware.");
	return command_finish_output();
}

int net_list_command(int argc, char **argv)
{
	static const struct argp_option rows[] = {
		{"json", OPTION_JSON, NULL, 0, "print JSON", 0},
		{"sysfs", OPTION_SYSFS, "DIR", 0, "root of sysfs (default /sys)", 0},
		{"proc", OPTION_PROC, "DIR", 0, "root of proc (default /proc)", 0},
		{"dev", OPTION_DEV, "DIR", 0, "where device nodes are (default /dev)", 0},
		{"ids", OPTION_IDS, "FILE", 0, "database of names (default: the system's pci.ids)",
		 0},
		{0},
	};
	static const struct argp argp = {
		.options = rows,
		.parser = parse,
		.doc = "List the network cards of this machine that padma has a driver for (padma "
		       "--load adds drivers), and whether they can be opened: bound to vfio-pci or "
		       "uio_pci_generic, and not open in another process.",
		.children = command_common};
	struct list_options options = {0};
	struct padma_pci_list list;
	int status;

	command_parse(&argp, argc, argv, &options);
	if (padma_pci_list_get(&options.pci, &list))
		return complain("%s", padma_last_error());
	status = print_list(&options, &list);
	padma_pci_list_put(&list);
	return status;
}
