// SPDX-License-Identifier: BSD-3-Clause
/* net_port.c - what every port does: identity, pings, jumbo frames, interrupts, resets, changes of the link. */
#include "net_echo.h"
#include "net_tests.h"

#include <poll.h>

#define RESETS	    5u
#define RESET_AFTER 300u /* packets */
#define IRQ_PINGS   100
#define IRQ_WAIT_MS 1000

const char *net_interrupts;
unsigned int net_pings = 2000;

void test_identity(void **state)
{
	struct padma_port_info info;
	uint8_t mac[PADMA_MAC_BYTES];
	struct card card;

	(void)state;
	card_open(&card, net_card, NULL);
	must(padma_port_info(card.port, &info));
	card_mac(net_card, mac);
	assert_string_equal(info.driver, net_driver);
	assert_string_equal(info.name, bdf(net_card));
	assert_memory_equal(info.mac, mac, sizeof(mac));
	assert_memory_equal(card.mac, mac, sizeof(mac));
	print_message("%s at %s: offloads 0x%x, %u and %u queues, depth %u, MTU %u, %u addresses, "
		      "RSS %u\n",
		      info.driver, info.name, info.offloads, info.rx_queues, info.tx_queues,
		      info.depth_max, info.mtu_max, info.macs, info.rss_entries);
	card_close(&card);
}

void test_pings(void **state)
{
	struct padma_port_stats stats;
	struct card card;

	(void)state;
	card_open(&card, net_card, NULL);
	card.handler = echo;
	card_serve(&card,
		   "answers $end 10.0.0.9; pings $end 10.0.0.9 %u 56; pings $end 10.0.0.9 %u 1400",
		   net_pings, net_pings);
	assert_true(card.answered >= 2 * net_pings);
	must(padma_port_stats(card.port, &stats));
	assert_true(stats.rx_packets >= card.answered);
	assert_true(stats.tx_packets >= card.answered);
	assert_true(stats.rx_bytes > (uint64_t)net_pings * 1442);
	if (stats.rx_dropped + stats.tx_dropped + stats.tx_errors)
		card_print(&card);
	assert_int_equal(stats.rx_dropped, 0);
	/* QEMU's Intel cards count ARP's 42 bytes as undersized, although they deliver them. */
	assert_true(stats.rx_errors <= 2);
	assert_int_equal(stats.tx_dropped, 0);
	assert_int_equal(stats.tx_errors, 0);
	card_close(&card);
}

/* In packets of one segment, and, with rooms of the usual size, of several. */
static void jumbo(size_t room_bytes, bool chained)
{
	const struct card_params params = {.port = {.mtu = 9000}, .room_bytes = room_bytes};
	struct card card;

	card_open(&card, net_card, &params);
	card.handler = echo;
	card_serve(&card, "pings $end 10.0.0.9 1000 8000 -M do; pings $end 10.0.0.9 200 56");
	assert_int_equal(card.unsent, 0);
	if (chained)
		assert_true(card.chained >= 1000);
	else
		assert_int_equal(card.chained, 0);
	card_close(&card);
}

void test_jumbo(void **state)
{
	const struct padma_port_params too_much = {.mtu = 9001};
	struct padma_port_info info;
	struct card card;

	(void)state;
	card_serve(NULL, "ip -n end$end link set wire mtu 9000");
	jumbo(0, true);
	jumbo(9600, false);
	card_serve(NULL, "ip -n end$end link set wire mtu 1500");
	card_open(&card, net_card, NULL);
	must(padma_port_info(card.port, &info));
	assert_true(info.mtu_max >= 9000);
	must(padma_port_stop(card.port));
	card_close_queues(&card);
	assert_int_equal(padma_port_configure(card.port, &too_much), -EINVAL);
	card_open_queues(&card);
	card_close(&card);
}

struct irq_counts {
	unsigned int interrupts, missed;
};

/* Sleep until the next packet. A packet that was there without an interrupt was missed. */
static void sleep_for_packets(struct card *card, struct irq_counts *counts)
{
	struct pollfd fd = {.fd = padma_rx_irq_fd(card->rx[0]), .events = POLLIN};
	uint64_t value;
	int rc = padma_rx_arm(card->rx[0]);

	assert_true(rc == 0 || rc == 1);
	if (rc == 1)
		return;
	if (poll(&fd, 1, IRQ_WAIT_MS) == 1) {
		counts->interrupts++;
		assert_int_equal(read(fd.fd, &value, sizeof(value)), sizeof(value));
	} else {
		counts->missed += card_step(card) != 0;
	}
}

static void interrupts_of(enum padma_irq_kind kind)
{
	const struct card_params params = {.port = {.interrupts = true}, .irq = kind};
	struct irq_counts counts = {0};
	struct card card;
	pid_t script;
	int status;

	card_open(&card, net_card, &params);
	card.handler = echo;
	assert_int_equal(padma_device_irq_kind(card.device), kind);
	assert_true(padma_rx_irq_fd(card.rx[0]) >= 0);
	/* One at a time, so that each request finds the program asleep. */
	script = script_start(
		"at $end ping -q -c %d -i 0.01 10.0.0.9 >log && grep -q ' 0%% packet loss' log",
		IRQ_PINGS);
	while (!script_ended(script, &status)) {
		if (card_step(&card) == 0)
			sleep_for_packets(&card, &counts);
	}
	assert_int_equal(status, 0);
	print_message("%s: %u interrupts for %llu answers\n", padma_irq_kind_name(kind),
		      counts.interrupts, (unsigned long long)card.answered);
	assert_int_equal(counts.missed, 0);
	assert_true(counts.interrupts >= IRQ_PINGS / 2);
	card_close(&card);
}

void test_interrupts(void **state)
{
	(void)state;
	if (strstr(net_interrupts, "msix"))
		interrupts_of(PADMA_IRQ_MSIX);
	if (strstr(net_interrupts, "msi "))
		interrupts_of(PADMA_IRQ_MSI);
	if (strstr(net_interrupts, "intx"))
		interrupts_of(PADMA_IRQ_INTX);
}

/* card.ctx has the number. */
static bool has_received(struct card *card)
{
	return card->received >= *(const uint64_t *)card->ctx;
}

static void receive_more(struct card *card)
{
	uint64_t target = card->received + RESET_AFTER;

	card->ctx = &target;
	card_until(card, has_received);
	card->ctx = NULL;
}

static void reset(struct card *card)
{
	int rc;

	padma_port_reset_begin(card->port);
	for (int i = 0; i < 1000; i++) {
		card_step(card);
		rc = padma_port_reset_finish(card->port);
		if (rc != -EAGAIN)
			break;
	}
	must(rc);
	assert_int_equal(padma_port_state(card->port), PADMA_PORT_STARTED);
}

/* What is in flight at a reset is lost; after it nothing is. */
void test_reset_under_traffic(void **state)
{
	struct card card;
	pid_t script;

	(void)state;
	card_open(&card, net_card, NULL);
	card.handler = echo;
	script = flood_start();
	for (unsigned int i = 0; i < RESETS; i++) {
		receive_more(&card);
		reset(&card);
	}
	receive_more(&card);
	flood_end(script, &card);
	card_serve(&card, "pings $end 10.0.0.9 %u 56", net_pings / 2);
	card_close(&card);
}

static bool link_has_changed(struct card *card)
{
	return card->events & PADMA_PORT_EVENT_LINK;
}

/* The link goes where QEMU's monitor puts it; padma_port_service() reports each change once. */
static void link_goes(struct card *card, bool up)
{
	struct padma_port_link link;

	card->events = 0;
	card_serve(card, "\"$PADMA_MONITOR\" set_link dev$end %s", up ? "on" : "off");
	card_until(card, link_has_changed);
	must(padma_port_link(card->port, &link));
	assert_int_equal(link.up, up);
	assert_int_equal(padma_port_state(card->port), PADMA_PORT_STARTED);
}

void test_link(void **state)
{
	struct padma_port_link link;
	struct card card;

	(void)state;
	card_open(&card, net_card, NULL);
	card.handler = echo;
	card_serve(&card, "answers $end 10.0.0.9");
	must(padma_port_link(card.port, &link));
	assert_true(link.up);
	for (int i = 0; i < 2; i++) {
		link_goes(&card, false);
		card_serve(&card, "! at $end ping -q -c 3 -i 0.2 -W 1 10.0.0.9 >log");
		link_goes(&card, true);
		card_serve(&card, "answers $end 10.0.0.9; pings $end 10.0.0.9 500 56");
	}
	assert_int_equal(card.events & (PADMA_PORT_EVENT_FAILED | PADMA_PORT_EVENT_GONE), 0);
	card_close(&card);
}
