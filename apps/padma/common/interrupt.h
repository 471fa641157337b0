/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * interrupt.h - clean up before SIGINT, SIGTERM or SIGHUP ends the process.
 *
 * A caught signal only sets a flag. Long-running code checks it and returns; the caller then cleans
 * up and raises the signal again, so that the process dies of it as if it had not been caught.
 */
#ifndef COMMON_INTERRUPT_H
#define COMMON_INTERRUPT_H

#include <stdbool.h>

/* Catch them from now on; one that was ignored (nohup) stays ignored. System calls are interrupted. */
void interrupt_catch(void);

/* Whether one was caught. */
bool interrupted(void);

/* Die of the caught signal; returns if none was caught. */
void interrupt_pass_on(void);

#endif
