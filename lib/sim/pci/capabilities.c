// SPDX-License-Identifier: BSD-3-Clause
/* The capability lists: those that every function has, then the model's own. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <string.h>

#include "sim/pci/function.h"
#include "sim/pci/registers.h"

/* A list while it is built: where the next pointer goes, what is taken, and where the next one would be. */
struct list {
	struct pci_function *function;
	const char *name;
	unsigned int last; /* the latest capability, 0 for none yet */
	unsigned int next_free;
	uint8_t taken[PCI_CONFIG_BYTES / 4]; /* a dword is part of some capability */
};

static void link_capability(struct list *list, unsigned int at, uint8_t id)
{
	uint8_t *config = list->function->config;

	config[at] = id;
	config[at + 1] = 0;
	config[list->last ? list->last + 1 : CAPABILITIES_POINTER] = (uint8_t)at;
	list->last = at;
}

static void take(struct list *list, unsigned int at, unsigned int bytes)
{
	memset(list->taken + at / 4, 1, (bytes + 3) / 4);
}

static void add(struct list *list, unsigned int at, unsigned int bytes, uint8_t id, uint16_t first)
{
	link_capability(list, at, id);
	put16(list->function->config + at + 2, first);
	take(list, at, bytes);
}

static void add_power_management(struct list *list)
{
	struct pci_function *function = list->function;

	add(list, PM, PM_BYTES, CAPABILITY_PM, PM_VERSION);
	/* Linux resets by power states if the function reports that D3hot loses its state
	 * (pci_pm_reset()). This one reports so and keeps it, as QEMU's e1000e. */
	put16(function->config + PM_CONTROL,
	      function->reset_kind == PADMA_RESET_PM ? 0 : PM_NO_SOFT_RESET);
	put16(function->writable + PM_CONTROL, PM_STATE);
}

static void add_msix(struct list *list, const struct padma_sim_shape *shape)
{
	struct pci_function *function = list->function;

	add(list, MSIX, MSIX_BYTES, CAPABILITY_MSIX, (uint16_t)(shape->msix_vectors - 1));
	put16(function->writable + MSIX_CONTROL, MSIX_ENABLE | MSIX_MASK);
	put32(function->config + MSIX_TABLE, shape->msix_table | shape->msix_table_bar);
	put32(function->config + MSIX_PBA, shape->msix_pba | shape->msix_pba_bar);
}

static void add_express(struct list *list)
{
	struct pci_function *function = list->function;
	uint8_t *config = function->config;

	add(list, EXPRESS, EXPRESS_BYTES, CAPABILITY_EXPRESS, EXPRESS_VERSION);
	put32(config + EXPRESS_DEVICE_CAP,
	      function->reset_kind == PADMA_RESET_FLR ? EXPRESS_DEVICE_FLR : EXPRESS_DEVICE_NO_FLR);
	put16(config + EXPRESS_CONTROL, CONTROL_INITIAL);
	put16(function->writable + EXPRESS_CONTROL, CONTROL_WRITABLE);
	put16(function->clear_by_one + EXPRESS_STATUS, STATUS_ERRORS);
	put32(config + EXPRESS_LINK_CAP, LINK_CAP);
	put16(config + EXPRESS_LINK_STATUS, LINK_STATUS);
}

/* 6.8.1.3: the number of vectors is a power of two; how many are granted is the host's to write. */
static void add_msi(struct list *list, const struct padma_sim_shape *shape)
{
	struct pci_function *function = list->function;
	unsigned int log2 = (unsigned int)__builtin_ctz(shape->msi_vectors);
	uint8_t *writable = function->writable;

	add(list, MSI, shape->msi_maskable ? MSI_MASKABLE_BYTES : MSI_BYTES, CAPABILITY_MSI,
	    (uint16_t)(MSI_64BIT | log2 << MSI_CAPABLE_SHIFT |
		       (shape->msi_maskable ? MSI_MASKABLE : 0)));
	put16(writable + MSI_CONTROL, MSI_ENABLE | MSI_GRANTED);
	put32(writable + MSI_ADDRESS, ~3u);
	put32(writable + MSI_ADDRESS + 4, UINT32_MAX);
	put16(writable + MSI_DATA, UINT16_MAX);
	if (shape->msi_maskable)
		put32(writable + MSI_MASK_BITS, (uint32_t)((1ull << shape->msi_vectors) - 1));
}

static int refuse(const struct list *list, const struct padma_sim_capability *capability,
		  unsigned int at, const char *why)
{
	return fail(-EINVAL, "%s: the %scapability 0x%x of %u bytes at 0x%x %s", list->name,
		    capability->is_extended ? "extended " : "", capability->id, capability->bytes,
		    at, why);
}

static int find_place(struct list *list, const struct padma_sim_capability *capability,
		      unsigned int start, unsigned int end, unsigned int *at)
{
	*at = capability->offset ? capability->offset : list->next_free;
	if (*at % 4 || *at < start || *at + capability->bytes > end)
		return refuse(list, capability, *at,
			      "does not fit into its part of configuration space; give it another "
			      "offset, or fewer bytes");
	for (unsigned int i = *at; i < *at + capability->bytes; i += 4) {
		if (list->taken[i / 4])
			return refuse(list, capability, *at,
				      "overlaps another one; leave the offset 0 to have it placed");
	}
	take(list, *at, capability->bytes);
	if (*at + capability->bytes > list->next_free)
		list->next_free = (*at + capability->bytes + 3) & ~3u;
	return 0;
}

static void copy_body(struct pci_function *function, const struct padma_sim_capability *capability,
		      unsigned int at, unsigned int header)
{
	size_t bytes = capability->bytes - header;

	memcpy(function->config + at + header, capability->data + header, bytes);
	if (capability->writable)
		memcpy(function->writable + at + header, capability->writable + header, bytes);
	if (capability->clear_by_one)
		memcpy(function->clear_by_one + at + header, capability->clear_by_one + header,
		       bytes);
}

static int add_models(struct list *list, const struct padma_sim_shape *shape)
{
	list->next_free = MODEL_CAPABILITIES;
	for (unsigned int i = 0; i < shape->capability_count; i++) {
		const struct padma_sim_capability *capability = &shape->capabilities[i];
		unsigned int at;
		int rc;

		if (capability->is_extended)
			continue;
		rc = find_place(list, capability, HEADER_END, CONVENTIONAL_END, &at);
		if (rc)
			return rc;
		link_capability(list, at, (uint8_t)capability->id);
		copy_body(list->function, capability, at, 2);
	}
	return 0;
}

/* PCI Express Base 3.0, 7.9.3: ID in 15:0, version in 19:16, the next one's offset in 31:20. The first stands
 * at 0x100, where zeros mean that there is none. */
static int add_extended(struct list *list, const struct padma_sim_shape *shape)
{
	uint8_t *config = list->function->config;
	unsigned int at, last = 0;
	int rc;

	list->next_free = EXTENDED;
	for (unsigned int i = 0; i < shape->capability_count; i++) {
		const struct padma_sim_capability *capability = &shape->capabilities[i];

		if (!capability->is_extended)
			continue;
		rc = find_place(list, capability, EXTENDED, PCI_CONFIG_BYTES, &at);
		if (rc)
			return rc;
		if (!last && at != EXTENDED)
			return refuse(list, capability, at,
				      "is the first extended one, which stands at 0x100");
		put32(config + at, capability->id | (uint32_t)capability->version << 16);
		if (last)
			put32(config + last, get32(config + last) | at << 20);
		last = at;
		copy_body(list->function, capability, at, 4);
	}
	return 0;
}

int pci_capabilities_init(struct pci_function *function, const char *name,
			  const struct padma_sim_shape *shape)
{
	struct list list = {.function = function, .name = name};
	int rc;

	add_power_management(&list);
	if (shape->msix_vectors)
		add_msix(&list, shape);
	if (!shape->is_conventional)
		add_express(&list);
	if (shape->msi_vectors)
		add_msi(&list, shape);
	rc = add_models(&list, shape);
	return rc ? rc : add_extended(&list, shape);
}
