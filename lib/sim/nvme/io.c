// SPDX-License-Identifier: BSD-3-Clause
/* I/O commands (Base 7.1; NVM 3.2): their checks, in front of the store. */
#include "controller.h"

bool sim_nvme_has_io(uint8_t opcode)
{
	return opcode == IO_FLUSH || opcode == IO_READ || opcode == IO_WRITE ||
	       opcode == IO_WRITE_ZEROES;
}

/* Without a cache, or with it turned off, a write is stable when it completes (Base 5.27.1.4). */
static bool is_stable(const struct controller *controller, const struct nvme_command *command)
{
	return (command->cdw12 & IO_CDW12_FUA) || !controller->config.write_cache ||
	       !(controller->features[FEATURE_WRITE_CACHE] & 1);
}

static void count(struct controller *controller, const struct request *request)
{
	if (request->command.opcode == IO_READ) {
		controller->statistics.reads++;
		controller->statistics.blocks_read += request->bytes / 512;
	} else if (request->command.opcode == IO_WRITE) {
		controller->statistics.writes++;
		controller->statistics.blocks_written += request->bytes / 512;
	}
}

/* Read, Write, Write Zeroes: SLBA in CDW10 and 11, NLB (0's based) in CDW12 15:0. */
static uint16_t locate(struct controller *controller, struct request *request)
{
	const struct nvme_command *command = &request->command;
	uint64_t first = (uint64_t)command->cdw11 << 32 | command->cdw10;
	uint64_t blocks = (command->cdw12 & 0xffff) + 1;
	bool moves_data = command->opcode != IO_WRITE_ZEROES;

	request->offset = (first + (command->nsid - 1) * controller->blocks)
			  << controller->block_shift;
	request->bytes = blocks << controller->block_shift;
	request->stable = is_stable(controller, command);
	/* Base figure "Identify Controller", MDTS: Write Zeroes moves no data. */
	if (moves_data && controller->config.mdts && request->bytes > controller->config.mdts)
		return STATUS_INVALID_FIELD | STATUS_DNR;
	if (first >= controller->blocks || blocks > controller->blocks - first)
		return STATUS_LBA_OUT_OF_RANGE | STATUS_DNR;
	if (!moves_data || controller->config.no_lists)
		return STATUS_SUCCESS;
	return sim_nvme_map(controller, command, request->bytes, &request->data);
}

static bool is_namespace(const struct controller *controller, const struct nvme_command *command)
{
	/* Identify VWC 2:1 = 11b: a Flush may be of all namespaces. */
	if (command->nsid == NSID_ALL)
		return command->opcode == IO_FLUSH;
	return command->nsid >= 1 && command->nsid <= controller->config.namespaces;
}

uint16_t sim_nvme_io(struct controller *controller, struct request *request)
{
	const struct nvme_command *command = &request->command;
	uint16_t status;

	if (!sim_nvme_has_io(command->opcode))
		return STATUS_INVALID_OPCODE | STATUS_DNR;
	if (command->flags & (FLAGS_FUSE | FLAGS_PSDT))
		return STATUS_INVALID_FIELD | STATUS_DNR;
	if (!is_namespace(controller, command))
		return STATUS_INVALID_NAMESPACE | STATUS_DNR;
	if (command->opcode != IO_FLUSH) {
		status = locate(controller, request);
		if (status)
			return status;
		count(controller, request);
	}
	return controller->store->ops->start(controller->store, request);
}
