/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * node.h - the NUMA node that memory is on.
 */
#ifndef MEMORY_NODE_H
#define MEMORY_NODE_H

#include <stddef.h>

/*
 * The node of the pages at [va, va + bytes), as the kernel reports it; -1 if they are on more
 * than one, or if it does not report it. Pages that are not there yet are on @bound, the node that they are
 * bound to (-1: none).
 */
int node_of_pages(void *va, size_t bytes, size_t page_bytes, int bound);

#endif
