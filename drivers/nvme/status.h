/* SPDX-License-Identifier: BSD-3-Clause */
/* status.h - a command's status as an error. */
#ifndef NVME_STATUS_H
#define NVME_STATUS_H

#include <stdint.h>

/* Note "@what: the status in words" for padma_last_error(). Return: -EIO. */
int fail_status(const char *what, uint16_t status);

#endif
