/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bed.h - a port of the e1000 driver on a simulated card, stepped, and at the other end of its wire a card that a small driver
 * written by hand works (tests/sim/e1000/nic.h): what the port transmits is checked by independent code.
 */
#ifndef TESTS_E1000_BED_H
#define TESTS_E1000_BED_H

#include <padma/net/port.h>
#include <padma/sim.h>

#include "must.h"
#include "sim/e1000/nic.h"

#define PACKETS	   1024u
#define JUMBO_ROOM 9472u
#define BURST	   32u

struct bed {
	struct padma_space *space;
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
	struct padma_device *device;
	struct padma_port *port;
	struct padma_port_info info;
	struct padma_rx_queue *rx[2];
	struct padma_tx_queue *tx[2];
	unsigned int rx_queues, tx_queues, packets;
	bool has_peer;
	struct nic peer;
};

/* What a bed is opened with; zero is a good default. */
struct bed_params {
	const char *model; /* "e1000e" */
	const char *keys;  /* further keys of the card, ",key..." */
	const char *wire;  /* ",loop" or the like instead of the peer */
	struct padma_port_params port;
	unsigned int packets; /* PACKETS */
	size_t room_bytes;
	enum padma_irq_kind irq;
	bool has_irq; /* use @irq */
};

/* The card, configured and started; the first burst has filled its rings. */
void bed_open(struct bed *bed, const struct bed_params *params);
/* Space, pool and card only; then bed_start(). */
void bed_prepare(struct bed *bed, const struct bed_params *params);
void bed_start(struct bed *bed, const struct bed_params *params);
/* Checks that each packet is in the pool, that no DMA went astray, and that the driver followed the manual. */
void bed_close(struct bed *bed);
/* The same for a bed whose card broke the rules itself: the driver's errors are not looked at. */
void bed_close_broken(struct bed *bed);
/* Step both cards until nothing happens. */
void bed_run(struct bed *bed);

/* A packet of the pool with a copy of the data, in @segments segments of nearly the same size. */
struct padma_packet *bed_packet(struct bed *bed, const void *data, unsigned int bytes,
				unsigned int segments);
/* Transmit it by queue 0, and run; it must be taken. */
void bed_send(struct bed *bed, struct padma_packet *packet);
/* The next packet of a queue; NULL if there is none. */
struct padma_packet *bed_receive(struct bed *bed, unsigned int queue);
/* Its data in one piece; the number of bytes. */
unsigned int bed_copy(const struct padma_packet *packet, uint8_t *data, unsigned int room);
void bed_fault(struct bed *bed, enum padma_sim_fault_kind kind, uint64_t value, uint64_t skip,
	       uint64_t count);
/* Reap until everything that was handed over is sent. */
void bed_drain(struct bed *bed);
/* Call padma_port_reset_finish() and the queues until it is done. */
void bed_reset(struct bed *bed);
/* A frame goes from the port to the peer, and one back. */
void bed_works(struct bed *bed);

extern const uint8_t bed_peer_mac[6];

#endif
