/* SPDX-License-Identifier: BSD-3-Clause */
/* must.h - a call that has to succeed; the test fails with the library's message. */
#ifndef TESTS_MUST_H
#define TESTS_MUST_H

#include "test.h"

#include <padma/error.h>

static inline void must(int rc)
{
	if (rc)
		print_error("%d: %s\n", rc, padma_last_error());
	assert_int_equal(rc, 0);
}

#endif
