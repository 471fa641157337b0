/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/nvme.h - the poll-mode NVMe driver
 *
 *     padma_nvme_open -> padma_nvme_queue_open (one per thread) ->
 *         padma_nvme_read / write / ... (entries into the ring)
 *         padma_nvme_submit             (the doorbell, once per batch)
 *         padma_nvme_poll               (completions, callbacks)
 *     -> padma_nvme_queue_close -> padma_nvme_close
 *
 * The controller may write to a command's memory at any time until the command completes or the
 * controller has been reset: the memory belongs to the driver until the callback. The callback is
 * called exactly once for every command that was taken, whatever happens to the device.
 *
 * Everything that the controller writes is validated: a completion whose identifier, queue or head is
 * wrong, or whose command's doorbell was not rung yet, is a protocol error, which marks the controller
 * as failed and never harms memory.
 *
 * Reset and removal across threads are a protocol: padma_nvme_reset_begin() requests, each queue's
 * owner acknowledges inside its next submit or poll and stops touching the device, then
 * padma_nvme_reset_finish() resets it; what was outstanding completes with -ECANCELED in its
 * owner's next poll.
 *
 * Threading: a queue belongs to one thread at a time. Controller functions, and opening and closing
 * queues, may come from any thread: they wait for one another, except padma_nvme_reset_begin() and
 * padma_nvme_state(), which never wait. padma_nvme_open() and padma_nvme_close() come first and
 * last.
 *
 * Sources: NVM Express Base Specification 2.0, NVM Command Set 1.0, NVMe over PCIe Transport 1.0.
 */
#ifndef PADMA_NVME_H
#define PADMA_NVME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/device.h>
#include <padma/dma.h>
#include <padma/export.h>

PADMA_BEGIN_DECLS

struct padma_nvme;
struct padma_nvme_queue;

/**
 * struct padma_nvme_params - how to run a controller; all zero is a good default
 * @io_queues: I/O queue pairs to ask the controller for; 0 for as many as it grants, up to 64
 * @timeout_ns: a command that takes longer marks the controller as failed; 0 for 30 s. It is time
 * during which its queue is polled: a pause of the owner counts for a quarter of it at most. Admin
 * commands have at least 2 s
 * @enable_timeout_ns: how long enabling and disabling may take, each; 0 for what CAP.TO and
 * CRTO.CRWMT specify
 * @open_timeout_ns: how long opening may take as a whole, and each reset, whatever time-outs the
 * controller specifies for the parts; 0 for 5 minutes. After a failure, stopping the controller takes
 * at most 5 s more
 * @shutdown_timeout_ns: how long padma_nvme_close() waits for the controller's shutdown; 0 for what
 * the controller specifies (RTD3E; Base 2.0, figure 275), but at least 5 s and at most a minute
 */
struct padma_nvme_params {
	unsigned int io_queues;
	uint64_t timeout_ns;
	uint64_t enable_timeout_ns;
	uint64_t open_timeout_ns;
	uint64_t shutdown_timeout_ns;
};

/**
 * struct padma_nvme_info - what Identify returned, validated
 * @vid: PCI vendor
 * @ssvid: PCI subsystem vendor
 * @serial: serial number, without trailing blanks
 * @model: model number, without trailing blanks
 * @firmware: firmware revision, without trailing blanks
 * @version: VS: major << 16 | minor << 8 | tertiary
 * @cntlid: controller id
 * @max_transfer_bytes: the most one command moves (MDTS, and what the driver's PRP lists hold)
 * @max_queue_entries: CAP.MQES + 1
 * @io_queues: queue pairs that may be opened; 0 if the controller refused to grant any
 * @namespaces: how many namespaces are active and can be used; a controller may have none
 * @volatile_write_cache: whether Flush matters (VWC)
 */
struct padma_nvme_info {
	uint16_t vid;
	uint16_t ssvid;
	char serial[21];
	char model[41];
	char firmware[9];
	uint32_t version;
	uint16_t cntlid;
	size_t max_transfer_bytes;
	unsigned int max_queue_entries;
	unsigned int io_queues;
	unsigned int namespaces;
	bool volatile_write_cache;
};

/**
 * struct padma_nvme_namespace - an active namespace
 * @nsid: its id
 * @lba_bytes: bytes per logical block, a power of two from 512 to 64 KiB
 * @lbas: its size in logical blocks (NSZE)
 * @nguid: globally unique id, all zero if it has none
 * @eui64: IEEE id, all zero if it has none
 * @uuid: UUID, all zero if it has none
 * @write_zeroes: whether the controller has the Write Zeroes command
 */
struct padma_nvme_namespace {
	uint32_t nsid;
	uint32_t lba_bytes;
	uint64_t lbas;
	uint8_t nguid[16];
	uint8_t eui64[8];
	uint8_t uuid[16];
	bool write_zeroes;
};

enum padma_nvme_state {
	PADMA_NVME_LIVE,
	/* It broke the protocol, timed out, reports a fatal status, is not ready or does not answer:
	 * reset it. */
	PADMA_NVME_FAILED,
	PADMA_NVME_RESETTING, /* a reset was requested and is not finished */
	PADMA_NVME_GONE,      /* off the bus, or kept off it for good: close it */
};

/**
 * padma_nvme_done - a command is over
 * @ctx: as given with the command
 * @error: 0, or a negative errno:
 *  -EIO: the controller reported @status;
 *  -ECANCELED: the controller was reset, or the queue closed;
 *  -ENODEV: the device is gone;
 *  -ETIMEDOUT: it timed out, and the controller was reset because of that;
 *  -EFAULT: a later part of a split command names memory that is no longer the space's, or that the
 *  guard refuses; the parts before it were carried out
 * @status: the completion's status field without the phase bit (Base 2.0, figure 90): SC in bits
 *  7:0, SCT in bits 10:8, More in bit 13, DNR in bit 14; 0 without a completion
 *
 * Called from padma_nvme_poll() or padma_nvme_queue_close() in the queue's thread. It may give the
 * queue new commands; it must not poll or close the queue.
 */
typedef void (*padma_nvme_done)(void *ctx, int error, uint16_t status);

/* private: padma_nvme_open() with the size that the caller was compiled with */
PADMA_API int padma_nvme_open_sized(struct padma_device *device, size_t params_bytes,
				    const struct padma_nvme_params *params,
				    struct padma_nvme **nvme);

/**
 * padma_nvme_open() - take over a controller: reset, enable, identify
 * @device: an opened NVMe function; must outlive the controller
 * @params: how to run it, or NULL
 * @nvme: set to the controller, which the caller owns until padma_nvme_close()
 *
 * One bad part does not make the rest unusable: a namespace that cannot be identified, or whose data
 * is invalid, is left out with a warning; a controller that refuses I/O queues (Set Features, Number of
 * Queues) can be identified, and padma_nvme_queue_open() reports why there are none.
 *
 * If it fails and the controller cannot be stopped either, the memory that it was given stays in use
 * until padma_device_close() succeeds.
 *
 * Return: 0, or -E2BIG (padma/params.h), -ENOTSUP (not an NVMe controller, or one that needs what the driver lacks),
 * -ETIMEDOUT, -EPROTO (its data is invalid, or its doorbells are past the end of BAR 0), -EIO (it
 * has failed, or is not ready: its registers read as zeros), -ENODEV, -ENOMEM, -ERANGE.
 */
PADMA_INLINE int padma_nvme_open(struct padma_device *device,
				 const struct padma_nvme_params *params, struct padma_nvme **nvme)
{
	return padma_nvme_open_sized(device, sizeof(struct padma_nvme_params), params, nvme);
}

/**
 * padma_nvme_close() - orderly shutdown (Base 2.0, 3.6.1)
 * @nvme: the controller; NULL is allowed
 *
 * All queues must be closed. Asks for a normal shutdown, waits for it, disables the controller and
 * turns bus mastering off. One that has failed is disabled only; one that is gone is just closed.
 *
 * Return: 0; -EBUSY while queues are open: nothing is done; -EBUSY if the controller can neither be
 * disabled nor reset nor kept from mastering the bus: it has failed, its memory stays in use, and it
 * must be closed again; or -ETIMEDOUT (the shutdown or the disabling timed out) or -EIO (it reported a
 * fatal status, or stopped responding): it is closed nevertheless, but the contents of its volatile
 * write cache may be lost.
 */
PADMA_API int padma_nvme_close(struct padma_nvme *nvme);

/* private: padma_nvme_info() with the size that the caller was compiled with */
PADMA_API void padma_nvme_info_sized(const struct padma_nvme *nvme, size_t info_bytes,
				     struct padma_nvme_info *info);

/**
 * padma_nvme_info() - describe the controller
 * @nvme: the controller
 * @info: filled; it stays as it was when the controller was opened
 *
 * Any thread.
 */
PADMA_INLINE void padma_nvme_info(const struct padma_nvme *nvme, struct padma_nvme_info *info)
{
	padma_nvme_info_sized(nvme, sizeof(struct padma_nvme_info), info);
}

/* private: padma_nvme_namespace() with the size that the caller was compiled with */
PADMA_API int padma_nvme_namespace_sized(const struct padma_nvme *nvme, unsigned int index,
					 size_t ns_bytes, struct padma_nvme_namespace *ns);

/**
 * padma_nvme_namespace() - an active namespace
 * @nvme: the controller
 * @index: 0 to info.namespaces - 1, in the order of their ids
 * @ns: filled; untouched if there is no such namespace
 *
 * A reset may find it changed: call this again after one. It has 0 blocks if it can no longer be used,
 * or cannot be identified until another reset.
 *
 * Any thread.
 *
 * Return: 0, or -ENOENT past the last (no error is noted).
 */
PADMA_INLINE int padma_nvme_namespace(const struct padma_nvme *nvme, unsigned int index,
				      struct padma_nvme_namespace *ns)
{
	return padma_nvme_namespace_sized(nvme, index, sizeof(struct padma_nvme_namespace), ns);
}

/**
 * padma_nvme_identify() - a raw Identify data structure (Base 2.0, 5.17)
 * @nvme: the controller
 * @cns: Controller or Namespace Structure
 * @nsid: namespace id, or 0
 * @data: filled with 4096 bytes
 *
 * Return: 0, or -EIO with the status in padma_last_error(), -ETIMEDOUT, -ENODEV.
 */
PADMA_API int padma_nvme_identify(struct padma_nvme *nvme, uint8_t cns, uint32_t nsid, void *data);

/**
 * padma_nvme_admin_poll() - poll the admin queue
 * @nvme: the controller
 *
 * Reaps asynchronous events and checks CSTS for a fatal status. Call it now and then.
 *
 * Return: how many events arrived, or -EIO (the controller has failed), -ENODEV (it is gone).
 */
PADMA_API int padma_nvme_admin_poll(struct padma_nvme *nvme);

/**
 * padma_nvme_state() - whether the controller works
 * @nvme: the controller
 *
 * Any thread.
 *
 * Return: its state.
 */
PADMA_API enum padma_nvme_state padma_nvme_state(const struct padma_nvme *nvme);

/**
 * padma_nvme_reset_begin() - request a controller reset
 * @nvme: the controller
 *
 * Any thread; a second request joins the first. From now on each queue's next submit or poll
 * acknowledges and leaves the device alone; commands are refused with -EAGAIN.
 */
PADMA_API void padma_nvme_reset_begin(struct padma_nvme *nvme);

/**
 * padma_nvme_reset_finish() - reset once every queue's owner has acknowledged
 * @nvme: the controller
 *
 * Does nothing until then: call it again. Then the function is reset, the controller enabled and
 * every open queue created again; its outstanding commands complete with -ECANCELED (the one that
 * timed out with -ETIMEDOUT) in its owner's next poll. Interrupts that were on are on again
 * (padma_device_irq_restore()); a queue that was opened with an interrupt needs them to be on.
 *
 * If the controller cannot even be kept from mastering the bus, the gate stays shut and commands are
 * not ended, because their memory is still in use: call it again.
 *
 * Return: 0 when the controller is live again, -EAGAIN while an owner has not acknowledged, -EINVAL
 * if no reset was begun, or -ENODEV, -ETIMEDOUT, -EIO, -EPROTO (the controller stays failed;
 * outstanding commands complete with -ECANCELED nevertheless).
 */
PADMA_API int padma_nvme_reset_finish(struct padma_nvme *nvme);

/**
 * struct padma_nvme_queue_params - an I/O queue pair; all zero is a good default
 * @depth: commands that may be outstanding; 0 for 128. The rings have depth + 1 entries, rounded up, and
 * at least 64 if the controller supports as many
 * @irq: deliver completions as interrupts to vector + 1; 0 for none. Enable the interrupts before
 * (padma_device_irq_enable()): a controller may refuse a vector while they are off. INTx has one
 * vector, which the queues share, with the admin queue too: after an event poll them all, then
 * padma_device_irq_unmask()
 */
struct padma_nvme_queue_params {
	unsigned int depth;
	unsigned int irq;
};

/* private: padma_nvme_queue_open() with the size that the caller was compiled with */
PADMA_API int padma_nvme_queue_open_sized(struct padma_nvme *nvme, size_t params_bytes,
					  const struct padma_nvme_queue_params *params,
					  struct padma_nvme_queue **queue);

/**
 * padma_nvme_queue_open() - create an I/O queue pair
 * @nvme: the controller
 * @params: depth and interrupt, or NULL
 * @queue: set to the queue, to be used by one thread at a time, until padma_nvme_queue_close()
 *
 * Return: 0, or -EINVAL, -E2BIG (padma/params.h), -ENOSPC (the controller has no queue left, or granted none), -ENXIO (it has no namespace
 * that can be used), -ENOMEM, -EAGAIN (it is being reset), -EIO, -ETIMEDOUT, -ENODEV.
 */
PADMA_INLINE int padma_nvme_queue_open(struct padma_nvme *nvme,
				       const struct padma_nvme_queue_params *params,
				       struct padma_nvme_queue **queue)
{
	return padma_nvme_queue_open_sized(nvme, sizeof(struct padma_nvme_queue_params), params,
					   queue);
}

/**
 * padma_nvme_queue_close() - delete a queue pair
 * @queue: the queue; NULL is allowed
 *
 * The thread that owns the queue calls it, not from a callback. During a reset the queue is
 * taken out of the reset. Outstanding commands complete with -ECANCELED (-ENODEV if the device is gone)
 * after the controller has released them.
 *
 * Return: 0; -EBUSY if the controller can neither be disabled nor kept from mastering the bus: nothing
 * is closed and no command is ended, because their memory is still in use: call it again; or -EIO,
 * -ETIMEDOUT, -ENODEV, the error of the deletion: the queue is closed nevertheless; a controller that
 * did not delete it has been disabled, and must be reset.
 */
PADMA_API int padma_nvme_queue_close(struct padma_nvme_queue *queue);

/**
 * padma_nvme_read() - put a Read into the ring
 * @queue: this thread's queue
 * @nsid: namespace
 * @buffer: memory of the space, 4-byte aligned, of any runs; the driver's until @done
 * @lba: first logical block
 * @lbas: logical blocks, at least 1. More than one command can carry is split, and counts as one
 * @done: called when it is over
 * @ctx: handed to @done
 *
 * The parts of a split command take as much room as commands do. One that does not find room for
 * all its parts waits, and poll continues it; until it has, the queue takes no other command.
 *
 * Return: 0, or -EAGAIN (the queue is full, a split command waits for room, or the controller is
 * being reset: poll, and call again; in a callback too), -EINVAL (alignment, range, no such
 * namespace), -EFAULT (the buffer is not memory of the space), -ENODEV, -EIO (the controller has
 * failed). Nothing was taken then, and @done is not called.
 */
PADMA_API int padma_nvme_read(struct padma_nvme_queue *queue, uint32_t nsid, void *buffer,
			      uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx);

/**
 * padma_nvme_write() - put a Write into the ring
 * @queue: this thread's queue
 * @nsid: namespace
 * @buffer: memory of the space, 4-byte aligned, of any runs; not to be changed until @done
 * @lba: first logical block
 * @lbas: logical blocks, at least 1. More than one command can carry is split, and counts as one
 * @done: called when it is over
 * @ctx: handed to @done
 *
 * Return: as padma_nvme_read().
 */
PADMA_API int padma_nvme_write(struct padma_nvme_queue *queue, uint32_t nsid, const void *buffer,
			       uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx);

/**
 * padma_nvme_read_dma() - put a Read into the ring, of memory whose dma address is known
 * @queue: this thread's queue
 * @nsid: namespace
 * @dma: contiguous for the device, 4-byte aligned: the address that a pool's object carries
 * @lba: first logical block
 * @lbas: logical blocks, at least 1, at most max_transfer_bytes
 * @done: called when it is over
 * @ctx: handed to @done
 *
 * No address is looked up. If the space has a guard, memory that is not the space's is refused.
 *
 * Return: as padma_nvme_read(); -EFAULT comes from the guard.
 */
PADMA_API int padma_nvme_read_dma(struct padma_nvme_queue *queue, uint32_t nsid, padma_dma_t dma,
				  uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx);

/**
 * padma_nvme_write_dma() - put a Write into the ring, of memory whose dma address is known
 * @queue: this thread's queue
 * @nsid: namespace
 * @dma: contiguous for the device, 4-byte aligned; its memory is not to be changed until @done
 * @lba: first logical block
 * @lbas: logical blocks, at least 1, at most max_transfer_bytes
 * @done: called when it is over
 * @ctx: handed to @done
 *
 * Return: as padma_nvme_read_dma().
 */
PADMA_API int padma_nvme_write_dma(struct padma_nvme_queue *queue, uint32_t nsid, padma_dma_t dma,
				   uint64_t lba, uint32_t lbas, padma_nvme_done done, void *ctx);

/**
 * padma_nvme_flush() - put a Flush into the ring (NVM Command Set 1.0 / Base 2.0, 7.1)
 * @queue: this thread's queue
 * @nsid: namespace
 * @done: called when everything that completed before is on stable storage
 * @ctx: handed to @done
 *
 * Return: as padma_nvme_read().
 */
PADMA_API int padma_nvme_flush(struct padma_nvme_queue *queue, uint32_t nsid, padma_nvme_done done,
			       void *ctx);

/**
 * padma_nvme_write_zeroes() - put a Write Zeroes into the ring (NVM Command Set 1.0, 3.2.8)
 * @queue: this thread's queue
 * @nsid: namespace
 * @lba: first logical block
 * @lbas: logical blocks, at least 1; more than 65536 are split
 * @done: called when it is over
 * @ctx: handed to @done
 *
 * Return: as padma_nvme_read(); -ENOTSUP if the controller has no such command.
 */
PADMA_API int padma_nvme_write_zeroes(struct padma_nvme_queue *queue, uint32_t nsid, uint64_t lba,
				      uint32_t lbas, padma_nvme_done done, void *ctx);

/**
 * padma_nvme_submit() - ring the doorbell for what is in the ring
 * @queue: this thread's queue
 *
 * Return: for how many commands the doorbell was rung, or -ENODEV, -EIO, -EAGAIN as
 * padma_nvme_read().
 */
PADMA_API int padma_nvme_submit(struct padma_nvme_queue *queue);

/**
 * padma_nvme_poll() - reap completions and call back
 * @queue: this thread's queue
 * @limit: the most commands to complete, 0 for all that are there; it holds whatever ends them
 *
 * Reaps no more commands than were outstanding when it began: what callbacks submit completes in
 * a later poll, however fast the controller is. The controller learns of the places that are free
 * in its completion queue (the head doorbell, Base 2.0, 3.3.1.2.1) when they are a quarter of it, or
 * when it could run out of them; with interrupts, from each poll that found something.
 *
 * Also continues split commands (ringing the doorbell for them), checks for commands that timed
 * out, and acknowledges a reset. Each poll that finds nothing reads the clock, and one in sixteen
 * that find something.
 *
 * Return: how many commands were completed by their callbacks, or -EIO (the controller has failed;
 * outstanding commands complete after a reset or when the queue is closed), -ENODEV (the device is
 * gone, and no command is outstanding any more: polls before this one completed them with -ENODEV).
 */
PADMA_API int padma_nvme_poll(struct padma_nvme_queue *queue, unsigned int limit);

/**
 * struct padma_nvme_wait - a command to wait for; all zero before it is put into the ring
 * @over: whether it is over
 * @error: as padma_nvme_done
 * @status: as padma_nvme_done
 */
struct padma_nvme_wait {
	bool over;
	int error;
	uint16_t status;
};

/**
 * padma_nvme_wait_done() - the @done of a command to be waited for
 * @wait: its @ctx, a struct padma_nvme_wait; must live until the command is over
 * @error: as padma_nvme_done
 * @status: as padma_nvme_done
 */
PADMA_API void padma_nvme_wait_done(void *wait, int error, uint16_t status);

/**
 * padma_nvme_wait() - ring the doorbell, and poll until one command is over
 * @queue: this thread's queue; not from a callback
 * @wait: what was given to that command as @ctx, with padma_nvme_wait_done() as @done. The call that
 *	put it into the ring must have returned 0, or this waits for ever
 *
 * Other commands of the queue that complete meanwhile have their callbacks as in any poll. If the
 * controller fails, all commands of the queue are cancelled (padma_nvme_queue_cancel()), so that the
 * command is over when this returns, and its buffer the caller's again; -EBUSY is the exception.
 * During a reset it waits until the reset is finished. Spins.
 *
 * Return: 0, or the command's error: -EIO (with a status in @wait, or the controller has failed),
 * -ECANCELED, -ETIMEDOUT, -ENODEV (the device is gone); or -EBUSY: it is not over, and @wait and its
 * buffer stay in use until padma_nvme_queue_close() returns 0.
 */
PADMA_API int padma_nvme_wait(struct padma_nvme_queue *queue, struct padma_nvme_wait *wait);

/**
 * padma_nvme_queue_cancel() - end all commands of a queue, and wait until they are over
 * @queue: this thread's queue; not from a callback
 *
 * The controller deletes the queue pair and creates it again (Base 2.0, 5.4 to 5.7); one that fails to
 * is disabled, and must be reset, as after padma_nvme_queue_close(). Then each command in the queue
 * has its callback, with -ECANCELED (-ENODEV if the device is gone, -ETIMEDOUT if it timed
 * out). A command that was cancelled may have been carried out.
 *
 * Return: 0, the queue is empty and takes commands; -EAGAIN, nothing was done: the controller is
 * being reset, which cancels them: poll; -EBUSY as padma_nvme_queue_close(): no command has ended;
 * or -EIO, -ETIMEDOUT, -ENODEV: the queue is empty, and the controller is to be reset or closed.
 */
PADMA_API int padma_nvme_queue_cancel(struct padma_nvme_queue *queue);

/**
 * padma_nvme_outstanding() - commands taken and not yet completed
 * @queue: this thread's queue
 *
 * Return: how many.
 */
PADMA_API unsigned int padma_nvme_outstanding(const struct padma_nvme_queue *queue);

/**
 * struct padma_nvme_queue_stats - a queue's counters since it was opened
 * @commands: commands put into the ring, parts of split ones each
 * @completions: completions reaped
 * @doorbells: doorbell writes of the submission queue
 * @errors: completions with an error status
 * @split: commands that were split
 * @guard_refused: commands that the guard refused
 */
struct padma_nvme_queue_stats {
	uint64_t commands;
	uint64_t completions;
	uint64_t doorbells;
	uint64_t errors;
	uint64_t split;
	uint64_t guard_refused;
};

/* private: padma_nvme_queue_stats() with the size that the caller was compiled with */
PADMA_API void padma_nvme_queue_stats_sized(const struct padma_nvme_queue *queue,
					    size_t stats_bytes,
					    struct padma_nvme_queue_stats *stats);

/**
 * padma_nvme_queue_stats() - read a queue's counters
 * @queue: the queue
 * @stats: filled
 *
 * Any thread, while the queue is open.
 */
PADMA_INLINE void padma_nvme_queue_stats(const struct padma_nvme_queue *queue,
					 struct padma_nvme_queue_stats *stats)
{
	padma_nvme_queue_stats_sized(queue, sizeof(struct padma_nvme_queue_stats), stats);
}

/**
 * padma_nvme_status_text() - a status in words (Base 2.0, figures 92 to 96)
 * @status: as given to padma_nvme_done
 * @text: filled, for example "Media error: Unrecovered Read Error"
 * @bytes: its size
 *
 * Return: @text.
 */
PADMA_API const char *padma_nvme_status_text(uint16_t status, char *text, size_t bytes);

PADMA_END_DECLS

#endif
