// SPDX-License-Identifier: BSD-3-Clause
/* Pools of packets; taking, putting, sharing, chaining and copying them. */
#include "net/net_fixture.h"
#include "net/packets.h"

static int open_pool_of(struct bed *bed, size_t room, struct padma_pool **pool)
{
	const struct padma_packet_pool_params params = {.count = 8, .room_bytes = room};

	return padma_packet_pool_open(bed->space, &params, pool);
}

static void test_pools(void **state)
{
	struct padma_pool_cache *cache;
	struct padma_packet *packet;
	struct padma_pool *pool = NULL;
	struct bed bed;

	(void)state;
	open_memory(&bed);
	assert_int_equal(padma_packet_room(bed.cache), PADMA_PACKET_ROOM);
	assert_int_equal(open_pool_of(&bed, PADMA_PACKET_ROOM_MIN - 1, &pool), -EINVAL);
	assert_int_equal(open_pool_of(&bed, 65536, &pool), -EINVAL);
	assert_null(pool);
	must(open_pool_of(&bed, 65535, &pool));
	must(padma_pool_cache_open(pool, &cache));
	assert_int_equal(padma_packet_room(cache), 65535);
	packet = padma_packet_get(cache);
	assert_int_equal(packet->room_bytes, 65535);
	assert_int_equal(packet->room_dma, padma_dma(bed.space, packet->room));
	assert_int_equal(padma_packet_dma(packet), packet->room_dma + PADMA_PACKET_HEADROOM);
	padma_packet_put(cache, packet);
	padma_pool_cache_close(cache);
	must(padma_pool_close(pool));
	close_memory(&bed);
}

/* A pool of other objects has no packets. */
static void test_no_packets(void **state)
{
	const struct padma_pool_params params = {.count = 8, .object_bytes = 2048};
	struct padma_pool_cache *cache;
	struct padma_pool *pool;
	struct bed bed;

	(void)state;
	open_memory(&bed);
	must(padma_pool_open(bed.space, &params, &pool));
	must(padma_pool_cache_open(pool, &cache));
	assert_int_equal(padma_packet_room(cache), 0);
	padma_pool_cache_close(cache);
	must(padma_pool_close(pool));
	close_memory(&bed);
}

static void test_room(void **state)
{
	struct padma_packet *packet;
	struct bed bed;

	(void)state;
	open_memory(&bed);
	packet = padma_packet_get(bed.cache);
	assert_int_equal(packet->length, 0);
	assert_int_equal(packet->flags, 0);
	assert_int_equal(padma_packet_tailroom(packet), PADMA_PACKET_ROOM - PADMA_PACKET_HEADROOM);
	assert_non_null(padma_packet_append(packet, 2048));
	assert_null(padma_packet_append(packet, 1));
	assert_ptr_equal(padma_packet_prepend(packet, 128), packet->room);
	assert_null(padma_packet_prepend(packet, 1));
	assert_int_equal(packet->length, PADMA_PACKET_ROOM);
	assert_ptr_equal(padma_packet_pull(packet, 100), (uint8_t *)packet->room + 100);
	assert_null(padma_packet_pull(packet, PADMA_PACKET_ROOM));
	packet->flags = ~0u;
	padma_packet_put(bed.cache, packet);
	packet = padma_packet_get(bed.cache);
	assert_int_equal(packet->flags | packet->length, 0);
	padma_packet_put(bed.cache, packet);
	close_memory(&bed);
}

static void test_chain(void **state)
{
	struct padma_packet *packet, *all[PACKETS];
	uint8_t data[1000] = {1};
	struct bed bed;

	(void)state;
	open_memory(&bed);
	packet = packet_chain(bed.cache, data, sizeof(data), 10, 7);
	assert_int_equal(padma_packet_bytes(packet), sizeof(data));
	padma_packet_put(bed.cache, packet);
	/* None is in a chain any more. */
	assert_int_equal(padma_packet_get_bulk(bed.cache, all, PACKETS), PACKETS);
	assert_int_equal(padma_packet_get_bulk(bed.cache, all, 1), 0);
	for (unsigned int i = 0; i < PACKETS; i++)
		assert_true(!all[i]->next && all[i]->length == 0 && all[i]->refs == 0);
	padma_packet_put_bulk(bed.cache, all, PACKETS);
	close_memory(&bed);
}

static void test_refs(void **state)
{
	struct padma_packet *packet;
	uint8_t data[30] = {0};
	struct bed bed;

	(void)state;
	open_memory(&bed);
	packet = packet_chain(bed.cache, data, sizeof(data), 10, 10);
	for (unsigned int i = 0; i < 255; i++)
		assert_int_equal(padma_packet_ref(packet), 0);
	assert_int_equal(padma_packet_ref(packet), -EOVERFLOW);
	for (unsigned int i = 0; i < 255; i++) {
		padma_packet_put(bed.cache, packet);
		assert_int_equal(padma_pool_available(bed.pool), PACKETS - 3);
	}
	padma_packet_put(bed.cache, packet);
	assert_int_equal(padma_pool_available(bed.pool), PACKETS);
	close_memory(&bed);
}

struct holder {
	struct padma_pool *pool;
	struct padma_packet **packets;
	unsigned int count;
};

static void *put_all(void *ctx)
{
	struct holder *holder = ctx;
	struct padma_pool_cache *cache;

	if (padma_pool_cache_open(holder->pool, &cache))
		return ctx;
	padma_packet_put_bulk(cache, holder->packets, holder->count);
	padma_pool_cache_close(cache);
	return NULL;
}

/* Three threads put the same packets: each goes back once. */
static void test_refs_of_threads(void **state)
{
	struct padma_packet *packets[500];
	struct holder holder = {.packets = packets, .count = 500};
	pthread_t threads[3];
	struct bed bed;
	void *failed;

	(void)state;
	open_memory(&bed);
	holder.pool = bed.pool;
	for (unsigned int round = 0; round < 20; round++) {
		assert_int_equal(padma_packet_get_bulk(bed.cache, packets, 500), 500);
		for (unsigned int i = 0; i < 500; i++)
			for (unsigned int n = 0; n < 2; n++)
				assert_int_equal(padma_packet_ref(packets[i]), 0);
		for (unsigned int i = 0; i < 3; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, put_all, &holder), 0);
		for (unsigned int i = 0; i < 3; i++) {
			pthread_join(threads[i], &failed);
			assert_null(failed);
		}
		assert_int_equal(padma_pool_available(bed.pool), PACKETS);
	}
	close_memory(&bed);
}

static void test_copy(void **state)
{
	uint64_t random = test_seed();
	uint8_t data[9000], some[100];
	struct bed bed;

	(void)state;
	open_memory(&bed);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)test_random(&random);
	for (unsigned int i = 0; i < 500; i++) {
		uint32_t bytes = (uint32_t)(test_random(&random) % sizeof(data));
		uint32_t most = (uint32_t)(test_random(&random) % 2000 + 30);
		uint32_t at = (uint32_t)(test_random(&random) % 9100);
		struct padma_packet *packet = packet_chain(bed.cache, data, bytes, most, most);
		struct padma_packet *copy, *linear = packet;

		packet->user = i;
		packet->flags = PADMA_PACKET_HASH;
		packet->hash = i * 3;
		packet->vlan = 7;
		packet->queue = 2;
		copy = padma_packet_copy(bed.cache, packet);
		assert_packet_is(copy, data, bytes);
		assert_int_equal(copy->offset, PADMA_PACKET_HEADROOM);
		assert_true(copy->user == i && copy->flags == PADMA_PACKET_HASH &&
			    copy->hash == i * 3 && copy->vlan == 7 && copy->queue == 2);
		padma_packet_put(bed.cache, copy);
		assert_int_equal(padma_packet_read(packet, at, some, sizeof(some)),
				 at > bytes		     ? 0
				 : bytes - at < sizeof(some) ? bytes - at
							     : sizeof(some));
		assert_int_equal(padma_packet_linearize(bed.cache, &linear),
				 bytes <= 2048 || !packet->next ? 0 : -EMSGSIZE);
		assert_packet_is(linear, data, bytes);
		assert_int_equal(linear->hash, i * 3);
		assert_true(bytes > 2048 || !linear->next);
		padma_packet_put(bed.cache, linear);
	}
	close_memory(&bed);
}

/* Too few packets for a copy: none is taken. */
static void test_copy_short(void **state)
{
	struct padma_packet *packet, *held[PACKETS];
	uint8_t data[6000] = {0};
	struct bed bed;

	(void)state;
	open_memory(&bed);
	packet = packet_chain(bed.cache, data, sizeof(data), 2000, 2000);
	assert_int_equal(padma_packet_get_bulk(bed.cache, held, PACKETS - 5), PACKETS - 5);
	assert_null(padma_packet_copy(bed.cache, packet));
	assert_int_equal(padma_pool_available(bed.pool), 2);
	packet->length = 100; /* 100 and twice 2000 still do not fit into one */
	packet->next->length = 1500;
	packet->next->next->length = 448;
	packet->offset = 2000;
	assert_int_equal(padma_packet_get_bulk(bed.cache, &held[PACKETS - 5], 2), 2);
	assert_int_equal(padma_packet_linearize(bed.cache, &packet), -ENOMEM);
	assert_int_equal(padma_packet_bytes(packet), 2048);
	padma_packet_put_bulk(bed.cache, held, PACKETS - 3);
	assert_int_equal(padma_packet_linearize(bed.cache, &packet), 0);
	assert_null(packet->next);
	padma_packet_put(bed.cache, packet);
	close_memory(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pools), cmocka_unit_test(test_no_packets),
		cmocka_unit_test(test_room),  cmocka_unit_test(test_chain),
		cmocka_unit_test(test_refs),  cmocka_unit_test(test_refs_of_threads),
		cmocka_unit_test(test_copy),  cmocka_unit_test(test_copy_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
