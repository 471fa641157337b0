// SPDX-License-Identifier: BSD-3-Clause
/* net_rss.c - frames of many flows are distributed among two queues, as their hash says. */
#include "net_echo.h"
#include "net_frame.h"
#include "net_tests.h"

#include <netinet/in.h>

#define FLOWS	  64u
#define ENTRIES	  512u
#define KEY_BYTES PADMA_RSS_KEY_BYTES

struct flows {
	struct padma_rss rss;
	bool reported; /* hashes are */
	unsigned int arrived;
	unsigned int by_queue[2];
};

/* Toeplitz's hash, as Microsoft defined it: for each bit of the data that is set, 32 bits of the key from there on. */
static uint32_t toeplitz(const uint8_t *key, const uint8_t *data, unsigned int bytes)
{
	uint64_t window = 0;
	uint32_t hash = 0;

	for (unsigned int i = 0; i < 8; i++)
		window = window << 8 | key[i];
	for (unsigned int i = 0; i < bytes; i++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			if (data[i] & 0x80 >> bit)
				hash ^= (uint32_t)(window >> (32 - bit));
		}
		window = window << 8 | (i + 8 < KEY_BYTES ? key[i + 8] : 0);
	}
	return hash;
}

/* IPv4 with TCP: both addresses and both ports, as they are in the frame. */
static uint32_t hash_of(const uint8_t *key, const uint8_t *frame)
{
	return toeplitz(key, frame + ETHER_HDR_LEN + 12, 12);
}

static void check_queue(struct card *card, struct padma_packet *packet)
{
	const struct frame tcp = {.protocol = IPPROTO_TCP};
	const uint8_t *frame = padma_packet_data(packet);
	struct flows *flows = card->ctx;
	uint32_t hash;

	if (packet->length >= frame_header_bytes(&tcp) && frame[12] == 8 && frame[13] == 0 &&
	    frame[23] == IPPROTO_TCP) {
		hash = hash_of(flows->rss.key, frame);
		assert_int_equal(packet->queue, flows->rss.table[hash % flows->rss.entries]);
		if (flows->reported) {
			assert_true(packet->flags & PADMA_PACKET_HASH);
			assert_int_equal(packet->hash, hash);
		}
		flows->by_queue[packet->queue]++;
		flows->arrived++;
	}
	padma_packet_put(card->cache, packet);
}

static bool all_arrived(struct card *card)
{
	return ((struct flows *)card->ctx)->arrived == FLOWS;
}

static void send_flows(struct card *card, int end)
{
	uint8_t data[100] = {0};

	for (unsigned int i = 0; i < FLOWS; i++) {
		const struct frame frame = {.protocol = IPPROTO_TCP,
					    .payload = 20,
					    .source_port = (uint16_t)(2000 + 77 * i)};

		frame_headers(data, &frame);
		memcpy(data, card->mac, sizeof(card->mac));
		assert_int_equal(send(end, data, sizeof(data), 0), sizeof(data));
	}
}

void test_rss(void **state)
{
	/* Microsoft's, of its verification suite. */
	static const uint8_t key[KEY_BYTES] = {
		0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
		0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
		0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
	const struct card_params params = {
		.port = {.rx_queues = 2, .offloads = PADMA_OFFLOAD_RX_HASH}};
	struct padma_port_info info;
	uint16_t table[ENTRIES];
	struct flows flows = {.rss.types = PADMA_RSS_IPV4 | PADMA_RSS_TCP_IPV4};
	struct card card;
	int end;

	(void)state;
	card_open(&card, 0, &params);
	card.handler = echo;
	card_serve(&card, "answers 0 10.0.0.9");
	must(padma_port_info(card.port, &info));
	assert_true(info.rss_entries > 0 && info.rss_entries <= ENTRIES);
	memcpy(flows.rss.key, key, sizeof(key));
	for (unsigned int i = 0; i < info.rss_entries; i++)
		table[i] = i % 3 == 0;
	flows.rss.entries = info.rss_entries;
	flows.rss.table = table;
	flows.reported = info.offloads & PADMA_OFFLOAD_RX_HASH;
	must(padma_port_rss(card.port, &flows.rss));
	card.handler = check_queue;
	card.ctx = &flows;
	end = end_socket(0);
	send_flows(&card, end);
	card_until(&card, all_arrived);
	assert_true(flows.by_queue[0] > 0 && flows.by_queue[1] > 0);
	print_message("%u and %u flows, hashes %s\n", flows.by_queue[0], flows.by_queue[1],
		      flows.reported ? "reported" : "not reported");
	close(end);
	card_close(&card);
}
