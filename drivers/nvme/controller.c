// SPDX-License-Identifier: BSD-3-Clause
/*
 * Whether the controller works, has failed, or is gone.
 *
 * The values of its registers show whether it can be used, never that it does no DMA: a function whose
 * memory decoding is off, or whose registers cannot be reached, writes to memory as before. It is gone
 * when the device layer reports it (padma_device_unresponsive()), and only then may its memory be
 * freed; until then it has failed.
 */
#include "controller.h"
#include "message.h"

int controller_gone(struct padma_nvme *nvme)
{
	padma_gate_raise(&nvme->gate, PADMA_GATE_GONE);
	return fail(-ENODEV, "%s: the device is gone; close it", nvme_name(nvme));
}

int controller_failed(struct padma_nvme *nvme, const char *why)
{
	padma_gate_raise(&nvme->gate, PADMA_GATE_FAILED);
	return fail(-EIO, "%s: the controller has failed (%s); reset it", nvme_name(nvme), why);
}

int controller_usable(const struct padma_nvme *nvme)
{
	uint64_t word = padma_gate_word(&nvme->gate);

	if (word & PADMA_GATE_GONE)
		return fail(-ENODEV, "%s: the device is gone; close it", nvme_name(nvme));
	if ((word & PADMA_GATE_FAILED) || !nvme->enabled)
		return fail(-EIO, "%s: the controller has failed; reset it", nvme_name(nvme));
	return 0;
}

bool controller_is_gone(const struct padma_nvme *nvme)
{
	return padma_device_state(nvme->device) == PADMA_DEVICE_GONE;
}

/* All ones: no function responds (PCIe Base 5.0, 2.3.2). It is off the bus, or has lost its bus
 * mastering now, or neither is certain. */
static int registers_read_ones(struct padma_nvme *nvme)
{
	if (padma_device_unresponsive(nvme->device) == PADMA_DEVICE_GONE)
		return controller_gone(nvme);
	return controller_failed(nvme, "its registers read as all ones, and its bus mastering "
				       "cannot be turned off");
}

/*
 * Zeros: off the bus on some machines, QEMU among them. If configuration space responds it is
 * there, but not ready: a secondary controller that is offline has no registers but CSTS (Base 2.0,
 * 8.26.3).
 */
static int registers_read_zeros(struct padma_nvme *nvme)
{
	if (padma_device_check(nvme->device) == PADMA_DEVICE_GONE)
		return controller_gone(nvme);
	padma_gate_raise(&nvme->gate, PADMA_GATE_FAILED);
	return fail(-EIO,
		    "%s: its registers read as zeros: it is not ready. The controller of an SR-IOV "
		    "virtual function is offline until its physical function gives it resources "
		    "and brings it online (Virtualization Management)",
		    nvme_name(nvme));
}

int controller_responds(struct padma_nvme *nvme)
{
	/* Neither zeros nor ones in any version. */
	uint32_t vs = padma_bar_read32(nvme->bar, NVME_REG_VS);

	if (controller_is_gone(nvme))
		return controller_gone(nvme);
	if (vs == NVME_ALL_ONES)
		return registers_read_ones(nvme);
	return vs == 0 ? registers_read_zeros(nvme) : 0;
}

int controller_check(struct padma_nvme *nvme)
{
	uint32_t csts = padma_bar_read32(nvme->bar, NVME_REG_CSTS);
	bool ready = (csts & (NVME_CSTS_RDY | NVME_CSTS_CFS)) == NVME_CSTS_RDY;
	int rc;

	if (ready && !controller_is_gone(nvme))
		return 0;
	rc = controller_responds(nvme);
	if (rc)
		return rc;
	if (csts & NVME_CSTS_CFS)
		return controller_failed(nvme, "it reports a fatal status");
	return controller_failed(nvme, "it is no longer ready");
}
