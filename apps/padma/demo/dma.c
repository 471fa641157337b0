// SPDX-License-Identifier: BSD-3-Clause
/* See dma.h. */
#include "demo/dma.h"

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

#include "common/command.h"
#include "common/idle.h"
#include "common/interrupt.h"
#include "nvme/session.h"
#include "common/options.h"

#define PIECE_BYTES ((size_t)256 << 10)
#define DEPTH	    32u
#define NSID	    1u

struct session {
	struct nvme_session nvme;
	struct padma_nvme_queue *queue;
	const struct padma_nvme_namespace *ns;
	char *source; /* the image */
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

/* Reap completions until at most @left commands are in flight. */
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

/* Transfer the whole buffer, DEPTH pieces in flight. */
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
	/* Clear it, so that missing data cannot go unnoticed. */
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

/* Stray DMA does not show in the data; a simulated bus counts it. */
static int check_bus(const struct session *s)
{
	struct padma_sim_dma_faults faults;

	if (padma_sim_dma_faults(s->nvme.device, &faults))
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
	return at == s->bytes ? 0 : complain("%s: the file is shorter than expected", image);
}

static int note_runs(const struct session *s, const void *buffer, struct dma_report *report)
{
	struct padma_run run;

	padma_for_each_run (run, s->nvme.space, buffer, s->bytes) {
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

static int open_memory(struct session *s, struct dma_report *report)
{
	struct padma_alloc_params opts = {.align_bytes = 4096};
	struct padma_space_info info;
	void *source, *back;

	if (padma_space_alloc(s->nvme.space, s->bytes, &opts, &source) ||
	    padma_space_alloc(s->nvme.space, s->bytes, &opts, &back))
		return complain("two buffers of %zu MiB: %s; or give a smaller --size",
				s->bytes >> 20, padma_last_error());
	s->source = source;
	s->back = back;
	padma_space_info(s->nvme.space, &info);
	snprintf(report->backend, sizeof(report->backend), "%s", info.backend);
	snprintf(report->backend_why, sizeof(report->backend_why), "%s", info.why);
	report->page_bytes = info.page_bytes;
	report->queries = info.queries;
	return note_runs(s, source, report) || note_runs(s, back, report) ? EXIT_FAILURE : 0;
}

/* Divide: a product with the device's number might overflow. */
static int check_room(const struct session *s, const char *device)
{
	char has[32], needs[32];

	if (s->bytes % s->ns->lba_bytes)
		return complain("%s: an image of %zu bytes is not whole blocks of %u", device,
				s->bytes, (unsigned int)s->ns->lba_bytes);
	if (s->ns->lbas >= s->bytes / s->ns->lba_bytes)
		return 0;
	return complain("%s: namespace %u holds %s, the image %s; give a smaller --size", device,
			NSID, format_bytes(s->ns->lbas * s->ns->lba_bytes, has, sizeof(has)),
			format_bytes(s->bytes, needs, sizeof(needs)));
}

static int open_queue(struct session *s, const char *device)
{
	struct padma_nvme_queue_params params = {.depth = DEPTH};

	s->ns = &s->nvme.ns;
	if (check_room(s, device))
		return EXIT_FAILURE;
	if (padma_nvme_queue_open(s->nvme.nvme, &params, &s->queue))
		return library_error(device);
	return 0;
}

static int save(const struct session *s, const char *path)
{
	FILE *file = fopen(path, "we");
	bool written;

	if (!file)
		return complain("%s: %s", path, strerror(errno));
	written = fwrite(s->back, 1, s->bytes, file) == s->bytes;
	/* fclose() writes the rest of the stream's buffer. */
	if (fclose(file) || !written)
		return complain("%s: %s", path, strerror(errno));
	return 0;
}

/* In order: the shutdown makes all writes durable. */
static int close_session(struct session *s, int code)
{
	if (padma_nvme_queue_close(s->queue) && code == 0)
		code = library_error("close the queue");
	return nvme_session_close(&s->nvme, code);
}

static int run_session(struct session *s, const struct dma_trip *trip, struct dma_report *report)
{
	int code = open_queue(s, trip->device);

	if (code == 0)
		code = open_memory(s, report);
	if (code == 0)
		code = load(s, trip->image);
	if (code == 0)
		code = round_trip(s, report);
	if (code == 0 && nvme_session_is_simulated(trip->device))
		code = check_bus(s);
	if (code == 0 && trip->back)
		code = save(s, trip->back);
	return code;
}

int dma_round_trip(const struct dma_trip *trip, struct dma_report *report)
{
	const struct padma_sim_params sim = {.seed = trip->space_seed};
	const struct padma_space_params params = {.guard = PADMA_GUARD_PAGES, .sim = &sim};
	struct session s = {0};
	struct stat file;
	int code;

	*report = (struct dma_report){0};
	if (stat(trip->image, &file))
		return complain("%s: %s", trip->image, strerror(errno));
	s.bytes = report->bytes = (size_t)file.st_size;
	padma_clock_init();
	code = nvme_session_open_in(&s.nvme, params, trip->device, NSID);
	return code ? code : close_session(&s, run_session(&s, trip, report));
}
