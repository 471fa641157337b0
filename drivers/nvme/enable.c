// SPDX-License-Identifier: BSD-3-Clause
/* The controller as a whole: enabling, disabling, stopping its DMA, shutting down (Base 2.0, 3.5 to 3.7). */
#include "bound.h"
#include "controller.h"
#include "enable.h"
#include "message.h"

/* The least and the most time for a shutdown, whatever RTD3E is. */
#define SHUTDOWN_LEAST_NS 5000000000ull
#define SHUTDOWN_MOST_NS  60000000000ull

/* CC, but for EN and the command sets. */
#define CC_SIZES	  (NVME_CC_MPS_4K | NVME_CC_IOSQES_64 | NVME_CC_IOCQES_16)

/* CAP.TO: enabling, and disabling (Base 2.0, figure 36). */
static uint64_t disable_timeout_ns(const struct padma_nvme *nvme)
{
	if (nvme->enable_timeout_ns)
		return nvme->enable_timeout_ns;
	return (NVME_CAP_TO(nvme->cap) + 1) * NVME_TIMEOUT_UNIT_NS;
}

/* CRTO.CRWMT may be longer than CAP.TO can express, for enabling only (Base 2.0, 3.1.3.22). */
static uint64_t enable_timeout_ns(const struct padma_nvme *nvme)
{
	uint64_t crwmt;

	if (nvme->enable_timeout_ns || !NVME_CAP_CRWMS(nvme->cap))
		return disable_timeout_ns(nvme);
	crwmt = padma_bar_read32(nvme->bar, NVME_REG_CRTO) & 0xffff;
	if (crwmt < NVME_CAP_TO(nvme->cap))
		crwmt = NVME_CAP_TO(nvme->cap);
	return (crwmt + 1) * NVME_TIMEOUT_UNIT_NS;
}

/* RTD3E (Base 2.0, figure 275): how long a shutdown may take; clamped, as the device may report anything. */
static uint64_t shutdown_timeout_ns(const struct padma_nvme *nvme)
{
	uint64_t ns = (uint64_t)nvme->rtd3e_us * 1000;

	if (nvme->shutdown_timeout_ns)
		return nvme->shutdown_timeout_ns;
	if (ns < SHUTDOWN_LEAST_NS)
		return SHUTDOWN_LEAST_NS;
	return ns < SHUTDOWN_MOST_NS ? ns : SHUTDOWN_MOST_NS;
}

static int csts_time_out(struct padma_nvme *nvme, uint32_t csts, uint64_t timeout_ns)
{
	if (bound_is_over(nvme))
		return bound_fail(nvme);
	return fail(-ETIMEDOUT, "%s: CSTS is 0x%x after %llu ms; the controller does not respond",
		    nvme_name(nvme), csts, (unsigned long long)(timeout_ns / 1000000));
}

/* Wait until CSTS has @value under @mask; @fatal ends the wait. */
static int wait_csts(struct padma_nvme *nvme, uint32_t mask, uint32_t value, bool fatal,
		     uint64_t timeout_ns)
{
	struct wait wait = bound_wait(nvme, timeout_ns);

	for (;;) {
		bool over = wait_over(&wait);
		uint32_t csts = padma_bar_read32(nvme->bar, NVME_REG_CSTS);
		bool ends = (csts & mask) == value, fails = fatal && (csts & NVME_CSTS_CFS);
		int rc = 0;

		/* What ends the wait must come from a controller: its registers may be gone. */
		if (ends || fails || over || csts == NVME_ALL_ONES || controller_is_gone(nvme))
			rc = controller_responds(nvme);
		if (rc)
			return rc;
		if (csts != NVME_ALL_ONES && ends)
			return 0;
		if (csts != NVME_ALL_ONES && fails)
			return controller_failed(nvme, "it reports a fatal status");
		if (over)
			return csts_time_out(nvme, csts, timeout_ns);
	}
}

static int disable(struct padma_nvme *nvme)
{
	uint32_t cc;
	int rc = controller_responds(nvme);

	if (rc)
		return rc;
	/* Base 2.0, 3.7.2: clearing EN is a Controller Reset; it is over when RDY is 0. One that we
	 * enabled is enabled, whatever CC reads as. */
	cc = padma_bar_read32(nvme->bar, NVME_REG_CC);
	if (nvme->enabled && !(cc & NVME_CC_EN))
		cc = CC_SIZES | NVME_CC_EN;
	if (cc & NVME_CC_EN)
		padma_bar_write32(nvme->bar, NVME_REG_CC, cc & ~(NVME_CC_EN | NVME_CC_SHN_MASK));
	return wait_csts(nvme, NVME_CSTS_RDY, 0, false, disable_timeout_ns(nvme));
}

/* A Controller Reset: CC.EN is 0 and so is CSTS.RDY. 0, or -ETIMEDOUT, -EIO, -ENODEV. */
static int controller_disable(struct padma_nvme *nvme)
{
	int rc = disable(nvme);

	/* It has no queues any more, the admin queue included. */
	if (rc == 0)
		padma_device_declare_quiesced(nvme->device);
	if (rc == 0 || controller_is_gone(nvme))
		nvme->enabled = false;
	return rc;
}

/* A reset by power states promises nothing about DMA. */
static bool reset_ends_dma(const struct padma_nvme *nvme)
{
	return padma_device_reset_kind(nvme->device) >= PADMA_RESET_BUS;
}

int controller_stop_dma(struct padma_nvme *nvme)
{
	int rc = padma_device_reset(nvme->device);

	/* A function level reset is the stronger one; if there is none, a controller reset. */
	if (rc == 0 && reset_ends_dma(nvme))
		nvme->enabled = false;
	if (rc == 0 || rc == -ENOTSUP)
		rc = controller_disable(nvme);
	/* One that does not respond must at least not reach memory any more. */
	if (rc && padma_device_quiesce(nvme->device) == 0)
		nvme->enabled = false;
	return controller_is_gone(nvme) ? controller_gone(nvme) : rc;
}

int controller_stop(struct padma_nvme *nvme)
{
	int rc = 0;

	if (nvme->enabled)
		rc = controller_disable(nvme);
	if (nvme->enabled)
		(void)controller_stop_dma(nvme);
	return nvme->enabled ? -EBUSY : rc;
}

int controller_enable(struct padma_nvme *nvme)
{
	uint32_t cc = CC_SIZES;
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
	padma_bar_write32(nvme->bar, NVME_REG_AQA, NVME_AQA(NVME_ADMIN_ENTRIES));
	padma_bar_write64(nvme->bar, NVME_REG_ASQ, nvme->admin.sq.dma);
	padma_bar_write64(nvme->bar, NVME_REG_ACQ, nvme->admin.cq.dma);
	padma_bar_write32(nvme->bar, NVME_REG_CC, cc);
	nvme->enabled = true;
	padma_bar_write32(nvme->bar, NVME_REG_CC, cc | NVME_CC_EN);
	return wait_csts(nvme, NVME_CSTS_RDY, NVME_CSTS_RDY, true, enable_timeout_ns(nvme));
}

int controller_shutdown(struct padma_nvme *nvme)
{
	uint32_t cc;
	int rc = controller_responds(nvme);

	if (rc)
		return rc;
	cc = padma_bar_read32(nvme->bar, NVME_REG_CC);
	/* Base 2.0, 3.6.1: a normal shutdown, over when SHST reports it. */
	padma_bar_write32(nvme->bar, NVME_REG_CC, (cc & ~NVME_CC_SHN_MASK) | NVME_CC_SHN_NORMAL);
	return wait_csts(nvme, NVME_CSTS_SHST_MASK, NVME_CSTS_SHST_DONE, true,
			 shutdown_timeout_ns(nvme));
}
