/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * driver.h - a controller, for the inside of the driver.
 *
 * Threading: everything here is used under nvme->lock, except the gate (any thread), info, which
 * never changes after the opening, and the namespaces (see struct namespaces).
 */
#ifndef NVME_DRIVER_H
#define NVME_DRIVER_H

#include <pthread.h>

#include <padma/nvme.h>
#include <padma/page_list.h>

#include "device/leftover.h"
#include <padma/pmd/doorbell.h>
#include <padma/pmd/gate.h>
#include <padma/pmd/ring.h>
#include <padma/pmd/tags.h>

#include "clock.h"
#include "command.h"
#include "identify_data.h"
#include "regs.h"

#define NVME_MAX_NAMESPACES 1024u
#define NVME_ADMIN_ENTRIES  32u
#define NVME_MAX_EVENTS	    4u

/* A namespace, with what the hot path wants of it. */
struct namespace
{
	struct padma_nvme_namespace public;
	uint32_t lba_shift;
	uint32_t zeroes_max_lbas; /* of one Write Zeroes */
};

/*
 * All of them. A reset after which any is different makes a new table and publishes it (release,
 * acquire); the older ones stay as they are until the controller is closed, for any thread may hold
 * what padma_nvme_namespace() gave it. The number never changes.
 */
struct namespaces {
	struct namespaces *older;
	struct namespace table[];
};

/*
 * Command identifiers: 12 bits of tag, 4 of generation. Tag 4095 is left out, so that identifier 0xffff,
 * which NVMe reserves (Base 2.0, figure 87), never appears.
 */
#define NVME_TAG_BITS 12u
#define NVME_TAGS_MAX ((1u << NVME_TAG_BITS) - 1)

struct admin_queue {
	struct padma_ring sq;
	struct padma_ring cq;
	struct padma_ring data; /* one page: what a command reads into */
	struct padma_doorbell sq_doorbell;
	struct padma_doorbell cq_doorbell;
	struct padma_tags tags;
	uint32_t tail;
	uint32_t head;
	uint32_t phase;
	/* Asynchronous Event Requests outstanding, and logs that events named, to be read. */
	uint32_t events_armed;
	uint32_t events_wanted;
	uint32_t events_pending;
	uint8_t event_log[NVME_MAX_EVENTS];
	bool is_event[NVME_ADMIN_ENTRIES];
};

struct padma_nvme {
	struct padma_gate gate __attribute__((aligned(64)));
	struct padma_device *device __attribute__((aligned(64)));
	struct padma_space *space;
	const struct padma_bar *bar;
	pthread_mutex_t lock;
	uint64_t cap;
	uint64_t enable_timeout_ns;   /* 0: what CAP and CRTO say */
	uint64_t shutdown_timeout_ns; /* 0: what RTD3E says */
	uint64_t open_timeout_ns;
	struct span bound; /* of the opening or reset under way */
	bool bounded;
	uint64_t timeout_ns;
	uint64_t admin_timeout_ns;
	bool enabled;	    /* CC.EN was set: the controller may do DMA, for all that is known */
	int shutdown_error; /* what came of asking for a shutdown */
	struct admin_queue admin;
	const struct padma_page_lists *page_lists; /* of the space; NULL: it has none */
	struct padma_nvme_info info;
	uint32_t max_nsid; /* NN */
	uint32_t rtd3e_us;
	bool has_write_zeroes;
	uint32_t write_zeroes_max_bytes;  /* 0: no limit but NLB */
	struct namespaces *namespaces;	  /* the newest; NULL where there is none */
	struct padma_nvme_queue **queues; /* by qid - 1; info.io_queues of them */
	/* Which nobody uses, but the controller may; freed when it is quiet. */
	struct padma_nvme_queue *abandoned;
	struct device_leftover leftover; /* for a controller that cannot even be opened */
	char no_queues[160];		 /* why there are none */
	unsigned int open_queues;
};

PADMA_INLINE const char *nvme_name(const struct padma_nvme *nvme)
{
	return padma_device_name(nvme->device);
}

/* bound.c: how long an opening or a reset may last as a whole. */
void bound_begin(struct padma_nvme *nvme);
void bound_clean_up(struct padma_nvme *nvme);
void bound_end(struct padma_nvme *nvme);
bool bound_is_over(const struct padma_nvme *nvme);
/* -ETIMEDOUT, noted. */
int bound_fail(const struct padma_nvme *nvme);
/* A wait of at most @timeout_ns, and not past the bound. */
struct wait bound_wait(const struct padma_nvme *nvme, uint64_t timeout_ns);

/* probe.c */
int controller_probe(struct padma_nvme *nvme);
/* Whether BAR 0 holds the doorbells of all queues up to this one: 0, -EPROTO. */
int controller_has_doorbells(const struct padma_nvme *nvme, unsigned int last_qid);

/* enable.c */
/*
 * Three ways to keep the controller from memory. Whatever they answer, nvme->enabled is false
 * afterwards where it does no DMA: it was reset, is disabled, not allowed on the bus, or gone. Where
 * it is still true all that the controller was given stays in use.
 */
/* A Controller Reset: CC.EN is 0 and CSTS.RDY, too. 0, or -ETIMEDOUT, -EIO, -ENODEV. */
int controller_disable(struct padma_nvme *nvme);
/* A reset of the function, and what it takes beside that to enable it anew. As above. */
int controller_quiet(struct padma_nvme *nvme);
/* As mild as it goes. -EBUSY where nothing helps; or as controller_disable(), which has failed then. */
int controller_stop(struct padma_nvme *nvme);
int controller_enable(struct padma_nvme *nvme);
int controller_shutdown(struct padma_nvme *nvme);

/* controller.c */
/* Off the bus or kept off it, by the device layer's word. Any thread. */
bool controller_is_gone(const struct padma_nvme *nvme);
/* Whether its registers are a controller's: 0, or -ENODEV (raises GONE), -EIO (raises FAILED). Any
 * thread. */
int controller_answers(struct padma_nvme *nvme);
/* Whether it still works: 0, -ENODEV (raises GONE) or -EIO (raises FAILED). Any thread. */
int controller_check(struct padma_nvme *nvme);
/* It lied or did not answer: raises FAILED. Any thread. Return: -EIO. */
int controller_failed(struct padma_nvme *nvme, const char *why);
int controller_gone(struct padma_nvme *nvme);
/* 0, or why no command can be given to it now: -ENODEV, -EIO. */
int controller_usable(const struct padma_nvme *nvme);

/* admin.c: synchronous commands. */
int admin_open(struct padma_nvme *nvme);
void admin_close(struct padma_nvme *nvme);
/* After a controller reset: empty rings. */
void admin_restart(struct padma_nvme *nvme);
/*
 * Carry a command out (its cid is filled in). Return: 0, -EIO (with the status in *status, or 0 and
 * the controller failed), -ETIMEDOUT, -ENODEV.
 */
int admin_run(struct padma_nvme *nvme, struct nvme_command *command, uint32_t *result,
	      uint16_t *status);
/* Take in what is there. Return: 0 or a negative errno. */
int admin_take_in(struct padma_nvme *nvme);
int admin_put(struct padma_nvme *nvme, struct nvme_command *command, uint32_t *tag);
/* An Identify structure into admin.data. As admin_run(). */
int admin_identify(struct padma_nvme *nvme, uint8_t cns, uint8_t csi, uint32_t nsid,
		   uint16_t *status);
/* Ask for so many I/O queue pairs. 0, -EPROTO (refused, or the answer makes no sense: noted), or as
 * admin_run(). */
int admin_queue_count(struct padma_nvme *nvme, unsigned int wanted, unsigned int *granted);

/* events.c: asynchronous events. */
int events_arm(struct padma_nvme *nvme);
void events_note(struct padma_nvme *nvme, uint32_t result);
int events_read(struct padma_nvme *nvme);

/* identify.c and namespace.c */
int identify_controller(struct padma_nvme *nvme);
/* After a reset. -EPROTO where what was said before no longer holds. */
int identify_controller_again(struct padma_nvme *nvme);
int identify_namespaces(struct padma_nvme *nvme);
int namespaces_refresh(struct padma_nvme *nvme);
void namespaces_free(struct padma_nvme *nvme);
/* info.namespaces of them. Any thread. */
PADMA_INLINE const struct namespace *namespaces_now(const struct padma_nvme *nvme)
{
	return __atomic_load_n(&nvme->namespaces, __ATOMIC_ACQUIRE)->table;
}
int namespace_parse(const struct padma_nvme *nvme, uint32_t nsid,
		    const struct nvme_id_namespace *data, struct namespace *ns);
int descriptors_parse(const unsigned char *data, struct padma_nvme_namespace *ns, uint8_t *csi);

/* queue.c: for the reset. */
void queue_restart(struct padma_nvme_queue *queue);
int queue_create_on_controller(struct padma_nvme_queue *queue);
/* The controller is quiet: free what it was left. */
void queues_free_abandoned(struct padma_nvme *nvme);
bool queue_acknowledged(const struct padma_nvme_queue *queue);

/* status_text.c: the words for an admin command's status, in padma_last_error(). */
int fail_status(const char *what, uint16_t status);

#endif
