// SPDX-License-Identifier: BSD-3-Clause
/* The resolver over a backend with scripted answers: coalescing, clamping, validation. */
#include "test.h"

#include <padma/error.h>

#include "space/resolve.h"

#define PAGE 4096ull
#define HUGE (2ull << 20)
#define VA   0x40000000ull

/* A scripted kernel: the i-th query gets the i-th answer. */
struct script {
	struct backend backend;
	struct answer {
		int rc;
		uint64_t pa;
		uint64_t length;
	} answers[16];
	uint64_t iovas[16];
	uint64_t lengths[16];
	unsigned int calls;
};

static int scripted_get_pa(struct backend *backend, struct uapi_ioas_get_pa *get_pa)
{
	struct script *script = (struct script *)backend;
	const struct answer *answer = &script->answers[script->calls];

	script->iovas[script->calls] = get_pa->iova;
	script->lengths[script->calls] = get_pa->length;
	script->calls++;
	if (answer->rc)
		return answer->rc;
	get_pa->out_phys = answer->pa;
	get_pa->length = answer->length;
	return 0;
}

static const struct backend_ops scripted_ops = {.name = "script", .get_pa = scripted_get_pa};

struct runs {
	struct padma_run runs[16];
	unsigned int count;
	int stop_with;
};

static int take(void *ctx, const struct padma_run *run)
{
	struct runs *runs = ctx;

	runs->runs[runs->count++] = *run;
	return runs->stop_with;
}

static int run_script(struct script *script, uint64_t bytes, size_t page_bytes, struct runs *runs)
{
	int rc;

	script->backend = (struct backend){.ops = &scripted_ops, .ioas_id = 1, .resolves = true};
	*runs = (struct runs){.stop_with = runs->stop_with};
	rc = resolve(&script->backend, VA, bytes, page_bytes, take, runs);
	assert_int_equal(script->backend.queries, script->calls);
	return rc;
}

static void check_run(const struct runs *runs, unsigned int i, uint64_t va, uint64_t dma,
		      uint64_t len)
{
	assert_true(i < runs->count);
	assert_int_equal((uintptr_t)runs->runs[i].va, va);
	assert_int_equal(runs->runs[i].dma, dma);
	assert_int_equal(runs->runs[i].len, len);
}

static void test_one_query_per_hugepage_joined(void **state)
{
	struct script script = {.answers = {{0, 8 * HUGE, PAGE},
					    {0, 9 * HUGE, PAGE},
					    {0, 3 * HUGE, PAGE},
					    {0, 4 * HUGE, PAGE}}};
	struct runs runs = {0};

	(void)state;
	assert_int_equal(run_script(&script, 4 * HUGE, HUGE, &runs), 0);
	assert_int_equal(script.calls, 4);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(script.iovas[i], VA + i * HUGE);
		assert_int_equal(script.lengths[i], PAGE);
	}
	assert_int_equal(runs.count, 2);
	check_run(&runs, 0, VA, 8 * HUGE, 2 * HUGE);
	check_run(&runs, 1, VA + 2 * HUGE, 3 * HUGE, 2 * HUGE);
}

static void test_the_v4_form_answers_more(void **state)
{
	/* Two hugepages and a page of the next one; then a run that goes on past the end of the
	 * memory. */
	struct script script = {
		.answers = {{0, 8 * HUGE, 2 * HUGE + PAGE}, {0, 32 * HUGE, 64 * HUGE}}};
	struct runs runs = {0};

	(void)state;
	assert_int_equal(run_script(&script, 4 * HUGE, HUGE, &runs), 0);
	assert_int_equal(script.calls, 2);
	assert_int_equal(script.iovas[1], VA + 2 * HUGE);
	assert_int_equal(runs.count, 2);
	check_run(&runs, 0, VA, 8 * HUGE, 2 * HUGE);
	check_run(&runs, 1, VA + 2 * HUGE, 32 * HUGE, 2 * HUGE);
}

static void test_ranges_of_ordinary_pages(void **state)
{
	struct script script = {.answers = {{0, 100 * PAGE, 3 * PAGE},
					    {0, 103 * PAGE, PAGE},
					    {0, 7 * PAGE, 99 * PAGE}}};
	struct runs runs = {0};

	(void)state;
	assert_int_equal(run_script(&script, 6 * PAGE, PAGE, &runs), 0);
	assert_int_equal(script.lengths[0], 6 * PAGE);
	assert_int_equal(script.lengths[1], 3 * PAGE);
	assert_int_equal(script.lengths[2], 2 * PAGE);
	assert_int_equal(runs.count, 2);
	check_run(&runs, 0, VA, 100 * PAGE, 4 * PAGE);
	check_run(&runs, 1, VA + 4 * PAGE, 7 * PAGE, 2 * PAGE);
}

static void test_answers_that_make_no_sense(void **state)
{
	const struct answer bad[] = {
		{0, 0, PAGE},			  /* address 0 */
		{0, HUGE, 0},			  /* empty */
		{0, HUGE + PAGE, PAGE},		  /* no hugepage starts there */
		{0, 1ull << 52, PAGE},		  /* beyond all memory */
		{0, UINT64_MAX - HUGE + 1, HUGE}, /* wraps */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct script script = {.answers = {bad[i]}};
		struct runs runs = {0};

		assert_int_equal(run_script(&script, HUGE, HUGE, &runs), -EIO);
		assert_int_equal(runs.count, 0);
		assert_non_null(strstr(padma_last_error(), "0x40000000"));
	}
	struct script script = {.answers = {{0, PAGE, PAGE - 1}}};
	struct runs runs = {0};

	assert_int_equal(run_script(&script, 2 * PAGE, PAGE, &runs), -EIO);
}

static void test_errnos_come_through_in_words(void **state)
{
	const struct {
		int rc;
		const char *words;
	} rows[] = {{-ENOTTY, "Linux 7.3"},
		    {-EPERM, "CAP_SYS_RAWIO"},
		    {-EOPNOTSUPP, "IOMMU"},
		    {-ENOENT, "not mapped"},
		    {-EFAULT, "Bad address"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct script script = {.answers = {{0, HUGE, PAGE}, {rows[i].rc, 0, 0}}};
		struct runs runs = {0};

		assert_int_equal(run_script(&script, 2 * HUGE, HUGE, &runs), rows[i].rc);
		assert_non_null(strstr(padma_last_error(), rows[i].words));
	}
}

static void test_the_taker_may_stop(void **state)
{
	struct script script = {.answers = {{0, 8 * HUGE, PAGE}, {0, 2 * HUGE, PAGE}}};
	struct runs runs = {.stop_with = -ENOMEM};

	(void)state;
	assert_int_equal(run_script(&script, 2 * HUGE, HUGE, &runs), -ENOMEM);
	assert_int_equal(runs.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_query_per_hugepage_joined),
		cmocka_unit_test(test_the_v4_form_answers_more),
		cmocka_unit_test(test_ranges_of_ordinary_pages),
		cmocka_unit_test(test_answers_that_make_no_sense),
		cmocka_unit_test(test_errnos_come_through_in_words),
		cmocka_unit_test(test_the_taker_may_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
