// SPDX-License-Identifier: BSD-3-Clause
/*
 * INTx by UIO: a thread turns the node's counts into the program's eventfd.
 *
 * The node is readable when interrupts have come since the last read, which gives their count
 * (drivers/uio/uio.c). uio_pci_generic masks each by the Command register's Interrupt Disable bit and
 * leaves it to us to clear that. Its handler is there from binding to unbinding: "off" is masked. The
 * same thread learns that the function was taken from uio_pci_generic: the node is in error then. A
 * node without an interrupt always is; there the thread looks whether it still stands in sysfs.
 *
 * A thread with a plain poll(), not a ring of io_uring's: that would hold the node open, and a ring is
 * torn down by a worker some time after its process is gone (io_ring_ctx_wait_and_kill()), while the
 * process's memory goes at once; it is the close of the node that stops the device.
 */
#define PADMA_PART "uio"
#include "base/base.h"
#include "base/thread.h"

#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device/command.h"
#include "device/uio/device.h"

/* How often a function without an interrupt is looked after. */
#define LOOK_MS	    100
/* How often one that was taken away is looked at until it is quiet, and how many times before it has
 * failed. */
#define QUIET_MS    1
#define QUIET_TRIES 1000u

/* With "masks" held. */
static int set_mask(struct uio_device *device, bool masked)
{
	return uio_command(device, UIO_COMMAND_INTX_DISABLED,
			   masked ? UIO_COMMAND_INTX_DISABLED : 0);
}

/* Whether interrupts have come; they are forgotten. */
static bool taken(const struct uio_device *device)
{
	int32_t count;

	return read(device->node, &count, sizeof(count)) == (ssize_t)sizeof(count);
}

static void deliver(struct uio_device *device)
{
	pthread_mutex_lock(&device->masks);
	if (taken(device) && device->irq_fd >= 0)
		(void)eventfd_write(device->irq_fd, 1);
	pthread_mutex_unlock(&device->masks);
}

/* Unbound, and not yet another's (__device_release_driver()). */
bool uio_has_no_driver(const struct uio_device *device)
{
	struct stat about;

	return lstat(device->driver_link, &about) != 0;
}

/* It only looks: the next driver may be about to turn bus mastering on. */
static bool is_quiet(const struct uio_device *device)
{
	uint16_t command;

	return uio_look(device) == DEVICE_OFF_THE_BUS ||
	       (uio_command_read(device, &command) == 0 && !(command & UIO_COMMAND_MASTER));
}

/*
 * The function was taken from uio_pci_generic. The kernel says so before it turns bus mastering off
 * (uio_unregister_device(), then pcim_disable_device()), and programs give memory back once they know.
 * So it is gone when bus mastering was read as off and not before. If that does not come about the
 * device has failed: another driver may own it, with the old rings still armed.
 *
 * Return: the timeout until this is to be called again; -1: it is gone.
 */
static int lost(struct uio_device *device)
{
	enum padma_device_state state;

	if (device->looks++ == 0) {
		log_warning("%s: it is no longer bound to " UIO_DRIVER "; close it", device->name);
		__atomic_store_n(&device->lost, true, __ATOMIC_RELEASE);
	}
	if (device->looks < QUIET_TRIES && !is_quiet(device))
		return QUIET_MS;
	state = command_end(&device->head);
	if (!device->detached)
		uio_bars_detach(device);
	device->detached = true;
	return state == PADMA_DEVICE_GONE ? -1 : LOOK_MS;
}

/* Whether the function's UIO device is there. */
static bool is_bound(const struct uio_device *device)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.4000s/uio/%s", device->function.directory,
		 device->function.node);
	return access(path, F_OK) == 0;
}

static void *watch(void *arg)
{
	struct uio_device *device = arg;
	const bool line = device->head.irq_counts[PADMA_IRQ_INTX];
	struct pollfd fds[] = {
		{.fd = device->stop_fd, .events = POLLIN},
		{.fd = line ? device->node : -1, .events = POLLIN},
	};
	int timeout_ms = line ? -1 : LOOK_MS;

	for (;;) {
		int count = poll(fds, 2, timeout_ms);

		if (count < 0)
			continue;
		if (fds[0].revents)
			return NULL;
		if (count == 0 ? uio_is_lost(device) || !is_bound(device)
			       : fds[1].revents & ~POLLIN) {
			timeout_ms = lost(device);
			fds[1].fd = -1;
		} else if (count) {
			deliver(device);
		}
	}
}

static int start_thread(struct uio_device *device)
{
	int rc = thread_start(&device->watcher, watch, device);

	if (rc)
		return fail(rc, "%s: no thread to wait for its interrupts: %s", device->name,
			    strerror(-rc));
	device->watching = true;
	return 0;
}

int uio_irqs_open(struct uio_device *device)
{
	struct pollfd node = {.fd = device->node, .events = POLLIN};
	int rc;

	device->irq_fd = device->stop_fd = -1;
	if (set_mask(device, true))
		return fail(-EIO, "%s: its interrupt cannot be masked", device->name);
	/* uio_poll(): in error from the start if the function has no interrupt line. */
	device->head.irq_counts[PADMA_IRQ_INTX] =
		poll(&node, 1, 0) >= 0 && !(node.revents & POLLERR);
	device->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (device->stop_fd < 0)
		return fail(-errno, "%s: no descriptor left for its events: %s", device->name,
			    strerror(errno));
	rc = start_thread(device);
	if (rc)
		uio_irqs_close(device);
	return rc;
}

void uio_irqs_close(struct uio_device *device)
{
	if (device->watching) {
		(void)eventfd_write(device->stop_fd, 1);
		pthread_join(device->watcher, NULL);
	}
	device->watching = false;
	if (device->stop_fd >= 0)
		close(device->stop_fd);
	device->stop_fd = -1;
}

int uio_irqs_enable(struct uio_device *device, const int *fds, unsigned int count)
{
	int rc;

	pthread_mutex_lock(&device->masks);
	device->irq_fd = -1;
	rc = set_mask(device, true);
	/* What came before is not the program's. */
	(void)taken(device);
	if (rc == 0 && count && fds[0] >= 0) {
		device->irq_fd = fds[0];
		rc = set_mask(device, false);
	}
	pthread_mutex_unlock(&device->masks);
	return rc;
}

int uio_irqs_unmask(struct uio_device *device)
{
	int rc = 0;

	pthread_mutex_lock(&device->masks);
	if (device->irq_fd >= 0)
		rc = set_mask(device, false);
	pthread_mutex_unlock(&device->masks);
	return rc;
}
