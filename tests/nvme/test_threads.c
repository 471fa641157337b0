// SPDX-License-Identifier: BSD-3-Clause
/*
 * Queues in threads: resets under load, removal under load, and allocation, pools and I/O on two
 * spaces at once. Threads count what is wrong; the test's own thread asserts.
 */
#include "nvme_fixture.h"

#include <padma/pool.h>

#define OWNERS 4
#define RESETS 10
#define DEPTH  16

struct owner {
	pthread_t thread;
	struct padma_space *space;
	struct padma_nvme *nvme;
	bool *stop;
	bool ready; /* it has its queue */
	uint64_t seed;
	uint64_t taken;
	uint64_t over;
	uint64_t cancelled;
	uint64_t wrong;
	int last;
};

static void count(void *ctx, int error, uint16_t status)
{
	struct owner *owner = ctx;

	owner->over++;
	if (error == -ECANCELED || error == -ENODEV)
		owner->cancelled++;
	else
		owner->wrong += error != 0 || status != 0;
}

/* Reads, whole and split, until @stop is set or the device is gone. */
static void *own(void *argument)
{
	struct owner *owner = argument;
	const struct padma_nvme_queue_params params = {.depth = DEPTH};
	struct padma_nvme_queue *queue;
	void *buffer;
	int rc = 0;

	owner->wrong += padma_nvme_queue_open(owner->nvme, &params, &queue) != 0;
	__atomic_store_n(&owner->ready, true, __ATOMIC_RELEASE);
	if (owner->wrong)
		return NULL;
	if (padma_space_alloc(owner->space, 1 << 20, NULL, &buffer))
		owner->wrong++;
	while (!__atomic_load_n(owner->stop, __ATOMIC_ACQUIRE) && rc != -ENODEV) {
		uint32_t lbas = test_random(&owner->seed) % 8 ? 8 : 2048;

		if (padma_nvme_read(queue, 1, buffer, 0, lbas, count, owner) == 0)
			owner->taken++;
		padma_nvme_submit(queue);
		rc = padma_nvme_poll(queue, 0);
		if (rc == 0)
			sched_yield();
	}
	owner->last = padma_nvme_queue_close(queue);
	padma_space_free(owner->space, buffer);
	return NULL;
}

static void start(const struct rig *rig, struct owner *owners, bool *stop)
{
	uint64_t seed = test_seed();

	for (int i = 0; i < OWNERS; i++) {
		owners[i] = (struct owner){.space = rig->space, .nvme = rig->nvme, .stop = stop};
		owners[i].seed = test_random(&seed);
		assert_int_equal(pthread_create(&owners[i].thread, NULL, own, &owners[i]), 0);
	}
	for (int i = 0; i < OWNERS; i++) {
		while (!__atomic_load_n(&owners[i].ready, __ATOMIC_ACQUIRE))
			sched_yield();
	}
}

static void join(struct owner *owners, int last)
{
	for (int i = 0; i < OWNERS; i++)
		pthread_join(owners[i].thread, NULL);
	for (int i = 0; i < OWNERS; i++) {
		assert_int_equal(owners[i].wrong, 0);
		assert_int_equal(owners[i].taken, owners[i].over);
		assert_int_equal(owners[i].last, last);
	}
}

static void test_resets_under_load(void **state)
{
	struct owner owners[OWNERS];
	struct rig rig = {0};
	bool stop = false;

	(void)state;
	rig_open(&rig, "sim:nvme,size=8M,mdts=128K");
	start(&rig, owners, &stop);
	assert_int_equal(padma_nvme_reset_finish(rig.nvme), -EINVAL);
	for (int i = 0; i < RESETS; i++) {
		int rc;

		padma_nvme_reset_begin(rig.nvme);
		assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_RESETTING);
		/* A second request joins the first. */
		padma_nvme_reset_begin(rig.nvme);
		do {
			/* The rig's queue is this thread's. */
			padma_nvme_poll(rig.queue, 0);
			sched_yield();
			rc = padma_nvme_reset_finish(rig.nvme);
		} while (rc == -EAGAIN);
		must(rc);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	join(owners, 0);
	padma_nvme_poll(rig.queue, 0);
	rig_close(&rig);
}

static void test_removal_under_load(void **state)
{
	struct owner owners[OWNERS];
	struct rig rig = {0};
	unsigned char *buffer;
	bool stop = false;

	(void)state;
	rig_open(&rig, "sim:nvme,size=8M,mdts=128K");
	start(&rig, owners, &stop);
	/* Somewhere in the middle of it, wherever that is. */
	buffer = alloc(&rig, 4096);
	for (int i = 0; i < 20; i++)
		must(do_read(&rig, buffer, 0, 8));
	must(padma_sim_remove(rig.device, UINT64_MAX));
	join(owners, -ENODEV);
	assert_int_equal(poll_until_error(&rig), -ENODEV);
	assert_int_equal(padma_nvme_queue_close(rig.queue), -ENODEV);
	must(padma_nvme_close(rig.nvme));
	padma_space_free(rig.space, buffer);
	rig_close_device(&rig);
}

struct reader {
	pthread_t thread;
	struct padma_nvme *nvme;
	bool stop;
	uint64_t wrong;
};

static void *read_namespace(void *argument)
{
	struct padma_nvme_namespace ns = {0};
	struct reader *reader = argument;

	while (!__atomic_load_n(&reader->stop, __ATOMIC_ACQUIRE))
		reader->wrong += padma_nvme_namespace(reader->nvme, 0, &ns) || ns.lbas != 16384;
	return NULL;
}

/* What a controller has can be asked by any thread at any time, during a reset too. */
static void test_namespaces_are_read_during_resets(void **state)
{
	struct reader reader = {0};
	struct rig rig = {0};

	(void)state;
	rig_open(&rig, "sim:nvme,size=8M");
	reader.nvme = rig.nvme;
	assert_int_equal(pthread_create(&reader.thread, NULL, read_namespace, &reader), 0);
	for (int i = 0; i < RESETS; i++) {
		must(rig_reset(&rig));
		assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	}
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELEASE);
	pthread_join(reader.thread, NULL);
	assert_int_equal(reader.wrong, 0);
	rig_close(&rig);
}

struct worker {
	pthread_t thread;
	struct padma_space *space;
	struct padma_nvme *nvme;
	struct padma_pool *pool;
	uint64_t lba; /* its own eighth of the disk */
	uint64_t seed;
	uint64_t wrong;
};

/* One command, to its end. */
static int finish(struct padma_nvme_queue *queue, int rc, struct result *result)
{
	if (rc)
		return rc;
	padma_nvme_submit(queue);
	while (result->calls == 0) {
		rc = padma_nvme_poll(queue, 0);
		if (rc < 0)
			return rc;
		sched_yield();
	}
	return result->error;
}

/* A pool's object is written to the disk and read back into memory of the heap. */
static bool round_trip(struct worker *worker, struct padma_nvme_queue *queue,
		       struct padma_pool_cache *cache)
{
	struct result written = {0}, read = {0};
	struct padma_pool_object *object = padma_pool_get(cache);
	void *heap = NULL;
	bool right;

	if (!object || padma_space_alloc(worker->space, 16384, NULL, &heap))
		return false;
	fill(object->va, 16384, &worker->seed);
	right = finish(queue,
		       padma_nvme_write_dma(queue, 1, object->dma, worker->lba, 32, note, &written),
		       &written) == 0 &&
		finish(queue, padma_nvme_read(queue, 1, heap, worker->lba, 32, note, &read),
		       &read) == 0 &&
		memcmp(object->va, heap, 16384) == 0;
	padma_space_free(worker->space, heap);
	padma_pool_put(cache, object);
	return right;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct padma_nvme_queue *queue;
	struct padma_pool_cache *cache;

	if (padma_nvme_queue_open(worker->nvme, NULL, &queue) ||
	    padma_pool_cache_open(worker->pool, &cache)) {
		worker->wrong++;
		return NULL;
	}
	for (int i = 0; i < 50; i++)
		worker->wrong += !round_trip(worker, queue, cache);
	padma_pool_cache_close(cache);
	worker->wrong += padma_nvme_queue_close(queue) != 0;
	return NULL;
}

static void test_two_spaces(void **state)
{
	const struct padma_pool_params params = {
		.object_bytes = 16384, .count = 64, .cache_objects = 4};
	struct worker workers[2][OWNERS];
	struct padma_pool *pools[2];
	struct rig rigs[2] = {{0}};
	uint64_t seed = test_seed();

	(void)state;
	for (int r = 0; r < 2; r++) {
		rigs[r].guard = r == 1;
		rig_open(&rigs[r], "sim:nvme,size=8M");
		must(padma_pool_open(rigs[r].space, &params, &pools[r]));
		for (int i = 0; i < OWNERS; i++) {
			struct worker *worker = &workers[r][i];

			*worker = (struct worker){.space = rigs[r].space, .nvme = rigs[r].nvme};
			worker->pool = pools[r];
			worker->lba = (uint64_t)i * 2048;
			worker->seed = test_random(&seed);
			assert_int_equal(pthread_create(&worker->thread, NULL, work, worker), 0);
		}
	}
	for (int r = 0; r < 2; r++) {
		for (int i = 0; i < OWNERS; i++) {
			pthread_join(workers[r][i].thread, NULL);
			assert_int_equal(workers[r][i].wrong, 0);
		}
		must(padma_pool_close(pools[r]));
		rig_close(&rigs[r]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resets_under_load),
		cmocka_unit_test(test_removal_under_load),
		cmocka_unit_test(test_namespaces_are_read_during_resets),
		cmocka_unit_test(test_two_spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
