// SPDX-License-Identifier: BSD-3-Clause
/* Opened devices: what is the same for every provider. */
#define PADMA_PART "device"
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device/irq.h"
#include "device/provider.h"
#include "space/attach.h"

/* PCI Local Bus 3.0, 6.2.2: the Command register and its Bus Master bit. */
#define PCI_COMMAND_OFFSET     0x04
#define PCI_COMMAND_BUS_MASTER (1u << 2)

static const struct device_provider *provider_of(const char *name)
{
	for (const struct device_provider *const *p = device_providers; *p; p++) {
		if ((*p)->claims(name))
			return *p;
	}
	return NULL;
}

static int no_provider(const char *name)
{
	char forms[256] = "";
	size_t used = 0;

	for (const struct device_provider *const *p = device_providers; *p; p++) {
		if ((*p)->form)
			used += (size_t)snprintf(forms + used,
						 used < sizeof(forms) ? sizeof(forms) - used : 0,
						 "%s%s", used ? " or " : "", (*p)->form);
	}
	/* The start of a long name: the advice comes after it. */
	return fail(-ENODEV, "%.64s: nothing in this build opens such a device; give %s", name,
		    forms);
}

int padma_device_space_open_abi(unsigned int abi, size_t params_bytes, const char *name,
				const struct padma_space_params *params, struct padma_space **space)
{
	const struct device_provider *provider;
	enum space_device_kind kind;
	int rc;

	if (!name)
		return fail(-EINVAL, "a space for a device needs the device's name");
	provider = provider_of(name);
	if (!provider)
		return no_provider(name);
	rc = provider->kind(name, &kind);
	return rc ? rc : space_open_for(abi, params_bytes, params, kind, space);
}

/* The part that every provider leaves to us. */
static int device_adopt(struct padma_device *device, struct padma_space *space, const char *name)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	device->space = space;
	device->name = strdup(name);
	__atomic_store_n(&device->removal_fd, fd, __ATOMIC_SEQ_CST);
	if (!device->name || fd < 0)
		return fail(-ENOMEM, "%s: no memory or no file descriptor left", name);
	/* Its state may have changed before there was a descriptor to say so. */
	if (__atomic_load_n(&device->state, __ATOMIC_SEQ_CST) != PADMA_DEVICE_OK)
		(void)eventfd_write(fd, 1);
	for (unsigned int i = 0; i < PADMA_DEVICE_BARS; i++) {
		device->bars[i].device = device;
		device->bars[i].index = i;
	}
	device->irq_kind = irq_best(device);
	return space_attach(space, &device->link);
}

static void device_free(struct padma_device *device)
{
	char *name = device->name;
	unsigned int irq_fds_count = device->irq_fds_count;
	int *irq_fds = device->irq_fds;
	int fd = device->removal_fd;

	device->ops->close(device);
	irq_close_fds(irq_fds, irq_fds_count);
	if (fd >= 0)
		close(fd);
	free(name);
}

int padma_device_open(struct padma_space *space, const char *name, struct padma_device **device)
{
	const struct device_provider *provider;
	struct padma_device *opened;
	int rc;

	if (!space || !name || !device)
		return fail(-EINVAL, "a device needs a space, a name and somewhere to put it");
	provider = provider_of(name);
	if (!provider)
		return no_provider(name);
	rc = provider->open(space, name, &opened);
	if (rc)
		return rc;
	rc = device_adopt(opened, space, name);
	if (rc) {
		device_free(opened);
		return rc;
	}
	*device = opened;
	return 0;
}

void padma_device_close(struct padma_device *device)
{
	struct padma_space *space;
	bool masters;

	if (!device)
		return;
	if (device->bus_master && padma_device_bus_master(device, false))
		log_warning("%s: bus mastering could not be turned off: %s", device->name,
			    padma_last_error());
	space = device->space;
	masters = device->bus_master;
	space_detach(space, &device->link);
	device_free(device);
	/* A device that would not be quiet holds the memory until its provider has closed it. */
	if (masters)
		space_bus_master(space, false);
}

const char *padma_device_name(const struct padma_device *device)
{
	return device->name;
}

struct padma_space *padma_device_space(const struct padma_device *device)
{
	return device->space;
}

const struct padma_bar *padma_device_bar(const struct padma_device *device, unsigned int index)
{
	if (index >= PADMA_DEVICE_BARS || device->bars[index].bytes == 0)
		return NULL;
	return &device->bars[index];
}

static int check_config_range(const struct padma_device *device, unsigned int offset, size_t bytes)
{
	if (offset > device->config_bytes || bytes > device->config_bytes - offset)
		return fail(-EINVAL,
			    "%s: configuration space has %u bytes; %zu at 0x%x are not in it",
			    device->name, device->config_bytes, bytes, offset);
	return 0;
}

int padma_device_config_read(struct padma_device *device, unsigned int offset, void *data,
			     size_t bytes)
{
	int rc = check_config_range(device, offset, bytes);

	if (rc)
		return rc;
	rc = device->ops->config_read(device, offset, data, bytes);
	if (rc == -ENODEV)
		return fail(rc, "%s: the device is gone; close it", device->name);
	return rc;
}

static void note_bus_master(struct padma_device *device, bool on)
{
	if (device->bus_master == on)
		return;
	device->bus_master = on;
	space_bus_master(device->space, on);
}

/* Whether a write covers the byte that holds the Bus Master bit. */
static bool covers_command(unsigned int offset, size_t bytes)
{
	return offset <= PCI_COMMAND_OFFSET && PCI_COMMAND_OFFSET - offset < bytes;
}

/* What the device says counts, not what it was told. */
static int read_back_command(struct padma_device *device)
{
	uint8_t command;
	int rc = padma_device_config_read(device, PCI_COMMAND_OFFSET, &command, 1);

	if (rc == 0)
		note_bus_master(device, command & PCI_COMMAND_BUS_MASTER);
	return rc;
}

int padma_device_config_write(struct padma_device *device, unsigned int offset, const void *data,
			      size_t bytes)
{
	bool command = covers_command(offset, bytes);
	int rc = check_config_range(device, offset, bytes);

	if (rc)
		return rc;
	/* Memory must not go back between the write and the note of it. */
	if (command &&
	    ((const uint8_t *)data)[PCI_COMMAND_OFFSET - offset] & PCI_COMMAND_BUS_MASTER)
		note_bus_master(device, true);
	rc = device->ops->config_write(device, offset, data, bytes);
	if (rc == -ENODEV)
		return fail(rc, "%s: the device is gone; close it", device->name);
	return rc == 0 && command ? read_back_command(device) : rc;
}

int padma_device_bus_master(struct padma_device *device, bool on)
{
	uint8_t command[2];
	int rc;

	rc = padma_device_config_read(device, PCI_COMMAND_OFFSET, command, sizeof(command));
	if (rc) {
		/* A device that is gone masters no bus. */
		if (rc == -ENODEV)
			note_bus_master(device, false);
		return rc;
	}
	command[0] &= (uint8_t)~PCI_COMMAND_BUS_MASTER;
	if (on)
		command[0] |= PCI_COMMAND_BUS_MASTER;
	rc = padma_device_config_write(device, PCI_COMMAND_OFFSET, command, sizeof(command));
	if (rc)
		return rc;
	if (device->bus_master != on)
		return fail(-EIO, "%s: bus mastering stays %s; reset the device", device->name,
			    on ? "off" : "on");
	return 0;
}

int padma_device_reset(struct padma_device *device)
{
	int rc = device->ops->reset(device);

	if (rc == -ENODEV)
		return fail(rc, "%s: the device is gone; close it", device->name);
	if (rc == 0)
		note_bus_master(device, false);
	return rc;
}

enum padma_device_state padma_device_state(const struct padma_device *device)
{
	return (enum padma_device_state)__atomic_load_n(&device->state, __ATOMIC_ACQUIRE);
}

enum padma_device_state padma_device_check(struct padma_device *device)
{
	uint8_t command;

	/* Providers note by themselves what they find. */
	(void)device->ops->config_read(device, PCI_COMMAND_OFFSET, &command, sizeof(command));
	return padma_device_state(device);
}

int padma_device_removal_fd(const struct padma_device *device)
{
	return device->removal_fd;
}

void device_set_state(struct padma_device *device, enum padma_device_state state)
{
	int now = __atomic_load_n(&device->state, __ATOMIC_ACQUIRE);

	while (now < (int)state) {
		if (__atomic_compare_exchange_n(&device->state, &now, (int)state, false,
						__ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE)) {
			/* After the state, see device_adopt(). */
			int fd = __atomic_load_n(&device->removal_fd, __ATOMIC_SEQ_CST);

			if (fd >= 0)
				(void)eventfd_write(fd, 1);
			return;
		}
	}
}

/* Past the end of a BAR nothing decodes the access: reads give all ones, writes are lost. */
static bool in_bar(const struct padma_bar *bar, uint64_t offset, unsigned int width)
{
	return offset <= bar->bytes && width <= bar->bytes - offset;
}

uint64_t padma_bar_trapped_read(const struct padma_bar *bar, uint64_t offset, unsigned int width)
{
	if (!in_bar(bar, offset, width))
		return UINT64_MAX;
	return bar->device->ops->bar_read(bar->device, bar->index, offset, width);
}

void padma_bar_trapped_write(const struct padma_bar *bar, uint64_t offset, uint64_t value,
			     unsigned int width)
{
	if (in_bar(bar, offset, width))
		bar->device->ops->bar_write(bar->device, bar->index, offset, value, width);
}
