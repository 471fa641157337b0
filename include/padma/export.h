/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/export.h - symbol visibility and other attributes
 *
 * libpadma is built with hidden visibility: only what carries PADMA_API is a symbol of it.
 */
#ifndef PADMA_EXPORT_H
#define PADMA_EXPORT_H

#ifdef __cplusplus
#define PADMA_BEGIN_DECLS extern "C" {
#define PADMA_END_DECLS	  }
#else
#define PADMA_BEGIN_DECLS
#define PADMA_END_DECLS
#endif

#define PADMA_API	     __attribute__((visibility("default")))
#define PADMA_INLINE	     static inline __attribute__((always_inline, unused))
#define PADMA_PRINTF(at, va) __attribute__((format(printf, at, va)))
#define PADMA_LIKELY(x)	     __builtin_expect(!!(x), 1)
#define PADMA_UNLIKELY(x)    __builtin_expect(!!(x), 0)

#endif
