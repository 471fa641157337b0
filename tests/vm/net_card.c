// SPDX-License-Identifier: BSD-3-Clause
/* net_card.c - cards as ports, scripts, and the kernel's ends. */
#include "net_card.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <padma/time.h>

#define SERVICE_NS 50000000u
#define SEND_TRIES 200000

extern char **environ;

/* Cards that are open. A test that fails leaves its own open, and no other test can open them. */
static unsigned int open_cards;

const char *net_driver;
const char *net_model;
const char *net_backend;
unsigned int net_card;

void card_mac(unsigned int index, uint8_t *mac)
{
	const uint8_t address[PADMA_MAC_BYTES] = {0x52, 0x54, 0, 0, 1, (uint8_t)index};

	memcpy(mac, address, sizeof(address));
}

static void drop(struct card *card, struct padma_packet *packet)
{
	padma_packet_put(card->cache, packet);
}

/* The space and the pool are the other card's, or its own. */
static void open_pool(struct card *card, const struct card_params *params)
{
	const struct padma_packet_pool_params pool = {.count = CARD_PACKETS,
						      .room_bytes = params->room_bytes};

	if (params->beside) {
		card->beside = true;
		card->space = params->beside->space;
		card->pool = params->beside->pool;
		card->cache = params->beside->cache;
		return;
	}
	card->space = open_space_of(net_backend);
	must(padma_packet_pool_open(card->space, &pool, &card->pool));
	must(padma_pool_cache_open(card->pool, &card->cache));
}

void card_none_open(void)
{
	if (open_cards)
		fail_msg("a test before this one has failed and left its card open");
}

void card_open_queues(struct card *card)
{
	for (unsigned int i = 0; i < card->queues; i++) {
		must(padma_rx_queue_open(card->port, i, card->cache, &card->rx[i]));
		must(padma_tx_queue_open(card->port, i, card->cache, &card->tx[i]));
	}
}

void card_close_queues(struct card *card)
{
	for (unsigned int i = 0; i < card->queues; i++) {
		must(padma_rx_queue_close(card->rx[i]));
		must(padma_tx_queue_close(card->tx[i]));
	}
}

void card_open(struct card *card, unsigned int index, const struct card_params *params)
{
	const struct card_params defaults = {0};

	params = params ? params : &defaults;
	if (!params->beside)
		card_none_open();
	open_cards++;
	*card = (struct card){.handler = drop};
	card->queues = params->port.rx_queues ? params->port.rx_queues : 1;
	assert_true(card->queues <= CARD_QUEUES);
	open_pool(card, params);
	card->device = open_device(card->space, index);
	if (params->irq)
		must(padma_device_irq_use(card->device, params->irq));
	must(padma_port_open(card->device, &card->port));
	must(padma_port_configure(card->port, &params->port));
	card_open_queues(card);
	must(padma_port_start(card->port));
	padma_port_mac(card->port, card->mac);
}

/* What is not 0 of all statistics, to see what happened when a test has failed. */
void card_print(struct card *card)
{
	struct padma_port_stat stats[256];
	int count = padma_port_extended_stats(card->port, stats, ARRAY_SIZE(stats));

	for (int i = 0; i < count && i < (int)ARRAY_SIZE(stats); i++) {
		if (stats[i].value)
			print_message("%s %llu\n", stats[i].name,
				      (unsigned long long)stats[i].value);
	}
	print_message("received %llu, answered %llu, unsent %llu\n",
		      (unsigned long long)card->received, (unsigned long long)card->answered,
		      (unsigned long long)card->unsent);
}

void card_close(struct card *card)
{
	must(padma_port_stop(card->port));
	card_close_queues(card);
	must(padma_port_close(card->port));
	must(padma_device_close(card->device));
	open_cards--;
	if (card->beside)
		return;
	padma_pool_cache_close(card->cache);
	assert_int_equal(padma_pool_available(card->pool), CARD_PACKETS);
	must(padma_pool_close(card->pool));
	must(padma_space_close(card->space));
}

static unsigned int step_queue(struct card *card, unsigned int queue)
{
	struct padma_packet *packets[CARD_BURST];
	unsigned int n = padma_rx_burst(card->rx[queue], packets, CARD_BURST);

	card->received += n;
	for (unsigned int i = 0; i < n; i++)
		card->handler(card, packets[i]);
	padma_tx_reap(card->tx[queue], CARD_BURST);
	return n;
}

unsigned int card_step(struct card *card)
{
	uint64_t now = padma_now_ns();
	unsigned int n = 0;

	for (unsigned int i = 0; i < card->queues; i++)
		n += step_queue(card, i);
	if (now - card->serviced_ns >= SERVICE_NS) {
		card->events |= padma_port_service(card->port, now);
		card->serviced_ns = now;
	}
	if (n == 0)
		sched_yield();
	return n;
}

void card_until(struct card *card, bool (*reached)(struct card *card))
{
	uint64_t until = padma_now_ns() + CARD_SECONDS * 1000000000ull;

	while (!reached(card)) {
		card_step(card);
		if (padma_now_ns() < until)
			continue;
		card_print(card);
		fail_msg("not within %u s", CARD_SECONDS);
	}
}

void card_send(struct card *card, struct padma_packet *packet)
{
	struct padma_tx_queue *queue = card->tx[packet->queue % card->queues];

	for (int i = 0; i < SEND_TRIES; i++) {
		if (padma_tx_burst(queue, &packet, 1))
			return;
		if (padma_port_state(card->port) != PADMA_PORT_STARTED)
			break;
		sched_yield();
	}
	card->unsent++;
	padma_packet_put(card->cache, packet);
}

static pid_t script_spawn(const char *commands)
{
	char script[2048];
	char *words[] = {(char *)"bash", (char *)"-c", script, (char *)"net", NULL};
	pid_t child;

	snprintf(script, sizeof(script),
		 "set -euo pipefail\n. '" NET_SH "'\ncd \"$PADMA_SCRATCH\"\nend=%u\n%s", net_card,
		 commands);
	/* Not by fork(): a copy of this process would hold the device, too. */
	assert_int_equal(posix_spawn(&child, "/bin/bash", NULL, NULL, words, environ), 0);
	return child;
}

pid_t script_start(const char *format, ...)
{
	char commands[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(commands, sizeof(commands), format, args);
	va_end(args);
	return script_spawn(commands);
}

bool script_ended(pid_t script, int *status)
{
	int end;

	if (waitpid(script, &end, WNOHANG) == 0)
		return false;
	*status = WIFEXITED(end) ? WEXITSTATUS(end) : 128 + WTERMSIG(end);
	return true;
}

int script_wait(pid_t script, struct card *const *cards, unsigned int count)
{
	int status = 0;

	while (!script_ended(script, &status)) {
		/* Ask for the script's end only now and then. */
		for (int i = 0; i < 64; i++) {
			for (unsigned int c = 0; c < count; c++)
				card_step(cards[c]);
		}
		if (count == 0)
			usleep(10000);
	}
	return status;
}

void card_serve(struct card *card, const char *format, ...)
{
	char commands[1024];
	va_list args;
	int status;

	va_start(args, format);
	vsnprintf(commands, sizeof(commands), format, args);
	va_end(args);
	status = script_wait(script_spawn(commands), &card, card ? 1 : 0);
	if (status && card)
		card_print(card);
	assert_int_equal(status, 0);
}

pid_t flood_start(void)
{
	return script_start("rm -f enough; while [ ! -e enough ]; do\n"
			    "at $end ping -q -f -l 16 -W 1 -w 1 10.0.0.9 >log || true; done");
}

void flood_end(pid_t flood, struct card *card)
{
	card_serve(card, "touch enough");
	assert_int_equal(script_wait(flood, &card, card ? 1 : 0), 0);
}

int end_socket(unsigned int number)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htons(CARD_ETHERTYPE)};
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there, fd;
	char path[64];

	snprintf(path, sizeof(path), "/run/netns/end%u", number);
	there = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(home >= 0 && there >= 0);
	assert_int_equal(setns(there, CLONE_NEWNET), 0);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(CARD_ETHERTYPE));
	assert_true(fd >= 0);
	address.sll_ifindex = (int)if_nametoindex("wire");
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(there);
	close(home);
	return fd;
}

void end_send(int fd, const uint8_t *mac, uint8_t mark, size_t bytes)
{
	uint8_t frame[9018] = {0};

	assert_true(bytes <= sizeof(frame) && bytes > ETHER_HDR_LEN);
	memcpy(frame, mac, ETHER_ADDR_LEN);
	frame[6] = 2; /* locally administered */
	frame[12] = CARD_ETHERTYPE >> 8;
	frame[13] = CARD_ETHERTYPE & 0xff;
	memset(frame + ETHER_HDR_LEN, mark, bytes - ETHER_HDR_LEN);
	assert_int_equal(send(fd, frame, bytes, 0), bytes);
}
