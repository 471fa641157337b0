// SPDX-License-Identifier: BSD-3-Clause
/* A controller is opened, described, used with every command, and closed. */
#include "nvme_fixture.h"

#define DEVICE "sim:nvme,size=64M,step"

static void test_identify(void **state)
{
	struct padma_nvme_namespace ns;
	struct padma_nvme_info info;
	struct rig rig = {0};
	unsigned char raw[4096];

	(void)state;
	rig_open(&rig, "sim:nvme,size=64M,serial=LOTUS1,mdts=128K,queues=3,lba=4096,step");
	info = nvme_info(rig.nvme);
	assert_string_equal(info.serial, "LOTUS1");
	assert_int_equal(info.max_transfer_bytes, 128 << 10);
	assert_int_equal(info.io_queues, 3);
	assert_int_equal(info.namespaces, 1);
	assert_true(info.volatile_write_cache);
	ns = nvme_namespace(rig.nvme, 0);
	assert_int_equal(ns.nsid, 1);
	assert_int_equal(ns.lba_bytes, 4096);
	assert_int_equal(ns.lbas, (64 << 20) / 4096);
	assert_int_equal(padma_nvme_namespace(rig.nvme, 1, &ns), -ENOENT);
	must(control(&rig, padma_nvme_identify(rig.nvme, 1, 0, raw)));
	assert_memory_equal(raw + 4, "LOTUS1 ", 7);
	/* A structure that does not exist: the status is in words. */
	assert_int_equal(control(&rig, padma_nvme_identify(rig.nvme, 0xee, 0, raw)), -EIO);
	assert_non_null(strstr(padma_last_error(), "Invalid Field"));
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_LIVE);
	assert_int_equal(control(&rig, padma_nvme_admin_poll(rig.nvme)), 0);
	rig_close(&rig);
}

static void test_command_sets(void **state)
{
	struct padma_device *device = NULL;
	struct padma_nvme *nvme = NULL;
	struct padma_space *space = open_space(PADMA_GUARD_OFF);
	struct rig rig = {0};

	(void)state;
	/* QEMU sets "none" (bit 7) beside the sets that it has: those count. */
	rig_open(&rig, DEVICE ",css=0xc1");
	rig_close(&rig);
	must(padma_device_open(space, "sim:nvme,size=1M,css=0x80", &device));
	assert_int_equal(padma_nvme_open(device, NULL, &nvme), -ENOTSUP);
	assert_non_null(strstr(padma_last_error(), "no I/O command set"));
	assert_null(nvme);
	padma_device_close(device);
	must(padma_space_close(space));
}

static void test_bad_commands_are_refused(void **state)
{
	struct rig rig = {0};
	struct padma_nvme_queue *queue;
	struct result result = {0};
	char *buffer, stack[4096];
	uint64_t lbas;

	(void)state;
	rig_open(&rig, DEVICE);
	queue = rig.queue;
	lbas = nvme_namespace(rig.nvme, 0).lbas;
	buffer = alloc(&rig, 8192);
	assert_int_equal(padma_nvme_read(queue, 2, buffer, 0, 1, note, &result), -EINVAL);
	assert_int_equal(padma_nvme_read(queue, 1, buffer, 0, 0, note, &result), -EINVAL);
	assert_int_equal(padma_nvme_read(queue, 1, buffer, lbas, 1, note, &result), -EINVAL);
	assert_int_equal(padma_nvme_read(queue, 1, buffer, lbas - 1, 2, note, &result), -EINVAL);
	assert_int_equal(padma_nvme_read(queue, 1, buffer, UINT64_MAX, 1, note, &result), -EINVAL);
	assert_int_equal(padma_nvme_read(queue, 1, buffer + 2, 0, 1, note, &result), -EINVAL);
	assert_int_equal(padma_nvme_read(queue, 1, buffer, 0, 1, NULL, NULL), -EINVAL);
	assert_int_equal(padma_nvme_write(queue, 1, stack, 0, 1, note, &result), -EFAULT);
	assert_int_equal(padma_nvme_read(queue, 1, NULL, 0, 1, note, &result), -EFAULT);
	/* Larger than one command, and most of it no memory of the space. */
	assert_int_equal(padma_nvme_read(queue, 1, NULL, 0, 65536, note, &result), -EFAULT);
	assert_int_equal(padma_nvme_read_dma(queue, 1, PADMA_DMA_NONE, 0, 1, note, &result),
			 -EFAULT);
	assert_int_equal(padma_nvme_read_dma(queue, 1, padma_dma(rig.space, buffer) + 1, 0, 1, note,
					     &result),
			 -EINVAL);
	assert_int_equal(padma_nvme_read_dma(queue, 1, 1 << 24, 0, 65536, note, &result), -EINVAL);
	assert_int_equal(padma_nvme_flush(queue, 7, note, &result), -EINVAL);
	assert_int_equal(padma_nvme_flush(queue, 1, NULL, NULL), -EINVAL);
	assert_int_equal(padma_nvme_write_zeroes(queue, 1, lbas, 1, note, &result), -EINVAL);
	assert_int_equal(padma_nvme_outstanding(queue), 0);
	assert_int_equal(padma_nvme_submit(queue), 0);
	assert_int_equal(result.calls, 0);
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

static void test_flush_and_write_zeroes(void **state)
{
	const uint32_t lbas = 100000; /* more than one command zeroes */
	struct result zeroed = {0}, flushed = {0};
	struct padma_nvme_queue_stats stats;
	struct rig rig = {0};
	unsigned char *buffer;
	uint64_t seed = 1;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 1024);
	fill(buffer, 1024, &seed);
	must(do_write(&rig, buffer, 0, 1));
	must(do_write(&rig, buffer, lbas - 1, 2));
	must(padma_nvme_write_zeroes(rig.queue, 1, 0, lbas, note, &zeroed));
	assert_int_equal(padma_nvme_outstanding(rig.queue), 1);
	must(rig_finish(&rig, &zeroed));
	must(do_read(&rig, buffer, lbas - 1, 1));
	for (int i = 0; i < 512; i++)
		assert_int_equal(buffer[i], 0);
	/* The block after the last is as it was. */
	must(do_read(&rig, buffer, lbas, 1));
	assert_memory_equal(buffer, buffer + 512, 512);
	must(padma_nvme_flush(rig.queue, 1, note, &flushed));
	must(rig_finish(&rig, &flushed));
	padma_nvme_queue_stats(rig.queue, &stats);
	assert_int_equal(stats.split, 1);
	assert_int_equal(stats.commands, 7);
	assert_int_equal(stats.completions, 7);
	assert_int_equal(stats.doorbells, 6);
	assert_int_equal(stats.errors, 0);
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

static void test_full_queue_and_poll_limit(void **state)
{
	struct rig rig = {.depth = 5};
	struct result results[5] = {{0}}, more = {0};
	char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 4096);
	for (int i = 0; i < 5; i++)
		must(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &results[i]));
	assert_int_equal(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &more), -EAGAIN);
	assert_int_equal(padma_nvme_flush(rig.queue, 1, note, &more), -EAGAIN);
	assert_int_equal(padma_nvme_write_zeroes(rig.queue, 1, 0, 70000, note, &more), -EAGAIN);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 5);
	/* Nothing reaches the controller before the doorbell. */
	rig_step(&rig);
	assert_int_equal(padma_nvme_submit(rig.queue), 5);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	assert_int_equal(padma_nvme_submit(rig.queue), 0);
	rig_step(&rig);
	assert_int_equal(padma_nvme_poll(rig.queue, 2), 2);
	assert_int_equal(padma_nvme_outstanding(rig.queue), 3);
	must(padma_nvme_flush(rig.queue, 1, note, &more));
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 3);
	for (int i = 0; i < 5; i++)
		assert_int_equal(results[i].calls, 1);
	must(rig_finish(&rig, &more));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

static void test_queues_run_out_and_are_freed(void **state)
{
	const struct padma_nvme_queue_params deep = {.depth = 100000}, odd = {.irq = 9999};
	struct padma_nvme_queue *second, *third;
	struct rig rig = {0};

	(void)state;
	rig_open(&rig, "sim:nvme,size=1M,queues=2,step");
	assert_int_equal(control(&rig, padma_nvme_queue_open(rig.nvme, &deep, &second)), -EINVAL);
	assert_int_equal(control(&rig, padma_nvme_queue_open(rig.nvme, &odd, &second)), -EINVAL);
	for (int i = 0; i < 3; i++) {
		must(control(&rig, padma_nvme_queue_open(rig.nvme, NULL, &second)));
		assert_int_equal(control(&rig, padma_nvme_queue_open(rig.nvme, NULL, &third)),
				 -ENOSPC);
		must(control(&rig, padma_nvme_queue_close(second)));
	}
	assert_int_equal(control(&rig, padma_nvme_close(rig.nvme)), -EBUSY);
	must(control(&rig, padma_nvme_queue_close(NULL)));
	must(control(&rig, padma_nvme_close(NULL)));
	rig_close(&rig);
}

static void test_close_cancels_outstanding_commands(void **state)
{
	struct result results[3] = {{0}};
	struct rig rig = {0};
	char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 4 << 20);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &results[0]));
	assert_int_equal(padma_nvme_submit(rig.queue), 1);
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 1, note, &results[1]));
	must(padma_nvme_read(rig.queue, 1, buffer, 0, 8192, note, &results[2]));
	must(control(&rig, padma_nvme_queue_close(rig.queue)));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(results[i].calls, 1);
		assert_int_equal(results[i].error, -ECANCELED);
	}
	must(control(&rig, padma_nvme_queue_open(rig.nvme, NULL, &rig.queue)));
	must(do_read(&rig, buffer, 0, 8));
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

static void test_status_in_words(void **state)
{
	char text[64], small[8];

	(void)state;
	assert_string_equal(padma_nvme_status_text(0x281, text, sizeof(text)),
			    "Media error: Unrecovered Read Error");
	/* DNR and More are no part of the code. */
	assert_string_equal(padma_nvme_status_text(0x6080, text, sizeof(text)),
			    "Generic: LBA Out of Range");
	assert_string_equal(padma_nvme_status_text(0x7c5, text, sizeof(text)),
			    "Vendor specific: status code 0xc5");
	assert_int_equal(strlen(padma_nvme_status_text(0x281, small, sizeof(small))), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identify),
		cmocka_unit_test(test_command_sets),
		cmocka_unit_test(test_bad_commands_are_refused),
		cmocka_unit_test(test_flush_and_write_zeroes),
		cmocka_unit_test(test_full_queue_and_poll_limit),
		cmocka_unit_test(test_queues_run_out_and_are_freed),
		cmocka_unit_test(test_close_cancels_outstanding_commands),
		cmocka_unit_test(test_status_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
