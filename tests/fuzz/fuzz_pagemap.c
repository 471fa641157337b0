// SPDX-License-Identifier: BSD-3-Clause
/*
 * Entries of /proc/self/pagemap: any, and a file that ends anywhere. Each answer is checked, page by
 * page, against the entries themselves.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/pagemap.h"

#define PAGE	   4096ull
#define MOST_BYTES 65536u

static uint64_t entries[MOST_BYTES / 8];

/* The frame of the page, or 0 if the entry is not valid. */
static uint64_t frame(uint64_t page, size_t bytes)
{
	uint64_t entry;

	if ((page + 1) * sizeof(entry) > bytes)
		return 0;
	entry = entries[page];
	if (!(entry >> 63) || (entry & ((1ull << 55) - 1)) >= 1ull << 40)
		return 0;
	return entry & ((1ull << 55) - 1);
}

static void check(uint64_t va, uint64_t length, size_t file_bytes, uint64_t phys, uint64_t bytes)
{
	uint64_t first = frame(va / PAGE, file_bytes), page = va / PAGE, end;

	FUZZ_CHECK(first && phys == first * PAGE + va % PAGE);
	FUZZ_CHECK(bytes > 0 && bytes <= length);
	end = (va + bytes - 1) / PAGE;
	for (uint64_t i = page; i <= end; i++)
		FUZZ_CHECK(frame(i, file_bytes) == first + (i - page));
	/* It ends with the run, not before. */
	FUZZ_CHECK(bytes == length || (va + bytes) % PAGE == 0);
	FUZZ_CHECK(bytes == length || frame(end + 1, file_bytes) != first + (end + 1 - page));
}

/* Sixteen bits of input describe an entry: one that follows the entry before, or any. */
static void write_entries(struct fuzz_input *input, size_t count)
{
	uint64_t last = 0;

	for (size_t i = 0; i < count; i++) {
		uint16_t word = fuzz_u16(input);

		switch (word >> 14) {
		case 0:
			last = fuzz_u64(input);
			break;
		case 1:
			last = PAGEMAP_PRESENT | (word & 0x3fff);
			break;
		default:
			last++;
		}
		entries[i] = last;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct fuzz_input input = {data, size};
	size_t bytes = fuzz_u16(&input);
	uint64_t va = (uint64_t)fuzz_u16(&input) << 4,
		 length = 1 + fuzz_u32(&input) % (MOST_BYTES * 512);
	uint64_t phys = 0, got = 0;
	int rc;

	if (fd < 0)
		fd = memfd_create("pagemap", MFD_CLOEXEC);
	write_entries(&input, (bytes + 7) / 8);
	FUZZ_CHECK(fd >= 0 && ftruncate(fd, 0) == 0);
	FUZZ_CHECK(pwrite(fd, entries, bytes, 0) == (ssize_t)bytes);
	rc = pagemap_lookup(fd, va, length, &phys, &got);
	FUZZ_CHECK(rc == 0 || rc == -EFAULT || rc == -EPERM || rc == -EIO);
	if (rc == 0)
		check(va, length, bytes, phys, got);
	else
		FUZZ_CHECK(frame(va / PAGE, bytes) == 0);
	return 0;
}
