// SPDX-License-Identifier: BSD-3-Clause
/*
 * The hot path, first half: a command into the ring.
 *
 * Straight on: one load of the gate, the block range against the namespace, one lookup of the
 * buffer, a tag, the PRPs (of which a list is ready, see prp.h), 64 bytes of ordinary stores into
 * the ring, which stays in the cache. The doorbell is rung once per batch. What is not straight on,
 * for whatever reason, begins anew in a function of the same parameters: a jump, for which nothing
 * has to be saved.
 */
#define PADMA_PART "nvme"
#include "base/base.h"

#include <string.h>

#include "prp.h"

/* What a command is, before it has a tag: for the paths that are not straight on. */
struct work {
	uint64_t lba;
	padma_nvme_done done;
	void *ctx;
	uint32_t nsid;
	uint32_t cdw12;
	uint8_t opcode;
};

/* The command into the ring, where it stays unseen until the doorbell. */
PADMA_INLINE void put(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid, uint64_t lba,
		      uint32_t cdw12, struct prps prps, uint32_t tag, uint16_t id,
		      padma_nvme_done done, void *ctx)
{
	const uint64_t dwords_12_13 = cdw12;
	uint64_t tail = queue->tail;
	struct nvme_command *entry = &queue->sq[tail & queue->mask];
	struct request *request = &queue->requests[tag];

	/* Field by field: each of the 64 bytes is written once. */
	entry->opcode = opcode;
	entry->flags = 0;
	entry->cid = id;
	entry->nsid = nsid;
	entry->cdw2 = 0;
	entry->cdw3 = 0;
	entry->mptr = 0;
	entry->prp1 = prps.prp1;
	entry->prp2 = prps.prp2;
	entry->cdw10 = (uint32_t)lba;
	entry->cdw11 = (uint32_t)(lba >> 32);
	memcpy(&entry->cdw12, &dwords_12_13, sizeof(dwords_12_13));
	entry->cdw14 = 0;
	entry->cdw15 = 0;
	request->done = done;
	request->ctx = ctx;
	request->number = tail;
	request->beat = queue->watch.beat;
	queue->tail = tail + 1;
}

PADMA_INLINE void put_work(struct padma_nvme_queue *queue, const struct work *work,
			   struct prps prps, uint32_t tag, uint16_t id)
{
	put(queue, work->opcode, work->nsid, work->lba, work->cdw12, prps, tag, id, work->done,
	    work->ctx);
}

/* Its list, if it has one, is the tag's. Return: 0, -EFAULT: the tag is given back. */
static int put_written(struct padma_nvme_queue *queue, const struct work *work, struct prps prps,
		       uint32_t tag, uint16_t id, uint32_t bytes)
{
	if (queue->guard && !guard_allows(queue, prps, tag, bytes)) {
		int rc = guard_report(queue, prps, tag, bytes);

		padma_tags_give(&queue->tags, NVME_TAG_BITS, tag);
		return rc;
	}
	put_work(queue, work, prps, tag, id);
	return 0;
}

/* Known to be one run for the device, of which no list is ready. */
static int put_contiguous(struct padma_nvme_queue *queue, const struct work *work, padma_dma_t dma,
			  uint32_t bytes)
{
	struct prps prps = {.prp1 = dma};
	uint32_t tag;
	uint16_t id;

	if (!padma_tags_take(&queue->tags, &tag, &id))
		return -EAGAIN;
	prps.prp2 = prp2_contiguous(queue, tag, dma, bytes);
	return put_written(queue, work, prps, tag, id, bytes);
}

static int put_scattered(struct padma_nvme_queue *queue, const struct work *work,
			 const void *buffer, uint32_t bytes)
{
	struct prps prps = {0};
	uint32_t tag;
	uint16_t id;
	int rc;

	if (!padma_tags_take(&queue->tags, &tag, &id))
		return -EAGAIN;
	rc = prp_scattered(queue, tag, buffer, bytes, &prps);
	if (rc) {
		padma_tags_give(&queue->tags, NVME_TAG_BITS, tag);
		return rc;
	}
	return put_written(queue, work, prps, tag, id, bytes);
}

/* Nothing is to be written but the command. @rest: of the @bytes, those that are another span. */
static int put_ready(struct padma_nvme_queue *queue, const struct work *work, struct prps prps,
		     uint32_t bytes, const struct padma_run *rest)
{
	size_t first = bytes - rest->len;
	uint32_t tag;
	uint16_t id;

	if (queue->guard && !guard_allows_span(queue, prps.prp1, first))
		return guard_report_span(queue, prps.prp1, first);
	if (queue->guard && rest->len && !guard_allows_span(queue, rest->dma, rest->len))
		return guard_report_span(queue, rest->dma, rest->len);
	if (!padma_tags_take(&queue->tags, &tag, &id))
		return -EAGAIN;
	put_work(queue, work, prps, tag, id);
	return 0;
}

/* Memory of any kind. */
static int put_buffer(struct padma_nvme_queue *queue, const struct work *work, const void *buffer,
		      uint32_t bytes)
{
	struct padma_run run = {0};
	struct prps prps;

	if (prps_ready(queue, buffer, bytes, &prps) ||
	    prps_across(queue, buffer, bytes, &prps, &run))
		return put_ready(queue, work, prps, bytes, &run);
	run = padma_run(queue->space, buffer, bytes);
	if (run.len != bytes)
		return put_scattered(queue, work, buffer, bytes);
	return put_contiguous(queue, work, run.dma, bytes);
}

/* NLB in bits 15:0 of CDW12, 0-based (NVM Command Set 1.0, 3.2.4 and 3.2.6). */
int put_data(struct padma_nvme_queue *queue, const struct namespace *ns, uint8_t opcode,
	     const void *buffer, uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	const struct work work = {lba, done, ctx, ns->public.nsid, lbas - 1, opcode};

	return put_buffer(queue, &work, buffer, lbas << ns->lba_shift);
}

int put_plain(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid, uint64_t lba,
	      uint32_t cdw12, padma_nvme_done done, void *ctx)
{
	const struct prps none = {0};
	uint32_t tag;
	uint16_t id;

	if (!padma_tags_take(&queue->tags, &tag, &id))
		return -EAGAIN;
	put(queue, opcode, nsid, lba, cdw12, none, tag, id, done, ctx);
	return 0;
}

/* The table is sorted by ids, which mostly follow one another: that is where it looks first. */
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

/* Return: NULL where there is none of that id. */
static const struct namespace *namespace_of(struct padma_nvme_queue *queue, uint32_t nsid)
{
	const struct namespace *ns = queue->ns;

	if (ns->public.nsid == nsid)
		return ns;
	ns = search_namespace(queue->nvme, nsid);
	if (ns)
		queue_use_namespace(queue, ns);
	else
		fail(-EINVAL, "there is no namespace %u", nsid);
	return ns;
}

PADMA_INLINE bool in_namespace(const struct namespace *ns, uint64_t lba, uint32_t lbas)
{
	return lbas != 0 && lba < ns->public.lbas && lbas <= ns->public.lbas - lba;
}

static COLD int bad_command(const struct namespace *ns, uint64_t address, uint64_t lba,
			    uint32_t lbas, padma_nvme_done done)
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

/* PRP offsets are multiples of 4 (Base 2.0, figure 103). */
PADMA_INLINE bool is_good(const struct namespace *ns, uint64_t address, uint64_t lba, uint32_t lbas,
			  padma_nvme_done done)
{
	return in_namespace(ns, lba, lbas) && !(address & 3) && done;
}

/* Whatever it is, and if it cannot be, why. */
static NOINLINE int transfer_any(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid,
				 const void *buffer, uint64_t lba, uint32_t lbas,
				 padma_nvme_done done, void *ctx)
{
	const struct namespace *ns;

	if (!queue_admits(queue))
		return blocked_submit(queue);
	ns = namespace_of(queue, nsid);
	if (!ns)
		return -EINVAL;
	if (!is_good(ns, (uintptr_t)buffer, lba, lbas, done))
		return bad_command(ns, (uintptr_t)buffer, lba, lbas, done);
	if ((uint64_t)lbas << ns->lba_shift > queue->max_transfer)
		return split_start(queue, ns, opcode, buffer, lba, lbas, done, ctx);
	return put_data(queue, ns, opcode, buffer, lba, lbas, done, ctx);
}

/*
 * A command as most are, by as few comparisons as can say so: admitted, in the namespace of the
 * command before, not empty, not larger than one command may be (max_lbas, which is not larger than
 * the namespace either), inside the namespace, aligned; its buffer in the space's own memory, with
 * its PRPs ready. Return: 0, -EAGAIN, or NOT_STRAIGHT, and nothing was done.
 */
#define NOT_STRAIGHT 1

PADMA_INLINE int transfer_straight(struct padma_nvme_queue *queue, uint64_t admits, bool guard,
				   uint8_t opcode, uint32_t nsid, const void *buffer, uint64_t lba,
				   uint32_t lbas, padma_nvme_done done, void *ctx)
{
	const struct namespace *ns = queue->ns;
	uint32_t bytes, tag;
	struct prps prps;
	uint16_t id;

	if (PADMA_UNLIKELY(padma_gate_word(queue->gate) != admits || ns->public.nsid != nsid))
		return NOT_STRAIGHT;
	if (PADMA_UNLIKELY(lbas - 1 >= queue->max_lbas || lba > ns->public.lbas - lbas))
		return NOT_STRAIGHT;
	if (PADMA_UNLIKELY(((uintptr_t)buffer & 3) || !done))
		return NOT_STRAIGHT;
	bytes = lbas * ns->public.lba_bytes;
	if (PADMA_UNLIKELY(!prps_ready(queue, buffer, bytes, &prps)))
		return NOT_STRAIGHT;
	if (guard && !guard_allows_span(queue, prps.prp1, bytes))
		return NOT_STRAIGHT;
	if (PADMA_UNLIKELY(!padma_tags_take(&queue->tags, &tag, &id)))
		return -EAGAIN;
	put(queue, opcode, nsid, lba, lbas - 1, prps, tag, id, done, ctx);
	return 0;
}

/* What the straight path left: a queue with a guard, or a command that is not as most are. */
PADMA_INLINE int transfer_rest(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid,
			       const void *buffer, uint64_t lba, uint32_t lbas,
			       padma_nvme_done done, void *ctx)
{
	int rc = NOT_STRAIGHT;

	if (queue->guard)
		rc = transfer_straight(queue, queue->admits, true, opcode, nsid, buffer, lba, lbas,
				       done, ctx);
	if (rc == NOT_STRAIGHT)
		return transfer_any(queue, opcode, nsid, buffer, lba, lbas, done, ctx);
	return rc;
}

static NOINLINE int read_rest(struct padma_nvme_queue *queue, uint32_t nsid, void *buffer,
			      uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	return transfer_rest(queue, NVME_IO_READ, nsid, buffer, lba, lbas, done, ctx);
}

static NOINLINE int write_rest(struct padma_nvme_queue *queue, uint32_t nsid, const void *buffer,
			       uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	return transfer_rest(queue, NVME_IO_WRITE, nsid, buffer, lba, lbas, done, ctx);
}

int padma_nvme_read(struct padma_nvme_queue *queue, uint32_t nsid, void *buffer, uint64_t lba,
		    uint32_t lbas, padma_nvme_done done, void *ctx)
{
	int rc = transfer_straight(queue, queue->admits_straight, false, NVME_IO_READ, nsid, buffer,
				   lba, lbas, done, ctx);

	if (PADMA_UNLIKELY(rc == NOT_STRAIGHT))
		return read_rest(queue, nsid, buffer, lba, lbas, done, ctx);
	return rc;
}

int padma_nvme_write(struct padma_nvme_queue *queue, uint32_t nsid, const void *buffer,
		     uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	int rc = transfer_straight(queue, queue->admits_straight, false, NVME_IO_WRITE, nsid,
				   buffer, lba, lbas, done, ctx);

	if (PADMA_UNLIKELY(rc == NOT_STRAIGHT))
		return write_rest(queue, nsid, buffer, lba, lbas, done, ctx);
	return rc;
}

static COLD int bad_dma(const struct padma_nvme_queue *queue, padma_dma_t dma, uint64_t bytes)
{
	if (bytes > queue->max_transfer)
		return fail(-EINVAL, "one command moves at most %u bytes, not %llu",
			    queue->max_transfer, (unsigned long long)bytes);
	return fail(-EFAULT, "0x%llx is not a dma address", (unsigned long long)dma);
}

PADMA_INLINE int transfer_dma(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid,
			      padma_dma_t dma, uint64_t lba, uint32_t lbas, padma_nvme_done done,
			      void *ctx)
{
	const struct namespace *ns;
	struct work work;
	uint64_t bytes;

	if (PADMA_UNLIKELY(!queue_admits(queue)))
		return blocked_submit(queue);
	ns = namespace_of(queue, nsid);
	if (PADMA_UNLIKELY(!ns))
		return -EINVAL;
	bytes = (uint64_t)lbas << ns->lba_shift;
	/* A device address has bit 63 clear; PADMA_DMA_NONE has not. */
	if (PADMA_UNLIKELY(bytes > queue->max_transfer || (dma | (dma + bytes)) >> 63))
		return bad_dma(queue, dma, bytes);
	if (PADMA_UNLIKELY(!is_good(ns, dma, lba, lbas, done)))
		return bad_command(ns, dma, lba, lbas, done);
	work = (struct work){lba, done, ctx, nsid, lbas - 1, opcode};
	return put_contiguous(queue, &work, dma, (uint32_t)bytes);
}

int padma_nvme_read_dma(struct padma_nvme_queue *queue, uint32_t nsid, padma_dma_t dma,
			uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	return transfer_dma(queue, NVME_IO_READ, nsid, dma, lba, lbas, done, ctx);
}

int padma_nvme_write_dma(struct padma_nvme_queue *queue, uint32_t nsid, padma_dma_t dma,
			 uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	return transfer_dma(queue, NVME_IO_WRITE, nsid, dma, lba, lbas, done, ctx);
}

int padma_nvme_flush(struct padma_nvme_queue *queue, uint32_t nsid, padma_nvme_done done, void *ctx)
{
	const struct namespace *ns;

	if (PADMA_UNLIKELY(!queue_admits(queue)))
		return blocked_submit(queue);
	ns = namespace_of(queue, nsid);
	if (!ns)
		return -EINVAL;
	if (!done)
		return bad_command(ns, 0, 0, 1, done);
	return put_plain(queue, NVME_IO_FLUSH, nsid, 0, 0, done, ctx);
}

int padma_nvme_write_zeroes(struct padma_nvme_queue *queue, uint32_t nsid, uint64_t lba,
			    uint32_t lbas, padma_nvme_done done, void *ctx)
{
	const struct namespace *ns;

	if (PADMA_UNLIKELY(!queue_admits(queue)))
		return blocked_submit(queue);
	ns = namespace_of(queue, nsid);
	if (!ns)
		return -EINVAL;
	if (!is_good(ns, 0, lba, lbas, done))
		return bad_command(ns, 0, lba, lbas, done);
	if (!ns->public.write_zeroes)
		return fail(-ENOTSUP, "the controller has no Write Zeroes command; write zeros");
	if (lbas > ns->zeroes_max_lbas)
		return split_start(queue, ns, NVME_IO_WRITE_ZEROES, NULL, lba, lbas, done, ctx);
	return put_plain(queue, NVME_IO_WRITE_ZEROES, nsid, lba, lbas - 1, done, ctx);
}

/*
 * The controller never finds its completion queue full: what is outstanding has room beside what
 * was not acknowledged yet.
 */
unsigned int queue_ring(struct padma_nvme_queue *queue)
{
	uint32_t count = (uint32_t)(queue->tail - queue->rung);

	if (count == 0)
		return 0;
	if (PADMA_UNLIKELY(!queue_has_room(queue)))
		queue_acknowledge(queue);
	queue->rung = queue->tail;
	padma_doorbell_ring32(&queue->sq_doorbell, (uint32_t)queue->tail & queue->mask);
	padma_counter_add(&queue->commands, count);
	padma_counter_add(&queue->doorbells, 1);
	return count;
}

int padma_nvme_submit(struct padma_nvme_queue *queue)
{
	if (PADMA_UNLIKELY(!padma_gate_passes(queue->gate, &queue->member)))
		return blocked_submit(queue);
	return (int)queue_ring(queue);
}
