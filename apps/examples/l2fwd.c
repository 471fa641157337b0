// SPDX-License-Identifier: BSD-3-Clause
/*
 * l2fwd [PORT PORT [SECONDS]]: forward frames between two network cards, without copying one.
 *
 * A complete program to start from: two cards in one space, one pool of packets for both, bursts from one to the other
 * until Ctrl-C or for SECONDS. PORTs are PCI addresses, or simulated cards as by default.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <padma/error.h>
#include <padma/net/port.h>
#include <padma/time.h>

#define BURST	32u
/* What two rings of each card hold, and what is in our hands. */
#define PACKETS 8192u
#define LOOK_NS 100000000ull
#define SECOND	1000000000ull

struct card {
	struct padma_device *device;
	struct padma_port *port;
	struct padma_rx_queue *rx;
	struct padma_tx_queue *tx;
	unsigned long forwarded, dropped; /* that this card received */
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static int give_up(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, padma_last_error());
	return EXIT_FAILURE;
}

static int open_card(struct card *card, struct padma_space *space, const char *name,
		     struct padma_pool_cache *cache)
{
	const struct padma_port_params params = {.promiscuous = true};

	if (padma_device_open(space, name, &card->device) ||
	    padma_port_open(card->device, &card->port) ||
	    padma_port_configure(card->port, &params) ||
	    padma_rx_queue_open(card->port, 0, cache, &card->rx) ||
	    padma_tx_queue_open(card->port, 0, cache, &card->tx) || padma_port_start(card->port))
		return give_up(name);
	return EXIT_SUCCESS;
}

/* In this order. A card that does not stop keeps its packets, its port and its device. */
static void close_card(struct card *card)
{
	if (card->port && padma_port_stop(card->port))
		return;
	padma_rx_queue_close(card->rx);
	padma_tx_queue_close(card->tx);
	padma_port_close(card->port);
	padma_device_close(card->device);
}

static void forward(struct card *from, struct card *to, struct padma_pool_cache *cache)
{
	struct padma_packet *packets[BURST];
	unsigned int n = padma_rx_burst(from->rx, packets, BURST);
	unsigned int sent = n ? padma_tx_burst(to->tx, packets, n) : 0;

	/* The ring is full: what it does not take is still ours. */
	padma_packet_put_bulk(cache, packets + sent, n - sent);
	from->forwarded += sent;
	from->dropped += n - sent;
	if (n == 0)
		padma_tx_reap(to->tx, BURST);
}

/* A few times a second: whether the cards are still there and working. */
static int look_after(struct card *cards)
{
	for (int i = 0; i < 2; i++) {
		unsigned int events = padma_port_service(cards[i].port, padma_now_ns());

		if (events & (PADMA_PORT_EVENT_FAILED | PADMA_PORT_EVENT_GONE))
			return give_up(padma_device_name(cards[i].device));
		if (events & PADMA_PORT_EVENT_REMOVAL)
			stopped = 1;
	}
	return EXIT_SUCCESS;
}

static int run(struct card *cards, struct padma_pool_cache *cache, uint64_t seconds)
{
	uint64_t start = padma_now_ns(), look = start, now = start;
	int code = EXIT_SUCCESS;

	while (code == EXIT_SUCCESS && !stopped && (!seconds || now - start < seconds * SECOND)) {
		for (int i = 0; i < 100; i++) {
			forward(&cards[0], &cards[1], cache);
			forward(&cards[1], &cards[0], cache);
		}
		now = padma_now_ns();
		if (now - look >= LOOK_NS) {
			look = now;
			code = look_after(cards);
		}
	}
	for (int i = 0; i < 2; i++)
		printf("%s: forwarded %lu packets, dropped %lu\n",
		       padma_device_name(cards[i].device), cards[i].forwarded, cards[i].dropped);
	return code;
}

int main(int argc, char **argv)
{
	const struct padma_packet_pool_params params = {.count = PACKETS};
	char *defaults[] = {argv[0], "sim:virtio-net,null", "sim:virtio-net,null", "1"};
	char **names = argc > 2 ? argv + 1 : defaults + 1;
	uint64_t seconds = argc == 3 ? 0 : strtoull(names[2], NULL, 10);
	struct padma_pool_cache *cache = NULL;
	struct padma_space *space = NULL;
	struct padma_pool *pool = NULL;
	struct card cards[2] = {0};
	int code = EXIT_SUCCESS;

	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	if (padma_space_open_for(names[0], NULL, &space) ||
	    padma_packet_pool_open(space, &params, &pool) || padma_pool_cache_open(pool, &cache))
		code = give_up(names[0]);
	for (int i = 0; i < 2 && code == EXIT_SUCCESS; i++)
		code = open_card(&cards[i], space, names[i], cache);
	if (code == EXIT_SUCCESS)
		code = run(cards, cache, seconds);
	for (int i = 0; i < 2; i++)
		close_card(&cards[i]);
	padma_pool_cache_close(cache);
	if (code == EXIT_SUCCESS && padma_pool_close(pool))
		code = give_up("a packet was leaked");
	padma_space_close(space);
	return code;
}
