// SPDX-License-Identifier: BSD-3-Clause
/*
 * The engine of the kernel's driver, through io_uring: a ring for each worker, registered buffers and
 * file, submission and waiting in one system call; like fio with ioengine=io_uring, fixedbufs and
 * registerfiles.
 */
#include "nvme/perf/engine.h"

#include <liburing.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include <padma/error.h>
#include <padma/log.h>
#include <padma/hugepages.h>

#include "nvme/perf/block.h"
#include "nvme/perf/slot.h"

/* Hugepage alignment: with madvise() the kernel pins few pages for a large buffer. */
#define AREA_ALIGN (2u << 20)

struct queue {
	struct io_uring ring;
	void *area; /* the slots' buffers */
	size_t bytes;
	unsigned int in_flight;
	bool fixed; /* the buffers are registered */
	bool lost;  /* an I/O is in flight that will not be reaped */
};

static int open_worker(struct perf_worker *worker)
{
	const struct perf_plan *plan = worker->plan;
	struct queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return padma_fail(-ENOMEM, "perf", "no memory for a queue");
	worker->queue = queue;
	queue->bytes = plan->depth * plan->io_bytes;
	if (posix_memalign(&queue->area, AREA_ALIGN, queue->bytes)) {
		queue->area = NULL;
		return padma_fail(-ENOMEM, "perf", "no memory for %u I/Os in flight", plan->depth);
	}
	(void)madvise(queue->area, queue->bytes, MADV_HUGEPAGE);
	memset(queue->area, 0, queue->bytes);
	for (unsigned int i = 0; i < plan->depth; i++)
		worker->slots[i].buffer = (char *)queue->area + i * plan->io_bytes;
	return 0;
}

static void close_worker(struct perf_worker *worker)
{
	struct queue *queue = worker->queue;

	if (!queue)
		return;
	/* Never free memory that the drive may still write to. */
	if (!queue->lost)
		free(queue->area);
	free(queue);
}

/* Whether this process has no limit on locked memory, which rings count for before Linux 5.12. */
static bool may_lock_all(void)
{
	struct padma_hugepage_info info;
	bool all;

	if (padma_hugepage_info_get(NULL, &info))
		return true;
	all = info.memlock_bytes == PADMA_MEMLOCK_UNLIMITED;
	padma_hugepage_info_put(&info);
	return all;
}

static int make_ring(struct queue *queue, unsigned int depth, bool hipri)
{
	/* Completions run in the thread's own system calls: Linux 6.1, 5.19, earlier. */
	static const unsigned int flags[] = {IORING_SETUP_SINGLE_ISSUER |
						     IORING_SETUP_DEFER_TASKRUN,
					     IORING_SETUP_COOP_TASKRUN, 0};
	int error = -EINVAL;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]) && error == -EINVAL; i++)
		error = io_uring_queue_init(depth, &queue->ring,
					    flags[i] | (hipri ? IORING_SETUP_IOPOLL : 0));
	if (error == -EPERM || error == -ENOSYS)
		return padma_fail(error, "perf",
				  "no io_uring: %s; the kernel lacks it, or it is disabled by "
				  "/proc/sys/kernel/io_uring_disabled or a container's rules",
				  strerror(-error));
	if (error == -ENOMEM)
		return padma_fail(error, "perf",
				  "no memory for %u I/Os in flight; give a smaller --qd%s", depth,
				  may_lock_all() ? "" : ", or raise the limit (ulimit -l)");
	if (error)
		return padma_fail(error, "perf", "no io_uring for %u I/Os in flight: %s", depth,
				  strerror(-error));
	return 0;
}

/* Both save work for each I/O; neither is required. */
static int open_ring(const struct perf_worker *worker)
{
	const struct perf_block *block = worker->plan->target->drive;
	struct queue *queue = worker->queue;
	const struct iovec area = {.iov_base = queue->area, .iov_len = queue->bytes};
	int error = make_ring(queue, worker->plan->depth, block->hipri);

	if (error)
		return error;
	error = io_uring_register_buffers(&queue->ring, &area, 1);
	queue->fixed = error == 0;
	if (error)
		padma_log(PADMA_LOG_INFO, "perf", "buffers are not registered: %s",
			  strerror(-error));
	error = io_uring_register_files(&queue->ring, &block->fd, 1);
	if (error) {
		io_uring_queue_exit(&queue->ring);
		return padma_fail(error, "perf", "register a file: %s", strerror(-error));
	}
	return 0;
}

PADMA_INLINE int issue(struct perf_slot *slot, bool write)
{
	const struct perf_plan *plan = slot->worker->plan;
	struct queue *queue = slot->worker->queue;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&queue->ring);
	uint64_t at = slot->lba * plan->lba_bytes;
	unsigned int bytes = (unsigned int)plan->io_bytes;

	if (!sqe)
		return -EAGAIN;
	if (write && queue->fixed)
		io_uring_prep_write_fixed(sqe, 0, slot->buffer, bytes, at, 0);
	else if (write)
		io_uring_prep_write(sqe, 0, slot->buffer, bytes, at);
	else if (queue->fixed)
		io_uring_prep_read_fixed(sqe, 0, slot->buffer, bytes, at, 0);
	else
		io_uring_prep_read(sqe, 0, slot->buffer, bytes, at);
	sqe->flags |= IOSQE_FIXED_FILE;
	io_uring_sqe_set_data(sqe, slot);
	queue->in_flight++;
	return 0;
}

/* NULL, or what is wrong with a completion's result. */
static const char *failure(int result, const struct perf_plan *plan)
{
	if (result < 0)
		return strerror(-result);
	return (size_t)result == plan->io_bytes ? NULL : "fewer bytes than requested";
}

static void reap(struct perf_worker *worker)
{
	struct queue *queue = worker->queue;
	struct io_uring_cqe *cqe;
	unsigned int head, count = 0;

	io_uring_for_each_cqe(&queue->ring, head, cqe)
	{
		perf_finished(io_uring_cqe_get_data(cqe), failure(cqe->res, worker->plan));
		count++;
	}
	queue->in_flight -= count;
	io_uring_cq_advance(&queue->ring, count);
}

/* Submit the new I/Os and wait for the first completion. Return: 0, or a negative errno. */
static int submit_and_reap(struct perf_worker *worker)
{
	struct queue *queue = worker->queue;
	int rc = io_uring_submit_and_wait(&queue->ring, 1);

	/* I/Os that did not fit are submitted in the next turn. */
	if (rc < 0 && rc != -EINTR && rc != -EAGAIN && rc != -EBUSY)
		return padma_fail(rc, "perf", "io_uring: %s", strerror(-rc));
	reap(worker);
	return 0;
}

static int run_ring(struct perf_worker *worker)
{
	const struct queue *queue = worker->queue;
	int error;

	do {
		error = perf_refill(worker, issue);
		if (error >= 0 && queue->in_flight > 0)
			error = submit_and_reap(worker);
	} while (error >= 0 && (worker->idle_count > 0 || queue->in_flight > 0));
	return error < 0 ? error : 0;
}

static int run(struct perf_worker *worker)
{
	struct queue *queue = worker->queue;
	int error = open_ring(worker);

	if (error)
		return error;
	error = run_ring(worker);
	queue->lost = queue->in_flight > 0;
	io_uring_queue_exit(&queue->ring);
	return error;
}

const struct perf_engine perf_engine_kernel = {
	.name = "kernel",
	.open = perf_block_open,
	.close = perf_block_close,
	.open_worker = open_worker,
	.close_worker = close_worker,
	.run = run,
};
