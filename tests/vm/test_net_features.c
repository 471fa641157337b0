// SPDX-License-Identifier: BSD-3-Clause
/*
 * test_net_features.c - what virtio-net offers by TAP only, and cards of two drivers in one space. The machine's cards: 0,
 * virtio-net with two pairs of queues, RSS and hash reports; 1, virtio-net with packed rings; 2, an e1000e. The peers of 0
 * and 2 take finished frames only.
 */
#include "net_echo.h"
#include "net_tests.h"

#define VIRTIO	      0
#define VIRTIO_PACKED 1
#define E1000E	      2

/* Packets from each card leave by the other, as they are: not one byte is copied. */
struct pair {
	struct card cards[2];
	uint64_t unsegmented[2], partial[2];
};

static void forward(struct card *card, struct padma_packet *packet)
{
	struct pair *pair = card->ctx;
	unsigned int from = card == &pair->cards[1];

	pair->unsegmented[from] += (packet->flags & PADMA_PACKET_TSO) != 0;
	pair->partial[from] +=
		(packet->flags & (PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM)) != 0;
	card_send(&pair->cards[!from], packet);
}

/* @offloads of receivers, but those that an e1000e does not have. */
static void pair_open(struct pair *pair, unsigned int first, unsigned int second, uint32_t offloads)
{
	struct card_params params = {.port = {.promiscuous = true, .offloads = offloads}};

	memset(pair, 0, sizeof(*pair));
	card_open(&pair->cards[0], first, &params);
	params.beside = &pair->cards[0];
	if (second == E1000E)
		params.port.offloads &= ~(uint32_t)PADMA_OFFLOAD_RX_TSO;
	card_open(&pair->cards[1], second, &params);
	for (unsigned int i = 0; i < 2; i++) {
		pair->cards[i].handler = forward;
		pair->cards[i].ctx = pair;
	}
}

/* Copies both ways between the kernel's ends of the cards, then pings: no packet was refused, none is missing. */
static void pair_copy(struct pair *pair, unsigned int first, unsigned int second, const char *size)
{
	struct card *cards[] = {&pair->cards[0], &pair->cards[1]};
	pid_t script = script_start(
		"answers %u 10.0.0.%u; copy %u %u %s; copy %u %u %s; pings %u 10.0.0.%u 1000 1400",
		first, second + 1, first, second, size, second, first, size, first, second + 1);

	assert_int_equal(script_wait(script, cards, 2), 0);
	for (unsigned int i = 0; i < 2; i++) {
		print_message(
			"card %u: %llu packets, %llu unsegmented, %llu with a checksum to do\n", i,
			(unsigned long long)cards[i]->received,
			(unsigned long long)pair->unsegmented[i],
			(unsigned long long)pair->partial[i]);
		assert_int_equal(cards[i]->unsent, 0);
	}
}

static void pair_close(struct pair *pair)
{
	card_close(&pair->cards[1]);
	card_close(&pair->cards[0]);
}

static void test_unsegmented(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, VIRTIO, VIRTIO_PACKED, PADMA_OFFLOAD_RX_TSO | PADMA_OFFLOAD_RX_CSUM);
	pair_copy(&pair, VIRTIO, VIRTIO_PACKED, "8M");
	assert_true(pair.unsegmented[0] > 0 && pair.unsegmented[1] > 0);
	assert_true(pair.partial[0] > 0 && pair.partial[1] > 0);
	pair_close(&pair);
}

static void test_two_drivers(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, VIRTIO, E1000E, PADMA_OFFLOAD_RX_TSO | PADMA_OFFLOAD_RX_CSUM);
	pair_copy(&pair, VIRTIO, E1000E, "8M");
	/* What virtio-net received unsegmented, the e1000e has cut. */
	assert_true(pair.unsegmented[0] > 0);
	pair_close(&pair);
	pair_open(&pair, VIRTIO, E1000E, 0);
	pair_copy(&pair, VIRTIO, E1000E, "4M");
	assert_int_equal(pair.unsegmented[0], 0);
	pair_close(&pair);
}

static void test_packed(void **state)
{
	struct card card;

	(void)state;
	card_open(&card, VIRTIO_PACKED, NULL);
	card.handler = echo;
	card_serve(&card, "pings 1 10.0.0.9 1000 56; pings 1 10.0.0.9 1000 1400");
	card_close(&card);
}

static void test_e1000e_checksums(void **state)
{
	net_card = E1000E;
	test_checksums(state);
}

static void test_e1000e_segmentation(void **state)
{
	net_card = E1000E;
	test_segmentation(state);
}

static int set_up(void **state)
{
	(void)state;
	card_serve(NULL, "end_of 0; end_of 1; end_of 2");
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_segmentation),
		cmocka_unit_test(test_rss),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_unsegmented),
		cmocka_unit_test(test_two_drivers),
		cmocka_unit_test(test_e1000e_checksums),
		cmocka_unit_test(test_e1000e_segmentation),
	};

	if (argc != 2)
		return EXIT_FAILURE;
	net_backend = argv[1];
	net_driver = "virtio-net";
	/* By hand: only the tests of that pattern. */
	if (getenv("PADMA_TEST_FILTER"))
		cmocka_set_test_filter(getenv("PADMA_TEST_FILTER"));
	return cmocka_run_group_tests(tests, set_up, NULL);
}
