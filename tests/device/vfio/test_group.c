// SPDX-License-Identifier: BSD-3-Clause
/*
 * The backend pagemap and a device by its VFIO group, over the fake kernel. What a device does once it is open
 * is the same as by its character device.
 */
#include "test.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <padma/log.h>

#include "fake_kernel/fixture.h"

static char page[8192] __attribute__((aligned(4096)));

static void note_warning(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)part;
	if (level == PADMA_LOG_WARNING && strstr(text, "nothing pins"))
		++*(unsigned int *)ctx;
}

static void test_the_order_of_things(void **state)
{
	unsigned int warnings = 0;
	struct padma_device *device;
	struct padma_space_info info;
	struct padma_space *space;

	(void)state;
	padma_log_to(note_warning, &warnings, PADMA_LOG_WARNING);
	space = open_space_of("pagemap");
	padma_log_to(NULL, NULL, PADMA_LOG_WARNING);
	assert_int_equal(warnings, 1);
	device = open_device(space);
	padma_space_info(space, &info);
	assert_string_equal(info.backend, "pagemap");
	assert_non_null(strstr(info.why, "nothing pins"));
	assert_int_equal(info.devices, 1);
	MASTERING(false);
	padma_device_declare_quiesced(device);
	assert_int_equal(padma_device_bus_master(device, true), 0);
	MASTERING(true);
	/* The kernel would restore bus mastering after the reset. */
	assert_int_equal(padma_device_reset(device), 0);
	MASTERING(false);
	assert_int_equal(padma_device_bus_master(device, true), 0);
	assert_int_equal(padma_space_trim(space), -EBUSY);
	assert_int_equal(padma_device_close(device), 0);
	MASTERING(false);
	assert_string_equal(fake.events, "group container join noiommu device reset close "
					 "close-group close-container ");
	assert_int_equal(fake.open_nodes, 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* Unlike where iommufd pins: addresses are known before there is a device. */
static void test_addresses_need_no_device(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device;

	(void)state;
	assert_int_equal(padma_space_register(space, page + 5, 5000), 0);
	assert_int_equal(padma_dma(space, page + 5), (uintptr_t)page + 5);
	device = open_device(space);
	assert_int_equal(padma_dma(space, page + 5), (uintptr_t)page + 5);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_dma(space, page + 5004), (uintptr_t)page + 5004);
	assert_int_equal(padma_space_unregister(space, page + 5, 5000), 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* On a machine on which a device would read ciphertext. */
static void test_encrypted_memory(void **state)
{
	const struct padma_space_params params = {.backend = "pagemap", .window_bytes = 1 << 30};
	struct padma_space *space = NULL;

	(void)state;
	fake.encrypted = true;
	assert_int_equal(padma_space_open(&params, &space), -EOPNOTSUPP);
	assert_non_null(strstr(padma_last_error(), "encrypted"));
	assert_null(space);
}

static void expect_no_device(int error, const char *word)
{
	expect_no_device_in("pagemap", 0u, error, word);
}

static void expect_no_group(int error, const char *words)
{
	fake.node_open_error = error;
	fake.node_open_errors = 1;
	expect_no_device(error, words);
}

static void test_groups_that_cannot_be_had(void **state)
{
	(void)state;
	expect_no_group(EPERM, "CAP_SYS_RAWIO");
	expect_no_group(EBUSY, "this process");
	expect_no_group(ENOENT, "/dev/vfio/noiommu-9");
	expect_no_group(EACCES, "permission");
	fake.no_group = true;
	expect_no_device(ENODEV, "CONFIG_VFIO_GROUP");
	fake.no_group = false;
	fake.container_open_error = ENOENT;
	expect_no_device(ENOENT, "CONFIG_VFIO_CONTAINER");
	fake.container_open_error = EACCES;
	expect_no_device(EACCES, "/dev/vfio/vfio");
	fake.container_open_error = 0;
	fake.api_version = 1;
	expect_no_device(EPROTO, "version 1");
}

static void test_devices_that_cannot_be_had(void **state)
{
	(void)state;
	fake.node_of_another = true;
	expect_no_device(ENODEV, "node");
	fake.node_of_another = false;
	assert_null(strstr(fake.events, "join"));
	fake.join_error = EPERM;
	expect_no_device(EPERM, "CAP_SYS_RAWIO");
	fake.join_error = EINVAL;
	expect_no_device(EINVAL, "another process");
	fake.join_error = 0;
	fake.set_iommu_error = ENODEV;
	expect_no_device(ENODEV, "CONFIG_VFIO_NOIOMMU");
	fake.set_iommu_error = 0;
	fake.get_device_error = ENODEV;
	fake.get_device_errors = 1;
	expect_no_device(ENODEV, "group");
	fake_write(FAKE_CONFIG + 8, UINT32_MAX, 4);
	expect_no_device(ENODEV, "bus");
}

static void test_patience(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device;

	(void)state;
	/* While the kernel resets it. */
	fake.get_device_error = EAGAIN;
	fake.get_device_errors = 3;
	device = open_device(space);
	assert_int_equal(fake.get_device_errors, 0);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_kinds_do_not_mix(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = NULL;

	(void)state;
	assert_int_equal(padma_device_open(space, "sim:nvme", &device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "sim"));
	assert_int_equal(padma_space_close(space), 0);
	fake.behind_iommu = true;
	expect_no_device(EINVAL, "IOMMU");
	assert_string_equal(fake.events, "");
	assert_null(device);
}

/* The descriptor is a device's like any other: registers, interrupts. */
static void test_a_device_of_a_group_is_a_device(void **state)
{
	struct padma_space *space = open_space_of("pagemap");
	struct padma_device *device = open_device(space);
	const struct padma_bar *bar = padma_device_bar(device, 0);
	int fds[2] = {eventfd(0, EFD_CLOEXEC), -1};

	(void)state;
	assert_non_null(bar);
	padma_bar_write32(bar, 8, 0xabcd1234);
	assert_int_equal(fake_read(FAKE_BAR(0) + 8, 4), 0xabcd1234);
	assert_int_equal(padma_device_irq_enable(device, fds, 2), 0);
	assert_int_equal(fake.irq_count, 2);
	assert_int_equal(eventfd_write(fake.request_fd, 1), 0);
	assert_int_equal(padma_device_close(device), 0);
	close(fds[0]);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_the_order_of_things, setup),
		cmocka_unit_test_setup(test_addresses_need_no_device, setup),
		cmocka_unit_test_setup(test_encrypted_memory, setup),
		cmocka_unit_test_setup(test_groups_that_cannot_be_had, setup),
		cmocka_unit_test_setup(test_devices_that_cannot_be_had, setup),
		cmocka_unit_test_setup(test_patience, setup),
		cmocka_unit_test_setup(test_kinds_do_not_mix, setup),
		cmocka_unit_test_setup(test_a_device_of_a_group_is_a_device, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
