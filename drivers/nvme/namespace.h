/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * namespace.h - the active namespaces.
 *
 * Threading: the functions are called with nvme->lock, except namespaces_now() (controller.h).
 */
#ifndef NVME_NAMESPACE_H
#define NVME_NAMESPACE_H

#include <stdint.h>

#include <padma/nvme.h>

#include "identify_data.h"

#define NVME_MAX_NAMESPACES 1024u

/* A namespace, with what the hot path needs of it. */
struct namespace
{
	struct padma_nvme_namespace public;
	uint32_t lba_shift;
	uint32_t zeroes_max_lbas; /* of one Write Zeroes */
};

/*
 * All of them. A reset that finds any changed makes a new table and publishes it (release,
 * acquire); the older ones stay until the controller is closed, because any thread may still hold
 * a pointer into them. The number of namespaces never changes.
 */
struct namespaces {
	struct namespaces *older;
	struct namespace table[];
};

/* namespace.c */
int identify_namespaces(struct padma_nvme *nvme);
int namespaces_refresh(struct padma_nvme *nvme);
void namespaces_free(struct padma_nvme *nvme);

/* namespace_parse.c: 0, or -EPROTO, -ENOTSUP, noted. */
int namespace_parse(const struct padma_nvme *nvme, uint32_t nsid,
		    const struct nvme_id_namespace *data, struct namespace *ns);
int descriptors_parse(const unsigned char *data, struct padma_nvme_namespace *ns, uint8_t *csi);

#endif
