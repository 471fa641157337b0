/* SPDX-License-Identifier: BSD-3-Clause */
/* control.h - the control thread while the workers run. */
#ifndef NET_TEST_CONTROL_H
#define NET_TEST_CONTROL_H

#include "net/test/test.h"

/*
 * Warm up, run until the time or the count is over, the user interrupts or a port is lost for good, and drain. The
 * workers are running, by TEST_WARM. Return: 0, or the exit code after complaining.
 */
int control_run(struct test *test);

#endif
