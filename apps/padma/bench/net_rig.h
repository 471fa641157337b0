/* SPDX-License-Identifier: BSD-3-Clause */
/* net_rig.h - what padma bench net measures: stepped null cards, their queues in this thread, and the floor's. */
#ifndef BENCH_NET_RIG_H
#define BENCH_NET_RIG_H

#include <padma/net/port.h>
#include <padma/sim.h>

#include "bench/bench.h"
#include "bench/net_floor.h"

/* A pair of queues, and the packets that it has received and not transmitted. */
struct net_lane {
	struct padma_rx_queue *rx;
	struct padma_tx_queue *tx;
	struct net_floor floor;
	struct padma_packet **packets; /* options->depth of them */
	unsigned int count, sent;
};

struct net_card {
	struct padma_device *device;
	struct padma_port *port;
};

struct net_rig {
	const struct bench_net_options *options;
	struct padma_space *space;
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
	struct net_card *cards;
	unsigned int card_count;
	struct net_lane *lanes; /* options->queues of them */
	struct net_floor_stack stack;
};

/* 0, or the exit code, after complaining; net_rig_close() after either. */
int net_rig_open(struct net_rig *rig, const struct bench_net_options *options);
/* The exit code: also if packets were lost. */
int net_rig_close(struct net_rig *rig);

#endif
