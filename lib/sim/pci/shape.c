// SPDX-License-Identifier: BSD-3-Clause
/* Whether a PCI function can have a given shape. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <inttypes.h>

#include "sim/pci/function.h"

/* PCI Local Bus 3.0, 6.2.5.1: the smallest memory BAR, and the largest of 32 bits. */
#define BAR_LEAST	16u
#define BAR_32BIT_MOST	(1ull << 31)
#define BAR_64BIT_MOST	(1ull << 52)
#define CLASS_CODE_MAX	0xffffffu
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define HEADER_BYTES(c) ((c)->is_extended ? 4u : 2u)

static int check_bar(const char *name, const struct padma_sim_bar *bars, unsigned int i)
{
	const struct padma_sim_bar *bar = &bars[i];
	uint64_t most = bar->is_64bit ? BAR_64BIT_MOST : BAR_32BIT_MOST;

	if (bar->bytes == 0)
		return 0;
	if (!is_power_of_two(bar->bytes) || bar->bytes < BAR_LEAST || bar->bytes > most)
		return fail(-EINVAL,
			    "%s: BAR %u has 0x%" PRIx64 " bytes; give a power of two from %u to "
			    "0x%" PRIx64 "%s",
			    name, i, bar->bytes, BAR_LEAST, most,
			    bar->is_64bit ? "" : ", or make it a 64-bit BAR");
	if (bar->is_64bit && (i + 1 == PADMA_DEVICE_BARS || bars[i + 1].bytes))
		return fail(-EINVAL,
			    "%s: BAR %u has 64 bits, and so takes the next one, too; leave that "
			    "unimplemented",
			    name, i);
	return 0;
}

static bool is_within(const struct padma_sim_shape *shape, unsigned int bar, uint64_t offset,
		      uint64_t bytes)
{
	return bar < PADMA_DEVICE_BARS && offset < shape->bars[bar].bytes &&
	       bytes <= shape->bars[bar].bytes - offset;
}

struct span {
	unsigned int bar;
	uint64_t start, end;
};

static bool overlap(const struct span *a, const struct span *b)
{
	return a->bar == b->bar && a->start < b->end && b->start < a->end;
}

/* What the library answers for in BARs: direct areas, then MSI-X. Return: how many spans. */
static unsigned int spans_of(const struct padma_sim_shape *shape, struct span *spans)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < PADMA_SIM_DIRECTS; i++) {
		const struct padma_sim_direct *direct = &shape->directs[i];

		if (direct->bytes)
			spans[n++] = (struct span){direct->bar, direct->offset,
						   direct->offset + direct->bytes};
	}
	if (shape->msix_vectors) {
		uint64_t table = shape->msix_vectors * sizeof(struct msix_entry);
		uint64_t pba = (shape->msix_vectors + 63) / 64 * sizeof(uint64_t);

		spans[n++] = (struct span){shape->msix_table_bar, shape->msix_table,
					   shape->msix_table + table};
		spans[n++] =
			(struct span){shape->msix_pba_bar, shape->msix_pba, shape->msix_pba + pba};
	}
	return n;
}

static int check_spans(const char *name, const struct padma_sim_shape *shape)
{
	struct span spans[PADMA_SIM_DIRECTS + 2];
	unsigned int n = spans_of(shape, spans);

	for (unsigned int i = 0; i < n; i++) {
		if (spans[i].end < spans[i].start ||
		    !is_within(shape, spans[i].bar, spans[i].start, spans[i].end - spans[i].start))
			return fail(-EINVAL,
				    "%s: a direct area or a table of MSI-X at 0x%" PRIx64
				    " is not inside BAR %u; make the BAR larger",
				    name, spans[i].start, spans[i].bar);
		for (unsigned int j = 0; j < i; j++) {
			if (overlap(&spans[i], &spans[j]))
				return fail(-EINVAL,
					    "%s: direct areas or tables of MSI-X at 0x%" PRIx64
					    " and 0x%" PRIx64 " of BAR %u overlap",
					    name, spans[j].start, spans[i].start, spans[i].bar);
		}
	}
	return 0;
}

static int check_directs(const char *name, const struct padma_sim_shape *shape)
{
	for (unsigned int i = 0; i < PADMA_SIM_DIRECTS; i++) {
		const struct padma_sim_direct *direct = &shape->directs[i];

		if (direct->bytes == 0)
			continue;
		if (!direct->memory || (uintptr_t)direct->memory % 8)
			return fail(-EINVAL,
				    "%s: direct area %u needs memory that is aligned to 8 bytes",
				    name, i);
		if (direct->offset % 4 || direct->bytes % 4)
			return fail(-EINVAL,
				    "%s: offset and size of direct area %u must be multiples of 4",
				    name, i);
	}
	return 0;
}

static int check_interrupts(const char *name, const struct padma_sim_shape *shape)
{
	if (shape->msix_vectors > MSIX_VECTORS_MAX)
		return fail(-EINVAL, "%s: MSI-X has up to %u vectors, not %u", name,
			    MSIX_VECTORS_MAX, shape->msix_vectors);
	if (shape->msix_table % 8 || shape->msix_pba % 8)
		return fail(-EINVAL,
			    "%s: the table and the pending bits of MSI-X are at multiples of 8",
			    name);
	if (shape->msi_vectors &&
	    (!is_power_of_two(shape->msi_vectors) || shape->msi_vectors > MSI_VECTORS_MAX))
		return fail(-EINVAL, "%s: MSI has 1, 2, 4, 8, 16 or 32 vectors, not %u", name,
			    shape->msi_vectors);
	return 0;
}

static int check_capabilities(const char *name, const struct padma_sim_shape *shape)
{
	if (shape->capability_count && !shape->capabilities)
		return fail(-EINVAL, "%s: its capabilities are counted, but not given", name);
	for (unsigned int i = 0; i < shape->capability_count; i++) {
		const struct padma_sim_capability *capability = &shape->capabilities[i];

		if (capability->bytes < HEADER_BYTES(capability) || !capability->data)
			return fail(
				-EINVAL,
				"%s: capability %u needs its data, and at least the %u bytes of "
				"its header",
				name, i, HEADER_BYTES(capability));
		if (capability->is_extended ? capability->version > 15 : capability->id > 0xff)
			return fail(-EINVAL, "%s: capability %u: no such ID or version", name, i);
		if (capability->is_extended && shape->is_conventional)
			return fail(-EINVAL,
				    "%s: a conventional function has no extended capabilities",
				    name);
	}
	return 0;
}

/* What is reserved may mean something to a later version of the library: nothing is ignored. */
static int check_reserved(const char *name, const struct padma_sim_shape *shape)
{
	uint64_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(shape->reserved); i++)
		used |= shape->reserved[i];
	for (size_t i = 0; i < PADMA_DEVICE_BARS; i++)
		for (size_t j = 0; j < ARRAY_SIZE(shape->bars[i].reserved); j++)
			used |= shape->bars[i].reserved[j];
	for (size_t i = 0; i < PADMA_SIM_DIRECTS; i++)
		used |= shape->directs[i].reserved;
	for (size_t i = 0; i < shape->capability_count; i++)
		used |= shape->capabilities[i].reserved;
	return used ? fail(-EINVAL, "%s: a reserved field is not 0; this library has no use for it",
			   name)
		    : 0;
}

int pci_shape_check(const char *name, const struct padma_sim_shape *shape)
{
	int rc = 0;

	if (shape->class_code > CLASS_CODE_MAX)
		return fail(-EINVAL, "%s: a class code has 24 bits, 0x%x has more", name,
			    shape->class_code);
	for (unsigned int i = 0; i < PADMA_DEVICE_BARS && rc == 0; i++)
		rc = check_bar(name, shape->bars, i);
	if (rc == 0)
		rc = check_directs(name, shape);
	if (rc == 0)
		rc = check_interrupts(name, shape);
	if (rc == 0)
		rc = check_spans(name, shape);
	if (rc == 0)
		rc = check_capabilities(name, shape);
	return rc ? rc : check_reserved(name, shape);
}
