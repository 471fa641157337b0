/* SPDX-License-Identifier: BSD-3-Clause */
/* backend_option.h - the option --backend, for commands that open a device. */
#ifndef COMMON_BACKEND_OPTION_H
#define COMMON_BACKEND_OPTION_H

#include <argp.h>

/* Use instead of command_common: --backend and the options common to all commands. */
extern const struct argp_child command_backend[];

/* Its value after parsing; NULL if it was not given: the first backend that works. */
const char *backend_option(void);

#endif
