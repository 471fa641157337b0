/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec.h - what the NVMe specifications define, as far as the controller model uses it.
 *
 * Base: NVM Express Base Specification 2.0. NVM: NVM Command Set Specification 1.0. PCIe: NVMe over
 * PCIe Transport Specification 1.0. Written apart from the driver's definitions, so that a mistake
 * in one is not hidden by the same mistake in the other. Everything is little-endian, and so are
 * the machines padma runs on.
 */
#ifndef SIM_NVME_SPEC_H
#define SIM_NVME_SPEC_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structures are used as on the bus");

/* Registers (Base 3.1.3; PCIe 3.1.2 for the doorbells). */
#define REG_CAP		 0x00u
#define REG_VS		 0x08u
#define REG_INTMS	 0x0cu
#define REG_INTMC	 0x10u
#define REG_CC		 0x14u
#define REG_CSTS	 0x1cu
#define REG_AQA		 0x24u
#define REG_ASQ		 0x28u
#define REG_ACQ		 0x30u
#define REG_CRTO	 0x68u
#define REG_DOORBELLS	 0x1000u

/* Base 3.1.3.1, Controller Capabilities. */
#define CAP_CQR		 (1ull << 16)
#define CAP_TO_SHIFT	 24
#define CAP_DSTRD_SHIFT	 32
#define CAP_CSS_SHIFT	 37
#define CAP_CSS_NVM	 (1u << 0)
#define CAP_CSS_IOCS	 (1u << 6)
#define CAP_MPSMAX_SHIFT 52
#define CAP_CRWMS	 (1ull << 59)

/* Base 3.1.3.5, Controller Configuration. */
#define CC_EN		 (1u << 0)
#define CC_CSS(cc)	 ((cc) >> 4 & 7)
#define CC_MPS(cc)	 ((cc) >> 7 & 15)
#define CC_AMS(cc)	 ((cc) >> 11 & 7)
#define CC_SHN(cc)	 ((cc) >> 14 & 3)
#define CC_IOSQES(cc)	 ((cc) >> 16 & 15)
#define CC_IOCQES(cc)	 ((cc) >> 20 & 15)
#define CC_CRIME	 (1u << 24)
#define CC_WRITABLE	 0x01fffff1u
/* These may change only while EN is 0. */
#define CC_FIXED	 0x01003ff0u
#define CSS_NVM		 0u
#define CSS_IOCS	 6u

/* Base 3.1.3.6, Controller Status. */
#define CSTS_RDY	 (1u << 0)
#define CSTS_CFS	 (1u << 1)
#define CSTS_SHST_MASK	 (3u << 2)
#define CSTS_SHST_BUSY	 (1u << 2)
#define CSTS_SHST_DONE	 (2u << 2)

#define AQA_WRITABLE	 0x0fff0fffu

/* Base 3.3.3.1, the common command format. */
struct nvme_command {
	uint8_t opcode;
	uint8_t flags; /* bits 1:0 FUSE, 7:6 PSDT */
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
static_assert(sizeof(struct nvme_command) == 64, "submission queue entry");
static_assert(offsetof(struct nvme_command, prp1) == 24, "DPTR");
static_assert(offsetof(struct nvme_command, cdw10) == 40, "CDW10");

#define FLAGS_FUSE 0x03u
#define FLAGS_PSDT 0xc0u
#define NSID_ALL   0xffffffffu

/* Base 3.3.3.2, the completion queue entry. */
struct nvme_completion {
	uint32_t result;
	uint32_t reserved;
	uint16_t sq_head;
	uint16_t sqid;
	uint32_t tail; /* bits 15:0 CID, 16 phase, 31:17 status: stored last, as one word */
};
static_assert(sizeof(struct nvme_completion) == 16, "completion queue entry");
static_assert(offsetof(struct nvme_completion, tail) == 12, "CID, phase and status");

/* Status without the phase bit: SC 7:0, SCT 10:8, More 13, DNR 14 (Base 3.3.3.2.1). */
#define STATUS_MORE			 0x2000u
#define STATUS_DNR			 0x4000u
#define STATUS_CODE(status)		 ((status)&0x7ffu)

#define STATUS_SUCCESS			 0x000u
#define STATUS_INVALID_OPCODE		 0x001u
#define STATUS_INVALID_FIELD		 0x002u
#define STATUS_DATA_TRANSFER_ERROR	 0x004u
#define STATUS_INTERNAL_ERROR		 0x006u
#define STATUS_ABORT_REQUESTED		 0x007u
#define STATUS_ABORTED_SQ_DELETED	 0x008u
#define STATUS_INVALID_NAMESPACE	 0x00bu
#define STATUS_COMMAND_SEQUENCE		 0x00cu
#define STATUS_PRP_OFFSET_INVALID	 0x013u
#define STATUS_LBA_OUT_OF_RANGE		 0x080u
#define STATUS_CQ_INVALID		 0x100u
#define STATUS_INVALID_QID		 0x101u
#define STATUS_INVALID_QUEUE_SIZE	 0x102u
#define STATUS_TOO_MANY_EVENTS		 0x105u
#define STATUS_INVALID_VECTOR		 0x108u
#define STATUS_INVALID_LOG_PAGE		 0x109u
#define STATUS_INVALID_QUEUE_DELETION	 0x10cu
#define STATUS_NOT_SAVEABLE		 0x10du
#define STATUS_NOT_CHANGEABLE		 0x10eu
#define STATUS_IOCS_COMBINATION_REJECTED 0x12bu
#define STATUS_WRITE_FAULT		 0x280u
#define STATUS_UNRECOVERED_READ		 0x281u

/* Base 5, Admin commands. */
#define ADMIN_DELETE_SQ			 0x00u
#define ADMIN_CREATE_SQ			 0x01u
#define ADMIN_GET_LOG_PAGE		 0x02u
#define ADMIN_DELETE_CQ			 0x04u
#define ADMIN_CREATE_CQ			 0x05u
#define ADMIN_IDENTIFY			 0x06u
#define ADMIN_ABORT			 0x08u
#define ADMIN_SET_FEATURES		 0x09u
#define ADMIN_GET_FEATURES		 0x0au
#define ADMIN_ASYNC_EVENT		 0x0cu

/* Base 7 and NVM 3.2, I/O commands. */
#define IO_FLUSH			 0x00u
#define IO_WRITE			 0x01u
#define IO_READ				 0x02u
#define IO_WRITE_ZEROES			 0x08u
#define IO_CDW12_FUA			 (1u << 30)

/* Base 5.2.1, asynchronous events. */
#define EVENT_ERROR			 0u
#define EVENT_HEALTH			 1u
#define EVENT_TYPES			 2u
#define ERROR_INVALID_DOORBELL_REGISTER	 0u
#define ERROR_INVALID_DOORBELL_VALUE	 1u
#define HEALTH_TEMPERATURE		 1u

/* Base 5.16.1, log pages. */
#define LOG_SUPPORTED			 0x00u
#define LOG_ERRORS			 0x01u
#define LOG_HEALTH			 0x02u
#define LOG_FIRMWARE			 0x03u
#define LOG_EFFECTS			 0x05u
#define LOG_FEATURE_EFFECTS		 0x12u

/* Base 5.27.1, NVM 4.1.4: features. */
#define FEATURE_ARBITRATION		 0x01u
#define FEATURE_POWER			 0x02u
#define FEATURE_TEMPERATURE		 0x04u
#define FEATURE_ERROR_RECOVERY		 0x05u
#define FEATURE_WRITE_CACHE		 0x06u
#define FEATURE_QUEUES			 0x07u
#define FEATURE_COALESCING		 0x08u
#define FEATURE_VECTOR			 0x09u
#define FEATURE_ATOMICITY		 0x0au
#define FEATURE_EVENTS			 0x0bu
#define FEATURE_IOCS_PROFILE		 0x19u

#endif
