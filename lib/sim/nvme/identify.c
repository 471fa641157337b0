// SPDX-License-Identifier: BSD-3-Clause
/* Identify (Base 5.17, NVM 4.1.5): the data structures, filled field by field at their offsets. */
#include <stdio.h>
#include <string.h>

#include "controller.h"
#include "model.h"

#define IDENTIFY_BYTES	       4096u
#define CSI_NVM		       0u
/* CNS values (Base figure "CNS Values"). */
#define CNS_NAMESPACE	       0x00u
#define CNS_CONTROLLER	       0x01u
#define CNS_ACTIVE_LIST	       0x02u
#define CNS_DESCRIPTORS	       0x03u
#define CNS_IOCS_NAMESPACE     0x05u
#define CNS_IOCS_CONTROLLER    0x06u
#define CNS_IOCS_ACTIVE_LIST   0x07u
#define CNS_ANY_IOCS_NAMESPACE 0x08u
#define CNS_IOCS_COMBINATIONS  0x1cu

static void put16(uint8_t *at, uint16_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void put64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* Base 1.4.2: ASCII, left justified, padded with spaces. */
static void put_text(uint8_t *at, const char *text, size_t bytes)
{
	size_t length = strlen(text);

	memset(at, ' ', bytes);
	memcpy(at, text, length < bytes ? length : bytes);
}

/* FNV-1a (Fowler, Noll, Vo): names that differ when the serial numbers do. */
static uint64_t name_hash(const char *text, uint64_t hash)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3ull;
	return hash;
}

/* RFC 4122, version 4 and variant bits over bytes made from the serial number. Namespace 0 is the
 * controller itself, which shares its own with namespace 1. */
static void put_uuid(const struct controller *controller, uint32_t nsid, uint8_t *at)
{
	uint64_t other = nsid > 1 ? nsid : 0;

	put64(at, name_hash(controller->serial, 0xcbf29ce484222325ull));
	put64(at + 8, name_hash(controller->serial, 0x84222325cbf29ce4ull) ^ other << 32);
	at[6] = (uint8_t)((at[6] & 0x0f) | 0x40);
	at[8] = (uint8_t)((at[8] & 0x3f) | 0x80);
}

/* Base 1.6: an NQN in the UUID form. */
static void put_nqn(const struct controller *controller, uint8_t *at)
{
	uint8_t u[16];
	char text[80];

	put_uuid(controller, 0, u);
	snprintf(text, sizeof(text),
		 "nqn.2014-08.org.nvmexpress:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12],
		 u[13], u[14], u[15]);
	memcpy(at, text, strlen(text) + 1); /* the field is longer */
}

/* Base figure "Identify Controller Data Structure". What is 0 is not supported. */
static void fill_controller(const struct controller *controller, uint8_t *data)
{
	put16(data + 0, SIM_NVME_VENDOR);
	put16(data + 2, SIM_NVME_VENDOR);
	put_text(data + 4, controller->serial, 20);
	put_text(data + 24, "padma simulated NVMe controller", 40);
	put_text(data + 64, "1.0", 8);
	data[77] = controller->mdts;
	put32(data + 80, 0x00020000);				    /* VER */
	put32(data + 84, 1000000);				    /* RTD3R, us */
	put32(data + 88, (uint32_t)controller->config.shutdown_us); /* RTD3E */
	data[111] = 1;						    /* CNTRLTYPE: I/O controller */
	data[258] = 3;						    /* ACL: 4 Aborts at once */
	data[259] = CONTROLLER_EVENTS - 1;
	data[260] = 0x03; /* FRMW: one slot, read-only */
	data[261] = 0x06; /* LPA: commands and effects, extended data */
	data[262] = CONTROLLER_ERROR_ENTRIES - 1;
	put16(data + 266, 343); /* WCTEMP, K */
	put16(data + 268, 353); /* CCTEMP, K */
	data[512] = 0x66;	/* SQES: 64 bytes */
	data[513] = 0x44;	/* CQES: 16 bytes */
	put32(data + 516, (uint32_t)controller->config.namespaces);
	/* ONCS: Write Zeroes (3), Save and Select of features (4). */
	put16(data + 520, 0x0018);
	/* VWC: there is a cache (0); Flush takes the broadcast NSID (2:1 = 11b). */
	data[525] = (uint8_t)(0x06 | (controller->config.write_cache ? 1 : 0));
	put_nqn(controller, data + 768);
	put16(data + 2048, 2500); /* PSD0, MP: 25 W in units of 0.01 W */
}

/* NVM 4.1.5.1. */
static void fill_namespace(const struct controller *controller, uint32_t nsid, uint8_t *data)
{
	put64(data + 0, controller->blocks);	/* NSZE */
	put64(data + 8, controller->blocks);	/* NCAP */
	put64(data + 16, controller->blocks);	/* NUSE: thin provisioning is not reported */
	data[33] = 0x01;			/* DLFEAT: deallocated blocks read as zeros */
	put_uuid(controller, nsid, data + 104); /* NGUID */
	data[128 + 2] = (uint8_t)controller->block_shift; /* LBAF0: LBADS */
}

/* Base figure "Namespace Identification Descriptor": type, length, two reserved, the identifier. */
static void fill_descriptors(const struct controller *controller, uint32_t nsid, uint8_t *data)
{
	data[0] = 2; /* NGUID */
	data[1] = 16;
	put_uuid(controller, nsid, data + 4);
	data[20] = 3; /* UUID */
	data[21] = 16;
	put_uuid(controller, nsid, data + 24);
	data[40] = 4; /* CSI: the NVM Command Set, which all zero means */
	data[41] = 1;
}

static bool is_allocated(const struct controller *controller, uint32_t nsid)
{
	return nsid >= 1 && nsid <= controller->config.namespaces;
}

/* Base 5.17.2.2: active ids above the one given; the last two values are no ids. */
static uint16_t fill_active_list(const struct controller *controller, uint32_t nsid, uint8_t *data)
{
	uint64_t last = nsid + (uint64_t)IDENTIFY_BYTES / 4;

	if (nsid >= NSID_ALL - 1)
		return STATUS_INVALID_NAMESPACE | STATUS_DNR;
	if (last > controller->config.namespaces)
		last = controller->config.namespaces;
	for (uint32_t id = nsid + 1; id <= last; id++)
		put32(data + (size_t)(id - nsid - 1) * 4, id);
	return STATUS_SUCCESS;
}

static uint16_t fill_of_namespace(const struct controller *controller, uint32_t cns, uint32_t nsid,
				  uint8_t *data)
{
	/* Without namespace management the broadcast NSID names nothing (Base 5.17.2.1). */
	if (!is_allocated(controller, nsid))
		return STATUS_INVALID_NAMESPACE | STATUS_DNR;
	if (cns == CNS_NAMESPACE)
		fill_namespace(controller, nsid, data);
	else if (cns == CNS_DESCRIPTORS)
		fill_descriptors(controller, nsid, data);
	else if (cns == CNS_ANY_IOCS_NAMESPACE)
		data[14] = 0x01; /* NSTAT: ready */
	/* NVM 4.1.5.3: CNS 05h reports protection information only, and there is none. */
	return STATUS_SUCCESS;
}

static uint16_t fill(const struct controller *controller, const struct nvme_command *command,
		     uint8_t *data)
{
	uint32_t cns = command->cdw10 & 0xff, csi = command->cdw11 >> 24;

	switch (cns) {
	case CNS_CONTROLLER:
		fill_controller(controller, data);
		return STATUS_SUCCESS;
	case CNS_IOCS_NAMESPACE:
	case CNS_IOCS_CONTROLLER:
	case CNS_IOCS_ACTIVE_LIST:
		if (csi != CSI_NVM)
			break;
		if (cns == CNS_IOCS_CONTROLLER)
			return STATUS_SUCCESS; /* NVM 4.1.5.4: no limits to report */
		if (cns == CNS_IOCS_ACTIVE_LIST)
			return fill_active_list(controller, command->nsid, data);
		return fill_of_namespace(controller, cns, command->nsid, data);
	case CNS_ACTIVE_LIST:
		return fill_active_list(controller, command->nsid, data);
	case CNS_NAMESPACE:
	case CNS_DESCRIPTORS:
	case CNS_ANY_IOCS_NAMESPACE:
		return fill_of_namespace(controller, cns, command->nsid, data);
	case CNS_IOCS_COMBINATIONS:
		put64(data, 1ull << CSI_NVM); /* combination 0: the NVM Command Set alone */
		return STATUS_SUCCESS;
	default:
		break;
	}
	return STATUS_INVALID_FIELD | STATUS_DNR;
}

uint16_t sim_nvme_identify(struct controller *controller, struct request *request)
{
	uint8_t data[IDENTIFY_BYTES] = {0};
	uint16_t status = fill(controller, &request->command, data);

	if (status == STATUS_SUCCESS)
		status = sim_nvme_map(controller, &request->command, sizeof(data), &request->data);
	if (status == STATUS_SUCCESS)
		status = sim_nvme_to_host(controller, &request->data, data);
	return status;
}
