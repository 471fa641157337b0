// SPDX-License-Identifier: BSD-3-Clause
/* BARs: their mapped areas, windows into them, and what the inlined accessors leave to a call. */
#define PADMA_PART "device"
#include "base/base.h"

#include <inttypes.h>

#include "device/bar.h"

const struct padma_bar_area *device_bar_area(const struct padma_bar *bar, unsigned int i)
{
	if (i == 0)
		return bar->first.end > bar->first.start ? &bar->first : NULL;
	return i <= bar->further_count ? &bar->further[i - 1] : NULL;
}

static bool is_new(const struct padma_bar *bar, uint64_t start, uint64_t end)
{
	const struct padma_bar_area *area;

	for (unsigned int i = 0; (area = device_bar_area(bar, i)); i++) {
		if (start < area->end && area->start < end)
			return false;
	}
	return start < end;
}

bool device_bar_add_area(struct padma_device *device, unsigned int index, uint64_t start,
			 uint64_t end, volatile void *at)
{
	struct padma_bar *bar = &device->bars[index];
	struct padma_bar_area area = {start, end, at};
	struct padma_bar_area smaller = bar->first;

	if (!is_new(bar, start, end))
		return false;
	if (bar->first.end == bar->first.start) {
		bar->first = area;
		return true;
	}
	if (bar->further_count == DEVICE_FURTHER_AREAS)
		return false;
	if (smaller.end - smaller.start >= end - start)
		smaller = area;
	else
		bar->first = area;
	bar->further = device->further_areas[index];
	device->further_areas[index][bar->further_count++] = smaller;
	return true;
}

void device_bar_drop_areas(struct padma_device *device, unsigned int index)
{
	struct padma_bar *bar = &device->bars[index];

	bar->first = (struct padma_bar_area){0};
	bar->further_count = 0;
}

/* Past the end of a BAR nothing decodes the access: reads give all ones, writes are lost. */
static bool in_bar(const struct padma_bar *bar, uint64_t offset, uint64_t bytes)
{
	return offset <= bar->bytes && bytes <= bar->bytes - offset;
}

volatile void *padma_bar_slow_direct(const struct padma_bar *bar, uint64_t offset, uint64_t bytes)
{
	for (unsigned int i = 0; i < bar->further_count; i++) {
		const struct padma_bar_area *area = &bar->further[i];

		if (offset >= area->start && offset < area->end && bytes <= area->end - offset)
			return area->at + (offset - area->start);
	}
	return NULL;
}

static uint64_t read_direct(const volatile void *reg, unsigned int width)
{
	switch (width) {
	case 1:
		return padma_mmio_read8(reg);
	case 2:
		return padma_mmio_read16(reg);
	case 4:
		return padma_mmio_read32(reg);
	default:
		return padma_mmio_read64(reg);
	}
}

static void write_direct(volatile void *reg, uint64_t value, unsigned int width)
{
	switch (width) {
	case 1:
		padma_mmio_write8_after_stores(reg, (uint8_t)value);
		break;
	case 2:
		padma_mmio_write16_after_stores(reg, (uint16_t)value);
		break;
	case 4:
		padma_mmio_write32_after_stores(reg, (uint32_t)value);
		break;
	default:
		padma_mmio_write64_after_stores(reg, value);
		break;
	}
}

uint64_t padma_bar_slow_read(const struct padma_bar *bar, uint64_t offset, unsigned int width)
{
	const volatile void *reg;

	if (!in_bar(bar, offset, width))
		return UINT64_MAX;
	/* Also in the first area: windows that are mapped in part leave all of their accesses to this. */
	reg = padma_bar_direct(bar, offset, width);
	return reg ? read_direct(reg, width)
		   : bar->device->ops->bar_read(bar->device, bar->index, offset, width);
}

void padma_bar_slow_write(const struct padma_bar *bar, uint64_t offset, uint64_t value,
			  unsigned int width)
{
	volatile void *reg;

	if (!in_bar(bar, offset, width))
		return;
	reg = padma_bar_direct(bar, offset, width);
	if (reg)
		write_direct(reg, value, width);
	else
		bar->device->ops->bar_write(bar->device, bar->index, offset, value, width);
}

int padma_bar_window_open(struct padma_device *device, unsigned int index, uint64_t offset,
			  uint64_t bytes, struct padma_bar_window *window)
{
	const struct padma_bar *bar = padma_device_bar(device, index);

	if (!bar)
		return fail(-EINVAL, "%s: BAR %u is not implemented, or is no memory", device->name,
			    index);
	if (bytes == 0 || !in_bar(bar, offset, bytes))
		return fail(-EINVAL,
			    "%s: BAR %u has %" PRIu64 " bytes; a window of %" PRIu64
			    " at 0x%" PRIx64 " is not in it",
			    device->name, index, bar->bytes, bytes, offset);
	*window = (struct padma_bar_window){
		.bar = bar,
		.offset = offset,
		.bytes = bytes,
		.direct = (volatile unsigned char *)padma_bar_direct(bar, offset, bytes),
	};
	return 0;
}
