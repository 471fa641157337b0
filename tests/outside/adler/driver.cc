// SPDX-License-Identifier: BSD-3-Clause
/* driver.cc - the driver: its registers are DEVICE.md's. */
#include "driver.h"

#include <cerrno>

#include <padma/error.h>

namespace
{

constexpr uint64_t reg_id = 0x00, reg_control = 0x04, reg_address = 0x08, reg_length = 0x10,
		   reg_status = 0x14, reg_result = 0x18;
constexpr uint32_t id_value = 0x41444c52, control_start = 1, control_stop = 2;
constexpr uint32_t status_busy = 1, status_done = 2, status_error = 4;
constexpr uint64_t deadline_ns = 10000000000;

} // namespace

Adler::~Adler()
{
	padma_irq_close(&irq);
	padma_device_close(device);
}

/* The reason is for padma_last_error(), as padma's own are. */
int Adler::fail(int error, const char *reason) const
{
	return padma_fail(error, "adler", "%s: %s", padma_device_name(device), reason);
}

int Adler::open(padma_space *space, const char *name)
{
	int rc = padma_device_open(space, name, &device);

	if (rc)
		return rc;
	bar = padma_device_bar(device, 0);
	if (!bar || padma_bar_read32(bar, reg_id) != id_value)
		return fail(-ENODEV, "this is no adler");
	return start();
}

/* Stopped, it does no DMA until it is started: only then may it master the bus. */
int Adler::start()
{
	int rc;

	padma_bar_write32(bar, reg_control, control_stop);
	if (padma_bar_read32(bar, reg_status) & status_busy)
		return fail(-EIO, "the device does not stop");
	padma_device_declare_quiesced(device);
	rc = padma_device_bus_master(device, true);
	return rc ? rc : padma_irq_open(&irq, device);
}

int Adler::await_end(uint32_t *status)
{
	int rc = 0;

	while (rc == 0) {
		rc = padma_irq_wait(&irq, deadline_ns);
		*status = padma_bar_read32(bar, reg_status);
		if (!(*status & status_busy))
			return 0;
	}
	return rc;
}

int Adler::checksum(padma_dma_t dma, uint32_t bytes, uint32_t *result)
{
	uint32_t status;
	int rc;

	padma_bar_write64(bar, reg_address, dma);
	padma_bar_write32(bar, reg_length, bytes);
	padma_bar_write32(bar, reg_control, control_start);
	rc = await_end(&status);
	if (rc)
		return fail(rc, "the device does not finish");
	*result = padma_bar_read32(bar, reg_result);
	padma_bar_write32(bar, reg_status, status_done | status_error);
	if ((status & (status_done | status_error)) == status_done)
		return 0;
	return fail(-EIO, "the device cannot read the memory");
}
