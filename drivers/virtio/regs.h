/* SPDX-License-Identifier: BSD-3-Clause */
/* regs.h - the modern PCI transport's registers (Virtio 1.2, 4.1.4). */
#ifndef VIRTIO_REGS_H
#define VIRTIO_REGS_H

#include <stdint.h>

/* The common configuration structure (4.1.4.3): offset of each field. */
#define COMMON_DEVICE_FEATURE_SELECT 0x00
#define COMMON_DEVICE_FEATURE	     0x04
#define COMMON_DRIVER_FEATURE_SELECT 0x08
#define COMMON_DRIVER_FEATURE	     0x0c
#define COMMON_CONFIG_VECTOR	     0x10
#define COMMON_NUM_QUEUES	     0x12
#define COMMON_STATUS		     0x14
#define COMMON_GENERATION	     0x15
#define COMMON_QUEUE_SELECT	     0x16
#define COMMON_QUEUE_SIZE	     0x18
#define COMMON_QUEUE_VECTOR	     0x1a
#define COMMON_QUEUE_ENABLE	     0x1c
#define COMMON_QUEUE_NOTIFY_OFF	     0x1e
#define COMMON_QUEUE_DESC	     0x20
#define COMMON_QUEUE_DRIVER	     0x28
#define COMMON_QUEUE_DEVICE	     0x30
#define COMMON_BYTES		     0x38 /* without the fields of features */
#define COMMON_QUEUE_NOTIFY_DATA     0x38 /* NOTIF_CONFIG_DATA */
#define COMMON_QUEUE_RESET	     0x3a /* RING_RESET */

/* Device status (2.1). */
#define STATUS_ACKNOWLEDGE	     0x01
#define STATUS_DRIVER		     0x02
#define STATUS_DRIVER_OK	     0x04
#define STATUS_FEATURES_OK	     0x08
#define STATUS_NEEDS_RESET	     0x40
#define STATUS_FAILED		     0x80
#define STATUS_ALL_ONES		     0xff

#endif
