/* SPDX-License-Identifier: BSD-3-Clause */
/* publish.h - long-running commands publish their counters to `padma stats`. */
#ifndef COMMON_PUBLISH_H
#define COMMON_PUBLISH_H

/* Until the process ends. @program is argv[0] of the command. A failure is reported with -v only. */
void publish_counters(const char *program);

#endif
