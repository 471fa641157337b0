// SPDX-License-Identifier: BSD-3-Clause
/* Whether a function is a controller that the driver can run: its class, its BAR, and CAP. */
#include "controller.h"
#include "message.h"
#include "probe.h"

/* Past the end of the BAR writes are silently lost. The admin queue's are those of queue 0. */
int controller_has_doorbells(const struct padma_nvme *nvme, unsigned int last_qid)
{
	uint64_t end = nvme_cq_doorbell(last_qid, nvme->cap) + sizeof(uint32_t);

	if (end > nvme->bar->bytes)
		return fail(-EPROTO,
			    "%s: CAP.DSTRD %u puts the doorbells of queue %u at 0x%llx, but BAR 0 "
			    "has 0x%llx bytes",
			    nvme_name(nvme), NVME_CAP_DSTRD(nvme->cap), last_qid,
			    (unsigned long long)nvme_sq_doorbell(last_qid, nvme->cap),
			    (unsigned long long)nvme->bar->bytes);
	return 0;
}

int controller_probe(struct padma_nvme *nvme)
{
	const char *name = nvme_name(nvme);
	uint8_t class[3];
	int rc;

	rc = padma_device_config_read(nvme->device, NVME_PCI_CLASS_OFFSET, class, sizeof(class));
	if (rc)
		return rc;
	if (class[0] != NVME_PCI_PROGIF || class[1] != NVME_PCI_SUBCLASS ||
	    class[2] != NVME_PCI_CLASS)
		return fail(-ENOTSUP, "%s is not an NVMe controller (class %02x%02x%02x)", name,
			    class[2], class[1], class[0]);
	nvme->bar = padma_device_bar(nvme->device, 0);
	if (!nvme->bar || nvme->bar->bytes < NVME_REG_DOORBELLS + 8)
		return fail(-ENOTSUP, "%s has no BAR 0 with NVMe registers", name);
	rc = controller_responds(nvme);
	if (rc)
		return rc;
	nvme->cap = padma_bar_read64(nvme->bar, NVME_REG_CAP);
	if (nvme->cap == UINT64_MAX || NVME_CAP_MQES(nvme->cap) == 0)
		return fail(-EPROTO, "%s: CAP reads 0x%llx, which is invalid", name,
			    (unsigned long long)nvme->cap);
	if (NVME_CAP_MPSMIN(nvme->cap) != 0)
		return fail(-ENOTSUP, "%s needs memory pages larger than 4 KiB", name);
	/* "No I/O command set" counts only if none is named beside it: QEMU sets all three bits. */
	if (!(NVME_CAP_CSS(nvme->cap) & (NVME_CSS_NVM | NVME_CSS_IOCS)))
		return fail(-ENOTSUP, "%s has no I/O command set", name);
	return controller_has_doorbells(nvme, 0);
}
