// SPDX-License-Identifier: BSD-3-Clause
/* Regions of VFIO's descriptor by reads and writes; configuration space, and the Command register in it. */
#define PADMA_PART "vfio"
#include "base/base.h"

#include <endian.h>
#include <unistd.h>

#include "device/vfio/device.h"

/* PCI Local Bus 3.0, 6.1, 6.2.1 and 6.2.2 */
#define PCI_COMMAND	       0x04
#define PCI_COMMAND_BUS_MASTER (1u << 2)
#define PCI_COMMAND_MEMORY     (1u << 1)
#define PCI_CLASS	       0x08

int vfio_region_read(const struct vfio_device *device, const struct vfio_region *region,
		     uint64_t offset, void *data, size_t bytes)
{
	ssize_t got;

	if (!region->readable)
		return -EIO;
	do {
		got = pread(device->fd, data, bytes, (off_t)(region->offset + offset));
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	return got == (ssize_t)bytes ? 0 : -EIO;
}

int vfio_region_write(const struct vfio_device *device, const struct vfio_region *region,
		      uint64_t offset, const void *data, size_t bytes)
{
	ssize_t got;

	if (!region->writable)
		return -EIO;
	do {
		got = pwrite(device->fd, data, bytes, (off_t)(region->offset + offset));
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	return got == (ssize_t)bytes ? 0 : -EIO;
}

enum device_presence vfio_look(const struct vfio_device *device)
{
	uint32_t revision_and_class = UINT32_MAX;
	int rc;

	/* Not the vendor: VFIO may answer that from memory. */
	rc = vfio_region_read(device, &device->config, PCI_CLASS, &revision_and_class,
			      sizeof(revision_and_class));
	return device_presence_by(rc, revision_and_class);
}

/* With the lock of the Command register. *@now: what it reads afterwards. */
static int change_command(const struct vfio_device *device, uint16_t set, uint16_t clear,
			  uint16_t *now)
{
	uint16_t was, command;

	if (vfio_region_read(device, &device->config, PCI_COMMAND, &was, sizeof(was)))
		return -EIO;
	command = htole16((uint16_t)((le16toh(was) & ~clear) | set));
	if (command != was &&
	    vfio_region_write(device, &device->config, PCI_COMMAND, &command, sizeof(command)))
		return -EIO;
	if (vfio_region_read(device, &device->config, PCI_COMMAND, now, sizeof(*now)))
		return -EIO;
	*now = le16toh(*now);
	return 0;
}

int vfio_memory_on(struct vfio_device *device)
{
	uint16_t now;
	int rc;

	device_command_lock(&device->head);
	rc = change_command(device, PCI_COMMAND_MEMORY, 0, &now);
	device_command_unlock(&device->head);
	return rc;
}

int vfio_master_off(const struct vfio_device *device)
{
	uint16_t now = PCI_COMMAND_BUS_MASTER;
	int rc = change_command(device, 0, PCI_COMMAND_BUS_MASTER, &now);

	if (rc == 0 && !(now & PCI_COMMAND_BUS_MASTER))
		return 0;
	return vfio_look(device) == DEVICE_OFF_THE_BUS ? -ENODEV : -EIO;
}
