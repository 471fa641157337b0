// SPDX-License-Identifier: BSD-3-Clause
/* VFIO's nodes under /dev/vfio: opened, and again while the kernel resets the function; closed. */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/capability.h>

#include "base/permission.h"
#include "device/vfio/device.h"

#define TRIES	 200
#define PAUSE_NS 10000000

int vfio_retry_eagain(int (*attempt)(void *ctx), void *ctx)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int rc = attempt(ctx);

	for (int i = 1; i < TRIES && rc == -EAGAIN; i++) {
		nanosleep(&pause, NULL);
		rc = attempt(ctx);
	}
	return rc;
}

static const char *open_advice(int error)
{
	switch (error) {
	case -EPERM:
		return permission_advice("", CAP_SYS_RAWIO, "CAP_SYS_RAWIO");
	case -EACCES:
		return permission_to_open(error);
	case -EBUSY:
		return "it is open already, in this process or another, by its VFIO group or its "
		       "character device; padma devices list shows where";
	case -ENOENT:
	case -ENXIO:
		return "no such node; /dev must be a devtmpfs or udev's";
	case -EAGAIN:
		return "the kernel is still resetting it; try again";
	case -ENODEV:
		return "the kernel is removing it";
	default:
		return strerror(-error);
	}
}

static int open_once(void *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int vfio_open_node(const char *address, const char *path, const char *number)
{
	int fd = vfio_retry_eagain(open_once, (void *)(uintptr_t)path);

	if (fd < 0)
		return fail(fd, "%s: open %s: %s", address, path, open_advice(fd));
	if (!number || device_node_is(fd, number))
		return fd;
	close(fd);
	return device_node_refuse(address, path, number);
}

void vfio_close(struct vfio_device *device)
{
	close(device->fd);
	/* The group keeps others out for as long as the device is open. */
	if (device->group >= 0)
		close(device->group);
	if (device->container >= 0)
		close(device->container);
}
