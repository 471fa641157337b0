/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hostile_nvme.h - an NVMe controller that does what the input selects, in virtual time.
 *
 * With an empty input it is a well-behaved controller with one namespace, from the specification (NVM
 * Express Base 2.0; NVM Command Set 1.0). Each event of the driver (a write to CC, an admin doorbell,
 * a reset) takes one byte of the input that may select other behavior; hostile_act() acts between the
 * driver's calls. Memory is accessed by dma address, and only while bus mastering is on and the
 * function is on the bus.
 *
 * It also tracks what an adversary could still do: it may write to a fetched command's memory until it
 * has posted a completion with the command's identifier, has reported being disabled, was reset, or
 * has lost the bus. hostile_may_write() checks that.
 *
 * One device at a time, one thread.
 */
#ifndef TESTS_FUZZ_HOSTILE_NVME_H
#define TESTS_FUZZ_HOSTILE_NVME_H

#include <stdbool.h>

#include <padma/device.h>
#include <padma/space.h>

#include "fuzz.h"

#define HOSTILE_NAME   "hostile:nvme"
#define HOSTILE_QUEUES 3u /* including the admin queue */
#define HOSTILE_PAGE   4096u

/* A command that the device fetched; the test decides whether that was allowed. */
struct hostile_command {
	bool held; /* it may still write to, or read, its memory */
	uint16_t qid;
	uint16_t cid;
	uint8_t opcode;
	uint32_t nsid;
	uint64_t prp1;
	uint64_t prp2;
	uint64_t lba;
	uint32_t lbas;
	uint32_t cdw10;
	uint32_t cdw11;
};

/* Called for each command of an I/O queue when the device fetches it. */
typedef void (*hostile_fetched)(void *ctx, const struct hostile_command *command);

/* The input is used until hostile_calm(); @identify: also for the data of each Identify. */
void hostile_begin(struct fuzz_input *input, bool identify, hostile_fetched fetched, void *ctx);

/* From now on it is well-behaved, responds, and stops its DMA when it is disabled. */
void hostile_calm(void);

/* One unsolicited action, chosen by the input: a completion, correct or not, garbage, a state. */
void hostile_act(void);

/* Whether a command that it holds reaches into [dma, dma + bytes). */
bool hostile_may_write(padma_dma_t dma, size_t bytes);
/* Whether all rings that it may still use are in lent memory (by the exact guard). */
bool hostile_rings_are_lent(void);

/* Virtual time in ns; and the part that the input skipped at once, which no driver can bound. */
uint64_t hostile_time(void);
uint64_t hostile_jumps(void);

/* Defined by the program: bytes per block of that namespace, as Identify returned them. */
uint32_t hostile_block_bytes(uint32_t nsid);

/* Call @fn for each piece of memory in the command's PRPs. */
void hostile_each_piece(const struct hostile_command *command,
			void (*fn)(void *ctx, padma_dma_t dma, size_t bytes), void *ctx);

#endif
