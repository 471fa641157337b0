// SPDX-License-Identifier: BSD-3-Clause
/*
 * Opening "0000:00:04.0" when it is bound to uio_pci_generic: find it, lock it, quiesce it, and only then open
 * its node, whose close turns bus mastering off, also when this process is killed.
 */
#define PADMA_PART "uio"
#include "base/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/capability.h>

#include "base/permission.h"
#include "device/uio/device.h"
#include "device/uio/provider.h"
#include "device/function.h"

#define SYSFS		   "/sys"
#define DEV		   "/dev"

/* What every function has, and PCI Express with its extended part. */
#define PCI_CONFIG_LEAST   256u
#define PCI_CONFIG_EXPRESS 4096u

/* The kernel keeps the lock until the last descriptor of it is closed, however the process ends. */
static int open_config(struct uio_device *device)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.4000s/config", device->function.directory);
	device->config = open(path, O_RDWR | O_CLOEXEC);
	if (device->config < 0)
		return fail(-errno, "%s: open %s: %s", device->name, path,
			    errno == EACCES || errno == EPERM ? permission_to_open(-errno)
							      : strerror(errno));
	if (flock(device->config, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return fail(errno == EWOULDBLOCK ? -EBUSY : -errno, "%s: %s", device->name,
		    errno == EWOULDBLOCK ? "it is open already, in this process or another"
					 : strerror(errno));
}

/* Without the capability the kernel shows the first 64 bytes only (pci_read_config()). */
static int check_config(struct uio_device *device)
{
	struct stat about;
	uint8_t byte;

	if (fstat(device->config, &about) || about.st_size < (off_t)PCI_CONFIG_LEAST)
		return fail(-EPROTO, "%s: its file 'config' in sysfs is too short", device->name);
	device->head.config_bytes =
		about.st_size >= (off_t)PCI_CONFIG_EXPRESS ? PCI_CONFIG_EXPRESS : PCI_CONFIG_LEAST;
	if (uio_config_read(device, PCI_CONFIG_LEAST - 1, &byte, 1))
		return fail(-EPERM, "%s: not permitted to read all of its configuration space: %s",
			    device->name, permission_advice("", CAP_SYS_ADMIN, "CAP_SYS_ADMIN"));
	if (uio_look(device) != DEVICE_PRESENT)
		return fail(-ENODEV, "%s does not answer on the bus", device->name);
	if (uio_command(device, UIO_COMMAND_MEMORY | UIO_COMMAND_MASTER, UIO_COMMAND_MEMORY))
		return fail(-EIO, "%s: its Command register cannot be written", device->name);
	return 0;
}

static int open_advice(const struct uio_device *device, const char *path, int error)
{
	if (error == EACCES || error == EPERM)
		return fail(-error, "%s: open %s: %s", device->name, path,
			    permission_to_open(-error));
	return fail(-error, "%s: open %s: %s%s", device->name, path, strerror(error),
		    error == ENOENT ? "; /dev must be a devtmpfs or udev's" : "");
}

/*
 * Another's node must not even be opened: the close would turn that one's bus mastering off. So the node
 * is looked at by a descriptor that opens nothing (open(2), O_PATH), and opened by that.
 */
static int open_node(struct uio_device *device, const char *dev)
{
	char path[PATH_MAX], same[64];
	int rc = 0, place;

	snprintf(path, sizeof(path), "%.4000s/%s", dev, device->function.node);
	place = open(path, O_PATH | O_CLOEXEC);
	if (place < 0)
		return open_advice(device, path, errno);
	snprintf(same, sizeof(same), "/proc/self/fd/%d", place);
	if (!device_node_is(place, device->function.number))
		rc = device_node_refuse(device->name, path, device->function.number);
	else
		device->node = open(same, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (rc == 0 && device->node < 0)
		rc = open_advice(device, path, errno);
	close(place);
	return rc;
}

static void close_files(struct uio_device *device)
{
	if (device->node >= 0)
		close(device->node);
	if (device->config >= 0)
		close(device->config);
	device->node = device->config = -1;
}

static int bring_up(struct uio_device *device, const char *dev)
{
	int rc = open_config(device);

	if (rc == 0)
		rc = check_config(device);
	if (rc == 0)
		rc = open_node(device, dev);
	device->head.link.fd = device->node;
	if (rc == 0)
		rc = uio_bars_open(device);
	if (rc == 0) {
		rc = uio_irqs_open(device);
		if (rc)
			uio_bars_close(device);
	}
	if (rc)
		close_files(device);
	return rc;
}

int uio_open_function(const char *sysfs, const char *dev, const char *address,
		      struct padma_device **opened)
{
	struct uio_device *device = calloc(1, sizeof(*device));
	int rc;

	if (!device)
		return fail(-ENOMEM, "%s: no memory left", address);
	device->head.ops = &uio_device_ops;
	device->head.removal_fd = -1;
	device->head.link.kind = SPACE_DEVICE_UIO;
	device->config = device->node = -1;
	device->sysfs = sysfs;
	snprintf(device->name, sizeof(device->name), "%.19s", address);
	pthread_mutex_init(&device->masks, NULL);
	rc = uio_find(sysfs, address, &device->function);
	snprintf(device->driver_link, sizeof(device->driver_link), "%.4000s/driver",
		 device->function.directory);
	if (rc == 0)
		rc = bring_up(device, dev);
	if (rc) {
		pthread_mutex_destroy(&device->masks);
		free(device);
		return rc;
	}
	*opened = &device->head;
	return 0;
}

static bool claims(const char *name)
{
	return function_is_address(name) && uio_has(SYSFS, name);
}

static int provider_kind(const char *name, enum space_device_kind *kind)
{
	(void)name;
	*kind = SPACE_DEVICE_UIO;
	return 0;
}

static int provider_open(struct padma_space *space, const char *name, struct padma_device **opened)
{
	int rc = space_accepts(space, SPACE_DEVICE_UIO, name);

	return rc ? rc : uio_open_function(SYSFS, DEV, name, opened);
}

const struct device_provider uio_provider = {
	/* No form: an address is VFIO's, unless uio_pci_generic has the function. */
	.claims = claims,
	.kind = provider_kind,
	.open = provider_open,
};
