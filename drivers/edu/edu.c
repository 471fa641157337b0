// SPDX-License-Identifier: BSD-3-Clause
/* QEMU's edu: each call gives the device one command, and waits for its interrupt. */
#include <errno.h>

#include <padma/edu.h>
#include <padma/error.h>
#include <padma/pmd/irq.h>
#include <padma/pmd/scatter.h>

#define WAIT_NS		 5000000000ull
#define WAKES_MAX	 16
#define fail(error, ...) padma_fail((error), "edu", __VA_ARGS__)

/* Registers and their bits (QEMU's docs/specs/edu, "MMIO area spec"). */
#define ID		 0x00u
#define LIVENESS	 0x04u
#define FACTORIAL	 0x08u
#define STATUS		 0x20u
#define STATUS_IRQ	 0x80u
#define RAISED		 0x24u
#define ACKNOWLEDGE	 0x64u
#define DMA_SOURCE	 0x80u
#define DMA_TARGET	 0x88u
#define DMA_COUNT	 0x90u
#define DMA_COMMAND	 0x98u
#define DMA_RUN		 0x01u
#define DMA_TO_MEMORY	 0x02u
#define DMA_IRQ		 0x04u
#define BUFFER		 0x40000u
#define IRQ_FACTORIAL	 0x001u
#define IRQ_DMA		 0x100u

/* A command that did not end must not write to memory later, which may be freed by then. */
static int wait_for(struct padma_edu *edu, uint32_t cause)
{
	uint32_t raised = 0, wakes = 0;
	int rc = 0;

	while (rc == 0 && !(raised & cause)) {
		rc = padma_irq_wait(&edu->irq, WAIT_NS);
		raised = padma_bar_read32(edu->bar, RAISED);
		padma_bar_write32(edu->bar, ACKNOWLEDGE, raised);
		if (rc == 0 && (raised == UINT32_MAX || ++wakes > WAKES_MAX))
			rc = fail(-EPROTO, "%s interrupts without a cause; reset it",
				  padma_device_name(edu->device));
	}
	return rc && padma_device_quiesce(edu->device) ? -EIO : rc;
}

int padma_edu_factorial(struct padma_edu *edu, uint32_t number, uint32_t *result)
{
	int rc;

	if (number > PADMA_EDU_FACTORIAL_MAX)
		return fail(-ERANGE, "the factorial of %u has more than 32 bits", number);
	padma_bar_write32(edu->bar, STATUS, STATUS_IRQ);
	padma_bar_write32(edu->bar, FACTORIAL, number);
	rc = wait_for(edu, IRQ_FACTORIAL);
	if (rc == 0)
		*result = padma_bar_read32(edu->bar, FACTORIAL);
	return rc;
}

static int transfer(struct padma_edu *edu, const void *va, size_t bytes, size_t offset,
		    uint32_t direction)
{
	padma_dma_t dma;
	int rc;

	if (bytes == 0 || offset + bytes > PADMA_EDU_BUFFER_BYTES || offset + bytes < bytes)
		return fail(-EINVAL, "edu has no %zu bytes at %zu in its buffer of %u", bytes,
			    offset, PADMA_EDU_BUFFER_BYTES);
	rc = padma_scatter_single(padma_device_space(edu->device), va, bytes, PADMA_EDU_DMA_MASK,
				  "edu", &dma);
	if (rc)
		return rc;
	padma_bar_write64(edu->bar, direction ? DMA_TARGET : DMA_SOURCE, dma);
	padma_bar_write64(edu->bar, direction ? DMA_SOURCE : DMA_TARGET, BUFFER + offset);
	padma_bar_write64(edu->bar, DMA_COUNT, bytes);
	padma_bar_write64(edu->bar, DMA_COMMAND, DMA_RUN | DMA_IRQ | direction);
	return wait_for(edu, IRQ_DMA);
}

int padma_edu_write(struct padma_edu *edu, const void *va, size_t bytes, size_t offset)
{
	return transfer(edu, va, bytes, offset, 0);
}

int padma_edu_read(struct padma_edu *edu, void *va, size_t bytes, size_t offset)
{
	return transfer(edu, va, bytes, offset, DMA_TO_MEMORY);
}

int padma_edu_check_liveness(struct padma_edu *edu)
{
	padma_bar_write32(edu->bar, LIVENESS, 0x5aa5c33c);
	return padma_bar_wait32(edu->bar, LIVENESS, UINT32_MAX, ~0x5aa5c33cu, 0);
}

/* Nothing but a command starts DMA: once the last owner's is over, the device is quiet. */
int padma_edu_open(struct padma_edu *edu, struct padma_device *device)
{
	struct padma_edu new = {.device = device, .bar = padma_device_bar(device, 0)};
	struct padma_device_ids ids;
	int rc = padma_device_ids(device, &ids);

	if (rc == 0 &&
	    (!new.bar || ids.vendor != PADMA_EDU_VENDOR_ID || ids.device != PADMA_EDU_DEVICE_ID))
		rc = fail(-ENOTSUP, "%s is not an edu", padma_device_name(device));
	rc = rc ? rc : padma_bar_wait32(new.bar, ID, 0xffff, 0x00ed, 0);
	rc = rc ? rc : padma_edu_check_liveness(&new);
	rc = rc ? rc : padma_bar_wait32(new.bar, DMA_COMMAND, DMA_RUN, 0, WAIT_NS);
	if (rc)
		return rc;
	padma_bar_write32(new.bar, ACKNOWLEDGE, UINT32_MAX);
	padma_device_declare_quiesced(device);
	rc = padma_irq_open(&new.irq, device);
	rc = rc ? rc : padma_device_bus_master(device, true);
	if (rc)
		padma_irq_close(&new.irq);
	else
		*edu = new;
	return rc;
}

int padma_edu_close(struct padma_edu *edu)
{
	if (edu->device && padma_device_quiesce(edu->device))
		return -EBUSY;
	padma_irq_close(&edu->irq);
	*edu = (struct padma_edu){0};
	return 0;
}
