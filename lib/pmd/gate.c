// SPDX-License-Identifier: BSD-3-Clause
/* The reset and removal protocol: what does not stand on a fast path. */
#include "pmd/gate.h"

uint64_t gate_raise(struct gate *gate, uint64_t flags)
{
	return __atomic_fetch_or(&gate->word, flags, __ATOMIC_ACQ_REL);
}

void gate_join(const struct gate *gate, struct gate_member *member)
{
	gate_resume(member, gate_word(gate));
	__atomic_store_n(&member->acknowledged, 0, __ATOMIC_RELEASE);
}

void gate_acknowledge(struct gate_member *member, uint64_t word)
{
	__atomic_store_n(&member->acknowledged, gate_generation(word) + 1, __ATOMIC_RELEASE);
}

bool gate_acknowledged(const struct gate *gate, const struct gate_member *member)
{
	return __atomic_load_n(&member->acknowledged, __ATOMIC_ACQUIRE) ==
	       gate_generation(gate_word(gate)) + 1;
}

void gate_reopen(struct gate *gate, uint64_t flags)
{
	uint64_t word = gate_word(gate), next;

	/* A removal may be noted by another thread meanwhile: it must not be lost. */
	do {
		next = (gate_generation(word) + 1) << GATE_GENERATION_SHIFT;
		next |= (word & GATE_GONE) | flags;
	} while (!__atomic_compare_exchange_n(&gate->word, &word, next, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_ACQUIRE));
}
