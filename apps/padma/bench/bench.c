// SPDX-License-Identifier: BSD-3-Clause
/* padma bench: the software's own cost, without hardware. */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/commands.h"
#include "common/options.h"
#include "common/publish.h"

struct options {
	bool json;
	uint64_t live;
	uint64_t registered;
	uint64_t map_bytes;
	const char *map_device; /* NULL: simulated */
	struct bench_submit_options submit;
	struct bench_net_options net;
};

enum {
	OPTION_JSON = 0x100,
	OPTION_LIVE,
	OPTION_COUNT,
	OPTION_SIZE,
	OPTION_DEVICE,
	OPTION_BS,
	OPTION_QD,
	OPTION_BATCH,
	OPTION_QUEUES,
	OPTION_GUARD,
	OPTION_RW,
	OPTION_TRIALS,
	OPTION_NET = 0x200, /* those of bench net only */
	OPTION_DRIVER,
	OPTION_BURST,
	OPTION_DEPTH,
	OPTION_PACKED,
	OPTION_PACKET_SIZE,
	OPTION_NET_QUEUES,
	OPTION_NET_GUARD,
	OPTION_NET_TRIALS,
};

#define JSON_ROW                                                                                   \
	{                                                                                          \
		"json", OPTION_JSON, NULL, 0, "print JSON", 0                                      \
	}

static const struct argp_option plain_rows[] = {JSON_ROW, {0}};
static const struct argp_option alloc_rows[] = {
	{"live", OPTION_LIVE, "N", 0, "blocks allocated at the same time (default 100000)", 0},
	JSON_ROW,
	{0},
};
static const struct argp_option register_rows[] = {
	{"count", OPTION_COUNT, "N", 0,
	 "buffers of 4 KiB registered at the same time (default 10000)", 0},
	JSON_ROW,
	{0},
};
static const struct argp_option map_rows[] = {
	{"size", OPTION_SIZE, "SIZE", 0, "memory to map and resolve (default 256M)", 0},
	{"device", OPTION_DEVICE, "BDF", 0,
	 "on the real kernel, with this PCI device attached; needs hugepages (default: simulated)",
	 0},
	JSON_ROW,
	{0},
};
static const struct argp_option submit_rows[] = {
	{"bs", OPTION_BS, "SIZE", 0, "bytes per command (default 4k)", 0},
	{"qd", OPTION_QD, "N", 0, "commands in flight (default 128)", 0},
	{"batch", OPTION_BATCH, "N", 0, "commands per doorbell (default 32)", 0},
	{"queues", OPTION_QUEUES, "N", 0, "queues of this thread, used in turn (default 1)", 0},
	{"guard", OPTION_GUARD, NULL, 0, "check every address against the space's own memory", 0},
	{"rw", OPTION_RW, "read|write", 0, "which command (default read)", 0},
	{"trials", OPTION_TRIALS, "N", 0, "trials to take the median of (default and maximum: 101)",
	 0},
	JSON_ROW,
	{0},
};

static const struct argp_option net_rows[] = {
	{"driver", OPTION_DRIVER, "virtio-net|e1000e|e1000", 0, "which card (default virtio-net)",
	 0},
	{"size", OPTION_PACKET_SIZE, "BYTES", 0, "packet size without the FCS (default 64)", 0},
	{"burst", OPTION_BURST, "N", 0, "packets per burst (default 32)", 0},
	{"depth", OPTION_DEPTH, "N", 0, "descriptors of each ring, a power of two (default 1024)",
	 0},
	{"queues", OPTION_NET_QUEUES, "N", 0,
	 "queues, polled in turn by one thread, on several cards if need be (default 1)", 0},
	{"packed", OPTION_PACKED, NULL, 0, "packed rings (virtio-net)", 0},
	{"guard", OPTION_NET_GUARD, NULL, 0,
	 "repeat with every address checked against the space's memory", 0},
	{"trials", OPTION_NET_TRIALS, "N", 0,
	 "trials to take the median of (default and maximum: 101)", 0},
	JSON_ROW,
	{0},
};

static bool parse_rw(const struct argp_state *state, const char *value)
{
	if (!strcmp(value, "read"))
		return false;
	if (!strcmp(value, "write"))
		return true;
	command_usage(state, "--rw: '%.64s' is neither read nor write", value);
}

static const char *parse_driver(const struct argp_state *state, const char *value)
{
	static const char *const drivers[] = {"virtio-net", "e1000e", "e1000"};

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (!strcmp(value, drivers[i]))
			return drivers[i];
	}
	command_usage(state, "--driver: '%.64s' is not virtio-net, e1000e or e1000", value);
}

static error_t parse_net(int key, char *value, struct argp_state *state,
			 struct bench_net_options *net)
{
	switch (key) {
	case OPTION_DRIVER:
		net->driver = parse_driver(state, value);
		return 0;
	case OPTION_PACKET_SIZE:
		net->size = (unsigned int)option_number(state, "--size", value, 60, 1514);
		return 0;
	case OPTION_BURST:
		net->burst = (unsigned int)option_number(state, "--burst", value, 1, 512);
		return 0;
	case OPTION_DEPTH:
		net->depth = (unsigned int)option_number(state, "--depth", value, 64, 4096);
		if (net->depth & (net->depth - 1))
			command_usage(state, "--depth: %s is not a power of two", value);
		return 0;
	case OPTION_NET_QUEUES:
		net->queues = (unsigned int)option_number(state, "--queues", value, 1, 64);
		return 0;
	case OPTION_PACKED:
		net->packed = true;
		return 0;
	case OPTION_NET_GUARD:
		net->guard = true;
		return 0;
	case OPTION_NET_TRIALS:
		net->trials = (unsigned int)option_number(state, "--trials", value, 1, TRIALS);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct options *o = state->input;

	if (key > OPTION_NET && key <= OPTION_NET_TRIALS)
		return parse_net(key, value, state, &o->net);
	switch (key) {
	case OPTION_JSON:
		o->json = true;
		return 0;
	case OPTION_LIVE:
		o->live = option_number(state, "--live", value, 1, 8000000);
		return 0;
	case OPTION_COUNT:
		o->registered = option_number(state, "--count", value, 1, 8000000);
		return 0;
	case OPTION_SIZE:
		o->map_bytes = option_size(state, "--size", value, 1 << 21, 1ull << 36);
		return 0;
	case OPTION_DEVICE:
		if (!strchr(value, ':') || strncmp(value, "sim:", 4) == 0)
			command_usage(state, "--device: '%s' is not a PCI address", value);
		o->map_device = value;
		return 0;
	case OPTION_BS:
		o->submit.bs = option_size(state, "--bs", value, 512, 1 << 20);
		if (o->submit.bs % 512)
			command_usage(state, "--bs: %s is not a multiple of 512", value);
		return 0;
	case OPTION_QD:
		o->submit.qd = (unsigned int)option_number(state, "--qd", value, 1, 1023);
		return 0;
	case OPTION_BATCH:
		o->submit.batch = (unsigned int)option_number(state, "--batch", value, 1, 1023);
		return 0;
	case OPTION_QUEUES:
		o->submit.queues = (unsigned int)option_number(state, "--queues", value, 1, 256);
		return 0;
	case OPTION_GUARD:
		o->submit.guard = true;
		return 0;
	case OPTION_RW:
		o->submit.write = parse_rw(state, value);
		return 0;
	case OPTION_TRIALS:
		o->submit.trials = (unsigned int)option_number(state, "--trials", value, 1, TRIALS);
		return 0;
	case ARGP_KEY_ARG:
		command_usage(state, "'%.64s' is not expected", value);
	case ARGP_KEY_END:
		if (backend_option() && !o->map_device)
			command_usage(state, "--backend is for a device; give --device, too");
		if (o->net.packed && strcmp(o->net.driver, "virtio-net") != 0)
			command_usage(state, "--packed: only virtio-net has packed rings");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Parse the options, and start publishing the benchmark's counters. */
static struct options begin(const struct argp_option *rows, const char *doc, int argc, char **argv)
{
	const struct argp argp = {.options = rows,
				  .parser = parse,
				  .doc = doc,
				  .children = rows == map_rows ? command_backend : command_common};
	struct options options = {
		.live = 100000,
		.registered = 10000,
		.map_bytes = 256u << 20,
		.submit = {.bs = 4096, .qd = 128, .batch = 32, .queues = 1, .trials = TRIALS},
		.net = {.driver = "virtio-net",
			.size = 64,
			.burst = 32,
			.queues = 1,
			.depth = 1024,
			.trials = TRIALS},
	};

	command_parse(&argp, argc, argv, &options);
	publish_counters(argv[0]);
	return options;
}

static int finish(int code, const struct figures *figures, bool json)
{
	return code ? code : figures_print(figures, json);
}

static int pa_command(int argc, char **argv)
{
	struct options options = begin(
		plain_rows, "What a lookup costs: from an address to its dma address.", argc, argv);
	struct figures figures = {0};

	return finish(bench_pa(&figures), &figures, options.json);
}

static int alloc_command(int argc, char **argv)
{
	struct options options = begin(
		alloc_rows, "What a block of the heap costs while many are live.", argc, argv);
	struct figures figures = {0};

	return finish(bench_alloc(options.live, &figures), &figures, options.json);
}

static int pool_command(int argc, char **argv)
{
	struct options options =
		begin(plain_rows, "What it costs to take an object from a pool and return it.",
		      argc, argv);
	struct figures figures = {0};

	return finish(bench_pool(&figures), &figures, options.json);
}

static int handoff_command(int argc, char **argv)
{
	struct options options =
		begin(plain_rows, "What it costs to hand an object from one thread to another.",
		      argc, argv);
	struct figures figures = {0};

	return finish(bench_handoff(&figures), &figures, options.json);
}

static int register_command(int argc, char **argv)
{
	struct options options =
		begin(register_rows,
		      "What it costs to register a buffer when many are registered, and to look "
		      "it up.",
		      argc, argv);
	struct figures figures = {0};

	return finish(bench_register(options.registered, &figures), &figures, options.json);
}

static int map_command(int argc, char **argv)
{
	struct options options =
		begin(map_rows, "What it costs to map memory and to resolve its dma addresses.",
		      argc, argv);
	struct figures figures = {0};

	return finish(bench_map(options.map_bytes, options.map_device, &figures), &figures,
		      options.json);
}

static int submit_command(int argc, char **argv)
{
	struct options options = begin(
		submit_rows,
		"The driver's own cost per NVMe command, its address looked up and every check on "
		"completions active. A null controller is stepped in the same thread and not "
		"timed.",
		argc, argv);
	struct figures figures = {0};

	return finish(bench_submit(&options.submit, &figures), &figures, options.json);
}

static int bench_net_command(int argc, char **argv)
{
	struct options options = begin(
		net_rows,
		"The CPU cost per packet of a network driver, every check active. The null cards "
		"are stepped in the same thread, outside the timing.",
		argc, argv);
	struct figures figures = {0};

	return finish(bench_net(&options.net, &figures), &figures, options.json);
}

static const struct command benches[] = {
	{"pa", pa_command, "look up dma addresses"},
	{"alloc", alloc_command, "allocate blocks of the heap and free them"},
	{"pool", pool_command, "take objects from a pool and return them"},
	{"handoff", handoff_command, "hand objects from thread to thread"},
	{"register", register_command, "register memory of the program"},
	{"map", map_command, "map memory and resolve it"},
	{"submit", submit_command, "submit NVMe commands and reap their completions"},
	{"net", bench_net_command, "receive and transmit packets"},
	{0},
};

int bench_command(int argc, char **argv)
{
	return command_dispatch(benches,
				"The software's own cost, in ns: medians of many short trials on "
				"simulated devices.",
				argc, argv);
}
