/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec.h - numbers of Virtio 1.2 (OASIS, 2022) and its successors, as the device side needs them. Sections are those of 1.2.
 */
#ifndef SIM_VIRTIO_SPEC_H
#define SIM_VIRTIO_SPEC_H

#include <stdint.h>

#define VIRTIO_BIT(n)		 (1ull << (n))

/* 2.1, device status */
#define STATUS_ACKNOWLEDGE	 1u
#define STATUS_DRIVER		 2u
#define STATUS_DRIVER_OK	 4u
#define STATUS_FEATURES_OK	 8u
#define STATUS_NEEDS_RESET	 64u
#define STATUS_FAILED		 128u

/* 6, reserved feature bits */
#define F_INDIRECT_DESC		 28
#define F_EVENT_IDX		 29
#define F_VERSION_1		 32
#define F_ACCESS_PLATFORM	 33
#define F_RING_PACKED		 34
#define F_IN_ORDER		 35
#define F_ORDER_PLATFORM	 36
#define F_NOTIFICATION_DATA	 38
#define F_NOTIF_CONFIG_DATA	 39
#define F_RING_RESET		 40

/* 4.1.4, capabilities */
#define CAPABILITY_VENDOR	 0x09
#define CFG_COMMON		 1
#define CFG_NOTIFY		 2
#define CFG_ISR			 3
#define CFG_DEVICE		 4
#define CFG_PCI			 5

/* 4.1.4.3, common configuration: offsets */
#define COMMON_DEVICE_SELECT	 0x00
#define COMMON_DEVICE_FEATURE	 0x04
#define COMMON_DRIVER_SELECT	 0x08
#define COMMON_DRIVER_FEATURE	 0x0c
#define COMMON_CONFIG_VECTOR	 0x10
#define COMMON_NUM_QUEUES	 0x12
#define COMMON_STATUS		 0x14
#define COMMON_GENERATION	 0x15
#define COMMON_QUEUE_SELECT	 0x16
#define COMMON_QUEUE_SIZE	 0x18
#define COMMON_QUEUE_VECTOR	 0x1a
#define COMMON_QUEUE_ENABLE	 0x1c
#define COMMON_QUEUE_NOTIFY_OFF	 0x1e
#define COMMON_QUEUE_DESC	 0x20
#define COMMON_QUEUE_DRIVER	 0x28
#define COMMON_QUEUE_DEVICE	 0x30
#define COMMON_QUEUE_NOTIFY_DATA 0x38
#define COMMON_QUEUE_RESET	 0x3a
#define COMMON_BYTES		 0x3c

#define NO_VECTOR		 0xffffu

/* 4.1.4.5, ISR status */
#define ISR_QUEUE		 1u
#define ISR_CONFIG		 2u

/* 2.7.5 and 2.8.1, flags of descriptors */
#define DESC_NEXT		 1u
#define DESC_WRITE		 2u
#define DESC_INDIRECT		 4u
#define DESC_AVAIL		 0x80u	 /* packed only */
#define DESC_USED		 0x8000u /* likewise */
#define DESC_BYTES		 16u

/* 2.7.6 and 2.7.8: flags of split rings */
#define AVAIL_NO_INTERRUPT	 1u
#define USED_NO_NOTIFY		 1u

/* 2.8.7: event suppression of packed rings */
#define EVENT_ENABLE		 0u
#define EVENT_DISABLE		 1u
#define EVENT_DESC		 2u

#define SPLIT_ENTRIES_MAX	 32768u
#define PACKED_ENTRIES_MAX	 32768u

#endif
