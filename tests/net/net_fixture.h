/* SPDX-License-Identifier: BSD-3-Clause */
/* net_fixture.h - a space, a pool of packets that checks what is put, and a fake port in it. */
#ifndef TESTS_NET_FIXTURE_H
#define TESTS_NET_FIXTURE_H

#include "must.h"

#include <padma/error.h>
#include <padma/net/port.h>
#include <padma/sim.h>
#include <padma/space.h>

#include "net/fake.h"
#include "net/packet_chain.h"

#define PACKETS 1024u

struct bed {
	struct padma_space *space;
	struct padma_device *device;
	struct padma_port *port;
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
	struct padma_rx_queue *rx[FAKE_QUEUES];
	struct padma_tx_queue *tx[FAKE_QUEUES];
};

static inline void open_memory(struct bed *bed)
{
	const struct padma_space_params params = {.page_bytes = 4096, .chunk_bytes = 2 << 20};
	const struct padma_packet_pool_params packets = {
		.count = PACKETS, .name = "packets", .checks = PADMA_POOL_CHECKS_ON};

	*bed = (struct bed){0};
	must(padma_space_open_for("sim:edu", &params, &bed->space));
	must(padma_device_open(bed->space, fake_control.device ? fake_control.device : "sim:edu",
			       &bed->device));
	must(padma_packet_pool_open(bed->space, &packets, &bed->pool));
	must(padma_pool_cache_open(bed->pool, &bed->cache));
}

static inline void close_memory(struct bed *bed)
{
	assert_int_equal(padma_pool_available(bed->pool), PACKETS);
	padma_pool_cache_close(bed->cache);
	must(padma_pool_close(bed->pool));
	must(padma_device_close(bed->device));
	must(padma_space_close(bed->space));
}

/* The port, not configured; the control is the test's to change first. */
static inline void open_port_bed(struct bed *bed)
{
	open_memory(bed);
	must(padma_port_open(bed->device, &bed->port));
}

static inline void open_queues(struct bed *bed, unsigned int queues)
{
	for (unsigned int i = 0; i < queues; i++) {
		must(padma_rx_queue_open(bed->port, i, bed->cache, &bed->rx[i]));
		must(padma_tx_queue_open(bed->port, i, bed->cache, &bed->tx[i]));
	}
}

static inline void close_queues(struct bed *bed)
{
	for (unsigned int i = 0; i < FAKE_QUEUES; i++) {
		must(padma_rx_queue_close(bed->rx[i]));
		must(padma_tx_queue_close(bed->tx[i]));
		bed->rx[i] = NULL;
		bed->tx[i] = NULL;
	}
}

/* A started port with one queue of each kind. */
static inline void open_bed(struct bed *bed, const struct padma_port_params *params)
{
	open_port_bed(bed);
	must(padma_port_configure(bed->port, params));
	open_queues(bed, params && params->rx_queues ? params->rx_queues : 1);
	must(padma_port_start(bed->port));
}

static inline void close_bed(struct bed *bed)
{
	must(padma_port_stop(bed->port));
	close_queues(bed);
	must(padma_port_close(bed->port));
	close_memory(bed);
}

static inline struct padma_packet *packet_of(struct bed *bed, const void *data, uint16_t bytes)
{
	return packet_segment(bed->cache, data, bytes);
}

#endif
