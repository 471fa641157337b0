// SPDX-License-Identifier: BSD-3-Clause
/*
 * Waiting for the kernel to want the device back, or to report that it broke.
 *
 * Somebody unbinds the device, or presses the button of its slot: the kernel signals the request
 * eventfd and waits until the descriptor is closed. An uncorrectable error (AER) signals the error
 * eventfd. Either may come while no thread of the program looks at the device; so the library's
 * service thread (event/service.h) turns them into padma_device_state() and its descriptor.
 */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device/vfio_device.h"
#include "event/service.h"

/* After an error a function may be off the bus, or there and broken: either way it is to be closed.
 */
static void take_error(struct vfio_device *device)
{
	bool there = vfio_look(device) != VFIO_OFF_THE_BUS;

	log_warning("%s: the bus reports an uncorrectable error; the device %s", device->name,
		    there ? "still answers; close it" : "is gone");
	device_set_state(&device->head, there ? PADMA_DEVICE_REMOVAL_REQUESTED : PADMA_DEVICE_GONE);
}

static void on_error(void *ctx, uint64_t count)
{
	(void)count;
	take_error(ctx);
}

/* Pulled out, it is asked for as well: the kernel waits for its close either way. */
static void on_request(void *ctx, uint64_t count)
{
	struct vfio_device *device = ctx;
	bool there = vfio_look(device) != VFIO_OFF_THE_BUS;

	(void)count;
	log_info("%s: the kernel %s; close it", device->name,
		 there ? "asks for it back" : "says that it is gone");
	device_set_state(&device->head, there ? PADMA_DEVICE_REMOVAL_REQUESTED : PADMA_DEVICE_GONE);
}

/* One of the two interrupts that are about the device itself. Where the kernel does not have it
 * (errors are for PCI Express only) there is nothing to wait for. */
static int arm(struct vfio_device *device, uint32_t index, padma_event_fn fn,
	       struct vfio_notice *notice)
{
	struct uapi_vfio_irq_info info;
	int rc;

	if (vfio_irq_info(device->fd, index, &info) || info.count == 0)
		return 0;
	notice->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (notice->fd < 0)
		return fail(-errno, "%s: no descriptor left for its events: %s", device->name,
			    strerror(errno));
	rc = service_watch_add(notice->fd, 0, fn, device, &notice->watch);
	if (rc)
		return rc;
	rc = vfio_irq_eventfds(device->fd, index, &notice->fd, 1);
	if (rc)
		return fail(rc, "%s: its removal could not be watched for: %s", device->name,
			    strerror(-rc));
	return 0;
}

static void disarm(struct vfio_notice *notice)
{
	service_watch_remove(notice->watch);
	notice->watch = NULL;
	/* The kernel holds a reference of its own until the device is closed: nothing dangles. */
	if (notice->fd >= 0)
		close(notice->fd);
	notice->fd = -1;
}

int vfio_watch_start(struct vfio_device *device)
{
	int rc;

	device->request.fd = device->error.fd = -1;
	rc = arm(device, UAPI_VFIO_PCI_REQ_IRQ, on_request, &device->request);
	if (rc == 0)
		rc = arm(device, UAPI_VFIO_PCI_ERR_IRQ, on_error, &device->error);
	if (rc)
		vfio_watch_stop(device);
	return rc;
}

void vfio_watch_stop(struct vfio_device *device)
{
	disarm(&device->request);
	disarm(&device->error);
}
