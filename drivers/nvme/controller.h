/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * controller.h - a controller, and whether it works.
 *
 * Threading: everything here is used with nvme->lock, except the gate (any thread), info, which
 * does not change after the opening, and the namespaces (see struct namespaces).
 */
#ifndef NVME_CONTROLLER_H
#define NVME_CONTROLLER_H

#include <pthread.h>

#include <padma/nvme.h>
#include <padma/page_list.h>
#include <padma/pmd/gate.h>
#include <padma/pmd/leftover.h>

#include "admin.h"
#include "clock.h"
#include "namespace.h"
#include "regs.h"

struct padma_nvme {
	struct padma_gate gate __attribute__((aligned(64)));
	struct padma_device *device __attribute__((aligned(64)));
	struct padma_space *space;
	const struct padma_bar *bar;
	pthread_mutex_t lock;
	uint64_t cap;
	uint64_t enable_timeout_ns;   /* 0: as CAP and CRTO specify */
	uint64_t shutdown_timeout_ns; /* 0: as RTD3E specifies */
	uint64_t open_timeout_ns;
	struct span bound; /* of the opening or reset in progress */
	bool bounded;
	uint64_t timeout_ns;
	uint64_t admin_timeout_ns;
	bool enabled;	    /* CC.EN was set: the controller may do DMA, for all that is known */
	int shutdown_error; /* the result of the shutdown */
	struct admin_queue admin;
	const struct padma_page_lists *page_lists; /* of the space; NULL: it has none */
	struct padma_nvme_info info;
	uint32_t max_nsid; /* NN */
	uint32_t rtd3e_us;
	bool has_write_zeroes;
	uint32_t write_zeroes_max_bytes;  /* 0: no limit but NLB */
	struct namespaces *namespaces;	  /* the newest; NULL if there is none */
	struct padma_nvme_queue **queues; /* by qid - 1; info.io_queues of them */
	/* Never opened, but the controller may know them; freed when it does no DMA. */
	struct padma_nvme_queue *abandoned;
	struct padma_leftover leftover; /* for a controller that cannot even be opened */
	char no_queues[160];		/* why there are none */
	unsigned int open_queues;
};

PADMA_INLINE const char *nvme_name(const struct padma_nvme *nvme)
{
	return padma_device_name(nvme->device);
}

/* info.namespaces of them. Any thread. */
PADMA_INLINE const struct namespace *namespaces_now(const struct padma_nvme *nvme)
{
	return __atomic_load_n(&nvme->namespaces, __ATOMIC_ACQUIRE)->table;
}

/* The following: any thread. */

/* Off the bus or kept off it, as the device layer reports. */
bool controller_is_gone(const struct padma_nvme *nvme);
/* Whether its registers are a controller's: 0, or -ENODEV (raises GONE), -EIO (raises FAILED). */
int controller_responds(struct padma_nvme *nvme);
/* Whether it still works: 0, -ENODEV (raises GONE) or -EIO (raises FAILED). */
int controller_check(struct padma_nvme *nvme);
/* It broke the protocol or did not respond: raises FAILED. Return: -EIO. */
int controller_failed(struct padma_nvme *nvme, const char *why);
int controller_gone(struct padma_nvme *nvme);
/* 0, or why no command can be given to it now: -ENODEV, -EIO. */
int controller_usable(const struct padma_nvme *nvme);

#endif
