// SPDX-License-Identifier: BSD-3-Clause
/* The backend noiommu and the VFIO provider over the fake kernel. */
#include "test.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fake_kernel/fixture.h"
#include "kernel/vfio_uapi.h"

static char page[8192] __attribute__((aligned(4096)));

static void expect_no_space(int error, const char *words)
{
	const struct padma_space_params params = {.backend = "noiommu", .window_bytes = 1 << 30};
	struct padma_space *space = NULL;

	assert_int_equal(padma_space_open(&params, &space), -error);
	assert_non_null(strstr(padma_last_error(), words));
	assert_null(space);
	assert_int_equal(fake.objects, 0);
}

static void test_unsuitable_kernels(void **state)
{
	(void)state;
	fake.iommu_open_error = ENOENT;
	expect_no_space(ENOENT, "CONFIG_IOMMUFD");
	fake.iommu_open_error = EACCES;
	expect_no_space(EACCES, "permission");
	fake.iommu_open_error = EMFILE;
	expect_no_space(EMFILE, "Too many open files");
	fake.iommu_open_error = 0;
	fake.get_pa_error = ENOTTY;
	expect_no_space(ENOTTY, "Linux 7.3");
	fake.get_pa_error = EOPNOTSUPP;
	expect_no_space(EOPNOTSUPP, "CONFIG_IOMMUFD_NOIOMMU");
	fake.get_pa_error = EPERM;
	expect_no_space(EPERM, "CAP_SYS_RAWIO");
	fake.get_pa_error = EIO;
	expect_no_space(EIO, "Input/output error");
	fake.encrypted = true;
	expect_no_space(EOPNOTSUPP, "encrypted");
}

static void test_auto_says_why_not(void **state)
{
	const struct padma_space_params params = {.window_bytes = 1 << 30};
	struct padma_space_info info;
	struct padma_space *space;

	(void)state;
	fake.get_pa_error = ENOTTY;
	fake.pagemap_error = EPERM;
	assert_int_equal(padma_space_open(&params, &space), 0);
	padma_space_info(space, &info);
	assert_string_equal(info.backend, "sim");
	assert_non_null(strstr(info.why, "noiommu"));
	assert_non_null(strstr(info.why, "Linux 7.3"));
	assert_non_null(strstr(info.why, "pagemap"));
	assert_non_null(strstr(info.why, "CAP_SYS_ADMIN"));
	assert_non_null(strstr(info.why, "simulated"));
	assert_int_equal(padma_space_close(space), 0);
}

static void test_the_order_of_things(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device = open_device(space);
	struct padma_space_info info;

	(void)state;
	padma_space_info(space, &info);
	assert_string_equal(info.backend, "noiommu");
	assert_non_null(strstr(info.why, "requested"));
	assert_int_equal(info.devices, 1);
	MASTERING(false);
	padma_device_declare_quiesced(device);
	assert_int_equal(padma_device_bus_master(device, true), 0);
	MASTERING(true);
	/* The kernel would restore bus mastering after the reset. */
	assert_int_equal(padma_device_reset(device), 0);
	MASTERING(false);
	assert_int_equal(padma_device_bus_master(device, true), 0);
	assert_int_equal(padma_device_close(device), 0);
	assert_string_equal(fake.events, "bind hwpt attach reset detach close ");
	assert_int_equal(fake.open_nodes, 0);
	assert_int_equal(fake.objects, 2);
	assert_int_equal(padma_space_close(space), 0);
	assert_int_equal(fake.objects, 0);
}

static void test_addresses_outlive_a_device(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device;
	padma_dma_t before;

	(void)state;
	/* A MAP before the first device pins nothing. */
	assert_int_equal(padma_space_register(space, page + 5, 5000), 0);
	assert_int_equal(padma_dma(space, page + 5), PADMA_DMA_NONE);
	device = open_device(space);
	before = padma_dma(space, page + 5);
	assert_int_equal(before, fake_phys(page + 5));
	assert_true(before != 0);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_dma(space, page + 5), fake_phys(page + 5));
	device = open_device(space);
	assert_int_equal(padma_dma(space, page + 5), before);
	assert_int_equal(fake_phys(page + 5), before);
	/* One page table for both. */
	assert_string_equal(fake.events, "bind hwpt attach detach close bind attach ");
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_unregister(space, page + 5, 5000), 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void expect_no_device(int error, const char *word)
{
	expect_no_device_in("noiommu", 1u, error, word);
}

static void test_devices_that_cannot_be_had(void **state)
{
	(void)state;
	fake.node_open_error = EPERM;
	fake.node_open_errors = 1;
	expect_no_device(EPERM, "CAP_SYS_RAWIO");
	fake.node_open_error = EBUSY;
	fake.node_open_errors = 1;
	expect_no_device(EBUSY, "this process");
	fake.node_open_error = ENOENT;
	fake.node_open_errors = 1;
	expect_no_device(ENOENT, "/dev/vfio/devices/noiommu-vfio0");
	/* A name that is another device's: it is not bound. */
	fake.node_of_another = true;
	expect_no_device(ENODEV, "node");
	fake.node_of_another = false;
	assert_null(strstr(fake.events, "bind"));
	fake.bind_error = EINVAL;
	fake.bind_errors = 1;
	expect_no_device(EBUSY, "this process");
	fake.bind_error = EPERM;
	fake.bind_errors = 1;
	expect_no_device(EPERM, "CAP_SYS_RAWIO");
	fake.hwpt_error = ENOMEM;
	expect_no_device(ENOMEM, "pinned");
	fake.hwpt_error = EOPNOTSUPP;
	expect_no_device(EOPNOTSUPP, "CONFIG_IOMMUFD_NOIOMMU");
	fake.hwpt_error = 0;
	fake.attach_error = EINVAL;
	expect_no_device(EINVAL, "memory");
	fake.attach_error = 0;
	fake.no_cdev = true;
	expect_no_device(ENODEV, "pagemap");
	fake.no_cdev = false;
	fake_write(FAKE_CONFIG + 8, UINT32_MAX, 4);
	expect_no_device(ENODEV, "bus");
}

static void test_without_interrupt_remapping(void **state)
{
	const struct padma_space_params params = {.backend = "iommu", .window_bytes = 1 << 30};
	struct padma_device *device = NULL;
	struct padma_space *space;

	(void)state;
	fake.behind_iommu = true;
	fake.bind_error = EPERM;
	fake.bind_errors = 1;
	assert_int_equal(padma_space_open(&params, &space), 0);
	assert_int_equal(padma_device_open(space, FAKE_BDF, &device), -EPERM);
	assert_non_null(strstr(padma_last_error(), "interrupt remapping"));
	assert_non_null(strstr(padma_last_error(), "allow_unsafe_interrupts"));
	assert_int_equal(fake.open_nodes, 0);
	assert_int_equal(padma_device_open(space, "sim:nvme", &device), -EINVAL);
	/* And a device without an IOMMU is refused here. */
	fake.behind_iommu = false;
	assert_int_equal(padma_device_open(space, FAKE_BDF, &device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "noiommu"));
	assert_int_equal(padma_space_close(space), 0);
}

static void test_kinds_do_not_mix(void **state)
{
	const struct padma_space_params params = {
		.backend = "sim", .window_bytes = 1 << 30, .page_bytes = 4096};
	struct padma_device *device = NULL;
	struct padma_space *space;

	(void)state;
	fake.behind_iommu = true;
	expect_no_device(EINVAL, "backend iommu");
	assert_string_equal(fake.events, "");
	fake.behind_iommu = false;
	assert_int_equal(padma_space_open(&params, &space), 0);
	assert_int_equal(padma_device_open(space, FAKE_BDF, &device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "noiommu or pagemap"));
	fake.nothing_works = true;
	assert_int_equal(padma_device_open(space, FAKE_BDF, &device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "kind 1 (a reason)"));
	assert_int_equal(padma_space_close(space), 0);
	space = open_space_of("noiommu");
	assert_int_equal(padma_device_open(space, "sim:nvme", &device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "sim"));
	assert_int_equal(padma_space_close(space), 0);
	assert_null(device);
}

static void test_patience(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device;

	(void)state;
	/* While the kernel resets it. */
	fake.node_open_error = EAGAIN;
	fake.node_open_errors = 3;
	fake.bind_error = EAGAIN;
	fake.bind_errors = 3;
	device = open_device(space);
	assert_int_equal(fake.node_open_errors, 0);
	assert_int_equal(fake.bind_errors, 0);
	fake.reset_error = EAGAIN;
	fake.reset_errors = 3;
	assert_int_equal(padma_device_reset(device), 0);
	assert_int_equal(fake.reset_errors, 0);
	fake.reset_error = ENOTTY;
	fake.reset_errors = 1;
	assert_int_equal(padma_device_reset(device), -ETIMEDOUT);
	assert_int_equal(padma_device_close(device), 0);
	fake.cannot_reset = true;
	device = open_device(space);
	assert_int_equal(padma_device_reset(device), -ENOTSUP);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* Registers of BAR 0 by both widths; which of them are mapped differs. */
static void check_registers(const struct padma_bar *bar)
{
	for (uint64_t at = 0; at < FAKE_BAR0_BYTES; at += 4096 - 8) {
		fake_write(FAKE_BAR(0) + at, 0x1234 + (uint32_t)at, 4);
		assert_int_equal(padma_bar_read32(bar, at), 0x1234 + at);
		padma_bar_write32(bar, at, 0xabcd0000);
		assert_int_equal(fake_read(FAKE_BAR(0) + at, 4), 0xabcd0000);
		padma_bar_write64(bar, at, 0x1122334455667788);
		assert_int_equal(fake_read(FAKE_BAR(0) + at, 4), 0x55667788);
		assert_int_equal(padma_bar_read64(bar, at), 0x1122334455667788);
	}
	assert_int_equal(padma_bar_read32(bar, FAKE_BAR0_BYTES), UINT32_MAX);
}

static void test_registers(void **state)
{
	static const struct {
		enum fake_bar0 how;
		bool mapped[4]; /* each page */
	} cases[] = {
		{FAKE_MAPPED, {true, true, true, true}},
		{FAKE_SPARSE, {true, false, true, true}},
		{FAKE_TRAPPED, {false}},
	};
	struct padma_space *space = open_space_of("noiommu");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct padma_bar *bar;
		struct padma_device *device;

		fake.bar0 = cases[i].how;
		device = open_device(space);
		bar = padma_device_bar(device, 0);
		assert_non_null(bar);
		assert_int_equal(bar->bytes, FAKE_BAR0_BYTES);
		for (unsigned int p = 0; p < 4; p++)
			assert_int_equal(padma_bar_direct(bar, 4096 * p, 4096) != NULL,
					 cases[i].mapped[p]);
		check_registers(bar);
		assert_int_equal(padma_device_close(device), 0);
	}
	assert_int_equal(padma_space_close(space), 0);
}

static void test_what_is_no_memory_is_no_bar(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device;

	(void)state;
	fake.bar1_is_io = true;
	fake_write(FAKE_CONFIG + 0x14, 0xc001, 4);
	device = open_device(space);
	assert_null(padma_device_bar(device, 1)); /* I/O ports */
	assert_null(padma_device_bar(device, 2)); /* not implemented */
	/* Memory decoding is on. */
	assert_int_equal(fake_read(FAKE_COMMAND, 2) & 2, 2);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_configuration_space(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device = open_device(space);
	uint8_t bytes[4];

	(void)state;
	assert_int_equal(padma_device_config_read(device, 0, bytes, 4), 0);
	assert_memory_equal(bytes, "\x36\x1b\x10\x00", 4);
	assert_int_equal(padma_device_config_write(device, 4092, "\1\2\3\4", 4), 0);
	assert_int_equal(fake_read(FAKE_CONFIG + 4092, 4), 0x04030201);
	assert_int_equal(padma_device_config_read(device, 4093, bytes, 4), -EINVAL);
	/* All ones in a register are a value; all ones in the class are an empty slot. */
	fake_write(FAKE_CONFIG + 0x40, UINT32_MAX, 4);
	assert_int_equal(padma_device_config_read(device, 0x40, bytes, 4), 0);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	assert_int_equal(padma_device_check(device), PADMA_DEVICE_OK);
	/* Then the ids, which the kernel has cached, are not returned either. */
	fake_write(FAKE_CONFIG + 8, UINT32_MAX, 4);
	assert_int_equal(padma_device_config_read(device, 0, bytes, 4), -ENODEV);
	assert_memory_equal(bytes, "\xff\xff\xff\xff", 4);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_config_write(device, 0x40, bytes, 4), -ENODEV);
	assert_int_equal(padma_device_reset(device), -ENODEV);
	assert_int_equal(padma_device_bus_master(device, true), -ENODEV);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_close(space), 0);
}

/* A removal that was not reported: the next access to configuration space detects it. */
static void test_a_silent_removal(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	eventfd_t value;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct padma_device *device = open_device(space);

		fake_write(FAKE_CONFIG + 8, UINT32_MAX, 4);
		assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
		if (i)
			assert_int_equal(padma_device_config_write(device, 0x40, "\1", 1), -ENODEV);
		else
			assert_int_equal(padma_device_check(device), PADMA_DEVICE_GONE);
		assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
		assert_int_equal(eventfd_read(padma_device_removal_fd(device), &value), 0);
		assert_int_equal(padma_device_close(device), 0);
		fake_write(FAKE_CONFIG + 8, 0x01080202, 4);
	}
	assert_int_equal(padma_space_close(space), 0);
}

static void wait_for(const struct padma_device *device, enum padma_device_state state)
{
	struct pollfd removal = {.fd = padma_device_removal_fd(device), .events = POLLIN};

	assert_int_equal(poll(&removal, 1, 60000), 1);
	assert_int_equal(padma_device_state(device), state);
}

static void test_the_kernel_asks_for_it_back(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device = open_device(space);
	eventfd_t value;

	(void)state;
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	assert_int_equal(eventfd_read(padma_device_removal_fd(device), &value), -1);
	assert_int_equal(eventfd_write(fake.request_fd, 1), 0);
	wait_for(device, PADMA_DEVICE_REMOVAL_REQUESTED);
	assert_int_equal(padma_device_close(device), 0);
	/* Its removal is requested although it was already removed. */
	device = open_device(space);
	fake_write(FAKE_CONFIG + 8, UINT32_MAX, 4);
	assert_int_equal(eventfd_write(fake.request_fd, 1), 0);
	wait_for(device, PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_close(device), 0);
	fake_write(FAKE_CONFIG + 8, 0x01080202, 4);
	/* An error on the bus: it answers, or it does not. */
	device = open_device(space);
	assert_int_equal(eventfd_write(fake.error_fd, 1), 0);
	wait_for(device, PADMA_DEVICE_REMOVAL_REQUESTED);
	assert_int_equal(padma_device_close(device), 0);
	device = open_device(space);
	fake_write(FAKE_CONFIG + 8, UINT32_MAX, 4);
	assert_int_equal(eventfd_write(fake.error_fd, 1), 0);
	wait_for(device, PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_close(device), 0);
	/* A conventional PCI function reports no errors. */
	fake_write(FAKE_CONFIG + 8, 0x01080202, 4);
	fake.no_aer = true;
	fake.error_fd = -1;
	device = open_device(space);
	assert_int_equal(fake.error_fd, -1);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_unsuitable_kernels, setup),
		cmocka_unit_test_setup(test_auto_says_why_not, setup),
		cmocka_unit_test_setup(test_the_order_of_things, setup),
		cmocka_unit_test_setup(test_addresses_outlive_a_device, setup),
		cmocka_unit_test_setup(test_devices_that_cannot_be_had, setup),
		cmocka_unit_test_setup(test_without_interrupt_remapping, setup),
		cmocka_unit_test_setup(test_kinds_do_not_mix, setup),
		cmocka_unit_test_setup(test_patience, setup),
		cmocka_unit_test_setup(test_registers, setup),
		cmocka_unit_test_setup(test_what_is_no_memory_is_no_bar, setup),
		cmocka_unit_test_setup(test_configuration_space, setup),
		cmocka_unit_test_setup(test_a_silent_removal, setup),
		cmocka_unit_test_setup(test_the_kernel_asks_for_it_back, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
