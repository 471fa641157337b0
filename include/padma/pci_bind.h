/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pci_bind.h - who drives a PCI function: the kernel, or VFIO or UIO for a program
 *
 * padma_pci_bind() takes a function from its kernel driver and gives it to vfio-pci, or on kernels
 * without VFIO's noiommu mode to uio_pci_generic; either offers it to programs.
 * padma_pci_restore() gives it back. Nothing is remembered outside of the kernel:
 * what a function is bound to against its nature is its driver_override in sysfs, so another
 * process, or a person with a shell, can take it back as well.
 *
 * This is libpadma-pci, as padma/pci.h is. Both calls write to sysfs and need root.
 *
 * Threading: any thread; two calls for the same function must not overlap.
 */
#ifndef PADMA_PCI_BIND_H
#define PADMA_PCI_BIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

/**
 * struct padma_pci_bind_params - how to bind, and where; all zero for the machine itself
 * @noiommu: the function has no IOMMU in front of it, and may do DMA to any address: turns on
 * VFIO's parameter enable_unsafe_noiommu_mode, which stays on for the whole machine
 * @uio: to uio_pci_generic instead of vfio-pci: only for a function without an IOMMU in front of
 * it, which may then do DMA to any address; @noiommu says nothing then
 * @force: also take a function that holds a mounted file system, swap, or the default route
 * @wait_ms: how long to wait for the device node, in milliseconds; 0 for 5000
 * @sysfs: root of sysfs; NULL for "/sys"
 * @proc: root of proc; NULL for "/proc"
 * @dev: where device nodes are; NULL for "/dev"
 */
struct padma_pci_bind_params {
	bool noiommu;
	bool uio;
	bool force;
	unsigned int wait_ms;
	const char *sysfs;
	const char *proc;
	const char *dev;
};

/**
 * padma_pci_bind() - give a function to vfio-pci or uio_pci_generic
 * @params: how and where, or NULL
 * @address: the function, as padma_pci_function.address has it
 *
 * Sets its driver_override, VFIO's parameter where @params says so (before binding: vfio-pci asks
 * for it then), unbinds the driver that has it, binds the new one and waits for its device node:
 * VFIO's character device, or its group where the kernel has only that for a function without an
 * IOMMU, or UIO's node. A function that the driver has already, with such a node, is left as it is.
 * A failure leaves the function with the driver it had, and the parameter as it was.
 *
 * Return: 0, or -ENODEV (no such function), -ENOENT (the kernel lacks what the message names: a
 * module, parameter or option), -EBUSY (in use, see @params->force, or a process has it open),
 * -EINVAL (an IOMMU is in front of it and noiommu or uio was asked for, or the reverse; or it is a
 * bridge), -ETIMEDOUT (no node came), -EACCES or -EPERM (not root), or what the driver answered.
 */
PADMA_API int padma_pci_bind(const struct padma_pci_bind_params *params, const char *address);

/**
 * padma_pci_restore() - give a function back to the driver that the kernel chooses for it
 * @params: where, or NULL; noiommu, force and wait_ms say nothing here
 * @address: the function
 *
 * Clears its driver_override, unbinds vfio-pci or uio_pci_generic and has the kernel look for a
 * driver. That there is none, as before it was bound perhaps, is no failure. Where another driver
 * has it, only the override is cleared.
 *
 * Return: 0, or -ENODEV (no such function), -EBUSY (a process has it open: unbinding would wait for
 * that to end, or take it from under that; or the driver takes it again by ids that it was told),
 * -EACCES or -EPERM (not root).
 */
PADMA_API int padma_pci_restore(const struct padma_pci_bind_params *params, const char *address);

/**
 * struct padma_pci_holder - a process that has a function open
 * @pid: the process
 * @name: its name, as in /proc/PID/comm; "" where it cannot be read
 */
struct padma_pci_holder {
	int pid;
	char name[20];
};

/**
 * struct padma_pci_state - who has a function
 * @driver: the kernel's driver; "" where none is bound
 * @driver_override: the only driver that may bind it; "" where any may
 * @node: VFIO's character device, for example "/dev/vfio/devices/noiommu-vfio0"; "" where VFIO
 * offers none
 * @group_node: VFIO's older way to it, for example "/dev/vfio/noiommu-0"; "" where there is none
 * @uio_node: the node of a userspace I/O driver, uio_pci_generic for example: "/dev/uio0"; "" where
 * none has it
 * @noiommu: VFIO drives it without an IOMMU
 * @holders: processes that have one of the nodes open, or (where the kernel tells, Linux 7.3 does) a
 * device that a group gave, @holder_count of them, owned by the state
 * @holder_count: how many; without root, only processes of the same user are seen
 */
struct padma_pci_state {
	char driver[64];
	char driver_override[64];
	char node[128];
	char group_node[128];
	char uio_node[128];
	bool noiommu;
	struct padma_pci_holder *holders;
	size_t holder_count;
};

/**
 * padma_pci_state_get() - ask who has a function
 * @params: where, or NULL
 * @address: the function
 * @state: filled; the caller gives it back by padma_pci_state_put()
 *
 * Return: 0, or -ENODEV, -ENOMEM; @state is empty then.
 */
PADMA_API int padma_pci_state_get(const struct padma_pci_bind_params *params, const char *address,
				  struct padma_pci_state *state);

/**
 * padma_pci_state_put() - give a state back
 * @state: the state; its holders are gone afterwards
 */
PADMA_API void padma_pci_state_put(struct padma_pci_state *state);

PADMA_END_DECLS

#endif
