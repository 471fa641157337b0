// SPDX-License-Identifier: BSD-3-Clause
/*
 * The engine of padma's driver: refill every idle slot, ring the doorbell once, reap completions. It
 * spins; with --irq a worker without completions sleeps until its queue's interrupt.
 */
#include "nvme/perf/engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/event.h>

#include "common/command.h"
#include "common/idle.h"
#include "nvme/session.h"
#include "nvme/perf/slot.h"

/* A sleeping worker wakes up this often, to check for a silent drive and for the end of the run. */
#define NAP_NS 100000000ull

struct drive {
	struct nvme_session session;
	bool irq;
	unsigned int irq_count;
	int *irq_fds; /* one per vector; the first is the admin queue's, which is not waited for */
};

static const struct drive *drive_of(const struct perf_worker *worker)
{
	return worker->plan->target->drive;
}

static int no_more_descriptors(void)
{
	return complain("--irq: no file descriptor left for an interrupt: %s", strerror(errno));
}

/* The eventfds of --irq: worker w has vector w + 1. */
static int open_irqs(struct drive *drive, unsigned int queues)
{
	struct padma_device *device = drive->session.device;
	unsigned int count = queues + 1;

	if (padma_device_irq_count(device) < 2)
		return complain("--irq: the device has one interrupt for all its queues, and "
				"each needs one; omit --irq");
	if (padma_device_irq_count(device) < count)
		return complain("--irq: the device has %u interrupt vectors, and %u queues and the "
				"admin queue need one each; give fewer --queues",
				padma_device_irq_count(device), queues);
	drive->irq_fds = malloc(count * sizeof(*drive->irq_fds));
	if (!drive->irq_fds)
		return complain("no memory for %u interrupts", count);
	drive->irq_fds[drive->irq_count++] = -1;
	for (; drive->irq_count < count; drive->irq_count++) {
		int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

		if (fd < 0)
			return no_more_descriptors();
		drive->irq_fds[drive->irq_count] = fd;
	}
	if (padma_device_irq_enable(device, drive->irq_fds, count))
		return complain("%s", padma_last_error());
	return 0;
}

static int close_drive(struct perf_target *target, int status)
{
	struct drive *drive = target->drive;

	status = nvme_session_close(&drive->session, status);
	for (unsigned int i = 1; i < drive->irq_count; i++)
		close(drive->irq_fds[i]);
	free(drive->irq_fds);
	free(drive);
	return status;
}

static void describe(struct perf_target *target, struct drive *drive)
{
	struct padma_nvme_info info;

	padma_nvme_info(drive->session.nvme, &info);
	target->backend = drive->session.backend;
	target->nsid = drive->session.ns.nsid;
	target->lba_bytes = drive->session.ns.lba_bytes;
	target->lbas = drive->session.ns.lbas;
	target->queues = info.io_queues;
	target->depth = UINT32_MAX; /* known when a queue is opened */
}

static int open_drive(struct perf_target *target, const struct perf_options *options)
{
	struct drive *drive;
	int status;

	if (perf_will_write(options) && nvme_session_may_write(target->name, options->overwrite))
		return EXIT_FAILURE;
	drive = calloc(1, sizeof(*drive));
	if (!drive)
		return complain("no memory for the drive");
	status = nvme_session_open(&drive->session, target->name, options->nsid, options->guard);
	if (status) {
		free(drive);
		return status;
	}
	target->drive = drive;
	drive->irq = options->irq;
	if (!nvme_session_has_namespace(&drive->session))
		status = EXIT_FAILURE;
	else
		describe(target, drive);
	if (status == 0 && options->irq && options->queues <= target->queues)
		status = open_irqs(drive, options->queues);
	return status ? close_drive(target, status) : 0;
}

static int open_buffers(struct perf_worker *worker)
{
	const struct padma_alloc_params align = {.align_bytes = 4096};
	const struct perf_plan *plan = worker->plan;

	for (unsigned int i = 0; i < plan->depth; i++) {
		void **buffer = &worker->slots[i].buffer;
		int error = padma_space_alloc(drive_of(worker)->session.space, plan->io_bytes,
					      &align, buffer);

		if (error)
			return error;
		memset(*buffer, 0, plan->io_bytes);
	}
	return 0;
}

static int open_worker(struct perf_worker *worker)
{
	const struct drive *drive = drive_of(worker);
	const struct padma_nvme_queue_params params = {
		.depth = worker->plan->depth,
		.irq = drive->irq ? worker->index + 2 : 0, /* vector plus one */
	};
	struct padma_nvme_queue *queue = NULL;
	int error = open_buffers(worker);

	if (error == 0)
		error = padma_nvme_queue_open(drive->session.nvme, &params, &queue);
	worker->queue = queue;
	return error;
}

static void close_worker(struct perf_worker *worker)
{
	/* Until the queue is closed the controller may write to the buffers. */
	bool closed = padma_nvme_queue_close(worker->queue) == 0;

	/* If closing fails the space frees them, after the device has been stopped. */
	for (unsigned int i = 0; closed && i < worker->plan->depth; i++)
		padma_space_free(drive_of(worker)->session.space, worker->slots[i].buffer);
}

static void on_failed(struct perf_slot *slot, int error, uint16_t status)
{
	char text[80];

	perf_finished(slot, error == -EIO ? padma_nvme_status_text(status, text, sizeof(text))
					  : strerror(-error));
}

static void on_done(void *ctx, int error, uint16_t status)
{
	if (error)
		on_failed(ctx, error, status);
	else
		perf_finished(ctx, NULL);
}

PADMA_INLINE int issue(struct perf_slot *slot, bool write)
{
	const struct perf_worker *worker = slot->worker;
	uint32_t nsid = worker->plan->target->nsid;
	uint32_t lbas = worker->plan->io_lbas;

	if (write)
		return padma_nvme_write(worker->queue, nsid, slot->buffer, slot->lba, lbas, on_done,
					slot);
	return padma_nvme_read(worker->queue, nsid, slot->buffer, slot->lba, lbas, on_done, slot);
}

/* One turn. Return: how many completed, or a negative errno. */
PADMA_INLINE int turn(struct perf_worker *worker)
{
	int error = perf_refill(worker, issue);

	if (error > 0)
		error = padma_nvme_submit(worker->queue);
	return error < 0 ? error : padma_nvme_poll(worker->queue, 0);
}

PADMA_INLINE bool busy(const struct perf_worker *worker)
{
	return worker->idle_count > 0 || padma_nvme_outstanding(worker->queue) > 0;
}

static int run_spinning(struct perf_worker *worker)
{
	unsigned int turns = 0;
	int error;

	do {
		error = turn(worker);
		if (error == 0)
			idle_turn(&turns);
		else
			turns = 0;
	} while (error >= 0 && busy(worker));
	return error < 0 ? error : 0;
}

/* The interrupt only ends the sleep: the completions are in the queue. */
static void on_interrupt(void *ctx, uint64_t count)
{
	(void)ctx;
	(void)count;
}

/*
 * An interrupt that comes between the poll of the queue and the sleep is counted by its eventfd: the
 * sleep ends at once.
 */
static int run_by_interrupts(struct perf_worker *worker)
{
	struct padma_event_loop *loop;
	struct padma_event_watch *watch;
	int error = padma_event_loop_open(&loop);

	if (error)
		return error;
	error = padma_event_counter_add(loop, drive_of(worker)->irq_fds[worker->index + 1],
					on_interrupt, NULL, &watch);
	while (error >= 0) {
		error = turn(worker);
		if (error < 0 || !busy(worker))
			break;
		if (error == 0)
			error = padma_event_loop_run_once(loop, NAP_NS);
	}
	(void)padma_event_loop_close(loop);
	return error < 0 ? error : 0;
}

static int run(struct perf_worker *worker)
{
	return drive_of(worker)->irq ? run_by_interrupts(worker) : run_spinning(worker);
}

static int look_after(const struct perf_target *target)
{
	const struct drive *drive = target->drive;

	/* The requester of the removal waits until the device is closed. */
	if (padma_device_state(drive->session.device) != PADMA_DEVICE_OK)
		return padma_fail(-ENODEV, "perf",
				  "%s: its removal was requested; the run ended early",
				  target->name);
	/* The queues report a controller that fails here as well. */
	padma_nvme_admin_poll(drive->session.nvme);
	return 0;
}

const struct perf_engine perf_engine_padma = {
	.name = "padma",
	.open = open_drive,
	.close = close_drive,
	.open_worker = open_worker,
	.close_worker = close_worker,
	.run = run,
	.look_after = look_after,
};
