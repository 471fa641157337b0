// SPDX-License-Identifier: BSD-3-Clause
/* The liveness watch: when it looks, on a clock of the test's, and what it finds of a device. */
#include "test.h"

#include <stdbool.h>

#include <padma/pmd/liveness.h>
#include <padma/sim.h>

/* NVMe Base 2.0, 3.1.3: the version, and the configuration of a controller that is off: zero. */
#define VS 0x08
#define CC 0x14

struct fake {
	int answer;
	unsigned int looks;
};

static int look(void *ctx)
{
	struct fake *fake = ctx;

	fake->looks++;
	return fake->answer;
}

static void test_looks_once_per_interval(void **state)
{
	struct padma_liveness liveness;
	struct fake fake = {0};

	(void)state;
	padma_liveness_start(&liveness, 1000, 100, look, &fake);
	for (uint64_t now = 1000; now < 1100; now++)
		assert_int_equal(padma_liveness_check(&liveness, now), 0);
	assert_int_equal(fake.looks, 0);
	for (uint64_t now = 1100; now < 1400; now++)
		assert_int_equal(padma_liveness_check(&liveness, now), 0);
	assert_int_equal(fake.looks, 3);
	/* A long pause is one look, and the next interval begins then. */
	assert_int_equal(padma_liveness_check(&liveness, 5000), 0);
	assert_int_equal(padma_liveness_check(&liveness, 5099), 0);
	assert_int_equal(fake.looks, 4);
}

static void test_a_failure_stays_until_the_next_look(void **state)
{
	struct padma_liveness liveness;
	struct fake fake = {.answer = -EIO};

	(void)state;
	padma_liveness_start(&liveness, 0, 100, look, &fake);
	assert_int_equal(padma_liveness_check(&liveness, 99), 0);
	for (uint64_t now = 100; now < 200; now++)
		assert_int_equal(padma_liveness_check(&liveness, now), -EIO);
	assert_int_equal(fake.looks, 1);
	fake.answer = -ENODEV;
	assert_int_equal(padma_liveness_check(&liveness, 200), -ENODEV);
	/* It was reset. */
	fake.answer = 0;
	assert_int_equal(padma_liveness_check(&liveness, 250), -ENODEV);
	assert_int_equal(padma_liveness_check(&liveness, 300), 0);
	assert_int_equal(padma_liveness_check(&liveness, 301), 0);
	assert_int_equal(fake.looks, 3);
	fake.answer = -EIO;
	padma_liveness_start(&liveness, 400, 0, look, &fake);
	assert_int_equal(padma_liveness_check(&liveness, 400), -EIO);
	assert_int_equal(fake.looks, 4);
}

struct fixture {
	struct padma_space *space;
	struct padma_device *device;
	struct padma_liveness_register reg;
};

static struct fixture open_controller(const char *name, uint64_t offset)
{
	const struct padma_space_params params = {
		.backend = "sim", .window_bytes = (size_t)1 << 30, .page_bytes = 4096};
	struct fixture f;

	assert_int_equal(padma_space_open(&params, &f.space), 0);
	assert_int_equal(padma_device_open(f.space, name, &f.device), 0);
	f.reg = (struct padma_liveness_register){f.device, padma_device_bar(f.device, 0), offset};
	return f;
}

static void close_controller(struct fixture *f)
{
	padma_device_close(f->device);
	assert_int_equal(padma_space_close(f->space), 0);
}

static void test_a_device_that_is_there(void **state)
{
	struct fixture f = open_controller("sim:nvme,null", VS);

	(void)state;
	assert_int_equal(padma_liveness_check_device(f.device), 0);
	assert_int_equal(padma_liveness_check_register(&f.reg), 0);
	/* Zero is a value like any other while configuration space answers. */
	f.reg.offset = CC;
	assert_int_equal(padma_liveness_check_register(&f.reg), 0);
	assert_int_equal(padma_sim_request_removal(f.device), 0);
	assert_int_equal(padma_liveness_check_register(&f.reg), 0);
	close_controller(&f);
}

static void test_a_device_that_is_pulled(void **state)
{
	static const uint64_t reads_as[] = {UINT64_MAX, 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reads_as); i++) {
		struct fixture f = open_controller("sim:nvme,null", VS);
		struct padma_liveness liveness;

		padma_liveness_start(&liveness, 0, 10, padma_liveness_check_register, &f.reg);
		assert_int_equal(padma_liveness_check(&liveness, 10), 0);
		assert_int_equal(padma_sim_remove(f.device, reads_as[i]), 0);
		assert_int_equal(padma_liveness_check(&liveness, 19), 0);
		assert_int_equal(padma_liveness_check(&liveness, 20), -ENODEV);
		assert_int_equal(padma_liveness_check_device(f.device), -ENODEV);
		close_controller(&f);
	}
}

/* It does not answer and cannot be kept from DMA: it may come back. */
static void test_a_device_that_does_not_answer(void **state)
{
	struct padma_sim_fault registers = {.kind = PADMA_SIM_FAULT_REGISTERS, .value = UINT64_MAX};
	struct padma_sim_fault stuck = {.kind = PADMA_SIM_FAULT_MASTER_STUCK}, none = {0};
	struct fixture f = open_controller("sim:nvme,null", VS);

	(void)state;
	assert_int_equal(padma_device_reset(f.device), 0);
	assert_int_equal(padma_device_bus_master(f.device, true), 0);
	assert_int_equal(padma_sim_fault(f.device, &registers), 0);
	assert_int_equal(padma_sim_fault(f.device, &stuck), 0);
	assert_int_equal(padma_liveness_check_register(&f.reg), -EIO);
	/* Once its bus mastering can be turned off, it is as good as gone. */
	assert_int_equal(padma_sim_fault(f.device, &none), 0);
	assert_int_equal(padma_sim_fault(f.device, &registers), 0);
	assert_int_equal(padma_liveness_check_register(&f.reg), -ENODEV);
	close_controller(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looks_once_per_interval),
		cmocka_unit_test(test_a_failure_stays_until_the_next_look),
		cmocka_unit_test(test_a_device_that_is_there),
		cmocka_unit_test(test_a_device_that_is_pulled),
		cmocka_unit_test(test_a_device_that_does_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
