// SPDX-License-Identifier: BSD-3-Clause
/*
 * Answers to IOMMU_IOAS_IOVA_RANGES, accepted or rejected by the backend "iommu".
 *
 * The input is a list of operations: memory is mapped and unmapped, devices are attached and
 * detached; each attachment reads ranges, which come from the input: unsorted, overlapping, empty,
 * any number, any errno.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <padma/error.h>

#include "kernel/iommufd_uapi.h"
#include "kernel/vfio_uapi.h"
#include "backend/backends.h"

#define PAGE	      4096ull
#define WINDOW	      (1ull << 40)
#define WINDOW_BYTES  (1ull << 30)
#define MOST_MAPPINGS 32u
#define MOST_RANGES   16u
#define MOST_STEPS    64u
/* No descriptor of the process. */
#define DEVICE_FD     100000

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

struct mapping {
	uint64_t va;
	uint64_t bytes;
	uint64_t iova; /* from the backend; 0: not known yet */
};

static struct fuzz_input *input;
static struct mapping mappings[MOST_MAPPINGS];
static size_t mapping_count;
/* The last successful answer of the kernel. */
static struct uapi_iova_range answered[MOST_RANGES];
static size_t answered_count;
static unsigned int kernel_maps;

/* A range near one of the boundaries, or any. */
static uint64_t edge(void)
{
	static const uint64_t near[] = {
		0,	    PAGE,	1ull << 32, 1ull << 39,
		1ull << 52, 1ull << 63, UINT64_MAX, (1ull << 32) + WINDOW_BYTES,
	};
	uint8_t choice = fuzz_u8(input);

	if (choice & 0x80)
		return fuzz_u64(input);
	return near[choice % 8] +
	       (uint64_t)(int64_t)(int16_t)fuzz_u16(input) * (choice & 0x40 ? 1 : PAGE);
}

static int iova_ranges(struct uapi_ioas_iova_ranges *query)
{
	static const int errors[] = {0, 0, 0, 0, -EMSGSIZE, -EMSGSIZE, -ENOENT, -EINVAL};
	struct uapi_iova_range *ranges = (void *)(uintptr_t)query->allowed_iovas;
	uint8_t kind = fuzz_u8(input);
	uint32_t room = query->num_iovas, count = fuzz_u8(input) % (MOST_RANGES + 1);

	FUZZ_CHECK(ranges || room == 0);
	/* Also more than fit into a successful answer. */
	if (kind & 0x80)
		count = fuzz_u32(input);
	query->num_iovas = count;
	query->out_iova_alignment = kind & 0x40 ? fuzz_u64(input) : PAGE;
	answered_count = 0;
	for (uint32_t i = 0; i < room && i < count && i < MOST_RANGES; i++) {
		answered[i] = (struct uapi_iova_range){.start = edge(), .last = edge()};
		ranges[i] = answered[answered_count++];
	}
	/* The kernel writes nothing beyond them, so that must not be read. */
	return errors[kind % 8];
}

static int ioas_map(const struct uapi_ioas_map *map)
{
	FUZZ_CHECK(map->iova != 0 && map->iova % PAGE == 0);
	if (fuzz_u8(input) == 0xff)
		return -fuzz_errno(input);
	kernel_maps++;
	return 0;
}

static int ioas_unmap(void)
{
	FUZZ_CHECK(kernel_maps > 0);
	kernel_maps--;
	return 0;
}

/* Ids do not matter: the backend only returns them. */
static int answer_iommufd(unsigned int number, void *arg)
{
	switch (number) {
	case UAPI_IOMMU_IOAS_ALLOC:
		((struct uapi_ioas_alloc *)arg)->out_ioas_id = 1;
		return 0;
	case UAPI_IOMMU_HWPT_ALLOC:
		((struct uapi_hwpt_alloc *)arg)->out_hwpt_id = 7;
		return 0;
	case UAPI_IOMMU_IOVA_RANGES:
		return iova_ranges(arg);
	case UAPI_IOMMU_IOAS_MAP:
		return ioas_map(arg);
	case UAPI_IOMMU_IOAS_UNMAP:
		return ioas_unmap();
	case UAPI_IOMMU_DESTROY:
		return 0;
	default:
		return -ENOTTY;
	}
}

static int answer_device(unsigned int number)
{
	if (number == UAPI_VFIO_ATTACH_PT)
		return fuzz_u8(input) == 0xff ? -fuzz_errno(input) : 0;
	return number == UAPI_VFIO_DETACH_PT ? 0 : -ENOTTY;
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return strcmp(path, "/dev/iommu") == 0 ? eventfd(0, EFD_CLOEXEC)
					       : __real_open(path, flags, mode);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;
	int rc;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	rc = fd == DEVICE_FD ? answer_device(request & 0xff) : answer_iommufd(request & 0xff, arg);
	if (rc == 0)
		return 0;
	errno = -rc;
	return -1;
}

/* Whether one range of the kernel's last answer contains all of it. */
static bool was_allowed(uint64_t iova, uint64_t bytes)
{
	for (size_t i = 0; i < answered_count; i++) {
		if (answered[i].start <= iova && iova + bytes - 1 <= answered[i].last)
			return true;
	}
	return false;
}

static uint64_t ask(struct backend *backend, const struct mapping *mapping)
{
	struct uapi_ioas_get_pa get_pa = {.iova = mapping->va, .length = mapping->bytes};
	int rc = backend->ops->get_pa(backend, &get_pa);

	FUZZ_CHECK(rc == 0 || rc == -EOPNOTSUPP);
	if (rc)
		return 0;
	FUZZ_CHECK(get_pa.length == mapping->bytes);
	return get_pa.out_phys;
}

/* Assigned addresses do not change, new ones are inside the kernel's ranges, and none overlap. */
static void check(struct backend *backend)
{
	for (size_t i = 0; i < mapping_count; i++) {
		struct mapping *m = &mappings[i];
		uint64_t iova = ask(backend, m);

		FUZZ_CHECK((iova != 0) == backend->resolves);
		FUZZ_CHECK(m->iova == 0 || m->iova == iova);
		if (iova == 0)
			continue;
		FUZZ_CHECK(iova % PAGE == 0 && iova + m->bytes > iova);
		FUZZ_CHECK(m->iova || was_allowed(iova, m->bytes));
		m->iova = iova;
		for (size_t j = 0; j < i; j++)
			FUZZ_CHECK(mappings[j].iova + mappings[j].bytes <= iova ||
				   iova + m->bytes <= mappings[j].iova);
	}
}

static void map(struct backend *backend)
{
	uint8_t where = fuzz_u8(input);
	struct uapi_ioas_map map = {
		.user_va = (where & 1 ? WINDOW : WINDOW >> 1) + (where & 0xf0) * (2ull << 20),
		.length = (1 + where / 2 % 8) * (where & 1 ? 2ull << 20 : PAGE),
	};
	int rc;

	map.iova = map.user_va;
	if (mapping_count == MOST_MAPPINGS)
		return;
	rc = backend->ops->map(backend, &map);
	FUZZ_CHECK(rc <= 0);
	if (rc)
		return;
	mappings[mapping_count++] = (struct mapping){map.user_va, map.length, 0};
}

static void unmap_number(struct backend *backend, size_t i)
{
	struct uapi_ioas_unmap unmap = {.iova = mappings[i].va, .length = mappings[i].bytes};

	FUZZ_CHECK(backend->ops->unmap(backend, &unmap) == 0);
	mappings[i] = mappings[--mapping_count];
}

/* A refused device does not change the allowed ranges. */
static void attach(struct backend *backend, unsigned int *devices)
{
	const struct space_device device = {.kind = SPACE_DEVICE_IOMMU, .fd = DEVICE_FD};
	struct uapi_iova_range before[MOST_RANGES];
	size_t count_before = answered_count;
	int rc;

	memcpy(before, answered, sizeof(before));
	rc = backend->ops->attach(backend, &device);
	FUZZ_CHECK(rc <= 0);
	if (rc == 0) {
		++*devices;
		return;
	}
	memcpy(answered, before, sizeof(before));
	answered_count = count_before;
}

static void step(struct backend *backend, unsigned int *devices)
{
	const struct space_device device = {.kind = SPACE_DEVICE_IOMMU, .fd = DEVICE_FD};

	switch (fuzz_below(input, 5)) {
	case 0:
	case 1:
		map(backend);
		break;
	case 2:
		if (mapping_count)
			unmap_number(backend, fuzz_u8(input) % mapping_count);
		break;
	case 3:
		if (*devices) {
			FUZZ_CHECK(backend->ops->detach(backend, &device) == 0);
			--*devices;
		}
		break;
	default:
		attach(backend, devices);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input all = {data, size};
	const struct padma_space_params params = {.page_bytes = 2 << 20};
	struct backend *backend = NULL;
	unsigned int devices = 0;

	input = &all;
	mapping_count = answered_count = kernel_maps = 0;
	FUZZ_CHECK(iommu_backend_ops.open(&params, (void *)(uintptr_t)WINDOW, WINDOW_BYTES,
					  &backend) == 0);
	for (unsigned int i = 0; i < MOST_STEPS && input->left; i++) {
		step(backend, &devices);
		check(backend);
	}
	while (mapping_count)
		unmap_number(backend, 0);
	FUZZ_CHECK(kernel_maps == 0);
	backend->ops->close(backend);
	return 0;
}
