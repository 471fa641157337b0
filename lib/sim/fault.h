/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fault.h - which faults are armed, and which commands they strike.
 *
 * Every command is shown to every armed fault once, when the model takes it in; the set that strikes it
 * goes with the command. Under the device's lock.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/sim.h>

#define SIM_FAULT_KINDS	    ((unsigned int)PADMA_SIM_FAULT_WRONG_LENGTH + 1)
#define SIM_FAULT_BIT(kind) (1u << (kind))

struct sim_fault_slot {
	uint64_t value;
	uint64_t skip;
	uint64_t left; /* 0: no limit */
};

struct sim_faults {
	uint32_t *armed; /* SIM_FAULT_BITs, where the model sees them */
	struct sim_fault_slot slots[SIM_FAULT_KINDS];
};

/* Arm, replace, or (PADMA_SIM_FAULT_NONE) disarm all. */
void sim_faults_set(struct sim_faults *faults, const struct padma_sim_fault *fault);

/*
 * A fault as a device's name gives it, "KIND[:VALUE[:SKIP[:COUNT]]]", kinds as fault_text.c lists
 * them. 0, or -EINVAL with the reason noted; @name is for messages.
 */
int sim_fault_parse(const char *name, const char *text, struct padma_sim_fault *fault);

/* SIM_FAULT_BITs of the faults that strike the next command. */
uint32_t sim_faults_strike(struct sim_faults *faults);

static inline bool sim_faults_armed(const struct sim_faults *faults, enum padma_sim_fault_kind kind)
{
	return *faults->armed & SIM_FAULT_BIT(kind);
}

/* The value of a fault that strikes, or struck. */
static inline uint64_t sim_faults_value(const struct sim_faults *faults,
					enum padma_sim_fault_kind kind)
{
	return faults->slots[kind].value;
}

/* How long the next reset or shutdown takes, if a fault of this kind is armed, which is disarmed; or 0. */
uint64_t sim_faults_take_slow(struct sim_faults *faults, enum padma_sim_fault_kind kind);

#endif
