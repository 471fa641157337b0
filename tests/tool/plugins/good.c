// SPDX-License-Identifier: BSD-3-Clause
/* A plugin with a model and a subcommand, compiled with padma's headers alone and linked without libpadma. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/plugin.h>
#include <padma/space.h>

#include "sim/model_scratch.h"

static int copy(struct padma_space *space, struct padma_device *device)
{
	const struct padma_bar *bar = padma_device_bar(device, 0);
	struct padma_alloc_params params = {.flags = PADMA_ALLOC_ZERO};
	void *memory;
	char *from, *to;

	if (padma_space_alloc(space, 8192, &params, &memory))
		return -1;
	from = memory;
	to = from + 4096;
	memcpy(from, "copied by the device", sizeof("copied by the device"));
	padma_device_declare_quiesced(device);
	if (padma_device_bus_master(device, true))
		return -1;
	padma_bar_write64(bar, SCRATCH_SOURCE, padma_dma(space, from));
	padma_bar_write64(bar, SCRATCH_TARGET, padma_dma(space, to));
	padma_bar_write32(bar, SCRATCH_BYTES, 64);
	padma_bar_write32(bar, SCRATCH_CONTROL, SCRATCH_START);
	if (padma_bar_wait32(bar, SCRATCH_STATUS, SCRATCH_DONE, SCRATCH_DONE, 10000000000ull))
		return -1;
	printf("%s\n", to);
	return 0;
}

static int copy_command(int argc, char **argv)
{
	struct padma_space_params params = {.window_bytes = 1ull << 30};
	struct padma_device *device = NULL;
	struct padma_space *space;
	int rc;

	if (argc != 2) {
		fprintf(stderr, "%s: give a device\n", argv[0]);
		return 2;
	}
	if (padma_space_open_for(argv[1], &params, &space)) {
		fprintf(stderr, "%s: %s\n", argv[0], padma_last_error());
		return 1;
	}
	rc = padma_device_open(space, argv[1], &device);
	if (rc == 0)
		rc = copy(space, device);
	if (rc)
		fprintf(stderr, "%s: %s\n", argv[0], padma_last_error());
	if (device)
		(void)padma_device_close(device);
	(void)padma_space_close(space);
	return rc ? 1 : 0;
}

static int init(void)
{
	return padma_sim_model_add(&scratch_model);
}

static const struct padma_plugin_command commands[] = {
	{"copy", copy_command, "copy memory by the device"},
	{0},
};

PADMA_PLUGIN("good", init, commands);
