// SPDX-License-Identifier: BSD-3-Clause
/* Descriptors by open(): for programs that play no kernel of their own, which has the wrapper then. */
#include "fail_nth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return fail_nth("open", EMFILE) ? -1 : __real_open(path, flags, mode);
}
