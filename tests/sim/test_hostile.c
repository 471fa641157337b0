// SPDX-License-Identifier: BSD-3-Clause
/* Hostile devices: what is mutated and what is not, repeatability, the history, and keys that cannot be. */
#include "test.h"

#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/error.h>
#include <padma/log.h>
#include <padma/sim.h>
#include <padma/space.h>

#include "model_scratch.h"

#define BYTES  256u
#define COPIES 200u

struct rig {
	struct padma_space *space;
	struct padma_device *device;
	const struct padma_bar *regs;
	unsigned char *memory;
	unsigned char *from, *to; /* in a page each, the target between bytes that stay */
	uint32_t *counter;
};

static void rig_open(struct rig *rig, const char *keys)
{
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	struct padma_alloc_params zeroed = {.flags = PADMA_ALLOC_ZERO};
	char name[160];
	void *va;

	snprintf(name, sizeof(name), "sim:scratch,step%s%s", *keys ? "," : "", keys);
	assert_int_equal(padma_space_open(&params, &rig->space), 0);
	if (padma_device_open(rig->space, name, &rig->device)) {
		print_error("%s\n", padma_last_error());
		fail();
	}
	rig->regs = padma_device_bar(rig->device, 0);
	assert_int_equal(padma_space_alloc(rig->space, 3 * 4096, &zeroed, &va), 0);
	rig->memory = va;
	rig->from = rig->memory;
	rig->to = rig->memory + 4096 + 1024;
	rig->counter = (uint32_t *)(void *)(rig->memory + 2 * 4096);
	padma_device_declare_quiesced(rig->device);
	assert_int_equal(padma_device_bus_master(rig->device, true), 0);
}

static void rig_close(struct rig *rig)
{
	assert_int_equal(padma_device_close(rig->device), 0);
	assert_int_equal(padma_space_close(rig->space), 0);
}

static void copy(struct rig *rig, unsigned int number)
{
	for (unsigned int i = 0; i < BYTES; i++)
		rig->from[i] = (unsigned char)(number + i);
	padma_bar_write64(rig->regs, SCRATCH_COUNTER, padma_dma(rig->space, rig->counter));
	padma_bar_write64(rig->regs, SCRATCH_SOURCE, padma_dma(rig->space, rig->from));
	padma_bar_write64(rig->regs, SCRATCH_TARGET, padma_dma(rig->space, rig->to));
	padma_bar_write32(rig->regs, SCRATCH_BYTES, BYTES);
	padma_bar_write32(rig->regs, SCRATCH_CONTROL, SCRATCH_START);
	assert_int_equal(padma_sim_step(rig->device, 0), 1);
}

/* The last one's data, which a dropped write leaves, must be no match. */
static bool arrived(const struct rig *rig)
{
	return memcmp(rig->from, rig->to, BYTES) == 0;
}

/* Around the target nothing changes, ever. */
static void check_around(const struct rig *rig)
{
	const unsigned char *page = rig->memory + 4096;

	for (unsigned int i = 0; i < 4096; i++) {
		if (i < 1024 || i >= 1024 + BYTES)
			assert_int_equal(page[i], 0);
	}
}

static struct padma_sim_hostile_info info_of(struct rig *rig)
{
	struct padma_sim_hostile_info info;

	assert_int_equal(padma_sim_hostile_info(rig->device, &info), 0);
	return info;
}

/* The history of a run, and how many copies arrived whole. */
static unsigned int run(const char *keys, struct padma_sim_mutation *list, int *count)
{
	unsigned int whole = 0;
	struct rig rig;

	rig_open(&rig, keys);
	for (unsigned int i = 1; i <= COPIES; i++) {
		copy(&rig, i);
		whole += arrived(&rig);
		(void)padma_bar_read32(rig.regs, SCRATCH_ID);
		check_around(&rig);
	}
	*count = padma_sim_hostile_history(rig.device, list, 256);
	rig_close(&rig);
	return whole;
}

static void test_the_same_seed_does_the_same(void **state)
{
	static struct padma_sim_mutation one[256], two[256];
	int ones, twos;

	(void)state;
	assert_int_equal(run("hostile=7,hostile-rate=4", one, &ones),
			 run("hostile=7,hostile-rate=4", two, &twos));
	assert_true(ones > 50);
	assert_int_equal(ones, twos);
	assert_memory_equal(one, two, (size_t)ones * sizeof(one[0]));
	run("hostile=8,hostile-rate=4", two, &twos);
	assert_true(ones != twos || memcmp(one, two, (size_t)ones * sizeof(one[0])) != 0);
}

static void test_rate(void **state)
{
	static struct padma_sim_mutation list[256];
	int count;

	(void)state;
	/* Every write, the counter's too: 400 of them, of which the history keeps the last. */
	assert_true(run("hostile=1,hostile-rate=1,hostile-kinds=memory+flip", list, &count) == 0);
	assert_int_equal(count, 256);
	assert_int_equal(list[255].access, 400);
	assert_int_equal(list[0].access, 145);
	/* None for a long time. */
	assert_int_equal(run("hostile=1,hostile-rate=18446744073709551615", list, &count), COPIES);
	assert_int_equal(count, 0);
	/* None at first: 100 copies are 200 writes. */
	assert_int_equal(run("hostile=1,hostile-rate=1,hostile-after=200,hostile-kinds=memory+flip",
			     list, &count),
			 100);
	assert_int_equal(count, 200);
	assert_int_equal(list[0].access, 201);
}

static void expect_kind(const char *word, enum padma_sim_mutation_kind kind)
{
	static struct padma_sim_mutation list[256];
	char keys[96];
	int count;

	snprintf(keys, sizeof(keys), "hostile=3,hostile-rate=2,hostile-kinds=memory+%s", word);
	run(keys, list, &count);
	assert_true(count > 100);
	for (int i = 0; i < count; i++) {
		assert_int_equal(list[i].kind, kind);
		assert_int_equal(list[i].bar, -1);
		assert_true(list[i].bytes == BYTES || list[i].bytes == 4);
		assert_true(list[i].count > 0 && list[i].first + list[i].count <= list[i].bytes);
	}
}

static void test_kinds(void **state)
{
	(void)state;
	expect_kind("flip", PADMA_SIM_MUTATION_FLIP);
	expect_kind("random", PADMA_SIM_MUTATION_RANDOM);
	expect_kind("zeros", PADMA_SIM_MUTATION_ZEROS);
	expect_kind("ones", PADMA_SIM_MUTATION_ONES);
	expect_kind("stale", PADMA_SIM_MUTATION_STALE);
	expect_kind("drop", PADMA_SIM_MUTATION_DROP);
	expect_kind("torn", PADMA_SIM_MUTATION_TORN);
}

/* What the history says of a write is what memory shows. */
static void test_history_is_true(void **state)
{
	unsigned int differing = 0;
	struct padma_sim_mutation two[2];
	struct rig rig;
	char line[160];

	(void)state;
	rig_open(&rig, "hostile=5,hostile-rate=1,hostile-kinds=memory+flip");
	copy(&rig, 1);
	for (unsigned int i = 0; i < BYTES; i++)
		differing += rig.from[i] != rig.to[i];
	assert_int_equal(differing, 1);
	assert_int_equal(padma_sim_hostile_history(rig.device, two, 2), 2);
	assert_int_equal(two[0].access, 1);
	assert_int_equal(two[0].at, padma_dma(rig.space, rig.to));
	assert_int_equal(two[0].count, 1);
	assert_int_equal(two[0].before[0], rig.from[two[0].first]);
	assert_int_equal(two[0].after[0], rig.to[two[0].first]);
	assert_int_equal(__builtin_popcount(two[0].before[0] ^ two[0].after[0]), 1);
	/* The counter is written last. */
	assert_int_equal(two[1].at, padma_dma(rig.space, rig.counter));
	assert_int_equal(two[1].bytes, 4);
	assert_int_equal(two[1].after[0], ((unsigned char *)rig.counter)[two[1].first]);
	assert_true(padma_sim_mutation_text(&two[0], line, sizeof(line)) > 0);
	assert_non_null(strstr(line, "flip"));
	two[0].kind = (enum padma_sim_mutation_kind)99;
	assert_int_equal(padma_sim_mutation_text(&two[0], line, sizeof(line)), -EINVAL);
	rig_close(&rig);
}

static void test_registers(void **state)
{
	unsigned int wrong = 0;
	uint64_t mutations;
	struct rig rig;

	(void)state;
	rig_open(&rig, "hostile=9,hostile-rate=4,hostile-kinds=registers");
	for (unsigned int i = 0; i < 1000; i++)
		wrong += padma_bar_read32(rig.regs, SCRATCH_ID) != 0x5c7a7c40;
	/* Fewer than were mutated: what was read before may be the same. */
	assert_in_range(wrong, 100, 400);
	mutations = info_of(&rig).mutations;
	assert_in_range(mutations, wrong, 400);
	assert_int_equal(info_of(&rig).reads, 1000);
	assert_int_equal(info_of(&rig).seed, 9);
	assert_int_equal(info_of(&rig).rate, 4);
	/* Memory is not touched then, nor are direct areas. */
	for (unsigned int i = 1; i < 50; i++) {
		copy(&rig, i);
		assert_true(arrived(&rig));
		assert_int_equal(padma_bar_read32(padma_device_bar(rig.device, 2), SCRATCH_FIRST),
				 i);
	}
	assert_int_equal(info_of(&rig).mutations, mutations);
	rig_close(&rig);
	rig_open(&rig, "hostile=9,hostile-rate=1,hostile-kinds=memory");
	assert_int_equal(padma_bar_read32(rig.regs, SCRATCH_ID), 0x5c7a7c40);
	rig_close(&rig);
}

/* How often a register is polled changes nothing of what happens to memory. */
static void test_polls_do_not_matter(void **state)
{
	unsigned char data[2][BYTES];
	struct rig rig;

	(void)state;
	for (unsigned int round = 0; round < 2; round++) {
		rig_open(&rig, "hostile=11,hostile-rate=2");
		for (unsigned int i = 0; i < 100 * round; i++)
			(void)padma_bar_read32(rig.regs, SCRATCH_STATUS);
		for (unsigned int i = 1; i <= 20; i++)
			copy(&rig, i);
		memcpy(data[round], rig.to, BYTES);
		rig_close(&rig);
	}
	assert_memory_equal(data[0], data[1], BYTES);
}

static void keep(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)level;
	(void)part;
	if (strstr(text, "hostile"))
		snprintf(ctx, 256, "%s", text);
}

static void test_the_seed_is_logged(void **state)
{
	char text[256] = "";
	struct rig rig;

	(void)state;
	padma_log_to(keep, text, PADMA_LOG_WARNING);
	rig_open(&rig, "hostile=12345");
	rig_close(&rig);
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
	assert_non_null(strstr(text, "hostile=12345"));
}

static void test_wrong_keys_and_calls(void **state)
{
	static const char *const names[] = {
		"sim:scratch,hostile", "sim:scratch,hostile=0", "sim:scratch,hostile=x",
		"sim:scratch,hostile=1,hostile-rate=0", "sim:scratch,hostile=1,hostile-kinds=flop",
		/* A read always returns something: nothing would be mutated. */
		"sim:scratch,hostile=1,hostile-kinds=registers+drop+torn",
		/* Without a seed the device is not hostile. */
		"sim:scratch,hostile-kinds=flip", "sim:scratch,hostile-rate=64",
		"sim:scratch,hostile-after=1", "sim:scratch,hostile=1,hostile-kinds=flip+"};
	struct padma_sim_hostile_info info;
	struct padma_sim_mutation list[1];
	struct padma_device *device;
	struct rig rig;

	(void)state;
	rig_open(&rig, "");
	for (size_t i = 0; i < ARRAY_SIZE(names) - 1; i++)
		assert_int_equal(padma_device_open(rig.space, names[i], &device), -EINVAL);
	/* A '+' at the end is no harm. */
	assert_int_equal(padma_device_open(rig.space, names[ARRAY_SIZE(names) - 1], &device), 0);
	assert_int_equal(padma_sim_hostile_info(device, NULL), -EINVAL);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_sim_hostile_info(rig.device, &info), -EINVAL);
	assert_int_equal(padma_sim_hostile_history(rig.device, list, 1), -EINVAL);
	assert_int_equal(padma_sim_hostile_info(NULL, &info), -EINVAL);
	rig_close(&rig);
}

static int add_model(void **state)
{
	(void)state;
	return padma_sim_model_add(&scratch_model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_seed_does_the_same),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_history_is_true),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_polls_do_not_matter),
		cmocka_unit_test(test_the_seed_is_logged),
		cmocka_unit_test(test_wrong_keys_and_calls),
	};

	return cmocka_run_group_tests(tests, add_model, NULL);
}
