// SPDX-License-Identifier: BSD-3-Clause
/* See kernel.h. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#include "sim/machine/kernel.h"
#include "sim/machine/pin.h"

#define PAGE ((uint64_t)UAPI_PAGE_BYTES)

int sim_kernel_open(struct sim_kernel *kernel, const struct padma_sim_params *params,
		    uint64_t frame_bytes, uint64_t large_bytes)
{
	*kernel = (struct sim_kernel){
		.attached = !params->late_attach,
		.lazy = params->lazy,
		.large_to = UINT64_MAX,
		.form = params->get_pa,
		.has_get_pa = true,
		.has_noiommu = true,
		.rawio = true,
	};
	pthread_mutex_init(&kernel->lock, NULL);
	return sim_memory_open(&kernel->memory, params, frame_bytes, large_bytes);
}

static struct sim_area *area_of(struct range_node *node)
{
	return container_of(node, struct sim_area, range);
}

static void area_remove(struct sim_kernel *kernel, struct sim_area *area)
{
	range_tree_remove(&kernel->areas, &area->range);
	kernel->areas_count--;
	sim_unpin(kernel, area);
	free(area);
}

void sim_kernel_close(struct sim_kernel *kernel)
{
	struct range_node *node, *next;

	range_tree_for_each(node, next, &kernel->areas) area_remove(kernel, area_of(node));
	sim_memory_close(kernel->memory);
	pthread_mutex_destroy(&kernel->lock);
}

static struct sim_area *area_at(const struct sim_kernel *kernel, uint64_t iova)
{
	struct range_node *node = range_tree_find(&kernel->areas, iova);

	return node ? area_of(node) : NULL;
}

void sim_kernel_page_bytes(const struct sim_kernel *kernel, uint64_t va, uint64_t *page_bytes,
			   uint64_t *end)
{
	bool huge = va >= kernel->huge_from && va < kernel->huge_to;

	*page_bytes = huge ? kernel->memory->large_frames.frame_bytes : PAGE;
	*end = huge ? kernel->huge_to : va < kernel->huge_from ? kernel->huge_from : UINT64_MAX;
}

/*
 * iommufd_fops_ioctl(), copy_struct_from_user(): the caller's structure in the size this kernel
 * knows.
 */
static int copy_in(void *to, size_t known, const void *arg)
{
	const unsigned char *bytes = arg;
	uint32_t size;

	if (!arg)
		return -EFAULT;
	memcpy(&size, arg, sizeof(size));
	if (size < known)
		return -EINVAL;
	for (size_t i = known; i < size; i++) {
		if (bytes[i])
			return -E2BIG;
	}
	memcpy(to, arg, known);
	return 0;
}

/* iopt_alloc_area_pages(), iopt_check_iova(), iopt_insert_area(), in their order. */
static int check_map(const struct sim_kernel *kernel, const struct uapi_ioas_map *map)
{
	/* Before a page table is attached nothing asks for an alignment. */
	uint64_t alignment = kernel->attached ? PAGE : 1;
	uint64_t end;

	if (__builtin_add_overflow(map->user_va, map->length, &end))
		return -EOVERFLOW;
	if (map->length & (alignment - 1) || map->length == 0)
		return -EINVAL;
	if (map->iova & (alignment - 1))
		return -EINVAL;
	if (__builtin_add_overflow(map->iova, map->length - 1, &end))
		return -EOVERFLOW;
	if (range_tree_overlaps(&kernel->areas, map->iova, map->length))
		return -EEXIST;
	if (map->user_va % PAGE & (alignment - 1))
		return -EINVAL;
	return 0;
}

static int insert_area(struct sim_kernel *kernel, const struct uapi_ioas_map *map)
{
	struct sim_area *area = calloc(1, sizeof(*area));
	int rc = 0;

	if (!area)
		return -ENOMEM;
	*area = (struct sim_area){
		.range = {.start = map->iova, .len = map->length},
		.va = map->user_va,
		.writable = map->flags & UAPI_IOAS_MAP_WRITEABLE,
	};
	if (kernel->attached)
		rc = sim_pin(kernel, area);
	if (rc) {
		free(area);
		return rc;
	}
	range_tree_insert(&kernel->areas, &area->range);
	kernel->areas_count++;
	return 0;
}

static int map_locked(struct sim_kernel *kernel, struct uapi_ioas_map *map)
{
	const uint32_t access = UAPI_IOAS_MAP_WRITEABLE | UAPI_IOAS_MAP_READABLE;
	int rc;

	if ((map->flags & ~(access | UAPI_IOAS_MAP_FIXED_IOVA)) || map->reserved)
		return -EOPNOTSUPP;
	if (map->iova == UINT64_MAX || map->length == UINT64_MAX)
		return -EOVERFLOW;
	if (!(map->flags & access))
		return -EINVAL;
	if (map->ioas_id != SIM_IOAS_ID)
		return -ENOENT;
	/* Padma always gives the address; the kernel's choice of an IOVA is not simulated. */
	if (!(map->flags & UAPI_IOAS_MAP_FIXED_IOVA))
		return -EOPNOTSUPP;
	rc = check_map(kernel, map);
	return rc ? rc : insert_area(kernel, map);
}

int sim_kernel_map(struct sim_kernel *kernel, void *arg)
{
	struct uapi_ioas_map map;
	int rc = copy_in(&map, sizeof(map), arg);

	if (rc)
		return rc;
	pthread_mutex_lock(&kernel->lock);
	rc = map_locked(kernel, &map);
	pthread_mutex_unlock(&kernel->lock);
	return rc;
}

/* iopt_unmap_iova_range(): whole areas only; what came before a failure is gone. */
static int unmap_range(struct sim_kernel *kernel, uint64_t first, uint64_t last, uint64_t *unmapped)
{
	struct range_node *node = range_tree_from(&kernel->areas, first), *next;

	for (; node && node->start <= last; node = next) {
		next = range_tree_next(&kernel->areas, node);
		if (node->start < first || range_last(node) > last)
			return -ENOENT;
		*unmapped += node->len;
		area_remove(kernel, area_of(node));
	}
	return 0;
}

static int unmap_locked(struct sim_kernel *kernel, const struct uapi_ioas_unmap *unmap,
			uint64_t *unmapped)
{
	uint64_t last;
	int rc;

	if (unmap->ioas_id != SIM_IOAS_ID)
		return -ENOENT;
	if (unmap->iova == 0 && unmap->length == UINT64_MAX)
		return unmap_range(kernel, 0, UINT64_MAX, unmapped);
	if (unmap->iova == UINT64_MAX || unmap->length == UINT64_MAX)
		return -EOVERFLOW;
	if (!unmap->length)
		return -EINVAL;
	if (__builtin_add_overflow(unmap->iova, unmap->length - 1, &last))
		return -EOVERFLOW;
	rc = unmap_range(kernel, unmap->iova, last, unmapped);
	if (rc)
		return rc;
	return *unmapped ? 0 : -ENOENT;
}

int sim_kernel_unmap(struct sim_kernel *kernel, void *arg)
{
	struct uapi_ioas_unmap unmap;
	uint64_t unmapped = 0;
	int rc = copy_in(&unmap, sizeof(unmap), arg);

	if (rc)
		return rc;
	pthread_mutex_lock(&kernel->lock);
	rc = unmap_locked(kernel, &unmap, &unmapped);
	pthread_mutex_unlock(&kernel->lock);
	if (rc)
		return rc;
	unmap.length = unmapped;
	memcpy(arg, &unmap, sizeof(unmap));
	return 0;
}

/* iommu_iova_to_phys() of the page table: 0 where nothing is mapped. */
static uint64_t iova_to_phys(const struct sim_kernel *kernel, uint64_t iova)
{
	const struct sim_area *area = area_at(kernel, iova);

	return area ? sim_area_phys(area, iova) : 0;
}

/* iopt_get_phys() as merged: up to @max bytes, not past the area's end. */
static uint64_t merged_length(const struct sim_area *area, uint64_t iova, uint64_t max)
{
	uint64_t left = area->range.len - (iova - area->range.start);

	return sim_area_run(area, iova, max < left ? max : left);
}

/*
 * iopt_get_phys() of the V4 series: from the area's last page it looks at one page more, unless it
 * stands on that page's last byte, so a run may go on for a page into whatever is mapped behind.
 */
static uint64_t v4_length(const struct sim_kernel *kernel, const struct sim_area *area,
			  uint64_t iova)
{
	uint64_t left = area->range.len - (iova - area->range.start);
	uint64_t run = sim_area_run(area, iova, left);
	uint64_t within = iova % PAGE;
	uint64_t behind;

	if (run < left || within == PAGE - 1 || __builtin_add_overflow(iova, run + within, &behind))
		return run;
	if (iova_to_phys(kernel, behind) == sim_area_phys(area, iova) + run + within)
		run += PAGE;
	return run;
}

static int get_pa_v4(struct sim_kernel *kernel, struct uapi_ioas_get_pa *get_pa)
{
	const struct sim_area *area;

	if (get_pa->flags || get_pa->reserved)
		return -EOPNOTSUPP;
	if (get_pa->ioas_id != SIM_IOAS_ID)
		return -ENOENT;
	if (!kernel->has_noiommu)
		return -EOPNOTSUPP;
	area = area_at(kernel, get_pa->iova);
	if (!area)
		return -ENOENT;
	if (!kernel->attached)
		return -EOPNOTSUPP;
	get_pa->out_phys = kernel->zero_pa ? 0 : sim_area_phys(area, get_pa->iova);
	if (!get_pa->out_phys)
		return -EINVAL;
	get_pa->length = v4_length(kernel, area, get_pa->iova);
	return 0;
}

static int get_pa_merged(struct sim_kernel *kernel, struct uapi_ioas_get_pa *get_pa)
{
	const struct sim_area *area;

	if (!kernel->has_noiommu)
		return -EOPNOTSUPP;
	if (!kernel->rawio)
		return -EPERM;
	if (get_pa->flags || get_pa->reserved)
		return -EOPNOTSUPP;
	if (!get_pa->length)
		return -EINVAL;
	if (get_pa->iova == UINT64_MAX)
		return -EOVERFLOW;
	if (get_pa->ioas_id != SIM_IOAS_ID)
		return -ENOENT;
	area = area_at(kernel, get_pa->iova);
	if (!area)
		return -ENOENT;
	if (!kernel->attached)
		return -EOPNOTSUPP;
	get_pa->out_phys = kernel->zero_pa ? 0 : sim_area_phys(area, get_pa->iova);
	get_pa->length = merged_length(area, get_pa->iova, get_pa->length);
	return 0;
}

int sim_kernel_get_pa(struct sim_kernel *kernel, void *arg)
{
	struct uapi_ioas_get_pa get_pa;
	int rc;

	if (!kernel->has_get_pa)
		return -ENOTTY;
	rc = copy_in(&get_pa, sizeof(get_pa), arg);
	if (rc)
		return rc;
	pthread_mutex_lock(&kernel->lock);
	kernel->get_pa_calls++;
	rc = kernel->form == PADMA_SIM_GET_PA_V4 ? get_pa_v4(kernel, &get_pa)
						 : get_pa_merged(kernel, &get_pa);
	pthread_mutex_unlock(&kernel->lock);
	if (rc == 0)
		memcpy(arg, &get_pa, sizeof(get_pa));
	return rc;
}

/* iopt_check_iova_alignment(): not an area of before that the page table cannot hold. */
static int pin_area(struct sim_kernel *kernel, struct sim_area *area)
{
	if ((area->range.start | area->range.len | area->va) & (PAGE - 1))
		return -EADDRINUSE;
	return sim_pin(kernel, area);
}

static int attach_locked(struct sim_kernel *kernel)
{
	struct range_node *node, *next;
	int rc = 0;

	if (kernel->attached)
		return 0;
	range_tree_for_each(node, next, &kernel->areas)
	{
		rc = pin_area(kernel, area_of(node));
		if (rc)
			break;
	}
	kernel->attached = rc == 0;
	if (rc == 0)
		return 0;
	/* Those that were not pinned have nothing to unpin. */
	range_tree_for_each(node, next, &kernel->areas) sim_unpin(kernel, area_of(node));
	return rc;
}

int sim_kernel_attach(struct sim_kernel *kernel)
{
	int rc;

	pthread_mutex_lock(&kernel->lock);
	rc = attach_locked(kernel);
	pthread_mutex_unlock(&kernel->lock);
	return rc;
}
