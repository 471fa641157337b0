// SPDX-License-Identifier: BSD-3-Clause
/*
 * The active namespaces (Base 2.0, 5.17.2.2; NVM Command Set 1.0, 4.1.5). One that cannot be
 * identified, or whose data is invalid, is left out with a warning; the others can be used.
 */
#include <stdlib.h>
#include <string.h>

#include <padma/params.h>

#include "controller.h"
#include "message.h"
#include "status.h"

/* An active namespace list holds so many ids (Base 2.0, figure 276). */
#define LIST_IDS    1024u
#define VERSION_1_1 0x00010100u
#define VERSION_1_3 0x00010300u

/* The identification descriptors; a namespace need not have them. */
static int identify_descriptors(struct padma_nvme *nvme, struct namespace *ns)
{
	uint16_t status;
	uint8_t csi;
	int rc;

	if (nvme->info.version < VERSION_1_3)
		return 0;
	rc = admin_identify(nvme, NVME_CNS_DESCRIPTORS, 0, ns->public.nsid, &status);
	if (rc)
		return status ? 0 : rc;
	rc = descriptors_parse(nvme->admin.data.va, &ns->public, &csi);
	if (rc == 0 && csi != 0)
		rc = fail(-ENOTSUP, "it is not of the NVM command set");
	return rc;
}

/*
 * Return: 0; -ENOENT for one that is not active; -EPROTO or -ENOTSUP for one that cannot be used;
 * or the error of the controller.
 */
static int identify_namespace(struct padma_nvme *nvme, uint32_t nsid, struct namespace *ns)
{
	const struct nvme_id_namespace *data = nvme->admin.data.va;
	uint16_t status;
	int rc;

	*ns = (struct namespace){.public.nsid = nsid};
	rc = admin_identify(nvme, NVME_CNS_NAMESPACE, 0, nsid, &status);
	if (rc && status) {
		fail_status("Identify Namespace", status);
		return -EPROTO;
	}
	if (rc)
		return rc;
	/* An inactive namespace is all zeros (Base 2.0, 5.17.2.2). */
	if (data->nsze == 0 && data->ncap == 0)
		return -ENOENT;
	rc = namespace_parse(nvme, nsid, data, ns);
	return rc ? rc : identify_descriptors(nvme, ns);
}

static bool is_of_the_namespace(int error)
{
	return error == -EPROTO || error == -ENOTSUP;
}

static int add_namespace(struct padma_nvme *nvme, uint32_t nsid)
{
	unsigned int count = nvme->info.namespaces;
	struct namespaces *grown;
	struct namespace ns;
	int rc = identify_namespace(nvme, nsid, &ns);

	if (rc == -ENOENT)
		return 0;
	if (is_of_the_namespace(rc)) {
		log_warning("%s: namespace %u is left out: %s", padma_device_name(nvme->device),
			    nsid, padma_last_error());
		return 0;
	}
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

/* Before version 1.1 there is no list: try each id. */
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

	if (rc == 0)
		memcpy(ids, nvme->admin.data.va, LIST_IDS * sizeof(ids[0]));
	return rc;
}

/* The rest of the list is unknown: what was found before is kept. */
static int end_of_list(const struct padma_nvme *nvme, uint32_t last, const char *why)
{
	log_warning("%s: namespaces after %u are left out: %s", padma_device_name(nvme->device),
		    last, why);
	return 0;
}

/* Return: 1 to go on with the next page, 0 at the end, or an error. */
static int add_page(struct padma_nvme *nvme, const uint32_t ids[LIST_IDS], uint32_t *last,
		    uint32_t *seen)
{
	for (unsigned int i = 0; i < LIST_IDS; i++) {
		int rc;

		if (ids[i] == 0)
			return 0;
		/* Ascending, and no higher than NN: each page brings the end nearer. */
		if (ids[i] <= *last || ids[i] > nvme->max_nsid)
			return end_of_list(
				nvme, *last,
				"the list of active ones is not ascending, or goes past NN");
		if (++*seen > NVME_MAX_NAMESPACES)
			return end_of_list(nvme, *last, "there are more than the driver keeps");
		rc = add_namespace(nvme, ids[i]);
		if (rc)
			return rc;
		*last = ids[i];
	}
	return 1;
}

static int add_listed(struct padma_nvme *nvme, uint32_t ids[LIST_IDS])
{
	uint32_t last = 0, seen = 0;
	uint16_t status;
	int rc;

	do {
		rc = active_page(nvme, last, ids, &status);
		if (rc && status && last == 0)
			return try_every_id(nvme);
		if (rc && status) {
			fail_status("Identify (active namespaces)", status);
			return end_of_list(nvme, last, padma_last_error());
		}
		if (rc == 0)
			rc = add_page(nvme, ids, &last, &seen);
	} while (rc > 0);
	return rc;
}

int identify_namespaces(struct padma_nvme *nvme)
{
	uint32_t *ids;
	int rc;

	/* NN 0: a controller without namespaces, which need not support the list. */
	if (nvme->max_nsid == 0)
		return 0;
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

/* Its current state: it may have another size, or be gone; it keeps its index. */
static int refresh(struct padma_nvme *nvme, struct namespace *ns, bool *changed)
{
	struct namespace now;
	int rc = identify_namespace(nvme, ns->public.nsid, &now);

	if (rc == -ENOENT || is_of_the_namespace(rc)) {
		log_warning("%s: namespace %u can no longer be used: %s",
			    padma_device_name(nvme->device), ns->public.nsid,
			    rc == -ENOENT ? "it is not active" : padma_last_error());
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

int padma_nvme_namespace_sized(const struct padma_nvme *nvme, unsigned int index, size_t ns_bytes,
			       struct padma_nvme_namespace *ns)
{
	const struct padma_nvme_namespace *now;

	if (index >= nvme->info.namespaces)
		return -ENOENT;
	now = &namespaces_now(nvme)[index].public;
	padma_params_give(ns, ns_bytes, now, sizeof(*now));
	return 0;
}
