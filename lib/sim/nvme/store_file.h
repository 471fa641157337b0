/* SPDX-License-Identifier: BSD-3-Clause */
/* store_file.h - the file behind a namespace: opening it, and finding out how big it is. */
#ifndef SIM_NVME_STORE_FILE_H
#define SIM_NVME_STORE_FILE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Open @path, or create it with *@bytes; no other device of this kind may have it open. *@bytes is
 * its size afterwards, a multiple of @block. @wanted: the user gave *@bytes, and a file of another size
 * is an error. The descriptor, or -EINVAL, -EBUSY, or the errno of the system
 * call.
 */
int sim_nvme_file_open(const char *device, const char *path, bool wanted, uint64_t block,
		       uint64_t *bytes);

#endif
