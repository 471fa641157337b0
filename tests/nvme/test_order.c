// SPDX-License-Identifier: BSD-3-Clause
/* Who gets on, and in which order: entries that are posted late. */
#include "nvme_fixture.h"

#include <stdlib.h>

static void inject(const struct rig *rig, enum padma_sim_fault_kind kind, uint64_t value)
{
	const struct padma_sim_fault fault = {.kind = kind, .value = value, .count = 1};

	must(padma_sim_fault(rig->device, &fault));
}

/*
 * A queue of two: the first command's entry is made when the controller had fetched only that one,
 * and posted when a third has been put into the place of the second. Nothing of it is wrong.
 */
static void test_an_entry_made_early_and_posted_late(void **state)
{
	struct result results[3] = {{0}};
	struct rig rig = {.depth = 2};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, "sim:nvme,size=8M,step");
	buffer = alloc(&rig, 4096);
	inject(&rig, PADMA_SIM_FAULT_WRONG_HEAD, 1);
	inject(&rig, PADMA_SIM_FAULT_DELAY, 2);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &results[0]));
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &results[1]));
	must(rig_finish(&rig, &results[1]));
	assert_int_equal(results[0].calls, 0);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &results[2]));
	must(rig_finish(&rig, &results[0]));
	if (results[2].calls == 0)
		must(rig_finish(&rig, &results[2]));
	must(results[2].error);
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_LIVE);
	padma_free(rig.space, buffer);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_entry_made_early_and_posted_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
