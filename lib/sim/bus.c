// SPDX-License-Identifier: BSD-3-Clause
/* DMA by physical address, and the record of what was refused. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <inttypes.h>

#include "sim/bus.h"
#include "sim/foreign.h"
#include "sim/hostile.h"
#include "sim/machine/memory.h"

#define COLD __attribute__((cold, noinline))

void sim_bus_init(struct sim_bus *bus, struct sim_memory *memory, const char *owner)
{
	*bus = (struct sim_bus){.memory = memory, .owner = owner};
	pthread_mutex_init(&bus->lock, NULL);
}

void sim_bus_destroy(struct sim_bus *bus)
{
	pthread_mutex_destroy(&bus->lock);
}

static inline int memory_read(struct sim_bus *bus, uint64_t pa, void *to, size_t bytes,
			      uint64_t *fault_pa)
{
	if (PADMA_LIKELY(bus->memory != NULL))
		return sim_memory_read(bus->memory, pa, to, bytes, fault_pa);
	return sim_foreign_read(&bus->foreign, pa, to, bytes);
}

static inline int memory_write(struct sim_bus *bus, uint64_t pa, const void *from, size_t bytes,
			       uint64_t *fault_pa)
{
	if (PADMA_LIKELY(bus->memory != NULL))
		return sim_memory_write(bus->memory, pa, from, bytes, fault_pa);
	return sim_foreign_write(&bus->foreign, pa, from, bytes);
}

static inline int memory_store(struct sim_bus *bus, uint64_t pa, uint64_t value, unsigned int width,
			       uint64_t *fault_pa)
{
	if (PADMA_LIKELY(bus->memory != NULL))
		return sim_memory_store(bus->memory, pa, value, width, fault_pa);
	return sim_foreign_store(&bus->foreign, pa, value, width);
}

static inline int memory_load(struct sim_bus *bus, uint64_t pa, uint64_t *value, unsigned int width,
			      uint64_t *fault_pa)
{
	if (PADMA_LIKELY(bus->memory != NULL))
		return sim_memory_load(bus->memory, pa, value, width, fault_pa);
	return sim_foreign_load(&bus->foreign, pa, value, width);
}

static COLD int refuse(struct sim_bus *bus, uint64_t pa, size_t bytes, bool write)
{
	pthread_mutex_lock(&bus->lock);
	bus->faults.count++;
	bus->faults.dma = pa;
	bus->faults.bytes = bytes;
	bus->faults.write = write;
	bus->faults.bus_master_off = !bus->master;
	pthread_mutex_unlock(&bus->lock);
	log_warning("%s: DMA fault: %s of %zu bytes, at 0x%" PRIx64 ": %s", bus->owner,
		    write ? "write" : "read", bytes, pa,
		    bus->master ? "no memory is mapped there" : "bus mastering is off");
	return -EFAULT;
}

int sim_bus_read(struct sim_bus *bus, uint64_t pa, void *to, size_t bytes)
{
	uint64_t fault_pa = pa;

	if (!bus->master || memory_read(bus, pa, to, bytes, &fault_pa))
		return refuse(bus, fault_pa, bytes, false);
	return 0;
}

int sim_bus_load(struct sim_bus *bus, uint64_t pa, uint64_t *value, unsigned int width)
{
	uint64_t fault_pa = pa;

	if (!bus->master || memory_load(bus, pa, value, width, &fault_pa))
		return refuse(bus, fault_pa, width, false);
	return 0;
}

static inline int write_as_is(struct sim_bus *bus, uint64_t pa, const void *from, size_t bytes)
{
	uint64_t fault_pa = pa;

	if (!bus->master || memory_write(bus, pa, from, bytes, &fault_pa))
		return refuse(bus, fault_pa, bytes, true);
	return 0;
}

/* Where the driver allowed the device to write, but perhaps not what the model meant. */
static COLD int write_hostile(struct sim_bus *bus, uint64_t pa, const void *from, size_t bytes)
{
	struct sim_hostile_write write;
	int rc;

	if (!sim_hostile_write(bus->hostile, pa, from, bytes, &write))
		return write_as_is(bus, pa, from, bytes);
	rc = write_as_is(bus, pa, from, write.keep_bytes);
	return rc ? rc : write_as_is(bus, pa + write.offset, write.bytes, write.count);
}

int sim_bus_write(struct sim_bus *bus, uint64_t pa, const void *from, size_t bytes)
{
	if (PADMA_UNLIKELY(bus->hostile))
		return write_hostile(bus, pa, from, bytes);
	return write_as_is(bus, pa, from, bytes);
}

static COLD bool is_dropped(struct sim_bus *bus, uint64_t pa, uint64_t *value, unsigned int width)
{
	return width <= sizeof(*value) && !sim_hostile_store(bus->hostile, pa, value, width);
}

int sim_bus_store(struct sim_bus *bus, uint64_t pa, uint64_t value, unsigned int width)
{
	uint64_t fault_pa = pa;

	if (PADMA_UNLIKELY(bus->hostile)) {
		uint64_t mutated = value;

		if (is_dropped(bus, pa, &mutated, width))
			return 0;
		value = mutated;
	}
	if (!bus->master || memory_store(bus, pa, value, width, &fault_pa))
		return refuse(bus, fault_pa, width, true);
	return 0;
}

void sim_bus_make_cold(struct sim_bus *bus, uint64_t pa, size_t bytes)
{
	if (bus->memory)
		sim_memory_flush(bus->memory, pa, bytes);
}

void sim_bus_faults(struct sim_bus *bus, struct padma_sim_dma_faults *faults)
{
	pthread_mutex_lock(&bus->lock);
	*faults = bus->faults;
	pthread_mutex_unlock(&bus->lock);
}
