// SPDX-License-Identifier: BSD-3-Clause
/*
 * Devices that are watched for what the kernel says of them, while the kernel holds one of them up: its
 * configuration space does not answer for as long as the function is being reset.
 */
#include "test.h"

#include <poll.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device/vfio/device.h"

int __wrap_vfio_irq_info(int fd, uint32_t index, struct uapi_vfio_irq_info *info);
int __wrap_vfio_irq_eventfds(int fd, uint32_t index, const int32_t *fds, unsigned int count);
enum vfio_presence __wrap_vfio_look(const struct vfio_device *device);

/* A device that would hold up the others ends the test here. */
#define PATIENCE_S 60

static const struct vfio_device *held_up; /* atomic */
static sem_t is_held_up, goes_on;
static int no_thread;

int __wrap_vfio_irq_info(int fd, uint32_t index, struct uapi_vfio_irq_info *info)
{
	(void)fd;
	*info = (struct uapi_vfio_irq_info){.index = index, .count = 1};
	return 0;
}

int __wrap_vfio_irq_eventfds(int fd, uint32_t index, const int32_t *fds, unsigned int count)
{
	(void)fd;
	(void)index;
	assert_true(count == 1 && fds[0] >= 0);
	return 0;
}

enum vfio_presence __wrap_vfio_look(const struct vfio_device *device)
{
	if (device == __atomic_load_n(&held_up, __ATOMIC_ACQUIRE)) {
		sem_post(&is_held_up);
		sem_wait(&goes_on);
	}
	return VFIO_PRESENT;
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*fn)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*fn)(void *),
			  void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*fn)(void *),
			  void *arg)
{
	return no_thread ? no_thread : __real_pthread_create(thread, attributes, fn, arg);
}

static void start(struct vfio_device *device)
{
	*device = (struct vfio_device){.name = "0000:00:04.0", .fd = -1};
	device->head.removal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(device->head.removal_fd >= 0);
	assert_int_equal(vfio_watch_start(device), 0);
}

static void stop(struct vfio_device *device)
{
	vfio_watch_stop(device);
	close(device->head.removal_fd);
}

static void expect_state(const struct vfio_device *device, enum padma_device_state state)
{
	struct pollfd news = {.fd = device->head.removal_fd, .events = POLLIN};

	assert_int_equal(poll(&news, 1, PATIENCE_S * 1000), 1);
	assert_int_equal(padma_device_state(&device->head), state);
}

static void test_one_is_held_up(void **state)
{
	static struct vfio_device slow, other, third;

	(void)state;
	sem_init(&is_held_up, 0, 0);
	sem_init(&goes_on, 0, 0);
	start(&slow);
	start(&other);
	__atomic_store_n(&held_up, &slow, __ATOMIC_RELEASE);
	assert_int_equal(eventfd_write(slow.request_fd, 1), 0);
	sem_wait(&is_held_up);
	/* Others are opened, hear of what concerns them, and are closed. */
	start(&third);
	assert_int_equal(eventfd_write(other.request_fd, 1), 0);
	expect_state(&other, PADMA_DEVICE_REMOVAL_REQUESTED);
	assert_int_equal(eventfd_write(third.error_fd, 1), 0);
	expect_state(&third, PADMA_DEVICE_REMOVAL_REQUESTED);
	stop(&other);
	stop(&third);
	assert_int_equal(padma_device_state(&slow.head), PADMA_DEVICE_OK);
	__atomic_store_n(&held_up, NULL, __ATOMIC_RELEASE);
	sem_post(&goes_on);
	expect_state(&slow, PADMA_DEVICE_REMOVAL_REQUESTED);
	stop(&slow);
}

static void test_no_thread_to_be_had(void **state)
{
	struct vfio_device device = {.name = "0000:00:04.0", .fd = -1};

	(void)state;
	no_thread = EAGAIN;
	assert_int_equal(vfio_watch_start(&device), -EAGAIN);
	no_thread = 0;
	assert_int_equal(device.stop_fd, -1);
	assert_int_equal(device.request_fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_is_held_up),
		cmocka_unit_test(test_no_thread_to_be_had),
	};

	alarm(PATIENCE_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
