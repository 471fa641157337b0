// SPDX-License-Identifier: BSD-3-Clause
/* Opening, resetting, starting and stopping a virtio device (Virtio 1.2, 3.1). */
#include <stdlib.h>

#include <padma/params.h>
#include <padma/time.h>

#include "message.h"
#include "regs.h"
#include "virtio.h"

/* Device ids of transitional devices, 0x1000 to 0x103f: the type is the subsystem id (4.1.2.3). */
static int read_type(struct padma_virtio *virtio)
{
	struct padma_device_ids ids;
	int rc = padma_device_ids(virtio->device, &ids);

	if (rc)
		return rc;
	if (ids.vendor != PADMA_VIRTIO_VENDOR || ids.device < 0x1000 || ids.device > 0x107f)
		return fail(-ENOTSUP, "%s is not a virtio device: its ids are %04x:%04x",
			    padma_device_name(virtio->device), ids.vendor, ids.device);
	virtio->info.transitional = ids.device < 0x1040;
	virtio->info.type =
		virtio->info.transitional ? ids.subsystem : (uint16_t)(ids.device - 0x1040);
	return 0;
}

int padma_virtio_open(struct padma_device *device, struct padma_virtio **virtio)
{
	struct padma_virtio *opened = calloc(1, sizeof(*opened));
	int rc;

	if (!opened)
		return fail(-ENOMEM, "no memory for a virtio device");
	opened->device = device;
	padma_clock_init();
	rc = read_type(opened);
	if (!rc)
		rc = transport_find(opened);
	if (!rc)
		rc = padma_virtio_reset(opened);
	if (rc) {
		free(opened);
		return rc;
	}
	opened->info.config_bytes = (uint32_t)opened->config.bytes;
	*virtio = opened;
	return 0;
}

void padma_virtio_close(struct padma_virtio *virtio)
{
	free(virtio);
}

void padma_virtio_info_sized(const struct padma_virtio *virtio, size_t info_bytes,
			     struct padma_virtio_info *info)
{
	padma_params_give(info, info_bytes, &virtio->info, sizeof(virtio->info));
}

struct padma_device *padma_virtio_device(const struct padma_virtio *virtio)
{
	return virtio->device;
}

/* Write 0 and wait until it reads as 0. */
static int reset_status(struct padma_virtio *virtio)
{
	const struct padma_bar_window *common = &virtio->common;
	int rc = transport_answers(virtio, transport_status(virtio));

	if (rc)
		return rc;
	padma_window_write8(common, COMMON_STATUS, 0);
	rc = padma_bar_wait8(common->bar, common->offset + COMMON_STATUS, 0xff, 0,
			     VIRTIO_TIMEOUT_NS);
	if (rc == 0)
		padma_device_declare_quiesced(virtio->device);
	return rc;
}

int padma_virtio_reset(struct padma_virtio *virtio)
{
	int rc = reset_status(virtio);

	virtio->info.accepted = 0;
	if (rc)
		return rc;
	transport_add_status(virtio, STATUS_ACKNOWLEDGE);
	transport_add_status(virtio, STATUS_DRIVER);
	virtio->info.offered = transport_offered(virtio);
	virtio->info.queues = transport_queues(virtio);
	return transport_answers(virtio, transport_status(virtio));
}

int padma_virtio_stop(struct padma_virtio *virtio)
{
	int rc;

	if (padma_device_state(virtio->device) == PADMA_DEVICE_GONE)
		return 0;
	rc = reset_status(virtio);
	virtio->info.accepted = 0;
	if (padma_device_quiesce(virtio->device) == 0 || rc == 0 ||
	    padma_device_state(virtio->device) == PADMA_DEVICE_GONE)
		return 0;
	return fail(
		-EIO,
		"%s does not respond to a reset, and its bus mastering cannot be turned off: its "
		"memory stays in use",
		padma_device_name(virtio->device));
}

int padma_virtio_start(struct padma_virtio *virtio)
{
	int rc = padma_device_bus_master(virtio->device, true);

	if (rc)
		return rc;
	transport_add_status(virtio, STATUS_DRIVER_OK);
	return padma_virtio_check(virtio);
}

int padma_virtio_check(struct padma_virtio *virtio)
{
	uint8_t status = transport_status(virtio);
	int rc = transport_answers(virtio, status);

	if (rc)
		return rc;
	if (status & STATUS_NEEDS_RESET)
		return fail(-EIO, "%s reports that it needs a reset",
			    padma_device_name(virtio->device));
	/* It was reset by something else, or its registers read as zeros because it is gone. */
	if (!(status & STATUS_DRIVER_OK)) {
		if (padma_device_check(virtio->device) == PADMA_DEVICE_GONE)
			return fail(-ENODEV, "%s is gone; close it",
				    padma_device_name(virtio->device));
		return fail(-EIO, "%s has stopped: its status is 0x%02x; reset it",
			    padma_device_name(virtio->device), status);
	}
	return 0;
}

uint8_t padma_virtio_isr(struct padma_virtio *virtio)
{
	return padma_window_read8(&virtio->isr, 0);
}

int padma_virtio_config_vector(struct padma_virtio *virtio, unsigned int vector)
{
	padma_window_write16(&virtio->common, COMMON_CONFIG_VECTOR, (uint16_t)vector);
	if (padma_window_read16(&virtio->common, COMMON_CONFIG_VECTOR) != vector)
		return fail(-ENOSPC, "%s rejected vector %u for configuration changes",
			    padma_device_name(virtio->device), vector);
	return 0;
}
