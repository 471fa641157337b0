/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * msix.h - MSI-X of a simulated function (PCI Local Bus 3.0, 6.8.2).
 *
 * Table and pending bits as the function's BAR shows them; a message that may go out becomes a
 * write to the vector's eventfd. Under the device's lock.
 */
#ifndef SIM_PCI_MSIX_H
#define SIM_PCI_MSIX_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSIX_VECTORS_MAX 2048u

/* PCI Local Bus 3.0, 6.8.2.6 to 6.8.2.9. */
struct msix_entry {
	uint32_t address_low;
	uint32_t address_high;
	uint32_t data;
	uint32_t control; /* bit 0: masked */
};
static_assert(sizeof(struct msix_entry) == 16, "MSI-X table entry");
static_assert(offsetof(struct msix_entry, control) == 12, "vector control");

struct msix {
	unsigned int vectors;
	bool enabled;
	bool masked;	    /* Function Mask */
	const bool *master; /* messages are memory writes: none without bus mastering */
	struct msix_entry *entries;
	uint64_t *pending; /* a bit per vector */
	int *fds;	   /* -1: no eventfd */
};

/* 0, or -ENOMEM. Without vectors there is no MSI-X. */
int msix_init(struct msix *msix, unsigned int vectors, const bool *master);
void msix_destroy(struct msix *msix);
void msix_reset(struct msix *msix);

/* Bytes of the table and of the pending bit array. */
size_t msix_table_bytes(const struct msix *msix);
size_t msix_pba_bytes(const struct msix *msix);

uint32_t msix_table_read(const struct msix *msix, uint64_t offset);
void msix_table_write(struct msix *msix, uint64_t offset, uint32_t value);
uint32_t msix_pba_read(const struct msix *msix, uint64_t offset);

/* Message Control was written, or bus mastering turned on: what waited may go out now. */
void msix_control(struct msix *msix, bool enabled, bool masked);

/* Give the vectors from 0 on these eventfds (-1: none) and unmask them; mask the others. */
void msix_connect(struct msix *msix, const int *fds, unsigned int count);

/* The function sends a message. */
void msix_notify(struct msix *msix, unsigned int vector);

#endif
