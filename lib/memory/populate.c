// SPDX-License-Identifier: BSD-3-Clause
/* See populate.h. */
#include "memory/populate.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kernel/iommufd_uapi.h"

/* Linux uAPI asm-generic/mman-common.h, since 5.14 */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif
static_assert(MADV_POPULATE_READ == 22 && MADV_POPULATE_WRITE == 23,
	      "the numbers are part of the kernel's interface");

#define PAGES_AT_A_TIME 512

/*
 * The kernel ORs 0 into a word, atomically, so that no other thread's write is lost, and answers
 * EFAULT if it cannot (futex(2), FUTEX_WAKE_OP). It may wake a waiter at that word, and waiters
 * expect to be woken for nothing.
 */
static int or_zero(uint64_t va)
{
	void *word = (void *)(uintptr_t)va;
	const unsigned int op = FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_LT, 0);
	long rc;

	do {
		rc = syscall(SYS_futex, word, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0UL, word, op);
	} while (rc < 0 && (errno == EAGAIN || errno == EINTR));
	return rc < 0 ? -errno : 0;
}

int populate_by_futex(uint64_t va, uint64_t bytes)
{
	int rc = 0;

	for (uint64_t at = 0; at < bytes && rc == 0; at += UAPI_PAGE_BYTES)
		rc = or_zero(va + at);
	return rc;
}

/* mincore(2) fails if nothing is mapped. It does not check whether what is mapped can be read. */
static int check_mapped(uint64_t va, uint64_t bytes)
{
	unsigned char resident[PAGES_AT_A_TIME];

	for (uint64_t at = 0, part; at < bytes; at += part) {
		part = (uint64_t)PAGES_AT_A_TIME * UAPI_PAGE_BYTES;
		if (part > bytes - at)
			part = bytes - at;
		if (mincore((void *)(uintptr_t)(va + at), part, resident))
			return -EFAULT;
	}
	return 0;
}

/* Part of it is not mapped at all (msync(2)), rather than memory being short. */
static bool has_hole(uint64_t va, uint64_t bytes)
{
	return msync((void *)(uintptr_t)va, bytes, MS_ASYNC) && errno == ENOMEM;
}

/* With no bytes, EINVAL can only be about the advice (madvise(2)). */
static bool knows(int advice)
{
	return madvise(NULL, 0, advice) == 0;
}

/*
 * EINVAL of a kernel that knows the advice means memory that cannot be accessed in that way, or a
 * device's registers: these must not be touched by the other means.
 */
static int populate(uint64_t va, uint64_t bytes, int advice,
		    int (*fallback)(uint64_t va, uint64_t bytes))
{
	int rc;

	do {
		rc = madvise((void *)(uintptr_t)va, bytes, advice);
	} while (rc && errno == EINTR);
	if (rc == 0)
		return 0;
	if (errno == EINVAL && !knows(advice))
		return fallback(va, bytes);
	if (errno == EHWPOISON)
		return -EHWPOISON;
	if (errno == ENOMEM && !has_hole(va, bytes))
		return -ENOMEM;
	return -EFAULT;
}

int populate_write(uint64_t va, uint64_t bytes)
{
	return populate(va, bytes, MADV_POPULATE_WRITE, populate_by_futex);
}

int populate_read(uint64_t va, uint64_t bytes)
{
	return populate(va, bytes, MADV_POPULATE_READ, check_mapped);
}
