/* SPDX-License-Identifier: BSD-3-Clause */
/* sysfs.h - small files and links: one line in, one line out. */
#ifndef PCI_SYSFS_H
#define PCI_SYSFS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include <padma/export.h>
#include <padma/pci_bind.h>

/* The kernel's drivers that let programs use functions. */
#define PCI_VFIO "vfio-pci"
#define PCI_UIO	 "uio_pci_generic"

/* The three roots, none of them NULL, and the function's directory. */
struct pci_roots {
	const char *sysfs;
	const char *proc;
	const char *dev;
	bool machine; /* all three are the machine's: device numbers in sysfs are the kernel's
		       */
	char function[PATH_MAX];
};

/* Return: 0, or -ENODEV with padma_last_error() set if there is no such function. */
int pci_roots_of(const struct padma_pci_bind_params *params, const char *address,
		 struct pci_roots *roots);

/* A path; one that is too long becomes "", which nothing can open. Return: @path. */
const char *path_make(char path[PATH_MAX], const char *format, ...) PADMA_PRINTF(2, 3);

/* First line of a file without its newline; "" if it cannot be read. Return: whether it was. */
bool line_read(const char *path, char *line, size_t bytes);

/* A device number, as the files "dev" of sysfs hold it ("259:1"). */
struct pci_number {
	unsigned int major;
	unsigned int minor;
};

/* Return: whether @path holds a device number, which is then in @number. */
bool number_read(const char *path, struct pci_number *number);

/* Whether the node @path is a device of this type (S_IFBLK or S_IFCHR) and number. */
bool node_is(const char *path, unsigned int type, struct pci_number number);

/* The base class, subclass and programming interface of a function; 0 if they cannot be read. */
unsigned int pci_class_code(const struct pci_roots *roots);

/*
 * Whether the function's IOMMU group (@function: its directory) is a dummy one: VFIO without an IOMMU makes
 * a group that has a number, but nothing is between the device and memory. Its name shows it
 * (drivers/vfio/group.c in the kernel).
 */
bool group_is_dummy(const char *function);

/* One write of @text and a newline. Return: 0, or a negative errno. */
int line_write(const char *path, const char *text);

/* Last part of the target of the link @path; "" if it is none. Return: @name. */
const char *link_name(const char *path, char *name, size_t bytes);

#endif
