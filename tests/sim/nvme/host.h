/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host.h - a raw NVMe host for tests of the simulated controller.
 *
 * Builds queues by hand and submits any command, valid or not: no driver is between
 * a test and the controller. Its definitions are its own, from the specification.
 */
#ifndef TESTS_SIM_HOST_H
#define TESTS_SIM_HOST_H

#include <stdbool.h>

#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/error.h>
#include <padma/sim.h>
#include <padma/space.h>

#include "test.h"

#define HOST_ENTRIES 32u
#define PAGE	     4096u

struct host_command {
	uint8_t opcode;
	uint8_t flags;
	uint16_t cid;
	uint32_t nsid;
	uint64_t unused;
	uint64_t metadata;
	uint64_t prp1;
	uint64_t prp2;
	uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};

struct host_completion {
	uint32_t result;
	uint32_t unused;
	uint16_t sq_head;
	uint16_t sqid;
	uint16_t cid;
	uint16_t status; /* bit 0: phase */
};

struct host_queue {
	uint16_t id;
	struct host_command *sq;
	struct host_completion *cq;
	unsigned int tail, head;
	uint16_t phase;
	uint16_t next_cid;
};

struct host {
	struct padma_space *space;
	struct padma_device *device;
	const struct padma_bar *bar;
	bool stepped;
	struct host_queue admin;
	struct host_queue io;
};

/* A space and the device in it, bus mastering on; not enabled. */
void host_open(struct host *host, const char *name);
void host_close(struct host *host);

/* The admin queue, CC.EN and the wait for CSTS.RDY. */
void host_set_admin_queue(struct host *host);
void host_enable(struct host *host);
/* Until CSTS & mask is value; false after ten seconds or many steps. */
bool host_wait_csts(struct host *host, uint32_t mask, uint32_t value);
/* I/O queue pair 1 with an interrupt vector, or -1 for none. */
void host_create_io(struct host *host, int vector);

void *host_memory(struct host *host, size_t bytes);
uint64_t host_dma(const struct host *host, const void *va);

/* Into the ring, the doorbell, the next completion (false: none came), and all three. */
uint16_t host_put(struct host_queue *queue, struct host_command command);
void host_ring(struct host *host, struct host_queue *queue);
bool host_take(struct host *host, struct host_queue *queue, struct host_completion *completion);
/* The status without phase and More. */
uint16_t host_do(struct host *host, struct host_queue *queue, struct host_command command,
		 struct host_completion *completion);
/* The same without DNR: the status code and its type. */
uint16_t host_code(struct host *host, struct host_queue *queue, struct host_command command);

void host_doorbell(struct host *host, unsigned int queue, bool completion, uint32_t value);

/* cmocka setup and teardown of a host on the device named by the test's initial state. */
int host_setup(void **state);
int host_teardown(void **state);

#endif
