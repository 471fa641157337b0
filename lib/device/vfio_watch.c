// SPDX-License-Identifier: BSD-3-Clause
/*
 * A thread that sleeps until the kernel wants the device back, or reports that it broke.
 *
 * Somebody unbinds the device, or presses the button of its slot: the kernel signals the request
 * eventfd and waits until the descriptor is closed. An uncorrectable error (AER) signals the error
 * eventfd. Either may come while no thread of the program looks at the device; so a thread of its
 * own turns them into padma_device_state() and its descriptor.
 */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device/vfio_device.h"

static bool drained(int fd)
{
	eventfd_t value;

	return eventfd_read(fd, &value) == 0;
}

/* After an error a function may be off the bus, or there and broken: either way it is to be closed.
 */
static void take_error(struct vfio_device *device)
{
	bool there = vfio_is_there(device);

	log_warning("%s: the bus reports an uncorrectable error; the device %s", device->name,
		    there ? "still answers; close it" : "is gone");
	device_set_state(&device->head, there ? PADMA_DEVICE_REMOVAL_REQUESTED : PADMA_DEVICE_GONE);
}

static void *watch(void *arg)
{
	struct vfio_device *device = arg;
	struct pollfd fds[] = {
		{.fd = device->stop_fd, .events = POLLIN},
		{.fd = device->request_fd, .events = POLLIN},
		{.fd = device->error_fd, .events = POLLIN},
	};

	for (;;) {
		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[0].revents)
			return NULL;
		if (fds[1].revents && drained(device->request_fd)) {
			log_info("%s: the kernel asks for it back; close it", device->name);
			device_set_state(&device->head, PADMA_DEVICE_REMOVAL_REQUESTED);
		}
		if (fds[2].revents && drained(device->error_fd))
			take_error(device);
	}
}

/* One of the two interrupts that are about the device itself: its eventfd in *fd, or -1 where the
 * kernel does not have it (errors are for PCI Express only). */
static int arm(const struct vfio_device *device, uint32_t index, int *fd)
{
	struct uapi_vfio_irq_info info;
	int rc;

	*fd = -1;
	if (vfio_irq_info(device->fd, index, &info) || info.count == 0)
		return 0;
	*fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (*fd < 0)
		return fail(-errno, "%s: no descriptor left for its events: %s", device->name,
			    strerror(errno));
	rc = vfio_irq_eventfds(device->fd, index, fd, 1);
	if (rc)
		return fail(rc, "%s: its removal could not be watched for: %s", device->name,
			    strerror(-rc));
	return 0;
}

static int start_thread(struct vfio_device *device)
{
	sigset_t all, before;
	int rc;

	/* Signals are the program's own threads'. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&device->watcher, NULL, watch, device);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		return fail(-rc, "%s: no thread to watch for its removal: %s", device->name,
			    strerror(rc));
	device->watching = true;
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int vfio_watch_start(struct vfio_device *device)
{
	int rc;

	device->request_fd = device->error_fd = -1;
	device->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (device->stop_fd < 0)
		return fail(-errno, "%s: no descriptor left for its events: %s", device->name,
			    strerror(errno));
	rc = arm(device, UAPI_VFIO_PCI_REQ_IRQ, &device->request_fd);
	if (rc == 0)
		rc = arm(device, UAPI_VFIO_PCI_ERR_IRQ, &device->error_fd);
	if (rc == 0)
		rc = start_thread(device);
	if (rc)
		vfio_watch_stop(device);
	return rc;
}

void vfio_watch_stop(struct vfio_device *device)
{
	if (device->watching) {
		(void)eventfd_write(device->stop_fd, 1);
		pthread_join(device->watcher, NULL);
	}
	device->watching = false;
	/* The kernel holds references of its own until the device is closed: nothing dangles. */
	close_fd(&device->request_fd);
	close_fd(&device->error_fd);
	close_fd(&device->stop_fd);
}
