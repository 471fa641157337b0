/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * controller.h - the state of a simulated NVMe controller, and what its files offer one another.
 *
 * Everything runs below the device's lock; only the doorbells are shared with the host's threads,
 * which store to them with release order while the model loads with acquire order.
 */
#ifndef SIM_NVME_CONTROLLER_H
#define SIM_NVME_CONTROLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/sim/model.h>

#include "common.h"
#include "spec.h"

#define NVME_DEFAULT_BYTES	 (1ull << 30) /* of a namespace without size= */
#define CONTROLLER_REQUESTS	 128u	      /* commands in flight at once */
#define CONTROLLER_EVENTS	 4u  /* outstanding Asynchronous Event Requests: AERL + 1 */
#define CONTROLLER_ERROR_ENTRIES 64u /* ELPE + 1 */
#define CONTROLLER_FETCH	 16u /* entries fetched from a submission queue in one DMA */
#define CONTROLLER_PAGE_SHIFT	 12u /* MPSMIN: 4 KiB ... */
#define CONTROLLER_MPSMAX	 4u  /* ... to 64 KiB */

/* The keys of "sim:nvme". */
struct nvme_config {
	uint64_t size;
	uint64_t lba;
	uint64_t queues;
	uint64_t mqes;
	uint64_t mdts;
	uint64_t vectors;
	uint64_t write_cache;
	uint64_t css; /* CAP.CSS */
	uint64_t namespaces;
	uint64_t dstrd;
	uint64_t shutdown_us; /* RTD3E */
	char *file;
	char *serial;
	bool null;
	bool no_lists; /* data pointers are not followed */
	bool cold;
};

/* Pieces of host memory in the order of the data; neighbouring pages are joined. */
struct dma_segment {
	uint64_t pa;
	uint64_t bytes;
};

struct dma_list {
	struct dma_segment *segments;
	unsigned int count;
	unsigned int capacity;
};

struct completion_queue {
	bool live;
	bool phase;
	bool interrupts;
	bool notify; /* entries were posted since the last interrupt */
	uint16_t vector;
	uint32_t entries;
	uint32_t head;	   /* the host's: the last valid value of its doorbell */
	uint32_t tail;	   /* ours */
	uint32_t reserved; /* places for commands that are in flight: a completion never waits */
	uint32_t refused;  /* a doorbell value that was reported as invalid */
	uint32_t users;	   /* submission queues */
	uint64_t base;
};

struct submission_queue {
	bool live;
	uint16_t cqid;
	uint32_t entries;
	uint32_t head;
	uint32_t tail;
	uint32_t refused;
	uint64_t base;
};

enum request_state {
	REQUEST_FREE,
	REQUEST_RUNNING,   /* being carried out by the model or by the store */
	REQUEST_DELAYED,   /* done, its completion waits for @due (PADMA_SIM_FAULT_DELAY) */
	REQUEST_ABANDONED, /* the store still has it; its result is ignored */
};

/* A command in flight. */
struct request {
	enum request_state state;
	uint16_t sqid;
	struct nvme_command command;
	unsigned int strikes; /* SIM_FAULT_BITs */
	uint64_t due;
	uint16_t status; /* of a delayed completion */
	uint32_t result;
	/* For the store: */
	uint64_t offset;
	uint64_t bytes;
	bool stable; /* on stable storage before it completes */
	struct dma_list data;
	char *bounce;
	size_t bounce_bytes;
	size_t done_bytes;
};

/* The answer of a store that will call sim_nvme_store_done() later. */
#define STORE_PENDING 0xffffu

struct store;

/* Where a namespace's blocks are. */
struct store_ops {
	/* Carry out Read, Write, Flush or Write Zeroes: a status, or STORE_PENDING. */
	uint16_t (*start)(struct store *store, struct request *request);
	/* Go on with what is pending; how many requests were done. */
	unsigned int (*poll)(struct store *store);
	/* Wait for everything pending, and complete it. */
	void (*drain)(struct store *store);
	/* The same, and for stable storage. */
	void (*settle)(struct store *store);
	void (*close)(struct store *store);
};

struct controller;

struct store {
	const struct store_ops *ops;
	struct controller *controller;
	uint64_t bytes;
};

/* An entry of the Error Information log page (Base 5.16.1.2). */
struct nvme_error_entry {
	uint64_t count;
	uint16_t sqid;
	uint16_t cid;
	uint16_t status; /* bits 15:1; bit 0 is the phase tag */
	uint16_t location;
	uint64_t lba;
	uint32_t nsid;
	uint8_t vendor;
	uint8_t transport;
	uint8_t reserved[34];
};
static_assert(sizeof(struct nvme_error_entry) == 64, "error log entry");
static_assert(offsetof(struct nvme_error_entry, transport) == 29, "TRTYPE");

struct event_slot {
	bool pending;
	bool masked; /* reported, and its log page not read since */
	uint8_t info;
	uint8_t log_page;
};

struct io_statistics {
	uint64_t reads, writes;
	uint64_t blocks_read, blocks_written; /* of 512 bytes */
	uint64_t errors_logged;
};

enum controller_state {
	CONTROLLER_OFF,
	CONTROLLER_STARTING,
	CONTROLLER_ON,
	CONTROLLER_STOPPING
};

struct controller {
	struct padma_sim_function *function;
	struct nvme_config config;
	const char *serial;
	struct store *store;
	uint64_t blocks; /* of each namespace; they are in the store one after the other */
	unsigned int block_shift;
	uint8_t mdts; /* as in Identify: a power of two of 4 KiB; 0: none */

	/* registers */
	uint64_t cap;
	uint32_t cc, csts, aqa, interrupt_mask;
	uint64_t asq, acq;
	uint32_t *doorbells;
	size_t doorbell_bytes;

	enum controller_state state;
	uint64_t due;	       /* when STARTING or STOPPING is over */
	uint64_t shutdown_due; /* when a shutdown in progress is over */
	uint64_t page_bytes;
	uint64_t random;

	/* queues, the admin queue first */
	unsigned int queues;	 /* how many of each there can be, admin included */
	unsigned int highest;	 /* no live queue has a higher id */
	unsigned int audited;	 /* the next doorbell to look at that belongs to no queue */
	unsigned int next_queue; /* to be served, round robin */
	struct submission_queue *sqs;
	struct completion_queue *cqs;

	struct request requests[CONTROLLER_REQUESTS];
	struct request *free_requests[CONTROLLER_REQUESTS];
	unsigned int free_count;
	unsigned int delayed;

	uint16_t event_cids[CONTROLLER_EVENTS];
	unsigned int event_count;
	struct event_slot events[EVENT_TYPES];

	struct nvme_error_entry errors[CONTROLLER_ERROR_ENTRIES]; /* ring, by count */
	struct io_statistics statistics;

	/* features */
	uint32_t features[256];
	uint16_t io_sqs_granted, io_cqs_granted;
	uint32_t *vector_features;
	uint16_t threshold_over, threshold_under;
};

/* registers.c, state.c */
uint64_t sim_nvme_read(void *state, unsigned int bar, uint64_t offset, unsigned int width);
void sim_nvme_write(void *state, unsigned int bar, uint64_t offset, uint64_t value,
		    unsigned int width);
void sim_nvme_configure(struct controller *controller, uint32_t cc);
void sim_nvme_advance(struct controller *controller);
void sim_nvme_fatal(struct controller *controller);
void sim_nvme_reset(void *state);

/* run.c */
unsigned int sim_nvme_run(void *state, unsigned int limit);

/* queue.c */
void sim_nvme_queues_clear(struct controller *controller);
void sim_nvme_sq_open(struct controller *controller, uint16_t id, uint16_t cqid, uint64_t base,
		      uint32_t entries);
void sim_nvme_cq_open(struct controller *controller, uint16_t id, uint64_t base, uint32_t entries);
void sim_nvme_sq_close(struct controller *controller, uint16_t id);
void sim_nvme_cq_close(struct controller *controller, uint16_t id);
void sim_nvme_take_tail(struct controller *controller, unsigned int id);
void sim_nvme_take_head(struct controller *controller, unsigned int id);
/* The host rings a doorbell that is trapped, @index counted in dwords from the first. */
void sim_nvme_ring(struct controller *controller, uint32_t index, uint32_t value);
void sim_nvme_audit_doorbells(struct controller *controller);
uint32_t sim_nvme_cq_room(const struct completion_queue *cq);

/* completion.c */
struct request *sim_nvme_request_get(struct controller *controller, uint16_t sqid);
void sim_nvme_requests_init(struct controller *controller);
void sim_nvme_requests_free(struct controller *controller);
void sim_nvme_release(struct controller *controller, struct request *request);
void sim_nvme_complete(struct controller *controller, struct request *request, uint16_t status,
		       uint32_t result);
unsigned int sim_nvme_post_delayed(struct controller *controller);
void sim_nvme_abandon_all(struct controller *controller);
void sim_nvme_abort_queue(struct controller *controller, uint16_t sqid);
bool sim_nvme_abort_command(struct controller *controller, uint16_t sqid, uint16_t cid);
void sim_nvme_post(struct controller *controller, uint16_t cqid, uint16_t sqid, uint16_t cid,
		   uint16_t status, uint32_t result);
void sim_nvme_notify(struct controller *controller);
/* Whether the pin would be asserted now, by the doorbells as they are. */
bool sim_nvme_asserts(void *state);
void sim_nvme_store_done(struct controller *controller, struct request *request, uint16_t status);

/* prp.c */
uint16_t sim_nvme_map(struct controller *controller, const struct nvme_command *command,
		      uint64_t bytes, struct dma_list *list);
uint16_t sim_nvme_to_host(struct controller *controller, const struct dma_list *list,
			  const void *from);
uint16_t sim_nvme_from_host(struct controller *controller, const struct dma_list *list, void *to);

/* Commands: a status and, for some, a result. */
uint16_t sim_nvme_admin(struct controller *controller, struct request *request);
uint16_t sim_nvme_io(struct controller *controller, struct request *request);
uint16_t sim_nvme_create_sq(struct controller *controller, struct request *request);
uint16_t sim_nvme_create_cq(struct controller *controller, struct request *request);
uint16_t sim_nvme_delete_sq(struct controller *controller, struct request *request);
uint16_t sim_nvme_delete_cq(struct controller *controller, struct request *request);
uint16_t sim_nvme_identify(struct controller *controller, struct request *request);
uint16_t sim_nvme_get_log_page(struct controller *controller, struct request *request);
uint16_t sim_nvme_set_features(struct controller *controller, struct request *request);
uint16_t sim_nvme_get_features(struct controller *controller, struct request *request);

/* Which commands and features there are, for the log pages that list them. */
bool sim_nvme_has_admin(uint8_t opcode);
bool sim_nvme_has_io(uint8_t opcode);
bool sim_nvme_has_feature(uint8_t feature);
void sim_nvme_features_reset(struct controller *controller);
uint8_t sim_nvme_critical_warning(const struct controller *controller);
#define CONTROLLER_KELVIN 308u /* it has always 35 degrees Celsius */

/* event.c */
void sim_nvme_event(struct controller *controller, unsigned int type, uint8_t info,
		    uint8_t log_page);
void sim_nvme_event_seen(struct controller *controller, uint8_t log_page);
void sim_nvme_post_events(struct controller *controller);
void sim_nvme_log_error(struct controller *controller, uint16_t sqid,
			const struct nvme_command *command, uint16_t status);

/* How many bytes of store the namespaces have together. */
static inline uint64_t sim_nvme_bytes(const struct controller *controller)
{
	const struct nvme_config *config = &controller->config;

	return config->size * (config->namespaces ? config->namespaces : 1);
}

/* store_*.c: 0, or a negative errno. */
int sim_nvme_store_memory(struct controller *controller, struct store **store);
int sim_nvme_store_null(struct controller *controller, struct store **store);
int sim_nvme_store_file(struct controller *controller, struct store **store);

#endif
