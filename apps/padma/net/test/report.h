/* SPDX-License-Identifier: BSD-3-Clause */
/* report.h - the report at the end, as text or JSON, and the verdict. */
#ifndef NET_TEST_REPORT_H
#define NET_TEST_REPORT_H

#include "net/test/test.h"

/*
 * What the report needs of the run, collected before ports and pool are closed. Freed by report_free().
 */
struct test_report;

/* NULL after complaining. */
struct test_report *report_collect(const struct test *test);

/* Print it; then complain of what is wrong. @status: the exit code so far. Return: it, or 1. */
int report_print(const struct test *test, const struct test_report *report, int status);

void report_free(struct test_report *report);

#endif
