/* SPDX-License-Identifier: BSD-3-Clause */
/* complete.h - what an option of padma net test means depends on others, which may come after it. */
#ifndef NET_TEST_COMPLETE_H
#define NET_TEST_COMPLETE_H

#include <argp.h>

#include "net/test/options.h"

/*
 * When all options are known: checks that they fit together, which ends the program with a usage message if not,
 * and sets the defaults that depend on the mode.
 */
void test_options_complete(const struct argp_state *state, struct test_options *options);

#endif
