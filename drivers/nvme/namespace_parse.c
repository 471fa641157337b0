// SPDX-License-Identifier: BSD-3-Clause
/* The Identify data of a namespace, each field that is used checked (NVM Command Set 1.0, 4.1.5). */
#include <string.h>

#include "controller.h"
#include "message.h"

#define LBADS_LEAST    9u
#define LBADS_MOST     16u
/* No byte of a namespace is beyond this: an offset in bytes must fit into off_t. */
#define NSZE_MAX_BYTES ((uint64_t)INT64_MAX)

/* FLBAS: bits 6:5 extend the index if there are more than 16 formats. */
static int find_format(const struct padma_nvme *nvme, const struct nvme_id_namespace *data,
		       struct nvme_lba_format *format)
{
	unsigned int index = data->flbas & 0xf;

	if (data->nlbaf > 15)
		index |= (data->flbas >> 5 & 3u) << 4;
	if (data->nlbaf >= sizeof(data->formats) / sizeof(data->formats[0]) || index > data->nlbaf)
		return fail(-EPROTO, "FLBAS names format %u of %u", index, data->nlbaf + 1);
	*format = data->formats[index];
	if (format->lbads < LBADS_LEAST || format->lbads > LBADS_MOST ||
	    ((size_t)1 << format->lbads) > nvme->info.max_transfer_bytes)
		return fail(-EPROTO, "its blocks are of 2^%u bytes", format->lbads);
	if (format->metadata_bytes)
		return fail(-ENOTSUP, "it has metadata, which the driver does not move");
	return 0;
}

int namespace_parse(const struct padma_nvme *nvme, uint32_t nsid,
		    const struct nvme_id_namespace *data, struct namespace *ns)
{
	struct nvme_lba_format format;
	uint64_t zeroes_max;
	int rc = find_format(nvme, data, &format);

	if (rc)
		return rc;
	if (data->nsze == 0 || data->nsze > NSZE_MAX_BYTES >> format.lbads)
		return fail(-EPROTO, "its size of %llu blocks is impossible",
			    (unsigned long long)data->nsze);
	*ns = (struct namespace){.lba_shift = format.lbads};
	ns->public.nsid = nsid;
	ns->public.lba_bytes = 1u << format.lbads;
	ns->public.lbas = data->nsze;
	ns->public.write_zeroes = nvme->has_write_zeroes;
	memcpy(ns->public.nguid, data->nguid, sizeof(data->nguid));
	memcpy(ns->public.eui64, data->eui64, sizeof(data->eui64));
	zeroes_max = nvme->write_zeroes_max_bytes >> format.lbads;
	ns->zeroes_max_lbas =
		zeroes_max && zeroes_max < NVME_MAX_LBAS ? (uint32_t)zeroes_max : NVME_MAX_LBAS;
	return 0;
}

static uint8_t *descriptor_place(struct padma_nvme_namespace *ns, uint8_t *csi, uint8_t type,
				 size_t *bytes)
{
	switch (type) {
	case NVME_NIDT_EUI64:
		*bytes = sizeof(ns->eui64);
		return ns->eui64;
	case NVME_NIDT_NGUID:
		*bytes = sizeof(ns->nguid);
		return ns->nguid;
	case NVME_NIDT_UUID:
		*bytes = sizeof(ns->uuid);
		return ns->uuid;
	case NVME_NIDT_CSI:
		*bytes = sizeof(*csi);
		return csi;
	default:
		return NULL;
	}
}

/* Namespace Identification Descriptor list (Base 2.0, 5.17.2.3): 4096 bytes. */
int descriptors_parse(const unsigned char *data, struct padma_nvme_namespace *ns, uint8_t *csi)
{
	size_t at = 0;

	*csi = 0;
	while (at + sizeof(struct nvme_ns_descriptor) <= NVME_IDENTIFY_BYTES) {
		struct nvme_ns_descriptor head;
		size_t bytes = 0;
		uint8_t *place;

		memcpy(&head, data + at, sizeof(head));
		if (head.type == 0)
			break;
		at += sizeof(head);
		place = descriptor_place(ns, csi, head.type, &bytes);
		if (head.bytes == 0 || head.bytes > NVME_IDENTIFY_BYTES - at ||
		    (place && head.bytes != bytes))
			return fail(-EPROTO, "an identification descriptor of type %u has %u bytes",
				    head.type, head.bytes);
		if (place)
			memcpy(place, data + at, bytes);
		at += head.bytes;
	}
	return 0;
}
