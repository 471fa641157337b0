// SPDX-License-Identifier: BSD-3-Clause
/* The virtio-net driver on a card that another thread serves: packets, interrupts, ends, and a malicious back end. */
#include "must.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/net/port.h>
#include <padma/space.h>
#include <padma/time.h>

#include "vhost/peer.h"
#include "vhost/peer_rings.h"

#define PACKETS	   1024u
#define QUEUES	   4u
#define DEPTH	   128u
#define HEADER	   14u
#define LEAST	   60u
#define MOST	   1514u
#define SECOND	   1000000000ull
#define F_MRG	   (1ull << 15)
#define F_INDIRECT (1ull << 28)
#define F_PACKED   (1ull << 34)

struct bed {
	struct peer *peer;
	struct peer_echo echo;
	struct padma_space *space;
	struct padma_device *device;
	struct padma_port *port;
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
	unsigned int queues;
	bool interrupts;
	struct padma_rx_queue *rx[QUEUES];
	struct padma_tx_queue *tx[QUEUES];
	uint32_t sent, received;
};

/* What is transmitted comes back at once: there must be buffers then. */
static void fill_rings(struct bed *bed)
{
	struct padma_packet *packet;

	for (unsigned int i = 0; i < bed->queues; i++)
		assert_int_equal(padma_rx_burst(bed->rx[i], &packet, 1), 0);
}

static void open_card(struct bed *bed)
{
	const struct padma_port_params params = {
		.rx_queues = (uint16_t)bed->queues,
		.tx_queues = (uint16_t)bed->queues,
		.rx_depth = DEPTH,
		.tx_depth = DEPTH,
		.interrupts = bed->interrupts,
	};
	char name[160];

	snprintf(name, sizeof(name), "vhost-user:%s,queues=%u,timeout=10000%s", bed->peer->path,
		 bed->queues, bed->peer->params.client ? ",server" : "");
	must(padma_device_open(bed->space, name, &bed->device));
	must(padma_port_open(bed->device, &bed->port));
	must(padma_port_configure(bed->port, &params));
	for (unsigned int i = 0; i < bed->queues; i++) {
		must(padma_rx_queue_open(bed->port, i, bed->cache, &bed->rx[i]));
		must(padma_tx_queue_open(bed->port, i, bed->cache, &bed->tx[i]));
	}
	must(padma_port_start(bed->port));
	fill_rings(bed);
}

static void close_card(struct bed *bed)
{
	must(padma_port_stop(bed->port));
	for (unsigned int i = 0; i < bed->queues; i++) {
		must(padma_rx_queue_close(bed->rx[i]));
		must(padma_tx_queue_close(bed->tx[i]));
	}
	must(padma_port_close(bed->port));
	must(padma_device_close(bed->device));
	assert_int_equal(padma_pool_available(bed->pool), PACKETS);
}

static void open_memory(struct bed *bed)
{
	const struct padma_space_params params = {.window_bytes = 1ull << 30,
						  .guard = PADMA_GUARD_PAGES};
	const struct padma_packet_pool_params packets = {
		.count = PACKETS, .name = "packets", .checks = PADMA_POOL_CHECKS_ON};

	must(padma_space_open_for("vhost-user:any", &params, &bed->space));
	must(padma_packet_pool_open(bed->space, &packets, &bed->pool));
	must(padma_pool_cache_open(bed->pool, &bed->cache));
}

static void open_bed(struct bed *bed, uint64_t features, unsigned int queues)
{
	const struct peer_params params = {
		.features = features,
		.protocol = PEER_PROTOCOL,
		.queue_pairs = QUEUES,
		.slots = 32,
		.serve = peer_echo_serve,
		.ctx = &bed->echo,
	};

	bed->queues = queues;
	bed->peer = peer_start(&params);
	__atomic_store_n(&bed->echo.peer, bed->peer, __ATOMIC_RELEASE);
	open_memory(bed);
	open_card(bed);
}

static void close_bed(struct bed *bed)
{
	padma_pool_cache_close(bed->cache);
	must(padma_pool_close(bed->pool));
	must(padma_space_close(bed->space));
	peer_stop(bed->peer);
}

static uint32_t length_of(uint32_t number)
{
	return LEAST + number * 2654435761u % (MOST - LEAST + 1);
}

/* Bytes by the packet's number, so that each is known wherever it comes out. */
static void fill(uint8_t *data, uint32_t number, uint32_t bytes)
{
	memset(data, 0x02, 12);
	data[12] = 0x88;
	data[13] = 0xb5;
	memcpy(data + HEADER, &number, sizeof(number));
	for (uint32_t i = HEADER + sizeof(number); i < bytes; i++)
		data[i] = (uint8_t)(number * 31 + i);
}

static bool transmit(struct bed *bed, unsigned int queue)
{
	struct padma_packet *packet = padma_packet_get(bed->cache);
	uint32_t bytes = length_of(bed->sent);
	uint8_t *data;

	if (!packet)
		return false;
	data = padma_packet_append(packet, bytes);
	fill(data, bed->sent, bytes);
	if (padma_tx_burst(bed->tx[queue], &packet, 1) == 1) {
		bed->sent++;
		return true;
	}
	padma_packet_put(bed->cache, packet);
	return false;
}

static void check(const struct padma_packet *packet)
{
	uint8_t wanted[MOST] = {0}, got[MOST] = {0};
	uint32_t number, bytes = padma_packet_bytes(packet), at = 0;

	for (const struct padma_packet *part = packet; part; part = part->next) {
		assert_true(at + part->length <= MOST);
		memcpy(got + at, padma_packet_data(part), part->length);
		at += part->length;
	}
	memcpy(&number, got + HEADER, sizeof(number));
	assert_int_equal(bytes, length_of(number));
	fill(wanted, number, bytes);
	assert_memory_equal(got, wanted, bytes);
}

static unsigned int receive(struct bed *bed, unsigned int queue, bool checks)
{
	struct padma_packet *packets[32];
	unsigned int n = padma_rx_burst(bed->rx[queue], packets, 32);

	for (unsigned int i = 0; i < n; i++) {
		if (checks)
			check(packets[i]);
		padma_packet_put(bed->cache, packets[i]);
	}
	bed->received += n;
	return n;
}

/* @count packets there and back, at most @window under way. */
static void exchange(struct bed *bed, uint32_t count, uint32_t window)
{
	uint32_t end = bed->sent + count;
	uint64_t deadline = padma_now_ns() + 10 * SECOND;

	while (bed->received < end) {
		for (unsigned int q = 0; q < bed->queues; q++) {
			if (bed->sent < end && bed->sent - bed->received < window)
				(void)transmit(bed, q);
			(void)receive(bed, q, true);
		}
		if (padma_now_ns() >= deadline)
			fail_msg("%u of %u came back; the peer: %llu, %llu dropped, %llu faults",
				 bed->received, bed->sent, (unsigned long long)bed->echo.frames,
				 (unsigned long long)bed->echo.dropped,
				 (unsigned long long)bed->echo.faults);
	}
	assert_int_equal(bed->received, bed->sent);
}

static void test_packets(void **state)
{
	static const uint64_t without[] = {
		0, F_MRG, F_PACKED, F_PACKED | F_MRG, F_INDIRECT, F_PACKED | F_MRG | F_INDIRECT,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(without); i++) {
		struct bed bed = {0};

		open_bed(&bed, PEER_FEATURES & ~without[i], 1);
		exchange(&bed, 3000, 32);
		assert_int_equal(__atomic_load_n(&bed.echo.faults, __ATOMIC_RELAXED), 0);
		assert_int_equal(__atomic_load_n(&bed.echo.dropped, __ATOMIC_RELAXED), 0);
		close_card(&bed);
		close_bed(&bed);
	}
}

/* The protocol has no request for filters: none are promised, and asking for them fails nothing. */
static void test_no_filters(void **state)
{
	static const uint8_t mac[PADMA_MAC_BYTES] = {0x02, 0, 0, 0, 0, 9};
	struct padma_port_info info;
	struct bed bed = {0};

	(void)state;
	open_bed(&bed, PEER_FEATURES, 1);
	padma_port_info(bed.port, &info);
	assert_int_equal(info.macs, 0);
	assert_int_equal(padma_port_filter(bed.port, mac, 1, false, false), 0);
	exchange(&bed, 100, 32);
	close_card(&bed);
	close_bed(&bed);
}

static void test_queues(void **state)
{
	static const uint64_t without[] = {0, F_PACKED};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(without); i++) {
		struct bed bed = {0};

		open_bed(&bed, PEER_FEATURES & ~without[i], 3);
		exchange(&bed, 3000, 32);
		pthread_mutex_lock(&bed.peer->lock);
		assert_true(bed.peer->rings[4].enabled && bed.peer->rings[5].enabled);
		assert_false(bed.peer->rings[6].enabled);
		pthread_mutex_unlock(&bed.peer->lock);
		close_card(&bed);
		close_bed(&bed);
	}
}

/* A back end that sleeps until it is notified: no notification is missed. */
static void test_kicks(void **state)
{
	struct bed bed = {.echo.waits = true};

	(void)state;
	open_bed(&bed, PEER_FEATURES, 1);
	exchange(&bed, 2000, 4);
	close_card(&bed);
	close_bed(&bed);
}

static void test_interrupts(void **state)
{
	struct bed bed = {.interrupts = true};

	(void)state;
	open_bed(&bed, PEER_FEATURES, 1);
	for (unsigned int i = 0; i < 200; i++) {
		struct pollfd irq = {.fd = padma_rx_irq_fd(bed.rx[0]), .events = POLLIN};

		while (receive(&bed, 0, true))
			;
		assert_true(transmit(&bed, 0));
		while (bed.received < bed.sent) {
			eventfd_t value;

			if (receive(&bed, 0, true))
				continue;
			if (padma_rx_arm(bed.rx[0]) != 0)
				continue;
			assert_int_equal(poll(&irq, 1, 10000), 1);
			(void)eventfd_read(irq.fd, &value);
		}
	}
	close_card(&bed);
	close_bed(&bed);
}

static void reset(struct bed *bed)
{
	int rc;

	padma_port_reset_begin(bed->port);
	do {
		for (unsigned int q = 0; q < bed->queues; q++) {
			struct padma_packet *none[1];

			bed->received += padma_rx_burst(bed->rx[q], none, 0);
			(void)padma_tx_reap(bed->tx[q], 32);
		}
		rc = padma_port_reset_finish(bed->port);
	} while (rc == -EAGAIN);
	must(rc);
	bed->sent = bed->received; /* what was under way is lost */
	fill_rings(bed);
}

static void test_resets_in_traffic(void **state)
{
	struct bed bed = {0};

	(void)state;
	open_bed(&bed, PEER_FEATURES, 2);
	for (unsigned int i = 0; i < 10; i++) {
		exchange(&bed, 200, 16);
		for (unsigned int n = 0; n < 16; n++)
			(void)transmit(&bed, n % 2);
		reset(&bed);
	}
	exchange(&bed, 200, 16);
	close_card(&bed);
	close_bed(&bed);
}

/* The peer exits under traffic: the port is gone, all packets return, and another card is opened in the same space. */
static void check_deaths(bool client)
{
	struct bed bed = {.queues = 1};
	const struct peer_params params = {
		.features = PEER_FEATURES,
		.protocol = PEER_PROTOCOL,
		.queue_pairs = QUEUES,
		.slots = 32,
		.client = client,
		.serve = peer_echo_serve,
		.ctx = &bed.echo,
	};

	bed.peer = peer_start(&params);
	__atomic_store_n(&bed.echo.peer, bed.peer, __ATOMIC_RELEASE);
	open_memory(&bed);
	for (unsigned int i = 0; i < 4; i++) {
		uint64_t deadline = padma_now_ns() + 20 * SECOND;

		open_card(&bed);
		exchange(&bed, 300, 16);
		peer_hang_up(bed.peer);
		while (padma_port_state(bed.port) != PADMA_PORT_GONE) {
			(void)transmit(&bed, 0);
			(void)receive(&bed, 0, false);
			(void)padma_port_service(bed.port, padma_now_ns());
			assert_true(padma_now_ns() < deadline);
		}
		(void)receive(&bed, 0, false);
		(void)padma_tx_reap(bed.tx[0], 32);
		close_card(&bed);
		bed.sent = bed.received;
	}
	close_bed(&bed);
}

static void test_deaths_in_traffic(void **state)
{
	(void)state;
	check_deaths(false);
	check_deaths(true);
}

/* With a back end that writes wrong things anything may be received, or the port fails and is reset; nothing else. */
static void turn(struct bed *bed)
{
	for (unsigned int q = 0; q < bed->queues; q++) {
		for (unsigned int i = 0; i < 4; i++)
			(void)transmit(bed, q);
		(void)receive(bed, q, false);
	}
}

static unsigned int run_hostile(struct bed *bed, uint64_t mutations)
{
	unsigned int failures = 0;
	uint64_t deadline = padma_now_ns() + 30 * SECOND, quiet_since = padma_now_ns(), before = 0;

	while (padma_now_ns() < deadline) {
		uint64_t frames = __atomic_load_n(&bed->echo.frames, __ATOMIC_RELAXED);

		if (__atomic_load_n(&bed->echo.mutations, __ATOMIC_RELAXED) >= mutations)
			break;
		turn(bed);
		if (frames != before)
			quiet_since = padma_now_ns();
		before = frames;
		if (padma_port_state(bed->port) == PADMA_PORT_FAILED ||
		    padma_now_ns() - quiet_since > SECOND / 20) {
			failures += padma_port_state(bed->port) == PADMA_PORT_FAILED;
			reset(bed);
			quiet_since = padma_now_ns();
		}
	}
	return failures;
}

static void test_hostile(void **state)
{
	const char *more = getenv("PADMA_HOSTILE_MUTATIONS");
	uint64_t mutations = more ? strtoull(more, NULL, 0) : 2000, seed = test_seed();
	static const uint64_t without[] = {0, F_PACKED, F_MRG, F_PACKED | F_MRG};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(without); i++) {
		struct bed bed = {.echo = {.seed = seed + i, .rate = 40}};

		open_bed(&bed, PEER_FEATURES & ~without[i], 1);
		assert_true(run_hostile(&bed, mutations) > 0);
		assert_true(__atomic_load_n(&bed.echo.mutations, __ATOMIC_RELAXED) >= mutations);
		close_card(&bed);
		close_bed(&bed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_no_filters),
		cmocka_unit_test(test_queues),
		cmocka_unit_test(test_kicks),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_resets_in_traffic),
		cmocka_unit_test(test_deaths_in_traffic),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
