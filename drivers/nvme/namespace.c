// SPDX-License-Identifier: BSD-3-Clause
/* The active namespaces and what Identify says of each (NVM Command Set 1.0, 4.1.5). */
#define PADMA_PART "nvme"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#include "driver.h"

/* An active namespace list holds so many ids (Base 2.0, figure 276). */
#define LIST_IDS       1024u
#define VERSION_1_1    0x00010100u
#define VERSION_1_3    0x00010300u
#define LBADS_LEAST    9u
#define LBADS_MOST     16u
/* No byte of a namespace lies beyond this: offsets in bytes must fit where people keep them. */
#define NSZE_MAX_BYTES ((uint64_t)INT64_MAX)

/* Kinds of namespace that the driver cannot use are left out: namespace_parse() says -ENOTSUP. */
int namespace_parse(const struct padma_nvme *nvme, uint32_t nsid,
		    const struct nvme_id_namespace *data, struct namespace *ns)
{
	/* FLBAS: bits 6:5 extend the index where there are more than 16 formats. */
	unsigned int index = data->flbas & 0xf;
	const struct nvme_lba_format *format;
	uint64_t zeroes_max;

	if (data->nlbaf > 15)
		index |= (data->flbas >> 5 & 3u) << 4;
	if (data->nlbaf >= sizeof(data->formats) / sizeof(data->formats[0]) || index > data->nlbaf)
		return fail(-EPROTO, "namespace %u: FLBAS names format %u of %u", nsid, index,
			    data->nlbaf + 1);
	format = &data->formats[index];
	if (format->lbads < LBADS_LEAST || format->lbads > LBADS_MOST ||
	    ((size_t)1 << format->lbads) > nvme->info.max_transfer_bytes)
		return fail(-EPROTO, "namespace %u: its blocks are of 2^%u bytes", nsid,
			    format->lbads);
	if (data->nsze == 0 || data->nsze > NSZE_MAX_BYTES >> format->lbads)
		return fail(-EPROTO, "namespace %u: its size of %llu blocks is impossible", nsid,
			    (unsigned long long)data->nsze);
	if (format->metadata_bytes)
		return fail(-ENOTSUP, "namespace %u has metadata, which the driver does not move",
			    nsid);
	*ns = (struct namespace){.lba_shift = format->lbads};
	ns->public.nsid = nsid;
	ns->public.lba_bytes = 1u << format->lbads;
	ns->public.lbas = data->nsze;
	ns->public.write_zeroes = nvme->has_write_zeroes;
	memcpy(ns->public.nguid, data->nguid, sizeof(data->nguid));
	memcpy(ns->public.eui64, data->eui64, sizeof(data->eui64));
	zeroes_max = nvme->write_zeroes_max_bytes >> format->lbads;
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
			return fail(-EPROTO, "namespace %u: a descriptor of type %u has %u bytes",
				    ns->nsid, head.type, head.bytes);
		if (place)
			memcpy(place, data + at, bytes);
		at += head.bytes;
	}
	return 0;
}

/* Return: 0, -ENOTSUP for one to leave out, -ENOENT for one that is not active, or an error. */
static int identify_namespace(struct padma_nvme *nvme, uint32_t nsid, struct namespace *ns)
{
	const struct nvme_id_namespace *data = nvme->admin.data.va;
	uint16_t status;
	uint8_t csi;
	int rc;

	*ns = (struct namespace){.public.nsid = nsid};
	rc = admin_identify(nvme, NVME_CNS_NAMESPACE, 0, nsid, &status);
	if (rc)
		return status ? fail_status("Identify Namespace", status) : rc;
	/* An inactive namespace is all zeros (Base 2.0, 5.17.2.2). */
	if (data->nsze == 0 && data->ncap == 0)
		return -ENOENT;
	rc = namespace_parse(nvme, nsid, data, ns);
	if (rc || nvme->info.version < VERSION_1_3)
		return rc;
	rc = admin_identify(nvme, NVME_CNS_DESCRIPTORS, 0, nsid, &status);
	if (rc)
		return status ? 0 : rc; /* it need not have them */
	rc = descriptors_parse(nvme->admin.data.va, &ns->public, &csi);
	if (rc == 0 && csi != 0)
		rc = fail(-ENOTSUP, "namespace %u is not of the NVM command set", nsid);
	return rc;
}

static int add_namespace(struct padma_nvme *nvme, uint32_t nsid)
{
	unsigned int count = nvme->info.namespaces;
	struct namespaces *grown;
	struct namespace ns;
	int rc = identify_namespace(nvme, nsid, &ns);

	if (rc == -ENOTSUP)
		log_warning("%s is left out", padma_last_error());
	if (rc == -ENOTSUP || rc == -ENOENT)
		return 0;
	if (rc)
		return rc;
	grown = realloc(nvme->namespaces, sizeof(*grown) + (count + 1) * sizeof(ns));
	if (!grown)
		return fail(-ENOMEM, "no memory for namespace %u", nsid);
	grown->older = NULL;
	grown->table[count] = ns;
	nvme->namespaces = grown;
	nvme->info.namespaces++;
	return 0;
}

/* Before version 1.1 there is no list: ask for each id. */
static int try_every_id(struct padma_nvme *nvme)
{
	for (uint32_t nsid = 1; nsid <= nvme->max_nsid && nsid <= NVME_MAX_NAMESPACES; nsid++) {
		int rc = add_namespace(nvme, nsid);

		if (rc)
			return rc;
	}
	return 0;
}

/* One page of the list, copied: Identify Namespace uses the same memory. */
static int active_page(struct padma_nvme *nvme, uint32_t after, uint32_t ids[LIST_IDS],
		       uint16_t *status)
{
	int rc = admin_identify(nvme, NVME_CNS_ACTIVE_LIST, 0, after, status);

	if (rc)
		return rc;
	memcpy(ids, nvme->admin.data.va, LIST_IDS * sizeof(ids[0]));
	for (unsigned int i = 0; i < LIST_IDS && ids[i]; i++) {
		if (ids[i] <= after || ids[i] > nvme->max_nsid)
			return fail(-EPROTO,
				    "the list of active namespaces goes from %u to %u (NN is %u)",
				    after, ids[i], nvme->max_nsid);
		after = ids[i];
	}
	return 0;
}

static int add_listed(struct padma_nvme *nvme, uint32_t ids[LIST_IDS])
{
	uint32_t last = 0, seen = 0;

	for (;;) {
		uint16_t status;
		int rc = active_page(nvme, last, ids, &status);

		if (rc && status && last == 0)
			return try_every_id(nvme);
		if (rc)
			return status ? fail_status("Identify (active namespaces)", status) : rc;
		for (unsigned int i = 0; i < LIST_IDS; i++) {
			if (ids[i] == 0)
				return 0;
			if (++seen > NVME_MAX_NAMESPACES) {
				log_warning("namespaces after %u are left out", last);
				return 0;
			}
			rc = add_namespace(nvme, ids[i]);
			if (rc)
				return rc;
			last = ids[i];
		}
	}
}

int identify_namespaces(struct padma_nvme *nvme)
{
	uint32_t *ids;
	int rc;

	if (nvme->info.version < VERSION_1_1)
		return try_every_id(nvme);
	ids = malloc(LIST_IDS * sizeof(*ids));
	if (!ids)
		return fail(-ENOMEM, "no memory for a list of namespaces");
	rc = add_listed(nvme, ids);
	free(ids);
	return rc;
}

static bool is_same(const struct namespace *a, const struct namespace *b)
{
	return a->public.lbas == b->public.lbas && a->lba_shift == b->lba_shift &&
	       a->public.write_zeroes == b->public.write_zeroes &&
	       a->zeroes_max_lbas == b->zeroes_max_lbas &&
	       memcmp(a->public.nguid, b->public.nguid, sizeof(a->public.nguid)) == 0 &&
	       memcmp(a->public.eui64, b->public.eui64, sizeof(a->public.eui64)) == 0 &&
	       memcmp(a->public.uuid, b->public.uuid, sizeof(a->public.uuid)) == 0;
}

/* As it is now: it may have another size, or be gone; it keeps its place. */
static int refresh(struct padma_nvme *nvme, struct namespace *ns, bool *changed)
{
	struct namespace now;
	int rc = identify_namespace(nvme, ns->public.nsid, &now);

	if (rc == -ENOTSUP || rc == -ENOENT) {
		log_warning("namespace %u cannot be used any more", ns->public.nsid);
		now = *ns;
		now.public.lbas = 0;
	} else if (rc) {
		return rc;
	}
	*changed |= !is_same(&now, ns);
	*ns = now;
	return 0;
}

int namespaces_refresh(struct padma_nvme *nvme)
{
	size_t bytes = sizeof(struct namespaces) + nvme->info.namespaces * sizeof(struct namespace);
	struct namespaces *fresh;
	bool changed = false;
	int rc = 0;

	if (!nvme->namespaces)
		return 0;
	fresh = malloc(bytes);
	if (!fresh)
		return fail(-ENOMEM, "no memory for %u namespaces", nvme->info.namespaces);
	memcpy(fresh, nvme->namespaces, bytes);
	for (unsigned int i = 0; i < nvme->info.namespaces && rc == 0; i++)
		rc = refresh(nvme, &fresh->table[i], &changed);
	if (rc || !changed) {
		free(fresh);
		return rc;
	}
	fresh->older = nvme->namespaces;
	__atomic_store_n(&nvme->namespaces, fresh, __ATOMIC_RELEASE);
	return 0;
}

void namespaces_free(struct padma_nvme *nvme)
{
	struct namespaces *next;

	for (struct namespaces *old = nvme->namespaces; old; old = next) {
		next = old->older;
		free(old);
	}
}

const struct padma_nvme_namespace *padma_nvme_namespace(const struct padma_nvme *nvme,
							unsigned int index)
{
	if (index >= nvme->info.namespaces)
		return NULL;
	return &namespaces_now(nvme)[index].public;
}
