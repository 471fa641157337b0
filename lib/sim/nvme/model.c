// SPDX-License-Identifier: BSD-3-Clause
/* "sim:nvme": its keys, and making a controller of them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "controller.h"
#include "model.h"

#define PAGE_BYTES	 4096u
/* PCI Local Bus 3.0, 6.8.2: an entry of the interrupt table, and how many a table has at most. */
#define MSIX_ENTRY_BYTES 16u
#define VECTORS_MAX	 2048u
#define DOORBELL_BYTES	 8u /* of a queue pair where CAP.DSTRD is 0 */
/* What the doorbells may take: BARs are found by 32-bit offsets here. */
#define DOORBELLS_MAX	 ((size_t)64 << 20)
#define NAMESPACES_MAX	 65536u
/* Mass storage, non-volatile memory, NVM Express I/O controller (PCIe 2.1). */
#define CLASS_NVME	 0x010802u
/* CAP.TO, in units of 500 ms. */
#define READY_TIMEOUT	 20u
#define MDTS_DEFAULT	 (512u << 10)
/* MDTS counts in powers of two of a page, and 2^0 means no limit (Base, "Identify Controller"). */
#define MDTS_LEAST	 (2 * PAGE_BYTES)
#define MDTS_BITS_MAX	 16u

#define FIELD(name)	 offsetof(struct controller, config.name)
/* A row of the table of keys. */
#define FLAG(key, field, means)                                                                    \
	{                                                                                          \
		.name = (key), .type = PADMA_SIM_KEY_FLAG, .offset = FIELD(field), .help = (means) \
	}
#define VALUE(key, kind, field, least, most, at_first, means)                                      \
	{                                                                                          \
		.name = (key), .type = PADMA_SIM_KEY_##kind, .offset = FIELD(field),               \
		.min = (least), .max = (most), .initial = (at_first), .help = (means)              \
	}

static const struct padma_sim_key keys[] = {
	VALUE("size", SIZE, size, 4096, 1ull << 46, 0, "a namespace's size; 1G, or the file's"),
	VALUE("lba", NUMBER, lba, 512, 4096, 512, "a logical block: 512 or 4096 bytes"),
	VALUE("file", TEXT, file, 1, 4095, 0, "the namespace is this file"),
	FLAG("null", null, "the namespace takes and gives no data"),
	FLAG("nolists", no_lists, "with null: data pointers are not followed"),
	VALUE("queues", NUMBER, queues, 1, 65535, 64, "I/O queue pairs that it grants"),
	VALUE("mqes", NUMBER, mqes, 2, 65536, 1024, "entries of the largest queue"),
	VALUE("mdts", SIZE, mdts, 0, (uint64_t)PAGE_BYTES << MDTS_BITS_MAX, MDTS_DEFAULT,
	      "the largest transfer of a command; 0: no limit"),
	VALUE("vectors", NUMBER, vectors, 1, VECTORS_MAX, 65, "vectors of MSI-X"),
	VALUE("serial", TEXT, serial, 1, 20, 0, "the serial number"),
	VALUE("vwc", NUMBER, write_cache, 0, 1, 1, "whether it has a volatile write cache"),
	VALUE("css", NUMBER, css, 0, 255, CAP_CSS_NVM | CAP_CSS_IOCS, "CAP.CSS"),
	VALUE("namespaces", NUMBER, namespaces, 0, NAMESPACES_MAX, 1, "how many there are"),
	VALUE("dstrd", NUMBER, dstrd, 0, 15, 0, "CAP.DSTRD"),
	VALUE("rtd3e", NUMBER, shutdown_us, 0, UINT32_MAX, 1000000, "RTD3E, in microseconds"),
	FLAG("cold", cold, "completions are not in the processor's cache"),
	{.name = NULL},
};

static int check(const struct padma_sim_function *function, const struct nvme_config *config)
{
	if (config->lba != 512 && config->lba != 4096)
		return fail(-EINVAL, "%s: blocks have 512 or 4096 bytes, not %" PRIu64,
			    function->name, config->lba);
	if (config->size % config->lba)
		return fail(-EINVAL,
			    "%s: size=%" PRIu64 " is no multiple of the block size %" PRIu64,
			    function->name, config->size, config->lba);
	if (config->mdts && (!is_power_of_two(config->mdts) || config->mdts < MDTS_LEAST))
		return fail(-EINVAL,
			    "%s: mdts is 0 (no limit) or a power of two from 8K on, not %" PRIu64,
			    function->name, config->mdts);
	if (config->no_lists && !config->null)
		return fail(-EINVAL, "%s: nolists moves no data; give null, too", function->name);
	if (config->null && config->file)
		return fail(-EINVAL, "%s: a namespace is either in a file or null", function->name);
	if (config->file && config->namespaces != 1)
		return fail(-EINVAL, "%s: a file is one namespace; give namespaces=1 or no file=",
			    function->name);
	if ((config->queues + 1) * DOORBELL_BYTES << config->dstrd > DOORBELLS_MAX)
		return fail(-EINVAL,
			    "%s: the doorbells of %" PRIu64 " queues do not fit into %zu MiB with "
			    "dstrd=%" PRIu64 "; give a smaller one, or a smaller queues=",
			    function->name, config->queues, DOORBELLS_MAX >> 20, config->dstrd);
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
		return fail(-ENOMEM, "%s: no memory for %u queues", controller->function->name,
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
	controller->serial = config->serial ? config->serial : "PADMA-SIM-1";
	controller->random = controller->function->seed;
}

/* BAR 0: registers, doorbells, then the interrupt table and its pending bits. */
static void describe(const struct controller *controller, struct padma_sim_shape *shape)
{
	uint32_t table = REG_DOORBELLS + (uint32_t)controller->doorbell_bytes;
	uint32_t table_bytes = (uint32_t)(controller->config.vectors * MSIX_ENTRY_BYTES);
	uint32_t pba = (uint32_t)align_up(table + table_bytes, PAGE_BYTES);
	uint64_t bytes = 4 * PAGE_BYTES, first = REG_DOORBELLS;

	while (bytes < pba + PAGE_BYTES)
		bytes *= 2;
	shape->bars[0] = (struct padma_sim_bar){.bytes = bytes, .is_64bit = true};
	shape->msix_vectors = (unsigned int)controller->config.vectors;
	shape->msix_table = table;
	shape->msix_pba = pba;
	/*
	 * A stepped controller traps the admin queue's doorbells and carries admin commands out at once: a
	 * driver waits for them in the thread that would step it.
	 */
	if (controller->function->stepped)
		first += DOORBELL_BYTES << controller->config.dstrd;
	shape->directs[0] = (struct padma_sim_direct){
		.offset = first,
		.bytes = table - first,
		.memory = (char *)controller->doorbells + (first - REG_DOORBELLS),
	};
}

static void destroy(void *state)
{
	struct controller *controller = state;

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
}

static int create(void *state, struct padma_sim_function *function, struct padma_sim_shape *shape)
{
	struct controller *controller = state;
	int rc = check(function, &controller->config);

	if (rc)
		return rc;
	controller->function = function;
	sim_nvme_requests_init(controller);
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
	return 0;
}

static const struct padma_sim_shape shape_of_all = {
	.vendor = SIM_NVME_VENDOR,
	.device = SIM_NVME_DEVICE,
	.class_code = CLASS_NVME,
	.revision = 1,
};

const struct padma_sim_model sim_nvme_model = {
	.name = "nvme",
	.help = "an NVMe controller",
	.shape = &shape_of_all,
	.keys = keys,
	.state_bytes = sizeof(struct controller),
	.faults = PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_MASTER_STUCK + 1) - 1,
	.create = create,
	.destroy = destroy,
	.read = sim_nvme_read,
	.write = sim_nvme_write,
	.run = sim_nvme_run,
	.asserts = sim_nvme_asserts,
	.reset = sim_nvme_reset,
};
