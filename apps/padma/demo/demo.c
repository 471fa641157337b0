// SPDX-License-Identifier: BSD-3-Clause
/* padma demo: a file system image through DMA and back, and packets between two network cards. */
#include <stdlib.h>
#include <time.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/commands.h"
#include "demo/report.h"
#include "demo/run.h"
#include "common/interrupt.h"
#include "common/json.h"
#include "common/options.h"

struct options {
	struct demo_params params;
	bool json;
};

enum {
	OPTION_JSON = 0x100,
	OPTION_SEED,
	OPTION_DIR,
	OPTION_KEEP,
	OPTION_QUICK,
	OPTION_DEVICE,
	OPTION_OVERWRITE,
	OPTION_SIZE,
	OPTION_PACKETS,
};

static const struct argp_option rows[] = {
	{"seed", OPTION_SEED, "N", 0,
	 "seed of the file tree and of the memory layout (default: the time)", 0},
	{"dir", OPTION_DIR, "DIR", 0, "work in a new directory below DIR (default $TMPDIR or /tmp)",
	 0},
	{"device", OPTION_DEVICE, "DEV", 0,
	 "use namespace 1 of this NVMe controller: a PCI address, or a simulated one (default: one "
	 "made for it); its contents are LOST",
	 0},
	{"overwrite", OPTION_OVERWRITE, NULL, 0,
	 "allow it even if DEV is real or keeps its namespace in a file", 0},
	{"size", OPTION_SIZE, "SIZE", 0,
	 "of the files, 1M to 1G (default 64M); the namespace needs 1.5 times that plus 16 MiB, "
	 "memory twice what the namespace needs",
	 0},
	{"packets", OPTION_PACKETS, "N", 0,
	 "number of packets that two simulated network cards exchange, up to 10^9 (default "
	 "1000000); 0: "
	 "none",
	 0},
	{"quick", OPTION_QUICK, NULL, 0,
	 "the same with 4 MiB of files, few trials and 20000 packets", 0},
	{"keep", OPTION_KEEP, NULL, 0, "keep that directory", 0},
	{"json", OPTION_JSON, NULL, 0, "print JSON", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case OPTION_SEED:
		options->params.seed = option_number(state, "--seed", value, 1, INT64_MAX);
		return 0;
	case OPTION_DIR:
		options->params.parent = value;
		return 0;
	case OPTION_KEEP:
		options->params.keep = true;
		return 0;
	case OPTION_QUICK:
		demo_set_size(&options->params, 4u << 20);
		options->params.trials = 3;
		options->params.packets = 20000;
		return 0;
	case OPTION_DEVICE:
		options->params.device = value;
		return 0;
	case OPTION_OVERWRITE:
		options->params.overwrite = true;
		return 0;
	case OPTION_SIZE:
		demo_set_size(&options->params,
			      option_size(state, "--size", value, 1u << 20, 1u << 30));
		return 0;
	case OPTION_PACKETS:
		options->params.packets = option_number(state, "--packets", value, 0, 1000000000);
		return 0;
	case OPTION_JSON:
		options->json = true;
		options->params.quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		command_usage(state, "'%s' is not expected", value);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int demo_command(int argc, char **argv)
{
	static const struct argp argp = {.options = rows,
					 .parser = parse,
					 .doc = "The main use on real input: a file system image "
						"goes by DMA through padma's buffers to an NVMe "
						"controller and back, and every byte is "
						"verified. Then two network cards exchange a "
						"million packets of all sizes, back to back. "
						"All devices are simulated and need neither "
						"hardware nor privileges, unless --device "
						"names a controller.",
					 .children = command_backend};
	struct options options = {.params = demo_defaults()};
	struct demo_report report;
	int code;

	options.params.seed = (uint64_t)time(NULL);
	command_parse(&argp, argc, argv, &options);
	/* Before anything needs cleaning up. */
	interrupt_catch();
	code = demo_run(&options.params, &report);
	if (code == 0 && options.json)
		code = json_print(demo_json(&options.params, &report));
	demo_report_free(&report);
	interrupt_pass_on();
	return code ? code : command_finish_output();
}
