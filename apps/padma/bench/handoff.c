// SPDX-License-Identifier: BSD-3-Clause
/*
 * padma bench handoff: objects put and taken, one by one and 32 at a time, through a single-producer
 * and a multi-producer ring. In one thread this is the ring's own cost; from one thread to another
 * it adds moving cache lines between two processors.
 */
#include "bench/bench.h"

#include <pthread.h>
#include <sched.h>

#include <padma/error.h>
#include <padma/pmd/handoff.h>

#include "common/command.h"

#define ENTRIES 1024u
#define BULK	32u
#define TURNS	200000ull
#define MANY	(PADMA_HANDOFF_MANY_PRODUCERS | PADMA_HANDOFF_MANY_CONSUMERS)

static void pass(struct padma_handoff *handoff, void **objects, unsigned int n, uint64_t turns)
{
	for (uint64_t i = 0; i < turns; i += n) {
		padma_handoff_put_exactly(handoff, objects, n);
		keep(objects);
		padma_handoff_take_exactly(handoff, objects, n);
	}
}

static void single_loop(void *ctx, uint64_t turns)
{
	void *object = ctx;

	pass(ctx, &object, 1, turns);
}

static void bulk_loop(void *ctx, uint64_t turns)
{
	void *objects[BULK] = {0};

	pass(ctx, objects, BULK, turns);
}

struct other {
	struct padma_handoff *handoff;
	uint64_t turns;
};

/* The other end may be waiting for this processor. */
static unsigned int moved(unsigned int n)
{
	if (n == 0)
		sched_yield();
	return n;
}

static void *put_all(void *argument)
{
	const struct other *other = argument;
	void *objects[BULK] = {0};

	for (uint64_t i = 0; i < other->turns;)
		i += moved(padma_handoff_put_exactly(other->handoff, objects, BULK));
	return NULL;
}

/* Thread start and join are included; with this many iterations they do not matter. */
static void thread_loop(void *ctx, uint64_t turns)
{
	struct other other = {ctx, turns};
	void *objects[BULK];
	pthread_t thread;

	if (pthread_create(&thread, NULL, put_all, &other))
		return;
	for (uint64_t i = 0; i < turns;)
		i += moved(padma_handoff_take(ctx, objects, BULK));
	pthread_join(thread, NULL);
}

struct row {
	const char *key;
	const char *what;
	unsigned int flags;
	void (*loop)(void *ctx, uint64_t turns);
};

static const struct row rows[] = {
	{"spsc_ns", "an object put and taken: one producer, one consumer", 0, single_loop},
	{"spsc_bulk32_ns", "the same 32 at a time, per object", 0, bulk_loop},
	{"spsc_thread_ns", "the same from one thread to another", 0, thread_loop},
	{"mpmc_ns", "an object put and taken: many producers and consumers", MANY, single_loop},
	{"mpmc_bulk32_ns", "the same 32 at a time, per object", MANY, bulk_loop},
	{"mpmc_thread_ns", "the same from one thread to another", MANY, thread_loop},
};

int bench_handoff(struct figures *figures)
{
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct padma_handoff *handoff;

		if (padma_handoff_open(ENTRIES, rows[i].flags, &handoff))
			return complain("%s", padma_last_error());
		figures_add(figures, rows[i].key, rows[i].what, "ns",
			    ns_per_turn(rows[i].loop, handoff, TURNS));
		padma_handoff_close(handoff);
	}
	return 0;
}
