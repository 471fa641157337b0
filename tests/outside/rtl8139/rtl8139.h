/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtl8139.h - a poll-mode driver of Realtek's RTL8139, outside of padma's tree.
 *
 * By one thread. Functions return 0 or a count, or a negative errno with the reason in padma_last_error().
 */
#ifndef RTL8139_H
#define RTL8139_H

#include <stddef.h>
#include <stdint.h>

#include <padma/device.h>
#include <padma/pmd/irq.h>

#define RTL8139_TX	    4
#define RTL8139_FRAME_BYTES 1514

struct rtl8139 {
	struct padma_device *device;
	const struct padma_bar *bar;
	struct padma_irq irq;
	uint8_t *rx, *tx; /* the ring, and a buffer for each transmit descriptor */
	uint32_t rx_offset;
	unsigned int tx_next;
};

/* Open @nic on @device, which the caller keeps open until rtl8139_close(). */
int rtl8139_open(struct rtl8139 *nic, struct padma_device *device);
/* Stop it and free its memory. -ETIMEDOUT: it does not stop, and keeps its memory. */
int rtl8139_close(struct rtl8139 *nic);
/* Send a frame of 14 to 1514 bytes, which is copied. -ETIMEDOUT: all descriptors stay in use. */
int rtl8139_send(struct rtl8139 *nic, const void *frame, size_t bytes);
/* Copy the next frame to @frame, which has room for RTL8139_FRAME_BYTES. Return: its bytes; 0 if there is none. */
int rtl8139_receive(struct rtl8139 *nic, void *frame);
/* Sleep until a frame has come or gone. */
int rtl8139_wait(struct rtl8139 *nic, uint64_t timeout_ns);

#endif
