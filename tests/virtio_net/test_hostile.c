// SPDX-License-Identifier: BSD-3-Clause
/*
 * The virtio-net driver and a device whose bus mutates what it writes and what its registers read: one key makes
 * sim:virtio-net such a device (docs/simulated-devices.md). Many seeds, in virtual time.
 *
 * What must hold, whatever the device does: every call returns, within bounded time; each packet is given to the program once, and
 * returns to its pool once; nothing outside of the packets' rooms changes; the device is given no memory that is not its
 * own to use; it can be closed, and its memory given back.
 *
 * $PADMA_HOSTILE_MUTATIONS: how many mutations in all; $PADMA_HOSTILE_SEED: the session of that number alone, with its
 * mutations printed.
 */
#include "bed.h"

#include <padma/log.h>

#define MUTATIONS     12000u
#define TURNS	      60u
#define PACKETS	      400u
#define SECOND_NS     1000000000ull
#define CALL_BOUND_NS (60 * SECOND_NS)
#define LOOK_NS	      1000000ull /* each look at the clock takes so long */

/* How hostile: later keys need a device that gets further. */
static const char *const profiles[] = {
	"hostile-rate=64",
	"hostile-rate=400,hostile-after=400",
	"hostile-rate=40,hostile-after=60,hostile-kinds=memory",
	"hostile-rate=12,hostile-after=60,hostile-kinds=memory",
	"hostile-rate=4,hostile-after=60,hostile-kinds=memory+flip+stale",
	"hostile-rate=20,hostile-after=60,hostile-kinds=memory+drop+torn",
	"hostile-rate=6,hostile-after=400,hostile-kinds=registers",
	"hostile-rate=200,hostile-after=60,hostile-kinds=memory",
};

/* Without a filter of VLANs, which takes a command for each at the start, and so thousands of writes. */
#define NO_VLANS ",without=0x80000"
static const char *const cards[] = {
	"depth=64" NO_VLANS,
	"depth=64,packed" NO_VLANS,
	"depth=64,in-order" NO_VLANS,
	"depth=64,packed,in-order" NO_VLANS,
	"depth=64,queues=2,without=0x20080000",
	"depth=64,queues=2,packed,notify-data,with=0x200000000000000" NO_VLANS,
	"depth=64,queues=2",
};

/* Time passes when it is looked at, and by naps. */
static uint64_t now = SECOND_NS;

uint64_t __wrap_padma_ticks_monotonic(void);
int __wrap_nanosleep(const struct timespec *want, struct timespec *left);

uint64_t __wrap_padma_ticks_monotonic(void)
{
	return now += LOOK_NS;
}

int __wrap_nanosleep(const struct timespec *want, struct timespec *left)
{
	(void)left;
	now += (uint64_t)want->tv_sec * SECOND_NS + (uint64_t)want->tv_nsec;
	return 0;
}

#define bounded(call)                                                                              \
	({                                                                                         \
		uint64_t bounded_start = now;                                                      \
		__typeof__(call) bounded_value = (call);                                           \
		assert_true(now - bounded_start < CALL_BOUND_NS);                                  \
		bounded_value;                                                                     \
	})

static struct {
	uint64_t mutations, sessions, started, frames, resets, refused_to_stop;
} totals;

/* Memory of the space that no device is given, next to the rooms. */
#define CANARIES     16u
#define CANARY_BYTES 4096u
static uint8_t *canaries[CANARIES];

static void canaries_open(struct padma_space *space)
{
	for (unsigned int i = 0; i < CANARIES; i++) {
		void *memory;

		must(padma_space_alloc(space, CANARY_BYTES, NULL, &memory));
		canaries[i] = memory;
		memset(canaries[i], 0xc7, CANARY_BYTES);
	}
}

static void canaries_close(struct padma_space *space)
{
	for (unsigned int i = 0; i < CANARIES; i++) {
		for (unsigned int at = 0; at < CANARY_BYTES; at++)
			assert_int_equal(canaries[i][at], 0xc7);
		must(padma_space_free(space, canaries[i]));
	}
}

/* What a packet that was received must be, whatever was in it. */
static void check_packet(const struct padma_packet *packet, const struct padma_port_info *info)
{
	uint32_t bytes = 0;

	for (; packet; packet = packet->next) {
		assert_true((unsigned int)packet->offset + packet->length <= packet->room_bytes);
		bytes += packet->length;
	}
	assert_true(bytes > 0);
	assert_true(bytes <= 65535u + 62);
	(void)info;
}

static void receive(struct bed *bed)
{
	struct padma_packet *packets[32];

	for (unsigned int q = 0; q < bed->rx_queues; q++) {
		unsigned int n = bounded(padma_rx_burst(bed->rx[q], packets, 32));

		assert_true(n <= 32);
		for (unsigned int i = 0; i < n; i++) {
			check_packet(packets[i], &bed->info);
			padma_packet_put(bed->cache, packets[i]);
		}
		totals.frames += n;
	}
}

static void transmit(struct bed *bed, uint64_t *random)
{
	unsigned int piece = bed->room_bytes ? bed->room_bytes - PADMA_PACKET_HEADROOM - 4 : 1400;
	struct padma_packet *packets[8];
	unsigned int queue = (unsigned int)(test_random(random) % bed->tx_queues), n = 0, taken;

	while (n < 8 && padma_pool_available(bed->pool) >= 16) {
		unsigned int segments = 1 + (unsigned int)(test_random(random) % 3);

		unsigned int most = segments * piece < 1400 ? segments * piece : 1400;

		packets[n++] =
			bed_frame(bed, bed->sent++,
				  60 + (unsigned int)(test_random(random) % (most - 60)), segments);
	}
	taken = bounded(padma_tx_burst(bed->tx[queue], packets, n));
	assert_true(taken <= n);
	for (unsigned int i = taken; i < n; i++)
		padma_packet_put(bed->cache, packets[i]);
	bounded(padma_tx_reap(bed->tx[queue], 64));
}

static void control(struct bed *bed, uint64_t *random)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 9, 1, 0, 0x5e, 0, 0, 1};
	struct padma_port_link link;

	switch (test_random(random) % 8) {
	case 0:
		(void)bounded(padma_port_link(bed->port, &link));
		break;
	case 1:
		(void)bounded(
			padma_port_filter(bed->port, macs, 2, test_random(random) % 2, false));
		break;
	case 2:
		(void)bounded(padma_port_set_mac(bed->port, macs));
		break;
	default:
		(void)bounded(padma_port_service(bed->port, now));
		break;
	}
}

/* Reset a port that has failed; whether it works again. */
static bool recover(struct bed *bed)
{
	int rc = -EAGAIN;

	padma_port_reset_begin(bed->port);
	for (int i = 0; i < 8 && rc == -EAGAIN; i++) {
		receive(bed);
		for (unsigned int q = 0; q < bed->tx_queues; q++)
			padma_tx_reap(bed->tx[q], 64);
		rc = bounded(padma_port_reset_finish(bed->port));
	}
	assert_int_not_equal(rc, -EAGAIN);
	totals.resets++;
	return rc == 0;
}

static void traffic(struct bed *bed, uint64_t *random)
{
	unsigned int resets = 0;

	for (unsigned int turn = 0; turn < TURNS; turn++) {
		receive(bed);
		transmit(bed, random);
		(void)padma_sim_step(bed->device, 0);
		if (turn % 8 == 7)
			control(bed, random);
		if (padma_port_state(bed->port) == PADMA_PORT_STARTED)
			continue;
		if (resets++ == 3 || !recover(bed))
			return;
	}
}

/* An honest way out: the device is taken away. Its memory is the program's again. */
static void end(struct bed *bed)
{
	int rc = bounded(padma_port_stop(bed->port));

	if (rc) {
		assert_int_equal(rc, -EIO);
		totals.refused_to_stop++;
		must(padma_sim_remove(bed->device, UINT64_MAX));
		rc = padma_port_stop(bed->port);
		assert_true(rc == 0 || rc == -ENODEV);
	}
	for (unsigned int i = 0; i < bed->rx_queues; i++)
		must(padma_rx_queue_close(bed->rx[i]));
	for (unsigned int i = 0; i < bed->tx_queues; i++)
		must(padma_tx_queue_close(bed->tx[i]));
}

static void queues(struct bed *bed, const struct padma_port_params *params)
{
	if (bounded(padma_port_configure(bed->port, params)))
		return;
	for (unsigned int i = 0; i < params->rx_queues; i++) {
		if (padma_rx_queue_open(bed->port, i, bed->cache, &bed->rx[bed->rx_queues]))
			break;
		bed->rx_queues++;
		if (padma_tx_queue_open(bed->port, i, bed->cache, &bed->tx[bed->tx_queues]))
			break;
		bed->tx_queues++;
	}
}

static void print_history(struct padma_device *device)
{
	static struct padma_sim_mutation list[256];
	int count = padma_sim_hostile_history(device, list, 256);
	char text[160];

	for (int i = 0; i < count; i++) {
		padma_sim_mutation_text(&list[i], text, sizeof(text));
		printf("  %s\n", text);
	}
}

static void use(struct bed *bed, uint64_t seed)
{
	struct padma_port_params params = {.rx_depth = 64, .tx_depth = 64};
	uint64_t random = seed;

	if (bounded(padma_port_open(bed->device, &bed->port)))
		return;
	must(padma_port_info(bed->port, &bed->info));
	params.rx_queues = bed->info.rx_queues < 2 ? 1 : 1 + seed % 2;
	if (seed % 3 == 0)
		params.offloads = bed->info.offloads & PADMA_OFFLOAD_RX;
	if (seed % 5 == 0)
		params.mtu = bed->info.mtu_max;
	queues(bed, &params);
	if (bed->rx_queues == params.rx_queues && bed->tx_queues == params.rx_queues &&
	    bounded(padma_port_start(bed->port)) == 0) {
		totals.started++;
		traffic(bed, &random);
	}
	end(bed);
	must(bounded(padma_port_close(bed->port)));
	bed->port = NULL;
}

static void session(struct padma_space *space, uint64_t seed, bool verbose)
{
	const struct padma_packet_pool_params packets = {.count = PACKETS,
							 .room_bytes = seed % 4 == 0 ? 512 : 0,
							 .name = "packets",
							 .checks = PADMA_POOL_CHECKS_ON};
	struct padma_sim_hostile_info info;
	struct padma_sim_dma_faults faults;
	struct bed bed = {.space = space, .room_bytes = (unsigned int)packets.room_bytes};
	char name[256];

	snprintf(name, sizeof(name), "sim:virtio-net,step,loop,hostile=%llu,%s,%s",
		 (unsigned long long)seed, cards[seed % ARRAY_SIZE(cards)],
		 profiles[seed / ARRAY_SIZE(cards) % ARRAY_SIZE(profiles)]);
	must(padma_device_open(space, name, &bed.device));
	must(padma_packet_pool_open(space, &packets, &bed.pool));
	must(padma_pool_cache_open(bed.pool, &bed.cache));
	use(&bed, seed);
	/* The device never wrote elsewhere than it was allowed to. */
	must(padma_sim_dma_faults(bed.device, &faults));
	assert_int_equal(faults.count, 0);
	must(padma_sim_hostile_info(bed.device, &info));
	if (verbose) {
		printf("%s\n", name);
		print_history(bed.device);
	}
	totals.mutations += info.mutations;
	totals.sessions++;
	assert_int_equal(padma_pool_available(bed.pool), PACKETS);
	padma_pool_cache_close(bed.cache);
	must(padma_pool_close(bed.pool));
	must(padma_device_close(bed.device));
}

/* Of a session that has failed. */
static uint64_t current;

static int name_seed(void **state)
{
	(void)state;
	if (current)
		print_error("repeat it by PADMA_HOSTILE_SEED=%llu\n", (unsigned long long)current);
	return 0;
}

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void test_hostile_devices(void **state)
{
	const struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	uint64_t only = number_of("PADMA_HOSTILE_SEED", 0);
	uint64_t wanted = number_of("PADMA_HOSTILE_MUTATIONS", MUTATIONS);
	struct padma_space *space;

	(void)state;
	must(padma_space_open(&params, &space));
	canaries_open(space);
	if (only)
		session(space, only, true);
	for (uint64_t seed = 1; !only && totals.mutations < wanted; seed++) {
		current = seed;
		session(space, seed, false);
	}
	current = 0;
	canaries_close(space);
	must(padma_space_close(space));
	printf("%llu mutations in %llu sessions, of which %llu started; %llu frames, %llu "
	       "resets, "
	       "%llu devices that did not stop\n",
	       (unsigned long long)totals.mutations, (unsigned long long)totals.sessions,
	       (unsigned long long)totals.started, (unsigned long long)totals.frames,
	       (unsigned long long)totals.resets, (unsigned long long)totals.refused_to_stop);
	/* Or the test would prove nothing. */
	if (!only) {
		assert_true(totals.started > totals.sessions / 3);
		assert_true(totals.frames > totals.sessions * 10);
		assert_true(totals.resets > totals.sessions / 10);
	}
}

static void quiet(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)ctx;
	(void)level;
	(void)part;
	(void)text;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_hostile_devices, name_seed),
	};

	padma_log_to(quiet, NULL, PADMA_LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
