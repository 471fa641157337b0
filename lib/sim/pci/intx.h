/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * intx.h - the interrupt pin of a simulated function (PCI Local Bus 3.0, 2.2.6), and what the kernel
 * makes of it for a program.
 *
 * The pin is a level: it stays asserted until the host has served the function. The kernel masks it
 * when it fires and signals the program once. Under the device's lock.
 */
#ifndef SIM_PCI_INTX_H
#define SIM_PCI_INTX_H

#include <stdbool.h>

struct intx {
	bool asserted;	/* by the function: Interrupt Status */
	bool disabled;	/* Interrupt Disable of the Command register */
	bool masked;	/* by the kernel, since it fired */
	bool connected; /* a program wants it */
	int fd;		/* its eventfd; -1: none */
};

/* No program is signalled any more; the level stays as it is. */
void intx_disconnect(struct intx *intx);
/* Unmasked; fires at once if it is asserted. */
void intx_connect(struct intx *intx, int fd);
/* The function changes the pin, the host writes the Command register, the program unmasks. */
void intx_level(struct intx *intx, bool asserted);
void intx_disable(struct intx *intx, bool disabled);
void intx_unmask(struct intx *intx);

#endif
