// SPDX-License-Identifier: BSD-3-Clause
/* See net_rig.h. */
#include "bench/net_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/error.h>

#include "common/command.h"

/*
 * Packets of a lane: in the receive ring, in the transmit ring, and received; the floor has as many. A ring's worth goes
 * through the cache in each phase: it must not go to the pool's depot and back, as in a loop that forwards it would not.
 */
#define RINGS_OF_LANE 3u
#define CACHE_MAX     65536u

static int open_space(struct net_rig *rig)
{
	struct padma_space_params params = bench_params();

	params.guard = rig->options->guard ? PADMA_GUARD_PAGES : PADMA_GUARD_OFF;
	rig->space = bench_space(&params);
	return rig->space ? 0 : EXIT_FAILURE;
}

static int open_pool(struct net_rig *rig)
{
	const struct bench_net_options *o = rig->options;
	unsigned int ring = o->depth * o->queues, cached = 2 * ring;
	struct padma_packet_pool_params params = {
		.count = 2 * (size_t)RINGS_OF_LANE * ring + cached,
		.cache_packets = cached < CACHE_MAX ? cached : CACHE_MAX,
	};

	if (padma_packet_pool_open(rig->space, &params, &rig->pool) ||
	    padma_pool_cache_open(rig->pool, &rig->cache))
		return complain("%s", padma_last_error());
	return 0;
}

static void name_card(const struct bench_net_options *o, char *name, size_t bytes)
{
	int used = snprintf(name, bytes, "sim:%s,step,null,frame=%u", o->driver, o->size);

	if (strcmp(o->driver, "virtio-net") == 0)
		snprintf(name + used, bytes - (size_t)used, ",queues=%u,depth=%u%s", o->queues,
			 o->depth, o->packed ? ",packed" : "");
}

static int configure(struct net_rig *rig, struct padma_port *port, unsigned int queues)
{
	const struct padma_port_params params = {
		.rx_queues = (uint16_t)queues,
		.rx_depth = rig->options->depth,
		.tx_depth = rig->options->depth,
		.promiscuous = true,
	};

	return padma_port_configure(port, &params) ? complain("%s", padma_last_error()) : 0;
}

static int open_lane(struct net_rig *rig, struct net_lane *lane, struct padma_port *port,
		     unsigned int index)
{
	/* A burst may be more than was asked for in the end. */
	lane->packets =
		calloc(rig->options->depth + rig->options->burst, sizeof(struct padma_packet *));
	if (!lane->packets)
		return complain("no memory for %u packets", rig->options->depth);
	if (padma_rx_queue_open(port, index, rig->cache, &lane->rx) ||
	    padma_tx_queue_open(port, index, rig->cache, &lane->tx))
		return complain("%s", padma_last_error());
	return 0;
}

/* One more card, for as many of the @left lanes as it has queues. *queues: how many those are. */
static int open_card(struct net_rig *rig, struct net_card *card, unsigned int left,
		     unsigned int *queues)
{
	struct net_lane *lanes = rig->lanes + (rig->options->queues - left);
	struct padma_port_info info;
	char name[128];
	int code;

	name_card(rig->options, name, sizeof(name));
	rig->card_count++;
	if (padma_device_open(rig->space, name, &card->device) ||
	    padma_port_open(card->device, &card->port) || padma_port_info(card->port, &info))
		return complain("%s", padma_last_error());
	*queues = info.rx_queues < info.tx_queues ? info.rx_queues : info.tx_queues;
	*queues = *queues < left ? *queues : left;
	code = configure(rig, card->port, *queues);
	for (unsigned int i = 0; i < *queues && code == 0; i++)
		code = open_lane(rig, &lanes[i], card->port, i);
	if (code == 0 && padma_port_start(card->port))
		code = complain("%s", padma_last_error());
	return code;
}

static int open_cards(struct net_rig *rig)
{
	unsigned int left = rig->options->queues, queues = 0;
	int code = 0;

	for (; left && code == 0; left -= queues)
		code = open_card(rig, &rig->cards[rig->card_count], left, &queues);
	return code;
}

static int open_floor(struct net_rig *rig)
{
	const struct bench_net_options *o = rig->options;
	unsigned int packets = RINGS_OF_LANE * o->depth * o->queues;
	bool header = strcmp(o->driver, "virtio-net") == 0;

	rig->stack.packets = malloc(packets * sizeof(struct padma_packet *) + 1);
	if (!rig->stack.packets)
		return complain("no memory for %u packets", packets);
	while (rig->stack.count < packets) {
		struct padma_packet *packet = padma_packet_get(rig->cache);

		if (!packet)
			return complain("the pool has no more packets");
		rig->stack.packets[rig->stack.count++] = packet;
	}
	for (unsigned int i = 0; i < o->queues; i++) {
		if (net_floor_open(&rig->lanes[i].floor, rig->space, o->depth, header, &rig->stack))
			return complain("%s", padma_last_error());
	}
	return 0;
}

int net_rig_open(struct net_rig *rig, const struct bench_net_options *options)
{
	int code;

	*rig = (struct net_rig){.options = options};
	rig->lanes = calloc(options->queues, sizeof(*rig->lanes));
	rig->cards = calloc(options->queues, sizeof(*rig->cards));
	if (!rig->lanes || !rig->cards)
		return complain("no memory for %u queues", options->queues);
	code = open_space(rig);
	if (code == 0)
		code = open_pool(rig);
	if (code == 0)
		code = open_cards(rig);
	return code ? code : open_floor(rig);
}

static void drain_ring(struct net_rig *rig, struct net_floor_ring *ring)
{
	for (; ring->packets && ring->head != ring->tail; ring->head++)
		padma_packet_put(rig->cache, ring->packets[ring->head & ring->mask]);
}

static void close_lane(struct net_rig *rig, struct net_lane *lane)
{
	padma_rx_queue_close(lane->rx);
	padma_tx_queue_close(lane->tx);
	drain_ring(rig, &lane->floor.rx);
	drain_ring(rig, &lane->floor.tx);
	net_floor_close(&lane->floor);
	free(lane->packets);
}

/* The pool cannot be closed while packets are in use. */
static int close_pool(struct net_rig *rig)
{
	while (rig->stack.count)
		padma_packet_put(rig->cache, rig->stack.packets[--rig->stack.count]);
	free(rig->stack.packets);
	padma_pool_cache_close(rig->cache);
	return padma_pool_close(rig->pool) ? complain("%s", padma_last_error()) : 0;
}

int net_rig_close(struct net_rig *rig)
{
	int code = 0;

	for (unsigned int i = 0; i < rig->card_count; i++) {
		if (rig->cards[i].port && padma_port_stop(rig->cards[i].port))
			code = complain("%s", padma_last_error());
	}
	for (unsigned int i = 0; rig->lanes && i < rig->options->queues; i++)
		close_lane(rig, &rig->lanes[i]);
	for (unsigned int i = 0; i < rig->card_count; i++) {
		if (rig->cards[i].port && padma_port_close(rig->cards[i].port))
			code = complain("%s", padma_last_error());
		padma_device_close(rig->cards[i].device);
	}
	if (close_pool(rig))
		code = EXIT_FAILURE;
	free(rig->lanes);
	free(rig->cards);
	padma_space_close(rig->space);
	return code;
}
