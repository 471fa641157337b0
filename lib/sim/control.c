// SPDX-License-Identifier: BSD-3-Clause
/* padma/sim.h: stepping simulated devices, injecting faults, and what their bus saw. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <limits.h>

#include <padma/params.h>
#include <padma/sim.h>

#include "sim/device.h"

/* Carried out for every model: by the registers, by configuration space, by a reset of the function. */
#define FAULTS_OF_ALL                                                                              \
	(SIM_FAULT_BIT(PADMA_SIM_FAULT_NONE) | SIM_FAULT_BIT(PADMA_SIM_FAULT_REGISTERS) |          \
	 SIM_FAULT_BIT(PADMA_SIM_FAULT_MASTER_STUCK) | SIM_FAULT_BIT(PADMA_SIM_FAULT_SLOW_RESET))

/* The device, or NULL with the reason noted. */
static struct sim_device *simulated(struct padma_device *device)
{
	struct sim_device *sim = sim_device_of(device);

	if (!sim)
		(void)fail(-EINVAL, "%s is not a simulated device; open one as sim:MODEL",
			   device ? device->name : "NULL");
	return sim;
}

int padma_sim_step(struct padma_device *device, unsigned int limit)
{
	struct sim_device *sim = simulated(device);
	unsigned int done;

	if (!sim)
		return -EINVAL;
	if (!sim->function.stepped)
		return fail(-EINVAL, "%s runs by itself; open it with the key 'step' to step it",
			    sim->function.name);
	sim_device_lock(sim);
	sim->steps++;
	done = sim_device_run(sim, limit);
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
	    !((sim->model->faults | FAULTS_OF_ALL) & SIM_FAULT_BIT(fault.kind)))
		return fail(-EINVAL, "%s: a device of the model '%s' does not have that fault",
			    sim->function.name, sim->model->name);
	sim_device_lock(sim);
	sim_faults_set(&sim->faults, &fault);
	sim_device_unlock(sim);
	return 0;
}

int padma_sim_remove(struct padma_device *device, uint64_t reads_as)
{
	struct sim_device *sim = simulated(device);

	if (!sim)
		return -EINVAL;
	sim_device_remove(sim, reads_as);
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
		return fail(-EINVAL, "%s: pass a structure for the faults, not NULL",
			    sim->function.name);
	sim_bus_faults(&sim->bus, &now);
	padma_params_give(faults, faults_bytes, &now, sizeof(now));
	return 0;
}

int padma_sim_driver_errors_sized(struct padma_device *device, size_t errors_bytes,
				  struct padma_sim_driver_errors *errors)
{
	struct sim_device *sim = simulated(device);
	struct padma_sim_driver_errors now;

	if (!sim)
		return -EINVAL;
	if (!errors)
		return fail(-EINVAL, "%s: pass a structure for the errors, not NULL",
			    sim->function.name);
	sim_device_lock(sim);
	now = sim->driver_errors;
	sim_device_unlock(sim);
	padma_params_give(errors, errors_bytes, &now, sizeof(now));
	return 0;
}

/* The device, or NULL with the reason noted. */
static struct sim_device *hostile(struct padma_device *device, const void *out)
{
	struct sim_device *sim = simulated(device);

	if (sim && sim->hostile && out)
		return sim;
	if (sim)
		(void)fail(-EINVAL,
			   out ? "%s is not hostile; open it with the key 'hostile=SEED'"
			       : "%s: pass a structure to be filled, not NULL",
			   sim->function.name);
	return NULL;
}

int padma_sim_hostile_info_sized(struct padma_device *device, size_t info_bytes,
				 struct padma_sim_hostile_info *info)
{
	struct sim_device *sim = hostile(device, info);
	struct padma_sim_hostile_info now;

	if (!sim)
		return -EINVAL;
	sim_device_lock(sim);
	now = (struct padma_sim_hostile_info){.seed = sim->hostile->seed,
					      .rate = sim->hostile->rate,
					      .after = sim->hostile->after,
					      .writes = sim->hostile->writes.count,
					      .reads = sim->hostile->reads.count,
					      .mutations = sim->hostile->mutations};
	sim_device_unlock(sim);
	padma_params_give(info, info_bytes, &now, sizeof(now));
	return 0;
}

int padma_sim_hostile_history_sized(struct padma_device *device, size_t mutation_bytes,
				    struct padma_sim_mutation *list, unsigned int count)
{
	struct sim_device *sim = hostile(device, list);
	struct padma_sim_mutation mutation;
	unsigned int n, i;

	if (!sim)
		return -EINVAL;
	sim_device_lock(sim);
	n = sim_hostile_kept(sim->hostile);
	n = n < count ? n : count;
	for (i = 0; i < n; i++) {
		mutation = *sim_hostile_latest(sim->hostile, n - i);
		padma_params_give((char *)list + i * mutation_bytes, mutation_bytes, &mutation,
				  sizeof(mutation));
	}
	sim_device_unlock(sim);
	return (int)n;
}
