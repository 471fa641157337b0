// SPDX-License-Identifier: BSD-3-Clause
/*
 * VFIO_DEVICE_GET_REGION_INFO: any size, flags and capability chain, of any length. The areas of the
 * BAR to map are inside it and page-aligned.
 */
#include "fuzz.h"

#include <errno.h>

#include "device/vfio/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	uint64_t page = 4096ull << fuzz_below(&input, 5);
	uint32_t room = (uint32_t)sizeof(struct uapi_vfio_region_info) + fuzz_below(&input, 512);
	const struct uapi_vfio_area *areas = NULL;
	struct uapi_vfio_area mapped[VFIO_AREAS];
	struct uapi_vfio_region_info *info;
	unsigned int used;
	int count;

	/* Exactly as long as reported, so that a sanitizer detects a read past its end. */
	info = malloc(room);
	FUZZ_CHECK(info);
	fuzz_bytes(&input, info, room);
	info->argsz = room;
	count = vfio_sparse_areas(info, &areas);
	FUZZ_CHECK(count >= 0 || count == -ENOENT || count == -EPROTO);
	if (count > 0)
		FUZZ_CHECK((const char *)(areas + count) <= (const char *)info + room);
	used = vfio_mappable(info, page, mapped);
	FUZZ_CHECK(used <= VFIO_AREAS && (used == 0 || info->flags & UAPI_VFIO_REGION_MMAP));
	for (unsigned int i = 0; i < used; i++) {
		FUZZ_CHECK(mapped[i].offset % page == 0 && mapped[i].size > 0);
		FUZZ_CHECK(mapped[i].offset < info->size &&
			   mapped[i].size <= info->size - mapped[i].offset);
		FUZZ_CHECK(i == 0 || mapped[i].size <= mapped[i - 1].size);
	}
	free(info);
	return 0;
}
