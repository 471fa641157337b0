// SPDX-License-Identifier: BSD-3-Clause
/* Get Log Page (Base 5.16) and the pages that an I/O controller has. */
#include <string.h>

#include "controller.h"

#define PAGE_BYTES_MAX	     4096u
#define GET_RETAIN	     (1u << 15) /* RAE: do not unmask events */
#define SUPPORTED	     0x1u
/* Commands Supported and Effects: CSUPP, LBCC. */
#define EFFECT_SUPPORTED     0x1u
#define EFFECT_LOGICAL_BLOCK 0x2u

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

/* Base 5.16.1.2: the newest first. */
static void fill_errors(const struct controller *controller, uint8_t *data)
{
	uint64_t count = controller->statistics.errors_logged;

	for (uint64_t i = 0; i < CONTROLLER_ERROR_ENTRIES && i < count; i++)
		memcpy(data + i * sizeof(struct nvme_error_entry),
		       &controller->errors[(count - 1 - i) % CONTROLLER_ERROR_ENTRIES],
		       sizeof(struct nvme_error_entry));
}

/* In thousands of 512-byte units, rounded up (Base 5.16.1.3). */
static uint64_t data_units(uint64_t blocks)
{
	return (blocks + 999) / 1000;
}

static void fill_health(const struct controller *controller, uint8_t *data)
{
	const struct io_statistics *statistics = &controller->statistics;

	data[0] = sim_nvme_critical_warning(controller);
	put16(data + 1, CONTROLLER_KELVIN);
	data[3] = 100; /* available spare, percent */
	data[4] = 10;  /* its threshold */
	put64(data + 32, data_units(statistics->blocks_read));
	put64(data + 48, data_units(statistics->blocks_written));
	put64(data + 64, statistics->reads);
	put64(data + 80, statistics->writes);
	put64(data + 112, 1); /* power cycles */
	put64(data + 176, statistics->errors_logged);
}

static void fill_firmware(uint8_t *data)
{
	static const char revision[8] = {'1', '.', '0', ' ', ' ', ' ', ' ', ' '};

	data[0] = 1; /* AFI: slot 1 is active */
	memcpy(data + 8, revision, sizeof(revision));
}

/* Base 5.16.1.6: admin commands, then I/O commands. */
static void fill_effects(uint8_t *data)
{
	for (unsigned int opcode = 0; opcode < 256; opcode++) {
		uint32_t io = sim_nvme_has_io((uint8_t)opcode) ? EFFECT_SUPPORTED : 0;

		if (opcode == IO_WRITE || opcode == IO_WRITE_ZEROES)
			io |= EFFECT_LOGICAL_BLOCK;
		put32(data + 4 * (size_t)opcode,
		      sim_nvme_has_admin((uint8_t)opcode) ? EFFECT_SUPPORTED : 0);
		put32(data + 1024 + 4 * (size_t)opcode, io);
	}
}

static void fill_feature_effects(const struct controller *controller, uint8_t *data)
{
	for (unsigned int id = 0; id < 256; id++) {
		bool has = sim_nvme_has_feature((uint8_t)id) &&
			   (id != FEATURE_WRITE_CACHE || controller->config.write_cache);

		put32(data + 4 * (size_t)id, has ? SUPPORTED : 0);
	}
}

static void fill_supported(uint8_t *data)
{
	static const uint8_t pages[] = {LOG_SUPPORTED, LOG_ERRORS,  LOG_HEALTH,
					LOG_FIRMWARE,  LOG_EFFECTS, LOG_FEATURE_EFFECTS};

	for (size_t i = 0; i < sizeof(pages); i++)
		put32(data + 4 * (size_t)pages[i], SUPPORTED);
}

/* The page's length, or 0 if there is no such page. */
static size_t fill(const struct controller *controller, uint8_t page, uint8_t *data)
{
	switch (page) {
	case LOG_SUPPORTED:
		fill_supported(data);
		return 1024;
	case LOG_ERRORS:
		fill_errors(controller, data);
		return sizeof(controller->errors);
	case LOG_HEALTH:
		fill_health(controller, data);
		return 512;
	case LOG_FIRMWARE:
		fill_firmware(data);
		return 512;
	case LOG_EFFECTS:
		fill_effects(data);
		return 4096;
	case LOG_FEATURE_EFFECTS:
		fill_feature_effects(controller, data);
		return 1024;
	default:
		return 0;
	}
}
static_assert(sizeof(((struct controller *)0)->errors) <= PAGE_BYTES_MAX, "the log fits");

/* Every page here is of the controller: none is of a namespace (LPA bit 0 is 0). */
static bool is_controller_nsid(uint32_t nsid)
{
	return nsid == 0 || nsid == NSID_ALL;
}

/* Data past the page's end is not defined (Base 5.16); zeros are returned. */
static uint16_t send(struct controller *controller, struct request *request, const uint8_t *data,
		     size_t length)
{
	static const uint8_t zeros[PAGE_BYTES_MAX];

	for (unsigned int i = 0; i < request->data.count; i++) {
		struct dma_segment segment = request->data.segments[i];

		while (segment.bytes) {
			const uint8_t *from = length ? data : zeros;
			size_t most = length ? length : sizeof(zeros);
			size_t n = segment.bytes < most ? (size_t)segment.bytes : most;

			if (padma_sim_dma_write(controller->function, segment.pa, from, n))
				return STATUS_DATA_TRANSFER_ERROR;
			segment.pa += n;
			segment.bytes -= n;
			data += length ? n : 0;
			length -= length ? n : 0;
		}
	}
	return STATUS_SUCCESS;
}

uint16_t sim_nvme_get_log_page(struct controller *controller, struct request *request)
{
	const struct nvme_command *command = &request->command;
	uint64_t dwords = ((uint64_t)(command->cdw11 & 0xffff) << 16 | command->cdw10 >> 16) + 1;
	uint64_t offset = (uint64_t)command->cdw13 << 32 | command->cdw12;
	uint8_t data[PAGE_BYTES_MAX] = {0};
	size_t length = fill(controller, (uint8_t)command->cdw10, data);
	uint16_t status;

	if (length == 0)
		return STATUS_INVALID_LOG_PAGE | STATUS_DNR;
	if (!is_controller_nsid(command->nsid) || (offset & 3) || offset > length ||
	    (controller->config.mdts && dwords * 4 > controller->config.mdts))
		return STATUS_INVALID_FIELD | STATUS_DNR;
	status = sim_nvme_map(controller, command, dwords * 4, &request->data);
	if (status == STATUS_SUCCESS)
		status = send(controller, request, data + offset, length - offset);
	if (status == STATUS_SUCCESS && !(command->cdw10 & GET_RETAIN))
		sim_nvme_event_seen(controller, (uint8_t)command->cdw10);
	return status;
}
