/* SPDX-License-Identifier: BSD-3-Clause */
/* layout.h - where in BAR 0 things are, and in configuration space the capabilities that say so. */
#ifndef SIM_VIRTIO_LAYOUT_H
#define SIM_VIRTIO_LAYOUT_H

#include <stdint.h>

#include "transport.h"

#define BAR_COMMON	  0x0000u
#define BAR_ISR		  0x0100u
#define BAR_NOTIFY	  0x1000u
#define BAR_DEVICE	  0x2000u
#define BAR_MSIX	  0x3000u
#define NOTIFY_MULTIPLIER 4u
#define MSIX_ENTRY_BYTES  16u

/* The capability by which configuration space reaches the BAR (4.1.4.9). */
#define CAP_PCI_AT	  0xe4u
#define CAP_BAR		  4u
#define CAP_OFFSET	  8u
#define CAP_LENGTH	  12u
#define CAP_DATA	  16u
#define CAP_BYTES	  16u

/* transport.c: how large the queues can be, with the features that are accepted. */
void sim_virtio_size_queues(struct sim_virtio *virtio);
/* How many queues a driver sees now. */
unsigned int sim_virtio_shown(const struct sim_virtio *virtio);

/* shape.c */
void sim_virtio_describe(const struct sim_virtio *virtio, struct padma_sim_shape *shape);

/* common.c: the common configuration structure. */
uint64_t sim_virtio_common_read(struct sim_virtio *virtio, uint32_t offset, unsigned int width);
void sim_virtio_common_write(struct sim_virtio *virtio, uint32_t offset, uint64_t value,
			     unsigned int width);

/* status.c: the driver writes the device status. */
void sim_virtio_set_status(struct sim_virtio *virtio, uint8_t status);
uint8_t sim_virtio_status(struct sim_virtio *virtio);

/* notify.c: a word that was written into the area of notifications, at the word @slot. */
void sim_virtio_notified(struct sim_virtio *virtio, unsigned int slot, uint32_t value);

#endif
