// SPDX-License-Identifier: BSD-3-Clause
/*
 * What is sent is correct, whether device or processor does the work: every set of offloads that a device can lack, with each
 * kind of marked packet, in one segment or many, shared or not. The expected frames are made here, byte by byte.
 */
#include "net/net_fixture.h"
#include "net/packets.h"

#define TAG	0x3064u
#define TX_BITS 6u

static struct frame frame, expected;

/* ---- what is expected ---- */

/* Segment @index of a frame that is cut at @size bytes of payload. */
static void cut(const struct frame *whole, uint32_t size, uint32_t index, struct frame *part)
{
	uint32_t headers = whole->l2 + whole->l3 + whole->l4, payload = whole->bytes - headers;
	uint32_t at = index * size, here = payload - at < size ? payload - at : size;
	uint8_t *ip = part->data + whole->l2, *tcp = ip + whole->l3;
	uint32_t sequence;

	*part = (struct frame){.l2 = whole->l2,
			       .l3 = whole->l3,
			       .l4 = whole->l4,
			       .is_ipv6 = whole->is_ipv6,
			       .bytes = headers + here};
	memcpy(part->data, whole->data, headers);
	memcpy(part->data + headers, whole->data + headers + at, here);
	if (whole->is_ipv6)
		frame_put16(ip + 4, whole->l3 - 40 + whole->l4 + here);
	else
		frame_put16(ip + 2, whole->l3 + whole->l4 + here);
	if (!whole->is_ipv6)
		frame_put16(ip + 4, frame_get16(ip + 4) + index);
	sequence = frame_get32(tcp + 4) + at;
	frame_put16(tcp + 4, sequence >> 16);
	frame_put16(tcp + 6, sequence & 0xffff);
	if (at + here < payload)
		tcp[13] &= 0xf6; /* neither FIN nor PSH */
	if (index)
		tcp[13] &= 0x7f; /* nor CWR */
}

static uint32_t cuts(const struct frame *whole, uint32_t size)
{
	uint32_t payload = whole->bytes - whole->l2 - whole->l3 - whole->l4;

	return payload ? (payload + size - 1) / size : 1;
}

static void add_tag(struct frame *tagged)
{
	memmove(tagged->data + 16, tagged->data + 12, tagged->bytes - 12);
	frame_put16(tagged->data + 12, 0x8100);
	frame_put16(tagged->data + 14, TAG);
	tagged->bytes += 4;
	tagged->l2 += 4;
}

/* ---- what the card does with what is left to it ---- */

static void card(struct fake_frame *got, struct frame *out)
{
	uint32_t flags = got->marks.flags, l2 = got->marks.l2_bytes, l3 = got->marks.l3_bytes;

	assert_false(flags & PADMA_PACKET_TSO);
	*out = (struct frame){.bytes = got->bytes, .l2 = l2, .l3 = l3};
	memcpy(out->data, got->data, got->bytes);
	if (flags & PADMA_PACKET_IP_CSUM)
		frame_put16(out->data + l2 + 10, frame_fold(frame_sum(out->data + l2, l3)));
	if (flags & (PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM)) {
		uint8_t *field = out->data + l2 + l3 + (flags & PADMA_PACKET_UDP_CSUM ? 6 : 16);
		uint16_t sum = frame_fold(frame_sum(out->data + l2 + l3, out->bytes - l2 - l3));

		frame_put16(field, sum == 0 && (flags & PADMA_PACKET_UDP_CSUM) ? 0xffff : sum);
	}
	if (flags & PADMA_PACKET_VLAN) {
		assert_int_equal(got->marks.vlan, TAG);
		add_tag(out);
	}
}

static void receive_expected(struct bed *bed, bool one_segment)
{
	static struct frame done;
	struct fake_frame got;

	assert_true(fake_take(bed->port, 0, &got));
	if (one_segment)
		assert_int_equal(got.segments, 1);
	card(&got, &done);
	free(got.data);
	assert_int_equal(done.bytes, expected.bytes);
	assert_memory_equal(done.data, expected.data, expected.bytes);
}

/* ---- every combination ---- */

struct kind {
	struct frame_shape shape;
	uint16_t segment_size; /* with TSO */
	uint32_t most;	       /* of the segments of a chain; 0 for one segment */
	bool tag, shared, no_headroom;
};

static struct padma_packet *packet_of_kind(struct bed *bed, const struct kind *kind)
{
	struct padma_packet *packet;

	frame_make(&frame, &kind->shape);
	packet = packet_of_frame(bed->cache, &frame, kind->most);
	if (kind->segment_size) {
		packet->flags |= PADMA_PACKET_TSO;
		packet->segment_size = kind->segment_size;
	}
	if (kind->tag) {
		packet->flags |= PADMA_PACKET_VLAN;
		packet->vlan = TAG;
	}
	if (kind->no_headroom) {
		memmove(packet->room, padma_packet_data(packet), packet->length);
		packet->offset = 0;
	}
	if (kind->shared)
		assert_int_equal(padma_packet_ref(packet), 0);
	return packet;
}

static void send(struct bed *bed, struct padma_packet *packet)
{
	assert_int_equal(padma_tx_burst(bed->tx[0], &packet, 1), 1);
	while (padma_tx_outstanding(bed->tx[0]))
		(void)padma_tx_reap(bed->tx[0], 32);
}

static void expect_all(struct bed *bed, const struct kind *kind, bool one_segment)
{
	uint32_t count = kind->segment_size ? cuts(&frame, kind->segment_size) : 1;

	for (uint32_t i = 0; i < count; i++) {
		if (kind->segment_size)
			cut(&frame, kind->segment_size, i, &expected);
		else
			expected = frame;
		frame_fix(&expected, kind->shape.routing);
		if (kind->tag)
			add_tag(&expected);
		receive_expected(bed, one_segment);
	}
}

/* A shared packet is unchanged for its other holder. */
static void check_shared(struct bed *bed, struct padma_packet *packet, uint32_t flags)
{
	assert_int_equal(packet->flags, flags);
	assert_packet_is(packet, frame.data, frame.bytes);
	padma_packet_put(bed->cache, packet);
}

static void try_kind(struct bed *bed, const struct kind *kind, uint32_t offloads)
{
	struct padma_packet *packet = packet_of_kind(bed, kind);
	bool chains = offloads & PADMA_OFFLOAD_TX_CHAINS;
	uint32_t flags = packet->flags;
	struct fake_frame got;

	send(bed, packet);
	if (kind->shared)
		check_shared(bed, packet, flags);
	expect_all(bed, kind, !chains);
	assert_false(fake_take(bed->port, 0, &got));
}

static bool device_cuts(uint32_t offloads)
{
	return (offloads & PADMA_OFFLOAD_TX_L4_CSUM) && (offloads & PADMA_OFFLOAD_TX_TSO4) &&
	       (offloads & PADMA_OFFLOAD_TX_TSO6);
}

static void try_kinds(struct bed *bed, uint32_t offloads)
{
	unsigned int tried = 0;

	for (unsigned int n = 0; n < 128; n++) {
		struct kind kind = {
			.shape = {.is_ipv6 = n & 1,
				  .is_udp = n & 2,
				  .payload = 1400 + n,
				  .seed = n,
				  .routing = (n & 65) == 65,
				  .ip_options = n & 64 ? 8 : 0,
				  .tcp_options = n & 64 ? 12 : 0},
			.most = n & 4 ? 333 : 0,
			.tag = n & 8,
			.shared = n & 16,
			.no_headroom = n & 32,
		};

		try_kind(bed, &kind, offloads);
		tried++;
		if (kind.shape.is_udp || device_cuts(offloads))
			continue;
		for (uint16_t size = 100; size < 1700; size = (uint16_t)(size + 437)) {
			kind.segment_size = size;
			try_kind(bed, &kind, offloads);
		}
		kind.shape.payload = 0;
		try_kind(bed, &kind, offloads);
	}
	assert_int_equal(tried, 128);
}

static void test_every_combination(void **state)
{
	(void)state;
	for (uint32_t without = 0; without < 1u << TX_BITS; without++) {
		const struct padma_port_params params = {.without = without};
		struct padma_port_stats stats;
		struct bed bed;

		fake_begin();
		open_bed(&bed, &params);
		try_kinds(&bed, PADMA_OFFLOAD_TX & ~without);
		must(padma_port_stats(bed.port, &stats));
		assert_int_equal(stats.tx_dropped, 0);
		close_bed(&bed);
	}
}

/* Programs mark a packet that is to be cut for the checksums, too; the card may do them only for segments. */
static void test_marked_for_all(void **state)
{
	const struct padma_port_params params = {.without = PADMA_OFFLOAD_TX_IP_CSUM};
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, &params);
	for (int shared = 0; shared < 2; shared++) {
		const struct kind kind = {
			.shape = {.payload = 1400}, .segment_size = 500, .shared = shared};
		struct padma_packet *packet = packet_of_kind(&bed, &kind);
		uint32_t flags = packet->flags;
		struct fake_frame got;

		assert_int_equal(flags,
				 PADMA_PACKET_IP_CSUM | PADMA_PACKET_TCP_CSUM | PADMA_PACKET_TSO);
		send(&bed, packet);
		if (shared)
			check_shared(&bed, packet, flags);
		assert_true(fake_take(bed.port, 0, &got));
		assert_int_equal(got.marks.flags, PADMA_PACKET_TSO | PADMA_PACKET_TCP_CSUM);
		assert_int_equal(got.marks.segment_size, 500);
		assert_int_equal(got.bytes, frame.bytes);
		free(got.data);
	}
	assert_int_equal(padma_counter_read(&bed.tx[0]->stats.errors), 0);
	close_bed(&bed);
}

/* A device that may not compute the sums of TCP does not cut either: for virtio both are one mechanism. */
static void test_no_sums_no_cuts(void **state)
{
	const struct padma_port_params params = {.without = PADMA_OFFLOAD_TX_L4_CSUM};
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, &params);
	assert_int_equal(bed.port->offloads & (PADMA_OFFLOAD_TX_TSO4 | PADMA_OFFLOAD_TX_TSO6), 0);
	close_bed(&bed);
}

/* ---- short of packets, of room, of time ---- */

#define SMALL 24u

/* A started port whose device does nothing, and a pool of few packets. */
struct small {
	struct bed bed;
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
};

static void open_small(struct small *small, size_t room)
{
	const struct padma_port_params params = {.without = PADMA_OFFLOAD_TX};
	const struct padma_packet_pool_params packets = {
		.count = SMALL, .room_bytes = room, .checks = PADMA_POOL_CHECKS_ON};

	fake_begin();
	open_port_bed(&small->bed);
	must(padma_packet_pool_open(small->bed.space, &packets, &small->pool));
	must(padma_pool_cache_open(small->pool, &small->cache));
	must(padma_port_configure(small->bed.port, &params));
	must(padma_rx_queue_open(small->bed.port, 0, small->bed.cache, &small->bed.rx[0]));
	must(padma_tx_queue_open(small->bed.port, 0, small->cache, &small->bed.tx[0]));
	must(padma_port_start(small->bed.port));
}

static void close_small(struct small *small)
{
	must(padma_port_stop(small->bed.port));
	assert_int_equal(padma_pool_available(small->pool), SMALL);
	close_queues(&small->bed);
	must(padma_port_close(small->bed.port));
	padma_pool_cache_close(small->cache);
	must(padma_pool_close(small->pool));
	close_memory(&small->bed);
}

/* Some 20000 bytes of payload, in segments of 300. */
static const struct kind large = {
	.shape = {.payload = 20001}, .segment_size = 300, .most = 2000, .tag = true};

static struct padma_packet *packet_of_small(struct small *small)
{
	struct bed as_pool = {.cache = small->cache};

	return packet_of_kind(&as_pool, &large);
}

/* Far more segments than the pool has packets, and a ring of 5. */
static void test_resumes(void **state)
{
	struct padma_packet *packet, *next;
	struct fake_frame got;
	struct small small;
	unsigned int calls = 0;

	(void)state;
	open_small(&small, 0);
	fake_control.ring_room = 5;
	fake_control.hung = true;
	packet = packet_of_small(&small);
	next = padma_packet_get(small.cache);
	memset(padma_packet_append(next, 60), 7, 60);
	assert_int_equal(padma_tx_burst(small.bed.tx[0], &packet, 1), 1);
	/* The ring is full of it: nothing else is taken. */
	assert_int_equal(padma_tx_burst(small.bed.tx[0], &next, 1), 0);
	assert_int_not_equal(padma_tx_outstanding(small.bed.tx[0]), 0);
	assert_false(fake_take(small.bed.port, 0, &got));
	fake_control.hung = false;
	while (padma_tx_burst(small.bed.tx[0], &next, 1) == 0)
		assert_true(++calls < 1000);
	while (padma_tx_outstanding(small.bed.tx[0]))
		(void)padma_tx_reap(small.bed.tx[0], 1);
	expect_all(&small.bed, &large, true);
	assert_true(fake_take(small.bed.port, 0, &got));
	assert_int_equal(got.bytes, 60);
	free(got.data);
	assert_false(fake_take(small.bed.port, 0, &got));
	close_small(&small);
}

/* The program holds all packets: the rest of the segments follows when it puts one. */
static void test_pool_empty(void **state)
{
	struct padma_packet *packet, *held[SMALL], *rest;
	struct small small;
	unsigned int count = 0;

	(void)state;
	open_small(&small, 0);
	packet = packet_of_small(&small);
	while (count < SMALL && (held[count] = padma_packet_get(small.cache)))
		count++;
	assert_int_equal(padma_tx_burst(small.bed.tx[0], &packet, 1), 1);
	assert_int_equal(padma_tx_outstanding(small.bed.tx[0]), 1);
	assert_true(count > 0);
	rest = held[--count];
	assert_int_equal(padma_tx_burst(small.bed.tx[0], &rest, 1), 0);
	padma_packet_put(small.cache, rest);
	for (unsigned int i = 0; padma_tx_outstanding(small.bed.tx[0]) && i < 1000; i++)
		(void)padma_tx_reap(small.bed.tx[0], 32);
	assert_int_equal(padma_tx_outstanding(small.bed.tx[0]), 0);
	expect_all(&small.bed, &large, true);
	padma_packet_put_bulk(small.cache, held, count);
	close_small(&small);
}

/* Segments that wait, and the packet that they are of, go back when the port stops or is reset. */
static void test_stopped_while_cutting(void **state)
{
	struct padma_packet *packet;
	struct small small;

	(void)state;
	open_small(&small, 0);
	fake_control.hung = true;
	fake_control.ring_room = 3;
	packet = packet_of_small(&small);
	assert_int_equal(padma_tx_burst(small.bed.tx[0], &packet, 1), 1);
	padma_port_reset_begin(small.bed.port);
	assert_int_equal(padma_tx_reap(small.bed.tx[0], 32), 0);
	(void)padma_rx_burst(small.bed.rx[0], &packet, 1);
	must(padma_port_reset_finish(small.bed.port));
	/* Those of the ring are back; those that wait for it, in the owner's next call. */
	assert_int_not_equal(padma_pool_available(small.pool), SMALL);
	assert_int_equal(padma_tx_reap(small.bed.tx[0], 32), 0);
	assert_int_equal(padma_tx_outstanding(small.bed.tx[0]), 0);
	assert_int_equal(padma_pool_available(small.pool), SMALL);
	packet = packet_of_small(&small);
	assert_int_equal(padma_tx_burst(small.bed.tx[0], &packet, 1), 1);
	close_small(&small);
}

/* A copy is needed and there is no packet for it: not taken, nothing changed, and later it is. */
static void test_no_copy(void **state)
{
	const struct kind kind = {.shape = {.payload = 100}, .shared = true, .tag = true};
	struct padma_packet *packet, *held[SMALL];
	struct small small;
	unsigned int count = 0;

	(void)state;
	open_small(&small, 0);
	packet = packet_of_kind(&(struct bed){.cache = small.cache}, &kind);
	while (count < SMALL && (held[count] = padma_packet_get(small.cache)))
		count++;
	assert_int_equal(padma_tx_burst(small.bed.tx[0], &packet, 1), 0);
	assert_int_equal(packet->refs, 1);
	assert_true(count > 0);
	padma_packet_put(small.cache, held[--count]);
	send(&small.bed, packet);
	check_shared(&(struct bed){.cache = small.cache}, packet,
		     PADMA_PACKET_IP_CSUM | PADMA_PACKET_TCP_CSUM | PADMA_PACKET_VLAN);
	expect_all(&small.bed, &kind, true);
	padma_packet_put_bulk(small.cache, held, count);
	close_small(&small);
}

/* Wrong ones among right ones are dropped and counted, each on its own; the order stays. */
static void test_errors(void **state)
{
	const struct padma_port_params params = {.without = PADMA_OFFLOAD_TX};
	struct padma_packet *packets[32];
	struct padma_port_stats stats;
	struct fake_frame got;
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, &params);
	frame_make(&frame, &(struct frame_shape){.payload = 50});
	for (unsigned int i = 0; i < 32; i++) {
		packets[i] = packet_of_frame(bed.cache, &frame, 0);
		padma_packet_data(packets[i])[5] = (uint8_t)i;
		if (i % 3 == 1)
			packets[i]->flags = 0;
		if (i % 3 == 2)
			packets[i]->l3_bytes = 21;
	}
	assert_int_equal(padma_tx_burst(bed.tx[0], packets, 32), 32);
	for (unsigned int i = 0; i < 32; i++) {
		if (i % 3 == 2)
			continue;
		assert_true(fake_take(bed.port, 0, &got));
		assert_int_equal(got.data[5], i);
		free(got.data);
	}
	assert_false(fake_take(bed.port, 0, &got));
	must(padma_port_stats(bed.port, &stats));
	assert_int_equal(stats.tx_dropped, 10);
	assert_int_equal(stats.tx_packets, 22);
	assert_int_equal(padma_counter_read(&bed.tx[0]->stats.software), 11);
	close_bed(&bed);
}

/* A chain that fits into no room, for a device without scatter; a tag for 11 bytes. */
static void test_too_large(void **state)
{
	const struct padma_port_params params = {.without = PADMA_OFFLOAD_TX};
	struct padma_packet *packet;
	struct bed bed;

	(void)state;
	fake_begin();
	open_bed(&bed, &params);
	frame_make(&frame, &(struct frame_shape){.payload = 3000});
	packet = packet_of_frame(bed.cache, &frame, 1000);
	packet->flags = 0;
	send(&bed, packet);
	frame_make(&frame, &(struct frame_shape){.payload = 3000});
	packet = packet_of_frame(bed.cache, &frame, 1000);
	packet->flags |= PADMA_PACKET_TSO;
	packet->segment_size = 2000;
	send(&bed, packet);
	packet = packet_of(&bed, "12345678901", 11);
	packet->flags = PADMA_PACKET_VLAN;
	send(&bed, packet);
	assert_int_equal(padma_counter_read(&bed.tx[0]->stats.errors), 3);
	close_bed(&bed);
}

/* Segments longer than IP's length can say are no segments; a large segment_size alone does no harm. */
static void test_segments_too_long_for_ip(void **state)
{
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
	struct bed bed;

	(void)state;
	fake_begin();
	open_memory(&bed);
	must(padma_packet_pool_open(
		bed.space, &(struct padma_packet_pool_params){.count = 8, .room_bytes = 65535},
		&pool));
	must(padma_pool_cache_open(pool, &cache));
	for (unsigned int i = 0; i < 4; i++) {
		/* IPv4's length includes its own header. */
		uint32_t most = i & 1 ? 65535 - 20 : 65535 - 40;
		struct padma_packet *packet;

		frame_make(&frame, &(struct frame_shape){.is_ipv6 = i & 1,
							 .payload = most + (i & 2 ? 1 : 0)});
		packet = packet_of_frame(cache, &frame, 60000);
		packet->flags |= PADMA_PACKET_TSO;
		packet->segment_size = 65535;
		assert_int_equal(padma_packet_prepare(packet, false), i & 2 ? -EINVAL : 0);
		padma_packet_put(cache, packet);
	}
	padma_pool_cache_close(cache);
	must(padma_pool_close(pool));
	close_memory(&bed);
}

/* Rooms smaller than the headers and the segments: chains, if the device takes them. */
static void test_small_rooms(void **state)
{
	const struct padma_port_params params = {.without = PADMA_OFFLOAD_TX &
							    ~PADMA_OFFLOAD_TX_CHAINS};
	struct small small;
	struct padma_packet *packet;

	(void)state;
	open_small(&small, PADMA_PACKET_ROOM_MIN + 1500);
	must(padma_port_stop(small.bed.port));
	close_queues(&small.bed);
	must(padma_port_configure(small.bed.port, &params));
	must(padma_rx_queue_open(small.bed.port, 0, small.bed.cache, &small.bed.rx[0]));
	must(padma_tx_queue_open(small.bed.port, 0, small.cache, &small.bed.tx[0]));
	must(padma_port_start(small.bed.port));
	packet = packet_of_kind(
		&(struct bed){.cache = small.cache},
		&(struct kind){.shape = {.payload = 5000}, .segment_size = 2400, .most = 1500});
	send(&small.bed, packet);
	expect_all(&small.bed, &(struct kind){.segment_size = 2400}, false);
	close_small(&small);
}

/* Without work, a burst is the driver's, and the ring's fullness is counted once. */
static void test_full(void **state)
{
	const struct padma_port_params params = {.without = PADMA_OFFLOAD_TX};
	struct padma_packet *packets[8];
	struct bed bed;

	(void)state;
	fake_begin();
	fake_control.ring_room = 4;
	fake_control.hung = true;
	open_bed(&bed, &params);
	frame_make(&frame, &(struct frame_shape){.payload = 50});
	for (unsigned int i = 0; i < 8; i++)
		packets[i] = packet_of_frame(bed.cache, &frame, 0);
	assert_int_equal(padma_tx_burst(bed.tx[0], packets, 8), 8);
	assert_int_equal(padma_tx_outstanding(bed.tx[0]), 8);
	assert_int_equal(padma_counter_read(&bed.tx[0]->stats.full), 0);
	packets[0] = packet_of_frame(bed.cache, &frame, 0);
	assert_int_equal(padma_tx_burst(bed.tx[0], packets, 1), 0);
	assert_int_equal(padma_counter_read(&bed.tx[0]->stats.full), 1);
	padma_packet_put(bed.cache, packets[0]);
	close_bed(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_combination),
		cmocka_unit_test(test_marked_for_all),
		cmocka_unit_test(test_no_sums_no_cuts),
		cmocka_unit_test(test_resumes),
		cmocka_unit_test(test_pool_empty),
		cmocka_unit_test(test_stopped_while_cutting),
		cmocka_unit_test(test_no_copy),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_segments_too_long_for_ip),
		cmocka_unit_test(test_small_rooms),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
