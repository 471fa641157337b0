// SPDX-License-Identifier: BSD-3-Clause
/* Counting faults down. */
#include "sim/fault.h"

/* These strike what happens to the controller, not commands. */
#define NOT_FOR_COMMANDS                                                                           \
	(SIM_FAULT_BIT(PADMA_SIM_FAULT_SLOW_RESET) | SIM_FAULT_BIT(PADMA_SIM_FAULT_STUCK) |        \
	 SIM_FAULT_BIT(PADMA_SIM_FAULT_SLOW_SHUTDOWN) | SIM_FAULT_BIT(PADMA_SIM_FAULT_REGISTERS) | \
	 SIM_FAULT_BIT(PADMA_SIM_FAULT_MASTER_STUCK) | SIM_FAULT_BIT(PADMA_SIM_FAULT_LINK_DOWN) |  \
	 SIM_FAULT_BIT(PADMA_SIM_FAULT_HANG))

void sim_faults_set(struct sim_faults *faults, const struct padma_sim_fault *fault)
{
	if (fault->kind == PADMA_SIM_FAULT_NONE) {
		*faults->armed = 0;
		return;
	}
	faults->slots[fault->kind] = (struct sim_fault_slot){
		.value = fault->value, .skip = fault->skip, .left = fault->count};
	*faults->armed |= SIM_FAULT_BIT(fault->kind);
}

static bool slot_strikes(struct sim_faults *faults, unsigned int kind)
{
	struct sim_fault_slot *slot = &faults->slots[kind];

	if (slot->skip) {
		slot->skip--;
		return false;
	}
	if (slot->left && --slot->left == 0)
		*faults->armed &= ~SIM_FAULT_BIT(kind);
	return true;
}

uint32_t sim_faults_strike(struct sim_faults *faults)
{
	uint32_t watching = *faults->armed & ~NOT_FOR_COMMANDS, strikes = 0;

	while (watching) {
		unsigned int kind = (unsigned int)__builtin_ctz(watching);

		watching &= watching - 1;
		if (slot_strikes(faults, kind))
			strikes |= SIM_FAULT_BIT(kind);
	}
	return strikes;
}

uint64_t sim_faults_take_slow(struct sim_faults *faults, enum padma_sim_fault_kind kind)
{
	if (!sim_faults_armed(faults, kind))
		return 0;
	*faults->armed &= ~SIM_FAULT_BIT(kind);
	return faults->slots[kind].value;
}
