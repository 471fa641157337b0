// SPDX-License-Identifier: BSD-3-Clause
/* "sim:nvme": its keys, and making a controller of them. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/nvme/controller.h"
#include "sim/nvme/kind.h"

#define PAGE_BYTES     4096u
#define DOORBELL_BYTES 8u /* of a queue pair where CAP.DSTRD is 0 */
/* What the doorbells may take: BARs are found by 32-bit offsets here. */
#define DOORBELLS_MAX  MIB(64)
#define NAMESPACES_MAX 65536u
/* Mass storage, non-volatile memory, NVM Express I/O controller (PCIe 2.1). */
#define CLASS_NVME     0x010802u
/* CAP.TO, in units of 500 ms. */
#define READY_TIMEOUT  20u
#define MDTS_DEFAULT   (512u << 10)
/* MDTS counts in powers of two of a page, and 2^0 means no limit (Base, "Identify Controller"). */
#define MDTS_LEAST     (2 * PAGE_BYTES)
#define MDTS_BITS_MAX  16u

#define CONFIG(field)  offsetof(struct nvme_config, field)

static const struct sim_option options[] = {
	{"size", SIM_OPTION_BYTES, CONFIG(size), 4096, 1ull << 46},
	{"lba", SIM_OPTION_NUMBER, CONFIG(lba), 512, 4096},
	{"file", SIM_OPTION_TEXT, CONFIG(file), 1, 4095},
	{"null", SIM_OPTION_FLAG, CONFIG(null), 0, 0},
	{"nolists", SIM_OPTION_FLAG, CONFIG(no_lists), 0, 0},
	{"step", SIM_OPTION_FLAG, CONFIG(common.step), 0, 0},
	{"trap", SIM_OPTION_FLAG, CONFIG(trap), 0, 0},
	{"queues", SIM_OPTION_NUMBER, CONFIG(queues), 1, 65535},
	{"mqes", SIM_OPTION_NUMBER, CONFIG(mqes), 2, 65536},
	{"mdts", SIM_OPTION_BYTES, CONFIG(mdts), 0, (uint64_t)PAGE_BYTES << MDTS_BITS_MAX},
	{"vectors", SIM_OPTION_NUMBER, CONFIG(vectors), 1, MSIX_VECTORS_MAX},
	{"serial", SIM_OPTION_TEXT, CONFIG(serial), 1, 20},
	{"vwc", SIM_OPTION_NUMBER, CONFIG(write_cache), 0, 1},
	{"css", SIM_OPTION_NUMBER, CONFIG(css), 0, 255},
	{"namespaces", SIM_OPTION_NUMBER, CONFIG(namespaces), 0, NAMESPACES_MAX},
	{"dstrd", SIM_OPTION_NUMBER, CONFIG(dstrd), 0, 15},
	{"rtd3e", SIM_OPTION_NUMBER, CONFIG(shutdown_us), 0, UINT32_MAX},
	{"cold", SIM_OPTION_FLAG, CONFIG(cold), 0, 0},
	{"reset", SIM_OPTION_TEXT, CONFIG(common.reset), 1, 8},
	{"seed", SIM_OPTION_NUMBER, CONFIG(common.seed), 1, UINT64_MAX},
	{"fault", SIM_OPTION_TEXT, CONFIG(common.fault), 1, 80},
	{NULL},
};

static void defaults(struct sim_config *common)
{
	*container_of(common, struct nvme_config, common) = (struct nvme_config){
		.common.seed = 1,
		.lba = 512,
		.queues = 64,
		.mqes = 1024,
		.mdts = MDTS_DEFAULT,
		.vectors = 65,
		.write_cache = 1,
		.css = CAP_CSS_NVM | CAP_CSS_IOCS,
		.namespaces = 1,
		.shutdown_us = 1000000,
	};
}

static int check(const struct sim_device *device, const struct nvme_config *config)
{
	if (config->lba != 512 && config->lba != 4096)
		return fail(-EINVAL, "%s: blocks have 512 or 4096 bytes, not %" PRIu64,
			    device->name, config->lba);
	if (config->size % config->lba)
		return fail(-EINVAL,
			    "%s: size=%" PRIu64 " is no multiple of the block size %" PRIu64,
			    device->name, config->size, config->lba);
	if (config->mdts && (!is_power_of_two(config->mdts) || config->mdts < MDTS_LEAST))
		return fail(-EINVAL,
			    "%s: mdts is 0 (no limit) or a power of two from 8K on, not %" PRIu64,
			    device->name, config->mdts);
	if (config->no_lists && !config->null)
		return fail(-EINVAL, "%s: nolists moves no data; give null, too", device->name);
	if (config->null && config->file)
		return fail(-EINVAL, "%s: a namespace is either in a file or null", device->name);
	if (config->file && config->namespaces != 1)
		return fail(-EINVAL, "%s: a file is one namespace; give namespaces=1 or no file=",
			    device->name);
	if ((config->queues + 1) * DOORBELL_BYTES << config->dstrd > DOORBELLS_MAX)
		return fail(-EINVAL,
			    "%s: the doorbells of %" PRIu64 " queues do not fit into %zu MiB with "
			    "dstrd=%" PRIu64 "; give a smaller one, or a smaller queues=",
			    device->name, config->queues, DOORBELLS_MAX >> 20, config->dstrd);
	return 0;
}

static int open_store(struct controller *controller)
{
	struct nvme_config *config = &controller->config;
	int rc;

	if (config->file) {
		rc = sim_nvme_store_file(controller, &controller->store);
	} else {
		if (config->size == 0)
			config->size = NVME_DEFAULT_BYTES;
		rc = config->null ? sim_nvme_store_null(controller, &controller->store)
				  : sim_nvme_store_memory(controller, &controller->store);
	}
	if (rc)
		return rc;
	controller->block_shift = (unsigned int)__builtin_ctzll(config->lba);
	controller->blocks = (config->namespaces > 1 ? config->size : controller->store->bytes) >>
			     controller->block_shift;
	return 0;
}

static int allocate(struct controller *controller)
{
	const struct nvme_config *config = &controller->config;

	controller->queues = (unsigned int)config->queues + 1;
	controller->doorbell_bytes =
		align_up((size_t)controller->queues * DOORBELL_BYTES << config->dstrd, PAGE_BYTES);
	controller->sqs = calloc(controller->queues, sizeof(*controller->sqs));
	controller->cqs = calloc(controller->queues, sizeof(*controller->cqs));
	controller->vector_features = calloc(config->vectors, sizeof(*controller->vector_features));
	controller->doorbells = aligned_alloc(PAGE_BYTES, controller->doorbell_bytes);
	if (!controller->sqs || !controller->cqs || !controller->vector_features ||
	    !controller->doorbells)
		return fail(-ENOMEM, "%s: no memory for %u queues", controller->device->name,
			    controller->queues);
	memset(controller->doorbells, 0, controller->doorbell_bytes);
	return 0;
}

static void set_limits(struct controller *controller)
{
	const struct nvme_config *config = &controller->config;

	/* 0's based MQES; AMS, MPSMIN, boot partitions and memory buffers are 0. */
	controller->cap = (config->mqes - 1) | CAP_CQR | (uint64_t)READY_TIMEOUT << CAP_TO_SHIFT |
			  config->dstrd << CAP_DSTRD_SHIFT | config->css << CAP_CSS_SHIFT |
			  (uint64_t)CONTROLLER_MPSMAX << CAP_MPSMAX_SHIFT | CAP_CRWMS;
	controller->mdts = config->mdts ? (uint8_t)__builtin_ctzll(config->mdts / PAGE_BYTES) : 0;
	controller->page_bytes = PAGE_BYTES;
	controller->random = config->common.seed;
}

/* BAR 0: registers, doorbells, then the interrupt table and its pending bits. */
static void describe(const struct controller *controller, struct sim_shape *shape)
{
	uint32_t table = REG_DOORBELLS + (uint32_t)controller->doorbell_bytes;
	uint32_t table_bytes = (uint32_t)(controller->config.vectors * sizeof(struct msix_entry));
	uint32_t pba = (uint32_t)align_up(table + table_bytes, PAGE_BYTES);
	uint64_t bytes = 4 * PAGE_BYTES;

	while (bytes < pba + PAGE_BYTES)
		bytes *= 2;
	shape->identity = (struct pci_identity){
		.vendor = SIM_NVME_VENDOR,
		.device = SIM_NVME_DEVICE,
		.subsystem_vendor = SIM_NVME_VENDOR,
		.subsystem = SIM_NVME_DEVICE,
		.class_code = CLASS_NVME,
		.revision = 1,
		.bar_bytes = bytes,
		.vectors = (unsigned int)controller->config.vectors,
		.msix_table = table,
		.msix_pba = pba,
	};
	/*
	 * With "trap" nothing is mapped, as behind a BAR that cannot be. A stepped controller traps
	 * the admin queue's doorbells alone and carries admin commands out at once: a driver waits
	 * for them in the thread that would step it.
	 */
	shape->direct_start = REG_DOORBELLS;
	if (controller->config.trap)
		shape->direct_start = table;
	else if (controller->config.common.step)
		shape->direct_start += DOORBELL_BYTES << controller->config.dstrd;
	shape->direct_end = table;
	shape->direct = (char *)controller->doorbells + (shape->direct_start - REG_DOORBELLS);
}

static void destroy(void *model)
{
	struct controller *controller = model;

	if (controller->store) {
		sim_nvme_abandon_all(controller);
		controller->store->ops->settle(controller->store);
		controller->store->ops->close(controller->store);
	}
	sim_nvme_requests_free(controller);
	free(controller->sqs);
	free(controller->cqs);
	free(controller->vector_features);
	free(controller->doorbells);
	free(controller->config.file);
	free(controller->config.serial);
	free(controller);
}

static int take_config(struct controller *controller, struct nvme_config *config)
{
	controller->config = *config;
	/* These two stay the caller's. */
	controller->config.common.fault = NULL;
	controller->config.common.reset = NULL;
	config->file = NULL;
	config->serial = NULL;
	if (!controller->config.serial)
		controller->config.serial = strdup("PADMA-SIM-1");
	if (!controller->config.serial)
		return fail(-ENOMEM, "%s: no memory left", controller->device->name);
	return 0;
}

static int create(struct sim_device *device, struct sim_config *common, void **model,
		  struct sim_shape *shape)
{
	struct nvme_config *config = container_of(common, struct nvme_config, common);
	struct controller *controller;
	int rc = check(device, config);

	if (rc)
		return rc;
	controller = calloc(1, sizeof(*controller));
	if (!controller)
		return fail(-ENOMEM, "%s: no memory left", device->name);
	controller->device = device;
	controller->bus = &device->bus;
	sim_nvme_requests_init(controller);
	rc = take_config(controller, config);
	if (rc == 0)
		rc = allocate(controller);
	if (rc == 0)
		rc = open_store(controller);
	if (rc) {
		destroy(controller);
		return rc;
	}
	set_limits(controller);
	sim_nvme_features_reset(controller);
	describe(controller, shape);
	*model = controller;
	return 0;
}

const struct sim_kind sim_nvme_kind = {
	.name = "nvme",
	.options = options,
	.config_bytes = sizeof(struct nvme_config),
	.fault_kinds = (1u << SIM_FAULT_KINDS) - 1,
	.defaults = defaults,
	.create = create,
	.destroy = destroy,
	.read = sim_nvme_read,
	.write = sim_nvme_write,
	.run = sim_nvme_run,
	.asserts = sim_nvme_asserts,
	.reset = sim_nvme_reset,
};
