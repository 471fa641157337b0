/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/sim.h - simulated devices: stepping them, breaking them, and what their bus saw
 *
 * A device opened as "sim:MODEL[,key=value...]" runs in a thread of its own, or with the key "step"
 * only when padma_sim_step() is called (admin commands at once), for deterministic tests and for
 * benchmarks that time the driver alone.
 *
 * Its bus translates the dma addresses that the device was given back to memory and records every
 * access outside the mapped memory as a DMA fault: a sanitizer for wild DMA.
 */
#ifndef PADMA_SIM_H
#define PADMA_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/device.h>
#include <padma/dma.h>
#include <padma/export.h>

PADMA_BEGIN_DECLS

/* How the simulated machine lays out its physical memory. */
enum padma_sim_layout {
	PADMA_SIM_SCATTERED, /* short runs here and there: what a machine that has run for a while
				gives */
	PADMA_SIM_ORDERED,   /* one frame after the other */
	PADMA_SIM_REVERSED,  /* each frame below the one before */
	PADMA_SIM_RANDOM,    /* each frame anywhere */
};

/* Which form of the GET_PA ioctl the simulated kernel has (docs/architecture.md, "Two forms").
 */
enum padma_sim_get_pa {
	PADMA_SIM_GET_PA_MERGED, /* IOMMU_IOAS_NOIOMMU_GET_PA of Linux 7.3: length in and out */
	PADMA_SIM_GET_PA_V4,	 /* IOMMU_IOAS_GET_PA as posted in 2026-04: length out only */
};

/**
 * struct padma_sim_params - the machine behind a space of the backend "sim"; all zero is a good default
 * @layout: how frames follow one another
 * @seed: of the random choices; 0 for a fixed default
 * @lowest_dma: no frame is below this address, in bytes, 2 MiB aligned; 0 for 16 MiB
 * @get_pa: the form of the ioctl
 * @late_attach: pin nothing and answer EOPNOTSUPP until the first device attaches, as the kernel
 *	does; otherwise the machine behaves as if one were attached from the start
 * @lazy: do not populate and pin memory: for measuring lookups over more memory than there is
 * @reserved: 0
 */
struct padma_sim_params {
	enum padma_sim_layout layout;
	uint64_t seed;
	padma_dma_t lowest_dma;
	enum padma_sim_get_pa get_pa;
	bool late_attach;
	bool lazy;
	uint64_t reserved[4];
};

/**
 * padma_sim_step() - run a device that was opened with "step"
 * @device: a simulated device
 * @limit: the most commands to carry out, 0 for all that there are
 *
 * Threading: one thread at a time.
 *
 * Return: how many commands were fetched or completed, 0 when there is nothing to do, or -EINVAL
 * (not a simulated device, or one that runs by itself).
 */
PADMA_API int padma_sim_step(struct padma_device *device, unsigned int limit);

/* The faults that hardware will not produce on demand. */
enum padma_sim_fault_kind {
	PADMA_SIM_FAULT_NONE,
	PADMA_SIM_FAULT_DROP,  /* carry the command out and never post its completion */
	PADMA_SIM_FAULT_DELAY, /* post the completion @value ns late (steps late, when stepped) */
	PADMA_SIM_FAULT_WRONG_ID,   /* post it with command identifier @value */
	PADMA_SIM_FAULT_STATUS,	    /* do not carry it out, answer status @value (no phase bit) */
	PADMA_SIM_FAULT_GARBAGE,    /* post 16 random bytes whose phase bit is right */
	PADMA_SIM_FAULT_WRONG_HEAD, /* post it with submission queue head @value */
	PADMA_SIM_FAULT_TWICE,	    /* post the completion twice */
	PADMA_SIM_FAULT_FATAL,	    /* set CSTS.CFS and stop */
	/* Take @value ns for the next enable, disable or reset (steps, when stepped; a function
	 * level reset takes none then). Strikes once; @skip and @count do not apply. */
	PADMA_SIM_FAULT_SLOW_RESET,
	/* Never become ready or not ready again, until disarmed; a function level reset still
	 * clears all registers. @skip and @count do not apply. */
	PADMA_SIM_FAULT_STUCK,
	/* Take @value ns for the next shutdown (steps, when stepped). Strikes once; @skip and @count
	 * do not apply. */
	PADMA_SIM_FAULT_SLOW_SHUTDOWN,
	/* Until disarmed its registers read as @value and ignore writes, while configuration space
	 * answers and the device keeps working, mapped doorbells included. All ones: as behind a
	 * bridge that has failed; zeros: as QEMU's virtual function whose secondary controller is
	 * offline. @skip and @count do not apply. */
	PADMA_SIM_FAULT_REGISTERS,
	/* Bus Master Enable stays on when it is cleared, until disarmed or until the function is
	 * reset. @skip and @count do not apply. */
	PADMA_SIM_FAULT_MASTER_STUCK,
	/* A network card: its link is down, at both ends of the wire, until disarmed. @skip and @count do not
	 * apply. */
	PADMA_SIM_FAULT_LINK_DOWN,
	/* Take in nothing, and complete nothing, until disarmed; registers answer. @skip and @count do not
	 * apply. */
	PADMA_SIM_FAULT_HANG,
	PADMA_SIM_FAULT_WRONG_LENGTH, /* post the completion of a buffer with length @value */
};

/**
 * struct padma_sim_fault - one fault to inject
 * @kind: which; PADMA_SIM_FAULT_NONE disarms all faults
 * @value: what it means depends on the kind, see above and docs/simulated-devices.md
 * @skip: let this many I/O commands pass first
 * @count: how many commands it strikes; 0 for all from then on
 */
struct padma_sim_fault {
	enum padma_sim_fault_kind kind;
	uint64_t value;
	uint64_t skip;
	uint64_t count;
};

/* private: padma_sim_fault() with the size that the caller was compiled with */
PADMA_API int padma_sim_fault_sized(struct padma_device *device, size_t fault_bytes,
				    const struct padma_sim_fault *fault);

/**
 * padma_sim_fault() - inject a fault
 * @device: a simulated device
 * @fault: which; copied. It replaces an earlier one of the same kind
 *
 * Any thread.
 *
 * Return: 0, or -EINVAL (not a simulated device, or a kind of fault that it does not have), -E2BIG (padma/params.h).
 */
PADMA_INLINE int padma_sim_fault(struct padma_device *device, const struct padma_sim_fault *fault)
{
	return padma_sim_fault_sized(device, sizeof(struct padma_sim_fault), fault);
}

/**
 * padma_sim_remove() - simulate a surprise removal
 * @device: a simulated device
 * @reads_as: what its registers read from now on: all ones (PCIe) or zeros (seen with QEMU)
 *
 * Any thread. The device does no DMA after this returns.
 *
 * Return: 0, or -EINVAL (not a simulated device).
 */
PADMA_API int padma_sim_remove(struct padma_device *device, uint64_t reads_as);

/**
 * padma_sim_request_removal() - request the removal of the device, as an operator would
 * @device: a simulated device
 *
 * Any thread. The device keeps working.
 *
 * Return: 0, or -EINVAL (not a simulated device).
 */
PADMA_API int padma_sim_request_removal(struct padma_device *device);

/**
 * struct padma_sim_dma_faults - what the bus refused
 * @count: accesses refused since the device was opened
 * @dma: the latest: first byte of it that is not mapped
 * @bytes: its length in bytes
 * @write: whether the device meant to write
 * @bus_master_off: whether it was refused because bus mastering was off
 */
struct padma_sim_dma_faults {
	uint64_t count;
	padma_dma_t dma;
	size_t bytes;
	bool write;
	bool bus_master_off;
};

/* private: padma_sim_dma_faults() with the size that the caller was compiled with */
PADMA_API int padma_sim_dma_faults_sized(struct padma_device *device, size_t faults_bytes,
					 struct padma_sim_dma_faults *faults);

/**
 * padma_sim_dma_faults() - wild DMA so far
 * @device: a simulated device
 * @faults: filled
 *
 * Any thread.
 *
 * Return: 0, or -EINVAL (not a simulated device).
 */
PADMA_INLINE int padma_sim_dma_faults(struct padma_device *device,
				      struct padma_sim_dma_faults *faults)
{
	return padma_sim_dma_faults_sized(device, sizeof(struct padma_sim_dma_faults), faults);
}

#define PADMA_SIM_DRIVER_ERROR_BYTES 200

/**
 * struct padma_sim_driver_errors - violations of the device's specification by its driver
 * @count: how often since the device was opened; 0 for a correct driver
 * @first: the first time, in words, cut off if it is longer; empty if there was none
 */
struct padma_sim_driver_errors {
	uint64_t count;
	char first[PADMA_SIM_DRIVER_ERROR_BYTES];
};

/* private: padma_sim_driver_errors() with the size that the caller was compiled with */
PADMA_API int padma_sim_driver_errors_sized(struct padma_device *device, size_t errors_bytes,
					    struct padma_sim_driver_errors *errors);

/**
 * padma_sim_driver_errors() - what the driver did that the device's specification forbids
 * @device: a simulated device
 * @errors: filled
 *
 * As far as the model looks: docs/simulated-devices.md says what. Any thread.
 *
 * Return: 0, or -EINVAL (not a simulated device).
 */
PADMA_INLINE int padma_sim_driver_errors(struct padma_device *device,
					 struct padma_sim_driver_errors *errors)
{
	return padma_sim_driver_errors_sized(device, sizeof(struct padma_sim_driver_errors),
					     errors);
}

/**
 * enum padma_sim_mutation_kind - what a hostile device does to an access
 * @PADMA_SIM_MUTATION_FLIP: one bit is flipped
 * @PADMA_SIM_MUTATION_RANDOM: up to eight bytes, of a register all, are random
 * @PADMA_SIM_MUTATION_ZEROS: up to 64 bytes, of a register all, are zeros
 * @PADMA_SIM_MUTATION_ONES: they are ones
 * @PADMA_SIM_MUTATION_STALE: they are those of the access before it
 * @PADMA_SIM_MUTATION_DROP: the write does not happen; of memory only
 * @PADMA_SIM_MUTATION_TORN: only the first part of it happens; of memory only
 */
enum padma_sim_mutation_kind {
	PADMA_SIM_MUTATION_FLIP,
	PADMA_SIM_MUTATION_RANDOM,
	PADMA_SIM_MUTATION_ZEROS,
	PADMA_SIM_MUTATION_ONES,
	PADMA_SIM_MUTATION_STALE,
	PADMA_SIM_MUTATION_DROP,
	PADMA_SIM_MUTATION_TORN,
};

/**
 * struct padma_sim_hostile_info - what a hostile device does, and how much of it so far
 * @seed: of the key "hostile": the same seed and the same accesses give the same mutations
 * @rate: one access in @rate is mutated, on average
 * @after: this many accesses of each sort are left unchanged first
 * @writes: writes to memory so far
 * @reads: reads of registers so far
 * @mutations: how many of both were mutated
 */
struct padma_sim_hostile_info {
	uint64_t seed;
	uint64_t rate;
	uint64_t after;
	uint64_t writes;
	uint64_t reads;
	uint64_t mutations;
};

/* private: padma_sim_hostile_info() with the size that the caller was compiled with */
PADMA_API int padma_sim_hostile_info_sized(struct padma_device *device, size_t info_bytes,
					   struct padma_sim_hostile_info *info);

/**
 * padma_sim_hostile_info() - the seed of a hostile device, and what it has done
 * @device: a device opened with the key "hostile"
 * @info: filled
 *
 * Any thread.
 *
 * Return: 0, or -EINVAL (not a simulated device, or not a hostile one).
 */
PADMA_INLINE int padma_sim_hostile_info(struct padma_device *device,
					struct padma_sim_hostile_info *info)
{
	return padma_sim_hostile_info_sized(device, sizeof(struct padma_sim_hostile_info), info);
}

/**
 * struct padma_sim_mutation - one access that a hostile device has mutated
 * @access: its number, from 1, among the writes to memory or the reads of registers
 * @kind: what was done
 * @bar: the BAR of the register, or -1 for memory
 * @at: the dma address of the access, or the register's offset in the BAR
 * @bytes: the length of the access
 * @first: the first byte of it that was mutated
 * @count: how many bytes were; what was dropped is counted, too
 * @before: the first of them as the model wrote them
 * @after: and as they were written; zeros if they were not
 */
struct padma_sim_mutation {
	uint64_t access;
	enum padma_sim_mutation_kind kind;
	int bar;
	uint64_t at;
	size_t bytes;
	size_t first;
	size_t count;
	uint8_t before[8];
	uint8_t after[8];
};

/* private: padma_sim_hostile_history() with the size of an element that the caller was compiled with */
PADMA_API int padma_sim_hostile_history_sized(struct padma_device *device, size_t mutation_bytes,
					      struct padma_sim_mutation *list, unsigned int count);

/**
 * padma_sim_hostile_history() - the latest mutations, for a report
 * @device: a device opened with the key "hostile"
 * @list: filled, the oldest first
 * @count: how many there is room for; the device keeps 256
 *
 * Any thread.
 *
 * Return: how many were filled in, or -EINVAL (not a simulated device, or not a hostile one).
 */
PADMA_INLINE int padma_sim_hostile_history(struct padma_device *device,
					   struct padma_sim_mutation *list, unsigned int count)
{
	return padma_sim_hostile_history_sized(device, sizeof(struct padma_sim_mutation), list,
					       count);
}

/* private: padma_sim_mutation_text() with the size that the caller was compiled with */
PADMA_API int padma_sim_mutation_text_sized(size_t mutation_bytes,
					    const struct padma_sim_mutation *mutation, char *text,
					    size_t bytes);

/**
 * padma_sim_mutation_text() - a mutation in words
 * @mutation: the mutation
 * @text: set to one line without a newline, cut off if it is longer
 * @bytes: the size of @text; 128 is enough
 *
 * Return: the length of the whole line, or -EINVAL (there is no such mutation), -E2BIG (of a newer libpadma).
 */
PADMA_INLINE int padma_sim_mutation_text(const struct padma_sim_mutation *mutation, char *text,
					 size_t bytes)
{
	return padma_sim_mutation_text_sized(sizeof(struct padma_sim_mutation), mutation, text,
					     bytes);
}

PADMA_END_DECLS

#endif
