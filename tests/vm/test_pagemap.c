// SPDX-License-Identifier: BSD-3-Clause
/* The backend pagemap on a real kernel, and devices by their VFIO group: addresses, one owner over
 * both ways, and a space of the other backend in turn. */
#include "child.h"
#include "vm_fixture.h"

#include <sys/mman.h>

#define ALLOC_BYTES ((size_t)16 << 20)
#define BUS_MASTER  4

static void test_addresses(void **state)
{
	const size_t bytes = (64 << 10) + 100;
	struct padma_space *space = open_space_of("pagemap");
	char *foreign = malloc(bytes), *va;
	struct padma_device *device;

	(void)state;
	assert_non_null(foreign);
	must(padma_space_alloc(space, ALLOC_BYTES, NULL, (void **)&va));
	/* Known before a device is attached, and the same afterwards. */
	check_addresses(space, va, ALLOC_BYTES);
	device = open_device(space, 0);
	must(padma_space_register(space, foreign, bytes));
	check_addresses(space, va, ALLOC_BYTES);
	check_addresses(space, foreign, bytes);
	must(padma_space_unregister(space, foreign, bytes));
	padma_device_close(device);
	must(padma_space_close(space));
	free(foreign);
}

/* GET_PA and pagemap agree: the same hugepages, mapped by both. */
static void test_both_backends_agree(void **state)
{
	struct padma_space *queried = open_space_of("noiommu"), *read = open_space_of("pagemap");
	struct padma_device *device = open_device(queried, 0);
	struct padma_run one, other;
	char *va;

	(void)state;
	must(padma_space_alloc(queried, ALLOC_BYTES, NULL, (void **)&va));
	must(padma_space_register(read, va, ALLOC_BYTES));
	for (size_t at = 0; at < ALLOC_BYTES; at += 4096 - 64) {
		assert_int_equal(padma_dma(queried, va + at), padma_dma(read, va + at));
		one = padma_run(queried, va + at, ALLOC_BYTES - at);
		other = padma_run(read, va + at, ALLOC_BYTES - at);
		assert_int_equal(one.dma, other.dma);
		assert_int_equal(one.len, other.len);
	}
	must(padma_space_unregister(read, va, ALLOC_BYTES));
	must(padma_space_close(read));
	padma_device_close(device);
	must(padma_space_close(queried));
}

static void test_the_device_of_a_group(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = open_device(space, 0);
	const struct padma_bar *bar = padma_device_bar(device, 0);

	(void)state;
	assert_non_null(padma_bar_direct(bar, 0, 8));
	assert_int_equal(padma_bar_read64(bar, 0), padma_bar_slow_read(bar, 0, 8));
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	master_the_bus(device);
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);
	must(padma_device_reset(device));
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	master_the_bus(device);
	assert_int_equal(padma_space_trim(space), -EBUSY);
	padma_device_close(device);
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	must(padma_space_close(space));
}

static void expect_refused(const char *backend)
{
	struct padma_space *space = open_space_of(backend);
	struct padma_device *device = NULL;

	expect_error(padma_device_open(space, bdf(0), &device), EBUSY, "open");
	/* The other device is free. */
	device = open_device(space, 1);
	padma_device_close(device);
	must(padma_space_close(space));
}

/* An owner, by either node, excludes all others, by either node. */
static void test_one_owner(void **state)
{
	static const char *const backends[] = {"noiommu", "pagemap"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
		struct padma_space *space = open_space_of(backends[i]);
		struct padma_device *device = open_device(space, 0);

		for (size_t j = 0; j < ARRAY_SIZE(backends); j++)
			expect_refused(backends[j]);
		padma_device_close(device);
		must(padma_space_close(space));
	}
}

static void test_kinds_do_not_mix(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = NULL;

	(void)state;
	expect_error(padma_device_open(space, "sim:nvme", &device), EINVAL, "sim");
	must(padma_space_close(space));
}

/* Registered memory stays locked; memory that is not writable is refused. */
static uint64_t locked_kib(void)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *file = fopen("/proc/self/status", "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) && sscanf(line, "VmLck: %llu", &kib) != 1)
		;
	fclose(file);
	return kib;
}

static void test_memory_is_locked(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	char *va = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t before = locked_kib();

	(void)state;
	assert_ptr_not_equal(va, MAP_FAILED);
	must(padma_space_register(space, va + 10, 5000));
	must(padma_space_register(space, va + 5010, 5000));
	assert_int_equal(locked_kib() - before, 12);
	assert_int_not_equal(padma_dma(space, va + 8192), padma_dma(space, va + 4096));
	must(padma_space_unregister(space, va + 10, 5000));
	assert_int_equal(locked_kib() - before, 8);
	must(padma_space_unregister(space, va + 5010, 5000));
	assert_int_equal(locked_kib(), before);
	assert_int_equal(mprotect(va, 4096, PROT_READ), 0);
	expect_error(padma_space_register(space, va, 8192), EFAULT, "write");
	assert_int_equal(locked_kib(), before);
	/* What is registered when the space is closed. */
	must(padma_space_register(space, va + 4096 + 10, 5000));
	assert_int_equal(locked_kib() - before, 8);
	must(padma_space_close(space));
	assert_int_equal(locked_kib(), before);
	munmap(va, 1 << 20);
}

/* Registers are not memory, and are not written to for detecting that. */
static void test_registers_are_no_memory(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = open_device(space, 0);
	void *bar = (void *)(uintptr_t)padma_bar_direct(padma_device_bar(device, 0), 0, 4096);

	(void)state;
	assert_non_null(bar);
	expect_error(padma_space_register(space, bar, 4096), EFAULT, "memory");
	padma_device_close(device);
	must(padma_space_close(space));
}

static int without_admin(void)
{
	const struct padma_space_params params = {.backend = "pagemap"};
	struct padma_space *space;

	CHECK(drop(CAP_SYS_ADMIN));
	CHECK(padma_space_open(&params, &space) == -EPERM);
	CHECK(strstr(padma_last_error(), "CAP_SYS_ADMIN"));
	return 0;
}

static int without_rawio(void)
{
	const struct padma_space_params params = {.backend = "pagemap"};
	struct padma_device *device;
	struct padma_space *space;

	CHECK(drop(CAP_SYS_RAWIO));
	CHECK(padma_space_open(&params, &space) == 0);
	CHECK(padma_device_open(space, bdf(0), &device) == -EPERM);
	CHECK(strstr(padma_last_error(), "CAP_SYS_RAWIO"));
	return 0;
}

static void test_without_privileges(void **state)
{
	(void)state;
	in_a_child(without_admin);
	in_a_child(without_rawio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_both_backends_agree),
		cmocka_unit_test(test_the_device_of_a_group),
		cmocka_unit_test(test_one_owner),
		cmocka_unit_test(test_kinds_do_not_mix),
		cmocka_unit_test(test_memory_is_locked),
		cmocka_unit_test(test_registers_are_no_memory),
		cmocka_unit_test(test_without_privileges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
