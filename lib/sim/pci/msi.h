/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * msi.h - MSI of a simulated function (PCI Local Bus 3.0, 6.8.1).
 *
 * Up to 32 vectors, which differ in the low bits of one message: the host may grant fewer than there are. A
 * message that may go out becomes a write to the vector's eventfd. Under the device's lock.
 */
#ifndef SIM_PCI_MSI_H
#define SIM_PCI_MSI_H

#include <stdbool.h>
#include <stdint.h>

#define MSI_VECTORS_MAX 32u

struct msi {
	unsigned int vectors; /* that the function can have; 0: it has no MSI */
	unsigned int granted; /* that the host has given it */
	bool enabled;
	uint32_t mask;
	uint32_t pending;
	const bool *master;	  /* messages are memory writes: none without bus mastering */
	int fds[MSI_VECTORS_MAX]; /* -1: no eventfd */
};

void msi_init(struct msi *msi, unsigned int vectors, const bool *master);
void msi_reset(struct msi *msi);

/* Message Control or the mask bits were written, or bus mastering turned on. */
void msi_control(struct msi *msi, bool enabled, unsigned int granted_log2, uint32_t mask);

/* Give the vectors from 0 on these eventfds (-1: none). */
void msi_connect(struct msi *msi, const int *fds, unsigned int count);

/* The function sends a message. */
void msi_notify(struct msi *msi, unsigned int vector);

#endif
