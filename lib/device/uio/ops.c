// SPDX-License-Identifier: BSD-3-Clause
/* What a driver does with a device that uio_pci_generic has: see device_ops in provider.h. */
#define PADMA_PART "uio"
#include "base/base.h"

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device/reset_kind.h"
#include "device/uio/device.h"

static int failed(struct uio_device *device)
{
	return device_failed_access(&device->head, uio_look(device));
}

/* As failed(), with a sentence. */
static int fail_access(struct uio_device *device, const char *what)
{
	int rc = failed(device);

	return rc == -ENODEV ? rc : fail(rc, "%s: %s", device->name, what);
}

static bool all_ones(const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (data[i] != 0xff)
			return false;
	}
	return true;
}

static int config_read(struct padma_device *head, unsigned int offset, void *data, size_t bytes)
{
	struct uio_device *device = uio_of(head);
	int rc = -ENODEV;

	if (padma_device_state(head) != PADMA_DEVICE_GONE) {
		rc = uio_config_read(device, offset, data, bytes);
		if (rc || (all_ones(data, bytes) && uio_look(device) != DEVICE_PRESENT))
			rc = failed(device);
	}
	if (rc)
		memset(data, 0xff, bytes);
	return rc;
}

/* Once uio_pci_generic has lost it another driver may own it: it must not be written to. */
static int config_write(struct padma_device *head, unsigned int offset, const void *data,
			size_t bytes)
{
	struct uio_device *device = uio_of(head);
	int rc;

	if (padma_device_state(head) == PADMA_DEVICE_GONE)
		return -ENODEV;
	if (uio_is_lost(device))
		return -EIO;
	rc = uio_config_write(device, offset, data, bytes);
	/* On the bus, a write that no function decodes does not fail. */
	return rc || uio_look(device) != DEVICE_PRESENT ? failed(device) : 0;
}

/* When uio_pci_generic loses the function the kernel turns bus mastering off, and the next driver may turn it
 * on again: it may be written to only while no driver owns it. */
static int quiesce(struct padma_device *head)
{
	struct uio_device *device = uio_of(head);
	uint16_t now = UIO_COMMAND_MASTER;
	int rc = 0;

	if (!uio_is_lost(device) || uio_has_no_driver(device))
		rc = uio_command_bits(device, UIO_COMMAND_MASTER, 0);
	if (rc == 0)
		rc = uio_command_read(device, &now);
	if (rc == 0 && !(now & UIO_COMMAND_MASTER))
		return 0;
	return uio_look(device) == DEVICE_OFF_THE_BUS ? -ENODEV : -EIO;
}

static enum padma_reset_kind reset_kind(const struct padma_device *head)
{
	const struct uio_device *device = (const void *)head;

	return reset_kind_of(device->sysfs, device->name);
}

/* BARs are mapped whole: this is for accesses of a width that the inlined ones do not have. */
static uint64_t bar_read(struct padma_device *head, unsigned int bar, uint64_t offset,
			 unsigned int width)
{
	const volatile void *at = head->bars[bar].first.at + offset;

	switch (width) {
	case 1:
		return *(const volatile uint8_t *)at;
	case 2:
		return le16toh(*(const volatile uint16_t *)at);
	case 4:
		return le32toh(*(const volatile uint32_t *)at);
	case 8:
		return le64toh(*(const volatile uint64_t *)at);
	default:
		return UINT64_MAX;
	}
}

static void bar_write(struct padma_device *head, unsigned int bar, uint64_t offset, uint64_t value,
		      unsigned int width)
{
	volatile void *at = head->bars[bar].first.at + offset;

	switch (width) {
	case 1:
		*(volatile uint8_t *)at = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)at = htole16((uint16_t)value);
		break;
	case 4:
		*(volatile uint32_t *)at = htole32((uint32_t)value);
		break;
	case 8:
		*(volatile uint64_t *)at = htole64(value);
		break;
	default:
		break;
	}
}

/* The file "reset" is there if the kernel knows a way to reset the function alone. */
static int reset_by_sysfs(const struct uio_device *device)
{
	char path[PATH_MAX];
	int fd, rc = 0;

	snprintf(path, sizeof(path), "%.4000s/reset", device->function.directory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return fail(-ENOTSUP, "%s cannot be reset alone: the kernel knows no way to",
			    device->name);
	if (fd < 0)
		return fail(-errno, "%s: open %s: %s", device->name, path, strerror(errno));
	/* pci_reset_function(): ENOTTY if all ways have failed. */
	if (write(fd, "1", 1) != 1)
		rc = fail(errno == ENOTTY ? -ETIMEDOUT : -errno, "%s was not reset: %s",
			  device->name, strerror(errno));
	close(fd);
	return rc;
}

static int reset(struct padma_device *head)
{
	struct uio_device *device = uio_of(head);
	int rc;

	if (padma_device_state(head) == PADMA_DEVICE_GONE)
		return -ENODEV;
	if (uio_is_lost(device))
		return fail(-EIO, "%s is no longer bound to " UIO_DRIVER "; close it",
			    device->name);
	if (uio_irqs_enable(device, NULL, 0))
		return fail_access(device, "its interrupt cannot be masked for its reset");
	rc = reset_by_sysfs(device);
	if (uio_look(device) == DEVICE_OFF_THE_BUS)
		return failed(device);
	if (rc == 0 && uio_command(device, UIO_COMMAND_MEMORY, UIO_COMMAND_MEMORY))
		return fail_access(device, "it does not answer after its reset");
	return rc;
}

static int irq_enable(struct padma_device *head, const int *fds, unsigned int count)
{
	struct uio_device *device = uio_of(head);

	if (padma_device_state(head) == PADMA_DEVICE_GONE || uio_is_lost(device))
		return -ENODEV;
	return uio_irqs_enable(device, fds, count)
		       ? fail_access(device, "its Interrupt Disable bit cannot be written")
		       : 0;
}

static int irq_unmask(struct padma_device *head)
{
	struct uio_device *device = uio_of(head);

	if (padma_device_state(head) == PADMA_DEVICE_GONE || uio_is_lost(device))
		return -ENODEV;
	return uio_irqs_unmask(device)
		       ? fail_access(device, "its Interrupt Disable bit cannot be written")
		       : 0;
}

static void close_device(struct padma_device *head)
{
	struct uio_device *device = uio_of(head);

	if (padma_device_state(head) != PADMA_DEVICE_GONE && !uio_is_lost(device))
		(void)uio_irqs_enable(device, NULL, 0);
	uio_irqs_close(device);
	uio_bars_close(device);
	/* Clears bus mastering once more; only then may the next one have the lock. */
	close(device->node);
	close(device->config);
	pthread_mutex_destroy(&device->masks);
	free(device);
}

const struct device_ops uio_device_ops = {
	.config_read = config_read,
	.config_write = config_write,
	.bar_read = bar_read,
	.bar_write = bar_write,
	.quiesce = quiesce,
	.reset_kind = reset_kind,
	.reset = reset,
	.irq_enable = irq_enable,
	.irq_unmask = irq_unmask,
	.close = close_device,
};
