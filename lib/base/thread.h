/* SPDX-License-Identifier: BSD-3-Clause */
/* thread.h - the library's threads. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* Start a thread that takes no signals: those are for the program's own threads. 0, or a negative errno; no
 * message. */
int thread_start(pthread_t *thread, void *(*fn)(void *arg), void *arg);

#endif
