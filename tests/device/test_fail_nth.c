// SPDX-License-Identifier: BSD-3-Clause
/*
 * Devices on a system that runs out of everything: each of the library's calls for a resource, the
 * kernel's ioctls among them, fails in turn while spaces and devices are opened and closed. The
 * kernel is the fake one (fake_kernel/fake_kernel.h); its own calls are exempt.
 */
#include "test.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "fake_kernel/fixture.h"
#include "fail_nth.h"

static char memory[5 * 4096] __attribute__((aligned(4096)));

struct bed {
	const char *backend;
	const char *name;
	struct padma_space *space;
	struct padma_device *device;
	unsigned int nodes; /* of the kernel's that are open */
	int fds[3];
};

static int open_a_space(void *ctx)
{
	struct bed *bed = ctx;
	const struct padma_space_params params = {
		.backend = bed->backend,
		.window_bytes = 1 << 30,
		.page_bytes = strcmp(bed->backend, "sim") == 0 ? 4096 : 0,
	};

	return padma_space_open(&params, &bed->space);
}

static int close_a_space(void *ctx)
{
	struct bed *bed = ctx;

	return padma_space_close(bed->space);
}

static void undo_space(void *ctx)
{
	assert_int_equal(close_a_space(ctx), 0);
}

static int open_a_device(void *ctx)
{
	struct bed *bed = ctx;

	return padma_device_open(bed->space, bed->name, &bed->device);
}

static int close_a_device(void *ctx)
{
	struct bed *bed = ctx;

	padma_device_close(bed->device);
	return 0;
}

static void undo_device(void *ctx)
{
	assert_int_equal(close_a_device(ctx), 0);
}

static void check_nodes(void *ctx)
{
	const struct bed *bed = ctx;

	assert_int_equal(fake.open_nodes, bed->nodes);
}

/* The first device of a space pins the memory that was registered before it. */
static int open_everything(void *ctx)
{
	struct bed *bed = ctx;
	int rc = open_a_space(ctx);

	if (rc)
		return rc;
	rc = padma_space_register(bed->space, memory + 5, sizeof(memory) - 5);
	if (rc == 0)
		rc = open_a_device(ctx);
	if (rc)
		undo_space(ctx);
	return rc;
}

static int close_everything(void *ctx)
{
	struct bed *bed = ctx;
	int rc = close_a_device(ctx);

	if (rc == 0)
		rc = padma_space_unregister(bed->space, memory + 5, sizeof(memory) - 5);
	return rc ? rc : close_a_space(ctx);
}

static void undo_everything(void *ctx)
{
	assert_int_equal(close_everything(ctx), 0);
}

static int enable_interrupts(void *ctx)
{
	struct bed *bed = ctx;

	return padma_device_irq_enable(bed->device, bed->fds, 3);
}

static int disable_interrupts(void *ctx)
{
	struct bed *bed = ctx;

	return padma_device_irq_enable(bed->device, NULL, 0);
}

static void undo_interrupts(void *ctx)
{
	assert_int_equal(fake.irq_count, 3);
	assert_int_equal(disable_interrupts(ctx), 0);
	assert_int_equal(fake.irq_count, 0);
}

/* Whatever fails leaves interrupts off. */
static void check_interrupts(void *ctx)
{
	(void)ctx;
	assert_int_equal(fake.irq_count, 0);
}

static void interrupts_each(struct bed *bed)
{
	const struct fail_nth_call call = {
		.name = "interrupts",
		.act = enable_interrupts,
		.undo = undo_interrupts,
		.check = check_interrupts,
		.space = bed->space,
		.least = 3,
	};

	bed->nodes = fake.open_nodes;
	for (int i = 0; i < 3; i++)
		bed->fds[i] = eventfd(0, EFD_CLOEXEC);
	fail_each(&call, bed);
	fail_none(&call, disable_interrupts, bed);
	for (int i = 0; i < 3; i++)
		close(bed->fds[i]);
}

static void device_each(struct bed *bed, unsigned int least)
{
	const struct fail_nth_call call = {
		.name = bed->name,
		.act = open_a_device,
		.undo = undo_device,
		.check = check_nodes,
		.space = bed->space,
		.least = least,
	};

	fail_each(&call, bed);
	fail_none(&call, close_a_device, bed);
}

static void backend_each(const char *backend)
{
	struct bed bed = {.backend = backend, .name = FAKE_BDF};
	const struct fail_nth_call space = {
		.name = backend,
		.act = open_a_space,
		.undo = undo_space,
		.check = check_nodes,
		.least = 5,
	};
	const struct fail_nth_call all = {
		.name = "a space, memory and a first device",
		.act = open_everything,
		.undo = undo_everything,
		.check = check_nodes,
		.least = 20,
	};
	long blocks = fail_nth_live_blocks();

	fail_each(&space, &bed);
	fail_none(&space, close_a_space, &bed);
	fail_each(&all, &bed);
	fail_none(&all, close_everything, &bed);
	assert_int_equal(open_a_space(&bed), 0);
	device_each(&bed, 10);
	assert_int_equal(open_a_device(&bed), 0);
	interrupts_each(&bed);
	undo_device(&bed);
	undo_space(&bed);
	assert_int_equal(fake.open_nodes, 0);
	assert_int_equal(fake.objects, 0);
	assert_int_equal(fail_nth_live_blocks(), blocks);
}

static void test_character_device(void **state)
{
	(void)state;
	backend_each("noiommu");
}

static void test_group(void **state)
{
	(void)state;
	backend_each("pagemap");
}

static void test_simulated_devices(void **state)
{
	char image[] = "/tmp/padma-fail-nth-XXXXXX", of_file[64];
	const char *const names[] = {
		"sim:nvme,size=1M,step",
		"sim:nvme,size=1M",
		"sim:nvme,null",
		of_file,
	};
	struct bed bed = {.backend = "sim"};
	long blocks = fail_nth_live_blocks();
	int fd = mkstemp(image);

	(void)state;
	assert_true(fd >= 0);
	snprintf(of_file, sizeof(of_file), "sim:nvme,size=1M,step,file=%s", image);
	assert_int_equal(open_a_space(&bed), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		bed.name = names[i];
		device_each(&bed, 3);
	}
	undo_space(&bed);
	unlink(image);
	close(fd);
	assert_int_equal(fail_nth_live_blocks(), blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_character_device, setup),
		cmocka_unit_test_setup(test_group, setup),
		cmocka_unit_test_setup(test_simulated_devices, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
