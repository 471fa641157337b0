// SPDX-License-Identifier: BSD-3-Clause
/*
 * The hot path, first half: a command into the ring.
 *
 * Straight on: one load of the gate, the block range against the namespace, one lookup of the
 * buffer's run, a tag, the PRPs, 64 bytes of ordinary stores into the ring, which stays in the
 * cache. The doorbell is rung once per batch. All that is rare is out of line.
 */
#define PADMA_PART "nvme"
#include "base/base.h"

#include "prp.h"

/* What a command is, before it has a tag. */
struct work {
	uint64_t lba;
	padma_nvme_done done;
	void *ctx;
	uint32_t nsid;
	uint32_t cdw12;
	uint8_t opcode;
};

PADMA_INLINE void write_entry(struct nvme_command *entry, const struct work *work, uint16_t id,
			      uint64_t prp1, uint64_t prp2)
{
	*entry = (struct nvme_command){
		.opcode = work->opcode,
		.cid = id,
		.nsid = work->nsid,
		.prp1 = prp1,
		.prp2 = prp2,
		.cdw10 = (uint32_t)work->lba,
		.cdw11 = (uint32_t)(work->lba >> 32),
		.cdw12 = work->cdw12,
	};
}

static COLD int guard_refuses(struct padma_nvme_queue *queue, uint64_t prp1, uint64_t prp2,
			      uint32_t tag, uint32_t bytes)
{
	int rc = guard_report(queue, prp1, prp2, tag, bytes);

	tags_give(&queue->tags, tag);
	return rc;
}

/* The command into the ring, where it stays unseen until the doorbell. */
PADMA_INLINE int put(struct padma_nvme_queue *queue, const struct work *work, uint32_t tag,
		     uint16_t id, uint64_t prp1, uint64_t prp2, uint32_t bytes)
{
	struct nvme_command *entry = &queue->sq[queue->tail & queue->mask];
	struct request *request = &queue->requests[tag];

	write_entry(entry, work, id, prp1, prp2);
	if (PADMA_UNLIKELY(queue->guard) && !guard_allows(queue, entry, tag, bytes))
		return guard_refuses(queue, prp1, prp2, tag, bytes);
	request->done = work->done;
	request->ctx = work->ctx;
	request->beat = queue->watch.beat;
	request->number = queue->tail++;
	return 0;
}

PADMA_INLINE int put_contiguous(struct padma_nvme_queue *queue, const struct work *work,
				padma_dma_t dma, uint32_t bytes)
{
	uint32_t tag;
	uint16_t id;

	if (!tags_take(&queue->tags, &tag, &id))
		return -EAGAIN;
	return put(queue, work, tag, id, dma, prp2_contiguous(queue, tag, dma, bytes), bytes);
}

static __attribute__((noinline)) int put_scattered(struct padma_nvme_queue *queue,
						   const struct work *work, const void *buffer,
						   uint32_t bytes)
{
	uint64_t prp1 = 0, prp2 = 0;
	uint32_t tag;
	uint16_t id;
	int rc;

	if (!tags_take(&queue->tags, &tag, &id))
		return -EAGAIN;
	rc = prp_scattered(queue, tag, buffer, bytes, &prp1, &prp2);
	if (rc) {
		tags_give(&queue->tags, tag);
		return rc;
	}
	return put(queue, work, tag, id, prp1, prp2, bytes);
}

/* NLB in bits 15:0 of CDW12, 0-based (NVM Command Set 1.0, 3.2.4 and 3.2.6). */
PADMA_INLINE struct work work_of(uint8_t opcode, uint32_t nsid, uint64_t lba, uint32_t lbas,
				 padma_nvme_done done, void *ctx)
{
	return (struct work){lba, done, ctx, nsid, lbas - 1, opcode};
}

PADMA_INLINE int put_buffer(struct padma_nvme_queue *queue, const struct work *work,
			    const void *buffer, uint32_t bytes)
{
	struct padma_run run = padma_run(queue->space, buffer, bytes);

	if (PADMA_UNLIKELY(run.len != bytes))
		return put_scattered(queue, work, buffer, bytes);
	return put_contiguous(queue, work, run.dma, bytes);
}

int put_data(struct padma_nvme_queue *queue, const struct namespace *ns, uint8_t opcode,
	     const void *buffer, uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	struct work work = work_of(opcode, ns->public.nsid, lba, lbas, done, ctx);

	return put_buffer(queue, &work, buffer, lbas << ns->lba_shift);
}

int put_plain(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid, uint64_t lba,
	      uint32_t cdw12, padma_nvme_done done, void *ctx)
{
	struct work work = {lba, done, ctx, nsid, cdw12, opcode};
	uint32_t tag;
	uint16_t id;

	if (!tags_take(&queue->tags, &tag, &id))
		return -EAGAIN;
	return put(queue, &work, tag, id, 0, 0, 0);
}

/* Another namespace than last time. Return: NULL where there is none of that id. */
static COLD const struct namespace *find_namespace(struct padma_nvme_queue *queue, uint32_t nsid)
{
	const struct namespace *table = namespaces_now(queue->nvme);

	for (unsigned int i = 0; i < queue->nvme->info.namespaces; i++) {
		if (table[i].public.nsid == nsid) {
			queue->ns = &table[i];
			return queue->ns;
		}
	}
	fail(-EINVAL, "there is no namespace %u", nsid);
	return NULL;
}

PADMA_INLINE const struct namespace *namespace_of(struct padma_nvme_queue *queue, uint32_t nsid)
{
	const struct namespace *ns = queue->ns;

	if (PADMA_LIKELY(ns->public.nsid == nsid))
		return ns;
	return find_namespace(queue, nsid);
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

PADMA_INLINE int transfer(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid,
			  const void *buffer, uint64_t lba, uint32_t lbas, padma_nvme_done done,
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
	if (PADMA_UNLIKELY(!is_good(ns, (uintptr_t)buffer, lba, lbas, done)))
		return bad_command(ns, (uintptr_t)buffer, lba, lbas, done);
	bytes = (uint64_t)lbas << ns->lba_shift;
	if (PADMA_UNLIKELY(bytes > queue->max_transfer))
		return split_start(queue, ns, opcode, buffer, lba, lbas, done, ctx);
	work = work_of(opcode, nsid, lba, lbas, done, ctx);
	return put_buffer(queue, &work, buffer, (uint32_t)bytes);
}

int padma_nvme_read(struct padma_nvme_queue *queue, uint32_t nsid, void *buffer, uint64_t lba,
		    uint32_t lbas, padma_nvme_done done, void *ctx)
{
	return transfer(queue, NVME_IO_READ, nsid, buffer, lba, lbas, done, ctx);
}

int padma_nvme_write(struct padma_nvme_queue *queue, uint32_t nsid, const void *buffer,
		     uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	return transfer(queue, NVME_IO_WRITE, nsid, buffer, lba, lbas, done, ctx);
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
	work = work_of(opcode, nsid, lba, lbas, done, ctx);
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
	doorbell_ring(&queue->sq_doorbell, (uint32_t)queue->tail & queue->mask);
	padma_counter_add(&queue->commands, count);
	padma_counter_add(&queue->doorbells, 1);
	return count;
}

int padma_nvme_submit(struct padma_nvme_queue *queue)
{
	if (PADMA_UNLIKELY(!gate_passes(queue->gate, &queue->member)))
		return blocked_submit(queue);
	return (int)queue_ring(queue);
}
