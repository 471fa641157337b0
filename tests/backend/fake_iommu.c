// SPDX-License-Identifier: BSD-3-Clause
/* See fake_iommu.h. The order of checks: Linux 7.3.4, drivers/iommu/iommufd/io_pagetable.c. */
#include "fake_iommu.h"

#include "test.h"

#include <sys/eventfd.h>

#define IOAS 100u
#define PAGE 4096ull

int __wrap_iommufd_open(const char *path);
int __wrap_iommufd_destroy(int iommufd, uint32_t id);
int __wrap_iommufd_ioas_alloc(int iommufd, uint32_t *ioas_id);
int __wrap_iommufd_iova_ranges(int iommufd, uint32_t ioas_id, struct uapi_iova_range *ranges,
			       uint32_t *count, uint64_t *alignment);
int __wrap_iommufd_ioas_map(int iommufd, struct uapi_ioas_map *map);
int __wrap_iommufd_ioas_unmap(int iommufd, struct uapi_ioas_unmap *unmap);
int __wrap_iommufd_hwpt_alloc(int iommufd, uint32_t dev_id, uint32_t ioas_id, uint32_t *hwpt_id);
int __wrap_vfio_attach(int cdev, uint32_t pt_id);
int __wrap_vfio_detach(int cdev);

struct fake_iommu fake;

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	for (int i = 0; i < FAKE_DEVICES; i++) {
		fake.aperture_last[i] = (1ull << 39) - 1;
		fake.devices[i].reserved = (struct uapi_iova_range){0xfee00000, 0xfeefffff};
	}
}

static bool meet(const struct uapi_iova_range *a, uint64_t start, uint64_t last)
{
	return a->last && a->start <= last && start <= a->last;
}

static bool is_mapped(uint64_t start, uint64_t last)
{
	for (size_t i = 0; i < fake.map_count; i++) {
		const struct uapi_ioas_map *m = &fake.maps[i];

		if (m->iova <= last && start <= m->iova + m->length - 1)
			return true;
	}
	return false;
}

static bool is_reserved(uint64_t start, uint64_t last)
{
	bool reserved = false;

	for (int i = 0; i < FAKE_DEVICES; i++)
		reserved |= fake.devices[i].hwpt && meet(&fake.devices[i].reserved, start, last);
	for (int i = 1; i <= FAKE_DEVICES; i++)
		reserved |= fake.hwpts[i].there && last > fake.aperture_last[fake.hwpts[i].unit];
	for (unsigned int i = 0; i < fake.many_ranges; i++)
		reserved |= start <= (2 * i + 1) * PAGE && (2 * i + 1) * PAGE <= last;
	return reserved;
}

uint64_t fake_iova(const void *va)
{
	for (size_t i = 0; i < fake.map_count; i++) {
		const struct uapi_ioas_map *m = &fake.maps[i];

		if ((uintptr_t)va - m->user_va < m->length)
			return m->iova + ((uintptr_t)va - m->user_va);
	}
	return 0;
}

int __wrap_iommufd_open(const char *path)
{
	assert_string_equal(path, "/dev/iommu");
	return eventfd(0, EFD_CLOEXEC);
}

int __wrap_iommufd_ioas_alloc(int iommufd, uint32_t *ioas_id)
{
	(void)iommufd;
	*ioas_id = IOAS;
	return 0;
}

int __wrap_iommufd_destroy(int iommufd, uint32_t id)
{
	(void)iommufd;
	for (int i = 0; i < FAKE_DEVICES; i++) {
		if (fake.devices[i].hwpt == id)
			return -EBUSY;
	}
	if (id == IOAS) {
		for (int i = 1; i <= FAKE_DEVICES; i++)
			assert_false(fake.hwpts[i].there);
		assert_int_equal(fake.map_count, 0);
	} else {
		assert_true(fake.hwpts[id].there);
		fake.hwpts[id].there = false;
	}
	return 0;
}

/* Found by trying each boundary: slow, and sure. */
int __wrap_iommufd_iova_ranges(int iommufd, uint32_t ioas_id, struct uapi_iova_range *ranges,
			       uint32_t *count, uint64_t *alignment)
{
	uint64_t edges[2 * FAKE_DEVICES + 2 + 1024] = {0}, end;
	size_t edge_count = 1;
	uint32_t room = *count;

	(void)iommufd;
	assert_int_equal(ioas_id, IOAS);
	if (fake.ranges_error)
		return fake.ranges_error;
	if (fake.ranges_nonsense) {
		*count = fake.ranges_nonsense->count;
		*alignment = 0;
		for (uint32_t i = 0; i < room && i < *count && i < 3; i++)
			ranges[i] = fake.ranges_nonsense->ranges[i];
		return fake.ranges_nonsense->rc;
	}
	assert_true(fake.many_ranges < 512);
	for (unsigned int i = 0; i < fake.many_ranges; i++)
		edges[edge_count++] = (2 * i + 2) * PAGE;
	for (int i = 0; i < FAKE_DEVICES; i++) {
		if (fake.devices[i].hwpt && fake.devices[i].reserved.last)
			edges[edge_count++] = fake.devices[i].reserved.last + 1;
	}
	*count = 0;
	*alignment = PAGE;
	for (size_t e = 0; e < edge_count; e++) {
		bool seen = false;

		for (size_t i = 0; i < e; i++)
			seen |= edges[i] == edges[e];
		if (seen || is_reserved(edges[e], edges[e]))
			continue;
		/* Doubling steps, then halves: the last address that is free with all before. */
		end = edges[e];
		for (uint64_t step = 1ull << 62; step; step >>= 1) {
			if (end + step > end && !is_reserved(edges[e], end + step))
				end += step;
		}
		if (*count < room)
			ranges[*count] = (struct uapi_iova_range){edges[e], end};
		++*count;
	}
	return *count > room ? -EMSGSIZE : 0;
}

int __wrap_iommufd_ioas_map(int iommufd, struct uapi_ioas_map *map)
{
	uint64_t last = map->iova + map->length - 1;

	(void)iommufd;
	assert_int_equal(map->ioas_id, IOAS);
	assert_int_equal(map->flags, UAPI_IOAS_MAP_FIXED_IOVA | UAPI_IOAS_MAP_WRITEABLE |
					     UAPI_IOAS_MAP_READABLE);
	if (is_reserved(map->iova, last))
		return -EINVAL;
	if (is_mapped(map->iova, last))
		return -EEXIST;
	if (fake.maps_until_error && --fake.maps_until_error == 0)
		return fake.map_error;
	assert_true(fake.map_count < FAKE_MOST);
	fake.maps[fake.map_count++] = *map;
	return 0;
}

int __wrap_iommufd_ioas_unmap(int iommufd, struct uapi_ioas_unmap *unmap)
{
	(void)iommufd;
	for (size_t i = 0; i < fake.map_count; i++) {
		if (fake.maps[i].iova == unmap->iova && fake.maps[i].length == unmap->length) {
			fake.maps[i] = fake.maps[--fake.map_count];
			return 0;
		}
	}
	return -ENOENT;
}

int __wrap_iommufd_hwpt_alloc(int iommufd, uint32_t dev_id, uint32_t ioas_id, uint32_t *hwpt_id)
{
	unsigned int unit = fake.devices[dev_id].unit;

	(void)iommufd;
	assert_int_equal(ioas_id, IOAS);
	if (is_mapped(fake.aperture_last[unit] + 1, UINT64_MAX))
		return -EADDRINUSE;
	for (uint32_t id = 1; id <= FAKE_DEVICES; id++) {
		if (fake.hwpts[id].there)
			continue;
		fake.hwpts[id] = (struct fake_hwpt){.there = true, .unit = unit};
		*hwpt_id = id;
		return 0;
	}
	return -ENOMEM;
}

int __wrap_vfio_attach(int cdev, uint32_t pt_id)
{
	struct fake_device *device = &fake.devices[cdev];

	/* Never to the IOAS. */
	assert_true(pt_id <= FAKE_DEVICES && fake.hwpts[pt_id].there);
	if (device->reserved.last && is_mapped(device->reserved.start, device->reserved.last))
		return -EADDRINUSE;
	if (fake.hwpts[pt_id].unit != device->unit)
		return -EINVAL;
	device->hwpt = pt_id;
	return 0;
}

int __wrap_vfio_detach(int cdev)
{
	assert_true(fake.devices[cdev].hwpt != 0);
	fake.devices[cdev].hwpt = 0;
	return 0;
}
