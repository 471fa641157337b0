/* SPDX-License-Identifier: BSD-3-Clause */
/* array.h - arrays whose elements have the size that the caller was compiled with. */
#ifndef PCI_ARRAY_H
#define PCI_ARRAY_H

#include <stddef.h>

/*
 * *@array, from malloc(), has @count elements of @bytes each: replace it by one of elements of
 * @wanted_bytes (padma_params_give()), or leave it if that is the same. 0, or -ENOMEM (unchanged).
 */
int array_give(void **array, size_t bytes, size_t count, size_t wanted_bytes);

#endif
