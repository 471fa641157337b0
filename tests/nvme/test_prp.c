// SPDX-License-Identifier: BSD-3-Clause
/*
 * Data pointers from the space's ready page lists (Base 2.0, 4.1.1): every place of a transfer in its
 * granule, read by a controller that walks the lists itself.
 */
#include "nvme_fixture.h"

#include <stdlib.h>

#include <padma/page_list.h>

#include "../../drivers/nvme/queue.h"

#define DEVICE	"sim:nvme,size=16M,mdts=2M,step"
#define PAGE	4096u
#define GRANULE PADMA_GRANULE_BYTES

static const struct nvme_command *last_command(const struct padma_nvme_queue *queue)
{
	return &queue->sq[(queue->tail - 1) & queue->mask];
}

/* Three granules in a row, their addresses apart from one another. */
static char *three_granules(const struct rig *rig)
{
	const struct padma_alloc_params opts = {.align_bytes = GRANULE};
	void *va = NULL;

	must(padma_space_alloc(rig->space, 3 * GRANULE, &opts, &va));
	return va;
}

/* What PRP2 is to be: nothing, the second page, its entry in the ready list, or a written list. */
static void check_prp2(const struct rig *rig, const char *buffer, size_t bytes)
{
	const struct padma_page_lists *lists = padma_page_lists(rig->space);
	const struct nvme_command *command = last_command(rig->queue);
	size_t offset = (uintptr_t)buffer % PAGE, within = (uintptr_t)buffer % GRANULE;
	padma_dma_t second = padma_dma(rig->space, buffer - offset + PAGE);
	padma_dma_t entry = padma_page_list(lists, buffer) + 8;

	assert_true(command->prp1 == padma_dma(rig->space, buffer));
	if (offset + bytes <= PAGE)
		assert_true(command->prp2 == 0);
	else if (offset + bytes <= 2 * PAGE)
		assert_true(command->prp2 == second);
	else if (within + bytes <= GRANULE || bytes <= GRANULE / 2)
		assert_true(command->prp2 == entry);
	else if (within % (GRANULE / 2) + bytes > GRANULE)
		assert_true(command->prp2 != entry);
}

static void check_transfer(const struct rig *rig, char *buffer, size_t bytes, uint64_t *seed)
{
	uint32_t lbas = (uint32_t)(bytes / 512);
	struct result results[2] = {{0}};
	unsigned char *data = malloc(bytes);

	assert_non_null(data);
	fill(data, bytes, seed);
	memcpy(buffer, data, bytes);
	must(padma_nvme_write(rig->queue, 1, buffer, 3, lbas, note, &results[0]));
	check_prp2(rig, buffer, bytes);
	must(rig_finish(rig, &results[0]));
	memset(buffer, 0, bytes);
	must(padma_nvme_read(rig->queue, 1, buffer, 3, lbas, note, &results[1]));
	check_prp2(rig, buffer, bytes);
	must(rig_finish(rig, &results[1]));
	assert_memory_equal(buffer, data, bytes);
	free(data);
}

/* Up to the last byte of the granule, so that the list's last entry is a page of data; and beyond. */
static void check_places(bool guard)
{
	static const size_t sizes[] = {512, PAGE, 2 * PAGE, 3 * PAGE, 17 * PAGE, 512 * PAGE};
	static const size_t offsets[] = {0, 4, 512, PAGE - 4, PAGE};
	struct rig rig = {.depth = 4, .guard = guard};
	uint64_t seed = test_seed();
	char *granules;

	rig_open(&rig, DEVICE);
	granules = three_granules(&rig);
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (size_t o = 0; o < ARRAY_SIZE(offsets); o++) {
			char *end = granules + 2 * GRANULE;

			check_transfer(&rig, granules + GRANULE + offsets[o], sizes[s], &seed);
			check_transfer(&rig, end - sizes[s], sizes[s], &seed);
			check_transfer(&rig, end - sizes[s] - offsets[o] / 4 * 4 % GRANULE,
				       sizes[s], &seed);
			check_transfer(&rig, end - sizes[s] + offsets[o], sizes[s], &seed);
		}
	}
	padma_space_free(rig.space, granules);
	rig_close(&rig);
}

static void test_every_place_in_a_granule(void **state)
{
	(void)state;
	check_places(false);
	check_places(true);
}

static void test_random_places(void **state)
{
	struct rig rig = {.depth = 4};
	uint64_t seed = test_seed();
	char *granules;

	(void)state;
	rig_open(&rig, DEVICE);
	granules = three_granules(&rig);
	for (int i = 0; i < 300; i++) {
		size_t bytes = (1 + test_random(&seed) % 1024) * 512;
		size_t at = test_random(&seed) % ((3 * GRANULE - bytes) / 4) * 4;

		check_transfer(&rig, granules + at, bytes, &seed);
	}
	padma_space_free(rig.space, granules);
	rig_close(&rig);
}

/* The parts of a split command are inside granules, too. */
static void test_split_commands(void **state)
{
	struct rig rig = {.depth = 4};
	struct result result = {0};
	char *granules;

	(void)state;
	rig_open(&rig, "sim:nvme,size=16M,mdts=128K,step");
	granules = three_granules(&rig);
	must(padma_nvme_read(rig.queue, 1, granules, 0, 512, note, &result));
	check_prp2(&rig, granules + (128 << 10), 128 << 10);
	must(rig_finish(&rig, &result));
	padma_space_free(rig.space, granules);
	rig_close(&rig);
}

/* A list that could not be made is written: commands do not notice. */
static void test_without_lists(void **state)
{
	struct rig rig = {.depth = 4};
	uint64_t seed = test_seed();
	struct result result = {0};
	char *granules;

	(void)state;
	rig_open(&rig, DEVICE);
	granules = three_granules(&rig);
	rig.queue->page_lists = NULL;
	must(padma_nvme_read(rig.queue, 1, granules, 0, 256, note, &result));
	assert_true(last_command(rig.queue)->prp2 != 0);
	must(rig_finish(&rig, &result));
	fill((unsigned char *)granules, 128 << 10, &seed);
	must(do_write(&rig, granules, 0, 256));
	must(do_read(&rig, granules + GRANULE, 0, 256));
	assert_memory_equal(granules, granules + GRANULE, 128 << 10);
	padma_space_free(rig.space, granules);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_place_in_a_granule),
		cmocka_unit_test(test_random_places),
		cmocka_unit_test(test_split_commands),
		cmocka_unit_test(test_without_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
