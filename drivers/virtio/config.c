// SPDX-License-Identifier: BSD-3-Clause
/* The device's own configuration structure (Virtio 1.2, 2.5 and 4.1.4.6). */
#include <string.h>

#include "message.h"
#include "regs.h"
#include "virtio.h"

/* A device that changes it more often than this while it is read never stops. */
#define ATTEMPTS 100

/* A field is read by accesses of its own width, 8 bytes by two of 4 (4.1.3.1); other lengths are arrays of bytes. */
static unsigned int access_width(size_t bytes)
{
	if (bytes == 2 || bytes == 4)
		return (unsigned int)bytes;
	return bytes == 8 ? 4 : 1;
}

static void read_once(const struct padma_bar_window *config, unsigned int offset, uint8_t *data,
		      size_t bytes)
{
	unsigned int width = access_width(bytes);

	for (size_t at = 0; at < bytes; at += width) {
		uint32_t value;

		if (width == 4)
			value = padma_window_read32(config, offset + at);
		else if (width == 2)
			value = padma_window_read16(config, offset + at);
		else
			value = padma_window_read8(config, offset + at);
		memcpy(data + at, &value, width);
	}
}

int padma_virtio_config_read(struct padma_virtio *virtio, unsigned int offset, void *data,
			     size_t bytes)
{
	uint8_t before, after;
	int attempts = 0;

	memset(data, 0, bytes);
	if (offset > virtio->config.bytes || bytes > virtio->config.bytes - offset)
		return fail(-EINVAL, "%s has %llu bytes of configuration, not %zu at %u",
			    padma_device_name(virtio->device),
			    (unsigned long long)virtio->config.bytes, bytes, offset);
	do {
		if (attempts++ == ATTEMPTS)
			return fail(
				-ETIMEDOUT,
				"%s keeps changing its configuration while it is read, again and "
				"again",
				padma_device_name(virtio->device));
		before = padma_window_read8(&virtio->common, COMMON_GENERATION);
		read_once(&virtio->config, offset, data, bytes);
		after = padma_window_read8(&virtio->common, COMMON_GENERATION);
	} while (before != after);
	return after == 0xff ? transport_answers(virtio, transport_status(virtio)) : 0;
}
