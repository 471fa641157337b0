/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * check.h - what a program passes with a command, checked.
 *
 * Threading: the queue's owner.
 */
#ifndef NVME_CHECK_H
#define NVME_CHECK_H

#include "queue.h"

PADMA_INLINE bool in_namespace(const struct namespace *ns, uint64_t lba, uint32_t lbas)
{
	return lbas != 0 && lba < ns->public.lbas && lbas <= ns->public.lbas - lba;
}

/* PRP offsets are multiples of 4 (Base 2.0, figure 103). */
PADMA_INLINE bool is_good(const struct namespace *ns, uint64_t address, uint64_t lba, uint32_t lbas,
			  padma_nvme_done done)
{
	return in_namespace(ns, lba, lbas) && !(address & 3) && done;
}

/* Report what is wrong with a command. Return: -EINVAL, noted. */
int bad_command(const struct namespace *ns, uint64_t address, uint64_t lba, uint32_t lbas,
		padma_nvme_done done);

/* Change the queue's namespace. Return: NULL if there is none of that id: noted. */
const struct namespace *change_namespace(struct padma_nvme_queue *queue, uint32_t nsid);

PADMA_INLINE const struct namespace *namespace_of(struct padma_nvme_queue *queue, uint32_t nsid)
{
	if (PADMA_LIKELY(queue->ns->public.nsid == nsid))
		return queue->ns;
	return change_namespace(queue, nsid);
}

#endif
