// SPDX-License-Identifier: BSD-3-Clause
/* The limit of padma_nvme_poll() holds for removal and reset, too. */
#include "nvme_fixture.h"

/* Transfers of 64 KiB: 1 MiB is 16 parts, in a queue of 8 it waits for room. */
#define DEVICE	 "sim:nvme,size=8M,mdts=64K,step"
#define DEPTH	 8
#define COMMANDS 5

struct scene {
	struct rig rig;
	struct result results[COMMANDS];
	unsigned char *buffer;
};

/* Four commands of one part each, and one that is split and waits. */
static void scene_open(struct scene *scene)
{
	*scene = (struct scene){.rig.depth = DEPTH};
	rig_open(&scene->rig, DEVICE);
	scene->buffer = alloc(&scene->rig, 1 << 20);
	for (int i = 0; i < COMMANDS; i++) {
		uint32_t lbas = i == COMMANDS - 1 ? 2048 : 8;

		must(padma_nvme_read(scene->rig.queue, 1, scene->buffer, 0, lbas, note,
				     &scene->results[i]));
	}
	assert_int_equal(padma_nvme_submit(scene->rig.queue), DEPTH);
	assert_int_equal(padma_nvme_outstanding(scene->rig.queue), COMMANDS);
}

static int calls_so_far(const struct scene *scene)
{
	int calls = 0;

	for (int i = 0; i < COMMANDS; i++)
		calls += scene->results[i].calls;
	return calls;
}

/* Polls of at most @limit: each calls as many callbacks as it returns, until all are called. */
static void assert_limited(struct scene *scene, unsigned int limit, int error)
{
	int total = 0;

	for (unsigned long i = 0; total < COMMANDS && i < PATIENCE; i++) {
		int rc = padma_nvme_poll(scene->rig.queue, limit);

		assert_in_range(rc, 0, limit);
		total += rc;
		assert_int_equal(calls_so_far(scene), total);
	}
	assert_int_equal(padma_nvme_outstanding(scene->rig.queue), 0);
	for (int i = 0; i < COMMANDS; i++) {
		assert_int_equal(scene->results[i].calls, 1);
		assert_int_equal(scene->results[i].error, error);
	}
}

static void test_limit_after_removal(void **state)
{
	struct scene scene;

	(void)state;
	for (unsigned int limit = 1; limit <= COMMANDS; limit++) {
		scene_open(&scene);
		must(padma_sim_remove(scene.rig.device, UINT64_MAX));
		assert_limited(&scene, limit, -ENODEV);
		assert_int_equal(padma_nvme_poll(scene.rig.queue, limit), -ENODEV);
		assert_int_equal(padma_nvme_queue_close(scene.rig.queue), -ENODEV);
		must(padma_nvme_close(scene.rig.nvme));
		rig_close_device(&scene.rig);
	}
}

static void test_limit_after_reset(void **state)
{
	struct scene scene;

	(void)state;
	for (unsigned int limit = 1; limit <= COMMANDS; limit++) {
		scene_open(&scene);
		padma_nvme_reset_begin(scene.rig.nvme);
		assert_int_equal(padma_nvme_poll(scene.rig.queue, limit), 0);
		must(control(&scene.rig, padma_nvme_reset_finish(scene.rig.nvme)));
		assert_limited(&scene, limit, -ECANCELED);
		must(do_read(&scene.rig, scene.buffer, 0, 8));
		rig_close(&scene.rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_after_removal),
		cmocka_unit_test(test_limit_after_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
