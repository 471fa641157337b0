// SPDX-License-Identifier: BSD-3-Clause
/*
 * VFIO_DEVICE_GET_REGION_INFO: any size, flags and chain of capabilities, of any length. The part
 * of the BAR that is to be mapped lies inside it and begins with a page.
 */
#include "fuzz.h"

#include <errno.h>

#include "device/vfio/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	uint64_t page = 4096ull << fuzz_below(&input, 5), start = 0, end = 0;
	uint32_t room = (uint32_t)sizeof(struct uapi_vfio_region_info) + fuzz_below(&input, 512);
	const struct uapi_vfio_area *areas = NULL;
	struct uapi_vfio_region_info *info;
	int count;

	/* As long as it says, so that a sanitizer sees a read past its end. */
	info = malloc(room);
	FUZZ_CHECK(info);
	fuzz_bytes(&input, info, room);
	info->argsz = room;
	count = vfio_sparse_areas(info, &areas);
	FUZZ_CHECK(count >= 0 || count == -ENOENT || count == -EPROTO);
	if (count > 0)
		FUZZ_CHECK((const char *)(areas + count) <= (const char *)info + room);
	if (vfio_mappable(info, page, &start, &end)) {
		FUZZ_CHECK(start % page == 0 && start < end && end <= info->size);
		FUZZ_CHECK(info->flags & UAPI_VFIO_REGION_MMAP);
	} else {
		FUZZ_CHECK(start == end);
	}
	free(info);
	return 0;
}
