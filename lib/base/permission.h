/* SPDX-License-Identifier: BSD-3-Clause */
/* permission.h - why something is not permitted, as far as it can be measured. */
#ifndef BASE_PERMISSION_H
#define BASE_PERMISSION_H

/*
 * What EPERM means of a call that requires @capability (CAP_* of linux/capability.h) in the initial
 * user namespace; @name is the capability's, "CAP_SYS_RAWIO". @root as in procfs.h. Return: the
 * thread's own text, until its next call.
 */
const char *permission_advice(const char *root, unsigned int capability, const char *name);

/* What EACCES or EPERM of opening a file means to this process. Static. */
const char *permission_to_open(int error);

#endif
