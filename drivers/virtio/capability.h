/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capability.h - the vendor-specific capabilities that say where a virtio device has its structures (Virtio 1.2,
 * 4.1.4).
 *
 * Threading: any thread.
 */
#ifndef VIRTIO_CAPABILITY_H
#define VIRTIO_CAPABILITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPABILITY_VENDOR	0x09 /* PCI Local Bus 3.0, appendix H */
#define CAPABILITY_BYTES	16u
#define CAPABILITY_NOTIFY_BYTES 20u

/* What a capability is of: cfg_type. */
enum capability_type {
	CAPABILITY_COMMON = 1,
	CAPABILITY_NOTIFY = 2,
	CAPABILITY_ISR = 3,
	CAPABILITY_DEVICE = 4,
};

struct capability {
	uint8_t type;
	uint8_t bar;
	uint32_t offset;
	uint32_t bytes;
	uint32_t multiplier; /* of a notify capability */
};

/*
 * Read a capability of @bytes bytes. Return: whether it is one that this driver uses: of a known type, long enough for
 * it, and naming a BAR.
 */
bool capability_parse(const uint8_t *data, size_t bytes, struct capability *capability);

/* Why a structure cannot be used, or NULL: its least length and its alignment (4.1.4.3 to 4.1.4.6). */
const char *capability_fault(const struct capability *capability);

#endif
