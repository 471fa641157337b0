// SPDX-License-Identifier: BSD-3-Clause
/*
 * See net.h. The cards are stepped: their work is done by this thread, in turn with the drivers', and the same seed has the
 * same result on every machine.
 */
#include "demo/net.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/net/port.h>
#include <padma/sim.h>
#include <padma/time.h>

#include "common/command.h"
#include "common/interrupt.h"
#include "common/random.h"

#define BURST	     32u
/* More than the rings of both cards and the wire between them hold. */
#define PACKETS	     8192u
#define HEADER_BYTES 24u /* MAC addresses, ethertype, two bytes of length, the number */
#define FRAME_MIN    60u
#define FRAME_MAX    1514u
/* For local experiments (IEEE 802). */
#define ETHERTYPE    0x88b5u
/* Turns without a packet before one counts as lost. */
#define PATIENCE     100000u
#define ROUNDS	     1024u /* between looks for an interrupt */

struct card {
	struct padma_device *device;
	struct padma_port *port;
	struct padma_rx_queue *rx;
	struct padma_tx_queue *tx;
	uint64_t sent, received; /* the number of the next one */
	uint8_t mac[PADMA_MAC_BYTES];
};

struct exchange {
	struct padma_space *space;
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
	struct card cards[2];
	uint64_t seed;
	uint64_t each; /* packets in each direction */
	uint64_t bytes;
};

static int library_error(const char *what)
{
	return complain("%s: %s", what, padma_last_error());
}

/* ---- what is in a packet: all of it follows from the seed, the direction and its number ---- */

static uint64_t random_of(const struct exchange *x, unsigned int from, uint64_t number)
{
	return x->seed * 2 + from + number * 0x9e3779b97f4a7c15ull;
}

/* As on the Internet: many of the least size, many of the largest, and all between. */
static uint16_t length_of(uint64_t random)
{
	uint64_t kind = next_random(&random) % 12;

	if (kind < 5)
		return FRAME_MIN;
	if (kind < 7)
		return FRAME_MAX;
	return (uint16_t)(FRAME_MIN + next_random(&random) % (FRAME_MAX - FRAME_MIN + 1));
}

static void make_header(uint8_t *header, const struct exchange *x, unsigned int from,
			uint64_t number, uint16_t length)
{
	const uint8_t type[4] = {ETHERTYPE >> 8, ETHERTYPE & 0xff, (uint8_t)(length >> 8),
				 (uint8_t)length};

	memcpy(header, x->cards[1 - from].mac, PADMA_MAC_BYTES);
	memcpy(header + 6, x->cards[from].mac, PADMA_MAC_BYTES);
	memcpy(header + 12, type, sizeof(type));
	memcpy(header + 16, &number, sizeof(number));
}

static void make_data(uint8_t *data, uint16_t length, uint64_t random)
{
	uint16_t at = HEADER_BYTES;

	for (; at + sizeof(uint64_t) <= length; at = (uint16_t)(at + sizeof(uint64_t))) {
		uint64_t word = next_random(&random);

		memcpy(data + at, &word, sizeof(word));
	}
	for (; at < length; at++)
		data[at] = (uint8_t)next_random(&random);
}

static void make_frame(const struct exchange *x, unsigned int from, uint64_t number, uint8_t *data,
		       uint16_t length)
{
	make_header(data, x, from, number, length);
	make_data(data, length, random_of(x, from, number));
}

/* ---- sending and receiving ---- */

static struct padma_packet *make_packet(const struct exchange *x, unsigned int from,
					uint64_t number)
{
	uint16_t length = length_of(random_of(x, from, number));
	struct padma_packet *packet = padma_packet_get(x->cache);
	uint8_t *data = packet ? padma_packet_append(packet, length) : NULL;

	if (data)
		make_frame(x, from, number, data, length);
	return packet;
}

static unsigned int make_burst(const struct exchange *x, unsigned int from,
			       struct padma_packet **packets)
{
	const struct card *card = &x->cards[from];
	unsigned int n = 0;

	while (n < BURST && card->sent + n < x->each) {
		packets[n] = make_packet(x, from, card->sent + n);
		if (!packets[n])
			break;
		n++;
	}
	return n;
}

static void send_some(struct exchange *x, unsigned int from)
{
	struct padma_packet *packets[BURST];
	unsigned int n = make_burst(x, from, packets);
	unsigned int sent = padma_tx_burst(x->cards[from].tx, packets, n);

	/* The ring is full: they are made again, the same. */
	padma_packet_put_bulk(x->cache, packets + sent, n - sent);
	x->cards[from].sent += sent;
	padma_tx_reap(x->cards[from].tx, BURST);
}

static int check_packet(struct exchange *x, unsigned int to, const struct padma_packet *packet)
{
	struct card *card = &x->cards[to];
	uint64_t number = card->received;
	uint16_t length = length_of(random_of(x, 1 - to, number));
	uint8_t expected[FRAME_MAX], data[FRAME_MAX + 1];
	uint32_t bytes = padma_packet_read(packet, 0, data, sizeof(data));

	if (bytes != length)
		return complain("%s: packet %" PRIu64 " arrived with %u bytes, not %u",
				padma_device_name(card->device), number, bytes, length);
	make_frame(x, 1 - to, number, expected, length);
	for (uint16_t i = 0; i < length; i++) {
		if (data[i] != expected[i])
			return complain("%s: byte %u of packet %" PRIu64
					" arrived as 0x%02x, not as 0x%02x",
					padma_device_name(card->device), i, number, data[i],
					expected[i]);
	}
	card->received++;
	x->bytes += length;
	return 0;
}

static int receive_some(struct exchange *x, unsigned int to)
{
	struct padma_packet *packets[BURST];
	unsigned int n = padma_rx_burst(x->cards[to].rx, packets, BURST);
	int code = 0;

	for (unsigned int i = 0; i < n && code == 0; i++)
		code = check_packet(x, to, packets[i]);
	padma_packet_put_bulk(x->cache, packets, n);
	return code;
}

static int check_port(const struct card *card)
{
	unsigned int events = padma_port_service(card->port, padma_now_ns());

	if (events & (PADMA_PORT_EVENT_FAILED | PADMA_PORT_EVENT_GONE))
		return library_error("the network card");
	return 0;
}

static int turn(struct exchange *x)
{
	int code = 0;

	for (unsigned int i = 0; i < 2 && code == 0; i++) {
		send_some(x, i);
		(void)padma_sim_step(x->cards[i].device, BURST);
		(void)padma_sim_step(x->cards[1 - i].device, BURST);
		code = receive_some(x, 1 - i);
	}
	return code;
}

static uint64_t received(const struct exchange *x)
{
	return x->cards[0].received + x->cards[1].received;
}

static int exchange_all(struct exchange *x)
{
	uint64_t before = 0, idle = 0, turns = 0;
	int code = 0;

	while (code == 0 && received(x) < 2 * x->each) {
		code = turn(x);
		idle = received(x) == before ? idle + 1 : 0;
		before = received(x);
		if (code == 0 && idle > PATIENCE)
			code = complain("%" PRIu64 " of %" PRIu64 " packets did not arrive",
					x->cards[0].sent + x->cards[1].sent - before, 2 * x->each);
		if (++turns % ROUNDS)
			continue;
		for (unsigned int i = 0; i < 2 && code == 0; i++)
			code = check_port(&x->cards[i]);
		if (interrupted())
			return EXIT_FAILURE;
	}
	return code;
}

/* ---- opening and closing ---- */

static int open_card(struct exchange *x, struct card *card, const char *name)
{
	if (padma_device_open(x->space, name, &card->device) ||
	    padma_port_open(card->device, &card->port) || padma_port_configure(card->port, NULL) ||
	    padma_rx_queue_open(card->port, 0, x->cache, &card->rx) ||
	    padma_tx_queue_open(card->port, 0, x->cache, &card->tx) || padma_port_start(card->port))
		return library_error(name);
	padma_port_mac(card->port, card->mac);
	return 0;
}

static int open_all(struct exchange *x, const char *keys)
{
	const struct padma_sim_params sim = {.seed = x->seed};
	const struct padma_space_params space = {.guard = PADMA_GUARD_PAGES, .sim = &sim};
	const struct padma_packet_pool_params packets = {
		.count = PACKETS, .name = "packets", .checks = PADMA_POOL_CHECKS_ON};
	char name[80];
	int code = 0;

	/* Of this process; a sender waits for a full wire. */
	snprintf(name, sizeof(name), "sim:virtio-net,step,link=demo-%ld,pause%s", (long)getpid(),
		 keys);
	if (padma_space_open_for(name, &space, &x->space) ||
	    padma_packet_pool_open(x->space, &packets, &x->pool) ||
	    padma_pool_cache_open(x->pool, &x->cache))
		return library_error("memory for packets");
	for (unsigned int i = 0; i < 2 && code == 0; i++)
		code = open_card(x, &x->cards[i], name);
	return code;
}

static int check_bus(const struct card *card)
{
	struct padma_sim_dma_faults faults;

	if (padma_sim_dma_faults(card->device, &faults))
		return library_error("the bus");
	if (faults.count)
		return complain("the bus refused %llu accesses of a network card, the last at "
				"0x%llx",
				(unsigned long long)faults.count, (unsigned long long)faults.dma);
	return 0;
}

static int close_card(struct card *card, int code)
{
	if (card->port && padma_port_stop(card->port))
		return code ? code : library_error("stop");
	if (code == 0)
		code = check_bus(card);
	if ((padma_rx_queue_close(card->rx) || padma_tx_queue_close(card->tx) ||
	     padma_port_close(card->port) || padma_device_close(card->device)) &&
	    code == 0)
		code = library_error("close");
	return code;
}

/* A pool that lacks a packet refuses to be closed. */
static int close_all(struct exchange *x, int code)
{
	for (unsigned int i = 0; i < 2; i++)
		code = close_card(&x->cards[i], code);
	padma_pool_cache_close(x->cache);
	if ((padma_pool_close(x->pool) || padma_space_close(x->space)) && code == 0)
		code = library_error("close");
	return code;
}

int net_exchange(uint64_t seed, uint64_t packets, const char *keys, struct net_report *report)
{
	struct exchange x = {.seed = seed, .each = (packets + 1) / 2};
	struct padma_port_info info = {.driver = ""};
	uint64_t start;
	int code = open_all(&x, keys ? keys : "");

	start = padma_ticks();
	if (code == 0)
		code = exchange_all(&x);
	*report = (struct net_report){
		.packets = received(&x),
		.bytes = x.bytes,
		.seconds = (double)padma_ticks_to_ns(padma_ticks() - start) / 1e9,
	};
	if (code == 0)
		(void)padma_port_info(x.cards[0].port, &info);
	report->driver = info.driver;
	return close_all(&x, code);
}
