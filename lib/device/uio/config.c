// SPDX-License-Identifier: BSD-3-Clause
/*
 * Configuration space by the function's file "config" in sysfs.
 *
 * One bit of it is shared with the kernel: uio_pci_generic's interrupt handler sets Interrupt
 * Disable (pci_check_and_mask_intx()). A program's read-modify-write of the Command register might
 * carry an old value of it and mask the interrupt for ever; so its writes leave that bit alone. If
 * the kernel sets it between the read and the write, that only costs one more interrupt. The register is
 * always written whole: QEMU does not see a write of its second byte alone.
 */
#define PADMA_PART "uio"
#include "base/base.h"

#include <endian.h>
#include <unistd.h>

#include "device/uio/device.h"

#define PCI_CLASS 0x08

int uio_config_read(const struct uio_device *device, unsigned int offset, void *data, size_t bytes)
{
	ssize_t got;

	do {
		got = pread(device->config, data, bytes, (off_t)offset);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	return got == (ssize_t)bytes ? 0 : -EIO;
}

static int write_plain(const struct uio_device *device, unsigned int offset, const void *data,
		       size_t bytes)
{
	ssize_t got;

	do {
		got = pwrite(device->config, data, bytes, (off_t)offset);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	return got == (ssize_t)bytes ? 0 : -EIO;
}

int uio_command_read(const struct uio_device *device, uint16_t *command)
{
	int rc = uio_config_read(device, UIO_COMMAND, command, sizeof(*command));

	*command = le16toh(*command);
	return rc;
}

int uio_command_bits(const struct uio_device *device, uint16_t mask, uint16_t value)
{
	uint16_t was, command;
	int rc = uio_command_read(device, &was);

	if (rc)
		return rc;
	command = (uint16_t)((was & ~mask) | (value & mask));
	if (command == was)
		return 0;
	command = htole16(command);
	return write_plain(device, UIO_COMMAND, &command, sizeof(command));
}

int uio_command(struct uio_device *device, uint16_t mask, uint16_t value)
{
	int rc;

	device_command_lock(&device->head);
	rc = uio_command_bits(device, mask, value);
	device_command_unlock(&device->head);
	return rc;
}

/* The part of a write that lies in the Command register: [@from, @to) of its two bytes. */
static int write_command(const struct uio_device *device, unsigned int from, unsigned int to,
			 const uint8_t *data)
{
	uint16_t mask = 0, value = 0;

	for (unsigned int i = from; i < to; i++) {
		mask |= (uint16_t)(0xffu << 8 * i);
		value |= (uint16_t)(data[i - from] << 8 * i);
	}
	return uio_command_bits(device, mask & (uint16_t)~UIO_COMMAND_INTX_DISABLED, value);
}

int uio_config_write(const struct uio_device *device, unsigned int offset, const void *data,
		     size_t bytes)
{
	const unsigned int end = offset + (unsigned int)bytes;
	const unsigned int from = offset > UIO_COMMAND ? offset : UIO_COMMAND;
	const unsigned int to = end < UIO_COMMAND_END ? end : UIO_COMMAND_END;
	const uint8_t *at = data;
	int rc = 0;

	if (from >= to)
		return write_plain(device, offset, data, bytes);
	if (offset < UIO_COMMAND)
		rc = write_plain(device, offset, at, UIO_COMMAND - offset);
	if (rc == 0)
		rc = write_command(device, from - UIO_COMMAND, to - UIO_COMMAND,
				   at + (from - offset));
	if (rc == 0 && end > UIO_COMMAND_END)
		rc = write_plain(device, UIO_COMMAND_END, at + (UIO_COMMAND_END - offset),
				 end - UIO_COMMAND_END);
	return rc;
}

enum device_presence uio_look(const struct uio_device *device)
{
	uint32_t revision_and_class = UINT32_MAX;
	int rc =
		uio_config_read(device, PCI_CLASS, &revision_and_class, sizeof(revision_and_class));

	/* A file of sysfs goes with its function (fs/kernfs/file.c). */
	return device_presence_by(rc, revision_and_class);
}
