/* SPDX-License-Identifier: BSD-3-Clause */
/* nvme_fixture.h - a space, a simulated controller and a queue; commands run to their end. */
#ifndef TESTS_NVME_FIXTURE_H
#define TESTS_NVME_FIXTURE_H

#include "nvme_snapshot.h"
#include "must.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/error.h>
#include <padma/nvme.h>
#include <padma/sim.h>
#include <padma/space.h>

/* More polls than anything here takes; a test that gets there has hung. */
#define PATIENCE 50000000ul

/*
 * Calls that wait for the controller (opening, closing, resetting) may wait for steps, as a slow
 * reset does: a thread steps it during such a call, the test's own thread otherwise.
 */
struct stepper {
	struct padma_device *device;
	pthread_t thread;
	bool stop;
};

struct rig {
	struct padma_space *space;
	struct padma_device *device;
	struct padma_nvme *nvme;
	struct padma_nvme_queue *queue;
	struct stepper *stepper; /* NULL: the device runs by itself */
	bool guard;
	bool exact;	/* a guard in exact mode */
	bool unguarded; /* none, whatever PADMA_TEST_GUARD is */
	unsigned int depth;
	uint64_t timeout_ns;
};

/* How a command ended. */
struct result {
	int calls;
	int error;
	uint16_t status;
};

static inline void note(void *ctx, int error, uint16_t status)
{
	struct result *result = ctx;

	result->calls++;
	result->error = error;
	result->status = status;
}

/* $PADMA_TEST_GUARD=exact: the guard is in exact mode, unless the test can have none. */
static inline enum padma_guard_mode guard_mode(const struct rig *rig)
{
	const char *mode = getenv("PADMA_TEST_GUARD");

	if (rig->exact || (!rig->unguarded && mode && strcmp(mode, "exact") == 0))
		return PADMA_GUARD_EXACT;
	return rig->guard ? PADMA_GUARD_PAGES : PADMA_GUARD_OFF;
}

static inline struct padma_space *open_space(enum padma_guard_mode guard)
{
	/* Ordinary pages: no test depends on the system's hugepages. */
	const struct padma_space_params params = {
		.backend = "sim",
		.window_bytes = (size_t)1 << 30,
		.page_bytes = 4096,
		.guard = guard,
	};
	struct padma_space *space = NULL;

	must(padma_space_open(&params, &space));
	return space;
}

static inline void *step_on(void *argument)
{
	struct stepper *stepper = argument;

	while (!__atomic_load_n(&stepper->stop, __ATOMIC_ACQUIRE)) {
		padma_sim_step(stepper->device, 0);
		sched_yield();
	}
	return NULL;
}

static inline void control_begin(const struct rig *rig)
{
	if (!rig->stepper)
		return;
	rig->stepper->stop = false;
	assert_int_equal(pthread_create(&rig->stepper->thread, NULL, step_on, rig->stepper), 0);
}

static inline void control_end(const struct rig *rig)
{
	if (!rig->stepper)
		return;
	__atomic_store_n(&rig->stepper->stop, true, __ATOMIC_RELEASE);
	pthread_join(rig->stepper->thread, NULL);
}

/* control(rig, call): the result of the call, during which a thread steps the device. */
#define control(rig, call)                                                                         \
	({                                                                                         \
		int control_rc;                                                                    \
		control_begin(rig);                                                                \
		control_rc = (call);                                                               \
		control_end(rig);                                                                  \
		control_rc;                                                                        \
	})

static inline void rig_open_device(struct rig *rig, const char *name)
{
	rig->space = open_space(guard_mode(rig));
	must(padma_device_open(rig->space, name, &rig->device));
	if (strstr(name, "step")) {
		rig->stepper = calloc(1, sizeof(*rig->stepper));
		assert_non_null(rig->stepper);
		rig->stepper->device = rig->device;
	}
}

static inline void rig_open(struct rig *rig, const char *name)
{
	const struct padma_nvme_params params = {.timeout_ns = rig->timeout_ns};
	const struct padma_nvme_queue_params queue = {.depth = rig->depth};

	rig_open_device(rig, name);
	must(control(rig, padma_nvme_open(rig->device, &params, &rig->nvme)));
	must(control(rig, padma_nvme_queue_open(rig->nvme, &queue, &rig->queue)));
}

/* Accesses that the bus refused: none, or the driver gave the device a bad address. */
static inline uint64_t dma_faults(const struct rig *rig)
{
	struct padma_sim_dma_faults faults;

	must(padma_sim_dma_faults(rig->device, &faults));
	if (faults.count)
		print_message("the latest DMA fault: %s of %zu bytes at 0x%llx%s\n",
			      faults.write ? "write" : "read", faults.bytes,
			      (unsigned long long)faults.dma,
			      faults.bus_master_off ? ", bus mastering off" : "");
	return faults.count;
}

static inline void rig_close_device(struct rig *rig)
{
	must(padma_device_close(rig->device));
	free(rig->stepper);
	must(padma_space_close(rig->space));
	*rig = (struct rig){0};
}

static inline void rig_close(struct rig *rig)
{
	must(control(rig, padma_nvme_queue_close(rig->queue)));
	must(control(rig, padma_nvme_close(rig->nvme)));
	assert_int_equal(dma_faults(rig), 0);
	rig_close_device(rig);
}

static inline void rig_step(const struct rig *rig)
{
	if (rig->stepper)
		assert_true(padma_sim_step(rig->device, 0) >= 0);
	else
		sched_yield();
}

/* Submit and poll until the command is over. Return: how it ended. */
static inline int rig_finish(const struct rig *rig, struct result *result)
{
	assert_true(padma_nvme_submit(rig->queue) >= 0);
	for (unsigned long i = 0; result->calls == 0 && i < PATIENCE; i++) {
		rig_step(rig);
		assert_true(padma_nvme_poll(rig->queue, 0) >= 0);
	}
	assert_int_equal(result->calls, 1);
	return result->error;
}

static inline int do_read(const struct rig *rig, void *buffer, uint64_t lba, uint32_t lbas)
{
	struct result result = {0};

	must(padma_nvme_read(rig->queue, 1, buffer, lba, lbas, note, &result));
	return rig_finish(rig, &result);
}

static inline int do_write(const struct rig *rig, const void *buffer, uint64_t lba, uint32_t lbas)
{
	struct result result = {0};

	must(padma_nvme_write(rig->queue, 1, buffer, lba, lbas, note, &result));
	return rig_finish(rig, &result);
}

/* Poll until it fails. Return: the error. */
static inline int poll_until_error(const struct rig *rig)
{
	int rc = 0;

	for (unsigned long i = 0; rc >= 0 && i < PATIENCE; i++) {
		rig_step(rig);
		rc = padma_nvme_poll(rig->queue, 0);
	}
	return rc;
}

static inline void *alloc(const struct rig *rig, size_t bytes)
{
	void *va = NULL;

	must(padma_space_alloc(rig->space, bytes, NULL, &va));
	return va;
}

static inline void fill(unsigned char *to, size_t bytes, uint64_t *seed)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (unsigned char)test_random(seed);
}

/* Reset with the only queue's owner in this thread. Return: as padma_nvme_reset_finish(). */
static inline int rig_reset(const struct rig *rig)
{
	padma_nvme_reset_begin(rig->nvme);
	padma_nvme_poll(rig->queue, 0);
	return control(rig, padma_nvme_reset_finish(rig->nvme));
}

#endif
