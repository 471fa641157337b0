/* SPDX-License-Identifier: BSD-3-Clause */
/* backend_option.h - the option --backend, of the commands that open a device of one's own. */
#ifndef COMMON_BACKEND_OPTION_H
#define COMMON_BACKEND_OPTION_H

#include <argp.h>

/* In place of command_common: --backend, and what is common to all commands. */
extern const struct argp_child command_backend[];

/* Its value, once the arguments were parsed; NULL where it was not given: the first that works. */
const char *backend_option(void);

#endif
