// SPDX-License-Identifier: BSD-3-Clause
/* rtl8139.c - the driver. Registers: RTL8139C(L) datasheet 1.4, sections 5 and 6. */
#include "rtl8139.h"

#include <errno.h>
#include <string.h>

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/space.h>

#define TSD(n)	      (0x10u + 4 * (n)) /* transmit status; writing the size starts it */
#define TSD_OWN	      (1u << 13)	/* the driver may use the descriptor */
#define TSAD(n)	      (0x20u + 4 * (n)) /* where the frame is */
#define RBSTART	      0x30
#define COMMAND	      0x37
#define COMMAND_EMPTY (1u << 0)
#define COMMAND_TX    (1u << 2)
#define COMMAND_RX    (1u << 3)
#define COMMAND_RESET (1u << 4)
#define CAPR	      0x38 /* how far the ring has been read, less 16 */
#define IMR	      0x3c
#define ISR	      0x3e
#define IRQ_RX	      (1u << 0)
#define IRQ_TX	      (1u << 2)
#define TCR	      0x40
#define TCR_DEFAULT   0x03000700 /* the standard's gap between frames, DMA without a limit */
#define RCR	      0x44
#define RCR_ALL	      0x0f	/* any destination */
#define RCR_NO_WRAP   (1u << 7) /* a frame at the ring's end goes on behind it */
#define RCR_DMA	      (7u << 8)

#define RX_BYTES      8192u
/* 16 bytes that the device wants, and a frame that goes on behind the end. */
#define RX_ROOM	      (RX_BYTES + 16 + 2048)
#define TX_BYTES      2048u
#define FRAME_MIN     60u
#define CRC_BYTES     4u

/* Before each frame in the ring, little-endian; the length includes the CRC. */
#define RX_OK	      (1u << 0)
#define RX_HEADER     4u

#define RESET_NS      100000000u
#define SEND_NS	      1000000000u

static int fail(const struct rtl8139 *nic, int error, const char *reason)
{
	return padma_fail(error, "rtl8139", "%s: %s", padma_device_name(nic->device), reason);
}

/* After its own reset the device does no DMA. */
static int reset(struct rtl8139 *nic)
{
	int rc;

	padma_bar_write8(nic->bar, COMMAND, COMMAND_RESET);
	rc = padma_bar_wait8(nic->bar, COMMAND, COMMAND_RESET, 0, RESET_NS);
	if (rc)
		return rc;
	padma_device_declare_quiesced(nic->device);
	return 0;
}

/* The device has 32 address lines. */
static int allocate(struct rtl8139 *nic)
{
	const struct padma_alloc_params params = {
		.align_bytes = 256,
		.dma_mask = UINT32_MAX,
		.flags = PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS,
	};
	struct padma_space *space = padma_device_space(nic->device);
	void *rx = NULL, *tx = NULL;
	int rc;

	rc = padma_space_alloc(space, RX_ROOM, &params, &rx);
	if (rc == 0)
		rc = padma_space_alloc(space, (size_t)RTL8139_TX * TX_BYTES, &params, &tx);
	if (rc)
		padma_space_free(space, rx);
	nic->rx = rc ? NULL : rx;
	nic->tx = rc ? NULL : tx;
	return rc;
}

static void release(struct rtl8139 *nic)
{
	padma_space_free(padma_device_space(nic->device), nic->rx);
	padma_space_free(padma_device_space(nic->device), nic->tx);
	*nic = (struct rtl8139){0};
}

/* The order is the datasheet's: the configuration is written when both halves are on. */
static void start(struct rtl8139 *nic)
{
	struct padma_space *space = padma_device_space(nic->device);

	padma_bar_write32(nic->bar, RBSTART, (uint32_t)padma_dma(space, nic->rx));
	padma_bar_write8(nic->bar, COMMAND, COMMAND_RX | COMMAND_TX);
	padma_bar_write32(nic->bar, TCR, TCR_DEFAULT);
	padma_bar_write32(nic->bar, RCR, RCR_ALL | RCR_NO_WRAP | RCR_DMA);
	padma_bar_write16(nic->bar, IMR, IRQ_RX | IRQ_TX);
}

int rtl8139_open(struct rtl8139 *nic, struct padma_device *device)
{
	int rc;

	*nic = (struct rtl8139){.device = device, .bar = padma_device_bar(device, 1)};
	if (!nic->bar)
		return fail(nic, -ENODEV, "it has no registers in memory");
	rc = reset(nic);
	if (rc)
		return rc;
	rc = allocate(nic);
	if (rc)
		return rc;
	rc = padma_device_bus_master(device, true);
	if (rc == 0)
		rc = padma_irq_open(&nic->irq, device);
	if (rc) {
		release(nic);
		return rc;
	}
	start(nic);
	return 0;
}

int rtl8139_close(struct rtl8139 *nic)
{
	int rc = reset(nic);

	/* A device that is gone writes nothing any more. */
	if (rc && rc != -ENODEV)
		return rc;
	padma_irq_close(&nic->irq);
	release(nic);
	return 0;
}

int rtl8139_send(struct rtl8139 *nic, const void *frame, size_t bytes)
{
	unsigned int n = nic->tx_next;
	uint8_t *buffer = nic->tx + (size_t)n * TX_BYTES;
	int rc;

	if (bytes < 14 || bytes > RTL8139_FRAME_BYTES)
		return fail(nic, -EINVAL, "a frame has 14 to 1514 bytes");
	rc = padma_bar_wait32(nic->bar, TSD(n), TSD_OWN, TSD_OWN, SEND_NS);
	if (rc)
		return rc;
	memcpy(buffer, frame, bytes);
	if (bytes < FRAME_MIN) {
		memset(buffer + bytes, 0, FRAME_MIN - bytes);
		bytes = FRAME_MIN;
	}
	padma_bar_write32(nic->bar, TSAD(n),
			  (uint32_t)padma_dma(padma_device_space(nic->device), buffer));
	/* The frame is there before the register that starts it: the accessors see to that. */
	padma_bar_write32(nic->bar, TSD(n), (uint32_t)bytes);
	nic->tx_next = (n + 1) % RTL8139_TX;
	return 0;
}

int rtl8139_receive(struct rtl8139 *nic, void *frame)
{
	const uint8_t *at = nic->rx + nic->rx_offset;
	uint16_t header[2];
	uint8_t command = padma_bar_read8(nic->bar, COMMAND);

	if (command == UINT8_MAX)
		return fail(nic, -ENODEV, "the device does not answer");
	if (command & COMMAND_EMPTY)
		return 0;
	/* The frame was there before the register said so: likewise. */
	memcpy(header, at, sizeof(header));
	if (!(header[0] & RX_OK) || header[1] < 14 + CRC_BYTES ||
	    header[1] > RTL8139_FRAME_BYTES + CRC_BYTES)
		return fail(nic, -EIO, "the receive ring is broken; close it and open it again");
	memcpy(frame, at + RX_HEADER, header[1] - CRC_BYTES);
	nic->rx_offset = ((nic->rx_offset + RX_HEADER + header[1] + 3) & ~3u) % RX_BYTES;
	padma_bar_write16(nic->bar, CAPR, (uint16_t)(nic->rx_offset - 16));
	return (int)(header[1] - CRC_BYTES);
}

int rtl8139_wait(struct rtl8139 *nic, uint64_t timeout_ns)
{
	int rc = padma_irq_wait(&nic->irq, timeout_ns);

	padma_bar_write16(nic->bar, ISR, padma_bar_read16(nic->bar, ISR));
	return rc;
}
