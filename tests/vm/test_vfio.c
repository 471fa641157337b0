// SPDX-License-Identifier: BSD-3-Clause
/* A real PCI function, QEMU's NVMe controller, through VFIO: registers, reset, interrupts, removal.
 */
#include "vm_fixture.h"

#include <endian.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include <padma/nvme.h>

#include "device/vfio/find.h"

#define BUS_MASTER 4
#define MEMORY	   2

static void test_configuration_space(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	uint8_t ids[4], again[4096];

	(void)state;
	must(padma_device_config_read(device, 0, ids, 4));
	assert_memory_equal(ids, "\x36\x1b\x10\x00", 4);
	must(padma_device_config_read(device, 0, again, sizeof(again)));
	assert_memory_equal(ids, again, 4);
	assert_int_equal(padma_device_config_read(device, 4093, ids, 4), -EINVAL);
	padma_device_close(device);
	must(padma_space_close(space));
}

static void test_registers(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	const struct padma_bar *bar = padma_device_bar(device, 0);

	(void)state;
	assert_non_null(bar);
	assert_true(bar->bytes >= 0x1000);
	assert_non_null(padma_bar_direct(bar, 0, 8));
	/* CAP and VS, mapped and by system calls. */
	assert_int_equal(padma_bar_read64(bar, 0), padma_bar_slow_read(bar, 0, 8));
	assert_int_equal(padma_bar_read32(bar, 8), padma_bar_slow_read(bar, 8, 4));
	assert_true(padma_bar_read32(bar, 8) >= 0x00010000);
	/* AQA keeps what is written, either way. */
	padma_bar_slow_write(bar, 0x24, 0x000f000f, 4);
	assert_int_equal(padma_bar_read32(bar, 0x24), 0x000f000f);
	padma_bar_write32(bar, 0x24, 0x00070007);
	assert_int_equal(padma_bar_slow_read(bar, 0x24, 4), 0x00070007);
	padma_device_close(device);
	must(padma_space_close(space));
}

/* A function with memory space disabled: VFIO raises SIGBUS, and the library reports the device as gone. */
static void test_memory_turned_off(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	const struct padma_bar *bar = padma_device_bar(device, 0);
	uint16_t command = htole16(BUS_MASTER);

	(void)state;
	must(padma_device_catch_sigbus());
	assert_true(padma_bar_read32(bar, 8) >= 0x00010000);
	master_the_bus(device);
	must(padma_device_config_write(device, 4, &command, 2));
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);
	assert_int_equal(padma_bar_read32(bar, 8), UINT32_MAX);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	/* A device that is gone gets no more memory, and must not write to its former memory. */
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	padma_bar_write32(bar, 0x1000, 1);
	padma_device_close(device);
	/* After close and open it works again. */
	device = open_device(space, 0);
	assert_true(padma_bar_read32(padma_device_bar(device, 0), 8) >= 0x00010000);
	padma_device_close(device);
	must(padma_space_close(space));
}

/* In a container's /dev, the names of two devices may be swapped. */
static void exchange_nodes(const char *directory, const char *const names[2])
{
	char one[256], other[256];

	snprintf(one, sizeof(one), "%s/%s", directory, names[0]);
	snprintf(other, sizeof(other), "%s/%s", directory, names[1]);
	assert_int_equal(renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE), 0);
}

static void test_nodes_that_are_anothers(void **state)
{
	static const struct {
		const char *backend, *directory;
		bool group;
	} ways[] = {{"noiommu", "/dev/vfio/devices", false}, {"pagemap", "/dev/vfio", true}};
	struct vfio_node nodes[2];

	(void)state;
	for (unsigned int i = 0; i < 2; i++)
		must(vfio_find("/sys", bdf(i), &nodes[i]));
	for (size_t way = 0; way < ARRAY_SIZE(ways); way++) {
		const bool group = ways[way].group;
		const char *const names[2] = {group ? nodes[0].group : nodes[0].cdev,
					      group ? nodes[1].group : nodes[1].cdev};
		struct padma_space *space = open_space_of(ways[way].backend);
		struct padma_device *device = NULL;

		exchange_nodes(ways[way].directory, names);
		for (unsigned int i = 0; i < 2; i++)
			expect_error(padma_device_open(space, bdf(i), &device), ENODEV, "node");
		exchange_nodes(ways[way].directory, names);
		must(padma_device_close(open_device(space, 0)));
		must(padma_space_close(space));
	}
}

static void test_bus_mastering(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);

	(void)state;
	assert_int_equal(command_register(0) & (BUS_MASTER | MEMORY), MEMORY);
	assert_int_equal(padma_device_bus_master(device, true), -EPERM);
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	master_the_bus(device);
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);
	must(padma_device_bus_master(device, false));
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	assert_int_equal(padma_device_bus_master(device, true), -EPERM);
	master_the_bus(device);
	must(padma_device_quiesce(device));
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	master_the_bus(device);
	must(padma_device_close(device));
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	must(padma_space_close(space));
}

static void test_reset(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	const struct padma_bar *bar = padma_device_bar(device, 0);

	(void)state;
	/* QEMU's NVMe controller has a function level reset. */
	assert_int_equal(padma_device_reset_kind(device), PADMA_RESET_FLR);
	master_the_bus(device);
	make_ready(space, bar);
	must(padma_device_reset(device));
	/* Not ready, but the registers are accessible. */
	assert_int_equal(padma_bar_read32(bar, 0x1c) & 1, 0);
	assert_int_equal(command_register(0) & (BUS_MASTER | MEMORY), MEMORY);
	must(padma_device_bus_master(device, true));
	must(padma_device_close(device));
	must(padma_space_close(space));
}

static void count_call(void *ctx, int error, uint16_t status)
{
	assert_int_equal(error, 0);
	assert_int_equal(status, 0);
	++*(int *)ctx;
}

/* A completion's interrupt arrives at the eventfd of its vector. */
static void test_interrupts(void **state)
{
	struct padma_nvme_queue_params params = {.irq = 2}; /* vector 1 */
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	struct padma_nvme_queue *queue;
	struct padma_nvme *nvme;
	struct pollfd event = {.fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN};
	int fds[2] = {-1, event.fd}, calls = 0;
	void *buffer;

	(void)state;
	assert_true(padma_device_irq_count(device) >= 2);
	must(padma_nvme_open(device, NULL, &nvme));
	must(padma_device_irq_enable(device, fds, 2));
	must(padma_nvme_queue_open(nvme, &params, &queue));
	must(padma_space_alloc(space, 4096, NULL, &buffer));
	for (int i = 0; i < 2; i++) {
		eventfd_t value;

		must(padma_nvme_read(queue, 1, buffer, 0, 1, count_call, &calls));
		assert_int_equal(padma_nvme_submit(queue), 1);
		assert_int_equal(poll(&event, 1, 30000), 1);
		must(eventfd_read(event.fd, &value));
		assert_int_equal(padma_nvme_poll(queue, 0), 1);
		assert_int_equal(calls, i + 1);
		/* Again after a reset, which turns them off and on. */
		padma_nvme_reset_begin(nvme);
		assert_int_equal(padma_nvme_poll(queue, 0), 0);
		must(padma_nvme_reset_finish(nvme));
		assert_int_equal(padma_nvme_poll(queue, 0), 0);
	}
	must(padma_device_irq_enable(device, NULL, 0));
	must(padma_nvme_queue_close(queue));
	must(padma_nvme_close(nvme));
	padma_device_close(device);
	must(padma_space_close(space));
	close(event.fd);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		print_error("%s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Last: the device is unbound while it is open. The kernel requests it, and waits for the close. */
static void test_removal_is_requested(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 1), *again = NULL;
	struct pollfd event = {.fd = padma_device_removal_fd(device), .events = POLLIN};
	uint8_t id[2];
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	pid = fork();
	assert_true(pid >= 0);
	/* A separate program, so that it does not hold the device by an inherited descriptor. */
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "echo $0 > /sys/bus/pci/drivers/vfio-pci/unbind",
		      bdf(1), NULL);
		_exit(127);
	}
	assert_int_equal(poll(&event, 1, 60000), 1);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_REMOVAL_REQUESTED);
	/* It works until it is closed. */
	must(padma_device_config_read(device, 0, id, 2));
	assert_memory_equal(id, "\x36\x1b", 2);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	padma_device_close(device);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	expect_error(padma_device_open(space, bdf(1), &again), ENODEV, "no driver");
	/* Others are not affected. */
	device = open_device(space, 0);
	padma_device_close(device);
	write_file("/sys/bus/pci/drivers_probe", bdf(1));
	device = open_device(space, 1);
	padma_device_close(device);
	must(padma_space_close(space));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_configuration_space),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_memory_turned_off),
		cmocka_unit_test(test_bus_mastering),
		cmocka_unit_test(test_nodes_that_are_anothers),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_removal_is_requested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
