/* SPDX-License-Identifier: BSD-3-Clause */
/* child.h - checks in a child process that has dropped a privilege. */
#ifndef TESTS_VM_CHILD_H
#define TESTS_VM_CHILD_H

#include "test.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <padma/error.h>

/* Run @fn in a child process: it returns 0 if all is well, else the number of the line that failed. */
static inline void in_a_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int rc = fn();

		if (rc)
			fprintf(stderr, "line %d: %s\n", rc, padma_last_error());
		_exit(rc != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* An assertion for such a function: cmocka's work only in the parent. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return __LINE__;                                                           \
	} while (0)

static inline bool drop(unsigned int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return false;
	for (unsigned int i = 0; i < 2; i++)
		data[i].inheritable = 0;
	data[CAP_TO_INDEX(capability)].effective &= ~CAP_TO_MASK(capability);
	data[CAP_TO_INDEX(capability)].permitted &= ~CAP_TO_MASK(capability);
	return syscall(SYS_capset, &header, data) == 0;
}

#endif
