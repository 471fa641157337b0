/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * interrupt.h - being asked to stop (SIGINT, SIGTERM, SIGHUP) while there is something to clean up.
 *
 * A caught signal only sets a flag. Who works for long looks at it and returns; who began then
 * cleans up and passes the signal on, so that the process dies of it as if it had not been caught.
 */
#ifndef COMMON_INTERRUPT_H
#define COMMON_INTERRUPT_H

#include <stdbool.h>

/* From here on catch them; one that was ignored (nohup) stays so. System calls are interrupted. */
void interrupt_catch(void);

/* Whether one came. */
bool interrupted(void);

/* Die of the one that came; returns where none did. */
void interrupt_pass_on(void);

#endif
