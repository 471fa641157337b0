// SPDX-License-Identifier: BSD-3-Clause
/*
 * A namespace in memory, and a null one. Pages of the first are allocated when they are written; Write
 * Zeroes releases whole pages. The second transfers no data at all: for measuring the cost
 * of the host alone.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "controller.h"

#define HOST_PAGE 4096u

struct memory_store {
	struct store store;
	char *blocks;
};

static void zero(char *at, uint64_t bytes)
{
	uintptr_t start = align_up((uintptr_t)at, HOST_PAGE);
	uintptr_t end = align_down((uintptr_t)at + bytes, HOST_PAGE);

	/* Released private anonymous pages read as zeros. */
	if (end <= start || madvise((void *)start, end - start, MADV_DONTNEED)) {
		memset(at, 0, bytes);
		return;
	}
	memset(at, 0, start - (uintptr_t)at);
	memset((void *)end, 0, (uintptr_t)at + bytes - end);
}

static uint16_t memory_start(struct store *store, struct request *request)
{
	char *at = container_of(store, struct memory_store, store)->blocks + request->offset;

	switch (request->command.opcode) {
	case IO_READ:
		return sim_nvme_to_host(store->controller, &request->data, at);
	case IO_WRITE:
		return sim_nvme_from_host(store->controller, &request->data, at);
	case IO_WRITE_ZEROES:
		zero(at, request->bytes);
		return STATUS_SUCCESS;
	default:
		return STATUS_SUCCESS; /* Flush: memory is as stable as it gets */
	}
}

static unsigned int nothing_to_poll(struct store *store)
{
	(void)store;
	return 0;
}

static void nothing_to_wait_for(struct store *store)
{
	(void)store;
}

static void memory_close(struct store *store)
{
	struct memory_store *memory = container_of(store, struct memory_store, store);

	munmap(memory->blocks, store->bytes);
	free(memory);
}

static const struct store_ops memory_ops = {
	.start = memory_start,
	.poll = nothing_to_poll,
	.drain = nothing_to_wait_for,
	.settle = nothing_to_wait_for,
	.close = memory_close,
};

static int no_address_space(const char *device, uint64_t bytes)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		return fail(-ENOMEM,
			    "%s: a namespace of %" PRIu64 " bytes does not fit into the process's "
			    "limit of %llu bytes of address space; raise it (ulimit -v), or give a "
			    "smaller size= or a file=",
			    device, bytes, (unsigned long long)limit.rlim_cur);
	return fail(-ENOMEM,
		    "%s: no address space for a namespace of %" PRIu64
		    " bytes; give a smaller size= or a file=",
		    device, bytes);
}

int sim_nvme_store_memory(struct controller *controller, struct store **store)
{
	struct memory_store *memory = calloc(1, sizeof(*memory));
	uint64_t bytes = sim_nvme_bytes(controller);

	if (!memory)
		return fail(-ENOMEM, "%s: no memory left", controller->function->name);
	memory->store = (struct store){&memory_ops, controller, bytes};
	memory->blocks = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory->blocks == MAP_FAILED) {
		free(memory);
		return no_address_space(controller->function->name, bytes);
	}
	/* Its contents are a disk's, not the process's. */
	(void)madvise(memory->blocks, bytes, MADV_DONTDUMP);
	*store = &memory->store;
	return 0;
}

static uint16_t null_start(struct store *store, struct request *request)
{
	(void)store;
	(void)request;
	return STATUS_SUCCESS;
}

static void null_close(struct store *store)
{
	free(store);
}

static const struct store_ops null_ops = {
	.start = null_start,
	.poll = nothing_to_poll,
	.drain = nothing_to_wait_for,
	.settle = nothing_to_wait_for,
	.close = null_close,
};

int sim_nvme_store_null(struct controller *controller, struct store **store)
{
	*store = calloc(1, sizeof(**store));
	if (!*store)
		return fail(-ENOMEM, "%s: no memory left", controller->function->name);
	**store = (struct store){&null_ops, controller, sim_nvme_bytes(controller)};
	return 0;
}
