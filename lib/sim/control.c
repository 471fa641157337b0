// SPDX-License-Identifier: BSD-3-Clause
/* padma/sim.h: stepping simulated devices, breaking them, and what their bus saw. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <limits.h>

#include <padma/params.h>
#include <padma/sim.h>

#include "sim/device.h"

/* The device, or NULL with the reason noted. */
static struct sim_device *simulated(struct padma_device *device)
{
	struct sim_device *sim = sim_device_of(device);

	if (!sim)
		(void)fail(-EINVAL, "%s is not a simulated device; open one as sim:KIND",
			   device ? device->name : "NULL");
	return sim;
}

int padma_sim_step(struct padma_device *device, unsigned int limit)
{
	struct sim_device *sim = simulated(device);
	unsigned int done = 0;

	if (!sim)
		return -EINVAL;
	if (!sim->stepped)
		return fail(-EINVAL, "%s runs by itself; open it with the key 'step' to step it",
			    sim->name);
	sim_device_lock(sim);
	sim->steps++;
	if (!sim->removed)
		done = sim->kind->run(sim->model, limit);
	sim_device_pin(sim);
	sim_device_unlock(sim);
	return done > INT_MAX ? INT_MAX : (int)done;
}

int padma_sim_fault_sized(struct padma_device *device, size_t fault_bytes,
			  const struct padma_sim_fault *given)
{
	struct sim_device *sim = simulated(device);
	struct padma_sim_fault fault;
	int rc;

	if (!sim)
		return -EINVAL;
	rc = padma_params_take(&fault, sizeof(fault), given, fault_bytes);
	if (rc)
		return rc;
	if (!given || (unsigned int)fault.kind >= SIM_FAULT_KINDS ||
	    !(sim->kind->fault_kinds & SIM_FAULT_BIT(fault.kind)))
		return fail(-EINVAL, "%s: a device of the kind '%s' does not have that fault",
			    sim->name, sim->kind->name);
	sim_device_lock(sim);
	sim_faults_set(&sim->faults, &fault);
	sim_device_unlock(sim);
	return 0;
}

/* Doorbells are plain memory: what they read from now on must stand in it. */
static void overwrite_direct(struct sim_device *sim, uint64_t reads_as)
{
	uint32_t *word = sim->direct;

	for (size_t i = 0; i < sim->direct_bytes / sizeof(*word); i++)
		__atomic_store_n(&word[i], (uint32_t)(reads_as >> (i % 2 ? 32 : 0)),
				 __ATOMIC_RELAXED);
}

int padma_sim_remove(struct padma_device *device, uint64_t reads_as)
{
	struct sim_device *sim = simulated(device);

	if (!sim)
		return -EINVAL;
	sim_device_lock(sim);
	sim->removed = true;
	sim->reads_as = reads_as;
	sim->bus.master = false;
	overwrite_direct(sim, reads_as);
	sim_device_unlock(sim);
	device_set_state(device, PADMA_DEVICE_GONE);
	return 0;
}

int padma_sim_request_removal(struct padma_device *device)
{
	if (!simulated(device))
		return -EINVAL;
	device_set_state(device, PADMA_DEVICE_REMOVAL_REQUESTED);
	return 0;
}

int padma_sim_dma_faults_sized(struct padma_device *device, size_t faults_bytes,
			       struct padma_sim_dma_faults *faults)
{
	struct sim_device *sim = simulated(device);
	struct padma_sim_dma_faults now;

	if (!sim)
		return -EINVAL;
	if (!faults)
		return fail(-EINVAL, "%s: give somewhere to put the faults", sim->name);
	sim_bus_faults(&sim->bus, &now);
	padma_params_give(faults, faults_bytes, &now, sizeof(now));
	return 0;
}
