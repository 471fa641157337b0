/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * drivers.h - which network drivers there are: the table of the build (lib/registry.c), and those that were added by
 * padma_net_driver_add().
 *
 * Threading: the list has a lock of its own. A driver is never removed, so a pointer to one stays valid.
 */
#ifndef NET_DRIVERS_H
#define NET_DRIVERS_H

#include <padma/net/driver.h>

/* NULL at the end. */
extern const struct padma_net_driver *const net_drivers[];

/* The names of all drivers, joined by ", ", cut off if they are longer. */
void net_driver_names(char *text, size_t bytes);

#endif
