// SPDX-License-Identifier: BSD-3-Clause
/*
 * padma_guard_refuse() returns a constant, so the compiler knows that a check which sets its result only when it
 * passes never returns 0 without it. This file is compiled with -Werror=maybe-uninitialized.
 */
#include <errno.h>

#include <padma/guard.h>

#include "test.h"

int __wrap_padma_guard_refuse_sized(struct padma_space *space, size_t entry_bytes,
				    const struct padma_guard_entry *entry);

static size_t refused;

int __wrap_padma_guard_refuse_sized(struct padma_space *space, size_t entry_bytes,
				    const struct padma_guard_entry *entry)
{
	(void)space;
	assert_int_equal(entry_bytes, sizeof(*entry));
	refused += entry->len;
	return 0;
}

/* As a driver writes it. */
static int dma_of(bool passes, padma_dma_t *dma)
{
	const struct padma_guard_entry entry = {.driver = "mynic", .len = 7};

	if (!passes)
		return padma_guard_refuse(NULL, &entry);
	*dma = 0x1000;
	return 0;
}

static int next_page(bool passes, padma_dma_t *next)
{
	padma_dma_t dma;
	int rc = dma_of(passes, &dma);

	if (rc)
		return rc;
	*next = dma + 0x1000;
	return 0;
}

static void test_the_error_is_constant(void **state)
{
	padma_dma_t next = 0;

	(void)state;
	assert_int_equal(next_page(false, &next), -EFAULT);
	assert_int_equal(refused, 7);
	assert_int_equal(next_page(true, &next), 0);
	assert_int_equal(next, 0x2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_error_is_constant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
