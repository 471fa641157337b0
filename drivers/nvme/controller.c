// SPDX-License-Identifier: BSD-3-Clause
/* The controller as a whole: enabling, disabling, quieting, and whether it still lives. */
#define PADMA_PART "nvme"
#include "base/base.h"

#include "driver.h"

static const char *name_of(const struct padma_nvme *nvme)
{
	return padma_device_name(nvme->device);
}

int controller_gone(struct padma_nvme *nvme)
{
	gate_raise(&nvme->gate, GATE_GONE);
	/* So that whoever waits for its removal learns of it, too. */
	(void)padma_device_check(nvme->device);
	return fail(-ENODEV, "%s: the device is gone; close it", name_of(nvme));
}

int controller_failed(struct padma_nvme *nvme, const char *why)
{
	gate_raise(&nvme->gate, GATE_FAILED);
	return fail(-EIO, "%s: the controller has failed (%s); reset it", name_of(nvme), why);
}

int controller_usable(const struct padma_nvme *nvme)
{
	uint64_t word = gate_word(&nvme->gate);

	if (word & GATE_GONE)
		return fail(-ENODEV, "%s: the device is gone; close it", name_of(nvme));
	if ((word & GATE_FAILED) || !nvme->enabled)
		return fail(-EIO, "%s: the controller has failed; reset it", name_of(nvme));
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

static bool is_gone(const struct padma_nvme *nvme)
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

/* How long the controller may take to become ready (Base 2.0, 3.5.1; CAP.TO, CRTO.CRWMT). */
static uint64_t ready_timeout_ns(const struct padma_nvme *nvme)
{
	uint64_t units = NVME_CAP_TO(nvme->cap);

	if (NVME_CAP_CRWMS(nvme->cap)) {
		uint32_t crwmt = padma_read32(nvme->bar, NVME_REG_CRTO) & 0xffff;

		if (crwmt > units)
			units = crwmt;
	}
	return (units + 1) * NVME_TIMEOUT_UNIT_NS;
}

/* Past the end of the BAR they go nowhere, silently. The admin queue's are those of queue 0. */
int controller_has_doorbells(const struct padma_nvme *nvme, unsigned int last_qid)
{
	uint64_t end = nvme_cq_doorbell(last_qid, nvme->cap) + sizeof(uint32_t);

	if (end > nvme->bar->bytes)
		return fail(-EPROTO,
			    "%s: CAP.DSTRD %u puts the doorbells of queue %u at 0x%llx, but BAR 0 "
			    "has 0x%llx bytes",
			    name_of(nvme), NVME_CAP_DSTRD(nvme->cap), last_qid,
			    (unsigned long long)nvme_sq_doorbell(last_qid, nvme->cap),
			    (unsigned long long)nvme->bar->bytes);
	return 0;
}

int controller_probe(struct padma_nvme *nvme)
{
	const char *name = name_of(nvme);
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
	if (is_gone(nvme))
		return controller_gone(nvme);
	nvme->cap = padma_read64(nvme->bar, NVME_REG_CAP);
	if (nvme->cap == UINT64_MAX || NVME_CAP_MQES(nvme->cap) == 0)
		return fail(-EPROTO, "%s: CAP reads 0x%llx, which no controller has", name,
			    (unsigned long long)nvme->cap);
	if (NVME_CAP_MPSMIN(nvme->cap) != 0)
		return fail(-ENOTSUP, "%s wants memory pages larger than 4 KiB", name);
	/* "No I/O command set" counts only where none is named beside it: QEMU sets all three. */
	if (!(NVME_CAP_CSS(nvme->cap) & (NVME_CSS_NVM | NVME_CSS_IOCS)))
		return fail(-ENOTSUP, "%s has no I/O command set", name);
	if (!nvme->enable_timeout_ns)
		nvme->enable_timeout_ns = ready_timeout_ns(nvme);
	return controller_has_doorbells(nvme, 0);
}

/* Wait until CSTS has @value under @mask; @fatal ends the wait. */
static int wait_csts(struct padma_nvme *nvme, uint32_t mask, uint32_t value, bool fatal)
{
	struct wait wait = {.span = span_begin(nvme->enable_timeout_ns)};

	for (;;) {
		bool over = wait_over(&wait);
		uint32_t csts = padma_read32(nvme->bar, NVME_REG_CSTS);

		if (csts == NVME_ALL_ONES || (csts == 0 && value != 0) || over) {
			if (is_gone(nvme))
				return controller_gone(nvme);
		}
		if (csts != NVME_ALL_ONES && (csts & mask) == value)
			return 0;
		if (fatal && csts != NVME_ALL_ONES && (csts & NVME_CSTS_CFS))
			return controller_failed(nvme, "it reports a fatal status");
		if (over)
			return fail(
				-ETIMEDOUT,
				"%s: CSTS is 0x%x after %llu ms; the controller does not answer",
				name_of(nvme), csts,
				(unsigned long long)(nvme->enable_timeout_ns / 1000000));
	}
}

int controller_disable(struct padma_nvme *nvme)
{
	uint32_t cc = padma_read32(nvme->bar, NVME_REG_CC);
	int rc;

	if (is_gone(nvme)) {
		nvme->enabled = false;
		return controller_gone(nvme);
	}
	/* Base 2.0, 3.7.2: clearing EN is a Controller Reset; it is over when RDY is 0. */
	if (cc & NVME_CC_EN)
		padma_write32(nvme->bar, NVME_REG_CC, cc & ~(NVME_CC_EN | NVME_CC_SHN_MASK));
	rc = wait_csts(nvme, NVME_CSTS_RDY, 0, false);
	/* It has no queues any more, the admin queue included. */
	if (rc == 0)
		padma_device_declare_quiesced(nvme->device);
	if (rc == 0 || rc == -ENODEV)
		nvme->enabled = false;
	return rc;
}

int controller_quiet(struct padma_nvme *nvme)
{
	int rc;

	if (is_gone(nvme)) {
		nvme->enabled = false;
		return controller_gone(nvme);
	}
	/* A function level reset is the stronger; where there is none, a controller reset. */
	rc = padma_device_reset(nvme->device);
	if (rc == 0 || rc == -ENOTSUP)
		rc = controller_disable(nvme);
	if (rc == -ENODEV) {
		nvme->enabled = false;
		return controller_gone(nvme);
	}
	/* One that does not answer must at least not reach memory any more. */
	if (rc && padma_device_bus_master(nvme->device, false) == 0)
		nvme->enabled = false;
	return rc;
}

int controller_enable(struct padma_nvme *nvme)
{
	uint32_t cc = NVME_CC_MPS_4K | NVME_CC_IOSQES_64 | NVME_CC_IOCQES_16;
	int rc;

	/* Without the NVM command set by itself the controller wants "all supported" (CC.CSS). */
	if (!(NVME_CAP_CSS(nvme->cap) & NVME_CSS_NVM) && (NVME_CAP_CSS(nvme->cap) & NVME_CSS_IOCS))
		cc |= NVME_CC_CSS_ALL;
	rc = padma_device_bus_master(nvme->device, true);
	/* The reset turned the vectors off; controllers, QEMU's too, make no queue with one that is
	 * (Invalid Interrupt Vector; PCIe Transport 1.0, 3.5). */
	if (!rc)
		rc = padma_device_irq_restore(nvme->device);
	if (rc)
		return rc;
	/* Base 2.0, 3.5.1: the admin queue, then CC, then EN, then RDY. */
	padma_write32(nvme->bar, NVME_REG_AQA, NVME_AQA(NVME_ADMIN_ENTRIES));
	padma_write64(nvme->bar, NVME_REG_ASQ, nvme->admin.sq.dma);
	padma_write64(nvme->bar, NVME_REG_ACQ, nvme->admin.cq.dma);
	padma_write32(nvme->bar, NVME_REG_CC, cc);
	nvme->enabled = true;
	padma_write32(nvme->bar, NVME_REG_CC, cc | NVME_CC_EN);
	return wait_csts(nvme, NVME_CSTS_RDY, NVME_CSTS_RDY, true);
}

int controller_shutdown(struct padma_nvme *nvme)
{
	uint32_t cc = padma_read32(nvme->bar, NVME_REG_CC);

	if (is_gone(nvme))
		return controller_gone(nvme);
	/* Base 2.0, 3.6.1: a normal shutdown, over when SHST says so. */
	padma_write32(nvme->bar, NVME_REG_CC, (cc & ~NVME_CC_SHN_MASK) | NVME_CC_SHN_NORMAL);
	return wait_csts(nvme, NVME_CSTS_SHST_MASK, NVME_CSTS_SHST_DONE, true);
}
