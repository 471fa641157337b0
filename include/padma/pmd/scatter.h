/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pmd/scatter.h - a buffer as the pieces that descriptors can name
 *
 * Walks the runs of a buffer, joining neighbours that are contiguous for the device (two
 * registrations may meet in the middle of a page), and reports whether all of it was memory of the
 * space:
 *
 *     struct padma_scatter pieces = padma_scatter_of(space, buffer, bytes);
 *     struct padma_run piece;
 *
 *     while (padma_scatter_next(&pieces, &piece))
 *             ...;
 *     if (!padma_scatter_complete(&pieces))
 *             return -EFAULT;
 *
 * Threading: any thread, as padma_run().
 */
#ifndef PADMA_PMD_SCATTER_H
#define PADMA_PMD_SCATTER_H

#include <stdbool.h>
#include <stddef.h>

#include <padma/export.h>
#include <padma/space.h>

PADMA_BEGIN_DECLS

/**
 * struct padma_scatter - a walk over a buffer
 * @space: the space
 * @at: the rest of the buffer
 * @left: bytes of the rest
 */
struct padma_scatter {
	const struct padma_space *space;
	const char *at;
	size_t left;
};

/**
 * padma_scatter_of() - begin a walk
 * @space: the space
 * @buffer: any address
 * @bytes: its size
 *
 * Return: the walk.
 */
PADMA_INLINE struct padma_scatter padma_scatter_of(const struct padma_space *space,
						   const void *buffer, size_t bytes)
{
	struct padma_scatter scatter = {space, (const char *)buffer, bytes};

	return scatter;
}

/**
 * padma_scatter_next() - the next piece
 * @scatter: the walk
 * @piece: set to it; its @len is 0 if there is none
 *
 * Return: false at the end of the buffer, or at memory that the space does not know.
 */
PADMA_INLINE bool padma_scatter_next(struct padma_scatter *scatter, struct padma_run *piece)
{
	piece->len = 0;
	while (scatter->left) {
		struct padma_run run = padma_run(scatter->space, scatter->at, scatter->left);

		if (run.len == 0 || (piece->len && run.dma != piece->dma + piece->len))
			break;
		if (piece->len == 0)
			*piece = run;
		else
			piece->len += run.len;
		scatter->at += run.len;
		scatter->left -= run.len;
	}
	return piece->len != 0;
}

/**
 * padma_scatter_complete() - whether a walk reached the end of its buffer
 * @scatter: the walk
 *
 * Return: false if there are bytes left, at @scatter->at.
 */
PADMA_INLINE bool padma_scatter_complete(const struct padma_scatter *scatter)
{
	return scatter->left == 0;
}

/**
 * padma_scatter_single() - the dma address of a buffer, for a device that takes one
 * @space: the space
 * @buffer: any address
 * @bytes: its size, at least 1
 * @dma_mask: highest dma address that the device reaches; 0 for any
 * @driver: driver and device, for the message: "mynic 0000:00:04.0"
 * @dma: set to the address
 *
 * All that a driver without scatter lists checks of a buffer, the guard included.
 *
 * Threading: as padma_guard_check().
 *
 * Return: 0, or -EINVAL (@bytes is 0), -EFAULT (some of it is not memory of the space, it is not contiguous for the device, or the
 * guard refuses it), -ERANGE (above @dma_mask). @dma is not changed then.
 */
PADMA_API int padma_scatter_single(struct padma_space *space, const void *buffer, size_t bytes,
				   padma_dma_t dma_mask, const char *driver, padma_dma_t *dma);

PADMA_END_DECLS

#endif
