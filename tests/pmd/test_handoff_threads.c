// SPDX-License-Identifier: BSD-3-Clause
/*
 * Hand-over rings between threads: each object arrives once, and the objects of one producer arrive in
 * their order. What an object holds is plain memory, written before it is put: ThreadSanitizer finds a
 * ring that does not hand it over. Consumers clear it, so that a slot that is read too late shows, too.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>

#include <padma/pmd/handoff.h>

#define MANY	     (PADMA_HANDOFF_MANY_PRODUCERS | PADMA_HANDOFF_MANY_CONSUMERS)
#define MOST_THREADS 4
#define OBJECTS_EACH 30000u
#define BULK	     16

struct object {
	unsigned int producer;
	unsigned int number;
	unsigned int times; /* taken */
};

struct test {
	struct padma_handoff *handoff;
	unsigned int producers, consumers;
	struct object *objects[MOST_THREADS];
	unsigned int left; /* atomic: objects that were not taken yet */
};

struct worker {
	struct test *test;
	unsigned int index;
	unsigned int wrong;
};

/* Bulk sizes that differ, and both ways of calling. */
static unsigned int next_bulk(unsigned int *turn)
{
	return *turn = *turn % BULK + 1;
}

static void *produce(void *argument)
{
	struct worker *worker = argument;
	struct test *test = worker->test;
	struct object *objects = test->objects[worker->index];
	unsigned int at = 0, turn = worker->index;

	while (at < OBJECTS_EACH) {
		unsigned int n = next_bulk(&turn), done;
		void *list[BULK];

		if (n > OBJECTS_EACH - at)
			n = OBJECTS_EACH - at;
		for (unsigned int i = 0; i < n; i++) {
			objects[at + i] = (struct object){worker->index, at + i, 0};
			list[i] = &objects[at + i];
		}
		done = turn & 1 ? padma_handoff_put(test->handoff, list, n)
				: padma_handoff_put_exactly(test->handoff, list, n);
		if (!done)
			sched_yield();
		at += done;
	}
	return NULL;
}

static void *consume(void *argument)
{
	struct worker *worker = argument;
	struct test *test = worker->test;
	unsigned int next[MOST_THREADS] = {0}, turn = worker->index;

	while (__atomic_load_n(&test->left, __ATOMIC_ACQUIRE)) {
		unsigned int n = next_bulk(&turn), taken;
		void *list[BULK];

		taken = turn & 1 ? padma_handoff_take(test->handoff, list, n)
				 : padma_handoff_take_exactly(test->handoff, list, n);
		for (unsigned int i = 0; i < taken; i++) {
			struct object *object = list[i];

			/* In a producer's order, with gaps for what other consumers took. */
			worker->wrong += object->number < next[object->producer];
			next[object->producer] = object->number + 1;
			worker->wrong += object->times++ != 0;
		}
		__atomic_fetch_sub(&test->left, taken, __ATOMIC_ACQ_REL);
		if (!taken) {
			turn |= 1; /* what is left may be less than a bulk */
			turn--;
			sched_yield();
		}
	}
	return NULL;
}

static void run(struct test *test)
{
	struct worker producers[MOST_THREADS], consumers[MOST_THREADS];
	pthread_t threads[2 * MOST_THREADS];
	unsigned int count = 0;

	test->left = test->producers * OBJECTS_EACH;
	for (unsigned int i = 0; i < test->producers; i++) {
		producers[i] = (struct worker){test, i, 0};
		assert_int_equal(pthread_create(&threads[count++], NULL, produce, &producers[i]),
				 0);
	}
	for (unsigned int i = 0; i < test->consumers; i++) {
		consumers[i] = (struct worker){test, i, 0};
		assert_int_equal(pthread_create(&threads[count++], NULL, consume, &consumers[i]),
				 0);
	}
	for (unsigned int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	for (unsigned int i = 0; i < test->consumers; i++)
		assert_int_equal(consumers[i].wrong, 0);
}

static void hand_over(unsigned int entries, unsigned int producers, unsigned int consumers)
{
	struct test test = {.producers = producers, .consumers = consumers};
	unsigned int flags = 0;

	flags |= producers > 1 ? PADMA_HANDOFF_MANY_PRODUCERS : 0;
	flags |= consumers > 1 ? PADMA_HANDOFF_MANY_CONSUMERS : 0;
	assert_int_equal(padma_handoff_open(entries, flags, &test.handoff), 0);
	for (unsigned int i = 0; i < producers; i++) {
		test.objects[i] = calloc(OBJECTS_EACH, sizeof(struct object));
		assert_non_null(test.objects[i]);
	}
	run(&test);
	for (unsigned int i = 0; i < producers; i++) {
		for (unsigned int j = 0; j < OBJECTS_EACH; j++)
			assert_int_equal(test.objects[i][j].times, 1);
		free(test.objects[i]);
	}
	assert_int_equal(padma_handoff_close(test.handoff), 0);
}

static void test_one_to_one(void **state)
{
	(void)state;
	hand_over(64, 1, 1);
	hand_over(50, 1, 1);
	hand_over(1, 1, 1);
}

static void test_many_to_one(void **state)
{
	(void)state;
	hand_over(64, 4, 1);
	hand_over(50, 4, 1);
}

static void test_one_to_many(void **state)
{
	(void)state;
	hand_over(64, 1, 4);
	hand_over(50, 1, 4);
}

static void test_many_to_many(void **state)
{
	(void)state;
	hand_over(64, 4, 4);
	hand_over(50, 4, 4);
	hand_over(2, 2, 2);
	hand_over(1, 2, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_to_one),
		cmocka_unit_test(test_many_to_one),
		cmocka_unit_test(test_one_to_many),
		cmocka_unit_test(test_many_to_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
