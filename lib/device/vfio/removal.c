// SPDX-License-Identifier: BSD-3-Clause
/*
 * Waiting for removal requests and for errors of the device.
 *
 * The device is unbound, or the button of its slot is pressed: the kernel signals the request
 * eventfd and waits until the descriptor is closed. An uncorrectable error (AER) signals the error
 * eventfd. Either may come while no thread of the program looks at the device; so a thread turns them
 * into padma_device_state() and its descriptor.
 *
 * Each device has its own, asleep in poll(): to see whether a function is still there is to read its
 * configuration space, which the kernel holds up while it resets the function, for a minute if it does
 * not come back (pci_dev_wait()). Other devices are opened and closed meanwhile.
 */
#define PADMA_PART "vfio"
#include "base/base.h"
#include "base/thread.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "device/vfio/device.h"

#define PAUSE_NS 10000000

/* After an error a function may be off the bus, or there and broken: either way it is to be closed.
 */
static void take_error(struct vfio_device *device)
{
	bool there = vfio_look(device) != DEVICE_OFF_THE_BUS;

	log_warning("%s: the bus reports an uncorrectable error; the device %s", device->name,
		    there ? "still answers; close it" : "is gone");
	device_set_state(&device->head, there ? PADMA_DEVICE_REMOVAL_REQUESTED : PADMA_DEVICE_GONE);
}

/* A device that was pulled out gets a removal request, too: the kernel waits for its close either way. */
static void take_request(struct vfio_device *device)
{
	bool there = vfio_look(device) != DEVICE_OFF_THE_BUS;

	log_info("%s: the kernel %s; close it", device->name,
		 there ? "requests its removal" : "reports that it is gone");
	device_set_state(&device->head, there ? PADMA_DEVICE_REMOVAL_REQUESTED : PADMA_DEVICE_GONE);
}

static bool counted(const struct pollfd *event)
{
	eventfd_t count;

	return event->revents && eventfd_read(event->fd, &count) == 0;
}

static void *watch(void *arg)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	struct vfio_device *device = arg;
	/* poll() passes over descriptors of -1. */
	struct pollfd events[] = {
		{.fd = device->stop_fd, .events = POLLIN},
		{.fd = device->request_fd, .events = POLLIN},
		{.fd = device->error_fd, .events = POLLIN},
	};

	for (;;) {
		/* Out of memory, if anything: not in a hurry then. */
		if (poll(events, 3, -1) < 0) {
			nanosleep(&pause, NULL);
			continue;
		}
		if (events[0].revents)
			return NULL;
		if (counted(&events[1]))
			take_request(device);
		if (counted(&events[2]))
			take_error(device);
	}
}

static int open_counter(const struct vfio_device *device, int *fd)
{
	*fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (*fd < 0)
		return fail(-errno, "%s: no descriptor left for its events: %s", device->name,
			    strerror(errno));
	return 0;
}

/* One of the two interrupts that are about the device itself. If the kernel does not have it
 * (errors are for PCI Express only) there is nothing to wait for. */
static int arm(const struct vfio_device *device, uint32_t index, int *fd)
{
	struct uapi_vfio_irq_info info;
	int rc;

	if (vfio_irq_info(device->fd, index, &info) || info.count == 0)
		return 0;
	rc = open_counter(device, fd);
	if (rc)
		return rc;
	rc = vfio_irq_eventfds(device->fd, index, fd, 1);
	if (rc > 0)
		rc = -ENOSPC;
	if (rc)
		return fail(rc, "%s: its removal could not be watched for: %s", device->name,
			    strerror(-rc));
	return 0;
}

static int start_thread(struct vfio_device *device)
{
	int rc = thread_start(&device->watcher, watch, device);

	if (rc)
		return fail(rc, "%s: no thread to wait for its removal: %s", device->name,
			    strerror(-rc));
	device->watching = true;
	return 0;
}

int vfio_removal_start(struct vfio_device *device)
{
	int rc;

	device->request_fd = device->error_fd = -1;
	rc = open_counter(device, &device->stop_fd);
	if (rc == 0)
		rc = arm(device, UAPI_VFIO_PCI_REQ_IRQ, &device->request_fd);
	if (rc == 0)
		rc = arm(device, UAPI_VFIO_PCI_ERR_IRQ, &device->error_fd);
	if (rc == 0)
		rc = start_thread(device);
	if (rc)
		vfio_removal_stop(device);
	return rc;
}

static void close_counter(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void vfio_removal_stop(struct vfio_device *device)
{
	if (device->watching) {
		(void)eventfd_write(device->stop_fd, 1);
		pthread_join(device->watcher, NULL);
	}
	device->watching = false;
	/* The kernel holds its own references until the device is closed: nothing dangles. */
	close_counter(&device->request_fd);
	close_counter(&device->error_fd);
	close_counter(&device->stop_fd);
}
