// SPDX-License-Identifier: BSD-3-Clause
/*
 * Removal requests and errors of several devices while the kernel blocks one of them: its configuration
 * space does not respond for as long as the function is being reset.
 */
#include "test.h"

#include <poll.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device/vfio/device.h"

ssize_t __real_pread(int fd, void *data, size_t bytes, off_t offset);
ssize_t __wrap_pread(int fd, void *data, size_t bytes, off_t offset);
int __wrap_ioctl(int fd, unsigned long request, ...);

/* A device that blocked the others would end the test here. */
#define TIME_LIMIT_S 60

static int held_up = -1; /* the descriptor; atomic */
static sem_t is_held_up, goes_on;
static int no_thread;

/* The two interrupts that are about the device itself: there, and taken. */
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	const struct uapi_vfio_irq_set *set;
	struct uapi_vfio_irq_info *info;
	va_list args;

	(void)fd;
	va_start(args, request);
	set = va_arg(args, void *);
	va_end(args);
	if ((request & 0xff) == UAPI_VFIO_GET_IRQ_INFO) {
		info = (void *)(uintptr_t)set;
		info->count = 1;
	} else {
		assert_int_equal(request & 0xff, UAPI_VFIO_SET_IRQS);
		assert_int_equal(set->count, 1);
	}
	return 0;
}

ssize_t __wrap_pread(int fd, void *data, size_t bytes, off_t offset)
{
	if (fd == __atomic_load_n(&held_up, __ATOMIC_ACQUIRE)) {
		sem_post(&is_held_up);
		sem_wait(&goes_on);
	}
	return __real_pread(fd, data, bytes, offset);
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
	/* Configuration space of zeros: not all ones, so that the device is there. */
	*device = (struct vfio_device){
		.name = "0000:00:04.0",
		.fd = memfd_create("device", MFD_CLOEXEC),
		.config = {.bytes = 4096, .readable = true},
	};
	assert_int_equal(ftruncate(device->fd, 4096), 0);
	device->head.removal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(device->head.removal_fd >= 0);
	assert_int_equal(vfio_removal_start(device), 0);
}

static void stop(struct vfio_device *device)
{
	vfio_removal_stop(device);
	close(device->fd);
	close(device->head.removal_fd);
}

static void expect_state(const struct vfio_device *device, enum padma_device_state state)
{
	struct pollfd news = {.fd = device->head.removal_fd, .events = POLLIN};

	assert_int_equal(poll(&news, 1, TIME_LIMIT_S * 1000), 1);
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
	__atomic_store_n(&held_up, slow.fd, __ATOMIC_RELEASE);
	assert_int_equal(eventfd_write(slow.request_fd, 1), 0);
	sem_wait(&is_held_up);
	/* Others are opened, get their own events, and are closed. */
	start(&third);
	assert_int_equal(eventfd_write(other.request_fd, 1), 0);
	expect_state(&other, PADMA_DEVICE_REMOVAL_REQUESTED);
	assert_int_equal(eventfd_write(third.error_fd, 1), 0);
	expect_state(&third, PADMA_DEVICE_REMOVAL_REQUESTED);
	stop(&other);
	stop(&third);
	assert_int_equal(padma_device_state(&slow.head), PADMA_DEVICE_OK);
	__atomic_store_n(&held_up, -1, __ATOMIC_RELEASE);
	sem_post(&goes_on);
	expect_state(&slow, PADMA_DEVICE_REMOVAL_REQUESTED);
	stop(&slow);
}

static void test_without_a_thread(void **state)
{
	struct vfio_device device = {.name = "0000:00:04.0", .fd = -1};

	(void)state;
	no_thread = EAGAIN;
	assert_int_equal(vfio_removal_start(&device), -EAGAIN);
	no_thread = 0;
	assert_int_equal(device.stop_fd, -1);
	assert_int_equal(device.request_fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_is_held_up),
		cmocka_unit_test(test_without_a_thread),
	};

	alarm(TIME_LIMIT_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
