// SPDX-License-Identifier: BSD-3-Clause
/* See demo_dma.h. */
#include "demo_dma.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/nvme.h>
#include <padma/sim.h>
#include <padma/time.h>

#include "command.h"
#include "idle.h"
#include "interrupt.h"

#define PIECE_BYTES ((size_t)256 << 10)
#define DEPTH	    32u

struct session {
	struct padma_space *space;
	struct padma_device *device;
	struct padma_nvme *nvme;
	struct padma_nvme_queue *queue;
	const struct padma_nvme_namespace *ns;
	char *source; /* the image, as it is to arrive */
	char *back;
	size_t bytes;
	unsigned int failed;
	int error;
	uint16_t status;
};

static int library_error(const char *what)
{
	return complain("%s: %s", what, padma_last_error());
}

static void on_done(void *ctx, int error, uint16_t status)
{
	struct session *s = ctx;

	if (error) {
		s->failed++;
		s->error = error;
		s->status = status;
	}
}

static int check_done(const struct session *s, const char *what)
{
	char text[128];

	if (!s->failed)
		return 0;
	/* Only a completion has a status; other ends have an errno. */
	return complain("%s: %u commands failed, the last with: %s", what, s->failed,
			s->error == -EIO ? padma_nvme_status_text(s->status, text, sizeof(text))
					 : strerror(-s->error));
}

/* Take completions in until at most @left commands are outstanding. */
static int drain(struct session *s, unsigned int left)
{
	unsigned int idle = 0;

	while (padma_nvme_outstanding(s->queue) > left) {
		int n = padma_nvme_poll(s->queue, 0);

		if (n < 0)
			return library_error("poll");
		if (n)
			idle = 0;
		else
			idle_turn(&idle);
	}
	return 0;
}

static int put_piece(struct session *s, bool write, char *buffer, size_t at, size_t bytes)
{
	uint64_t lba = at / s->ns->lba_bytes;
	uint32_t lbas = (uint32_t)(bytes / s->ns->lba_bytes);

	if (write)
		return padma_nvme_write(s->queue, s->ns->nsid, buffer + at, lba, lbas, on_done, s);
	return padma_nvme_read(s->queue, s->ns->nsid, buffer + at, lba, lbas, on_done, s);
}

/* All of the buffer, DEPTH pieces in flight. */
static int transfer(struct session *s, bool write, char *buffer)
{
	for (size_t at = 0; at < s->bytes; at += PIECE_BYTES) {
		size_t bytes = s->bytes - at < PIECE_BYTES ? s->bytes - at : PIECE_BYTES;

		if (interrupted() || drain(s, DEPTH - 1))
			return EXIT_FAILURE;
		if (put_piece(s, write, buffer, at, bytes) || padma_nvme_submit(s->queue) < 0)
			return library_error(write ? "write" : "read");
	}
	if (drain(s, 0))
		return EXIT_FAILURE;
	return check_done(s, write ? "write" : "read");
}

static int flush(struct session *s)
{
	if (padma_nvme_flush(s->queue, s->ns->nsid, on_done, s) || padma_nvme_submit(s->queue) < 0)
		return library_error("flush");
	if (drain(s, 0))
		return EXIT_FAILURE;
	return check_done(s, "flush");
}

static double mib_per_s(size_t bytes, uint64_t ticks)
{
	return (double)bytes / (1 << 20) / ((double)padma_ticks_to_ns(ticks) / 1e9);
}

static int first_difference(const struct session *s)
{
	for (size_t i = 0; i < s->bytes; i++) {
		if (s->source[i] != s->back[i])
			return complain("byte %zu came back as 0x%02x, not as 0x%02x", i,
					(unsigned char)s->back[i], (unsigned char)s->source[i]);
	}
	return 0;
}

static int round_trip(struct session *s, struct dma_report *report)
{
	struct padma_nvme_queue_stats stats;
	uint64_t start = padma_ticks();
	int code = transfer(s, true, s->source);

	if (code == 0)
		code = flush(s);
	report->write_mib_s = mib_per_s(s->bytes, padma_ticks() - start);
	if (code)
		return code;
	/* So that nothing can be taken for read that was not. */
	memset(s->back, 0xa5, s->bytes);
	start = padma_ticks();
	code = transfer(s, false, s->back);
	report->read_mib_s = mib_per_s(s->bytes, padma_ticks() - start);
	padma_nvme_queue_stats(s->queue, &stats);
	report->commands = stats.commands;
	if (code)
		return code;
	return memcmp(s->source, s->back, s->bytes) != 0 ? first_difference(s) : 0;
}

/* DMA that went astray would not show in the bytes. */
static int check_bus(const struct session *s)
{
	struct padma_sim_dma_faults faults;

	if (padma_sim_dma_faults(s->device, &faults))
		return library_error("the bus");
	if (faults.count)
		return complain("the bus refused %llu accesses, the last at 0x%llx",
				(unsigned long long)faults.count, (unsigned long long)faults.dma);
	return 0;
}

static int load(struct session *s, const char *image)
{
	int fd = open(image, O_RDONLY | O_CLOEXEC);
	size_t at = 0;

	if (fd < 0)
		return complain("%s: %s", image, strerror(errno));
	while (at < s->bytes) {
		ssize_t n = pread(fd, s->source + at, s->bytes - at, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	close(fd);
	return at == s->bytes ? 0 : complain("%s: it could not be read whole", image);
}

static int note_runs(const struct session *s, const void *buffer, struct dma_report *report)
{
	struct padma_run run;

	padma_for_each_run (run, s->space, buffer, s->bytes) {
		struct padma_run *more =
			reallocarray(report->layout, report->runs + 1, sizeof(*more));

		if (!more)
			return complain("no memory for the list of runs");
		report->layout = more;
		report->layout[report->runs++] = run;
		if (run.len > report->longest_run)
			report->longest_run = run.len;
		if (!report->shortest_run || run.len < report->shortest_run)
			report->shortest_run = run.len;
	}
	return 0;
}

void dma_report_free(struct dma_report *report)
{
	free(report->layout);
	report->layout = NULL;
}

static int open_memory(struct session *s, uint64_t seed, struct dma_report *report)
{
	struct padma_space_params params = {.backend = "sim", .guard = true, .sim.seed = seed};
	struct padma_alloc_opts opts = {.align_bytes = 4096};
	struct padma_space_info info;
	void *source, *back;

	if (padma_space_open(&params, &s->space) ||
	    padma_alloc(s->space, s->bytes, &opts, &source) ||
	    padma_alloc(s->space, s->bytes, &opts, &back))
		return library_error("memory");
	s->source = source;
	s->back = back;
	padma_space_info(s->space, &info);
	report->page_bytes = info.page_bytes;
	report->queries = info.queries;
	return note_runs(s, source, report) || note_runs(s, back, report) ? EXIT_FAILURE : 0;
}

static int open_controller(struct session *s, const char *device)
{
	struct padma_nvme_queue_params params = {.depth = DEPTH};

	if (padma_device_open(s->space, device, &s->device) ||
	    padma_nvme_open(s->device, NULL, &s->nvme) ||
	    padma_nvme_queue_open(s->nvme, &params, &s->queue))
		return library_error(device);
	s->ns = padma_nvme_namespace(s->nvme, 0);
	if (!s->ns || s->ns->lbas * s->ns->lba_bytes < s->bytes)
		return complain("%s: no namespace that holds %zu bytes", device, s->bytes);
	return 0;
}

/* In order: the shutdown makes everything stable that was written. */
static int close_session(struct session *s, int code)
{
	if (padma_nvme_queue_close(s->queue) && code == 0)
		code = library_error("close the queue");
	if (padma_nvme_close(s->nvme) && code == 0)
		code = library_error("shut down");
	padma_device_close(s->device);
	if (padma_space_close(s->space) && code == 0)
		code = library_error("close the space");
	return code;
}

int dma_round_trip(const char *image, const char *device, uint64_t space_seed,
		   struct dma_report *report)
{
	struct session s = {0};
	struct stat file;
	int code;

	*report = (struct dma_report){0};
	if (stat(image, &file))
		return complain("%s: %s", image, strerror(errno));
	s.bytes = report->bytes = (size_t)file.st_size;
	padma_clock_init();
	code = open_memory(&s, space_seed, report);
	if (code == 0)
		code = load(&s, image);
	if (code == 0)
		code = open_controller(&s, device);
	if (code == 0)
		code = round_trip(&s, report);
	if (code == 0)
		code = check_bus(&s);
	return close_session(&s, code);
}
