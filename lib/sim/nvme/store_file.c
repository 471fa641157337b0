// SPDX-License-Identifier: BSD-3-Clause
/*
 * A namespace in a file, by liburing with many requests in flight, or by pread and pwrite if the
 * system refuses io_uring. Data goes through a bounce buffer of each request: host memory is
 * reached only by the bus, and may be gone when the file's answer comes.
 */
#include <fcntl.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "controller.h"
#include "store_file.h"

#define BOUNCE_ALIGN 4096u

struct file_store {
	struct store store;
	int fd;
	bool has_ring;
	unsigned int in_flight;
	unsigned int unsubmitted;
	struct io_uring ring;
};

static struct file_store *file_of(struct store *store)
{
	return container_of(store, struct file_store, store);
}

static uint16_t media_error(const struct request *request)
{
	return request->command.opcode == IO_READ ? STATUS_UNRECOVERED_READ : STATUS_WRITE_FAULT;
}

static bool get_bounce(struct request *request)
{
	size_t bytes = align_up(request->bytes, BOUNCE_ALIGN);

	request->done_bytes = 0;
	if (request->bounce_bytes >= bytes)
		return true;
	free(request->bounce);
	request->bounce = aligned_alloc(BOUNCE_ALIGN, bytes);
	request->bounce_bytes = request->bounce ? bytes : 0;
	return request->bounce;
}

/* One system call's worth of a request, from where the last one ended. */
static ssize_t transfer(int fd, const struct request *request)
{
	struct iovec vec = {.iov_base = request->bounce + request->done_bytes,
			    .iov_len = request->bytes - request->done_bytes};
	off_t offset = (off_t)(request->offset + request->done_bytes);

	if (request->command.opcode == IO_READ)
		return preadv2(fd, &vec, 1, offset, 0);
	return pwritev2(fd, &vec, 1, offset, request->stable ? RWF_DSYNC : 0);
}

static uint16_t transfer_all(struct file_store *file, struct request *request)
{
	while (request->done_bytes < request->bytes) {
		ssize_t n = transfer(file->fd, request);

		if (n > 0)
			request->done_bytes += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return media_error(request);
	}
	return STATUS_SUCCESS;
}

/* After the file's part of a Read, the host's. */
static uint16_t deliver(struct store *store, struct request *request)
{
	if (request->command.opcode != IO_READ || request->state == REQUEST_ABANDONED)
		return STATUS_SUCCESS;
	return sim_nvme_to_host(store->controller, &request->data, request->bounce);
}

static void queue_entry(struct file_store *file, struct request *request)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&file->ring);
	char *at = request->bounce + request->done_bytes;
	unsigned int bytes = (unsigned int)(request->bytes - request->done_bytes);
	uint64_t offset = request->offset + request->done_bytes;

	/* There are as many places as there are requests. */
	if (request->command.opcode == IO_READ) {
		io_uring_prep_read(sqe, file->fd, at, bytes, offset);
	} else if (request->command.opcode == IO_WRITE) {
		io_uring_prep_write(sqe, file->fd, at, bytes, offset);
		sqe->rw_flags = request->stable ? RWF_DSYNC : 0;
	} else {
		io_uring_prep_fsync(sqe, file->fd, IORING_FSYNC_DATASYNC);
	}
	io_uring_sqe_set_data(sqe, request);
	file->in_flight++;
	file->unsubmitted++;
}

static uint16_t move_data(struct file_store *file, struct request *request)
{
	uint16_t status;

	if (!get_bounce(request))
		return STATUS_INTERNAL_ERROR;
	if (request->command.opcode == IO_WRITE) {
		status =
			sim_nvme_from_host(file->store.controller, &request->data, request->bounce);
		if (status)
			return status;
	}
	if (file->has_ring) {
		queue_entry(file, request);
		return STORE_PENDING;
	}
	status = transfer_all(file, request);
	return status ? status : deliver(&file->store, request);
}

static uint16_t flush(struct file_store *file, struct request *request)
{
	if (file->has_ring) {
		queue_entry(file, request);
		return STORE_PENDING;
	}
	return fdatasync(file->fd) ? STATUS_WRITE_FAULT : STATUS_SUCCESS;
}

static uint16_t write_zeros(struct file_store *file, struct request *request)
{
	/* Punched holes read as zeros, and cost nothing; a file system without them gets zeros. */
	if (fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)request->offset,
		      (off_t)request->bytes)) {
		if (!get_bounce(request))
			return STATUS_INTERNAL_ERROR;
		memset(request->bounce, 0, request->bytes);
		return transfer_all(file, request);
	}
	if (request->stable && fdatasync(file->fd))
		return STATUS_WRITE_FAULT;
	return STATUS_SUCCESS;
}

static uint16_t file_start(struct store *store, struct request *request)
{
	struct file_store *file = file_of(store);

	switch (request->command.opcode) {
	case IO_FLUSH:
		return flush(file, request);
	case IO_WRITE_ZEROES:
		return write_zeros(file, request);
	default:
		return move_data(file, request);
	}
}

/* True when the request is over; a short transfer goes on. */
static bool took_result(struct file_store *file, struct request *request, int result,
			uint16_t *status)
{
	*status = STATUS_SUCCESS;
	if (request->command.opcode == IO_FLUSH) {
		if (result < 0)
			*status = STATUS_WRITE_FAULT;
		return true;
	}
	if (result > 0)
		request->done_bytes += (size_t)result;
	else if (result != -EINTR && result != -EAGAIN)
		*status = media_error(request);
	if (*status == STATUS_SUCCESS && request->done_bytes < request->bytes) {
		queue_entry(file, request);
		return false;
	}
	return true;
}

static void submit(struct file_store *file)
{
	int submitted;

	if (file->unsubmitted == 0)
		return;
	/* What the system does not take now (EAGAIN, EBUSY) stays in the ring for the next time. */
	submitted = io_uring_submit(&file->ring);
	if (submitted > 0)
		file->unsubmitted -= (unsigned int)submitted;
}

static unsigned int file_poll(struct store *store)
{
	struct file_store *file = file_of(store);
	struct io_uring_cqe *cqe;
	unsigned int done = 0;

	if (file->in_flight == 0)
		return 0;
	submit(file);
	while (file->in_flight && io_uring_peek_cqe(&file->ring, &cqe) == 0) {
		struct request *request = io_uring_cqe_get_data(cqe);
		int result = cqe->res;
		uint16_t status;

		io_uring_cqe_seen(&file->ring, cqe);
		file->in_flight--;
		if (!took_result(file, request, result, &status))
			continue;
		if (status == STATUS_SUCCESS)
			status = deliver(store, request);
		sim_nvme_store_done(store->controller, request, status);
		done++;
	}
	submit(file);
	return done;
}

static void file_drain(struct store *store)
{
	struct file_store *file = file_of(store);
	struct io_uring_cqe *cqe;

	while (file->in_flight) {
		file_poll(store);
		if (file->in_flight)
			(void)io_uring_wait_cqe(&file->ring, &cqe);
	}
}

static void file_settle(struct store *store)
{
	struct file_store *file = file_of(store);

	file_drain(store);
	if (fdatasync(file->fd))
		padma_log(PADMA_LOG_WARNING, "sim",
			  "%s: fdatasync: %s; what was written last may be lost",
			  store->controller->function->name, strerror(errno));
}

static void file_close(struct store *store)
{
	struct file_store *file = file_of(store);

	if (file->has_ring)
		io_uring_queue_exit(&file->ring);
	close(file->fd);
	free(file);
}

static const struct store_ops file_ops = {
	.start = file_start,
	.poll = file_poll,
	.drain = file_drain,
	.settle = file_settle,
	.close = file_close,
};

static void open_ring(struct file_store *file)
{
	int rc = io_uring_queue_init(CONTROLLER_REQUESTS, &file->ring, 0);

	file->has_ring = rc == 0;
	if (rc)
		padma_log(PADMA_LOG_WARNING, "sim",
			  "%s: io_uring: %s; its file is read and written by pread and pwrite, "
			  "one request at a time",
			  file->store.controller->function->name, strerror(-rc));
}

int sim_nvme_store_file(struct controller *controller, struct store **store)
{
	struct nvme_config *config = &controller->config;
	struct file_store *file = calloc(1, sizeof(*file));
	bool wanted = config->size != 0;
	uint64_t bytes = wanted ? config->size : NVME_DEFAULT_BYTES;

	if (!file)
		return fail(-ENOMEM, "%s: no memory left", controller->function->name);
	file->fd = sim_nvme_file_open(controller->function->name, config->file, wanted, config->lba,
				      &bytes);
	if (file->fd < 0) {
		int rc = file->fd;

		free(file);
		return rc;
	}
	file->store = (struct store){&file_ops, controller, bytes};
	open_ring(file);
	*store = &file->store;
	return 0;
}
