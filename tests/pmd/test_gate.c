// SPDX-License-Identifier: BSD-3-Clause
/*
 * The gate: its states one by one, then owners and a resetter in threads. What an owner writes
 * while it is inside, and the resetter while all are outside, is plain memory: ThreadSanitizer
 * finds a gate that lets both in.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>

#include <padma/pmd/gate.h>

#define OWNERS 4
#define RESETS 200

static void test_one_owner_step_by_step(void **state)
{
	struct padma_gate gate = {0};
	struct padma_gate_member member;
	uint64_t word;

	(void)state;
	padma_gate_join(&gate, &member);
	assert_true(padma_gate_passes(&gate, &member));
	assert_false(padma_gate_acknowledged(&gate, &member));
	assert_int_equal(padma_gate_raise(&gate, PADMA_GATE_SHUT), 0);
	assert_false(padma_gate_passes(&gate, &member));
	assert_false(padma_gate_acknowledged(&gate, &member));
	word = padma_gate_word(&gate);
	assert_false(padma_gate_was_reset(&member, word));
	padma_gate_acknowledge(&member, word);
	assert_true(padma_gate_acknowledged(&gate, &member));
	padma_gate_reopen(&gate, 0);
	assert_false(padma_gate_passes(&gate, &member));
	word = padma_gate_word(&gate);
	assert_true(padma_gate_was_reset(&member, word));
	padma_gate_resume(&member, word);
	assert_true(padma_gate_passes(&gate, &member));
	/* The acknowledgement of one reset does not count for the next. */
	padma_gate_raise(&gate, PADMA_GATE_SHUT);
	assert_false(padma_gate_acknowledged(&gate, &member));
}

static void test_flags(void **state)
{
	struct padma_gate gate = {0};
	struct padma_gate_member member;

	(void)state;
	padma_gate_join(&gate, &member);
	padma_gate_raise(&gate, PADMA_GATE_FAILED);
	assert_false(padma_gate_passes(&gate, &member));
	padma_gate_raise(&gate, PADMA_GATE_SHUT);
	padma_gate_raise(&gate, PADMA_GATE_GONE);
	padma_gate_reopen(&gate, 0);
	/* A removal is for good. */
	padma_gate_lower(&gate, PADMA_GATE_FLAGS);
	assert_int_equal(padma_gate_word(&gate) & PADMA_GATE_FLAGS, PADMA_GATE_GONE);
	padma_gate_raise(&gate, PADMA_GATE_SHUT);
	padma_gate_reopen(&gate, PADMA_GATE_FAILED);
	assert_int_equal(padma_gate_word(&gate) & PADMA_GATE_FLAGS,
			 PADMA_GATE_GONE | PADMA_GATE_FAILED);
	padma_gate_resume(&member, padma_gate_word(&gate));
	assert_false(padma_gate_passes(&gate, &member));
}

struct owner {
	struct padma_gate_member member __attribute__((aligned(64)));
	struct padma_gate *gate;
	uint64_t *stop;
	uint64_t work;	 /* plain: the owner's inside, the resetter's while it is outside */
	uint64_t resets; /* seen by the owner */
	uint64_t wrong;
};

static void *own(void *argument)
{
	struct owner *owner = argument;

	while (!__atomic_load_n(owner->stop, __ATOMIC_ACQUIRE)) {
		uint64_t word;

		if (padma_gate_passes(owner->gate, &owner->member)) {
			owner->work++;
			continue;
		}
		word = padma_gate_word(owner->gate);
		if (padma_gate_was_reset(&owner->member, word)) {
			owner->wrong += owner->work != 0;
			owner->resets++;
			padma_gate_resume(&owner->member, word);
		}
		if (word & PADMA_GATE_SHUT)
			padma_gate_acknowledge(&owner->member, word);
		sched_yield();
	}
	return NULL;
}

static void reset_once(struct padma_gate *gate, struct owner *owners)
{
	padma_gate_raise(gate, PADMA_GATE_SHUT);
	for (int i = 0; i < OWNERS; i++) {
		while (!padma_gate_acknowledged(gate, &owners[i].member))
			sched_yield();
	}
	for (int i = 0; i < OWNERS; i++)
		owners[i].work = 0;
	padma_gate_reopen(gate, 0);
}

static void test_owners_and_a_resetter(void **state)
{
	static struct owner owners[OWNERS];
	struct padma_gate gate = {0};
	pthread_t threads[OWNERS];
	uint64_t stop = 0;

	(void)state;
	for (int i = 0; i < OWNERS; i++) {
		owners[i] = (struct owner){.gate = &gate, .stop = &stop};
		padma_gate_join(&gate, &owners[i].member);
		assert_int_equal(pthread_create(&threads[i], NULL, own, &owners[i]), 0);
	}
	for (int i = 0; i < RESETS; i++)
		reset_once(&gate, owners);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < OWNERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < OWNERS; i++) {
		/* Each reset needed the owner's acknowledgement; it may have stopped in the last.
		 */
		assert_in_range(owners[i].resets, RESETS - 1, RESETS);
		assert_int_equal(owners[i].wrong, 0);
	}
	assert_int_equal(padma_gate_generation(padma_gate_word(&gate)), RESETS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_owner_step_by_step),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_owners_and_a_resetter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
