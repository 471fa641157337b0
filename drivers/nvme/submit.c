// SPDX-License-Identifier: BSD-3-Clause
/*
 * The hot path, first half: a command into the ring.
 *
 * The fast path: one load of the gate, the block range against the namespace, one lookup of the
 * buffer, a tag, the PRPs (whose list is ready, see prp.h), 64 bytes of ordinary stores into the ring,
 * which stays in the cache. The doorbell is rung once per batch. A command that does not fit the fast
 * path starts over in a function of the same parameters: a jump, for which nothing has to be saved.
 */
#include "check.h"
#include "gate_owner.h"
#include "guard.h"
#include "io.h"
#include "message.h"
#include "split.h"

/* Any command; one that cannot be is refused with the reason. */
static NOINLINE int transfer_any(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid,
				 const void *buffer, uint64_t lba, uint32_t lbas,
				 padma_nvme_done done, void *ctx)
{
	const struct namespace *ns;

	if (!queue_admits(queue))
		return gate_owner_refusal(queue);
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
 * A command of the usual kind, by as few comparisons as possible: admitted, in the namespace of the
 * command before, not empty, not larger than one command may be (max_lbas, which is not larger than
 * the namespace either), inside the namespace, aligned; its buffer in the space's own memory, with
 * its PRPs ready. Return: 0, -EAGAIN, or NOT_FAST, and nothing was done.
 */
#define NOT_FAST 1

PADMA_INLINE int transfer_fast(struct padma_nvme_queue *queue, uint64_t admits, bool guard,
			       uint8_t opcode, uint32_t nsid, const void *buffer, uint64_t lba,
			       uint32_t lbas, padma_nvme_done done, void *ctx)
{
	const struct namespace *ns = queue->ns;
	uint32_t bytes, tag;
	struct prps prps;
	uint16_t id;

	if (PADMA_UNLIKELY(padma_gate_word(queue->gate) != admits || ns->public.nsid != nsid))
		return NOT_FAST;
	if (PADMA_UNLIKELY(lbas - 1 >= queue->max_lbas || lba > ns->public.lbas - lbas))
		return NOT_FAST;
	if (PADMA_UNLIKELY(((uintptr_t)buffer & 3) || !done))
		return NOT_FAST;
	bytes = lbas * ns->public.lba_bytes;
	if (PADMA_UNLIKELY(!prps_ready(queue, buffer, bytes, &prps)))
		return NOT_FAST;
	if (guard && !padma_guard_check(queue->space, prps.prp1, bytes))
		return NOT_FAST;
	if (PADMA_UNLIKELY(!padma_tags_take(&queue->tags, &tag, &id)))
		return -EAGAIN;
	write_entry(queue, opcode, nsid, lba, lbas - 1, prps, tag, id, done, ctx);
	return 0;
}

/* The slow path: a queue with a guard, or a command of an unusual kind. */
PADMA_INLINE int transfer_slow(struct padma_nvme_queue *queue, uint8_t opcode, uint32_t nsid,
			       const void *buffer, uint64_t lba, uint32_t lbas,
			       padma_nvme_done done, void *ctx)
{
	int rc = NOT_FAST;

	if (queue->guard)
		rc = transfer_fast(queue, queue->admits, true, opcode, nsid, buffer, lba, lbas,
				   done, ctx);
	if (rc == NOT_FAST)
		return transfer_any(queue, opcode, nsid, buffer, lba, lbas, done, ctx);
	return rc;
}

static NOINLINE int read_slow(struct padma_nvme_queue *queue, uint32_t nsid, void *buffer,
			      uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	return transfer_slow(queue, NVME_IO_READ, nsid, buffer, lba, lbas, done, ctx);
}

static NOINLINE int write_slow(struct padma_nvme_queue *queue, uint32_t nsid, const void *buffer,
			       uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	return transfer_slow(queue, NVME_IO_WRITE, nsid, buffer, lba, lbas, done, ctx);
}

int padma_nvme_read(struct padma_nvme_queue *queue, uint32_t nsid, void *buffer, uint64_t lba,
		    uint32_t lbas, padma_nvme_done done, void *ctx)
{
	int rc = transfer_fast(queue, queue->admits_fast, false, NVME_IO_READ, nsid, buffer, lba,
			       lbas, done, ctx);

	if (PADMA_UNLIKELY(rc == NOT_FAST))
		return read_slow(queue, nsid, buffer, lba, lbas, done, ctx);
	return rc;
}

int padma_nvme_write(struct padma_nvme_queue *queue, uint32_t nsid, const void *buffer,
		     uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx)
{
	int rc = transfer_fast(queue, queue->admits_fast, false, NVME_IO_WRITE, nsid, buffer, lba,
			       lbas, done, ctx);

	if (PADMA_UNLIKELY(rc == NOT_FAST))
		return write_slow(queue, nsid, buffer, lba, lbas, done, ctx);
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
		return gate_owner_refusal(queue);
	ns = namespace_of(queue, nsid);
	if (PADMA_UNLIKELY(!ns))
		return -EINVAL;
	bytes = (uint64_t)lbas << ns->lba_shift;
	/* A dma address has bit 63 clear; PADMA_DMA_NONE does not. */
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
		return gate_owner_refusal(queue);
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
		return gate_owner_refusal(queue);
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

int padma_nvme_submit(struct padma_nvme_queue *queue)
{
	if (PADMA_UNLIKELY(!padma_gate_passes(queue->gate, &queue->member)))
		return gate_owner_refusal(queue);
	return (int)ring_sq_doorbell(queue);
}
