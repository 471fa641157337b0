// SPDX-License-Identifier: BSD-3-Clause
/* Identify Controller, each field that is used checked (Base 2.0, 5.17.2.1). */
#include <string.h>

#include "controller.h"
#include "identify.h"
#include "message.h"
#include "status.h"

/* What the driver's PRP lists hold: one page of 512 entries. */
#define LIST_MAX_BYTES ((size_t)2 << 20)

/* ASCII, padded with blanks (Base 2.0, 1.4.2.1); what is not printable becomes a dot. */
static void copy_text(char *to, const char *from, size_t bytes)
{
	size_t end = bytes;

	while (end && (from[end - 1] == ' ' || from[end - 1] == '\0'))
		end--;
	for (size_t i = 0; i < end; i++)
		to[i] = from[i] >= 0x20 && from[i] < 0x7f ? from[i] : '.';
	to[end] = '\0';
}

int padma_nvme_identify(struct padma_nvme *nvme, uint8_t cns, uint32_t nsid, void *data)
{
	uint16_t status;
	int rc;

	pthread_mutex_lock(&nvme->lock);
	rc = admin_identify(nvme, cns, 0, nsid, &status);
	if (rc == 0)
		memcpy(data, nvme->admin.data.va, NVME_IDENTIFY_BYTES);
	pthread_mutex_unlock(&nvme->lock);
	return status ? fail_status("Identify", status) : rc;
}

/* MDTS counts memory pages of CAP.MPSMIN, which is 4 KiB here; 0 is no limit. */
static size_t max_transfer_bytes(uint8_t mdts)
{
	if (mdts == 0 || mdts >= 9)
		return LIST_MAX_BYTES;
	return (size_t)NVME_PAGE_BYTES << mdts;
}

static int check_controller(const char *name, const struct nvme_id_controller *data)
{
	/* Figure 275: the required entry sizes, 64 and 16 bytes, are always among the supported. */
	if ((data->sqes & 0xf) > 6 || data->sqes >> 4 < 6 || (data->cqes & 0xf) > 4 ||
	    data->cqes >> 4 < 4)
		return fail(-EPROTO,
			    "%s: SQES 0x%02x and CQES 0x%02x leave out the sizes 64 and 16", name,
			    data->sqes, data->cqes);
	if (data->controller_type > NVME_CONTROLLER_TYPE_IO)
		return fail(-ENOTSUP, "%s is not an I/O controller (CNTRLTYPE %u)", name,
			    data->controller_type);
	return 0;
}

/* WZSL, if the controller has the structure that holds it (NVM Command Set 1.0, 4.1.5.2). */
static int write_zeroes_limit(struct padma_nvme *nvme)
{
	const uint8_t *data = nvme->admin.data.va;
	uint16_t status;
	uint8_t wzsl;
	int rc;

	nvme->write_zeroes_max_bytes = 0;
	if (!(NVME_CAP_CSS(nvme->cap) & NVME_CSS_IOCS))
		return 0;
	rc = admin_identify(nvme, NVME_CNS_CSI_CONTROLLER, 0, 0, &status);
	if (rc)
		return status ? 0 : rc;
	wzsl = data[NVME_ID_NVM_WZSL_OFFSET];
	if (wzsl && wzsl < 20)
		nvme->write_zeroes_max_bytes = NVME_PAGE_BYTES << wzsl;
	return 0;
}

/* What only the driver needs to know; it may change with a reset. */
static int take_limits(struct padma_nvme *nvme)
{
	const struct nvme_id_controller *data = nvme->admin.data.va;

	/* The last id is that of all namespaces (Base 2.0, figure 276). */
	nvme->max_nsid = data->nn < NVME_NSID_ALL ? data->nn : NVME_NSID_ALL - 1;
	nvme->rtd3e_us = data->rtd3e;
	nvme->has_write_zeroes = data->oncs & NVME_ONCS_WRITE_ZEROES;
	nvme->admin.events_wanted =
		data->aerl + 1u < NVME_MAX_EVENTS ? data->aerl + 1u : NVME_MAX_EVENTS;
	return write_zeroes_limit(nvme);
}

/* The data, checked, in admin.data. */
static int ask_controller(struct padma_nvme *nvme)
{
	uint16_t status;
	int rc = admin_identify(nvme, NVME_CNS_CONTROLLER, 0, 0, &status);

	if (rc)
		return status ? fail_status("Identify Controller", status) : rc;
	return check_controller(padma_device_name(nvme->device), nvme->admin.data.va);
}

int identify_controller(struct padma_nvme *nvme)
{
	const struct nvme_id_controller *data = nvme->admin.data.va;
	struct padma_nvme_info *info = &nvme->info;
	int rc = ask_controller(nvme);

	if (rc)
		return rc;
	info->vid = data->vid;
	info->ssvid = data->ssvid;
	copy_text(info->serial, data->serial, sizeof(data->serial));
	copy_text(info->model, data->model, sizeof(data->model));
	copy_text(info->firmware, data->firmware, sizeof(data->firmware));
	info->version = padma_bar_read32(nvme->bar, NVME_REG_VS);
	info->cntlid = data->cntlid;
	info->max_transfer_bytes = max_transfer_bytes(data->mdts);
	info->max_queue_entries = NVME_CAP_MQES(nvme->cap) + 1;
	info->volatile_write_cache = data->vwc & NVME_VWC_PRESENT;
	return take_limits(nvme);
}

/* Queues are open, and any thread may be reading what padma_nvme_info() returns: it must still hold.
 */
int identify_controller_again(struct padma_nvme *nvme)
{
	const struct nvme_id_controller *data = nvme->admin.data.va;
	int rc = ask_controller(nvme);

	if (rc)
		return rc;
	if (max_transfer_bytes(data->mdts) < nvme->info.max_transfer_bytes)
		return fail(-EPROTO,
			    "%s moves at most %zu bytes after its reset, %zu before; close it and "
			    "open it again",
			    padma_device_name(nvme->device), max_transfer_bytes(data->mdts),
			    nvme->info.max_transfer_bytes);
	return take_limits(nvme);
}
