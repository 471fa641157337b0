// SPDX-License-Identifier: BSD-3-Clause
/* net_filter.c - which frames a card receives: addresses, promiscuous mode, multicast, VLANs. */
#include "net_echo.h"
#include "net_tests.h"

#define MARK_PROBE  0x11
#define MARK_BEHIND 0x22
#define FRAME_BYTES 100u

static const uint8_t everyone[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t foreign[] = {0x52, 0x54, 0, 0, 9, 9};
static const uint8_t group[] = {0x01, 0, 0x5e, 1, 2, 3};
/* Intel's cards filter by 12 bits of a multicast address, from bit 36 on by default (8254x manual, 13.5.1): other ones. */
static const uint8_t other_group[] = {0x01, 0, 0x5e, 1, 0x55, 0x7a};

struct arrivals {
	unsigned int probes, behind;
};

static void note(struct card *card, struct padma_packet *packet)
{
	const uint8_t *frame = padma_packet_data(packet);
	struct arrivals *arrivals = card->ctx;

	if (packet->length > ETHER_HDR_LEN && frame[12] == CARD_ETHERTYPE >> 8 &&
	    frame[13] == (CARD_ETHERTYPE & 0xff)) {
		arrivals->probes += frame[ETHER_HDR_LEN] == MARK_PROBE;
		arrivals->behind += frame[ETHER_HDR_LEN] == MARK_BEHIND;
	}
	padma_packet_put(card->cache, packet);
}

static bool behind_arrived(struct card *card)
{
	return ((struct arrivals *)card->ctx)->behind > 0;
}

/* Whether a frame to @mac arrives: a broadcast behind it on the same wire must. */
static bool arrives(struct card *card, int end, const uint8_t *mac)
{
	struct arrivals arrivals = {0};

	card->handler = note;
	card->ctx = &arrivals;
	end_send(end, mac, MARK_PROBE, FRAME_BYTES);
	end_send(end, everyone, MARK_BEHIND, FRAME_BYTES);
	card_until(card, behind_arrived);
	card->ctx = NULL;
	return arrivals.probes == 1;
}

/* A card is ready when what is sent to everyone arrives: Intel's negotiate their link first. */
static int open_with_end(struct card *card, const struct card_params *params)
{
	card_open(card, 0, params);
	card->handler = echo;
	card_serve(card, "answers 0 10.0.0.9");
	return end_socket(0);
}

void test_addresses(void **state)
{
	const uint8_t added[2][PADMA_MAC_BYTES] = {{0x52, 0x54, 0, 0, 9, 1},
						   {0x52, 0x54, 0, 0, 9, 2}};
	uint8_t mac[PADMA_MAC_BYTES];
	struct card card;
	int end = open_with_end(&card, NULL);

	(void)state;
	card_mac(0, mac);
	assert_true(arrives(&card, end, mac));
	must(padma_port_filter(card.port, added[0], 2, false, false));
	assert_true(arrives(&card, end, added[0]));
	assert_true(arrives(&card, end, added[1]));
	assert_true(arrives(&card, end, mac));
	assert_false(arrives(&card, end, foreign));
	must(padma_port_filter(card.port, NULL, 0, false, false));
	assert_false(arrives(&card, end, added[0]));
	must(padma_port_set_mac(card.port, foreign));
	assert_true(arrives(&card, end, foreign));
	assert_false(arrives(&card, end, mac));
	must(padma_port_set_mac(card.port, mac));
	assert_true(arrives(&card, end, mac));
	close(end);
	card_close(&card);
}

void test_promiscuous(void **state)
{
	const struct card_params everything = {.port = {.promiscuous = true}};
	struct card card;
	int end = open_with_end(&card, NULL);

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_false(arrives(&card, end, foreign));
		must(padma_port_filter(card.port, NULL, 0, true, false));
		assert_true(arrives(&card, end, foreign));
		assert_true(arrives(&card, end, group));
		must(padma_port_filter(card.port, NULL, 0, false, false));
	}
	close(end);
	card_close(&card);
	end = open_with_end(&card, &everything);
	assert_true(arrives(&card, end, foreign));
	close(end);
	card_close(&card);
}

void test_multicast(void **state)
{
	static uint8_t many[1024][PADMA_MAC_BYTES];
	struct card card;
	int end = open_with_end(&card, NULL);

	(void)state;
	assert_false(arrives(&card, end, group));
	must(padma_port_filter(card.port, group, 1, false, false));
	assert_true(arrives(&card, end, group));
	assert_false(arrives(&card, end, other_group));
	assert_false(arrives(&card, end, foreign));
	must(padma_port_filter(card.port, NULL, 0, false, true));
	assert_true(arrives(&card, end, group));
	assert_true(arrives(&card, end, other_group));
	assert_false(arrives(&card, end, foreign));
	/* More than any card filters: it receives more instead of less. */
	for (unsigned int i = 0; i < ARRAY_SIZE(many); i++) {
		const uint8_t mac[] = {0x01, 0, 0x5e, 7, (uint8_t)(i >> 8), (uint8_t)i};

		memcpy(many[i], mac, sizeof(mac));
	}
	must(padma_port_filter(card.port, many[0], ARRAY_SIZE(many), false, false));
	assert_true(arrives(&card, end, many[0]));
	assert_true(arrives(&card, end, many[ARRAY_SIZE(many) - 1]));
	must(padma_port_filter(card.port, NULL, 0, false, false));
	assert_false(arrives(&card, end, group));
	close(end);
	card_close(&card);
}

/* Pings over VLAN 5: each reply leaves as its request came. */
static void ping_by_vlan(uint32_t offloads, uint32_t without, bool stripped)
{
	const struct card_params params = {.port = {.offloads = offloads, .without = without}};
	struct card card;

	card_open(&card, 0, &params);
	card.handler = echo;
	card_serve(&card, "answers 0 10.0.0.9");
	card.answered = card.tagged = card.stripped = 0;
	card_serve(&card, "pings 0 10.5.0.9 300 56; pings 0 10.5.0.9 300 1468");
	assert_true(card.answered >= 600);
	assert_true((stripped ? card.stripped : card.tagged) >= 600);
	assert_int_equal(stripped ? card.tagged : card.stripped, 0);
	card_close(&card);
}

void test_vlan(void **state)
{
	const uint32_t both = PADMA_OFFLOAD_RX_VLAN | PADMA_OFFLOAD_TX_VLAN;

	(void)state;
	card_serve(NULL, "ip -n end0 link add link wire name wire.5 type vlan id 5\n"
			 "ip -n end0 address add 10.5.0.1/24 dev wire.5\n"
			 "ip -n end0 link set wire.5 up");
	ping_by_vlan(0, 0, false);
	ping_by_vlan(PADMA_OFFLOAD_RX_VLAN, 0, true);
	ping_by_vlan(PADMA_OFFLOAD_RX_VLAN, both, true);
}

void test_vlan_filter(void **state)
{
	uint8_t vlans[512] = {0};
	struct card card;

	(void)state;
	card_open(&card, 0, NULL);
	card.handler = echo;
	card_serve(&card, "answers 0 10.5.0.9");
	vlans[6 / 8] |= 1u << 6 % 8;
	must(padma_port_vlan_filter(card.port, vlans));
	card.tagged = 0;
	card_serve(&card, "! at 0 ping -q -c 5 -i 0.05 -W 1 10.5.0.9 >log");
	assert_int_equal(card.tagged, 0);
	/* Frames without a tag still arrive. */
	card_serve(&card, "pings 0 10.0.0.9 100 56");
	vlans[5 / 8] |= 1u << 5 % 8;
	must(padma_port_vlan_filter(card.port, vlans));
	card_serve(&card, "pings 0 10.5.0.9 100 56");
	must(padma_port_vlan_filter(card.port, NULL));
	card_serve(&card, "pings 0 10.5.0.9 100 56");
	card_close(&card);
}
