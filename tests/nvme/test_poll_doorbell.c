// SPDX-License-Identifier: BSD-3-Clause
/*
 * When the completion doorbell is rung: seldom, but never so late that the controller could find its
 * completion queue full, and at once if interrupts depend on it.
 */
#include "nvme_fixture.h"

#include "../../drivers/nvme/queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define DEVICE	 "sim:nvme,size=8M,step"

/* The doorbells of queue 1, with CAP.DSTRD 0 (PCIe Transport 1.0, 3.1.2). */
#define SQ1_TAIL 0x1008u
#define CQ1_HEAD 0x100cu

/* A ring of so many entries. */
static void open_ring(struct rig *rig, uint32_t entries)
{
	char name[64];

	snprintf(name, sizeof(name), DEVICE ",mqes=%u", entries);
	rig_open(rig, name);
}

static uint32_t doorbell(const struct rig *rig, uint64_t offset)
{
	return padma_bar_read32(padma_device_bar(rig->device, 0), offset);
}

/* From time to time the queue is looked after, and acknowledges what is left: not in this test. */
static void stop_clock(const struct rig *rig)
{
	rig->queue->liveness.next = UINT64_MAX;
}

static void read_one(const struct rig *rig, void *buffer)
{
	struct result result = {0};

	must(padma_nvme_read(rig->queue, 1, buffer, 0, 1, note, &result));
	assert_int_equal(padma_nvme_submit(rig->queue), 1);
	rig_step(rig);
	assert_int_equal(padma_nvme_poll(rig->queue, 0), 1);
	assert_int_equal(result.calls, 1);
}

/* One command at a time: the doorbell is rung for each quarter of the ring, and not before. */
static void check_one_at_a_time(unsigned int depth, uint32_t entries, uint32_t quarter)
{
	struct rig rig = {.depth = depth};
	void *buffer;

	open_ring(&rig, entries);
	stop_clock(&rig);
	buffer = alloc(&rig, 4096);
	for (uint32_t taken = 1; taken <= 5 * entries; taken++) {
		read_one(&rig, buffer);
		assert_int_equal(doorbell(&rig, CQ1_HEAD), taken / quarter * quarter % entries);
	}
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

static void test_a_quarter_of_the_ring(void **state)
{
	(void)state;
	check_one_at_a_time(100, 128, 32);
	check_one_at_a_time(12, 16, 4);
	check_one_at_a_time(3, 4, 1);
	check_one_at_a_time(1, 2, 1);
	/* As many entries as fit into a page, if the controller supports them. */
	check_one_at_a_time(1, 64, 16);
}

/* A queue at rest owes nothing for long. */
static void test_a_queue_at_rest(void **state)
{
	struct rig rig = {.depth = 100};
	void *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	stop_clock(&rig);
	buffer = alloc(&rig, 4096);
	for (int i = 0; i < 3; i++)
		read_one(&rig, buffer);
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	assert_int_equal(doorbell(&rig, CQ1_HEAD), 0);
	rig.queue->liveness.next = rig.queue->liveness.due = 0;
	assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
	assert_int_equal(doorbell(&rig, CQ1_HEAD), 3);
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

struct load {
	struct rig rig;
	void *buffer;
	uint64_t seed;
	uint32_t entries;
	unsigned int commands; /* to be put yet */
	unsigned int over;
};

static void on_over(void *ctx, int error, uint16_t status);

static void put_some(struct load *load, uint64_t most)
{
	for (uint64_t n = test_random(&load->seed) % (most + 1); n && load->commands; n--) {
		if (padma_nvme_read(load->rig.queue, 1, load->buffer, 0, 1, on_over, load))
			return;
		load->commands--;
	}
}

/* There is a place for everything that the controller may still post, by the head that it knows. */
static void check_room(const struct load *load)
{
	uint32_t taken = load->over & (load->entries - 1);
	uint32_t owed = (taken - doorbell(&load->rig, CQ1_HEAD)) & (load->entries - 1);

	assert_true(owed + padma_nvme_outstanding(load->rig.queue) <= load->entries - 1);
}

/* Some callbacks submit the next commands, with a doorbell. */
static void on_over(void *ctx, int error, uint16_t status)
{
	struct load *load = ctx;

	load->over += error == 0 && status == 0;
	if (test_random(&load->seed) % 4 == 0) {
		put_some(load, 2);
		(void)padma_nvme_submit(load->rig.queue);
		check_room(load);
	}
}

static void check_room_at(unsigned int depth, uint32_t entries)
{
	struct load load = {
		.rig = {.depth = depth}, .seed = test_seed(), .entries = entries, .commands = 5000};

	open_ring(&load.rig, entries);
	load.buffer = alloc(&load.rig, 4096);
	while (load.commands || padma_nvme_outstanding(load.rig.queue)) {
		put_some(&load, depth);
		assert_true(padma_nvme_submit(load.rig.queue) >= 0);
		check_room(&load);
		if (test_random(&load.seed) % 3)
			assert_true(padma_sim_step(load.rig.device,
						   (unsigned int)(test_random(&load.seed) % 9)) >=
				    0);
		assert_true(padma_nvme_poll(load.rig.queue,
					    (unsigned int)(test_random(&load.seed) % 5)) >= 0);
		check_room(&load);
	}
	assert_int_equal(load.over, 5000);
	padma_space_free(load.rig.space, load.buffer);
	rig_close(&load.rig);
}

static void test_the_controller_never_finds_its_queue_full(void **state)
{
	static const unsigned int depths[] = {1, 2, 3, 7, 8, 15, 100, 127, 128};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(depths); i++) {
		uint32_t entries = 1;

		while (entries <= depths[i])
			entries <<= 1;
		check_room_at(depths[i], entries);
	}
}

/* Every poll that found something: new entries may signal only after the head has moved. */
static void test_a_queue_with_interrupts(void **state)
{
	static const enum padma_irq_kind kinds[] = {PADMA_IRQ_MSIX, PADMA_IRQ_INTX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct padma_nvme_queue_params params = {.depth = 100, .irq = 1};
		int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		struct rig rig = {0};
		void *buffer;

		rig_open_device(&rig, DEVICE);
		must(padma_device_irq_use(rig.device, kinds[i]));
		must(control(&rig, padma_nvme_open(rig.device, NULL, &rig.nvme)));
		must(padma_device_irq_enable(rig.device, &fd, 1));
		must(control(&rig, padma_nvme_queue_open(rig.nvme, &params, &rig.queue)));
		buffer = alloc(&rig, 4096);
		for (uint32_t taken = 1; taken <= 300; taken++) {
			read_one(&rig, buffer);
			assert_int_equal(doorbell(&rig, CQ1_HEAD), taken % 128);
		}
		padma_space_free(rig.space, buffer);
		rig_close(&rig);
		close(fd);
	}
}

/* After a reset both sides begin at 0 again, whatever was owed. */
static void test_after_a_reset(void **state)
{
	struct rig rig = {.depth = 100};
	void *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	buffer = alloc(&rig, 4096);
	for (int round = 0; round < 3; round++) {
		stop_clock(&rig);
		for (int i = 0; i < 20; i++)
			read_one(&rig, buffer);
		must(rig_reset(&rig));
		assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
		stop_clock(&rig);
		assert_int_equal(doorbell(&rig, CQ1_HEAD), 0);
		assert_int_equal(doorbell(&rig, SQ1_TAIL), 0);
		for (int i = 0; i < 31; i++)
			read_one(&rig, buffer);
		assert_int_equal(doorbell(&rig, CQ1_HEAD), 0);
		read_one(&rig, buffer);
		assert_int_equal(doorbell(&rig, CQ1_HEAD), 32);
		assert_int_equal(doorbell(&rig, SQ1_TAIL), 32);
	}
	padma_space_free(rig.space, buffer);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_quarter_of_the_ring),
		cmocka_unit_test(test_a_queue_at_rest),
		cmocka_unit_test(test_the_controller_never_finds_its_queue_full),
		cmocka_unit_test(test_a_queue_with_interrupts),
		cmocka_unit_test(test_after_a_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
