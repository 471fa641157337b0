/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nic.h - a small driver written by hand, for tests of the simulated Intel cards.
 *
 * It builds descriptors of any kind, valid or not: no driver of the library is between a test and the card. Its
 * definitions are its own, from the manuals.
 */
#ifndef TESTS_SIM_NIC_H
#define TESTS_SIM_NIC_H

#include <stdbool.h>

#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/error.h>
#include <padma/sim.h>
#include <padma/space.h>

#include "test.h"

#define NIC_ENTRIES	 16u
#define NIC_BUFFER_BYTES 16384u

struct nic_ring {
	uint64_t (*words)[2]; /* descriptors */
	uint8_t *buffers;     /* NIC_BUFFER_BYTES for each */
	uint32_t base;	      /* registers */
	unsigned int tail, head;
};

struct nic {
	struct padma_space *space;
	struct padma_device *device;
	const struct padma_bar *bar;
	bool is_82574, has_own_space;
	struct nic_ring rx[2], tx[2];
};

struct nic_frame {
	const uint8_t *data;
	unsigned int bytes;
	uint32_t status; /* extended: the whole word; legacy: status, and errors from bit 24 on */
	uint32_t hash, mrq;
	uint16_t tag, sum;
	unsigned int descriptors;
};

/* A card in @space, or in a space of its own if that is NULL. Rings are allocated, nothing is enabled. */
void nic_open(struct nic *nic, struct padma_space *space, const char *name);
/* Checks that no DMA went astray, and @errors driver errors. */
void nic_close(struct nic *nic, uint64_t errors);

uint32_t nic_get(const struct nic *nic, uint32_t offset);
void nic_set(const struct nic *nic, uint32_t offset, uint32_t value);
/* Rings, addresses, link; @rctl and @tctl beside the enable bits, buffers of 2 KiB. */
void nic_start(struct nic *nic, uint32_t rctl);
/* Until nothing is to be done. */
void nic_run(struct nic *nic);

/* Give the card all free receive descriptors of a queue. */
void nic_refill(struct nic *nic, unsigned int queue);
/* The next frame; false if there is none. Its descriptors are given back by nic_refill(). */
bool nic_receive(struct nic *nic, unsigned int queue, struct nic_frame *frame);

/* Into the ring: @upper is the second quad word but for the length. */
void nic_put(struct nic *nic, unsigned int queue, const void *data, unsigned int bytes,
	     uint64_t upper);
void nic_put_words(struct nic *nic, unsigned int queue, uint64_t first, uint64_t second);
void nic_ring_tail(struct nic *nic, unsigned int queue);
/* Whether DD is set in the latest descriptor. */
bool nic_is_sent(const struct nic *nic, unsigned int queue);
/* One frame, as data descriptor with EOP, IFCS and RS, and @more bits. */
void nic_send(struct nic *nic, const void *data, unsigned int bytes, uint64_t more);

/* Second quad words. */
#define NIC_DATA  (1ull << 29 | 1ull << 20)
#define NIC_EOP	  (1ull << 24)
#define NIC_IFCS  (1ull << 25)
#define NIC_TSE	  (1ull << 26)
#define NIC_IC	  (1ull << 26)
#define NIC_RS	  (1ull << 27)
#define NIC_VLE	  (1ull << 30)
#define NIC_IDE	  (1ull << 31)
#define NIC_IXSM  (1ull << 40)
#define NIC_TXSM  (1ull << 41)
#define NIC_WHOLE (NIC_DATA | NIC_EOP | NIC_IFCS | NIC_RS)

/* Build a frame: UDP or TCP over IPv4 or IPv6, sums filled in; its length. Addresses and ports depend on @flow. */
unsigned int nic_frame(uint8_t *frame, const uint8_t *to, bool v6, bool tcp, unsigned int payload,
		       unsigned int flow);
uint16_t nic_sum(const uint8_t *data, unsigned int bytes, uint32_t more);
/* Whether the sums of IP and TCP or UDP in a frame are right. */
bool nic_sums_right(const uint8_t *frame, unsigned int bytes);

#endif
