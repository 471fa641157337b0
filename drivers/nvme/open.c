// SPDX-License-Identifier: BSD-3-Clause
/* Taking a controller over, and giving it back. */
#include <stdio.h>
#include <stdlib.h>

#include <padma/params.h>
#include <padma/time.h>

#include "bound.h"
#include "enable.h"
#include "events.h"
#include "identify.h"
#include "message.h"
#include "probe.h"
#include "queue_memory.h"

#define DEFAULT_TIMEOUT_NS 30000000000ull
/* A controller may need long to delete a queue, however short an I/O command is. */
#define LEAST_ADMIN_NS	   2000000000ull
/* CAP.TO may be two minutes, once for disabling and once for enabling. */
#define DEFAULT_OPEN_NS	   300000000000ull
#define DEFAULT_IO_QUEUES  64u
#define MOST_IO_QUEUES	   65534u

static struct padma_nvme *nvme_new(struct padma_device *device,
				   const struct padma_nvme_params *params)
{
	struct padma_nvme *nvme = aligned_alloc(64, sizeof(*nvme));

	if (!nvme)
		return NULL;
	*nvme = (struct padma_nvme){
		.device = device,
		.space = padma_device_space(device),
		.enable_timeout_ns = params->enable_timeout_ns,
		.shutdown_timeout_ns = params->shutdown_timeout_ns,
		.open_timeout_ns =
			params->open_timeout_ns ? params->open_timeout_ns : DEFAULT_OPEN_NS,
		.timeout_ns = params->timeout_ns ? params->timeout_ns : DEFAULT_TIMEOUT_NS,
	};
	nvme->admin_timeout_ns =
		nvme->timeout_ns > LEAST_ADMIN_NS ? nvme->timeout_ns : LEAST_ADMIN_NS;
	pthread_mutex_init(&nvme->lock, NULL);
	return nvme;
}

/* The controller does no DMA. */
static void nvme_free(struct padma_nvme *nvme)
{
	queues_free_abandoned(nvme);
	admin_close(nvme);
	pthread_mutex_destroy(&nvme->lock);
	namespaces_free(nvme);
	free(nvme->queues);
	free(nvme);
}

static void leftover_free(void *nvme)
{
	nvme_free(nvme);
}

/* A controller that grants none can still be identified. */
static int do_without_queues(struct padma_nvme *nvme)
{
	snprintf(nvme->no_queues, sizeof(nvme->no_queues), "%s", padma_last_error());
	log_warning("%s has no I/O queues: %s", padma_device_name(nvme->device), nvme->no_queues);
	return 0;
}

static int request_queues(struct padma_nvme *nvme, unsigned int wanted)
{
	unsigned int granted;
	int rc = admin_queue_count(nvme, wanted ? wanted : DEFAULT_IO_QUEUES, &granted);

	if (rc == -EPROTO)
		return do_without_queues(nvme);
	if (!rc)
		rc = controller_has_doorbells(nvme, granted);
	if (rc)
		return rc;
	nvme->queues = calloc(granted, sizeof(struct padma_nvme_queue *));
	if (!nvme->queues)
		return fail(-ENOMEM, "no memory for %u queues", granted);
	nvme->info.io_queues = granted;
	return 0;
}

static int bring_up(struct padma_nvme *nvme, unsigned int io_queues)
{
	int rc;

	rc = controller_probe(nvme);
	if (!rc)
		rc = controller_stop_dma(nvme);
	if (!rc)
		rc = admin_open(nvme);
	if (!rc)
		rc = controller_enable(nvme);
	if (!rc)
		rc = identify_controller(nvme);
	if (!rc)
		rc = identify_namespaces(nvme);
	if (!rc)
		rc = request_queues(nvme, io_queues);
	if (!rc)
		rc = events_arm(nvme);
	return rc;
}

/*
 * Everything that the controller was given before the failure is freed if the controller does no DMA.
 * If it cannot be stopped, there is no handle to close again: it is left to the device.
 */
static void give_up(struct padma_nvme *nvme)
{
	struct padma_device *device = nvme->device;

	bound_clean_up(nvme);
	(void)controller_stop(nvme);
	if (nvme->enabled) {
		log_warning("%s: its rings stay in use until the device is closed: %s",
			    nvme_name(nvme), padma_last_error());
		nvme->leftover = (struct padma_leftover){.free = leftover_free, .ctx = nvme};
		padma_device_leave(device, &nvme->leftover);
		return;
	}
	nvme_free(nvme);
	(void)padma_device_quiesce(device);
}

int padma_nvme_open_sized(struct padma_device *device, size_t params_bytes,
			  const struct padma_nvme_params *given, struct padma_nvme **nvme)
{
	struct padma_nvme_params params;
	struct padma_nvme *opened;
	int rc;

	rc = padma_params_take(&params, sizeof(params), given, params_bytes);
	if (rc)
		return rc;
	if (params.io_queues > MOST_IO_QUEUES)
		return fail(-EINVAL, "a controller has at most %u I/O queues, not %u",
			    MOST_IO_QUEUES, params.io_queues);
	padma_clock_init();
	opened = nvme_new(device, &params);
	if (!opened)
		return fail(-ENOMEM, "no memory for a controller");
	bound_begin(opened);
	rc = bring_up(opened, params.io_queues);
	if (rc) {
		give_up(opened);
		return rc;
	}
	bound_end(opened);
	/* Last, as nothing can fail any more. Without them queues write their lists. */
	opened->page_lists = padma_page_lists(opened->space);
	*nvme = opened;
	return 0;
}

static int stay_open(struct padma_nvme *nvme)
{
	padma_gate_raise(&nvme->gate, PADMA_GATE_FAILED);
	return fail(-EBUSY,
		    "%s stays open: the controller can neither be disabled nor kept from mastering "
		    "the bus, so that its memory stays in use; close it again",
		    nvme_name(nvme));
}

/* One that has failed is disabled without it, one that is gone needs none. */
static void shut_down(struct padma_nvme *nvme)
{
	if (nvme->enabled &&
	    !(padma_gate_word(&nvme->gate) & (PADMA_GATE_FAILED | PADMA_GATE_GONE)))
		nvme->shutdown_error = controller_shutdown(nvme);
}

int padma_nvme_close(struct padma_nvme *nvme)
{
	struct padma_device *device;
	int rc, off;

	if (!nvme)
		return 0;
	if (nvme->open_queues)
		return fail(-EBUSY, "%u queues are open; close them first", nvme->open_queues);
	device = nvme->device;
	shut_down(nvme);
	off = controller_stop(nvme);
	if (nvme->enabled)
		return stay_open(nvme);
	rc = nvme->shutdown_error ? nvme->shutdown_error : off;
	nvme_free(nvme);
	/* It is disabled: this is to be sure, and for memory to be trimmed. */
	if (padma_device_quiesce(device))
		log_warning("%s", padma_last_error());
	/* One that is gone needs no shutdown: it only had to be closed. */
	if (rc == 0 || rc == -ENODEV)
		return 0;
	return fail(rc, "%s is closed, but did not finish its shutdown", padma_device_name(device));
}

void padma_nvme_info_sized(const struct padma_nvme *nvme, size_t info_bytes,
			   struct padma_nvme_info *info)
{
	padma_params_give(info, info_bytes, &nvme->info, sizeof(nvme->info));
}

enum padma_nvme_state padma_nvme_state(const struct padma_nvme *nvme)
{
	uint64_t word = padma_gate_word(&nvme->gate);

	if (word & PADMA_GATE_GONE)
		return PADMA_NVME_GONE;
	if (word & PADMA_GATE_SHUT)
		return PADMA_NVME_RESETTING;
	return word & PADMA_GATE_FAILED ? PADMA_NVME_FAILED : PADMA_NVME_LIVE;
}

int padma_nvme_admin_poll(struct padma_nvme *nvme)
{
	int rc;

	pthread_mutex_lock(&nvme->lock);
	rc = controller_usable(nvme);
	if (!rc)
		rc = controller_check(nvme);
	if (!rc)
		rc = admin_reap(nvme);
	if (!rc)
		rc = events_read(nvme);
	pthread_mutex_unlock(&nvme->lock);
	return rc == -ETIMEDOUT ? -EIO : rc;
}
