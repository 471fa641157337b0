/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * scatter.h - a buffer as the pieces that a descriptor can name.
 *
 * Walks the runs of a buffer, joining neighbours that continue one another for the device (two
 * registrations may meet in the middle of a page), and says whether all of it was memory of the
 * space:
 *
 *     struct scatter pieces = scatter_of(space, buffer, bytes);
 *     while (scatter_next(&pieces, &run))
 *             ...;
 *     if (!scatter_complete(&pieces))
 *             return -EFAULT;
 */
#ifndef PMD_SCATTER_H
#define PMD_SCATTER_H

#include <stdbool.h>

#include <padma/space.h>

struct scatter {
	const struct padma_space *space;
	const char *at;
	size_t left;
};

PADMA_INLINE struct scatter scatter_of(const struct padma_space *space, const void *buffer,
				       size_t bytes)
{
	struct scatter scatter = {space, (const char *)buffer, bytes};

	return scatter;
}

/* Return: false at the end of the buffer, or at memory that the space does not know. */
PADMA_INLINE bool scatter_next(struct scatter *scatter, struct padma_run *piece)
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

PADMA_INLINE bool scatter_complete(const struct scatter *scatter)
{
	return scatter->left == 0;
}

#endif
