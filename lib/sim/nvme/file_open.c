// SPDX-License-Identifier: BSD-3-Clause
/* Opening the file behind a namespace. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/nvme/store_file.h"

static int check_size(const char *device, const char *path, bool wanted, uint64_t block,
		      uint64_t have, uint64_t *bytes)
{
	if (wanted && have != *bytes)
		return fail(-EINVAL,
			    "%s: %s has %" PRIu64 " bytes, not %" PRIu64
			    "; leave size= out, or give another file",
			    device, path, have, *bytes);
	if (have % block)
		return fail(-EINVAL,
			    "%s: %s has %" PRIu64 " bytes, which is no multiple of the block size "
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
			    "%s: %s is in use by another simulated device; close that first",
			    device, path);
	if (fstat(fd, &stat))
		return fail(-errno, "%s: %s: %s", device, path, strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return fail(-EINVAL, "%s: %s is not a regular file; give one", device, path);
	if (stat.st_size)
		return check_size(device, path, wanted, block, (uint64_t)stat.st_size, bytes);
	if (ftruncate(fd, (off_t)*bytes))
		return fail(-errno, "%s: %s cannot be made %" PRIu64 " bytes long: %s", device,
			    path, *bytes, strerror(errno));
	return 0;
}

int sim_nvme_file_open(const char *device, const char *path, bool wanted, uint64_t block,
		       uint64_t *bytes)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644), rc;

	if (fd < 0)
		return fail(-errno, "%s: open %s: %s", device, path, strerror(errno));
	rc = prepare(fd, device, path, wanted, block, bytes);
	if (rc) {
		close(fd);
		return rc;
	}
	return fd;
}
