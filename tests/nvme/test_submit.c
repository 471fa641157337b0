// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every byte arrives: transfers of all sizes and alignments against a model of the disk, from the
 * heap and from registered memory, by address and by dma address, with and without the guard.
 */
#include "nvme_fixture.h"

#include <sys/mman.h>

#include <padma/pool.h>

#define DISK_BYTES (8u << 20)
#define LBA	   512u
#define MOST	   (3u << 20) /* more than six commands of 512 KiB */

static unsigned char disk[DISK_BYTES];

/* A dword offset within a page, or none, or the last of a page. */
static size_t pick_offset(uint64_t *seed)
{
	switch (test_random(seed) % 3) {
	case 0:
		return 0;
	case 1:
		return 4092;
	default:
		return (test_random(seed) % 1024) * 4;
	}
}

static uint32_t pick_lbas(uint64_t *seed)
{
	static const uint32_t most[] = {8, 9, 16, 17, 64, 256, 1024, 1025, MOST / LBA};

	return 1 + (uint32_t)(test_random(seed) % most[test_random(seed) % ARRAY_SIZE(most)]);
}

/* Write at random and read back elsewhere, with guard bytes around what is read. */
static void exercise(const struct rig *rig, unsigned char *from, unsigned char *to, int rounds,
		     uint64_t *seed)
{
	for (int i = 0; i < rounds; i++) {
		uint32_t lbas = pick_lbas(seed), bytes = lbas * LBA;
		uint64_t lba = test_random(seed) % (DISK_BYTES / LBA - lbas + 1);
		unsigned char *source = from + 4096 + pick_offset(seed);
		unsigned char *target = to + 4096 + pick_offset(seed);

		if (test_random(seed) & 1) {
			fill(source, bytes, seed);
			must(do_write(rig, source, lba, lbas));
			memcpy(disk + lba * LBA, source, bytes);
		}
		memset(target - 4, 0xa5, 4);
		memset(target + bytes, 0x5a, 4);
		must(do_read(rig, target, lba, lbas));
		assert_memory_equal(target, disk + lba * LBA, bytes);
		assert_memory_equal(target - 4, "\xa5\xa5\xa5\xa5", 4);
		assert_memory_equal(target + bytes, "\x5a\x5a\x5a\x5a", 4);
	}
}

static void test_heap(void **state)
{
	uint64_t seed = test_seed();

	(void)state;
	for (int guard = 0; guard < 2; guard++) {
		struct rig rig = {.guard = guard, .depth = 4};
		unsigned char *from, *to;

		memset(disk, 0, sizeof(disk));
		rig_open(&rig, "sim:nvme,size=8M,step");
		from = alloc(&rig, MOST + 16384);
		to = alloc(&rig, MOST + 16384);
		exercise(&rig, from, to, 60, &seed);
		padma_space_free(rig.space, from);
		padma_space_free(rig.space, to);
		rig_close(&rig);
	}
}

/* Pages of 4 KiB, each anywhere: every entry of a PRP list is its own run. */
static void test_registered_memory(void **state)
{
	const size_t bytes = MOST + 16384;
	uint64_t seed = test_seed();
	unsigned char *memory[2];

	(void)state;
	for (int guard = 0; guard < 2; guard++) {
		struct rig rig = {.guard = guard};

		memset(disk, 0, sizeof(disk));
		rig_open(&rig, "sim:nvme,size=8M,mdts=128K,step");
		for (int i = 0; i < 2; i++) {
			memory[i] = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			assert_ptr_not_equal(memory[i], MAP_FAILED);
			must(padma_space_register(rig.space, memory[i], bytes));
		}
		exercise(&rig, memory[0], memory[1], 60, &seed);
		for (int i = 0; i < 2; i++)
			must(padma_space_unregister(rig.space, memory[i], bytes));
		rig_close(&rig);
		for (int i = 0; i < 2; i++)
			munmap(memory[i], bytes);
	}
}

/* malloc'ed memory fills no page: not a byte beside it may be touched, nor is it refused. */
static void test_memory_within_pages(void **state)
{
	struct rig rig = {.guard = true};
	struct result result = {0};
	unsigned char *memory = malloc(20000), copy[4096];
	uint64_t seed = 3;

	(void)state;
	assert_non_null(memory);
	rig_open(&rig, "sim:nvme,size=1M,step");
	must(padma_space_register(rig.space, memory + 100, 8192));
	fill(memory, 20000, &seed);
	must(do_write(&rig, memory + 100, 0, 8));
	memcpy(copy, memory + 100, 4096);
	must(do_read(&rig, memory + 100 + 4096, 0, 8));
	assert_memory_equal(memory + 100 + 4096, copy, 4096);
	assert_int_equal(padma_nvme_read(rig.queue, 1, memory + 104 + 4096, 0, 8, note, &result),
			 -EFAULT);
	assert_int_equal(padma_nvme_read(rig.queue, 1, memory + 96, 0, 1, note, &result), -EFAULT);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 0);
	must(padma_space_unregister(rig.space, memory + 100, 8192));
	rig_close(&rig);
	free(memory);
}

static void test_pool_objects_by_dma_address(void **state)
{
	const struct padma_pool_params params = {.object_bytes = 131072, .count = 8};
	struct padma_pool_object *from, *to;
	struct result result = {0};
	struct padma_pool_cache *cache;
	struct padma_pool *pool;
	struct rig rig = {0};
	uint64_t seed = 4;

	(void)state;
	rig_open(&rig, "sim:nvme,size=1M,step");
	must(padma_pool_open(rig.space, &params, &pool));
	must(padma_pool_cache_open(pool, &cache));
	from = padma_pool_get(cache);
	to = padma_pool_get(cache);
	fill(from->va, 131072, &seed);
	must(padma_nvme_write_dma(rig.queue, 1, from->dma, 5, 256, note, &result));
	must(rig_finish(&rig, &result));
	result = (struct result){0};
	must(padma_nvme_read_dma(rig.queue, 1, to->dma, 5, 256, note, &result));
	must(rig_finish(&rig, &result));
	assert_memory_equal(from->va, to->va, 131072);
	padma_pool_put(cache, from);
	padma_pool_put(cache, to);
	padma_pool_cache_close(cache);
	must(padma_pool_close(pool));
	rig_close(&rig);
}

/* Many in flight, split ones among them, in a queue too small for all their parts. */
static void test_splits_share_a_small_queue(void **state)
{
	enum {
		COUNT = 3,
		EACH = 1 << 20
	};
	struct rig rig = {.depth = 5};
	struct result results[COUNT] = {{0}}, small = {0};
	unsigned char *memory, *copy;
	unsigned long polls = 0;
	int over = 0;
	uint64_t seed = 5;

	(void)state;
	rig_open(&rig, "sim:nvme,size=8M,mdts=64K,step");
	memory = alloc(&rig, COUNT * EACH);
	copy = malloc(COUNT * EACH);
	assert_non_null(copy);
	fill(memory, COUNT * EACH, &seed);
	memcpy(copy, memory, COUNT * EACH);
	must(do_write(&rig, memory, 0, COUNT * EACH / LBA));
	memset(memory, 0, COUNT * EACH);
	must(padma_nvme_read(rig.queue, 1, memory, 0, EACH / LBA, note, &results[0]));
	/* All tags are taken by the first one's parts. */
	assert_int_equal(padma_nvme_flush(rig.queue, 1, note, &small), -EAGAIN);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 1);
	assert_int_equal(padma_nvme_submit(rig.queue), 5);
	for (int next = 1; over < COUNT && polls < PATIENCE; polls++) {
		int rc = next < COUNT ? padma_nvme_read(rig.queue, 1, memory + next * EACH,
							(uint64_t)next * EACH / LBA, EACH / LBA,
							note, &results[next])
				      : -EAGAIN;

		next += rc == 0;
		assert_true(rc == 0 || rc == -EAGAIN);
		rig_step(&rig);
		rc = padma_nvme_poll(rig.queue, 0);
		assert_true(rc >= 0);
		over += rc;
	}
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(results[i].calls, 1);
		must(results[i].error);
	}
	assert_int_equal(over, COUNT);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 0);
	assert_memory_equal(memory, copy, COUNT * EACH);
	free(copy);
	padma_space_free(rig.space, memory);
	rig_close(&rig);
}

/* A wrong dma address handed over on purpose: without the guard the bus catches it. */
static void test_wild_dma_is_caught_by_the_bus(void **state)
{
	struct padma_sim_dma_faults faults;
	struct result result = {0};
	struct rig rig = {.unguarded = true};

	(void)state;
	rig_open(&rig, "sim:nvme,size=1M,step");
	must(padma_nvme_read_dma(rig.queue, 1, 0x1000, 0, 8, note, &result));
	assert_int_equal(rig_finish(&rig, &result), -EIO);
	assert_int_not_equal(result.status, 0);
	must(padma_sim_dma_faults(rig.device, &faults));
	assert_int_equal(faults.count, 1);
	assert_int_equal(faults.dma, 0x1000);
	assert_true(faults.write);
	must(control(&rig, padma_nvme_queue_close(rig.queue)));
	must(control(&rig, padma_nvme_close(rig.nvme)));
	rig_close_device(&rig);
}

static void test_wild_dma_is_caught_by_the_guard(void **state)
{
	struct padma_nvme_queue_stats stats;
	struct rig rig = {.guard = true};
	struct result result = {0};
	unsigned char *buffer;
	padma_dma_t last;

	(void)state;
	rig_open(&rig, "sim:nvme,size=1M,step");
	buffer = alloc(&rig, 4096);
	assert_int_equal(padma_nvme_read_dma(rig.queue, 1, 0x1000, 0, 8, note, &result), -EFAULT);
	assert_int_equal(padma_nvme_write_dma(rig.queue, 1, 0x1000, 0, 256, note, &result),
			 -EFAULT);
	/* Begins in the space and runs out of it, in PRP2 and in a list. */
	last = padma_dma(rig.space, buffer) & ~(padma_dma_t)0x3fffffff;
	assert_int_equal(padma_nvme_read_dma(rig.queue, 1, last + 0x3ffff000, 0, 16, note, &result),
			 -EFAULT);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 0);
	assert_int_equal(padma_nvme_submit(rig.queue), 0);
	padma_nvme_queue_stats(rig.queue, &stats);
	assert_int_equal(stats.guard_refused, 3);
	assert_int_equal(result.calls, 0);
	must(do_read(&rig, buffer, 0, 8));
	padma_space_free(rig.space, buffer);
	/* The bus saw nothing of it: rig_close() looks. */
	rig_close(&rig);
}

/* Which command, what of it, and what that is near to. */
static void expect_refused(struct rig *rig, int rc, const char *words)
{
	char who[96];

	assert_int_equal(rc, -EFAULT);
	snprintf(who, sizeof(who), "nvme %s, queue 1, entry", padma_device_name(rig->device));
	if (!strstr(padma_last_error(), who) || !strstr(padma_last_error(), words))
		fail_msg("'%s', '%s' are not in: %s", who, words, padma_last_error());
}

static void test_the_guard_reports_what_it_refuses(void **state)
{
	struct rig rig = {.guard = true};
	struct result result = {0};
	struct padma_space_info info;
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, "sim:nvme,size=1M,step");
	buffer = alloc(&rig, 4096);
	expect_refused(&rig, padma_nvme_read_dma(rig.queue, 1, 0x1000, 0, 8, note, &result),
		       "0x1000");
	must(do_read(&rig, buffer, 0, 8));
	padma_space_info(rig.space, &info);
	assert_int_equal(info.guard_refused, 1);
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

/* By address and by dma address, in one page, with PRP2, and with a list. */
static void test_the_exact_guard(void **state)
{
	const struct padma_pool_params pool_params = {
		.object_bytes = 4096, .count = 8, .align_bytes = 4096, .name = "blocks"};
	struct rig rig = {.exact = true};
	struct result result = {0};
	struct padma_pool_object *object;
	struct padma_pool_cache *cache;
	struct padma_pool *pool;
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, "sim:nvme,size=1M,step");
	buffer = alloc(&rig, 65536);
	must(do_read(&rig, buffer, 0, 128));
	must(do_read(&rig, buffer + 65536 - 512, 0, 1));
	expect_refused(&rig, padma_nvme_read(rig.queue, 1, buffer + 61440, 0, 16, note, &result),
		       "past the end");
	expect_refused(&rig, padma_nvme_write(rig.queue, 1, buffer + 512, 0, 128, note, &result),
		       "past the end");
	must(padma_space_free(rig.space, buffer));
	expect_refused(&rig, padma_nvme_read(rig.queue, 1, buffer + 512, 0, 1, note, &result),
		       "freed");
	must(padma_pool_open(rig.space, &pool_params, &pool));
	must(padma_pool_cache_open(pool, &cache));
	object = padma_pool_get(cache);
	must(padma_nvme_read_dma(rig.queue, 1, object->dma, 0, 8, note, &result));
	assert_int_equal(rig_finish(&rig, &result), 0);
	expect_refused(&rig, padma_nvme_read_dma(rig.queue, 1, object->dma, 0, 9, note, &result),
		       "pool blocks");
	padma_pool_put(cache, object);
	expect_refused(&rig, padma_nvme_read_dma(rig.queue, 1, object->dma, 0, 8, note, &result),
		       "pool blocks");
	padma_pool_cache_close(cache);
	must(padma_pool_close(pool));
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heap),
		cmocka_unit_test(test_registered_memory),
		cmocka_unit_test(test_memory_within_pages),
		cmocka_unit_test(test_pool_objects_by_dma_address),
		cmocka_unit_test(test_splits_share_a_small_queue),
		cmocka_unit_test(test_wild_dma_is_caught_by_the_bus),
		cmocka_unit_test(test_wild_dma_is_caught_by_the_guard),
		cmocka_unit_test(test_the_guard_reports_what_it_refuses),
		cmocka_unit_test(test_the_exact_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
