// SPDX-License-Identifier: BSD-3-Clause
/*
 * Configuration space by the function's file "config" in sysfs.
 *
 * One bit of it is shared with the kernel: uio_pci_generic's interrupt handler sets Interrupt
 * Disable (pci_check_and_mask_intx()). A program's read-modify-write of the Command register might
 * carry an old value of it and mask the interrupt for ever; so its writes leave that bit alone. That
 * the kernel sets it between our read and our write only costs one more interrupt.
 */
#define PADMA_PART "uio"
#include "base/base.h"

#include <unistd.h>

#include "device/uio_device.h"

#define PCI_CLASS 0x08

int uio_config_read(const struct uio_device *device, unsigned int offset, void *data, size_t bytes)
{
	ssize_t got;

	do {
		got = pread(device->config, data, bytes, (off_t)offset);
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)bytes ? 0 : -EIO;
}

static int write_plain(const struct uio_device *device, unsigned int offset, const void *data,
		       size_t bytes)
{
	ssize_t got;

	do {
		got = pwrite(device->config, data, bytes, (off_t)offset);
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)bytes ? 0 : -EIO;
}

static int write_command_2(struct uio_device *device, uint8_t value)
{
	uint8_t now;
	int rc;

	pthread_mutex_lock(&device->masks);
	rc = uio_config_read(device, UIO_COMMAND_2, &now, 1);
	value &= (uint8_t)~UIO_COMMAND_2_INTX_DISABLED;
	value |= now & UIO_COMMAND_2_INTX_DISABLED;
	if (rc == 0)
		rc = write_plain(device, UIO_COMMAND_2, &value, 1);
	pthread_mutex_unlock(&device->masks);
	return rc;
}

int uio_config_write(struct uio_device *device, unsigned int offset, const void *data, size_t bytes)
{
	const uint8_t *from = data;
	size_t before;
	int rc = 0;

	if (offset > UIO_COMMAND_2 || UIO_COMMAND_2 - offset >= bytes)
		return write_plain(device, offset, data, bytes);
	before = UIO_COMMAND_2 - offset;
	if (before)
		rc = write_plain(device, offset, from, before);
	if (rc == 0)
		rc = write_command_2(device, from[before]);
	if (rc == 0 && bytes > before + 1)
		rc = write_plain(device, UIO_COMMAND_2 + 1, from + before + 1, bytes - before - 1);
	return rc;
}

int uio_command(struct uio_device *device, uint8_t set, uint8_t clear)
{
	uint8_t was, command;

	if (uio_config_read(device, UIO_COMMAND, &was, 1))
		return -EIO;
	command = (uint8_t)((was & ~clear) | set);
	return command == was ? 0 : write_plain(device, UIO_COMMAND, &command, 1);
}

bool uio_is_there(const struct uio_device *device)
{
	uint32_t revision_and_class = UINT32_MAX;

	return uio_config_read(device, PCI_CLASS, &revision_and_class,
			       sizeof(revision_and_class)) == 0 &&
	       revision_and_class != UINT32_MAX;
}
