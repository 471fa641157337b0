/* SPDX-License-Identifier: BSD-3-Clause */
/* table.h - the live table, a line for each queue, on the standard error of a terminal, or with --stats-period. */
#ifndef NET_TEST_TABLE_H
#define NET_TEST_TABLE_H

#include "net/test/test.h"

void table_begin(struct test *test);

/* Show it if its time has come. */
void table_show(struct test *test, uint64_t elapsed_ns);

/* Remove it from the terminal. */
void table_end(struct test *test);

#endif
