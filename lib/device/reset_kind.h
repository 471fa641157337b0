/* SPDX-License-Identifier: BSD-3-Clause */
/* reset_kind.h - how the kernel resets a PCI function, by sysfs alone. */
#ifndef DEVICE_RESET_KIND_H
#define DEVICE_RESET_KIND_H

#include <padma/device.h>

/* Of the function @address, by the sysfs at @sysfs ("/sys"). Logs nothing. Any thread. */
enum padma_reset_kind reset_kind_of(const char *sysfs, const char *address);

#endif
