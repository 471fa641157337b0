/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * iommufd_node.h - what the backends on iommufd have in common: the node, and who could be attached.
 *
 * Reasons are sentences of at most BACKEND_REASON_BYTES for padma_space_info() and for the user.
 */
#ifndef BACKEND_IOMMUFD_NODE_H
#define BACKEND_IOMMUFD_NODE_H

#include <stdbool.h>

#include "space/backend.h"

/*
 * Open /dev/iommu and make an IOAS: the backend's iommufd and ioas_id. 0, or a negative errno with
 * the reason.
 */
int iommufd_node_open(struct backend *backend, char *reason);

/*
 * Whether vfio-pci offers a character device of a function with an IOMMU in front of it, or of one
 * without. False with the reason.
 */
bool iommufd_node_has_device(bool behind_iommu, char *reason);

#endif
