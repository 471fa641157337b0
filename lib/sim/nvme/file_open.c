// SPDX-License-Identifier: BSD-3-Clause
/* Opening the file behind a namespace. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common.h"
#include "store_file.h"

/* Of a path, in messages: what follows it must not be cut off. */
#define SHOWN "%.256s"

static int check_size(const char *device, const char *path, bool wanted, uint64_t block,
		      uint64_t have, uint64_t *bytes)
{
	if (wanted && have != *bytes)
		return fail(-EINVAL,
			    "%s: " SHOWN " has %" PRIu64 " bytes, not %" PRIu64
			    "; leave size= out, or give another file",
			    device, path, have, *bytes);
	if (have % block)
		return fail(-EINVAL,
			    "%s: " SHOWN " has %" PRIu64
			    " bytes, which is no multiple of the block size "
			    "%" PRIu64 "; give another lba= or another file",
			    device, path, have, block);
	*bytes = have;
	return 0;
}

static int prepare(int fd, const char *device, const char *path, bool wanted, uint64_t block,
		   uint64_t *bytes)
{
	struct stat stat;

	if (flock(fd, LOCK_EX | LOCK_NB))
		return fail(-EBUSY,
			    "%s: " SHOWN " is in use by another simulated device; close that first",
			    device, path);
	if (fstat(fd, &stat))
		return fail(-errno, "%s: " SHOWN ": %s", device, path, strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return fail(-EINVAL, "%s: " SHOWN " is not a regular file; give one", device, path);
	if (stat.st_size)
		return check_size(device, path, wanted, block, (uint64_t)stat.st_size, bytes);
	if (!wanted)
		return fail(-EINVAL, "%s: " SHOWN " is empty; give size= to make a drive of it",
			    device, path);
	if (ftruncate(fd, (off_t)*bytes))
		return fail(-errno, "%s: " SHOWN " cannot be made %" PRIu64 " bytes long: %s",
			    device, path, *bytes, strerror(errno));
	return 0;
}

/*
 * Only who gives a size wants a new file: another name is a slip of the pen. Return: a descriptor,
 * with @made set if the file is new.
 */
static int open_or_make(const char *device, const char *path, bool wanted, bool *made)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	*made = false;
	if (fd < 0 && errno == ENOENT && wanted) {
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		*made = fd >= 0;
	}
	if (fd >= 0)
		return fd;
	if (errno == ENOENT && !wanted)
		return fail(-ENOENT, "%s: there is no file " SHOWN "; give size= to make it",
			    device, path);
	if (errno == EISDIR)
		return fail(-EISDIR, "%s: " SHOWN " is a directory; give a file in it", device,
			    path);
	return fail(-errno, "%s: open " SHOWN ": %s", device, path, strerror(errno));
}

int sim_nvme_file_open(const char *device, const char *path, bool wanted, uint64_t block,
		       uint64_t *bytes)
{
	bool made;
	int fd = open_or_make(device, path, wanted, &made), rc;

	if (fd < 0)
		return fd;
	rc = prepare(fd, device, path, wanted, block, bytes);
	if (rc == 0)
		return fd;
	if (made)
		unlink(path);
	close(fd);
	return rc;
}
