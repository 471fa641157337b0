// SPDX-License-Identifier: BSD-3-Clause
/* The reset and removal protocol: what is not on a fast path. */
#include <padma/pmd/gate.h>

uint64_t padma_gate_raise(struct padma_gate *gate, uint64_t flags)
{
	return __atomic_fetch_or(&gate->word, flags, __ATOMIC_ACQ_REL);
}

uint64_t padma_gate_lower(struct padma_gate *gate, uint64_t flags)
{
	return __atomic_fetch_and(&gate->word, ~(flags & PADMA_GATE_FAILED), __ATOMIC_ACQ_REL);
}

void padma_gate_join(const struct padma_gate *gate, struct padma_gate_member *member)
{
	padma_gate_resume(member, padma_gate_word(gate));
	__atomic_store_n(&member->acknowledged, 0, __ATOMIC_RELEASE);
}

void padma_gate_acknowledge(struct padma_gate_member *member, uint64_t word)
{
	__atomic_store_n(&member->acknowledged, padma_gate_generation(word) + 1, __ATOMIC_RELEASE);
}

bool padma_gate_acknowledged(const struct padma_gate *gate, const struct padma_gate_member *member)
{
	return __atomic_load_n(&member->acknowledged, __ATOMIC_ACQUIRE) ==
	       padma_gate_generation(padma_gate_word(gate)) + 1;
}

void padma_gate_reopen(struct padma_gate *gate, uint64_t flags)
{
	uint64_t word = padma_gate_word(gate), next;

	/* A removal may be noted by another thread meanwhile: it must not be lost. */
	do {
		next = (padma_gate_generation(word) + 1) << PADMA_GATE_GENERATION_SHIFT;
		next |= (word & PADMA_GATE_GONE) | flags;
	} while (!__atomic_compare_exchange_n(&gate->word, &word, next, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_ACQUIRE));
}
