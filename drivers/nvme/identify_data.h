/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * identify_data.h - what Identify returns, as far as the driver reads it (Base 2.0, 5.17.2; NVM
 * Command Set 1.0, 4.1.5).
 */
#ifndef NVME_IDENTIFY_DATA_H
#define NVME_IDENTIFY_DATA_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define NVME_IDENTIFY_BYTES 4096

/* Identify Controller (Base 2.0, figure 275). */
struct nvme_id_controller {
	uint16_t vid;
	uint16_t ssvid;
	char serial[20];
	char model[40];
	char firmware[8];
	uint8_t rab;
	uint8_t ieee[3];
	uint8_t cmic;
	uint8_t mdts; /* log2 of units of CAP.MPSMIN; 0: no limit */
	uint16_t cntlid;
	uint32_t version;
	uint32_t rtd3r;
	uint32_t rtd3e; /* us */
	uint8_t reserved92[19];
	uint8_t controller_type;
	uint8_t reserved112[147];
	uint8_t aerl; /* 0-based */
	uint8_t reserved260[252];
	uint8_t sqes; /* log2: least in bits 3:0, most in 7:4 */
	uint8_t cqes;
	uint16_t maxcmd;
	uint32_t nn;
	uint16_t oncs;
	uint16_t fuses;
	uint8_t fna;
	uint8_t vwc;
	uint8_t reserved526[3570];
};
static_assert(sizeof(struct nvme_id_controller) == NVME_IDENTIFY_BYTES, "figure 275");
static_assert(offsetof(struct nvme_id_controller, serial) == 4, "SN");
static_assert(offsetof(struct nvme_id_controller, model) == 24, "MN");
static_assert(offsetof(struct nvme_id_controller, firmware) == 64, "FR");
static_assert(offsetof(struct nvme_id_controller, mdts) == 77, "MDTS");
static_assert(offsetof(struct nvme_id_controller, cntlid) == 78, "CNTLID");
static_assert(offsetof(struct nvme_id_controller, version) == 80, "VER");
static_assert(offsetof(struct nvme_id_controller, rtd3e) == 88, "RTD3E");
static_assert(offsetof(struct nvme_id_controller, controller_type) == 111, "CNTRLTYPE");
static_assert(offsetof(struct nvme_id_controller, aerl) == 259, "AERL");
static_assert(offsetof(struct nvme_id_controller, sqes) == 512, "SQES");
static_assert(offsetof(struct nvme_id_controller, nn) == 516, "NN");
static_assert(offsetof(struct nvme_id_controller, oncs) == 520, "ONCS");
static_assert(offsetof(struct nvme_id_controller, vwc) == 525, "VWC");

#define NVME_ONCS_WRITE_ZEROES	(1u << 3)
#define NVME_VWC_PRESENT	(1u << 0)
#define NVME_CONTROLLER_TYPE_IO 1

/* Identify Namespace (NVM Command Set 1.0, figure 97). */
struct nvme_lba_format {
	uint16_t metadata_bytes;
	uint8_t lbads; /* log2 of bytes per block */
	uint8_t performance;
};
static_assert(sizeof(struct nvme_lba_format) == 4, "LBAF");

struct nvme_id_namespace {
	uint64_t nsze;
	uint64_t ncap;
	uint64_t nuse;
	uint8_t nsfeat;
	uint8_t nlbaf; /* 0-based */
	uint8_t flbas; /* index in bits 3:0, upper bits of it in 6:5 */
	uint8_t mc;
	uint8_t dpc;
	uint8_t dps;
	uint8_t reserved30[74];
	uint8_t nguid[16];
	uint8_t eui64[8];
	struct nvme_lba_format formats[64];
	uint8_t vendor[3712];
};
static_assert(sizeof(struct nvme_id_namespace) == NVME_IDENTIFY_BYTES, "figure 97");
static_assert(offsetof(struct nvme_id_namespace, nlbaf) == 25, "NLBAF");
static_assert(offsetof(struct nvme_id_namespace, flbas) == 26, "FLBAS");
static_assert(offsetof(struct nvme_id_namespace, dps) == 29, "DPS");
static_assert(offsetof(struct nvme_id_namespace, nguid) == 104, "NGUID");
static_assert(offsetof(struct nvme_id_namespace, eui64) == 120, "EUI64");
static_assert(offsetof(struct nvme_id_namespace, formats) == 128, "LBAF0");

/* Namespace Identification Descriptor (Base 2.0, figure 277). */
struct nvme_ns_descriptor {
	uint8_t type; /* 0 ends the list */
	uint8_t bytes;
	uint16_t reserved;
};
static_assert(sizeof(struct nvme_ns_descriptor) == 4, "figure 277");

enum {
	NVME_NIDT_EUI64 = 1,
	NVME_NIDT_NGUID = 2,
	NVME_NIDT_UUID = 3,
	NVME_NIDT_CSI = 4,
};

/* I/O Command Set specific Identify Controller (NVM Command Set 1.0, figure 102). */
#define NVME_ID_NVM_WZSL_OFFSET 1

#endif
