// SPDX-License-Identifier: BSD-3-Clause
/* Sleeping until a device interrupts or is removed. */
#define PADMA_PART "pmd"
#include "base/base.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <padma/pmd/irq.h>
#include <padma/time.h>

#define NS_PER_SECOND 1000000000ull
/* How often the device's state is looked at once its descriptor has no more news. */
#define LOOK_NS	      100000000ull

int padma_irq_open(struct padma_irq *irq, struct padma_device *device)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int rc;

	if (fd < 0) {
		rc = -errno;
		return fail(rc, "%s: no eventfd for its interrupts: %s", padma_device_name(device),
			    strerror(-rc));
	}
	rc = padma_device_irq_enable(device, &fd, 1);
	if (rc) {
		close(fd);
		return rc;
	}
	*irq = (struct padma_irq){device, fd};
	return 0;
}

void padma_irq_close(struct padma_irq *irq)
{
	if (!irq->device)
		return;
	(void)padma_device_irq_enable(irq->device, NULL, 0);
	close(irq->fd);
	*irq = (struct padma_irq){0};
}

static int check_device(const struct padma_device *device)
{
	switch (padma_device_state(device)) {
	case PADMA_DEVICE_GONE:
		return fail(-ENODEV, "%s is gone; close it", padma_device_name(device));
	case PADMA_DEVICE_FAILED:
		return fail(-EIO, "%s has failed: its registers do not answer; close it",
			    padma_device_name(device));
	default:
		return 0;
	}
}

/*
 * One of the two is readable, the time is over, or a signal came. A removal that is only requested is no reason to
 * stop waiting, but leaves its descriptor readable: what becomes of the device then does not wake anybody.
 */
static void sleep_until(struct pollfd fds[2], uint64_t left_ns)
{
	struct timespec left;

	if (fds[1].fd < 0 && left_ns > LOOK_NS)
		left_ns = LOOK_NS;
	left = (struct timespec){.tv_sec = (time_t)(left_ns / NS_PER_SECOND),
				 .tv_nsec = (long)(left_ns % NS_PER_SECOND)};
	(void)ppoll(fds, 2, &left, NULL);
	if (fds[1].revents)
		fds[1].fd = -1;
}

int padma_irq_wait(struct padma_irq *irq, uint64_t timeout_ns)
{
	struct pollfd fds[2] = {
		{.fd = irq->fd, .events = POLLIN},
		{.fd = padma_device_removal_fd(irq->device), .events = POLLIN},
	};
	uint64_t start = padma_ticks_monotonic(), waited;
	int rc = padma_device_irq_unmask(irq->device);
	eventfd_t count;

	while (rc == 0) {
		rc = check_device(irq->device);
		if (rc || eventfd_read(irq->fd, &count) == 0)
			return rc;
		waited = padma_ticks_monotonic() - start;
		if (waited >= timeout_ns)
			return fail(-ETIMEDOUT, "%s: no interrupt came in %.12g ms",
				    padma_device_name(irq->device), (double)timeout_ns / 1e6);
		sleep_until(fds, timeout_ns - waited);
	}
	return rc;
}
