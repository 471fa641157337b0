// SPDX-License-Identifier: BSD-3-Clause
/* padma nvme: the table of its subcommands. */
#include "common/command.h"
#include "common/commands.h"

int nvme_command(int argc, char **argv)
{
	static const struct command commands[] = {
		{"identify", nvme_identify_command, "show the controller and its namespaces"},
		{"read", nvme_read_command, "read logical blocks to a file"},
		{"write", nvme_write_command, "write a file to logical blocks"},
		{"perf", nvme_perf_command, "measure throughput and latency, or verify data"},
		{0},
	};

	return command_dispatch(commands,
				"Drive an NVMe controller by DMA from user space.\vDEV is a PCI "
				"address (0000:00:04.0) or a simulated device "
				"(sim:nvme,size=1G); sim:nvme,help names all keys.",
				argc, argv);
}
