/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * regs.h - the registers of an NVMe controller, in BAR 0 (Base 2.0, 3.1.3; PCIe
 * Transport 1.0, 3.1).
 */
#ifndef NVME_REGS_H
#define NVME_REGS_H

#include <stdint.h>

/* PCI class code: mass storage, non-volatile memory, NVMe I/O (PCIe Transport 1.0, 3.8.2.5). */
#define NVME_PCI_CLASS_OFFSET 0x09
#define NVME_PCI_PROGIF	      0x02
#define NVME_PCI_SUBCLASS     0x08
#define NVME_PCI_CLASS	      0x01

/* Base 2.0, figure 35. */
#define NVME_REG_CAP	      0x00
#define NVME_REG_VS	      0x08
#define NVME_REG_INTMS	      0x0c
#define NVME_REG_CC	      0x14
#define NVME_REG_CSTS	      0x1c
#define NVME_REG_AQA	      0x24
#define NVME_REG_ASQ	      0x28
#define NVME_REG_ACQ	      0x30
#define NVME_REG_CRTO	      0x68
/* PCIe Transport 1.0, 3.1.2: doorbells, from here on at the stride of CAP.DSTRD. */
#define NVME_REG_DOORBELLS    0x1000

/* CAP (figure 36). */
#define NVME_CAP_MQES(cap)    ((uint32_t)((cap)&0xffff))
#define NVME_CAP_TO(cap)      ((uint32_t)((cap) >> 24 & 0xff))
#define NVME_CAP_DSTRD(cap)   ((uint32_t)((cap) >> 32 & 0xf))
#define NVME_CAP_CSS(cap)     ((uint32_t)((cap) >> 37 & 0xff))
#define NVME_CAP_MPSMIN(cap)  ((uint32_t)((cap) >> 48 & 0xf))
#define NVME_CAP_CRWMS(cap)   ((uint32_t)((cap) >> 59 & 1))
#define NVME_CSS_NVM	      (1u << 0) /* the NVM command set */
#define NVME_CSS_IOCS	      (1u << 6) /* one or more I/O command sets */
/* CAP.TO and CRTO count in units of 500 ms. */
#define NVME_TIMEOUT_UNIT_NS  500000000ull

/* CC (figure 46). */
#define NVME_CC_EN	      (1u << 0)
#define NVME_CC_CSS_NVM	      (0u << 4)
#define NVME_CC_CSS_ALL	      (6u << 4)
#define NVME_CC_MPS_4K	      (0u << 7)
#define NVME_CC_SHN_MASK      (3u << 14)
#define NVME_CC_SHN_NORMAL    (1u << 14)
#define NVME_CC_IOSQES_64     (6u << 16)
#define NVME_CC_IOCQES_16     (4u << 20)

/* CSTS (figure 47). */
#define NVME_CSTS_RDY	      (1u << 0)
#define NVME_CSTS_CFS	      (1u << 1)
#define NVME_CSTS_SHST_MASK   (3u << 2)
#define NVME_CSTS_SHST_DONE   (2u << 2)

/* What a function that is no longer there reads as (some machines give zeros). */
#define NVME_ALL_ONES	      0xffffffffu

/* AQA (figure 49): both sizes 0-based. */
#define NVME_AQA(entries)     (((entries)-1) << 16 | ((entries)-1))

#define NVME_PAGE_BYTES	      4096u
#define NVME_PAGE_SHIFT	      12

/* PCIe Transport 1.0, 3.1.2.1 and 3.1.2.2. */
static inline uint64_t nvme_sq_doorbell(unsigned int qid, uint64_t cap)
{
	return NVME_REG_DOORBELLS + (uint64_t)(2 * qid) * (4u << NVME_CAP_DSTRD(cap));
}

static inline uint64_t nvme_cq_doorbell(unsigned int qid, uint64_t cap)
{
	return NVME_REG_DOORBELLS + (uint64_t)(2 * qid + 1) * (4u << NVME_CAP_DSTRD(cap));
}

#endif
