/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * command.h - submission and completion queue entries, opcodes, status (Base 2.0, 3.3.3 and 5).
 */
#ifndef NVME_COMMAND_H
#define NVME_COMMAND_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* Entries are little-endian; so is every machine that padma runs on. */
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "NVMe entries are little-endian");

/* Base 2.0, figures 86 to 88. */
struct nvme_command {
	uint8_t opcode;
	uint8_t flags; /* FUSE 0: not fused; PSDT 0: PRPs */
	uint16_t cid;
	uint32_t nsid;
	uint32_t cdw2;
	uint32_t cdw3;
	uint64_t mptr;
	uint64_t prp1;
	uint64_t prp2;
	uint32_t cdw10;
	uint32_t cdw11;
	uint32_t cdw12;
	uint32_t cdw13;
	uint32_t cdw14;
	uint32_t cdw15;
};
static_assert(sizeof(struct nvme_command) == 64, "IOSQES is 6");
static_assert(offsetof(struct nvme_command, nsid) == 4, "CDW1");
static_assert(offsetof(struct nvme_command, mptr) == 16, "CDW4");
static_assert(offsetof(struct nvme_command, prp1) == 24, "CDW6");
static_assert(offsetof(struct nvme_command, prp2) == 32, "CDW8");
static_assert(offsetof(struct nvme_command, cdw10) == 40, "CDW10");
static_assert(offsetof(struct nvme_command, cdw15) == 60, "CDW15");

/*
 * Base 2.0, figures 89 and 90. Each word is loaded once: a device that changes an entry while it
 * is looked at changes nothing.
 */
struct nvme_completion {
	uint32_t result;
	uint32_t reserved;
	uint32_t queue;	 /* SQHD in bits 15:0, SQID in 31:16 */
	uint32_t status; /* CID in bits 15:0, P in 16, the status field in 31:17 */
};
static_assert(sizeof(struct nvme_completion) == 16, "IOCQES is 4");
static_assert(offsetof(struct nvme_completion, queue) == 8, "DW2");
static_assert(offsetof(struct nvme_completion, status) == 12, "DW3");

#define NVME_COMPLETION_PHASE_SHIFT  16
#define NVME_COMPLETION_STATUS_SHIFT 17

/*
 * Command identifiers (CID): 12 bits of tag, 4 of generation. Tag 4095 is left out, so that
 * identifier 0xffff, which NVMe reserves (Base 2.0, figure 87), never appears.
 */
#define NVME_TAG_BITS		     12u
#define NVME_TAGS_MAX		     ((1u << NVME_TAG_BITS) - 1)

/* Admin commands (figure 138). */
enum {
	NVME_ADMIN_DELETE_SQ = 0x00,
	NVME_ADMIN_CREATE_SQ = 0x01,
	NVME_ADMIN_GET_LOG_PAGE = 0x02,
	NVME_ADMIN_DELETE_CQ = 0x04,
	NVME_ADMIN_CREATE_CQ = 0x05,
	NVME_ADMIN_IDENTIFY = 0x06,
	NVME_ADMIN_SET_FEATURES = 0x09,
	NVME_ADMIN_ASYNC_EVENT = 0x0c,
};

/* I/O commands (Base 2.0, figure 371; NVM Command Set 1.0, figure 11). */
enum {
	NVME_IO_FLUSH = 0x00,
	NVME_IO_WRITE = 0x01,
	NVME_IO_READ = 0x02,
	NVME_IO_WRITE_ZEROES = 0x08,
};

/* Identify: Controller or Namespace Structure (figure 273). */
enum {
	NVME_CNS_NAMESPACE = 0x00,
	NVME_CNS_CONTROLLER = 0x01,
	NVME_CNS_ACTIVE_LIST = 0x02,
	NVME_CNS_DESCRIPTORS = 0x03,
	NVME_CNS_CSI_CONTROLLER = 0x06,
};

#define NVME_NSID_ALL			0xffffffffu

/* Features (figure 317). */
#define NVME_FEATURE_QUEUES		0x07

/* Create I/O Completion Queue, CDW11 (figure 155); Submission Queue, CDW11 (figure 159). */
#define NVME_CQ_CONTIGUOUS		(1u << 0)
#define NVME_CQ_IRQ_ENABLE		(1u << 1)
#define NVME_CQ_VECTOR(v)		((uint32_t)(v) << 16)
#define NVME_SQ_CONTIGUOUS		(1u << 0)
#define NVME_SQ_CQID(id)		((uint32_t)(id) << 16)
#define NVME_QUEUE_ID_SIZE(id, entries) ((uint32_t)(id) | ((uint32_t)(entries)-1) << 16)

/* The most logical blocks of one command: NLB is 16 bits, 0-based (NVM Command Set 1.0, 3.2). */
#define NVME_MAX_LBAS			65536u

#endif
