// SPDX-License-Identifier: BSD-3-Clause
/*
 * Ones by private mappings of one sealed file, block by block. Reads share its pages; the kernel copies a
 * page that is written to. A mapping is made elsewhere and moved, which replaces what was there in one step
 * (mremap(2), MREMAP_FIXED), so that no other thread finds a gap.
 *
 * The file is a descriptor, and programs close descriptors that they do not know: a handler looks
 * whether it still is that file, and if it is not, or if the kernel refuses, takes a page of its
 * own.
 */
#define PADMA_PART "device"
#include "base/base.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device/ones.h"

/* Mappings that ones_map() makes of one BAR at most; a process may have 65530 (vm.max_map_count). */
#define MOST_BLOCKS 4096u

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static int ones = -1; /* atomic; the identity is written before it */
static dev_t ones_dev;
static ino_t ones_ino;

static int fill(int fd)
{
	struct stat about;
	void *at;

	if (ftruncate(fd, ONES_BLOCK_BYTES) || fstat(fd, &about))
		return -errno;
	at = mmap(NULL, ONES_BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	memset(at, 0xff, ONES_BLOCK_BYTES);
	munmap(at, ONES_BLOCK_BYTES);
	/* It cannot be changed from now on, not even by a child that inherited it. */
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
		return -errno;
	ones_dev = about.st_dev;
	ones_ino = about.st_ino;
	return 0;
}

/* ftruncate(2) over the limit would end the process by SIGXFSZ. */
static bool too_large(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < ONES_BLOCK_BYTES;
}

static int make_file(void)
{
	int fd, rc;

	if (too_large())
		return -EFBIG;
	fd = memfd_create("padma-ones", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	rc = fill(fd);
	if (rc)
		close(fd);
	else
		__atomic_store_n(&ones, fd, __ATOMIC_RELEASE);
	return rc;
}

void ones_open(void)
{
	int rc;

	pthread_mutex_lock(&opening);
	rc = ones < 0 ? make_file() : 0;
	pthread_mutex_unlock(&opening);
	if (rc)
		log_info("no file of ones (%s): each page of a BAR that does not respond "
			 "takes a page of memory",
			 strerror(-rc));
}

/* The descriptor, or -1. */
static int file_of_ones(void)
{
	int fd = __atomic_load_n(&ones, __ATOMIC_ACQUIRE);
	struct stat about;

	if (fd < 0 || fstat(fd, &about) || about.st_dev != ones_dev || about.st_ino != ones_ino)
		return -1;
	return fd;
}

static bool move(void *from, size_t bytes, uintptr_t to)
{
	if (mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)to) != MAP_FAILED)
		return true;
	munmap(from, bytes);
	return false;
}

static bool map_block(int fd, uintptr_t at, size_t bytes)
{
	void *block;

	if (fd < 0)
		return false;
	block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	return block != MAP_FAILED && move(block, bytes, at);
}

static bool map_page(uintptr_t address)
{
	const size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return false;
	memset(page, 0xff, bytes);
	return move(page, bytes, align_down(address, bytes));
}

static void map_zeros(uintptr_t at, size_t bytes)
{
	void *zeros = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (zeros != MAP_FAILED)
		(void)move(zeros, bytes, at);
}

bool ones_map_around(uintptr_t address, uintptr_t start, size_t bytes)
{
	size_t offset = align_down(address - start, ONES_BLOCK_BYTES);
	size_t length = bytes - offset < ONES_BLOCK_BYTES ? bytes - offset : ONES_BLOCK_BYTES;

	return map_block(file_of_ones(), start + offset, length) || map_page(address);
}

void ones_map(void *start, size_t bytes)
{
	size_t done = 0;
	int fd;

	ones_open();
	fd = file_of_ones();
	for (unsigned int i = 0; done < bytes && i < MOST_BLOCKS; i++) {
		size_t length = bytes - done;

		if (length > ONES_BLOCK_BYTES)
			length = ONES_BLOCK_BYTES;
		if (!map_block(fd, (uintptr_t)start + done, length))
			break;
		done += length;
	}
	if (done < bytes)
		map_zeros((uintptr_t)start + done, bytes - done);
}
