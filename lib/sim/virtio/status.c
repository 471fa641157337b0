// SPDX-License-Identifier: BSD-3-Clause
/* Initialization (Virtio 1.2, 3.1) as far as the device status shows it, resets, and changes of the configuration. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "layout.h"
#include "spec.h"

#define F(n) VIRTIO_BIT(n)

void sim_virtio_reset(struct sim_virtio *virtio)
{
	for (unsigned int i = 0; i < virtio->params.queues; i++)
		sim_virtq_reset(&virtio->queues[i]);
	for (unsigned int i = 0; i < SIM_VIRTIO_DOORBELLS(virtio->params.queues); i++)
		__atomic_store_n(&virtio->doorbells[i], SIM_VIRTQ_QUIET, __ATOMIC_RELAXED);
	virtio->device_select = virtio->driver_select = 0;
	virtio->wanted = virtio->accepted = 0;
	virtio->queue_select = 0;
	virtio->config_vector = NO_VECTOR;
	virtio->status = 0;
	virtio->isr = 0;
	virtio->reset_until = 0;
	virtio->reset_stuck = false;
	virtio->control = virtio->params.queues - 1;
	sim_virtio_size_queues(virtio);
	virtio->params.ops->reset(virtio);
}

static bool stops(struct sim_virtio *virtio)
{
	return !virtio->params.ops->stops || virtio->params.ops->stops(virtio);
}

/* 2.1.1: a device may take its time; until then it works on. */
static void begin_reset(struct sim_virtio *virtio)
{
	struct padma_sim_function *function = virtio->function;
	uint64_t slow = padma_sim_fault_take_slow(function, PADMA_SIM_FAULT_SLOW_RESET);

	if (function->faults & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_STUCK) || !stops(virtio))
		virtio->reset_stuck = true;
	else if (slow)
		virtio->reset_until = padma_sim_now(function) + slow;
	else
		sim_virtio_reset(virtio);
}

static void end_reset(struct sim_virtio *virtio)
{
	bool stuck = virtio->function->faults & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_STUCK);

	bool due = (virtio->reset_stuck && !stuck) ||
		   (virtio->reset_until && padma_sim_now(virtio->function) >= virtio->reset_until);

	if (due && stops(virtio))
		sim_virtio_reset(virtio);
}

uint8_t sim_virtio_status(struct sim_virtio *virtio)
{
	end_reset(virtio);
	return virtio->status;
}

/* 2.2 and 6.1: only what was offered, and VERSION_1 as there is no legacy half. */
static bool features_are_right(struct sim_virtio *virtio)
{
	const struct sim_virtio_params *params = &virtio->params;
	uint64_t wanted = virtio->wanted;

	if (wanted & ~params->features) {
		padma_sim_driver_error(virtio->function,
				       "features that were not offered are accepted: 0x%" PRIx64,
				       wanted & ~params->features);
		return false;
	}
	if (!(wanted & F(F_VERSION_1))) {
		padma_sim_driver_error(virtio->function, "VIRTIO_F_VERSION_1 is not accepted");
		return false;
	}
	if (params->features & F(F_ACCESS_PLATFORM) & ~wanted) {
		padma_sim_driver_error(virtio->function,
				       "VIRTIO_F_ACCESS_PLATFORM is offered, and not accepted");
		return false;
	}
	return !params->ops->accept || params->ops->accept(virtio, wanted);
}

static void negotiate(struct sim_virtio *virtio, uint8_t status)
{
	if (!(status & STATUS_DRIVER))
		padma_sim_driver_error(virtio->function, "FEATURES_OK before DRIVER");
	if (!features_are_right(virtio))
		return;
	virtio->accepted = virtio->wanted;
	sim_virtio_size_queues(virtio);
	virtio->status |= STATUS_FEATURES_OK;
}

static void start(struct sim_virtio *virtio)
{
	if (!(virtio->status & STATUS_FEATURES_OK)) {
		padma_sim_driver_error(virtio->function, "DRIVER_OK without FEATURES_OK");
		return;
	}
	virtio->status |= STATUS_DRIVER_OK;
	virtio->params.ops->ready(virtio);
}

void sim_virtio_set_status(struct sim_virtio *virtio, uint8_t status)
{
	uint8_t old = sim_virtio_status(virtio);
	uint8_t set = (uint8_t)(status & ~old);

	if (status == 0) {
		if (!virtio->reset_until && !virtio->reset_stuck)
			begin_reset(virtio);
		return;
	}
	if (virtio->reset_until || virtio->reset_stuck) {
		/* 4.1.4.3.2 */
		padma_sim_driver_error(virtio->function,
				       "status 0x%x is written before the reset has ended", status);
		return;
	}
	/* 2.1.1 */
	if (old & ~status & ~STATUS_NEEDS_RESET)
		padma_sim_driver_error(virtio->function, "status 0x%x clears bits of 0x%x", status,
				       old);
	if (set & STATUS_DRIVER && !((old | set) & STATUS_ACKNOWLEDGE))
		padma_sim_driver_error(virtio->function, "DRIVER before ACKNOWLEDGE");
	virtio->status |= set & (STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FAILED);
	if (set & STATUS_FEATURES_OK)
		negotiate(virtio, (uint8_t)(old | set));
	if (set & STATUS_DRIVER_OK)
		start(virtio);
}

bool sim_virtio_is_running(const struct sim_virtio *virtio)
{
	return virtio->status & STATUS_DRIVER_OK &&
	       !(virtio->status & (STATUS_NEEDS_RESET | STATUS_FAILED));
}

static bool masters_the_bus(const struct sim_virtio *virtio)
{
	uint16_t command = 0;

	(void)padma_sim_config_get(virtio->function, 0x04, &command, sizeof(command));
	return command & 0x4;
}

bool sim_virtio_poll(struct sim_virtio *virtio)
{
	end_reset(virtio);
	if (virtio->function->faults & PADMA_SIM_FAULT_BIT(PADMA_SIM_FAULT_HANG) ||
	    !masters_the_bus(virtio))
		return false;
	for (unsigned int i = 0; i < SIM_VIRTIO_DOORBELLS(virtio->params.queues); i++) {
		uint32_t value = __atomic_load_n(&virtio->doorbells[i], __ATOMIC_RELAXED);

		if (value == SIM_VIRTQ_QUIET)
			continue;
		value = __atomic_exchange_n(&virtio->doorbells[i], SIM_VIRTQ_QUIET,
					    __ATOMIC_ACQ_REL);
		sim_virtio_notified(virtio, i, value);
	}
	return sim_virtio_is_running(virtio);
}

static bool has_messages(const struct sim_virtio *virtio)
{
	return padma_sim_interrupt_vectors(virtio->function) != 0;
}

void sim_virtio_interrupt(struct sim_virtio *virtio, uint16_t vector)
{
	if (!has_messages(virtio))
		virtio->isr |= ISR_QUEUE;
	else if (vector != NO_VECTOR)
		padma_sim_interrupt(virtio->function, vector);
}

/* 4.1.5.4: also after NEEDS_RESET, but never before DRIVER_OK. */
void sim_virtio_config_changed(struct sim_virtio *virtio)
{
	virtio->config_changed = true;
	if (!(virtio->status & STATUS_DRIVER_OK))
		return;
	virtio->isr |= ISR_CONFIG;
	if (has_messages(virtio) && virtio->config_vector != NO_VECTOR)
		padma_sim_interrupt(virtio->function, virtio->config_vector);
}

void sim_virtio_need_reset(struct sim_virtio *virtio)
{
	if (virtio->status & STATUS_NEEDS_RESET)
		return;
	virtio->status |= STATUS_NEEDS_RESET;
	sim_virtio_config_changed(virtio);
}
