/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bed.h - a port of the virtio-net driver on a simulated card, stepped in the test's thread, and frames through it.
 *
 * The card is looped unless the keys say otherwise: what the port transmits it receives. Closing the bed checks that
 * each packet is back in its pool, that no DMA went astray, and that the driver kept to the specification as far as the
 * device looks (padma_sim_driver_errors()).
 */
#ifndef TESTS_VIRTIO_NET_BED_H
#define TESTS_VIRTIO_NET_BED_H

#include <stdbool.h>

#include <padma/error.h>
#include <padma/net/port.h>
#include <padma/sim.h>
#include <padma/space.h>

#include "must.h"

#define BIT(n)	       (1ull << (n))
#define BED_QUEUES     4u
#define BED_PACKETS    1024u
#define BED_JUMBO_ROOM 9472u

struct bed {
	struct padma_space *space;
	struct padma_device *device;
	struct padma_port *port;
	struct padma_port_info info;
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
	struct padma_rx_queue *rx[BED_QUEUES];
	struct padma_tx_queue *tx[BED_QUEUES];
	unsigned int rx_queues, tx_queues;
	size_t packets;
	unsigned int room_bytes; /* of a packet; 0: the default */
	uint32_t sent, received; /* numbers of the next frames */
};

/* A space for all beds of the program, and its end. */
int bed_space_open(void **state);
int bed_space_close(void **state);

/* The card "sim:virtio-net,KEYS" ("loop" and "step" are added unless another wire, or "threads" comes first), opened. */
void bed_open(struct bed *bed, const char *keys, size_t packets, size_t room_bytes);
/* Configured and started, with its queues; the first burst has filled the rings. */
void bed_start(struct bed *bed, const struct padma_port_params *params);
void bed_close_port(struct bed *bed);
void bed_close(struct bed *bed);
/* The same for a device that broke the rules itself: the driver's errors are not looked at. */
void bed_close_broken(struct bed *bed);

/* A frame of the pool: a UDP datagram with a number, its payload filled from it. */
struct padma_packet *bed_frame(struct bed *bed, uint32_t number, unsigned int bytes,
			       unsigned int segments);
/* Whether a received packet is the frame with this number. */
bool bed_is_frame(const struct padma_packet *packet, uint32_t number);
/* Steps until nothing happens. */
void bed_step(struct bed *bed);
/* Transmit @count frames by queue @queue, step, receive them in order, checking each byte. */
void bed_exchange(struct bed *bed, unsigned int queue, unsigned int count, unsigned int bytes,
		  unsigned int segments);
/* Put everything that any receive queue has. How many. */
unsigned int bed_discard(struct bed *bed);
void bed_fault(struct bed *bed, enum padma_sim_fault_kind kind, uint64_t value, uint64_t skip,
	       uint64_t count);
/* A reset of the port, from the control thread and the queues' (here the same). Its result. */
int bed_reset(struct bed *bed);

#endif
