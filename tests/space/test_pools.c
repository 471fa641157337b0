// SPDX-License-Identifier: BSD-3-Clause
/* Pools of a space: out of the device's reach, and opened before the first device. */
#include "space_fixture.h"

#include <padma/device.h>
#include <padma/pool.h>

#include "space/attach.h"

static const struct space_device simulated = {.kind = SPACE_DEVICE_SIMULATED, .fd = -1};

/* Addresses are not known before a device is attached, as with a kernel. */
static struct padma_space *open_late_space(enum padma_guard_mode guard)
{
	struct padma_sim_params sim = {.late_attach = true};
	struct padma_space_params params = sim_params();

	params.sim = &sim;
	params.guard = guard;
	return open_space_with(&params);
}

static struct padma_pool *open_pool(struct padma_space *space, struct padma_pool_params params)
{
	struct padma_pool *pool = NULL;

	assert_int_equal(padma_pool_open(space, &params, &pool), 0);
	return pool;
}

static struct padma_pool_cache *open_cache(struct padma_pool *pool)
{
	struct padma_pool_cache *cache = NULL;

	assert_int_equal(padma_pool_cache_open(pool, &cache), 0);
	return cache;
}

struct reach {
	const char *from;
	size_t bytes;
};

static int check_reach(void *ctx, const struct padma_run *run)
{
	const struct reach *reach = ctx;
	const char *start = run->va;

	return start < reach->from + reach->bytes && reach->from < start + run->len;
}

/* What padma notes of an object is in no memory that the space gives a device an address for. */
static void test_objects_are_out_of_reach(void **state)
{
	struct padma_space *space = open_sim_space();
	struct padma_pool *pool =
		open_pool(space, (struct padma_pool_params){.object_bytes = 2048, .count = 100});
	struct padma_pool_cache *cache = open_cache(pool);
	struct padma_pool_object *objects[100];

	(void)state;
	assert_int_equal(padma_pool_get_bulk(cache, objects, 100), 100);
	for (size_t i = 0; i < 100; i++) {
		struct reach reach = {(const char *)objects[i], sizeof(*objects[i])};

		assert_true(padma_dma(space, objects[i]) == PADMA_DMA_NONE);
		assert_true(padma_dma(space, &objects[i]->user[PADMA_POOL_USER_WORDS - 1]) ==
			    PADMA_DMA_NONE);
		assert_int_equal(padma_space_each_run(space, check_reach, &reach), 0);
	}
	padma_pool_put_bulk(cache, objects, 100);
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
	assert_int_equal(padma_space_close(space), 0);
}

static void check_objects(struct padma_space *space, struct padma_pool *pool,
			  const struct padma_pool_params *params)
{
	struct padma_pool_object **objects = calloc(params->count, sizeof(*objects));
	struct padma_pool_cache *cache = open_cache(pool);

	assert_non_null(objects);
	assert_true(padma_pool_resolved(pool));
	for (size_t i = 0; i < params->count; i++) {
		padma_dma_t last;

		objects[i] = padma_pool_get(cache);
		assert_non_null(objects[i]);
		last = objects[i]->dma + params->object_bytes - 1;
		assert_int_equal(objects[i]->dma, oracle_dma(space, objects[i]->va));
		assert_int_equal(padma_run(space, objects[i]->va, params->object_bytes).len,
				 params->object_bytes);
		assert_int_equal(objects[i]->dma / params->boundary_bytes,
				 last / params->boundary_bytes);
	}
	padma_pool_put_bulk(cache, objects, (unsigned int)params->count);
	padma_pool_cache_close(cache);
	free(objects);
}

static const struct padma_pool_params frames = {
	.object_bytes = 1500, .count = 3000, .boundary_bytes = 4096, .name = "frames"};

/* Two pools before any device: the first device that is opened resolves both. */
static void test_pools_before_the_first_device(void **state)
{
	struct padma_space *space = open_late_space(PADMA_GUARD_OFF);
	struct padma_pool *first = open_pool(space, frames), *second = open_pool(space, frames);
	struct padma_pool_cache *cache = open_cache(second);
	struct padma_pool_object *object = padma_pool_get(cache);
	struct padma_device *device;

	(void)state;
	assert_non_null(object);
	memset(object->va, 0x5a, frames.object_bytes);
	assert_true(object->dma == PADMA_DMA_NONE);
	assert_false(padma_pool_resolved(second));
	assert_int_equal(padma_device_open(space, "sim:nvme,size=1M", &device), 0);
	assert_int_equal(object->dma, oracle_dma(space, object->va));
	assert_int_equal(((unsigned char *)object->va)[frames.object_bytes - 1], 0x5a);
	padma_pool_put(cache, object);
	padma_pool_cache_close(cache);
	check_objects(space, first, &frames);
	check_objects(space, second, &frames);
	/* Addresses stay when the device leaves. */
	padma_device_close(device);
	check_objects(space, first, &frames);
	assert_int_equal(padma_pool_close(first), 0);
	assert_int_equal(padma_pool_close(second), 0);
	assert_int_equal(padma_space_close(space), 0);
}

static unsigned int devices_of(struct padma_space *space)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	return info.devices;
}

/* A constraint that the memory turns out not to meet: the device is refused, and nothing changes. */
static void test_a_pool_that_the_memory_does_not_suit(void **state)
{
	struct padma_space *space = open_late_space(PADMA_GUARD_OFF);
	struct padma_pool *pools[3];
	struct padma_pool_params below = {
		.object_bytes = 64, .count = 10, .dma_mask = 4095, .name = "below"};
	struct padma_device *device = NULL;

	(void)state;
	pools[0] = open_pool(space, frames);
	pools[1] = open_pool(space, below);
	pools[2] = open_pool(space, frames);
	for (int attempt = 0; attempt < 2; attempt++) {
		assert_int_equal(padma_device_open(space, "sim:nvme,size=1M", &device), -ERANGE);
		assert_non_null(strstr(padma_last_error(), "below"));
		assert_non_null(strstr(padma_last_error(), "dma_mask"));
		assert_int_equal(devices_of(space), 0);
		for (size_t i = 0; i < 3; i++)
			assert_false(padma_pool_resolved(pools[i]));
	}
	assert_int_equal(padma_pool_close(pools[1]), 0);
	assert_int_equal(padma_device_open(space, "sim:nvme,size=1M", &device), 0);
	check_objects(space, pools[0], &frames);
	check_objects(space, pools[2], &frames);
	assert_int_equal(padma_pool_close(pools[0]), 0);
	assert_int_equal(padma_pool_close(pools[2]), 0);
	padma_device_close(device);
	assert_int_equal(padma_space_close(space), 0);
}

/* The guard knows objects that were laid out before their addresses. */
static void test_the_guard_knows_pools_of_before(void **state)
{
	struct padma_space *space = open_late_space(PADMA_GUARD_EXACT);
	struct padma_pool *pool = open_pool(space, frames);
	struct padma_pool_cache *cache = open_cache(pool);
	struct padma_pool_object *object;

	(void)state;
	assert_int_equal(space_attach(space, &simulated), 0);
	object = padma_pool_get(cache);
	assert_true(padma_guard_check(space, object->dma, frames.object_bytes));
	assert_false(padma_guard_check(space, object->dma, frames.object_bytes + 1));
	padma_pool_put(cache, object);
	assert_false(padma_guard_check(space, object->dma, frames.object_bytes));
	padma_pool_cache_close(cache);
	assert_int_equal(padma_pool_close(pool), 0);
	space_detach(space, &simulated);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects_are_out_of_reach),
		cmocka_unit_test(test_pools_before_the_first_device),
		cmocka_unit_test(test_a_pool_that_the_memory_does_not_suit),
		cmocka_unit_test(test_the_guard_knows_pools_of_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
