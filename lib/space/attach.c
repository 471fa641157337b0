// SPDX-License-Identifier: BSD-3-Clause
/* Devices joining and leaving a space. See attach.h. */
#define PADMA_PART "space"
#include "base/base.h"

#include <string.h>

#include "space/attach.h"
#include "space/space_private.h"

/* Until the first device attached, MAP pinned nothing and nothing could be resolved. */
static int resolve_mapped(struct space *space)
{
	for (struct chunk *chunk = space->chunks; chunk; chunk = chunk->next) {
		int rc = chunk_resolve(space, chunk);

		if (rc)
			return rc;
	}
	return registrations_resolve(&space->registered);
}

static int attach_failed(const struct space *space, int rc)
{
	struct sentence why = {""};

	switch (rc) {
	case -EFAULT:
		if (!registrations_explain(&space->registered, &why))
			sentence_add(&why, "it is unmapped, or not writable");
		return fail(rc,
			    "memory that was registered before the device was opened cannot be "
			    "pinned: %s",
			    why.text);
	case -ENOMEM:
		return fail(rc, "the memory mapped so far cannot be pinned for the device: %s",
			    backend_advice(space->backend, rc, 0, space->backend->mapped_bytes));
	default:
		return fail(rc, "the device cannot use the space's memory: %s",
			    backend_advice(space->backend, rc, 0, 0));
	}
}

static int attach(struct space *space, const struct space_device *device)
{
	int rc = space->backend->ops->attach(space->backend, device);

	if (rc)
		return attach_failed(space, rc);
	/* They do nothing if they succeeded before, and retry what failed. */
	rc = resolve_mapped(space);
	if (rc == 0)
		rc = low_memory_collect(space);
	if (rc == 0)
		rc = pools_resolve(space);
	if (rc && space->backend->ops->detach(space->backend, device))
		log_warning("the device stays attached until it is closed");
	return rc;
}

int space_attach(struct padma_space *space, const struct space_device *device)
{
	struct space *s = space_of(space);
	int rc;

	pthread_mutex_lock(&s->lock);
	rc = attach(s, device);
	if (rc == 0)
		s->devices++;
	pthread_mutex_unlock(&s->lock);
	return rc;
}

void space_detach(struct padma_space *space, const struct space_device *device)
{
	struct space *s = space_of(space);
	int rc;

	pthread_mutex_lock(&s->lock);
	rc = s->backend->ops->detach(s->backend, device);
	if (rc)
		log_warning("the device stays attached until it is closed: %s", strerror(-rc));
	s->devices--;
	pthread_mutex_unlock(&s->lock);
}

int space_accepts(struct padma_space *space, enum space_device_kind kind, const char *name)
{
	static const char *const is[] = {
		[SPACE_DEVICE_SIMULATED] = "is simulated",
		[SPACE_DEVICE_NOIOMMU] = "has no IOMMU in front of it",
		[SPACE_DEVICE_UIO] =
			("is bound to " UIO_DRIVER ", with which nothing pins memory,"),
		[SPACE_DEVICE_IOMMU] = "is behind an IOMMU",
		[SPACE_DEVICE_VHOST] = "is served by another process",
	};
	const struct space *s = space_of(space);
	const struct backend_ops *ops = s->backend->ops;
	char needed[BACKEND_NAMES_BYTES];
	char reasons[BACKEND_REASONS_BYTES];

	if (backend_takes(ops, kind))
		return ops->accepts ? ops->accepts(name) : 0;
	if (!*backends_for(kind, needed))
		return fail(-EINVAL, "%s %s; no backend of this build takes such a device", name,
			    is[kind]);
	if (backend_none_works(kind, reasons))
		return fail(-EINVAL, "%s %s, and no backend for that works here: %s", name,
			    is[kind], reasons);
	return fail(-EINVAL, "%s %s and needs a space of the backend %s; this one is %s: %s", name,
		    is[kind], needed, ops->name, s->why);
}

int space_iommufd(struct padma_space *space)
{
	return space_of(space)->backend->iommufd;
}

void space_bus_master(struct padma_space *space, bool on)
{
	struct space *s = space_of(space);

	if (on)
		__atomic_add_fetch(&s->bus_masters, 1, __ATOMIC_ACQ_REL);
	else
		__atomic_sub_fetch(&s->bus_masters, 1, __ATOMIC_ACQ_REL);
}

void space_hold_memory(struct padma_space *space)
{
	struct space *s = space_of(space);

	pthread_mutex_lock(&s->lock);
	space_bus_master(space, true);
	pthread_mutex_unlock(&s->lock);
}
