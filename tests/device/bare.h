/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bare.h - a device without a space: configuration space and BARs that the test fills, for the calls that need
 * nothing else of a device.
 */
#ifndef TESTS_DEVICE_BARE_H
#define TESTS_DEVICE_BARE_H

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "device/bar.h"
#include "device/provider.h"

struct bare {
	struct padma_device head;
	uint8_t config[4096];
	int config_error; /* of all accesses to configuration space */
	bool gone;	  /* the device is off the bus */
	unsigned int config_reads;
	uint8_t trapped[64];	/* the first bytes of each BAR, where they are not mapped */
	unsigned int bar_reads; /* by the provider */
	unsigned int bar_writes;
	void (*on_read)(struct bare *bare);
};

static inline int bare_answer(struct bare *bare)
{
	if (bare->gone)
		device_set_state(&bare->head, PADMA_DEVICE_GONE);
	return bare->gone ? -ENODEV : bare->config_error;
}

static inline int bare_config_read(struct padma_device *device, unsigned int offset, void *data,
				   size_t bytes)
{
	struct bare *bare = (struct bare *)device;
	int rc = bare_answer(bare);

	bare->config_reads++;
	memset(data, 0xff, bytes);
	if (rc == 0)
		memcpy(data, bare->config + offset, bytes);
	return rc;
}

static inline int bare_config_write(struct padma_device *device, unsigned int offset,
				    const void *data, size_t bytes)
{
	struct bare *bare = (struct bare *)device;
	int rc = bare_answer(bare);

	if (rc == 0)
		memcpy(bare->config + offset, data, bytes);
	return rc;
}

static inline uint64_t bare_bar_read(struct padma_device *device, unsigned int bar, uint64_t offset,
				     unsigned int width)
{
	struct bare *bare = (struct bare *)device;
	uint64_t value = 0;

	(void)bar;
	bare->bar_reads++;
	if (bare->on_read)
		bare->on_read(bare);
	if (offset + width <= sizeof(bare->trapped))
		memcpy(&value, bare->trapped + offset, width);
	return le64toh(value);
}

static inline void bare_bar_write(struct padma_device *device, unsigned int bar, uint64_t offset,
				  uint64_t value, unsigned int width)
{
	struct bare *bare = (struct bare *)device;

	(void)bar;
	bare->bar_writes++;
	value = htole64(value);
	if (offset + width <= sizeof(bare->trapped))
		memcpy(bare->trapped + offset, &value, width);
}

static inline int bare_quiesce(struct padma_device *device)
{
	return bare_answer((struct bare *)device);
}

static inline void bare_init(struct bare *bare, unsigned int config_bytes)
{
	static const struct device_ops ops = {
		.config_read = bare_config_read,
		.config_write = bare_config_write,
		.bar_read = bare_bar_read,
		.bar_write = bare_bar_write,
		.quiesce = bare_quiesce,
	};
	static char name[] = "bare";

	memset(bare, 0, sizeof(*bare));
	bare->head.ops = &ops;
	bare->head.name = name;
	bare->head.removal_fd = -1;
	bare->head.config_bytes = config_bytes;
	for (unsigned int i = 0; i < PADMA_DEVICE_BARS; i++) {
		bare->head.bars[i].device = &bare->head;
		bare->head.bars[i].index = i;
	}
}

static inline void bare_put16(struct bare *bare, unsigned int at, uint16_t value)
{
	value = htole16(value);
	memcpy(bare->config + at, &value, sizeof(value));
}

static inline void bare_put32(struct bare *bare, unsigned int at, uint32_t value)
{
	value = htole32(value);
	memcpy(bare->config + at, &value, sizeof(value));
}

#endif
