// SPDX-License-Identifier: BSD-3-Clause
/* padma, the tool: a table of subcommands. */
#include <argp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <padma/device.h>
#include <padma/error.h>

#include "common/command.h"
#include "common/commands.h"
#include "common/standard.h"
#include "plugin/plugin.h"

#define COMMANDS_MAX 64

/* A subcommand is a row here, a line in commands.h and a source file. Plugins add rows. */
static struct command commands[COMMANDS_MAX] = {
	{"bench", bench_command, "the software's own cost: lookups, pools, mapping, submission"},
	{"demo", demo_command, "an NVMe drive and two network cards at work, every byte verified"},
	{"devices", devices_command, "PCI functions: driver, IOMMU group or none, BARs"},
	{"mem", mem_command, "hugepages, mounts, locked memory; which backends work here"},
	{"net", net_command, "network cards: list, inspect, capture, forward and generate"},
	{"nvme", nvme_command, "identify, read, write and measure NVMe drives"},
	{"stats", stats_command, "the counters of running processes"},
	{0},
};

enum {
	OPTION_LOAD = 0x2000,
};

static error_t parse_load(int key, char *value, struct argp_state *state)
{
	if (key == ARGP_KEY_INIT)
		state->child_inputs[0] = NULL;
	else if (key != OPTION_LOAD)
		return ARGP_ERR_UNKNOWN;
	else if (plugin_load(value, commands, COMMANDS_MAX))
		exit(EXIT_FAILURE);
	return 0;
}

static const struct argp_option load_options[] = {
	{"load", OPTION_LOAD, "FILE.so", 0,
	 "load third-party simulated devices and drivers (padma/plugin.h); repeatable", 0},
	{0},
};
static const struct argp load_argp = {
	.options = load_options, .parser = parse_load, .children = command_common};
static const struct argp_child children[] = {{.argp = &load_argp}, {0}};

int main(int argc, char **argv)
{
	static char name[] = "padma";
	int error = standard_streams_open();

	if (error)
		return complain("open the standard streams: %s", strerror(-error));
	/* A closed pipe, or a file at its size limit, is an error of write(), so that devices are
	 * still closed in order. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	/* Surprise removal of a device is an error like any other. */
	error = padma_device_catch_sigbus();
	if (error)
		return complain("%s", padma_last_error());
	/* Messages start with "padma", whatever argv[0] is. */
	if (argc > 0)
		argv[0] = name;
	return command_dispatch_with(
		commands, children,
		"User-space PCI drivers for devices with no IOMMU in front of "
		"them.\vDEV is a PCI address (0000:00:04.0), a simulated device "
		"(sim:nvme,size=1G) or a card that another process serves (vhost-user:PATH); "
		"sim:nvme,help names all keys.",
		argc, argv);
}
