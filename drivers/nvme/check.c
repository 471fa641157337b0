// SPDX-License-Identifier: BSD-3-Clause
/* What a program passes with a command: its namespace, and what is wrong with the rest. */
#include "check.h"
#include "message.h"

/* The table is sorted by ids, which are mostly consecutive: that place is tried first. */
static const struct namespace *search_namespace(const struct padma_nvme *nvme, uint32_t nsid)
{
	const struct namespace *table = namespaces_now(nvme);
	unsigned int first = 0, end = nvme->info.namespaces;
	uint32_t guess = nsid - table[0].public.nsid;

	if (guess < end && table[guess].public.nsid == nsid)
		return &table[guess];
	while (first < end) {
		unsigned int middle = first + (end - first) / 2;

		if (table[middle].public.nsid == nsid)
			return &table[middle];
		if (table[middle].public.nsid < nsid)
			first = middle + 1;
		else
			end = middle;
	}
	return NULL;
}

const struct namespace *change_namespace(struct padma_nvme_queue *queue, uint32_t nsid)
{
	const struct namespace *ns = search_namespace(queue->nvme, nsid);

	if (ns)
		queue_use_namespace(queue, ns);
	else
		fail(-EINVAL, "there is no namespace %u", nsid);
	return ns;
}

COLD int bad_command(const struct namespace *ns, uint64_t address, uint64_t lba, uint32_t lbas,
		     padma_nvme_done done)
{
	if (!done)
		return fail(-EINVAL, "a command needs a function to call when it is over");
	if (!in_namespace(ns, lba, lbas))
		return fail(-EINVAL, "%u blocks from %llu on are not in namespace %u of %llu", lbas,
			    (unsigned long long)lba, ns->public.nsid,
			    (unsigned long long)ns->public.lbas);
	return fail(-EINVAL, "a buffer at 0x%llx is not 4-byte aligned",
		    (unsigned long long)address);
}
