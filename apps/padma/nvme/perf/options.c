// SPDX-License-Identifier: BSD-3-Clause
/* The command line of padma nvme perf. */
#include "nvme/perf/options.h"

#include <string.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "nvme/node.h"
#include "common/options.h"
#include "nvme/perf/engine.h"

#define NS_PER_SECOND 1000000000ull

static const struct perf_mode modes[] = {
	{"read", 0, false},	  {"write", 100, false}, {"randread", 0, true},
	{"randwrite", 100, true}, {"randrw", -1, true},
};

enum {
	OPTION_JSON = 0x100,
	OPTION_RW,
	OPTION_BS,
	OPTION_QD,
	OPTION_QUEUES,
	OPTION_TIME,
	OPTION_VERIFY,
	OPTION_MIX,
	OPTION_SPAN,
	OPTION_SEED,
	OPTION_NSID,
	OPTION_GUARD,
	OPTION_IRQ,
	OPTION_HIPRI,
	OPTION_OVERWRITE,
	OPTION_COMPARE,
};

static const struct argp_option option_table[] = {
	{"rw", OPTION_RW, "MODE", 0, "read, write, randread (default), randwrite or randrw", 0},
	{"bs", OPTION_BS, "SIZE", 0, "bytes per I/O (default 4k)", 0},
	{"qd", OPTION_QD, "N", 0, "I/Os in flight per queue (default 32)", 0},
	{"queues", OPTION_QUEUES, "N", 0, "queue pairs, each with its own thread (default 1)", 0},
	{"time", OPTION_TIME, "SECONDS", 0, "how long (default 5)", 0},
	{"mix", OPTION_MIX, "PERCENT", 0, "reads among the I/Os of randrw (default 50)", 0},
	{"verify", OPTION_VERIFY, NULL, 0,
	 "write known data, compare what is read; wrong data counts as an error", 0},
	{"span", OPTION_SPAN, "SIZE", 0,
	 "use only the first SIZE (default: all; 256M with --verify)", 0},
	{"seed", OPTION_SEED, "N", 0, "for offsets and data (default: a new one each time)", 0},
	{"nsid", OPTION_NSID, "N", 0, "namespace (default: the first)", 0},
	{"guard", OPTION_GUARD, "MODE", OPTION_ARG_OPTIONAL,
	 "padma's driver: check every dma address before the doorbell; MODE: pages (default), for "
	 "memory of the space, or exact, for memory that is allocated",
	 0},
	{"irq", OPTION_IRQ, NULL, 0,
	 "padma's driver: sleep until an interrupt if nothing is complete, instead of looking "
	 "all "
	 "the time",
	 0},
	{"hipri", OPTION_HIPRI, NULL, 0,
	 "the kernel's driver: poll for completions (IORING_SETUP_IOPOLL)", 0},
	{"overwrite", OPTION_OVERWRITE, NULL, 0,
	 "allow writing to a drive that is not simulated, or a file; its contents are lost", 0},
	{"compare", OPTION_COMPARE, NULL, 0,
	 "measure two, and put both in one table: one PCI address, with the kernel's driver and "
	 "then "
	 "with padma's; or any two devices",
	 0},
	{"json", OPTION_JSON, NULL, 0, "print JSON", 0},
	{0},
};

static const struct perf_mode *find_mode(const struct argp_state *state, const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	}
	command_usage(state,
		      "--rw: unknown mode '%.64s'; use read, write, randread, randwrite or randrw",
		      name);
}

static enum padma_guard_mode guard_mode(const struct argp_state *state, const char *name)
{
	if (!name || strcmp(name, "pages") == 0)
		return PADMA_GUARD_PAGES;
	if (strcmp(name, "exact") == 0)
		return PADMA_GUARD_EXACT;
	command_usage(state, "--guard: unknown mode '%.64s'; use pages or exact", name);
}

static error_t parse_flag(int key, struct perf_options *options)
{
	switch (key) {
	case OPTION_VERIFY:
		options->verify = true;
		return 0;
	case OPTION_IRQ:
		options->irq = true;
		return 0;
	case OPTION_HIPRI:
		options->hipri = true;
		return 0;
	case OPTION_OVERWRITE:
		options->overwrite = true;
		return 0;
	case OPTION_COMPARE:
		options->compare = true;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_number_option(int key, char *value, struct argp_state *state)
{
	struct perf_options *options = state->input;

	switch (key) {
	case OPTION_QD:
		options->depth = (unsigned int)option_number(state, "--qd", value, 1, 65535);
		return 0;
	case OPTION_QUEUES:
		options->queues = (unsigned int)option_number(state, "--queues", value, 1, 1024);
		return 0;
	case OPTION_MIX:
		options->read_percent = (unsigned int)option_number(state, "--mix", value, 0, 100);
		return 0;
	case OPTION_SEED:
		/* JSON's integers are signed. */
		options->seed = option_number(state, "--seed", value, 0, INT64_MAX);
		return 0;
	case OPTION_NSID:
		options->nsid = (uint32_t)option_number(state, "--nsid", value, 1, 0xfffffffe);
		return 0;
	case OPTION_BS:
		options->io_bytes = option_size(state, "--bs", value, 512, 64 << 20);
		return 0;
	case OPTION_SPAN:
		options->span_bytes = option_size(state, "--span", value, 512, INT64_MAX);
		return 0;
	default:
		return parse_flag(key, options);
	}
}

/* Two are for --compare only, which may come after them, so check_whole() checks that. */
static error_t add_device(const struct argp_state *state, struct perf_options *options,
			  const char *value)
{
	if (options->device_count == 2)
		command_usage(state, "'%.64s' is not expected after two devices", value);
	options->devices[options->device_count++] = value;
	return 0;
}

static bool uses(const struct perf_options *options, const struct perf_engine *engine)
{
	bool used = options->compare && options->device_count == 1;

	for (unsigned int i = 0; i < options->device_count; i++)
		used |= perf_engine_of(options->devices[i]) == engine;
	return used;
}

static void check_whole(const struct argp_state *state, const struct perf_options *options)
{
	const char *one = backend_option() ? "--backend"
			  : options->nsid  ? "--nsid"
			  : options->guard ? "--guard"
			  : options->irq   ? "--irq"
					   : NULL;

	if (options->device_count == 0)
		command_usage(state, "DEV is missing");
	if (options->device_count == 2 && !options->compare)
		command_usage(state, "'%.64s' is not expected after DEV, without --compare",
			      options->devices[1]);
	if (options->device_count == 1 && options->compare && !nvme_is_address(options->devices[0]))
		command_usage(state, "--compare needs two devices, or one PCI address");
	if (one && !uses(options, &perf_engine_padma))
		command_usage(state, "%s is for padma's driver, and '%.64s' uses the kernel's", one,
			      options->devices[0]);
	if (options->hipri && !uses(options, &perf_engine_kernel))
		command_usage(state, "--hipri is for the kernel's driver: give its block device");
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct perf_options *options = state->input;

	switch (key) {
	case OPTION_RW:
		options->mode = find_mode(state, value);
		return 0;
	case OPTION_GUARD:
		options->guard = guard_mode(state, value);
		return 0;
	case OPTION_TIME:
		if (!parse_seconds(value, &options->time_ns))
			command_usage(state, "--time: '%.64s' is not a time in seconds", value);
		return 0;
	case ARGP_KEY_ARG:
		return add_device(state, options, value);
	case ARGP_KEY_END:
		check_whole(state, options);
		return 0;
	default:
		return parse_number_option(key, value, state);
	}
}

bool perf_will_write(const struct perf_options *options)
{
	return options->verify || options->mode->write_percent != 0;
}

void perf_options_parse(struct perf_options *options, int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse,
		"DEV\n--compare ADDRESS\n--compare DEV DEV",
		"Measure throughput and latency of a drive, or verify what "
		"it stores. DEV is a PCI address or a simulated drive, for "
		"padma's driver, or the path of a block device or file, for "
		"the kernel's, through io_uring. Modes that write, and "
		"--verify, OVERWRITE what is on it, and need --overwrite "
		"if it is not simulated.",
		command_backend,
		NULL,
		NULL};

	*options = (struct perf_options){.mode = &modes[2],
					 .io_bytes = 4096,
					 .depth = 32,
					 .queues = 1,
					 .read_percent = 50,
					 .time_ns = 5 * NS_PER_SECOND};
	command_parse(&argp, argc, argv, options);
}
