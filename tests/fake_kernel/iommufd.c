// SPDX-License-Identifier: BSD-3-Clause
/*
 * /dev/iommu: MAP, UNMAP and GET_PA by the simulated kernel; page tables and the IOVAs that devices leave free here.
 * The order of checks: Linux 7.3.4, drivers/iommu/iommufd/io_pagetable.c.
 */
#include "test.h"

#include <sys/eventfd.h>

#include "kernel/iommufd_uapi.h"
#include "parts.h"
#include "sim/machine/kernel.h"

#define FIRST_HWPT 7u /* ids follow one another */
#define PAGE	   4096ull
#define MOST_EDGES (FAKE_DEVICES + 1 + 512)

static struct sim_kernel kernel;
static bool has_ioas;
static int iommufd = -1;

bool fake_is_iommufd(int fd)
{
	return fd >= 0 && fd == iommufd;
}

int fake_iommufd_open(void)
{
	if (fake.iommu_open_error)
		return fake_answer(fake.iommu_open_error);
	return iommufd = eventfd(0, EFD_CLOEXEC);
}

static void forget_ioas(void)
{
	if (has_ioas)
		sim_kernel_close(&kernel);
	has_ioas = false;
}

void fake_iommufd_close(void)
{
	iommufd = -1;
	memset(fake.hwpts, 0, sizeof(fake.hwpts));
	fake.objects = 0;
	forget_ioas();
}

uint64_t fake_phys(const void *va)
{
	struct uapi_ioas_get_pa query = {
		.size = sizeof(query), .ioas_id = SIM_IOAS_ID, .iova = (uintptr_t)va, .length = 1};

	return has_ioas && sim_kernel_get_pa(&kernel, &query) == 0 ? query.out_phys : 0;
}

size_t fake_map_count(void)
{
	return has_ioas ? kernel.areas_count : 0;
}

uint64_t fake_iova(const void *va)
{
	struct range_node *node, *next;

	if (!has_ioas)
		return 0;
	range_tree_for_each(node, next, &kernel.areas)
	{
		const struct sim_area *area = (const void *)node;

		if ((uintptr_t)va - area->va < node->len)
			return node->start + ((uintptr_t)va - area->va);
	}
	return 0;
}

/* [start, last], where there is an IOAS. */
static bool is_mapped(uint64_t start, uint64_t last)
{
	struct range_node *node = range_tree_from(&kernel.areas, start);

	return node && node->start <= last;
}

static bool meet(const struct uapi_iova_range *a, uint64_t start, uint64_t last)
{
	return a->last && a->start <= last && start <= a->last;
}

/* By the devices that are attached, or past the end of a page table. Without an IOMMU nothing is. */
static bool is_reserved(uint64_t start, uint64_t last)
{
	bool reserved = false;

	if (!fake.behind_iommu)
		return false;
	for (int i = 0; i < FAKE_DEVICES; i++)
		reserved |= fake.devices[i].hwpt && meet(&fake.devices[i].reserved, start, last);
	for (int i = 0; i < FAKE_DEVICES; i++)
		reserved |= fake.hwpts[i].there && last > fake.aperture_last[fake.hwpts[i].unit];
	for (unsigned int i = 0; i < fake.many_ranges; i++)
		reserved |= start <= (2 * i + 1) * PAGE && (2 * i + 1) * PAGE <= last;
	return reserved;
}

static int ioas_alloc(struct uapi_ioas_alloc *alloc)
{
	const struct padma_sim_params params = {.late_attach = true};

	assert_int_equal(alloc->size, 12);
	forget_ioas();
	assert_int_equal(sim_kernel_open(&kernel, &params, 2 << 20, 1ull << 32), 0);
	has_ioas = true;
	fake.objects++;
	alloc->out_ioas_id = SIM_IOAS_ID;
	return 0;
}

static int ioas_map(struct uapi_ioas_map *map)
{
	if (is_reserved(map->iova, map->iova + map->length - 1))
		return fake_answer(EINVAL);
	if (fake.maps_until_error && --fake.maps_until_error == 0)
		return fake_answer(fake.map_error);
	return fake_answer(-sim_kernel_map(&kernel, map));
}

static int get_pa(struct uapi_ioas_get_pa *query)
{
	int rc = sim_kernel_get_pa(&kernel, query);

	return fake_answer(rc == -ENOENT && fake.get_pa_error ? fake.get_pa_error : -rc);
}

/* Where a free range may begin. */
static size_t list_edges(uint64_t edges[MOST_EDGES])
{
	size_t count = 0;

	edges[count++] = 0;
	assert_true(fake.many_ranges < 512);
	for (unsigned int i = 0; i < fake.many_ranges; i++)
		edges[count++] = (2 * i + 2) * PAGE;
	for (int i = 0; i < FAKE_DEVICES; i++) {
		if (fake.devices[i].hwpt && fake.devices[i].reserved.last)
			edges[count++] = fake.devices[i].reserved.last + 1;
	}
	return count;
}

static bool is_listed(const uint64_t *edges, size_t count, uint64_t edge)
{
	for (size_t i = 0; i < count; i++) {
		if (edges[i] == edge)
			return true;
	}
	return false;
}

/* Doubling steps, then halves: the last address that is free with all before. */
static uint64_t last_free(uint64_t start)
{
	uint64_t end = start;

	for (uint64_t step = 1ull << 62; step; step >>= 1) {
		if (end + step > end && !is_reserved(start, end + step))
			end += step;
	}
	return end;
}

static int answer_nonsense(struct uapi_ioas_iova_ranges *query, struct uapi_iova_range *ranges)
{
	const struct fake_nonsense *nonsense = fake.ranges_nonsense;

	for (uint32_t i = 0; i < query->num_iovas && i < nonsense->count && i < 3; i++)
		ranges[i] = nonsense->ranges[i];
	query->num_iovas = nonsense->count;
	query->out_iova_alignment = 0;
	return fake_answer(nonsense->error);
}

/* Found by trying each edge: slow, and sure. */
static int iova_ranges(struct uapi_ioas_iova_ranges *query)
{
	struct uapi_iova_range *ranges = (void *)(uintptr_t)query->allowed_iovas;
	uint64_t edges[MOST_EDGES];
	uint32_t room = query->num_iovas, used = 0;
	size_t count = list_edges(edges);

	assert_int_equal(query->ioas_id, SIM_IOAS_ID);
	if (fake.ranges_error)
		return fake_answer(fake.ranges_error);
	if (fake.ranges_nonsense)
		return answer_nonsense(query, ranges);
	for (size_t i = 0; i < count; i++) {
		if (is_listed(edges, i, edges[i]) || is_reserved(edges[i], edges[i]))
			continue;
		if (used < room)
			ranges[used] = (struct uapi_iova_range){edges[i], last_free(edges[i])};
		used++;
	}
	query->num_iovas = used;
	query->out_iova_alignment = PAGE;
	return fake_answer(used > room ? EMSGSIZE : 0);
}

static struct fake_hwpt *free_hwpt(void)
{
	for (int i = 0; i < FAKE_DEVICES; i++) {
		if (!fake.hwpts[i].there)
			return &fake.hwpts[i];
	}
	return NULL;
}

static const struct fake_device *bound_device(uint32_t id)
{
	assert_in_range(id, FAKE_DEVID(fake.devices), FAKE_DEVID(fake.devices) + FAKE_DEVICES - 1);
	assert_true(fake.devices[id - FAKE_DEVID(fake.devices)].bound);
	return &fake.devices[id - FAKE_DEVID(fake.devices)];
}

static int hwpt_alloc(struct uapi_hwpt_alloc *alloc)
{
	const struct fake_device *device = bound_device(alloc->dev_id);
	struct fake_hwpt *hwpt = free_hwpt();
	int rc;

	assert_int_equal(alloc->size, 48);
	assert_int_equal(alloc->flags, 0);
	assert_int_equal(alloc->pt_id, SIM_IOAS_ID);
	if (fake.hwpt_error || !hwpt)
		return fake_answer(hwpt ? fake.hwpt_error : ENOMEM);
	if (fake.behind_iommu && is_mapped(fake.aperture_last[device->unit] + 1, UINT64_MAX))
		return fake_answer(EADDRINUSE);
	rc = sim_kernel_attach(&kernel);
	if (rc)
		return fake_answer(-rc);
	fake_note("hwpt");
	*hwpt = (struct fake_hwpt){.there = true, .unit = device->unit};
	fake.objects++;
	alloc->out_hwpt_id = FIRST_HWPT + (uint32_t)(hwpt - fake.hwpts);
	return 0;
}

static struct fake_hwpt *hwpt_of(uint32_t id)
{
	assert_in_range(id, FIRST_HWPT, FIRST_HWPT + FAKE_DEVICES - 1);
	assert_true(fake.hwpts[id - FIRST_HWPT].there);
	return &fake.hwpts[id - FIRST_HWPT];
}

int fake_page_table_attach(struct fake_device *device, uint32_t pt_id)
{
	/* Never to the IOAS: that is no page table. */
	const struct fake_hwpt *hwpt = hwpt_of(pt_id);

	if (fake.behind_iommu && device->reserved.last &&
	    is_mapped(device->reserved.start, device->reserved.last))
		return EADDRINUSE;
	if (hwpt->unit != device->unit)
		return EINVAL;
	device->hwpt = pt_id;
	return 0;
}

static int destroy_ioas(void)
{
	for (int i = 0; i < FAKE_DEVICES; i++) {
		if (fake.hwpts[i].there)
			return fake_answer(EBUSY);
	}
	forget_ioas();
	fake.objects--;
	return 0;
}

static int destroy(const struct uapi_destroy *arg)
{
	struct fake_hwpt *hwpt;

	if (arg->id == SIM_IOAS_ID)
		return destroy_ioas();
	hwpt = hwpt_of(arg->id);
	for (int i = 0; i < FAKE_DEVICES; i++) {
		if (fake.devices[i].hwpt == arg->id)
			return fake_answer(EBUSY);
	}
	hwpt->there = false;
	fake.objects--;
	return 0;
}

int fake_iommufd_ioctl(unsigned long request, void *arg)
{
	switch (request & 0xff) {
	case UAPI_IOMMU_DESTROY:
		return destroy(arg);
	case UAPI_IOMMU_IOAS_ALLOC:
		return ioas_alloc(arg);
	case UAPI_IOMMU_IOVA_RANGES:
		return iova_ranges(arg);
	case UAPI_IOMMU_IOAS_MAP:
		return ioas_map(arg);
	case UAPI_IOMMU_IOAS_UNMAP:
		return fake_answer(-sim_kernel_unmap(&kernel, arg));
	case UAPI_IOMMU_HWPT_ALLOC:
		return hwpt_alloc(arg);
	case UAPI_IOMMU_GET_PA:
		return get_pa(arg);
	default:
		return fake_answer(ENOTTY);
	}
}
