/* SPDX-License-Identifier: BSD-3-Clause */
/* virtio.h - feature bits of network devices (Virtio 1.2, 5.1.3 and 6) that pass between driver and back end. */
#ifndef VHOST_VIRTIO_H
#define VHOST_VIRTIO_H

#define BIT(n)		(1ull << (n))

#define F_CSUM		0
#define F_GUEST_CSUM	1
#define F_MTU		3
#define F_MAC		5
#define F_GUEST_TSO4	7
#define F_GUEST_TSO6	8
#define F_GUEST_ECN	9
#define F_GUEST_UFO	10
#define F_HOST_TSO4	11
#define F_HOST_TSO6	12
#define F_HOST_ECN	13
#define F_HOST_UFO	14
#define F_MRG_RXBUF	15
#define F_STATUS	16
#define F_CTRL_VQ	17
#define F_CTRL_RX	18
#define F_MQ		22
#define F_CTRL_MAC_ADDR 23
#define F_INDIRECT_DESC 28
#define F_EVENT_IDX	29
#define F_VERSION_1	32
#define F_RING_PACKED	34
#define F_IN_ORDER	35

#endif
