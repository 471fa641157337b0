// SPDX-License-Identifier: BSD-3-Clause
/* See pagemap.h. */
#include "kernel/pagemap.h"

#include <errno.h>
#include <unistd.h>

#include "kernel/iommufd_uapi.h"

/* Entries read at once: a few at first, as memory may be scattered; then ever more of a long run. */
#define FIRST_BATCH 8u
#define BATCH	    512u

/* More than any processor has (52 bits of address); so the address does not overflow. */
#define FRAME_LIMIT (1ull << 40)

/* @count entries from page number @page on; how many there are, or a negative errno. */
static int64_t read_entries(int fd, uint64_t page, uint64_t *entries, uint64_t count)
{
	ssize_t got;

	do {
		got = pread(fd, entries, count * sizeof(*entries),
			    (off_t)(page * sizeof(*entries)));
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -EIO;
	return got / (ssize_t)sizeof(*entries);
}

/* The frame of an entry, or a negative errno. */
static int64_t frame_of(uint64_t entry)
{
	uint64_t frame = entry & PAGEMAP_FRAME;

	if (!(entry & PAGEMAP_PRESENT))
		return -EFAULT;
	/* The firmware keeps frame 0 from everybody: it is how the kernel hides the others. */
	if (frame == 0)
		return -EPERM;
	return frame < FRAME_LIMIT ? (int64_t)frame : -EIO;
}

/* How many more pages follow @frame from page number @page on, of @left. What is wrong with the
 * first that does not is for its own lookup to say. */
static uint64_t count_pages(int fd, uint64_t page, uint64_t frame, uint64_t left)
{
	uint64_t entries[BATCH], count = 0, batch = FIRST_BATCH;

	while (count < left) {
		uint64_t want = left - count < batch ? left - count : batch;
		int64_t got = read_entries(fd, page + count, entries, want);

		for (int64_t i = 0; i < got; i++) {
			if (frame_of(entries[i]) != (int64_t)(frame + count))
				return count;
			count++;
		}
		if (got < (int64_t)want)
			return count;
		if (batch < BATCH)
			batch *= 2;
	}
	return count;
}

int pagemap_lookup(int fd, uint64_t va, uint64_t length, uint64_t *phys, uint64_t *bytes)
{
	uint64_t page = va / UAPI_PAGE_BYTES, within = va % UAPI_PAGE_BYTES, entry;
	uint64_t last = (va + length - 1) / UAPI_PAGE_BYTES;
	int64_t got = read_entries(fd, page, &entry, 1), frame;
	uint64_t pages;

	if (got != 1)
		return got < 0 ? (int)got : -EFAULT;
	frame = frame_of(entry);
	if (frame < 0)
		return (int)frame;
	pages = 1 + count_pages(fd, page + 1, (uint64_t)frame + 1, last - page);
	*phys = (uint64_t)frame * UAPI_PAGE_BYTES + within;
	*bytes = pages * UAPI_PAGE_BYTES - within;
	if (*bytes > length)
		*bytes = length;
	return 0;
}
