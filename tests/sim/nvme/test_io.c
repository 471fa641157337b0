// SPDX-License-Identifier: BSD-3-Clause
/* I/O commands: data, ranges, each PRP rule, DMA faults, and what the faults of sim.h do. */
#include <padma/time.h>

#include "host.h"

static int io_setup(void **state)
{
	host_setup(state);
	host_create_io(*state, -1);
	return 0;
}

static struct host_command transfer(uint8_t opcode, uint64_t lba, uint32_t blocks, uint64_t prp1,
				    uint64_t prp2)
{
	return (struct host_command){.opcode = opcode,
				     .nsid = 1,
				     .prp1 = prp1,
				     .prp2 = prp2,
				     .cdw10 = (uint32_t)lba,
				     .cdw11 = (uint32_t)(lba >> 32),
				     .cdw12 = blocks - 1};
}

static uint16_t io(struct host *host, struct host_command command)
{
	return host_code(host, &host->io, command);
}

static void fill(uint8_t *data, size_t bytes, uint64_t seed)
{
	for (size_t i = 0; i < bytes; i++)
		data[i] = (uint8_t)(test_random(&seed) >> 56);
}

static void test_data(void **state)
{
	struct host *host = *state;
	uint8_t *data = host_memory(host, 4 * PAGE), *back = host_memory(host, 4 * PAGE);
	uint64_t *list = host_memory(host, PAGE);
	uint64_t from = host_dma(host, data), to = host_dma(host, back);

	fill(data, 4 * PAGE, test_seed());
	assert_int_equal(io(host, transfer(1, 100, 8, from, 0)), 0); /* one page */
	assert_int_equal(io(host, transfer(2, 100, 8, to, 0)), 0);
	assert_memory_equal(back, data, PAGE);
	/* From the middle of a page into the next: two entries. */
	assert_int_equal(io(host, transfer(1, 200, 8, from + 1024, from + PAGE)), 0);
	assert_int_equal(io(host, transfer(2, 200, 8, to, 0)), 0);
	assert_memory_equal(back, data + 1024, PAGE);
	/* A list, with its pages in any order. */
	list[0] = from + PAGE;
	list[1] = from + 2 * PAGE;
	assert_int_equal(io(host, transfer(1, 300, 24, from, host_dma(host, list))), 0);
	list[0] = to + 3 * PAGE;
	list[1] = to + PAGE;
	assert_int_equal(io(host, transfer(2, 300, 24, to, host_dma(host, list))), 0);
	assert_memory_equal(back, data, PAGE);
	assert_memory_equal(back + 3 * PAGE, data + PAGE, PAGE);
	assert_memory_equal(back + PAGE, data + 2 * PAGE, PAGE);
	/* Write Zeroes over part of it. */
	assert_int_equal(io(host, transfer(8, 301, 9, 0, 0)), 0);
	assert_int_equal(io(host, transfer(2, 300, 8, to, 0)), 0);
	assert_memory_equal(back, data, 512);
	for (unsigned int i = 512; i < PAGE; i++)
		assert_int_equal(back[i], 0);
	assert_int_equal(io(host, transfer(0, 0, 1, 0, 0)), 0);
}

static void test_checks(void **state)
{
	struct host *host = *state;
	uint64_t dma = host_dma(host, host_memory(host, PAGE)), last = (16u << 20) / 512 - 1;
	struct host_command command = transfer(2, last, 1, dma, 0);

	assert_int_equal(io(host, command), 0);
	assert_int_equal(io(host, transfer(2, last + 1, 1, dma, 0)), 0x80);
	assert_int_equal(io(host, transfer(1, last, 2, dma, 0)), 0x80);
	assert_int_equal(io(host, transfer(2, UINT64_MAX, 2, dma, 0)), 0x80);
	assert_int_equal(io(host, transfer(8, last, 2, 0, 0)), 0x80);
	assert_int_equal(io(host, transfer(2, 0, 1025, dma, dma)), 0x02); /* above MDTS */
	command.nsid = 0;
	assert_int_equal(io(host, command), 0x0b);
	command.nsid = UINT32_MAX;
	assert_int_equal(io(host, command), 0x0b);
	command.opcode = 0; /* Flush may be of all */
	assert_int_equal(io(host, command), 0);
	command = transfer(0x55, 0, 1, dma, 0);
	assert_int_equal(io(host, command), 0x01);
	command = transfer(2, 0, 1, dma, 0);
	command.flags = 2;
	assert_int_equal(io(host, command), 0x02);
	command.flags = 0x80;
	assert_int_equal(io(host, command), 0x02);
}

static void test_prp_alignment(void **state)
{
	struct host *host = *state;
	uint64_t dma = host_dma(host, host_memory(host, 4 * PAGE));
	uint64_t *list = host_memory(host, PAGE);
	uint64_t at = host_dma(host, list);

	assert_int_equal(io(host, transfer(2, 0, 1, dma + 2, 0)), 0x13); /* PRP1: dword aligned */
	assert_int_equal(io(host, transfer(2, 0, 1, dma + 4, 0)), 0);
	/* PRP2 is not looked at where one page is enough. */
	assert_int_equal(io(host, transfer(2, 0, 8, dma, 0x123)), 0);
	assert_int_equal(io(host, transfer(2, 0, 16, dma, dma + PAGE + 4)), 0x13); /* no offset */
	list[0] = dma + PAGE;
	list[1] = dma + 2 * PAGE;
	assert_int_equal(io(host, transfer(2, 0, 24, dma, at + 4)), 0x13); /* qword aligned */
	assert_int_equal(io(host, transfer(2, 0, 24, dma, at)), 0);
	list[1] += 512;
	assert_int_equal(io(host, transfer(2, 0, 24, dma, at)), 0x13); /* entry with an offset */
}

/* A list that begins three entries before the end of its page goes on in another. */
static void test_prp_chain(void **state)
{
	struct host *host = *state;
	uint8_t *data = host_memory(host, 8 * PAGE), *back = host_memory(host, 8 * PAGE);
	uint64_t *lists = host_memory(host, 2 * PAGE);
	uint64_t at = host_dma(host, lists), from = host_dma(host, data);
	uint64_t start = at + PAGE - 24;

	fill(data, 8 * PAGE, test_seed());
	lists[509] = from + PAGE;
	lists[510] = from + 2 * PAGE;
	lists[511] = at + PAGE;
	for (unsigned int i = 0; i < 5; i++)
		lists[512 + i] = from + (3 + i) * PAGE;
	assert_int_equal(io(host, transfer(1, 0, 64, from, start)), 0);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(
			io(host, transfer(2, 8 * i, 8, host_dma(host, back) + i * PAGE, 0)), 0);
	assert_memory_equal(back, data, 8 * PAGE);
	/* Exactly three more pages: the last entry is a page, not a pointer. */
	lists[511] = from + 3 * PAGE;
	assert_int_equal(io(host, transfer(1, 0, 32, from, start)), 0);
	lists[511] = at + PAGE + 8; /* a next list has no offset */
	assert_int_equal(io(host, transfer(1, 0, 64, from, start)), 0x13);
}

static void test_dma_faults(void **state)
{
	struct host *host = *state;
	struct padma_sim_dma_faults faults;
	uint64_t wild = 0x7fff00000000ull, dma = host_dma(host, host_memory(host, PAGE));

	assert_int_equal(io(host, transfer(2, 0, 8, wild, 0)), 0x04);
	assert_int_equal(padma_sim_dma_faults(host->device, &faults), 0);
	assert_int_equal(faults.count, 1);
	assert_int_equal(faults.dma, wild);
	assert_int_equal(faults.bytes, PAGE);
	assert_true(faults.write);
	assert_false(faults.bus_master_off);
	assert_int_equal(io(host, transfer(1, 0, 24, dma, wild)), 0x04); /* the list */
	padma_sim_dma_faults(host->device, &faults);
	assert_int_equal(faults.count, 2);
	assert_false(faults.write);
	/* Bus mastering off: nothing is fetched, and the controller reports it. */
	host_put(&host->io, transfer(0, 0, 1, 0, 0));
	assert_int_equal(padma_device_bus_master(host->device, false), 0);
	host_ring(host, &host->io);
	padma_sim_step(host->device, 0);
	padma_sim_dma_faults(host->device, &faults);
	assert_true(faults.bus_master_off);
	assert_int_equal(padma_bar_read32(host->bar, 0x1c) & 2, 2);
}

static void arm(struct host *host, enum padma_sim_fault_kind kind, uint64_t value, uint64_t skip,
		uint64_t count)
{
	struct padma_sim_fault fault = {kind, value, skip, count};

	assert_int_equal(padma_sim_fault(host->device, &fault), 0);
}

static const struct host_command flush = {.opcode = 0, .nsid = 1};

static void test_completion_faults(void **state)
{
	struct host *host = *state;
	struct host_completion got;
	uint16_t cid;

	arm(host, PADMA_SIM_FAULT_STATUS, 0x281, 1, 1);
	assert_int_equal(io(host, flush), 0);
	assert_int_equal(host_do(host, &host->io, flush, NULL), 0x281);
	assert_int_equal(io(host, flush), 0);

	arm(host, PADMA_SIM_FAULT_WRONG_ID, 0xbeef, 0, 1);
	arm(host, PADMA_SIM_FAULT_WRONG_HEAD, 0x7777, 0, 1);
	host_put(&host->io, flush);
	host_ring(host, &host->io);
	assert_true(host_take(host, &host->io, &got));
	assert_int_equal(got.cid, 0xbeef);
	assert_int_equal(got.sq_head, 0x7777);

	arm(host, PADMA_SIM_FAULT_TWICE, 0, 0, 1);
	assert_int_equal(io(host, flush), 0);
	assert_true(host_take(host, &host->io, &got));
	assert_int_equal(got.cid, host->io.next_cid - 1);

	arm(host, PADMA_SIM_FAULT_DROP, 0, 0, 1);
	host_put(&host->io, flush);
	cid = host_put(&host->io, flush);
	host_ring(host, &host->io);
	assert_true(host_take(host, &host->io, &got));
	assert_int_equal(got.cid, cid);

	arm(host, PADMA_SIM_FAULT_GARBAGE, 0, 0, 1);
	cid = host_put(&host->io, flush);
	host_ring(host, &host->io);
	assert_true(host_take(host, &host->io, &got));
	assert_true(got.cid != cid || got.sqid != 1 || got.unused != 0);

	arm(host, PADMA_SIM_FAULT_STATUS, 6, 0, 0);
	arm(host, PADMA_SIM_FAULT_NONE, 0, 0, 0);
	assert_int_equal(io(host, flush), 0);
}

static void test_delay_and_abort(void **state)
{
	struct host *host = *state;
	struct host_command abort_it = {.opcode = 8}, delete_sq = {.opcode = 0, .cdw10 = 1};
	struct host_completion got;
	uint16_t cid;

	arm(host, PADMA_SIM_FAULT_DELAY, 3, 0, 1);
	host_put(&host->io, flush);
	host_ring(host, &host->io);
	for (int i = 0; i < 3; i++)
		padma_sim_step(host->device, 0);
	assert_int_equal(host->io.cq[0].status, 0); /* fetched by the first of four steps */
	padma_sim_step(host->device, 0);
	assert_int_equal(host->io.cq[0].status, 1);
	assert_true(host_take(host, &host->io, &got));

	arm(host, PADMA_SIM_FAULT_DELAY, 1000000, 0, 2);
	cid = host_put(&host->io, flush);
	host_put(&host->io, flush);
	host_ring(host, &host->io);
	padma_sim_step(host->device, 0);
	abort_it.cdw10 = (uint32_t)cid << 16 | 1;
	assert_int_equal(host_do(host, &host->admin, abort_it, &got), 0);
	assert_int_equal(got.result, 0);
	assert_true(host_take(host, &host->io, &got));
	assert_int_equal(got.status >> 1 & 0x7ff, 7);
	assert_int_equal(host_code(host, &host->admin, delete_sq), 0);
	assert_true(host_take(host, &host->io, &got));
	assert_int_equal(got.status >> 1 & 0x7ff, 8);
}

static void test_fatal_slow_stuck(void **state)
{
	struct host *host = *state;

	arm(host, PADMA_SIM_FAULT_FATAL, 0, 0, 1);
	host_put(&host->io, flush);
	host_ring(host, &host->io);
	padma_sim_step(host->device, 0);
	assert_int_equal(padma_bar_read32(host->bar, 0x1c), 3);
	arm(host, PADMA_SIM_FAULT_SLOW_RESET, 5, 0, 0);
	padma_bar_write32(host->bar, 0x14, 0);
	for (int i = 0; i < 4; i++)
		padma_sim_step(host->device, 0);
	assert_int_equal(padma_bar_read32(host->bar, 0x1c), 1);
	padma_sim_step(host->device, 0);
	assert_int_equal(padma_bar_read32(host->bar, 0x1c), 0);
	arm(host, PADMA_SIM_FAULT_STUCK, 0, 0, 0);
	padma_bar_write32(host->bar, 0x14, 1);
	assert_false(host_wait_csts(host, 1, 1));
	arm(host, PADMA_SIM_FAULT_NONE, 0, 0, 0);
	padma_bar_write32(host->bar, 0x14, 0);
	host_enable(host);
}

/* The same faults in real time: the delays are lower bounds, and only those are checked. */
static void test_faults_in_time(void **state)
{
	const uint64_t wait_ns = 20000000;
	struct host *host = *state;
	uint64_t start = padma_ticks_monotonic();

	arm(host, PADMA_SIM_FAULT_DELAY, wait_ns, 0, 1);
	assert_int_equal(io(host, flush), 0);
	assert_true(padma_ticks_monotonic() - start >= wait_ns);
	arm(host, PADMA_SIM_FAULT_FATAL, 0, 0, 1);
	host_put(&host->io, flush);
	host_ring(host, &host->io);
	assert_true(host_wait_csts(host, 2, 2));
	arm(host, PADMA_SIM_FAULT_SLOW_RESET, wait_ns, 0, 0);
	start = padma_ticks_monotonic();
	padma_bar_write32(host->bar, 0x14, 0);
	assert_true(host_wait_csts(host, 3, 0));
	assert_true(padma_ticks_monotonic() - start >= wait_ns);
	arm(host, PADMA_SIM_FAULT_SLOW_RESET, wait_ns, 0, 0);
	start = padma_ticks_monotonic();
	assert_int_equal(padma_device_reset(host->device), 0);
	assert_true(padma_ticks_monotonic() - start >= wait_ns);
	assert_int_equal(padma_device_bus_master(host->device, true), 0);
	host_enable(host);
}

/* More commands than the completion queue has places: the rest waits, nothing is lost. */
static void test_full_completion_queue(void **state)
{
	struct host *host = *state;
	struct host_completion got;
	unsigned int taken = 0;

	for (unsigned int i = 0; i < HOST_ENTRIES - 1; i++)
		host_put(&host->io, flush);
	host_ring(host, &host->io);
	assert_int_equal(padma_sim_step(host->device, 7), 7);
	assert_int_equal(padma_sim_step(host->device, 0), HOST_ENTRIES - 8);
	for (unsigned int i = 0; i < 10; i++)
		host_put(&host->io, flush);
	host_ring(host, &host->io);
	assert_int_equal(padma_sim_step(host->device, 0), 0);
	while (taken < HOST_ENTRIES - 1 + 10) {
		assert_true(host_take(host, &host->io, &got));
		assert_int_equal(got.cid, taken++);
	}
}

static void test_removal(void **state)
{
	struct host *host = *state;
	uint32_t id;

	assert_int_equal(padma_sim_request_removal(host->device), 0);
	assert_int_equal(padma_device_state(host->device), PADMA_DEVICE_REMOVAL_REQUESTED);
	assert_int_equal(io(host, flush), 0);
	assert_int_equal(padma_sim_remove(host->device, UINT64_MAX), 0);
	assert_int_equal(padma_device_state(host->device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_bar_read32(host->bar, 0x1c), UINT32_MAX);
	assert_int_equal(padma_bar_read32(host->bar, 0x1000), UINT32_MAX);
	assert_int_equal(padma_device_config_read(host->device, 0, &id, 4), -ENODEV);
	assert_int_equal(id, UINT32_MAX);
	assert_int_equal(padma_device_reset(host->device), -ENODEV);
	host_put(&host->io, flush);
	host_ring(host, &host->io);
	assert_int_equal(padma_sim_step(host->device, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, io_setup, host_teardown)
#define THREAD(name)                                                                               \
	{                                                                                          \
#name " (thread)", name, io_setup, host_teardown,                                  \
			(void *)(uintptr_t) "sim:nvme,size=16M"                                    \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_data),
		TEST(test_checks),
		TEST(test_prp_alignment),
		TEST(test_prp_chain),
		TEST(test_dma_faults),
		TEST(test_completion_faults),
		TEST(test_delay_and_abort),
		TEST(test_fatal_slow_stuck),
		TEST(test_full_completion_queue),
		TEST(test_removal),
		THREAD(test_data),
		THREAD(test_checks),
		THREAD(test_prp_alignment),
		THREAD(test_prp_chain),
		THREAD(test_completion_faults),
		THREAD(test_faults_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
