// SPDX-License-Identifier: BSD-3-Clause
/* padma nvme identify: what the controller and its namespaces report. */
#include <inttypes.h>
#include <stdio.h>

#include "common/backend_option.h"
#include "common/command.h"
#include "common/commands.h"
#include "common/json.h"
#include "nvme/session.h"
#include "common/options.h"

struct identify_options {
	const char *device;
	bool json;
};

enum {
	OPTION_JSON = 0x100
};

static const struct argp_option option_table[] = {
	{"json", OPTION_JSON, NULL, 0, "print JSON", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct identify_options *options = state->input;

	switch (key) {
	case OPTION_JSON:
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->device)
			command_usage(state, "'%.64s' is not expected after DEV", value);
		options->device = value;
		return 0;
	case ARGP_KEY_NO_ARGS:
		command_usage(state, "DEV is missing");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* "00112233...", or "" if all bytes are zero, which means none (Base 2.0, 5.17.2.2). */
static const char *id_text(const uint8_t *id, unsigned int bytes, char *text)
{
	uint8_t any = 0;

	for (unsigned int i = 0; i < bytes; i++) {
		snprintf(text + 2 * (size_t)i, 3, "%02x", id[i]);
		any |= id[i];
	}
	if (!any)
		text[0] = '\0';
	return text;
}

/* Device strings go to a terminal: only printable ASCII (Base 2.0, 1.5) passes. */
static const char *printable(const char *from, char *text, size_t room)
{
	size_t i;

	for (i = 0; i + 1 < room && from[i]; i++)
		text[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	text[i] = '\0';
	return text;
}

static void version_text(uint32_t version, char *text, size_t room)
{
	snprintf(text, room, "%u.%u.%u", version >> 16, version >> 8 & 0xff, version & 0xff);
}

static void print_namespace(const struct padma_nvme_namespace *ns)
{
	char size[32], id[33];

	printf("namespace %" PRIu32 "\n", ns->nsid);
	printf("  size                 %s\n",
	       format_bytes(ns->lbas * ns->lba_bytes, size, sizeof(size)));
	printf("  logical blocks       %" PRIu64 " of %" PRIu32 " bytes\n", ns->lbas,
	       ns->lba_bytes);
	if (*id_text(ns->nguid, sizeof(ns->nguid), id))
		printf("  NGUID                %s\n", id);
	if (*id_text(ns->eui64, sizeof(ns->eui64), id))
		printf("  EUI-64               %s\n", id);
	if (*id_text(ns->uuid, sizeof(ns->uuid), id))
		printf("  UUID                 %s\n", id);
	printf("  Write Zeroes         %s\n", ns->write_zeroes ? "yes" : "no");
}

static int print_text(const struct nvme_session *session)
{
	struct padma_nvme_info info;
	struct padma_nvme_namespace ns;
	char version[24], size[32], text[64];

	padma_nvme_info(session->nvme, &info);
	version_text(info.version, version, sizeof(version));
	printf("controller %s\n", padma_device_name(session->device));
	backend_print("  backend              ", &session->backend);
	printf("  model                %s\n", printable(info.model, text, sizeof(text)));
	printf("  serial number        %s\n", printable(info.serial, text, sizeof(text)));
	printf("  firmware             %s\n", printable(info.firmware, text, sizeof(text)));
	printf("  NVMe version         %s\n", version);
	printf("  PCI vendor           %04x (subsystem %04x)\n", info.vid, info.ssvid);
	printf("  controller id        %u\n", info.cntlid);
	printf("  largest transfer     %s\n",
	       format_bytes(info.max_transfer_bytes, size, sizeof(size)));
	printf("  queue entries        %u\n", info.max_queue_entries);
	printf("  I/O queues           %u\n", info.io_queues);
	printf("  volatile write cache %s\n", info.volatile_write_cache ? "yes" : "no");
	for (unsigned int i = 0; padma_nvme_namespace(session->nvme, i, &ns) == 0; i++)
		print_namespace(&ns);
	return command_finish_output();
}

static json_t *namespace_json(const struct padma_nvme_namespace *ns)
{
	char nguid[33], eui64[17], uuid[33];
	uint64_t bytes = ns->lbas * ns->lba_bytes;

	return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:b}", "nsid", (json_int_t)ns->nsid,
			 "lba_bytes", (json_int_t)ns->lba_bytes, "lbas", (json_int_t)ns->lbas,
			 "bytes", (json_int_t)bytes, "nguid",
			 json_text_or_null(id_text(ns->nguid, sizeof(ns->nguid), nguid)), "eui64",
			 json_text_or_null(id_text(ns->eui64, sizeof(ns->eui64), eui64)), "uuid",
			 json_text_or_null(id_text(ns->uuid, sizeof(ns->uuid), uuid)),
			 "write_zeroes", ns->write_zeroes);
}

static int print_json(const struct nvme_session *session)
{
	struct padma_nvme_info info;
	struct padma_nvme_namespace ns;
	json_t *namespaces = json_array();
	char version[24], model[64], serial[64], firmware[64];

	padma_nvme_info(session->nvme, &info);
	version_text(info.version, version, sizeof(version));
	for (unsigned int i = 0; padma_nvme_namespace(session->nvme, i, &ns) == 0; i++)
		json_array_append_new(namespaces, namespace_json(&ns));
	json_t *controller = json_pack(
		"{s:o, s:s, s:s, s:s, s:s, s:o, s:o, s:i, s:I, s:I, s:I, s:b, s:o}", "device",
		json_text(padma_device_name(session->device)), "model",
		printable(info.model, model, sizeof(model)), "serial",
		printable(info.serial, serial, sizeof(serial)), "firmware",
		printable(info.firmware, firmware, sizeof(firmware)), "version", version,
		"vendor_id", json_hex(info.vid, 4), "subsystem_vendor_id", json_hex(info.ssvid, 4),
		"controller_id", (int)info.cntlid, "max_transfer_bytes",
		(json_int_t)info.max_transfer_bytes, "max_queue_entries",
		(json_int_t)info.max_queue_entries, "io_queues", (json_int_t)info.io_queues,
		"volatile_write_cache", info.volatile_write_cache, "namespaces", namespaces);
	return json_print(backend_json(controller, &session->backend));
}

int nvme_identify_command(int argc, char **argv)
{
	static const struct argp argp = {option_table,
					 parse,
					 "DEV",
					 "Identify an NVMe controller and its active namespaces.",
					 command_backend,
					 NULL,
					 NULL};
	struct identify_options options = {0};
	struct nvme_session session;
	int status;

	command_parse(&argp, argc, argv, &options);
	status = nvme_session_open(&session, options.device, 0, PADMA_GUARD_OFF);
	if (status)
		return status;
	return nvme_session_close(&session,
				  options.json ? print_json(&session) : print_text(&session));
}
