// SPDX-License-Identifier: BSD-3-Clause
/* Rings of every size, through many wraps, with a device that returns buffers in any order it may. */
#include "ring_bed.h"

#include <errno.h>
#include <string.h>

#define SIZE_MOST   67u
#define ROUNDS	    400u
#define PIECES_MOST 6u

/* How the device returns buffers. */
enum order {
	IN_TURN,
	SHUFFLED,
	BATCHES
};

struct variant {
	bool packed, indirect;
	enum order order;
};

/* A buffer's token is its number, and so is the address of its first piece. */
struct world {
	struct bed bed;
	struct variant variant;
	uint32_t random;
	uintptr_t added, returned;
	unsigned int with_device;
	struct bed_buffer held[SIZE_MOST + 1];
	bool taken[1 << 16];
};

static uint32_t draw(struct world *world, uint32_t below)
{
	world->random = world->random * 1664525u + 1013904223u;
	return (world->random >> 8) % below;
}

static void add_some(struct world *world)
{
	unsigned int most =
		world->bed.queue.size < PIECES_MOST ? world->bed.queue.size : PIECES_MOST;

	for (unsigned int n = draw(world, 8); n; n--) {
		struct padma_virtqueue_piece pieces[PIECES_MOST];
		unsigned int total = 1 + draw(world, most), out = draw(world, total + 1);
		uint16_t free = world->bed.queue.free;
		int rc;

		for (unsigned int i = 0; i < total; i++)
			pieces[i] = (struct padma_virtqueue_piece){world->added + 1, 10 + i};
		rc = padma_virtqueue_add(&world->bed.queue, pieces, out, total - out,
					 (void *)(world->added + 1));
		if (rc) {
			assert_int_equal(rc, -ENOSPC);
			assert_true(total > free);
			return;
		}
		world->added++;
	}
}

static void device_takes(struct world *world)
{
	while (bed_take(&world->bed, &world->held[world->with_device]))
		world->with_device++;
}

static void give(struct world *world, unsigned int i)
{
	const struct bed_buffer buffer = world->held[i];

	bed_give(&world->bed, buffer.id, buffer.writable, buffer.descriptors, 1);
	world->with_device--;
	memmove(&world->held[i], &world->held[i + 1],
		(world->with_device - i) * sizeof(world->held[0]));
}

/* By one entry, the last one's (2.7.9, 2.8.9). */
static void give_batch(struct world *world, unsigned int count)
{
	unsigned int skip = 0;

	for (unsigned int i = 0; i < count; i++)
		skip += world->held[i].descriptors;
	bed_give(&world->bed, world->held[count - 1].id, world->held[count - 1].writable, skip,
		 count);
	world->with_device -= count;
	memmove(&world->held[0], &world->held[count], world->with_device * sizeof(world->held[0]));
}

static void device_gives(struct world *world)
{
	unsigned int n = draw(world, world->with_device + 1);

	if (n && world->variant.order == BATCHES) {
		give_batch(world, n);
		return;
	}
	for (; n; n--)
		give(world, world->variant.order == SHUFFLED ? draw(world, world->with_device) : 0);
}

static void driver_takes(struct world *world)
{
	uint32_t bytes;
	void *token;
	int rc;

	while ((rc = padma_virtqueue_take(&world->bed.queue, &token, &bytes)) == 1) {
		uintptr_t number = (uintptr_t)token;

		assert_in_range(number, 1, world->added);
		assert_false(world->taken[number]);
		world->taken[number] = true;
		world->returned++;
		if (world->variant.order != SHUFFLED)
			assert_int_equal(number, world->returned);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(world->bed.queue.pending, world->added - world->returned);
}

static void run(unsigned int size, struct variant variant)
{
	static struct world world;

	memset(&world, 0, sizeof(world));
	world.variant = variant;
	world.random = size * 31 + variant.order;
	bed_open(&world.bed, size, variant.packed, variant.order == BATCHES, variant.indirect);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		add_some(&world);
		(void)padma_virtqueue_kick(&world.bed.queue);
		device_takes(&world);
		device_gives(&world);
		driver_takes(&world);
	}
	while (world.with_device) {
		device_gives(&world);
		driver_takes(&world);
	}
	assert_int_equal(world.returned, world.added);
	assert_int_equal(world.bed.queue.free, size);
	assert_true(world.added > ROUNDS / 4);
	bed_close(&world.bed);
}

static void run_all(unsigned int size, bool packed)
{
	for (int order = IN_TURN; order <= BATCHES; order++) {
		run(size, (struct variant){packed, false, (enum order)order});
		run(size, (struct variant){packed, true, (enum order)order});
	}
}

static void split_rings_of_every_size(void **state)
{
	(void)state;
	for (unsigned int size = 1; size <= 64; size *= 2)
		run_all(size, false);
}

static void packed_rings_of_every_size(void **state)
{
	(void)state;
	for (unsigned int size = 1; size <= SIZE_MOST; size++)
		run_all(size, true);
}

/* Two buffers of one writable piece of 100 bytes, of which the device has seen both. */
static void open_two(struct bed *bed, bool packed, struct bed_buffer *buffers)
{
	const struct padma_virtqueue_piece piece = {4096, 100};

	bed_open(bed, 8, packed, false, false);
	for (uintptr_t i = 1; i <= 2; i++)
		assert_int_equal(padma_virtqueue_add(&bed->queue, &piece, 0, 1, (void *)i), 0);
	(void)padma_virtqueue_kick(&bed->queue);
	for (int i = 0; i < 2; i++)
		assert_true(bed_take(bed, &buffers[i]));
}

static int take_one(struct bed *bed)
{
	uint32_t bytes;
	void *token;

	return padma_virtqueue_take(&bed->queue, &token, &bytes);
}

static void wrong_answers_are_found(void **state)
{
	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		struct bed_buffer buffers[2];
		struct bed bed;

		/* An identifier that does not exist. */
		open_two(&bed, packed, buffers);
		bed_give(&bed, 8, 1, 1, 1);
		assert_int_equal(take_one(&bed), -EPROTO);
		bed_close(&bed);
		/* One that is not in flight. */
		open_two(&bed, packed, buffers);
		bed_give(&bed, 5, 1, 1, 1);
		assert_int_equal(take_one(&bed), -EPROTO);
		bed_close(&bed);
		/* The same one twice, after one out of order and in order. */
		for (int first = 0; first < 2; first++) {
			open_two(&bed, packed, buffers);
			bed_give(&bed, buffers[first].id, 1, 1, 1);
			bed_give(&bed, buffers[first].id, 1, 1, 1);
			assert_int_equal(take_one(&bed), 1);
			assert_int_equal(take_one(&bed), -EPROTO);
			bed_close(&bed);
		}
		/* More bytes than there was room for. */
		open_two(&bed, packed, buffers);
		bed_give(&bed, buffers[0].id, 101, 1, 1);
		assert_int_equal(take_one(&bed), -EPROTO);
		bed_close(&bed);
	}
}

static void a_used_index_beyond_the_ring_is_found(void **state)
{
	struct bed_buffer buffers[2];
	struct bed bed;

	(void)state;
	open_two(&bed, false, buffers);
	bed_give(&bed, buffers[0].id, 1, 1, 3);
	assert_int_equal(take_one(&bed), -EPROTO);
	bed_close(&bed);
}

/* A batch that ends with a buffer that was never added, or that was returned already. */
static void a_wrong_batch_is_found(void **state)
{
	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		struct bed_buffer buffers[2];
		struct bed bed;

		open_two(&bed, packed, buffers);
		bed.queue.in_order = true;
		bed_give(&bed, 4, 1, 2, 2);
		assert_int_equal(take_one(&bed), -EPROTO);
		bed_close(&bed);
	}
}

static void buffers_in_flight_are_abandoned_once(void **state)
{
	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		for (int ordered = 0; ordered < 2; ordered++) {
			struct bed_buffer buffers[2];
			struct bed bed;

			open_two(&bed, packed, buffers);
			bed_give(&bed, buffers[ordered ? 0 : 1].id, 1, 1, 1);
			assert_int_equal(take_one(&bed), 1);
			assert_int_equal(bed.queue.ordered, ordered);
			assert_int_equal((uintptr_t)padma_virtqueue_abandon(&bed.queue),
					 ordered ? 2 : 1);
			assert_null(padma_virtqueue_abandon(&bed.queue));
			bed_close(&bed);
		}
	}
}

/* 2.7.10, 2.8.10: the device asks for a notification of an entry, or of none. */
static void notifications_follow_suppression(void **state)
{
	const struct padma_virtqueue_piece piece = {4096, 100};
	struct padma_vring_used *used;
	struct bed bed;

	(void)state;
	bed_open(&bed, 8, false, false, false);
	used = bed.device;
	used->flags = PADMA_VRING_NO_NOTIFY;
	assert_int_equal(padma_virtqueue_add(&bed.queue, &piece, 0, 1, &bed), 0);
	assert_false(padma_virtqueue_kick(&bed.queue));
	bed.queue.event_index = true;
	memcpy(&used->ring[8], &(uint16_t){2}, 2);
	for (int i = 1; i < 5; i++) {
		assert_int_equal(padma_virtqueue_add(&bed.queue, &piece, 0, 1, &bed), 0);
		/* The third entry, number 2. */
		assert_int_equal(padma_virtqueue_kick(&bed.queue), i == 2);
	}
	bed_close(&bed);
}

static void notifications_of_packed_rings_follow_the_wrap(void **state)
{
	const struct padma_virtqueue_piece piece = {4096, 100};
	struct padma_vring_event *event;
	struct bed_buffer buffer;
	struct bed bed;

	(void)state;
	bed_open(&bed, 5, true, false, false);
	event = bed.device;
	bed.queue.event_index = true;
	/* Entry 1 of the second round, whose wrap counter is 0. */
	*event = (struct padma_vring_event){.position = 1, .flags = PADMA_VRING_EVENT_DESC};
	for (int i = 0; i < 12; i++) {
		assert_int_equal(padma_virtqueue_add(&bed.queue, &piece, 0, 1, &bed), 0);
		assert_int_equal(padma_virtqueue_kick(&bed.queue), i == 6);
		assert_true(bed_take(&bed, &buffer));
		bed_give(&bed, buffer.id, 1, 1, 1);
		assert_int_equal(take_one(&bed), 1);
		if (i == 6)
			event->flags = PADMA_VRING_EVENT_NONE;
	}
	bed_close(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_rings_of_every_size),
		cmocka_unit_test(packed_rings_of_every_size),
		cmocka_unit_test(wrong_answers_are_found),
		cmocka_unit_test(a_used_index_beyond_the_ring_is_found),
		cmocka_unit_test(a_wrong_batch_is_found),
		cmocka_unit_test(buffers_in_flight_are_abandoned_once),
		cmocka_unit_test(notifications_follow_suppression),
		cmocka_unit_test(notifications_of_packed_rings_follow_the_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
