// SPDX-License-Identifier: BSD-3-Clause
/*
 * The driver and a controller whose bus mutates what it writes and what its registers read: one key makes
 * sim:nvme such a device (docs/simulated-devices.md). Many seeds, in virtual time.
 *
 * What must hold, whatever the device does: every call returns, within bounded time; each command's callback
 * comes once; nothing outside of the commands' buffers changes; the device is given no memory that is not its
 * own to use; it can be closed, and its memory given back.
 *
 * $PADMA_HOSTILE_SEEDS: how many seeds; $PADMA_HOSTILE_SEED: that one alone, with its mutations printed.
 */
#include "nvme_fixture.h"
#include "virtual_clock.h"

#include <padma/log.h>

#define SEEDS	      600u
#define COMMANDS      48u
#define DEPTH	      8u
#define BUFFER_BYTES  16384u
#define CANARY_BYTES  4096u
#define CANARY	      0xc7
#define POLLS	      400000u
#define RESETS	      3u
#define NAP_NS	      10000000ull /* one step of the device */
#define POLL_NS	      1000000ull
#define CALL_BOUND_NS (700 * SECOND_NS)

/* How hostile: later keys need a device that gets further. */
static const char *const profiles[] = {
	"hostile-rate=64",
	"hostile-rate=16,hostile-kinds=memory",
	"hostile-rate=8,hostile-kinds=registers",
	"hostile-rate=8,hostile-after=24",
	"hostile-rate=3,hostile-after=40,hostile-kinds=memory",
	"hostile-rate=200,hostile-after=30",
	"hostile-rate=6,hostile-after=24,hostile-kinds=memory+flip+stale",
	"hostile-rate=4,hostile-after=24,hostile-kinds=memory+drop+torn",
};

struct session {
	struct padma_device *device;
	struct padma_nvme *nvme;
	struct padma_nvme_queue *queue;
	struct result results[COMMANDS];
	unsigned int submitted, ended;
	uint64_t random;
};

static struct padma_space *space;
static unsigned char *arena; /* DEPTH buffers, each between canaries */
static struct padma_device *stepped;
static unsigned int opened, with_io, resets, all_ended, mutated;

static void step(void)
{
	if (stepped)
		(void)padma_sim_step(stepped, 0);
}

static unsigned char *buffer_of(unsigned int slot)
{
	return arena + CANARY_BYTES + (size_t)slot * (BUFFER_BYTES + CANARY_BYTES);
}

static void check_canaries(void)
{
	for (unsigned int slot = 0; slot <= DEPTH; slot++) {
		const unsigned char *canary = buffer_of(slot) - CANARY_BYTES;

		for (unsigned int i = 0; i < CANARY_BYTES; i++)
			assert_int_equal(canary[i], CANARY);
	}
}

/* What a call of the driver took of virtual time is bounded. */
#define bounded(call)                                                                              \
	({                                                                                         \
		uint64_t bounded_start = virtual_clock.now;                                        \
		int bounded_rc = (call);                                                           \
		assert_true(virtual_clock.now - bounded_start < CALL_BOUND_NS);                    \
		bounded_rc;                                                                        \
	})

static void on_done(void *ctx, int error, uint16_t status)
{
	struct result *result = ctx;

	(void)status;
	result->error = error;
	result->calls++;
	assert_int_equal(result->calls, 1);
	assert_true(error <= 0);
}

static unsigned int count_ended(const struct session *s)
{
	unsigned int ended = 0;

	for (unsigned int i = 0; i < s->submitted; i++)
		ended += (unsigned int)s->results[i].calls;
	return ended;
}

static int put_command(struct session *s, unsigned int i)
{
	struct padma_nvme_namespace ns = {.lba_bytes = 512};
	void *buffer = buffer_of(i % DEPTH);
	uint32_t lbas, first = (uint32_t)(test_random(&s->random) % 64);
	unsigned int kind = test_random(&s->random) % 5;

	/* What it says of its blocks decides how many fit into a buffer. */
	if (padma_nvme_namespace(s->nvme, 0, &ns))
		return -ENOENT;
	lbas = (uint32_t)(test_random(&s->random) % (BUFFER_BYTES / ns.lba_bytes + 1));
	if (lbas == 0)
		lbas = 1;
	if (ns.lba_bytes > BUFFER_BYTES)
		return -ENOENT;
	if (kind == 0)
		return padma_nvme_flush(s->queue, ns.nsid, on_done, &s->results[i]);
	if (kind < 3)
		return padma_nvme_write(s->queue, ns.nsid, buffer, first, lbas, on_done,
					&s->results[i]);
	return padma_nvme_read(s->queue, ns.nsid, buffer, first, lbas, on_done, &s->results[i]);
}

/* A slot's buffer is free once its last command has ended. */
static void submit_some(struct session *s)
{
	while (s->submitted < COMMANDS &&
	       (s->submitted < DEPTH || s->results[s->submitted - DEPTH].calls)) {
		int rc = put_command(s, s->submitted);

		if (rc) {
			assert_int_equal(s->results[s->submitted].calls, 0);
			break;
		}
		s->submitted++;
	}
	(void)padma_nvme_submit(s->queue);
}

static int reset(struct session *s)
{
	int rc = -EAGAIN;

	resets++;
	padma_nvme_reset_begin(s->nvme);
	for (unsigned int i = 0; i < 10 && rc == -EAGAIN; i++) {
		(void)padma_nvme_poll(s->queue, 0);
		rc = bounded(padma_nvme_reset_finish(s->nvme));
	}
	return rc;
}

static void run_io(struct session *s)
{
	unsigned int left = RESETS;

	for (unsigned int i = 0; i < POLLS; i++) {
		submit_some(s);
		step();
		virtual_clock_advance(POLL_NS);
		(void)padma_nvme_poll(s->queue, 0);
		if (i % 16 == 0)
			(void)padma_nvme_admin_poll(s->nvme);
		if (s->submitted == COMMANDS && count_ended(s) == COMMANDS)
			return;
		if (padma_nvme_state(s->nvme) == PADMA_NVME_GONE)
			return;
		if (padma_nvme_state(s->nvme) == PADMA_NVME_LIVE)
			continue;
		if (left-- == 0 || reset(s))
			return;
	}
	fail_msg("%u commands of %u ended, of a controller that is live", count_ended(s),
		 s->submitted);
}

/* Configuration space answers truthfully, so that it can always be kept from the bus. */
static void close_all(struct session *s)
{
	if (s->queue)
		assert_int_not_equal(bounded(padma_nvme_queue_close(s->queue)), -EBUSY);
	assert_int_equal(count_ended(s), s->submitted);
	if (s->nvme)
		assert_int_not_equal(bounded(padma_nvme_close(s->nvme)), -EBUSY);
}

static void check_dma(const struct session *s)
{
	struct padma_sim_dma_faults faults;

	must(padma_sim_dma_faults(s->device, &faults));
	/* With bus mastering off, as the driver leaves one that has failed, it may try. */
	assert_true(faults.count == 0 || faults.bus_master_off);
}

static void print_history(const struct session *s)
{
	struct padma_sim_mutation list[256];
	int n = padma_sim_hostile_history(s->device, list, 256);
	char line[160];

	for (int i = 0; i < n; i++) {
		assert_true(padma_sim_mutation_text(&list[i], line, sizeof(line)) > 0);
		print_message("  %s\n", line);
	}
}

/* What there is of a run that does not depend on where its memory lies. */
static uint64_t digest_of(const struct session *s)
{
	static struct padma_sim_mutation list[256];
	int n = padma_sim_hostile_history(s->device, list, 256);
	uint64_t digest = s->submitted;

	for (int i = 0; i < n; i++) {
		digest = test_random(&digest) ^ list[i].access;
		digest = test_random(&digest) ^ (uint64_t)list[i].kind << 32 ^ list[i].bytes;
		digest = test_random(&digest) ^ list[i].first << 32 ^ (uint64_t)list[i].bar;
	}
	for (unsigned int i = 0; i < s->submitted; i++)
		digest = test_random(&digest) ^ (uint64_t)(unsigned int)s->results[i].error;
	return digest;
}

static uint64_t run_seed(unsigned int seed, bool print)
{
	const struct padma_nvme_params params = {.io_queues = 2};
	const struct padma_nvme_queue_params queue = {.depth = DEPTH};
	struct padma_sim_hostile_info info;
	struct session s = {.random = seed};
	uint64_t digest;
	char name[160];

	snprintf(name, sizeof(name), "sim:nvme,size=1M,step,hostile=%u,%s", seed,
		 profiles[seed % ARRAY_SIZE(profiles)]);
	must(padma_device_open(space, name, &s.device));
	stepped = s.device;
	if (bounded(padma_nvme_open(s.device, &params, &s.nvme)) == 0) {
		opened++;
		if (bounded(padma_nvme_queue_open(s.nvme, &queue, &s.queue)) == 0) {
			with_io++;
			run_io(&s);
		}
	}
	close_all(&s);
	all_ended += s.submitted == COMMANDS;
	check_dma(&s);
	check_canaries();
	must(padma_sim_hostile_info(s.device, &info));
	assert_int_equal(info.seed, seed);
	mutated += info.mutations != 0;
	if (print)
		print_history(&s);
	digest = digest_of(&s);
	stepped = NULL;
	must(padma_device_close(s.device));
	return digest;
}

static void quiet(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)ctx;
	(void)level;
	(void)part;
	(void)text;
}

static void loud(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)ctx;
	print_message("%s: %s: %s\n", part, padma_log_level_name(level), text);
}

static unsigned int number_from(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned int)strtoul(text, NULL, 0) : otherwise;
}

static void test_many_seeds(void **state)
{
	unsigned int only = number_from("PADMA_HOSTILE_SEED", 0);
	unsigned int seeds = number_from("PADMA_HOSTILE_SEEDS", SEEDS);

	(void)state;
	virtual_clock.now = 3600 * SECOND_NS;
	virtual_clock.nap_ns = NAP_NS;
	virtual_clock.on_nap = step;
	padma_log_to(only ? loud : quiet, NULL, PADMA_LOG_WARNING);
	for (unsigned int seed = only ? only : 1; seed <= (only ? only : seeds); seed++) {
		if (getenv("PADMA_HOSTILE_VERBOSE"))
			print_message("hostile=%u\n", seed);
		(void)run_seed(seed, only != 0);
	}
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
	if (only)
		return;
	print_message("%u seeds: %u mutated, %u opened, %u with I/O, %u submitted everything, %u "
		      "resets\n",
		      seeds, mutated, opened, with_io, all_ended, resets);
	/* It got where it should, or it is no test. */
	assert_true(mutated > seeds / 2);
	assert_true(opened > seeds / 8);
	assert_true(with_io > seeds / 10);
	assert_true(resets > 0);
}

static void test_a_seed_can_be_replayed(void **state)
{
	(void)state;
	virtual_clock.nap_ns = NAP_NS;
	virtual_clock.on_nap = step;
	padma_log_to(quiet, NULL, PADMA_LOG_WARNING);
	for (unsigned int seed = 1; seed <= 40; seed++) {
		uint64_t first;

		virtual_clock.now = 3600 * SECOND_NS;
		first = run_seed(seed, false);
		virtual_clock.now = 3600 * SECOND_NS;
		assert_true(run_seed(seed, false) == first);
	}
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
}

static int setup(void **state)
{
	const struct padma_alloc_params params = {.align_bytes = 4096};
	size_t bytes = CANARY_BYTES + (size_t)DEPTH * (BUFFER_BYTES + CANARY_BYTES);
	void *va;

	(void)state;
	space = open_space(PADMA_GUARD_OFF);
	must(padma_space_alloc(space, bytes, &params, &va));
	arena = va;
	memset(arena, CANARY, bytes);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	padma_space_free(space, arena);
	must(padma_space_close(space));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_seeds),
		cmocka_unit_test(test_a_seed_can_be_replayed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
