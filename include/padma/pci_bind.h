/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/pci_bind.h - binding PCI functions to VFIO or UIO, for programs, and back to kernel drivers
 *
 * padma_pci_bind() takes a function from its kernel driver and gives it to vfio-pci, or on kernels
 * without VFIO's noiommu mode to uio_pci_generic; either offers it to programs.
 * padma_pci_restore() gives it back. No state is kept outside the kernel: the function's
 * driver_override in sysfs is all, so another process, or a person with a shell, can restore it too.
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
 * it, which may then do DMA to any address; @noiommu is ignored then
 * @force: also take a function that is in use (padma_pci_uses_get()), which loses what it is used
 * for
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

/* private: padma_pci_bind() with the size that the caller was compiled with */
PADMA_API int padma_pci_bind_sized(const char *address, size_t params_bytes,
				   const struct padma_pci_bind_params *params);

/**
 * padma_pci_bind() - give a function to vfio-pci or uio_pci_generic
 * @address: the function, as padma_pci_function.address has it
 * @params: how and where, or NULL
 *
 * Everything that can be checked is checked before anything is changed: whether the kernel has the
 * driver, and the driver would accept the function (no bridge, no virtual functions, VFIO's mode) and
 * offer a node; whether the files of sysfs are writable; and, unless forced, whether the function
 * is in use. Its disks are claimed (O_EXCL) from then on until their driver is unbound, so that no
 * new use can begin. Functions of the same IOMMU group that are bound to a kernel driver cause a
 * warning in the log.
 *
 * Then it sets the function's driver_override, VFIO's parameter if @params asks for it (before
 * binding, since vfio-pci checks it then), unbinds the current driver, binds the new one and waits
 * for its device node: VFIO's character device, or its group if the kernel has only that for a
 * function without an IOMMU, or UIO's node. A function that is already bound to the driver, with such a
 * node, is left alone. A failure restores the function's previous driver and the parameter.
 *
 * Return: 0, or -ENODEV (no such function), -ENOENT (the kernel lacks what the message names: a
 * module, parameter, node or option), -EBUSY (in use, see @params->force; or a process has it open
 * by VFIO or UIO, or it has SR-IOV virtual functions and is to go to vfio-pci, both forced or not),
 * -EINVAL (an IOMMU is in front of it and noiommu or uio was requested, or the reverse; or it is a
 * bridge), -ETIMEDOUT (no node came, or one that is another device's), -EACCES, -EPERM or -EROFS
 * (not root, or a read-only sysfs; also if a disk cannot be checked for use), -E2BIG
 * (padma/params.h), or the driver's error.
 */
PADMA_INLINE int padma_pci_bind(const char *address, const struct padma_pci_bind_params *params)
{
	return padma_pci_bind_sized(address, sizeof(struct padma_pci_bind_params), params);
}

/* private: padma_pci_restore() with the size that the caller was compiled with */
PADMA_API int padma_pci_restore_sized(const char *address, size_t params_bytes,
				      const struct padma_pci_bind_params *params);

/**
 * padma_pci_restore() - rebind a function to the driver that the kernel chooses for it
 * @address: the function
 * @params: where, or NULL; noiommu, uio, force and wait_ms are ignored
 *
 * Clears its driver_override, unbinds vfio-pci or uio_pci_generic and has the kernel probe for a
 * driver. It is no failure if there is none. If it is bound to another driver, only the override is
 * cleared.
 *
 * Return: 0, or -ENODEV (no such function), -EBUSY (it has SR-IOV virtual functions, or a process
 * has it open: unbinding would wait for that process, or take the function away from it; or the
 * driver claims it again by its dynamic ids), -EACCES or -EPERM (not root), -E2BIG (padma/params.h).
 */
PADMA_INLINE int padma_pci_restore(const char *address, const struct padma_pci_bind_params *params)
{
	return padma_pci_restore_sized(address, sizeof(struct padma_pci_bind_params), params);
}

/**
 * struct padma_pci_holder - a process that has a function open
 * @pid: the process
 * @name: its name, as in /proc/PID/comm; "" if it cannot be read
 */
struct padma_pci_holder {
	int pid;
	char name[20];
};

/**
 * struct padma_pci_state - which driver owns a function, and which processes use it
 * @driver: the kernel's driver; "" if none is bound
 * @driver_override: the only driver that may bind it; "" if any may
 * @node: VFIO's character device, for example "/dev/vfio/devices/noiommu-vfio0"; "" if VFIO
 * offers none
 * @group_node: VFIO's older way to it, for example "/dev/vfio/noiommu-0"; "" if there is none
 * @uio_node: the node of a userspace I/O driver, uio_pci_generic for example: "/dev/uio0"; "" if
 * none is bound
 * @noiommu: VFIO drives it without an IOMMU
 * @holders: processes that have one of the nodes open, or (if the kernel shows it, as Linux 7.3 does)
 * a device that a group gave, @holder_count of them, owned by the state
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

/* private: padma_pci_state_get() with the sizes that the caller was compiled with */
PADMA_API int padma_pci_state_get_sized(const char *address, size_t params_bytes,
					const struct padma_pci_bind_params *params,
					size_t state_bytes, size_t holder_bytes,
					struct padma_pci_state *state);

/**
 * padma_pci_state_get() - which driver owns a function, and which processes use it
 * @address: the function
 * @params: where, or NULL
 * @state: filled; the caller frees it by padma_pci_state_put()
 *
 * Return: 0, or -ENODEV, -ENOMEM, -E2BIG (padma/params.h); @state is empty then.
 */
PADMA_INLINE int padma_pci_state_get(const char *address,
				     const struct padma_pci_bind_params *params,
				     struct padma_pci_state *state)
{
	return padma_pci_state_get_sized(address, sizeof(struct padma_pci_bind_params), params,
					 sizeof(struct padma_pci_state),
					 sizeof(struct padma_pci_holder), state);
}

/**
 * padma_pci_state_put() - free what a state holds
 * @state: the state; its holders are gone afterwards
 */
PADMA_API void padma_pci_state_put(struct padma_pci_state *state);

/**
 * enum padma_pci_use_kind - what a function is used for
 * @PADMA_PCI_USE_MOUNT: a file system on it is mounted, in any mount namespace that a visible
 * process is in
 * @PADMA_PCI_USE_SWAP: the machine swaps to it
 * @PADMA_PCI_USE_STACKED: a block device is made of it: device mapper, RAID, a loop device
 * @PADMA_PCI_USE_TARGET: the kernel's NVMe target exports it
 * @PADMA_PCI_USE_OPEN: a process has one of its device nodes open or mapped
 * @PADMA_PCI_USE_NETWORK: an interface of it is up, has an address, a route of any table, something
 * that is stacked on it or that it belongs to, an XDP program, a packet socket; or is in another
 * network namespace
 * @PADMA_PCI_USE_VIRTUAL_FUNCTIONS: it has SR-IOV virtual functions
 * @PADMA_PCI_USE_CLAIMED: the kernel refuses an exclusive open, and does not report the owner of
 * the claim; only padma_pci_bind() checks that
 */
enum padma_pci_use_kind {
	PADMA_PCI_USE_MOUNT,
	PADMA_PCI_USE_SWAP,
	PADMA_PCI_USE_STACKED,
	PADMA_PCI_USE_TARGET,
	PADMA_PCI_USE_OPEN,
	PADMA_PCI_USE_NETWORK,
	PADMA_PCI_USE_VIRTUAL_FUNCTIONS,
	PADMA_PCI_USE_CLAIMED,
};

/**
 * struct padma_pci_use - one use of a function
 * @kind: what for
 * @device: the block device, character device or interface that is used, as the kernel names it; ""
 * if it is none
 * @pid: the process behind it, for a mount or interface one that is in the namespace in question;
 * 0: none
 * @process: its name, as in /proc/PID/comm
 * @text: all of that in words, for example "a file system on nvme0n1p1 is mounted at /srv"
 */
struct padma_pci_use {
	enum padma_pci_use_kind kind;
	char device[64];
	int pid;
	char process[20];
	char text[320];
};

/**
 * struct padma_pci_uses - the uses of a function, the gravest first
 * @list: @count of them, owned by the structure
 * @count: how many
 */
struct padma_pci_uses {
	struct padma_pci_use *list;
	size_t count;
};

/* private: padma_pci_uses_get() with the sizes that the caller was compiled with */
PADMA_API int padma_pci_uses_get_sized(const char *address, size_t params_bytes,
				       const struct padma_pci_bind_params *params,
				       size_t uses_bytes, size_t use_bytes,
				       struct padma_pci_uses *uses);

/**
 * padma_pci_uses_get() - what a function is used for, while a kernel driver owns it
 * @address: the function
 * @params: where, or NULL; noiommu, uio, force and wait_ms are ignored
 * @uses: filled; the caller frees it by padma_pci_uses_put()
 *
 * Nothing is changed, and no disk of the function is opened. Without root, processes of other users
 * and their namespaces are not seen. A function that is bound to VFIO or UIO has no uses here: the
 * processes that have it open are in its padma_pci_state. What cannot be seen: a descriptor in flight
 * through a socket, and a mount or interface in a namespace that no visible process is in; the claim
 * of padma_pci_bind() detects the mount, and a network driver without any visible interface counts as
 * in use.
 *
 * Threading: any thread.
 *
 * Return: 0, or -ENODEV (no such function), -ENOMEM, -E2BIG (padma/params.h), or the error of rtnetlink;
 * @uses is empty then.
 */
PADMA_INLINE int padma_pci_uses_get(const char *address, const struct padma_pci_bind_params *params,
				    struct padma_pci_uses *uses)
{
	return padma_pci_uses_get_sized(address, sizeof(struct padma_pci_bind_params), params,
					sizeof(struct padma_pci_uses), sizeof(struct padma_pci_use),
					uses);
}

/**
 * padma_pci_uses_put() - free a list of uses
 * @uses: the list, which is empty afterwards
 */
PADMA_API void padma_pci_uses_put(struct padma_pci_uses *uses);

/**
 * padma_pci_use_kind_name() - the name of a kind of use
 * @kind: the kind
 *
 * Return: "mount", "swap", "stacked", "target", "open", "network", "virtual functions" or
 * "claimed"; never NULL.
 */
PADMA_API const char *padma_pci_use_kind_name(enum padma_pci_use_kind kind);

PADMA_END_DECLS

#endif
