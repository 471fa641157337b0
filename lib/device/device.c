// SPDX-License-Identifier: BSD-3-Clause
/* Opened devices: what all providers share. */
#define PADMA_PART "device"
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device/command.h"
#include "device/irq.h"
#include "device/leftover.h"
#include "device/provider.h"
#include "space/attach.h"

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

int padma_space_open_for_sized(unsigned int abi, size_t params_bytes, const char *name,
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
	/* Its state may have changed before there was a descriptor to signal. */
	if (__atomic_load_n(&device->state, __ATOMIC_SEQ_CST) != PADMA_DEVICE_OK)
		(void)eventfd_write(fd, 1);
	for (unsigned int i = 0; i < PADMA_DEVICE_BARS; i++) {
		device->bars[i].device = device;
		device->bars[i].index = i;
	}
	device->irq_kind = irq_best(device);
	if (command_quiesce(device))
		return fail(-EIO, "%s: its bus mastering cannot be turned off", name);
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

int padma_device_close(struct padma_device *device)
{
	if (!device)
		return 0;
	if (command_quiesce(device))
		return fail(-EBUSY,
			    "%s stays open: its bus mastering cannot be turned off, so that it may "
			    "still write to memory; reset it, and close it then",
			    device->name);
	device_free_leftovers(device);
	space_detach(device->space, &device->link);
	device_free(device);
	return 0;
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

enum padma_reset_kind padma_device_reset_kind(struct padma_device *device)
{
	return device->ops->reset_kind(device);
}

static int reset(struct padma_device *device, enum padma_reset_kind kind)
{
	int rc;

	/* The kernel restores the Command register after a reset: off before, if that can be had. */
	if (command_quiesce(device) == 0 && padma_device_state(device) == PADMA_DEVICE_GONE)
		return -ENODEV;
	rc = device->ops->reset(device);
	if (rc)
		return rc;
	rc = command_after_reset(device, kind >= PADMA_RESET_BUS);
	return rc == -EIO ? fail(rc, "%s: bus mastering stays on after its reset", device->name)
			  : rc;
}

int padma_device_reset(struct padma_device *device)
{
	enum padma_reset_kind kind = padma_device_reset_kind(device);
	int rc;

	if (kind == PADMA_RESET_NONE)
		return fail(-ENOTSUP, "%s cannot be reset alone: the kernel knows no way to",
			    device->name);
	rc = reset(device, kind);
	return rc == -ENODEV ? fail(rc, "%s: the device is gone; close it", device->name) : rc;
}
