// SPDX-License-Identifier: BSD-3-Clause
/* The cards that the driver knows. */
#include "card.h"

#define VENDOR_INTEL 0x8086u

#define OFFLOADS                                                                                   \
	(PADMA_OFFLOAD_TX_IP_CSUM | PADMA_OFFLOAD_TX_L4_CSUM | PADMA_OFFLOAD_TX_VLAN |             \
	 PADMA_OFFLOAD_TX_CHAINS | PADMA_OFFLOAD_RX_CSUM | PADMA_OFFLOAD_RX_VLAN)

static const struct e1000_model models[] = {
	{
		.name = "82574L",
		.device = 0x10d3,
		.queues = 2,
		.is_express = true,
		.has_vectors = true,
		.extended = true,
		.mdio_shared = true,
		.eerd_done = 1u << 1,
		.eerd_address_shift = 2,
		/* Of 40 KiB: transmission must hold one frame at least, better two. */
		.pba_kib = 32,
		.pba_jumbo_kib = 20,
		.offloads = OFFLOADS | PADMA_OFFLOAD_TX_TSO4 | PADMA_OFFLOAD_TX_TSO6 |
			    PADMA_OFFLOAD_RX_HASH | PADMA_OFFLOAD_RSS,
	},
	{
		/*
		 * Segmentation is left to the processor: that of IPv6 no driver uses, and that of IPv4 writes
		 * descriptors back before their data was read (Linux, e1000_tx_map()).
		 */
		.name = "82540EM",
		.device = 0x100e,
		.queues = 1,
		.eerd_done = 1u << 4,
		.eerd_address_shift = 8,
		/* Of 64 KiB. */
		.pba_kib = 48,
		.pba_jumbo_kib = 40,
		.offloads = OFFLOADS,
	},
};

const struct e1000_model *e1000_model_of(const struct padma_device_ids *ids)
{
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (ids->vendor == VENDOR_INTEL && ids->device == models[i].device)
			return &models[i];
	return NULL;
}
