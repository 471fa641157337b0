// SPDX-License-Identifier: BSD-3-Clause
/* Looking whether a device is alive: what is done once per interval. */
#define PADMA_PART "pmd"
#include "base/base.h"

#include <padma/pmd/liveness.h>

void padma_liveness_start(struct padma_liveness *liveness, uint64_t now, uint64_t interval,
			  padma_liveness_fn look, void *ctx)
{
	*liveness = (struct padma_liveness){
		.next = now + interval,
		.due = now + interval,
		.interval = interval,
		.look = look,
		.ctx = ctx,
	};
}

int padma_liveness_look(struct padma_liveness *liveness, uint64_t now)
{
	if (now >= liveness->due) {
		liveness->due = now + liveness->interval;
		liveness->error = liveness->look(liveness->ctx);
	}
	/* A device that has failed is reported by every call, one that works costs a comparison. */
	liveness->next = liveness->error ? 0 : liveness->due;
	return liveness->error;
}

static int verdict(struct padma_device *device, enum padma_device_state state)
{
	switch (state) {
	case PADMA_DEVICE_GONE:
		return fail(-ENODEV, "%s: the device is gone; close it", padma_device_name(device));
	case PADMA_DEVICE_FAILED:
		return fail(-EIO, "%s: the device does not answer; reset it or close it",
			    padma_device_name(device));
	case PADMA_DEVICE_OK:
	case PADMA_DEVICE_REMOVAL_REQUESTED:
		break;
	}
	return 0;
}

int padma_liveness_check_device(void *device)
{
	return verdict(device, padma_device_check(device));
}

int padma_liveness_check_register(void *ctx)
{
	const struct padma_liveness_register *reg = ctx;
	uint32_t value = padma_bar_read32(reg->bar, reg->offset);

	if (value == UINT32_MAX)
		return verdict(reg->device, padma_device_unresponsive(reg->device));
	return value ? 0 : padma_liveness_check_device(reg->device);
}
