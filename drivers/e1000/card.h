/* SPDX-License-Identifier: BSD-3-Clause */
/* card.h - a card, and how its models differ. */
#ifndef E1000_CARD_H
#define E1000_CARD_H

#include <padma/bar.h>
#include <padma/net/driver.h>

#include "regs.h"

/* Unicast and multicast addresses with an exact match; the 16th of the 82574's is its firmware's. */
#define E1000_ADDRESSES	 15u
/* Longest frames that the cards receive and transmit, without the CRC (82574 datasheet 1.3; 8254x manual 13.4.22). */
#define E1000_MTU_MAX	 9000u
#define E1000_DEPTH_MIN	 8u /* RDLEN and TDLEN are multiples of 128 bytes */
#define E1000_DEPTH_MAX	 4096u
#define E1000_QUEUES_MAX 2u

/**
 * struct e1000_model - a model of card, a row of the table in model.c
 * @name: for messages
 * @device: Device ID; the vendor is Intel
 * @queues: receive and transmit queues
 * @is_express: PCI Express: master disable, a bit for the end of the EEPROM's automatic read, GCR
 * @has_vectors: MSI-X, by IVAR, EIAC and EITR
 * @extended: receive descriptors of the extended format; otherwise legacy
 * @mdio_shared: the PHY's management interface is shared with the firmware
 * @eerd_done: EERD: the bit that says that a word was read
 * @eerd_address_shift: EERD: where the word's number is
 * @pba_kib: packet buffer for reception, in KiB, at the default MTU
 * @pba_jumbo_kib: with larger frames
 * @offloads: PADMA_OFFLOAD_*
 */
struct e1000_model {
	const char *name;
	uint16_t device;
	uint8_t queues;
	bool is_express, has_vectors, extended, mdio_shared;
	uint8_t eerd_done, eerd_address_shift;
	uint8_t pba_kib, pba_jumbo_kib;
	uint32_t offloads;
};

/* Statistics registers: statistics.c has their names. */
#define E1000_STATISTICS 64u

struct e1000 {
	struct padma_port port; /* first */
	const struct e1000_model *model;
	const struct padma_bar *bar;
	uint32_t buffer_bytes; /* the most that the card writes to a packet's room */
	uint32_t frame_bytes;  /* of the largest frame at this MTU, tags included */
	uint32_t status;       /* the link, when service looked last */
	bool mastering;	       /* the card may be doing DMA */
	uint64_t statistics[E1000_STATISTICS];
};

static inline struct e1000 *e1000_of(struct padma_port *port)
{
	return (struct e1000 *)(void *)port;
}

static inline const char *e1000_name(const struct e1000 *card)
{
	return padma_device_name(card->port.device);
}

static inline uint32_t reg_read(const struct e1000 *card, uint32_t reg)
{
	return padma_bar_read32(card->bar, reg);
}

static inline void reg_write(const struct e1000 *card, uint32_t reg, uint32_t value)
{
	padma_bar_write32(card->bar, reg, value);
}

/* Flush posted writes. */
static inline void reg_flush(const struct e1000 *card)
{
	(void)reg_read(card, REG_STATUS);
}

/* The model of a device, or NULL. */
const struct e1000_model *e1000_model_of(const struct padma_device_ids *ids);

#endif
