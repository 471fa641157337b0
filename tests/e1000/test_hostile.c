// SPDX-License-Identifier: BSD-3-Clause
/*
 * The e1000 driver and a card whose bus mutates what it writes and what its registers read (hostile=SEED). Whatever it
 * says: every call returns, each packet returns to its pool once, packets that the program holds do not change, and
 * nothing else is written to.
 *
 * PADMA_HOSTILE_SEEDS: how many seeds, and PADMA_HOSTILE_SEED: only this one.
 */
#include <stdio.h>

#include <padma/log.h>

#include "bed.h"

#define SEEDS	     40u
#define TURNS	     60u
#define HELD	     24u
#define CANARY_BYTES 65536u
#define SECOND	     1000000000ull

static uint64_t mutations, opened, received, failed, resets, kept;

struct run {
	struct bed bed;
	struct padma_packet *held[HELD];
	uint8_t *canary;
	uint64_t now;
	uint32_t random;
	bool is_open;
};

static uint32_t draw(struct run *run)
{
	run->random = run->random * 1664525 + 1013904223;
	return run->random >> 8;
}

/* A place in memory that no device was given. */
static void plant(struct run *run)
{
	void *va;

	must(padma_space_alloc(run->bed.space, CANARY_BYTES, NULL, &va));
	run->canary = va;
	memset(run->canary, 0xc5, CANARY_BYTES);
}

static void check_canary(struct run *run)
{
	for (unsigned int i = 0; i < CANARY_BYTES; i++)
		assert_int_equal(run->canary[i], 0xc5);
	padma_space_free(run->bed.space, run->canary);
}

/* What the program holds belongs to it: the device does not write to it. */
static void hold(struct run *run, struct padma_packet *packet)
{
	struct padma_packet **place = &run->held[draw(run) % HELD];

	if (*place) {
		const uint8_t *room = (*place)->room;

		for (unsigned int i = 0; i < (*place)->room_bytes; i++)
			assert_int_equal(room[i], (*place)->user & 0xff);
		padma_packet_put(run->bed.cache, *place);
		*place = NULL;
	}
	if (!packet)
		return;
	while (packet->next) {
		struct padma_packet *next = packet->next;

		packet->next = NULL;
		padma_packet_put(run->bed.cache, packet);
		packet = next;
	}
	packet->user = draw(run) & 0xff;
	memset(packet->room, (int)packet->user, packet->room_bytes);
	*place = packet;
}

static void receive(struct run *run)
{
	for (unsigned int queue = 0; queue < run->bed.rx_queues; queue++) {
		struct padma_packet *packets[BURST];
		unsigned int n = padma_rx_burst(run->bed.rx[queue], packets, BURST);

		received += n;
		for (unsigned int i = 0; i < n; i++) {
			/* It is a packet: its data is within its rooms. */
			for (struct padma_packet *p = packets[i]; p; p = p->next)
				assert_true((unsigned int)p->offset + p->length <= p->room_bytes);
			hold(run, packets[i]);
		}
	}
}

static void transmit(struct run *run)
{
	for (unsigned int i = 0; i < 8; i++) {
		bool v6 = draw(run) & 1, tso = draw(run) & 1;
		unsigned int payload = tso ? 3000 : draw(run) % 1300;
		struct padma_packet *packet;
		uint8_t data[4096];
		unsigned int bytes;

		if (padma_pool_available(run->bed.pool) < 8)
			return;
		bytes = nic_frame(data, bed_peer_mac, v6, true, payload, i);
		packet = bed_packet(&run->bed, data, bytes, 2 + draw(run) % 3);
		packet->l2_bytes = 14;
		packet->l3_bytes = v6 ? 40 : 20;
		packet->l4_bytes = 20;
		packet->segment_size = 1000;
		packet->flags = tso ? PADMA_PACKET_TSO
				    : draw(run) & (PADMA_PACKET_IP_CSUM | PADMA_PACKET_TCP_CSUM |
						   PADMA_PACKET_VLAN);
		if (v6)
			packet->flags &= ~PADMA_PACKET_IP_CSUM;
		if (!padma_tx_burst(run->bed.tx[i % run->bed.tx_queues], &packet, 1))
			padma_packet_put(run->bed.cache, packet);
	}
}

static void peer(struct run *run)
{
	for (unsigned int i = 0; i < 8; i++) {
		struct nic_frame frame;
		uint8_t data[1500];
		unsigned int bytes = nic_frame(data, run->bed.info.mac, draw(run) & 1,
					       draw(run) & 1, draw(run) % 1300, i);

		nic_put(&run->bed.peer, 0, data, bytes, NIC_WHOLE);
		nic_ring_tail(&run->bed.peer, 0);
		padma_sim_step(run->bed.peer.device, 0);
		while (nic_receive(&run->bed.peer, 0, &frame))
			;
		nic_refill(&run->bed.peer, 0);
	}
}

/* A reset of a hostile card may fail; then it is retried, or the port is closed as it is. */
static void reset(struct run *run)
{
	int rc = -EAGAIN;

	padma_port_reset_begin(run->bed.port);
	for (unsigned int i = 0; i < 10 && rc == -EAGAIN; i++) {
		receive(run);
		for (unsigned int queue = 0; queue < run->bed.tx_queues; queue++)
			padma_tx_reap(run->bed.tx[queue], 32);
		rc = padma_port_reset_finish(run->bed.port);
	}
	resets += rc == 0;
}

static void control(struct run *run)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 1, 0, 0x5e, 0, 0, 1};
	struct padma_port_stat stats[256];
	struct padma_port_link link;
	unsigned int events;

	switch (draw(run) % 6) {
	case 0:
		(void)padma_port_link(run->bed.port, &link);
		break;
	case 1:
		(void)padma_port_filter(run->bed.port, macs, 2, draw(run) & 1, false);
		break;
	case 2:
		(void)padma_port_extended_stats(run->bed.port, stats, ARRAY_SIZE(stats));
		break;
	case 3:
		(void)padma_port_set_mac(run->bed.port, macs);
		break;
	default:
		break;
	}
	events = padma_port_service(run->bed.port, run->now += SECOND);
	failed += (events & PADMA_PORT_EVENT_FAILED) != 0;
	if (padma_port_state(run->bed.port) == PADMA_PORT_FAILED || draw(run) % 16 == 0)
		reset(run);
}

static bool open_port(struct run *run)
{
	const struct padma_port_params params = {
		.rx_queues = (uint16_t)(run->bed.info.rx_queues > 1 && draw(run) & 1 ? 2 : 1),
		.rx_depth = 64u << draw(run) % 3,
		.tx_depth = 64u << draw(run) % 3,
		.mtu = draw(run) & 1 ? 9000 : 0,
		.offloads = PADMA_OFFLOAD_RX_CSUM | (draw(run) & 1 ? PADMA_OFFLOAD_RX_VLAN : 0)};
	struct bed *bed = &run->bed;
	unsigned int i;

	if (padma_port_configure(bed->port, &params))
		return false;
	bed->rx_queues = bed->tx_queues = params.rx_queues ? params.rx_queues : 1;
	for (i = 0; i < bed->rx_queues; i++) {
		if (padma_rx_queue_open(bed->port, i, bed->cache, &bed->rx[i]) ||
		    padma_tx_queue_open(bed->port, i, bed->cache, &bed->tx[i]))
			return false;
	}
	return padma_port_start(bed->port) == 0;
}

/* A card that does not even stop is pulled out. */
static void close_run(struct run *run)
{
	struct bed *bed = &run->bed;

	for (unsigned int i = 0; i < HELD; i++) {
		if (run->held[i])
			padma_packet_put(bed->cache, run->held[i]);
	}
	if (bed->port && padma_port_stop(bed->port)) {
		kept++;
		must(padma_sim_remove(bed->device, UINT64_MAX));
		(void)padma_port_service(bed->port, run->now += SECOND);
	}
	bed_close_broken(bed);
}

/* The only DMA that was refused is that of a card whose bus mastering is off. */
static void check_dma(struct run *run)
{
	struct padma_sim_dma_faults faults;

	must(padma_sim_dma_faults(run->bed.device, &faults));
	assert_true(faults.count == 0 || faults.bus_master_off);
}

static uint64_t run_seed(unsigned int seed)
{
	static struct run run;
	char keys[96];
	const struct bed_params params = {.model = seed % 3 ? "e1000e" : "e1000", .keys = keys};
	struct padma_sim_hostile_info info;

	run = (struct run){.random = seed, .now = SECOND};
	snprintf(keys, sizeof(keys), ",hostile=%u,hostile-rate=%u,hostile-after=%u", seed,
		 2u << seed % 5, seed % 4 ? 300 : 0);
	bed_prepare(&run.bed, &params);
	plant(&run);
	if (padma_port_open(run.bed.device, &run.bed.port) == 0) {
		must(padma_port_info(run.bed.port, &run.bed.info));
		run.is_open = open_port(&run);
	} else {
		run.bed.port = NULL;
	}
	opened += run.is_open;
	for (unsigned int turn = 0; turn < TURNS && run.is_open; turn++) {
		receive(&run);
		transmit(&run);
		peer(&run);
		padma_sim_step(run.bed.device, draw(&run) % 32);
		check_dma(&run);
		control(&run);
	}
	must(padma_sim_hostile_info(run.bed.device, &info));
	mutations += info.mutations;
	check_canary(&run);
	close_run(&run);
	return info.mutations;
}

static unsigned int number_from(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned int)strtoul(text, NULL, 0) : otherwise;
}

static void quiet(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)ctx, (void)level, (void)part, (void)text;
}

static void test_many_seeds(void **state)
{
	unsigned int only = number_from("PADMA_HOSTILE_SEED", 0);
	unsigned int seeds = number_from("PADMA_HOSTILE_SEEDS", SEEDS);

	(void)state;
	if (!only)
		padma_log_to(quiet, NULL, PADMA_LOG_WARNING);
	for (unsigned int seed = only ? only : 1; seed <= (only ? only : seeds); seed++) {
		if (getenv("PADMA_HOSTILE_VERBOSE"))
			print_message("hostile=%u\n", seed);
		(void)run_seed(seed);
	}
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
	print_message(
		"%u seeds: %llu mutations, %llu opened, %llu packets received, %llu failures, "
		"%llu resets, %llu did not stop\n",
		seeds, (unsigned long long)mutations, (unsigned long long)opened,
		(unsigned long long)received, (unsigned long long)failed,
		(unsigned long long)resets, (unsigned long long)kept);
	/* The test reached the case that it is for. */
	if (only)
		return;
	assert_true(mutations > 50 * (uint64_t)seeds);
	assert_true(opened > seeds / 3);
	assert_true(received > 10 * (uint64_t)seeds);
	assert_true(failed > seeds / 4 && resets > seeds / 4);
}

static void test_a_seed_can_be_replayed(void **state)
{
	(void)state;
	padma_log_to(quiet, NULL, PADMA_LOG_WARNING);
	for (unsigned int seed = 1; seed <= 6; seed++)
		assert_int_equal(run_seed(seed), run_seed(seed));
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_seeds),
		cmocka_unit_test(test_a_seed_can_be_replayed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
