// SPDX-License-Identifier: BSD-3-Clause
/* The capabilities of a virtio device, as bytes of configuration space. */
#include "capability.h"
#include "regs.h"

#define LAST_BAR 5

static uint32_t le32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

bool capability_parse(const uint8_t *data, size_t bytes, struct capability *capability)
{
	if (bytes < CAPABILITY_BYTES || data[0] != CAPABILITY_VENDOR || data[2] < CAPABILITY_BYTES)
		return false;
	*capability = (struct capability){
		.type = data[3],
		.bar = data[4],
		.offset = le32(data + 8),
		.bytes = le32(data + 12),
	};
	/* "The driver MUST ignore any vendor-specific capability structure which has a reserved bar value" (4.1.4.1). */
	if (capability->bar > LAST_BAR || capability->type < CAPABILITY_COMMON ||
	    capability->type > CAPABILITY_DEVICE)
		return false;
	if (capability->type != CAPABILITY_NOTIFY)
		return true;
	if (bytes < CAPABILITY_NOTIFY_BYTES || data[2] < CAPABILITY_NOTIFY_BYTES)
		return false;
	capability->multiplier = le32(data + 16);
	return true;
}

static const char *notify_fault(const struct capability *capability)
{
	uint32_t multiplier = capability->multiplier;

	if (capability->offset % 2)
		return "it is not 2-byte aligned";
	if (multiplier & (multiplier - 1) || multiplier == 1)
		return "its multiplier is not an even power of two";
	return capability->bytes < 2 ? "it is shorter than a notification" : NULL;
}

const char *capability_fault(const struct capability *capability)
{
	switch (capability->type) {
	case CAPABILITY_COMMON:
		if (capability->offset % 4)
			return "it is not 4-byte aligned";
		return capability->bytes < COMMON_BYTES ? "it is too short" : NULL;
	case CAPABILITY_NOTIFY:
		return notify_fault(capability);
	case CAPABILITY_ISR:
		return capability->bytes == 0 ? "it is empty" : NULL;
	default:
		if (capability->offset % 4)
			return "it is not 4-byte aligned";
		return capability->bytes == 0 ? "it is empty" : NULL;
	}
}
