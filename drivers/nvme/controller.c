// SPDX-License-Identifier: BSD-3-Clause
/* Whether the controller lives, has failed, or is gone. */
#define PADMA_PART "nvme"
#include "base/base.h"

#include "driver.h"

int controller_gone(struct padma_nvme *nvme)
{
	gate_raise(&nvme->gate, GATE_GONE);
	/* So that whoever waits for its removal learns of it, too. */
	(void)padma_device_check(nvme->device);
	return fail(-ENODEV, "%s: the device is gone; close it", nvme_name(nvme));
}

int controller_failed(struct padma_nvme *nvme, const char *why)
{
	gate_raise(&nvme->gate, GATE_FAILED);
	return fail(-EIO, "%s: the controller has failed (%s); reset it", nvme_name(nvme), why);
}

int controller_usable(const struct padma_nvme *nvme)
{
	uint64_t word = gate_word(&nvme->gate);

	if (word & GATE_GONE)
		return fail(-ENODEV, "%s: the device is gone; close it", nvme_name(nvme));
	if ((word & GATE_FAILED) || !nvme->enabled)
		return fail(-EIO, "%s: the controller has failed; reset it", nvme_name(nvme));
	return 0;
}

/*
 * A function that left the bus reads as all ones (PCIe Base 5.0, 2.3.2) or, on some machines, as
 * zeros; VS is never either.
 */
static bool registers_gone(const struct padma_nvme *nvme)
{
	uint32_t vs = padma_read32(nvme->bar, NVME_REG_VS);

	return vs == 0 || vs == NVME_ALL_ONES;
}

bool controller_is_gone(const struct padma_nvme *nvme)
{
	return padma_device_state(nvme->device) == PADMA_DEVICE_GONE || registers_gone(nvme);
}

int controller_check(struct padma_nvme *nvme)
{
	uint32_t csts = padma_read32(nvme->bar, NVME_REG_CSTS);

	if (padma_device_state(nvme->device) == PADMA_DEVICE_GONE)
		return controller_gone(nvme);
	if (csts == NVME_ALL_ONES || csts == 0) {
		if (registers_gone(nvme))
			return controller_gone(nvme);
		return controller_failed(nvme, "it is no longer ready");
	}
	if (csts & NVME_CSTS_CFS)
		return controller_failed(nvme, "it reports a fatal status");
	if (!(csts & NVME_CSTS_RDY))
		return controller_failed(nvme, "it is no longer ready");
	return 0;
}
