/* SPDX-License-Identifier: BSD-3-Clause */
/* devices.h - the parts of padma devices. */
#ifndef DEVICES_DEVICES_H
#define DEVICES_DEVICES_H

#include <jansson.h>

#include <padma/pci_bind.h>

/* padma devices bind and restore; argv[0] selects which. Return: the exit code. */
int devices_bind_command(int argc, char **argv);
int devices_restore_command(int argc, char **argv);

/* Print the VFIO or UIO node of a function and the processes that have it open, if it has a node. */
void devices_print_node(const struct padma_pci_state *state);

/* The node of each as an object, or null. */
json_t *devices_vfio_json(const struct padma_pci_state *state);
json_t *devices_uio_json(const struct padma_pci_state *state);

/* Print a line for each use of a function. */
void devices_print_uses(const struct padma_pci_uses *uses);

/* The uses of a function as an array. */
json_t *devices_uses_json(const struct padma_pci_uses *uses);

#endif
