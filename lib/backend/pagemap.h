/* SPDX-License-Identifier: BSD-3-Clause */
/* pagemap.h - the parts of the backend of that name, for its tests. */
#ifndef BACKEND_PAGEMAP_H
#define BACKEND_PAGEMAP_H

#include "space/backend.h"

/*
 * Open /proc/self/pagemap, and check that it shows addresses: the one of @reason is looked up, which has
 * BACKEND_REASON_BYTES. The descriptor, or a negative errno with a sentence in @reason.
 */
int pagemap_open_file(const char *path, char *reason);

/* A backend over an open file, which it takes over. 0, or -ENOMEM with the reason noted. */
int pagemap_backend_over(int fd, const void *window, size_t window_bytes, struct backend **backend);

#endif
