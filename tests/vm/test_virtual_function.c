// SPDX-License-Identifier: BSD-3-Clause
/*
 * A virtual function of SR-IOV, QEMU's NVMe: its secondary controller is offline at first, and its
 * registers read as zeros while configuration space answers. It is not ready, and not gone.
 */
#include "vm_fixture.h"

#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>

#include <padma/nvme.h>

#include "nvme_snapshot.h"

#define PHYSICAL	     "0000:01:00.0"
#define VIRTUAL		     "0000:01:00.1"
#define PHYSICAL_ID	     0 /* CNTLID */
#define VIRTUAL_ID	     1

/* Virtualization Management (Base 2.0, 5.28). */
#define VIRTUALIZATION	     0x1c
#define ACT_PRIMARY_FLEXIBLE 1
#define ACT_OFFLINE	     7
#define ACT_ASSIGN	     8
#define ACT_ONLINE	     9
#define QUEUES		     0
#define INTERRUPTS	     1

/* Through the kernel driver of the physical function, which has the admin queue. */
static void manage(unsigned int act, unsigned int resource, unsigned int id, unsigned int count)
{
	struct nvme_admin_cmd command = {
		.opcode = VIRTUALIZATION,
		.cdw10 = act | resource << 8 | id << 16,
		.cdw11 = count,
	};
	int fd = open("/dev/nvme0", O_RDWR | O_CLOEXEC);
	int rc;

	assert_true(fd >= 0);
	rc = ioctl(fd, NVME_IOCTL_ADMIN_CMD, &command);
	if (rc)
		print_error("act %u: 0x%x, %s\n", act, rc, strerror(errno));
	assert_int_equal(rc, 0);
	close(fd);
}

static int make_the_function(void **state)
{
	(void)state;
	/* QEMU gives all flexible resources to the primary controller; it frees them at its reset. */
	manage(ACT_PRIMARY_FLEXIBLE, INTERRUPTS, PHYSICAL_ID, 0);
	manage(ACT_PRIMARY_FLEXIBLE, QUEUES, PHYSICAL_ID, 0);
	write_sysfs("../../class/nvme/nvme0", "reset_controller", "1");
	write_function(PHYSICAL, "sriov_drivers_autoprobe", "0");
	write_function(PHYSICAL, "sriov_numvfs", "1");
	give_to(VIRTUAL, "vfio-pci");
	return 0;
}

static void go_online(void)
{
	manage(ACT_ASSIGN, INTERRUPTS, VIRTUAL_ID, 1);
	manage(ACT_ASSIGN, QUEUES, VIRTUAL_ID, 2);
	manage(ACT_ONLINE, 0, VIRTUAL_ID, 0);
}

static struct padma_device *open_virtual(struct padma_space *space)
{
	struct padma_device *device = NULL;

	must(padma_device_open(space, VIRTUAL, &device));
	return device;
}

static void test_offline(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_virtual(space);
	struct padma_nvme *nvme = NULL;

	(void)state;
	assert_int_equal(padma_bar_read64(padma_device_bar(device, 0), 0), 0);
	expect_error(padma_nvme_open(device, NULL, &nvme), EIO, "Virtualization Management");
	assert_null(nvme);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	must(padma_device_close(device));
	must(padma_space_close(space));
}

struct outcome {
	int calls;
	int error;
};

static void note(void *ctx, int error, uint16_t status)
{
	struct outcome *outcome = ctx;

	(void)status;
	outcome->calls++;
	outcome->error = error;
}

/* Online it is a normal controller; offline again, during I/O, it is not ready. */
static void test_online_and_offline_again(void **state)
{
	struct padma_space *space = open_space();
	struct padma_device *device = open_virtual(space);
	struct padma_nvme_queue *queue = NULL;
	struct padma_nvme *nvme = NULL;
	struct outcome outcome = {0};
	void *buffer = NULL;
	int rc = 0;

	(void)state;
	go_online();
	must(padma_nvme_open(device, NULL, &nvme));
	assert_int_equal(nvme_info(nvme).cntlid, VIRTUAL_ID);
	assert_int_equal(nvme_info(nvme).namespaces, 1);
	must(padma_nvme_queue_open(nvme, NULL, &queue));
	must(padma_space_alloc(space, 4096, NULL, &buffer));
	must(padma_nvme_read(queue, 1, buffer, 0, 8, note, &outcome));
	assert_int_equal(padma_nvme_submit(queue), 1);
	while (outcome.calls == 0)
		assert_true(padma_nvme_poll(queue, 0) >= 0);
	must(outcome.error);

	manage(ACT_OFFLINE, 0, VIRTUAL_ID, 0);
	must(padma_nvme_read(queue, 1, buffer, 0, 8, note, &outcome));
	while (rc >= 0)
		rc = padma_nvme_poll(queue, 0);
	expect_error(rc, EIO, "not ready");
	assert_int_equal(padma_nvme_state(nvme), PADMA_NVME_FAILED);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	/* Zeros do not prove that it is disabled: it is reset, and its command ends. */
	assert_int_equal(outcome.calls, 1);
	expect_error(padma_nvme_queue_close(queue), EIO, "");
	assert_int_equal(outcome.calls, 2);
	assert_int_equal(outcome.error, -ECANCELED);
	must(padma_nvme_close(nvme));
	padma_space_free(space, buffer);
	must(padma_device_close(device));
	must(padma_space_close(space));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offline),
		cmocka_unit_test(test_online_and_offline_again),
	};

	return cmocka_run_group_tests(tests, make_the_function, NULL);
}
