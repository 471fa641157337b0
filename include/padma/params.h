/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/params.h - structures that may grow between versions
 *
 * Every structure of parameters goes to the library with its size, and so does every structure that the
 * library fills. Programs do not see that: an inlined function passes the size that the program was
 * compiled with to a function of the library whose name ends in _sized:
 *
 *     PADMA_INLINE int mynic_open(struct padma_device *device, const struct mynic_params *params, ...)
 *     {
 *             return mynic_open_sized(device, sizeof(struct mynic_params), params, ...);
 *     }
 *
 * New members are added at the end, and 0 means what the library did before it had them. So a program and
 * a library of different versions work together: from an older program the library takes the members
 * that it has, and fills only those; from a newer one it takes the members that it knows, if the others
 * are 0.
 *
 * Libraries that build on padma (libpadma-pci, drivers) use the two functions for their own structures.
 *
 * Threading: any thread.
 */
#ifndef PADMA_PARAMS_H
#define PADMA_PARAMS_H

#include <stddef.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

/**
 * padma_params_take() - copy parameters whose size the caller gave
 * @to: set to the parameters; all zero where @from has no more
 * @to_bytes: sizeof(*to), in bytes
 * @from: the caller's parameters, or NULL for the defaults, all zero
 * @from_bytes: their size in bytes, as the caller was compiled with
 *
 * Source: copy_struct_from_user() of Linux (include/linux/uaccess.h), whose rules these are.
 *
 * Return: 0, or -E2BIG (@from is larger, and what follows the part that is known is not all 0).
 */
PADMA_API int padma_params_take(void *to, size_t to_bytes, const void *from, size_t from_bytes);

/**
 * padma_params_give() - fill a structure whose size the caller gave
 * @to: the caller's structure, or NULL to do nothing
 * @to_bytes: its size in bytes, as the caller was compiled with; members past @from_bytes are set to 0
 * @from: what it is filled with
 * @from_bytes: sizeof(*from), in bytes
 */
PADMA_API void padma_params_give(void *to, size_t to_bytes, const void *from, size_t from_bytes);

PADMA_END_DECLS

#endif
