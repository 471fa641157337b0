// SPDX-License-Identifier: BSD-3-Clause
/* Making models known: what is refused, by which word, and two threads at once. */
#include "test.h"

#include <pthread.h>

#include <padma/device.h>
#include <padma/error.h>
#include <padma/sim/model.h>

static const struct padma_sim_shape good_shape = {
	.vendor = 0x1234, .device = 0x0001, .class_code = 0x088000, .bars = {{.bytes = 4096}}};
static uint64_t memory[8];

static struct padma_sim_model good(void)
{
	return (struct padma_sim_model){.name = "good", .shape = &good_shape, .state_bytes = 64};
}

static void expect_refused(const struct padma_sim_model *model, const char *word)
{
	assert_int_equal(padma_sim_model_add(model), -EINVAL);
	if (!strstr(padma_last_error(), word)) {
		print_error("'%s' lacks '%s'\n", padma_last_error(), word);
		fail();
	}
}

static void expect_shape_refused(struct padma_sim_shape shape, const char *word)
{
	struct padma_sim_model model = good();

	model.shape = &shape;
	expect_refused(&model, word);
}

static void test_tables_that_cannot_be(void **state)
{
	static const char *const names[] = {
		"", "with space", "a,b", "a=b", NULL, "abcdefghijklmnopqrstuvwxyz123456"};
	struct padma_sim_model model = good();

	(void)state;
	expect_refused(NULL, "NULL");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		model.name = names[i];
		expect_refused(&model, "called");
	}
	model = good();
	model.shape = NULL;
	expect_refused(&model, "shape");
	model = good();
	model.faults = 1u << 31;
	expect_refused(&model, "faults");
}

static void test_keys_that_cannot_be(void **state)
{
	struct padma_sim_key keys[3] = {
		{.name = "one", .type = PADMA_SIM_KEY_NUMBER, .max = 1},
		{.name = "two", .type = PADMA_SIM_KEY_NUMBER, .max = 1, .offset = 56}};
	struct padma_sim_model model = good();

	(void)state;
	model.name = "keys";
	model.keys = keys;
	assert_int_equal(padma_sim_model_add(&model), 0);
	model.name = "other-keys";
	keys[1].offset = 57;
	expect_refused(&model, "outside");
	keys[1].offset = SIZE_MAX;
	expect_refused(&model, "outside");
	keys[1].offset = 8;
	keys[1].name = "step";
	expect_refused(&model, "taken");
	keys[1].name = "hostile-rate";
	expect_refused(&model, "taken");
	keys[1].name = "one";
	expect_refused(&model, "taken");
	keys[1].name = "t,wo";
	expect_refused(&model, "key");
	keys[1].name = "two";
	keys[1].min = 2;
	expect_refused(&model, "minimum");
	keys[1].min = 0;
	keys[1].type = (enum padma_sim_key_type)9;
	expect_refused(&model, "type");
}

static void test_bars_that_cannot_be(void **state)
{
	struct padma_sim_shape shape = good_shape;

	(void)state;
	shape.bars[0].bytes = 4095;
	expect_shape_refused(shape, "power of two");
	shape.bars[0].bytes = 8;
	expect_shape_refused(shape, "power of two");
	shape.bars[0].bytes = 1ull << 32;
	expect_shape_refused(shape, "64-bit");
	shape = good_shape;
	shape.bars[5] = (struct padma_sim_bar){.bytes = 4096, .is_64bit = true};
	expect_shape_refused(shape, "64 bits");
	shape = good_shape;
	shape.bars[0].is_64bit = true;
	shape.bars[1].bytes = 16;
	expect_shape_refused(shape, "64 bits");
	shape = good_shape;
	shape.reserved[3] = 1;
	expect_shape_refused(shape, "reserved");
	shape = good_shape;
	shape.bars[2].reserved[0] = 1;
	expect_shape_refused(shape, "reserved");
	shape = good_shape;
	shape.directs[7].reserved = 1;
	expect_shape_refused(shape, "reserved");
	shape = good_shape;
	shape.class_code = 0x1000000;
	expect_shape_refused(shape, "class");
}

static void test_interrupts_that_cannot_be(void **state)
{
	struct padma_sim_shape shape = good_shape;

	(void)state;
	shape.msi_vectors = 3;
	expect_shape_refused(shape, "MSI");
	shape.msi_vectors = 64;
	expect_shape_refused(shape, "MSI");
	shape = good_shape;
	shape.msix_vectors = 2049;
	expect_shape_refused(shape, "MSI-X");
	shape.msix_vectors = 257; /* 16 bytes each: more than the BAR */
	expect_shape_refused(shape, "inside");
	shape.msix_vectors = 1;
	expect_shape_refused(shape, "overlap"); /* table and pending bits */
	shape.msix_pba = 20;
	expect_shape_refused(shape, "multiples");
	shape.msix_pba = 16;
	shape.msix_pba_bar = 6;
	expect_shape_refused(shape, "inside");
}

static void test_direct_areas_that_cannot_be(void **state)
{
	struct padma_sim_shape shape = good_shape;

	(void)state;
	shape.directs[0] = (struct padma_sim_direct){.bytes = 64};
	expect_shape_refused(shape, "aligned");
	shape.directs[0] = (struct padma_sim_direct){.offset = 4064, .bytes = 64, .memory = memory};
	expect_shape_refused(shape, "inside");
	shape.directs[0].offset = 2;
	expect_shape_refused(shape, "multiples");
	shape.directs[0].offset = UINT64_MAX - 31;
	expect_shape_refused(shape, "inside");
	shape.directs[0].offset = 0;
	shape.directs[1] = (struct padma_sim_direct){.offset = 60, .bytes = 8, .memory = memory};
	expect_shape_refused(shape, "overlap");
}

static void test_capabilities_that_cannot_be(void **state)
{
	static const uint8_t data[8];
	struct padma_sim_capability capability = {.id = 9, .bytes = 8, .data = data};
	struct padma_sim_shape shape = good_shape;

	(void)state;
	shape.capability_count = 1;
	expect_shape_refused(shape, "capabilities");
	shape.capabilities = &capability;
	capability.bytes = 1;
	expect_shape_refused(shape, "header");
	capability.bytes = 8;
	capability.id = 0x100;
	expect_shape_refused(shape, "ID");
	capability.is_extended = true;
	shape.is_conventional = true;
	expect_shape_refused(shape, "conventional");
}

/* Capabilities are laid out when a device is opened. */
static void test_capabilities_that_do_not_fit(void **state)
{
	static uint8_t data[256];
	static struct padma_sim_capability capability = {.id = 9, .bytes = 100, .data = data};
	static struct padma_sim_shape shape;
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	static struct padma_sim_model model;
	struct padma_device *device;
	struct padma_space *space;

	(void)state;
	shape = good_shape;
	shape.capabilities = &capability;
	shape.capability_count = 1;
	model = good();
	model.name = "capable";
	model.shape = &shape;
	assert_int_equal(padma_sim_model_add(&model), 0);
	assert_int_equal(padma_space_open(&params, &space), 0);
	assert_int_equal(padma_device_open(space, "sim:capable", &device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "fit"));
	capability.bytes = 8;
	capability.offset = 0x50 + 12 - 4; /* free: no MSI-X */
	assert_int_equal(padma_device_open(space, "sim:capable", &device), 0);
	assert_int_equal(padma_device_find_capability(device, 9, 0), 0x58);
	assert_int_equal(padma_device_close(device), 0);
	capability.offset = 0x44; /* power management */
	assert_int_equal(padma_device_open(space, "sim:capable", &device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "overlaps"));
	capability.is_extended = true;
	capability.offset = 0x200;
	assert_int_equal(padma_device_open(space, "sim:capable", &device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "0x100"));
	assert_int_equal(padma_space_close(space), 0);
}

static void test_a_name_only_once(void **state)
{
	struct padma_sim_model model = good();

	(void)state;
	model.name = "nvme";
	assert_int_equal(padma_sim_model_add(&model), -EEXIST);
	model.name = "twin";
	assert_int_equal(padma_sim_model_add(&model), 0);
	assert_int_equal(padma_sim_model_add(&model), -EEXIST);
}

/* A program built with other headers: less is taken, more only where it is not used. */
static void test_sizes(void **state)
{
	struct {
		struct padma_sim_model model;
		uint64_t newer;
	} large = {.model = good()};

	(void)state;
	large.model.name = "larger";
	assert_int_equal(padma_sim_model_add_sized(sizeof(large), sizeof(good_shape), &large.model),
			 0);
	large.model.name = "newer";
	large.newer = 1;
	assert_int_equal(padma_sim_model_add_sized(sizeof(large), sizeof(good_shape), &large.model),
			 -E2BIG);
	large.model.name = "smaller";
	assert_int_equal(padma_sim_model_add_sized(offsetof(struct padma_sim_model, run),
						   offsetof(struct padma_sim_shape, msi_vectors),
						   &large.model),
			 0);
}

static void *add_many(void *arg)
{
	static char names[2][100][16];
	unsigned int thread = arg != NULL;
	intptr_t added = 0;

	for (unsigned int i = 0; i < 100; i++) {
		struct padma_sim_model model = good();

		/* The even ones both threads want. */
		snprintf(names[thread][i], sizeof(names[0][0]), "many-%u-%u", i,
			 i % 2 ? thread : 2u);
		model.name = names[thread][i];
		added += padma_sim_model_add(&model) == 0;
	}
	return (void *)added;
}

static void test_two_threads(void **state)
{
	pthread_t other;
	intptr_t added;
	void *result;

	(void)state;
	assert_int_equal(pthread_create(&other, NULL, add_many, "x"), 0);
	added = (intptr_t)add_many(NULL);
	pthread_join(other, &result);
	assert_int_equal(added + (intptr_t)result, 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_that_cannot_be),
		cmocka_unit_test(test_keys_that_cannot_be),
		cmocka_unit_test(test_bars_that_cannot_be),
		cmocka_unit_test(test_interrupts_that_cannot_be),
		cmocka_unit_test(test_direct_areas_that_cannot_be),
		cmocka_unit_test(test_capabilities_that_cannot_be),
		cmocka_unit_test(test_capabilities_that_do_not_fit),
		cmocka_unit_test(test_a_name_only_once),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
