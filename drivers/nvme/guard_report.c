// SPDX-License-Identifier: BSD-3-Clause
/* What is the matter with a command that the guard refused: the first part of it that may not be. */
#define PADMA_PART "nvme"
#include "base/base.h"

#include <stdio.h>

#include <padma/guard.h>

#include "queue.h"

struct report {
	struct padma_nvme_queue *queue;
	char who[80];
	int rc; /* 0: nothing was found yet */
};

static unsigned int place_of(const struct padma_nvme_queue *queue)
{
	return (unsigned int)(queue->tail & queue->mask);
}

static void look_at(struct report *report, padma_dma_t start, padma_dma_t end)
{
	const struct padma_guard_entry entry = {
		.driver = report->who,
		.queue = report->queue->qid,
		.entry = place_of(report->queue),
		.dma = start,
		.len = end - start,
	};
	struct padma_space *space = report->queue->nvme->space;

	if (!report->rc && !padma_guard_check(space, start, end - start))
		report->rc = padma_guard_refuse(space, &entry);
}

/* A fault of the driver's own, not of an address that it was given. */
static void refuse(struct report *report, const char *what, uint64_t address)
{
	if (!report->rc)
		report->rc = fail(-EFAULT, "%s, queue %u, entry %u: the guard refuses 0x%llx: %s",
				  report->who, report->queue->qid, place_of(report->queue),
				  (unsigned long long)address, what);
}

/* The list of the command's own tag at @dma, or NULL. */
static const uint64_t *list_at(const struct padma_nvme_queue *queue, uint32_t tag, uint64_t dma,
			       size_t entries)
{
	uint64_t offset = dma - queue->list_dmas[tag];

	if (offset % sizeof(uint64_t) || offset > queue->list_bytes ||
	    entries * sizeof(uint64_t) > queue->list_bytes - offset)
		return NULL;
	return (const uint64_t *)(const void *)(queue->lists + (size_t)tag * queue->list_bytes +
						offset);
}

/* As pages_allowed() of guard.c walks: pages that continue one another are one span. */
static void look_at_pages(struct report *report, padma_dma_t start, padma_dma_t end,
			  const uint64_t *pages, size_t bytes)
{
	for (; bytes && !report->rc; pages++) {
		size_t part = bytes < NVME_PAGE_BYTES ? bytes : NVME_PAGE_BYTES;

		if (*pages % NVME_PAGE_BYTES)
			refuse(report, "a page of a transfer does not begin there", *pages);
		if (*pages != end) {
			look_at(report, start, end);
			start = end = *pages;
		}
		end += part;
		bytes -= part;
	}
	look_at(report, start, end);
}

static struct report report_of(struct padma_nvme_queue *queue)
{
	struct report report = {.queue = queue};

	snprintf(report.who, sizeof(report.who), "nvme %.64s", nvme_name(queue->nvme));
	padma_counter_add(&queue->guard_refused, 1);
	return report;
}

/* Where nothing is found: another thread allocated or registered meanwhile. */
static int outcome(struct report *report, uint64_t address)
{
	refuse(report, "it was not memory of the space, and is by now", address);
	return report->rc;
}

int guard_report_span(struct padma_nvme_queue *queue, padma_dma_t dma, size_t bytes)
{
	struct report report = report_of(queue);

	look_at(&report, dma, dma + bytes);
	return outcome(&report, dma);
}

int guard_report(struct padma_nvme_queue *queue, struct prps prps, uint32_t tag, size_t bytes)
{
	struct report report = report_of(queue);
	size_t first = NVME_PAGE_BYTES - (prps.prp1 & (NVME_PAGE_BYTES - 1));
	const uint64_t *pages = &prps.prp2;

	if (first > bytes)
		first = bytes;
	if (bytes - first > NVME_PAGE_BYTES) {
		size_t entries = (bytes - first + NVME_PAGE_BYTES - 1) / NVME_PAGE_BYTES;

		pages = list_at(queue, tag, prps.prp2, entries);
	}
	if (!pages)
		refuse(&report, "PRP2 is not the list of its command", prps.prp2);
	else
		look_at_pages(&report, prps.prp1, prps.prp1 + first, pages, bytes - first);
	return outcome(&report, prps.prp1);
}
