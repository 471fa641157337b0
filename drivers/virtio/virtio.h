/* SPDX-License-Identifier: BSD-3-Clause */
/* virtio.h - the transport, as the files of this driver share it. */
#ifndef VIRTIO_VIRTIO_H
#define VIRTIO_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/bar.h>
#include <padma/virtio.h>

#include "capability.h"

/* Time limit for what a device should do immediately, but may do in a thread of the host. */
#define VIRTIO_TIMEOUT_NS 3000000000ull
#define VIRTIO_FEATURES	  64u

struct padma_virtio {
	struct padma_device *device;
	struct padma_bar_window common, notify, isr,
		config; /* config: bytes is 0 if there is none */
	uint32_t notify_multiplier;
	struct padma_virtio_info info;
	unsigned int record_count;
	struct padma_virtio_record records[VIRTIO_FEATURES];
};

/* Where the device has its structures: fills the windows. 0, -ENOTSUP, -EPROTO, -EIO, -ENODEV. */
int transport_find(struct padma_virtio *virtio);

uint8_t transport_status(const struct padma_virtio *virtio);
/* Add bits to the status. */
void transport_add_status(struct padma_virtio *virtio, uint8_t bits);
/* 0 if the device answers: a status of all ones is looked into. -EIO, -ENODEV. */
int transport_answers(struct padma_virtio *virtio, uint8_t status);
/* A 64-bit field, by two writes of 32 bits (4.1.3.1). */
void transport_write64(struct padma_virtio *virtio, unsigned int offset, uint64_t value);
uint64_t transport_offered(struct padma_virtio *virtio);
/* How many queues it has now. */
unsigned int transport_queues(struct padma_virtio *virtio);
void transport_accept(struct padma_virtio *virtio, uint64_t features);

#endif
