// SPDX-License-Identifier: BSD-3-Clause
/* padma net: the table of its subcommands. */
#include "common/command.h"
#include "common/commands.h"

int net_command(int argc, char **argv)
{
	static const struct command commands[] = {
		{"list", net_list_command, "list the cards that padma has a driver for"},
		{"info", net_info_command, "show a port's capabilities, offloads and features"},
		{"link", net_link_command, "show a port's link, and follow its changes"},
		{"stats", net_stats_command, "show a port's statistics by name"},
		{"capture", net_capture_command, "write received packets to a pcap file"},
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
