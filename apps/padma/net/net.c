// SPDX-License-Identifier: BSD-3-Clause
/* padma net: the table of its subcommands. */
#include "common/command.h"
#include "common/commands.h"

int net_command(int argc, char **argv)
{
	static const struct command commands[] = {
		{"list", net_list_command, "the cards of this machine that a driver claims"},
		{"info", net_info_command, "what a port is and can do"},
		{"link", net_link_command, "the link of a port, and its changes"},
		{"stats", net_stats_command, "the statistics of a port, by name"},
		{"capture", net_capture_command, "received packets to a file of libpcap"},
		{"test", net_test_command, "forward, generate, check and answer packets"},
		{0},
	};

	return command_dispatch(
		commands,
		"Drive network cards by DMA from user space.\vPORT is a PCI address "
		"(0000:00:04.0), a simulated card (sim:virtio-net,link=a) or a "
		"socket (vhost-user:PATH). A card must be bound to vfio-pci "
		"first: padma devices bind.",
		argc, argv);
}
