// SPDX-License-Identifier: BSD-3-Clause
/* Doorbells of each width, mapped and trapped, in the BAR of a simulated controller. */
#include "test.h"

#include <padma/device.h>
#include <padma/pmd/doorbell.h>
#include <padma/space.h>

/* NVMe Base 2.0, 3.1.3: registers that keep what is written, which the simulated controller traps, and the first
 * doorbells, which are plain memory. */
#define AQA	  0x24
#define ASQ	  0x28
#define DOORBELLS 0x1000

struct fixture {
	struct padma_space *space;
	struct padma_device *device;
	const struct padma_bar *bar;
};

static struct fixture open_controller(void)
{
	const struct padma_space_params params = {
		.backend = "sim", .window_bytes = (size_t)1 << 30, .page_bytes = 4096};
	struct fixture f;

	assert_int_equal(padma_space_open(&params, &f.space), 0);
	assert_int_equal(padma_device_open(f.space, "sim:nvme,null", &f.device), 0);
	f.bar = padma_device_bar(f.device, 0);
	assert_non_null(f.bar);
	return f;
}

static void close_controller(struct fixture *f)
{
	padma_device_close(f->device);
	assert_int_equal(padma_space_close(f->space), 0);
}

static void test_mapped(void **state)
{
	struct fixture f = open_controller();
	struct padma_doorbell d16 = padma_doorbell_at(f.bar, DOORBELLS + 2, 2);
	struct padma_doorbell d32 = padma_doorbell_at(f.bar, DOORBELLS + 4, 4);
	struct padma_doorbell d64 = padma_doorbell_at(f.bar, DOORBELLS + 8, 8);

	(void)state;
	assert_non_null(d16.direct);
	assert_non_null(d32.direct);
	assert_non_null(d64.direct);
	padma_doorbell_ring16(&d16, 0xabcd);
	padma_doorbell_ring32(&d32, 0x12345678);
	padma_doorbell_ring64(&d64, 0x1122334455667788);
	assert_int_equal(padma_bar_read32(f.bar, DOORBELLS), 0xabcd0000);
	assert_int_equal(padma_bar_read32(f.bar, DOORBELLS + 4), 0x12345678);
	assert_true(padma_bar_read64(f.bar, DOORBELLS + 8) == 0x1122334455667788);
	close_controller(&f);
}

static void test_trapped(void **state)
{
	struct fixture f = open_controller();
	struct padma_doorbell d32 = padma_doorbell_at(f.bar, AQA, 4);
	struct padma_doorbell d64 = padma_doorbell_at(f.bar, ASQ, 8);

	(void)state;
	assert_null(d32.direct);
	assert_null(d64.direct);
	padma_doorbell_ring32(&d32, 0x001f001f);
	padma_doorbell_ring64(&d64, 0x123456000);
	assert_int_equal(padma_bar_read32(f.bar, AQA), 0x001f001f);
	assert_true(padma_bar_read64(f.bar, ASQ) == 0x123456000);
	close_controller(&f);
}

static void test_past_the_end(void **state)
{
	struct fixture f = open_controller();
	struct padma_doorbell past = padma_doorbell_at(f.bar, f.bar->bytes, 2);

	(void)state;
	assert_null(past.direct);
	padma_doorbell_ring16(&past, 1);
	padma_doorbell_ring32(&past, 1);
	padma_doorbell_ring64(&past, 1);
	close_controller(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_trapped),
		cmocka_unit_test(test_past_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
