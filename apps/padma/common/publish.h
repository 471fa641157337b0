/* SPDX-License-Identifier: BSD-3-Clause */
/* publish.h - commands that run for long let `padma stats` see their counters. */
#ifndef COMMON_PUBLISH_H
#define COMMON_PUBLISH_H

/* Until the process ends. @program is argv[0] of the command. Said only with -v if it cannot be done. */
void publish_counters(const char *program);

#endif
