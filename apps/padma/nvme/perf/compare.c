// SPDX-License-Identifier: BSD-3-Clause
/* See compare.h. */
#include "nvme/perf/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/pci_bind.h>

#include "common/command.h"
#include "common/interrupt.h"
#include "nvme/node.h"

#define SYSFS	  "/sys"

/* The kernel's driver scans for namespaces in another thread. */
#define NODE_WAIT 100 /* times 100 ms */

static bool find_node(struct perf_drive *drive, uint32_t nsid)
{
	return nvme_node_find(SYSFS, drive->address, nsid, drive->node, sizeof(drive->node)) &&
	       access(drive->node, F_OK) == 0;
}

static bool wait_for_node(struct perf_drive *drive, uint32_t nsid)
{
	const struct timespec pause = {.tv_nsec = 100000000};

	for (int i = 0; i < NODE_WAIT; i++) {
		if (find_node(drive, nsid))
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static int learn_driver(struct perf_drive *drive)
{
	struct padma_pci_state state;

	if (padma_pci_state_get(drive->address, NULL, &state))
		return complain("%s", padma_last_error());
	snprintf(drive->driver, sizeof(drive->driver), "%s", state.driver);
	padma_pci_state_put(&state);
	return 0;
}

static int find_drive(struct perf_drive *drive, uint32_t nsid)
{
	int status = learn_driver(drive);

	if (status)
		return status;
	if (strcmp(drive->driver, "nvme") != 0)
		return complain("--compare: %s has %s, not the kernel's driver nvme; restore "
				"it first: padma devices restore %s",
				drive->address, *drive->driver ? drive->driver : "no driver",
				drive->address);
	if (!find_node(drive, nsid))
		return complain("--compare: the kernel's driver has no such namespace of %s",
				drive->address);
	if (!nvme_node_is_its_own(SYSFS, drive->node))
		return complain("--compare: %s is the node of another device than the namespace of "
				"%s; remove it, or mount devtmpfs",
				drive->node, drive->address);
	return 0;
}

/* Runs after every measurement: bind the former driver again. */
static int give_back(struct perf_drive *drive, uint32_t nsid, int status)
{
	struct perf_drive now = {.address = drive->address};

	if (padma_pci_restore(drive->address, NULL))
		return complain("%s", padma_last_error());
	if (learn_driver(&now))
		return EXIT_FAILURE;
	if (strcmp(now.driver, drive->driver) != 0)
		return complain("%s was bound to %s and is now bound to %s", drive->address,
				drive->driver, *now.driver ? now.driver : "no driver");
	if (!wait_for_node(&now, nsid) && status == 0)
		status = complain("%s is bound to %s again, which shows no block device yet",
				  drive->address, drive->driver);
	return status;
}

static bool behind_iommu(const char *address)
{
	char path[128];

	snprintf(path, sizeof(path), SYSFS "/bus/pci/devices/%.32s/iommu_group", address);
	return access(path, F_OK) == 0;
}

static int measure_padma(const struct perf_options *options, struct perf_drive *drive,
			 struct perf_result *result)
{
	const struct padma_pci_bind_params params = {.noiommu = !behind_iommu(drive->address)};
	int status;

	if (padma_pci_bind(drive->address, &params))
		return complain("%s", padma_last_error());
	status = perf_measure(options, drive->address, result);
	return give_back(drive, options->nsid, status);
}

int perf_compare_drivers(const struct perf_options *options, struct perf_drive *drive,
			 struct perf_result results[2])
{
	struct perf_options kernel = *options, padma = *options;
	int status = find_drive(drive, options->nsid);

	/* The block device already selects the namespace. */
	kernel.nsid = 0;
	padma.run = 1;
	if (status == 0)
		status = perf_measure(&kernel, drive->node, &results[0]);
	if (status == 0 && interrupted())
		status = complain("interrupted: %s was not measured with padma", drive->address);
	return status ? status : measure_padma(&padma, drive, &results[1]);
}
