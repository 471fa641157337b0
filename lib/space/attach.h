/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * attach.h - what a space and its devices owe each other.
 */
#ifndef SPACE_ATTACH_H
#define SPACE_ATTACH_H

#include <stdbool.h>

struct padma_space;

/*
 * A device joins the space: memory that was mapped before is pinned and resolved now where the
 * backend needs a device for that. Return: 0, or a negative errno (nothing is attached then).
 */
int space_attach(struct padma_space *space);

/* The device leaves. Its bus mastering is off. */
void space_detach(struct padma_space *space);

/* A device's bus mastering was turned on or off: memory does not go back while any is on. */
void space_bus_master(struct padma_space *space, bool on);

#endif
