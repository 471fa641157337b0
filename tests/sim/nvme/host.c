// SPDX-License-Identifier: BSD-3-Clause
/* The raw host of host.h. */
#include <sched.h>
#include <time.h>

#include "host.h"

#define CC_IO_ENTRY_SIZES (6u << 16 | 4u << 20)
/* What should happen may take minutes if files are slow; what should not is counted in steps. */
#define WAIT_LIMIT_S	  120
#define NAP_NS		  50000

void host_open(struct host *host, const char *name)
{
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};

	*host = (struct host){.stepped = strstr(name, ",step") != NULL};
	assert_int_equal(padma_space_open(&params, &host->space), 0);
	if (padma_device_open(host->space, name, &host->device)) {
		print_error("%s\n", padma_last_error());
		fail();
	}
	host->bar = padma_device_bar(host->device, 0);
	assert_non_null(host->bar);
	/* It was just made. */
	padma_device_declare_quiesced(host->device);
	assert_int_equal(padma_device_bus_master(host->device, true), 0);
}

void host_close(struct host *host)
{
	assert_int_equal(padma_device_close(host->device), 0);
	assert_int_equal(padma_space_close(host->space), 0);
}

void *host_memory(struct host *host, size_t bytes)
{
	struct padma_alloc_params opts = {.align_bytes = PAGE,
					  .flags = PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS};
	void *va = NULL;

	assert_int_equal(padma_space_alloc(host->space, bytes, &opts, &va), 0);
	return va;
}

uint64_t host_dma(const struct host *host, const void *va)
{
	return padma_dma(host->space, va);
}

static void queue_open(struct host *host, struct host_queue *queue, uint16_t id)
{
	*queue = (struct host_queue){.id = id, .phase = 1};
	queue->sq = host_memory(host, PAGE);
	queue->cq = host_memory(host, PAGE);
}

void host_set_admin_queue(struct host *host)
{
	queue_open(host, &host->admin, 0);
	padma_bar_write32(host->bar, 0x24, (HOST_ENTRIES - 1) << 16 | (HOST_ENTRIES - 1));
	padma_bar_write64(host->bar, 0x28, host_dma(host, host->admin.sq));
	padma_bar_write64(host->bar, 0x30, host_dma(host, host->admin.cq));
}

bool host_wait_csts(struct host *host, uint32_t mask, uint32_t value)
{
	time_t end = time(NULL) + WAIT_LIMIT_S;

	for (unsigned int i = 0; host->stepped ? i < 1000 : time(NULL) < end; i++) {
		if ((padma_bar_read32(host->bar, 0x1c) & mask) == value)
			return true;
		if (host->stepped)
			padma_sim_step(host->device, 0);
	}
	return false;
}

void host_enable(struct host *host)
{
	host_set_admin_queue(host);
	padma_bar_write32(host->bar, 0x14, CC_IO_ENTRY_SIZES | 1);
	assert_true(host_wait_csts(host, 1, 1));
}

void host_create_io(struct host *host, int vector)
{
	struct host_command cq = {.opcode = 5, .cdw10 = (HOST_ENTRIES - 1) << 16 | 1, .cdw11 = 1};
	struct host_command sq = {
		.opcode = 1, .cdw10 = (HOST_ENTRIES - 1) << 16 | 1, .cdw11 = 1u << 16 | 1};

	queue_open(host, &host->io, 1);
	cq.prp1 = host_dma(host, host->io.cq);
	sq.prp1 = host_dma(host, host->io.sq);
	if (vector >= 0)
		cq.cdw11 |= 2u | (uint32_t)vector << 16;
	assert_int_equal(host_do(host, &host->admin, cq, NULL), 0);
	assert_int_equal(host_do(host, &host->admin, sq, NULL), 0);
}

void host_doorbell(struct host *host, unsigned int queue, bool completion, uint32_t value)
{
	padma_bar_write32(host->bar, 0x1000 + 8 * queue + (completion ? 4 : 0), value);
}

uint16_t host_put(struct host_queue *queue, struct host_command command)
{
	command.cid = queue->next_cid++;
	queue->sq[queue->tail] = command;
	queue->tail = (queue->tail + 1) % HOST_ENTRIES;
	return command.cid;
}

void host_ring(struct host *host, struct host_queue *queue)
{
	host_doorbell(host, queue->id, false, queue->tail);
}

static bool has_arrived(const struct host_queue *queue)
{
	/* The whole last dword, as the device stores it: ThreadSanitizer pairs equal addresses. */
	return (padma_load32_acquire(&queue->cq[queue->head].cid) >> 16 & 1) == queue->phase;
}

/* If a step found nothing to do, the kernel is working on a file: yield the processor. */
static void step_or_yield(struct host *host, unsigned int turn)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};

	if (host->stepped && padma_sim_step(host->device, 0) > 0)
		return;
	if (turn < 1000)
		sched_yield();
	else
		nanosleep(&nap, NULL);
}

bool host_take(struct host *host, struct host_queue *queue, struct host_completion *completion)
{
	time_t end = time(NULL) + WAIT_LIMIT_S;

	for (unsigned int turn = 0; !has_arrived(queue); turn++) {
		if (time(NULL) >= end)
			return false;
		step_or_yield(host, turn);
	}
	*completion = queue->cq[queue->head];
	if (++queue->head == HOST_ENTRIES) {
		queue->head = 0;
		queue->phase ^= 1;
	}
	host_doorbell(host, queue->id, true, queue->head);
	return true;
}

uint16_t host_do(struct host *host, struct host_queue *queue, struct host_command command,
		 struct host_completion *completion)
{
	struct host_completion got = {0};
	uint16_t cid = host_put(queue, command);

	host_ring(host, queue);
	assert_true(host_take(host, queue, &got));
	assert_int_equal(got.cid, cid);
	assert_int_equal(got.sqid, queue->id);
	assert_int_equal(got.sq_head, queue->tail);
	if (completion)
		*completion = got;
	return (uint16_t)(got.status >> 1) & 0x5fff;
}

uint16_t host_code(struct host *host, struct host_queue *queue, struct host_command command)
{
	return host_do(host, queue, command, NULL) & 0x7ff;
}

int host_setup(void **state)
{
	struct host *host = malloc(sizeof(*host));

	assert_non_null(host);
	host_open(host, *state ? (const char *)*state : "sim:nvme,size=16M,step");
	host_enable(host);
	*state = host;
	return 0;
}

int host_teardown(void **state)
{
	host_close(*state);
	free(*state);
	return 0;
}
