// SPDX-License-Identifier: BSD-3-Clause
/* The modern PCI transport: its structures and registers (Virtio 1.2, 4.1.4). */
#include "message.h"
#include "regs.h"
#include "virtio.h"

static struct padma_bar_window *window_of(struct padma_virtio *virtio, unsigned int type)
{
	switch (type) {
	case CAPABILITY_COMMON:
		return &virtio->common;
	case CAPABILITY_NOTIFY:
		return &virtio->notify;
	case CAPABILITY_ISR:
		return &virtio->isr;
	default:
		return &virtio->config;
	}
}

static int use_structure(struct padma_virtio *virtio, const struct capability *capability)
{
	static const char *const names[] = {"", "common", "notify", "ISR", "device"};
	struct padma_bar_window *window = window_of(virtio, capability->type);
	const char *fault = capability_fault(capability), *name = names[capability->type];
	struct padma_bar_window found;

	/* The first of each type that can be used (4.1.4.1); one in an I/O BAR cannot. */
	if (window->bytes || !padma_device_bar(virtio->device, capability->bar))
		return 0;
	if (fault)
		return fail(-EPROTO, "%s: the %s structure, %u bytes at 0x%x of BAR %u: %s",
			    padma_device_name(virtio->device), name, capability->bytes,
			    capability->offset, capability->bar, fault);
	if (padma_bar_window_open(virtio->device, capability->bar, capability->offset,
				  capability->bytes, &found))
		return fail(-EPROTO, "%s: the %s structure, %u bytes at 0x%x, is not in BAR %u",
			    padma_device_name(virtio->device), name, capability->bytes,
			    capability->offset, capability->bar);
	*window = found;
	if (capability->type == CAPABILITY_NOTIFY)
		virtio->notify_multiplier = capability->multiplier;
	return 0;
}

static int read_capability(struct padma_virtio *virtio, unsigned int at)
{
	uint8_t data[CAPABILITY_NOTIFY_BYTES] = {0};
	size_t bytes = CAPABILITY_NOTIFY_BYTES;
	struct capability capability;
	int rc;

	/* The list is in the first 256 bytes, and so is each of its capabilities. */
	if (bytes > 256 - at)
		bytes = 256 - at;
	rc = padma_device_config_read(virtio->device, at, data, bytes);
	if (rc)
		return rc;
	return capability_parse(data, bytes, &capability) ? use_structure(virtio, &capability) : 0;
}

static int check_structures(const struct padma_virtio *virtio)
{
	const char *name = padma_device_name(virtio->device);

	if (virtio->common.bytes == 0 && virtio->notify.bytes == 0)
		return fail(-ENOTSUP,
			    "%s has only the legacy virtio interface, which padma does not "
			    "drive; offer the modern one (for QEMU: disable-modern=off)",
			    name);
	if (virtio->common.bytes == 0 || virtio->notify.bytes == 0 || virtio->isr.bytes == 0)
		return fail(-EPROTO, "%s has no usable %s structure in a memory BAR", name,
			    virtio->common.bytes == 0	? "common"
			    : virtio->notify.bytes == 0 ? "notify"
							: "ISR");
	return 0;
}

int transport_find(struct padma_virtio *virtio)
{
	int at = padma_device_find_capability(virtio->device, CAPABILITY_VENDOR, 0);

	while (at > 0) {
		int rc = read_capability(virtio, (unsigned int)at);

		if (rc)
			return rc;
		at = padma_device_find_capability(virtio->device, CAPABILITY_VENDOR,
						  (unsigned int)at);
	}
	return at < 0 ? at : check_structures(virtio);
}

uint8_t transport_status(const struct padma_virtio *virtio)
{
	return padma_window_read8(&virtio->common, COMMON_STATUS);
}

void transport_add_status(struct padma_virtio *virtio, uint8_t bits)
{
	padma_window_write8(&virtio->common, COMMON_STATUS, transport_status(virtio) | bits);
}

int transport_answers(struct padma_virtio *virtio, uint8_t status)
{
	const char *name = padma_device_name(virtio->device);

	if (status != STATUS_ALL_ONES)
		return padma_device_state(virtio->device) == PADMA_DEVICE_GONE
			       ? fail(-ENODEV, "%s is gone; close it", name)
			       : 0;
	if (padma_device_unresponsive(virtio->device) == PADMA_DEVICE_GONE)
		return fail(-ENODEV, "%s is gone; close it", name);
	return fail(-EIO, "%s does not respond; reset it or close it", name);
}

void transport_write64(struct padma_virtio *virtio, unsigned int offset, uint64_t value)
{
	padma_window_write32(&virtio->common, offset, (uint32_t)value);
	padma_window_write32(&virtio->common, offset + 4, (uint32_t)(value >> 32));
}

uint64_t transport_offered(struct padma_virtio *virtio)
{
	uint64_t offered;

	padma_window_write32(&virtio->common, COMMON_DEVICE_FEATURE_SELECT, 0);
	offered = padma_window_read32(&virtio->common, COMMON_DEVICE_FEATURE);
	padma_window_write32(&virtio->common, COMMON_DEVICE_FEATURE_SELECT, 1);
	return offered | (uint64_t)padma_window_read32(&virtio->common, COMMON_DEVICE_FEATURE)
				 << 32;
}

unsigned int transport_queues(struct padma_virtio *virtio)
{
	return padma_window_read16(&virtio->common, COMMON_NUM_QUEUES);
}

void transport_accept(struct padma_virtio *virtio, uint64_t features)
{
	for (uint32_t half = 0; half < 2; half++) {
		padma_window_write32(&virtio->common, COMMON_DRIVER_FEATURE_SELECT, half);
		padma_window_write32(&virtio->common, COMMON_DRIVER_FEATURE,
				     (uint32_t)(features >> (32 * half)));
	}
}
