/* SPDX-License-Identifier: BSD-3-Clause */
/* program.h - try the driver on a device, as a program of its own or as a command of the tool. */
#ifndef ADLER_PROGRAM_H
#define ADLER_PROGRAM_H

/* Drive the device @name. Return: an exit code; what failed is on stderr. */
int adler_program(const char *name);

#endif
