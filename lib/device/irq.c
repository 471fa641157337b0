// SPDX-License-Identifier: BSD-3-Clause
/*
 * Interrupts as eventfds: the kinds, and what is remembered of them over a reset.
 *
 * A program asks for vectors, not for a kind: it gets the best that the function has, unless it
 * chose another. What differs between kinds beyond the number of vectors is that an INTx has to be
 * unmasked.
 */
#define PADMA_PART "device"
#include "base/base.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "device/irq.h"

static const char *const kind_names[DEVICE_IRQ_KINDS] = {
	[PADMA_IRQ_NONE] = "no interrupts",
	[PADMA_IRQ_INTX] = "INTx",
	[PADMA_IRQ_MSI] = "MSI",
	[PADMA_IRQ_MSIX] = "MSI-X",
};

const char *padma_irq_kind_name(enum padma_irq_kind kind)
{
	return (unsigned int)kind < DEVICE_IRQ_KINDS ? kind_names[kind] : "unknown interrupts";
}

enum padma_irq_kind irq_best(const struct padma_device *device)
{
	int kind = PADMA_IRQ_MSIX;

	while (kind > PADMA_IRQ_NONE && device->irq_counts[kind] == 0)
		kind--;
	return (enum padma_irq_kind)kind;
}

void irq_close_fds(int *fds, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	free(fds);
}

enum padma_irq_kind padma_device_irq_kind(const struct padma_device *device)
{
	return device->irq_kind;
}

int padma_device_irq_use(struct padma_device *device, enum padma_irq_kind kind)
{
	if ((int)kind < PADMA_IRQ_NONE || kind > PADMA_IRQ_MSIX)
		return fail(-EINVAL, "%d is no kind of interrupt", (int)kind);
	if (device->irq_fds_count)
		return fail(-EBUSY,
			    "%s: its interrupts are on, by %s; turn them off before another kind",
			    device->name, kind_names[device->irq_kind]);
	if (kind == PADMA_IRQ_NONE)
		kind = irq_best(device);
	else if (device->irq_counts[kind] == 0)
		return fail(-ENOTSUP, "%s has no %s; the best that it has is %s", device->name,
			    kind_names[kind], kind_names[irq_best(device)]);
	device->irq_kind = kind;
	return 0;
}

unsigned int padma_device_irq_count(const struct padma_device *device)
{
	return device->irq_counts[device->irq_kind];
}

/* What an operation of the provider answered, with the sentence that is the same for all. */
static int answer(const struct padma_device *device, int rc)
{
	if (rc == -ENODEV)
		return fail(rc, "%s: the device is gone; close it", device->name);
	return rc;
}

/* The device's own descriptors of the program's eventfds: a reset may want them long after. */
static int *duplicate_fds(const int *fds, unsigned int count)
{
	int *copy = malloc(count * sizeof(*copy));

	for (unsigned int i = 0; copy && i < count; i++) {
		copy[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
		if (fds[i] >= 0 && copy[i] < 0) {
			irq_close_fds(copy, i);
			return NULL;
		}
	}
	return copy;
}

static int check_vectors(const struct padma_device *device, const int *fds, unsigned int count)
{
	if (count > padma_device_irq_count(device))
		return fail(-EINVAL, "%s has %u interrupt vectors (%s), not %u", device->name,
			    padma_device_irq_count(device), kind_names[device->irq_kind], count);
	if (count && !fds)
		return fail(-EINVAL, "%u interrupts need an eventfd each, or -1", count);
	return 0;
}

int padma_device_irq_enable(struct padma_device *device, const int *fds, unsigned int count)
{
	int *copy = NULL;
	int rc = check_vectors(device, fds, count);

	if (rc)
		return rc;
	/* Turning them off needs nothing. */
	if (count)
		copy = duplicate_fds(fds, count);
	if (count && !copy)
		return fail(-ENOMEM,
			    "%s: %u interrupts need as many open eventfds, and file descriptors "
			    "to spare",
			    device->name, count);
	rc = answer(device, device->ops->irq_enable(device, copy, count));
	if (rc) {
		/* What was set before is to stay set. */
		(void)device->ops->irq_enable(device, device->irq_fds, device->irq_fds_count);
		irq_close_fds(copy, count);
		return rc;
	}
	irq_close_fds(device->irq_fds, device->irq_fds_count);
	device->irq_fds = copy;
	device->irq_fds_count = count;
	return 0;
}

int padma_device_irq_restore(struct padma_device *device)
{
	if (device->irq_fds_count == 0)
		return 0;
	return answer(device,
		      device->ops->irq_enable(device, device->irq_fds, device->irq_fds_count));
}

int padma_device_irq_unmask(struct padma_device *device)
{
	if (device->irq_kind != PADMA_IRQ_INTX)
		return 0;
	return answer(device, device->ops->irq_unmask(device));
}
