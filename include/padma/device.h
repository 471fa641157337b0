/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/device.h - opened PCI functions
 *
 * A device is opened by a string, in a space, whose memory it may then use: a PCI address
 * ("0000:00:04.0") or a simulated device ("sim:nvme,size=1G"). The order of calls:
 *
 *     padma_space_open           or padma_space_open_for, for one that suits the device
 *       padma_device_open
 *         padma_device_reset, or the driver's own reset and padma_device_declare_quiesced
 *         padma_device_bus_master(device, true)
 *         ...
 *       padma_device_close       bus mastering off, read back, then detached
 *     padma_space_close
 *
 * Registers go through accessors: a part of a BAR that is mapped is read and written directly, the
 * rest through the provider (a simulated device traps it; VFIO has regions that cannot be mapped).
 *
 * Threading: opening, closing, reset, configuration space, turning bus mastering on and interrupts
 * belong to one thread at a time, the owner. Beside it any thread may look at the state of the device
 * and quiesce it (padma_device_check(), padma_device_quiesce(), padma_device_unresponsive()). Register
 * accesses may come from any thread, as far as the hardware's own rules allow. After
 * fork() a device is the parent's: the child must not use or close it, and keeps it open for as long
 * as it lives or until it executes another program.
 */
#ifndef PADMA_DEVICE_H
#define PADMA_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/bar.h>
#include <padma/export.h>
#include <padma/space.h>

PADMA_BEGIN_DECLS

#define PADMA_DEVICE_BARS 6

struct padma_device;

/**
 * enum padma_device_state - what is known of a device; it only moves forward in this order
 * @PADMA_DEVICE_OK: nothing is wrong
 * @PADMA_DEVICE_REMOVAL_REQUESTED: its removal is requested: stop using it and close it
 * @PADMA_DEVICE_FAILED: its registers do not respond, and it could not be shown that it does no DMA.
 *	Memory that it was given stays in use: no command ends, no ring is freed
 * @PADMA_DEVICE_GONE: it does no DMA any more and never will: its configuration space says that it
 *	is off the bus, or its bus mastering was turned off and read back off after its registers had
 *	stopped responding. Its memory may be reused
 */
enum padma_device_state {
	PADMA_DEVICE_OK,
	PADMA_DEVICE_REMOVAL_REQUESTED,
	PADMA_DEVICE_FAILED,
	PADMA_DEVICE_GONE,
};

/**
 * enum padma_reset_kind - how the kernel resets a function, in the order of what that promises
 * @PADMA_RESET_NONE: not at all
 * @PADMA_RESET_PM: by power states, D3hot and back (PCI Power Management 1.2, 5.4). What that does to
 *	a function depends on the function: some continue where they were, their rings still
 *	armed
 * @PADMA_RESET_BUS: the bus or slot that it is alone on (PCI Express Base 5.0, 6.6.1)
 * @PADMA_RESET_FLR: a function level reset (6.6.2), or a way made for this very device
 */
enum padma_reset_kind {
	PADMA_RESET_NONE,
	PADMA_RESET_PM,
	PADMA_RESET_BUS,
	PADMA_RESET_FLR,
};

/* private: padma_space_open_for() with the layout and the size that the caller was compiled with */
PADMA_API int padma_space_open_for_sized(unsigned int abi, size_t params_bytes, const char *name,
					 const struct padma_space_params *params,
					 struct padma_space **space);

/**
 * padma_space_open_for() - make a space that a device can join
 * @name: the device, as for padma_device_open(), which is not opened
 * @params: as for padma_space_open(). If no backend is named, it is the first that works of
 *	those that take such a device: simulated, behind an IOMMU, or without one
 * @space: set to the space, which the caller owns until padma_space_close()
 *
 * Return: as padma_space_open(), or -EINVAL, -ENODEV, -EBUSY (the kind of the device cannot be determined;
 * as for padma_device_open()).
 */
PADMA_INLINE int padma_space_open_for(const char *name, const struct padma_space_params *params,
				      struct padma_space **space)
{
	return padma_space_open_for_sized(PADMA_SPACE_ABI, sizeof(struct padma_space_params), name,
					  params, space);
}

/**
 * enum padma_irq_kind - how a function interrupts
 * @PADMA_IRQ_NONE: it cannot, or the kernel has no way to deliver it
 * @PADMA_IRQ_INTX: one level-triggered line (PCI Local Bus 3.0, 2.2.6), perhaps shared with other
 *	functions: one vector, to be unmasked after each firing (padma_device_irq_unmask())
 * @PADMA_IRQ_MSI: messages (6.8.1), up to 32 vectors; many machines give a function only one
 * @PADMA_IRQ_MSIX: messages by a table of up to 2048 vectors (6.8.2)
 */
enum padma_irq_kind {
	PADMA_IRQ_NONE,
	PADMA_IRQ_INTX,
	PADMA_IRQ_MSI,
	PADMA_IRQ_MSIX,
};

/**
 * padma_device_open() - open a device by its name and attach it to a space
 * @space: the space; must outlive the device
 * @name: a PCI address, sim:MODEL[,key=value...] or vhost-user:PATH[,key=value...]
 * @device: set to the device, which the caller owns until padma_device_close()
 *
 * Bus mastering is off afterwards. Attaching may resolve memory that was mapped before.
 *
 * Return: 0, or -EINVAL (the name, a key in it, or a device of another kind than the space's),
 * -ENODEV (no such device, no driver bound to it, or nothing in this build opens such a name),
 * -EBUSY (the kernel's driver or another process has it), -EACCES, -EPERM (CAP_SYS_RAWIO),
 * -EFAULT, -ENOMEM (memory that was mapped before cannot be pinned), -EADDRINUSE, -ENOSPC (behind
 * an IOMMU: memory is at addresses that it reserves for this device; it allows too few), -EIO (its
 * bus mastering cannot be turned off), -ERANGE
 * (the first device: the low memory that the space is to set aside could not be found, or a pool that
 * was opened before does not meet its constraints).
 */
PADMA_API int padma_device_open(struct padma_space *space, const char *name,
				struct padma_device **device);

/**
 * padma_device_close() - quiesce the device, detach it and close it
 * @device: the device; NULL is allowed
 *
 * Turns bus mastering off and reads it back before anything else: a device that may still do DMA is
 * not closed, and keeps its memory. May take long, a minute and more, if a device was pulled out
 * and its slot did not report it: the kernel resets it and waits.
 *
 * Return: 0, or -EBUSY (its bus mastering cannot be turned off, and it is not off the bus). Nothing
 * is closed then, and it may be called again, for instance after padma_device_reset().
 */
PADMA_API int padma_device_close(struct padma_device *device);

/**
 * padma_device_name() - the name that the device was opened by
 * @device: the device
 *
 * Return: the string, owned by the device.
 */
PADMA_API const char *padma_device_name(const struct padma_device *device);

/**
 * padma_device_space() - the space that the device is attached to
 * @device: the device
 *
 * Return: the space.
 */
PADMA_API struct padma_space *padma_device_space(const struct padma_device *device);

/**
 * padma_device_bar() - a base address register's memory
 * @device: the device
 * @index: 0 to 5
 *
 * Return: the BAR, owned by the device; NULL if it is not implemented, is I/O space, or is the
 * upper half of a 64-bit BAR.
 */
PADMA_API const struct padma_bar *padma_device_bar(const struct padma_device *device,
						   unsigned int index);

/**
 * padma_device_config_read() - read bytes of configuration space
 * @device: the device
 * @offset: in bytes
 * @data: filled, little-endian as on the bus
 * @bytes: how many
 *
 * Return: 0, or -EINVAL (out of range), -EIO (it cannot be read now), -ENODEV (the device is gone).
 * @data is all ones if it fails, unless it is out of range.
 */
PADMA_API int padma_device_config_read(struct padma_device *device, unsigned int offset, void *data,
				       size_t bytes);

/**
 * padma_device_config_write() - write bytes of configuration space
 * @device: the device
 * @offset: in bytes
 * @data: little-endian as on the bus
 * @bytes: how many
 *
 * A write that would turn bus mastering on is subject to the rule of padma_device_bus_master().
 *
 * Return: 0, or -EINVAL (out of range), -EPERM (bus mastering is not allowed yet; nothing was
 * written), -EIO, -ENODEV (the device is gone).
 */
PADMA_API int padma_device_config_write(struct padma_device *device, unsigned int offset,
					const void *data, size_t bytes);

/**
 * struct padma_device_ids - the identity of a function (PCI Local Bus 3.0, 6.2.1)
 * @vendor: Vendor ID
 * @device: Device ID
 * @subsystem_vendor: Subsystem Vendor ID
 * @subsystem: Subsystem ID
 * @class_code: base class, sub-class and programming interface: 0x010802 for NVMe
 * @revision: Revision ID
 */
struct padma_device_ids {
	uint16_t vendor;
	uint16_t device;
	uint16_t subsystem_vendor;
	uint16_t subsystem;
	uint32_t class_code;
	uint8_t revision;
};

/* private: padma_device_ids() with the size that the caller was compiled with */
PADMA_API int padma_device_ids_sized(struct padma_device *device, size_t ids_bytes,
				     struct padma_device_ids *ids);

/**
 * padma_device_ids() - ids and class of an opened device
 * @device: the device
 * @ids: filled; not changed by a call that fails
 *
 * For a driver to check that the device is one that it drives. Owner only.
 *
 * Return: 0, or -EIO (configuration space cannot be read now), -ENODEV (the device is gone).
 */
PADMA_INLINE int padma_device_ids(struct padma_device *device, struct padma_device_ids *ids)
{
	return padma_device_ids_sized(device, sizeof(struct padma_device_ids), ids);
}

/**
 * padma_config_read8() - read one byte of configuration space
 * @device: the device
 * @offset: in bytes
 * @value: set; all ones if it fails
 *
 * Return: as padma_device_config_read().
 */
PADMA_API int padma_config_read8(struct padma_device *device, unsigned int offset, uint8_t *value);

/**
 * padma_config_read16() - read a 16-bit register of configuration space
 * @device: the device
 * @offset: in bytes, a multiple of 2
 * @value: set, in the processor's byte order; all ones if it fails
 *
 * Return: as padma_device_config_read(), -EINVAL also for another @offset.
 */
PADMA_API int padma_config_read16(struct padma_device *device, unsigned int offset,
				  uint16_t *value);

/**
 * padma_config_read32() - read a 32-bit register of configuration space
 * @device: the device
 * @offset: in bytes, a multiple of 4
 * @value: set, in the processor's byte order; all ones if it fails
 *
 * Return: as padma_device_config_read(), -EINVAL also for another @offset.
 */
PADMA_API int padma_config_read32(struct padma_device *device, unsigned int offset,
				  uint32_t *value);

/**
 * padma_config_write8() - write one byte of configuration space
 * @device: the device
 * @offset: in bytes
 * @value: the byte
 *
 * Return: as padma_device_config_write().
 */
PADMA_API int padma_config_write8(struct padma_device *device, unsigned int offset, uint8_t value);

/**
 * padma_config_write16() - write a 16-bit register of configuration space
 * @device: the device
 * @offset: in bytes, a multiple of 2
 * @value: in the processor's byte order
 *
 * Return: as padma_device_config_write(), -EINVAL also for another @offset.
 */
PADMA_API int padma_config_write16(struct padma_device *device, unsigned int offset,
				   uint16_t value);

/**
 * padma_config_write32() - write a 32-bit register of configuration space
 * @device: the device
 * @offset: in bytes, a multiple of 4
 * @value: in the processor's byte order
 *
 * Return: as padma_device_config_write(), -EINVAL also for another @offset.
 */
PADMA_API int padma_config_write32(struct padma_device *device, unsigned int offset,
				   uint32_t value);

/**
 * padma_device_find_capability() - find a capability in configuration space
 * @device: the device
 * @id: Capability ID (PCI Local Bus 3.0, 6.7 and appendix H)
 * @after: 0 for the first, or the offset of the one before, for the next of the same id
 *
 * The whole list is walked and checked each time, as the device is not trusted: one with a loop, a pointer into
 * the header, or capabilities that overlap or run over the end is refused. The lowest two bits of
 * pointers are reserved and masked, as the specification requires. Owner only.
 *
 * Return: the capability's offset (0x40 to 0xfc), 0 if there is none, or -EINVAL (@after is not the
 * offset of a capability), -EPROTO (the list is broken), -EIO, -ENODEV (the device is gone).
 */
PADMA_API int padma_device_find_capability(struct padma_device *device, uint8_t id,
					   unsigned int after);

/**
 * padma_device_find_extended_capability() - find an extended capability in configuration space
 * @device: the device
 * @id: PCI Express Extended Capability ID (PCI Express Base 5.0, 7.6)
 * @after: 0 for the first, or the offset of the one before, for the next of the same id
 *
 * Checked as padma_device_find_capability(). A function whose configuration space has 256 bytes has
 * none. Owner only.
 *
 * Return: the capability's offset (0x100 to 0xffc), 0 if there is none, or as
 * padma_device_find_capability().
 */
PADMA_API int padma_device_find_extended_capability(struct padma_device *device, uint16_t id,
						    unsigned int after);

/**
 * padma_device_bus_master() - allow or forbid the device to do DMA
 * @device: the device
 * @on: true to allow. Memory must be mapped by then
 *
 * Writes the Bus Master Enable bit of the Command register (PCI Local Bus 3.0, 6.2.2) and reads it
 * back.
 *
 * The previous user of the device may have left its rings armed, in memory that may belong to another process by
 * now: the device would continue to use them at once. So bus mastering cannot be turned on before the device is
 * known to be quiet: since it was last off, padma_device_reset() must have succeeded by a bus or
 * function level reset (padma_device_reset_kind()), or the driver have called
 * padma_device_declare_quiesced(). Turning bus mastering off, by any call, withdraws that.
 *
 * Return: 0, or -EPERM (the device is not known to be quiet), -EIO (it did not take, or the device
 * has failed), -ENODEV (the device is gone).
 */
PADMA_API int padma_device_bus_master(struct padma_device *device, bool on);

/**
 * padma_device_declare_quiesced() - the driver has quiesced the device by itself
 * @device: the device
 *
 * For drivers whose device can be reset by its registers: call it when that reset is over and
 * all rings are off, so that the device does no DMA until rings are set up again. Bus mastering may
 * be turned on then, until it is turned off again. By the owner only.
 */
PADMA_API void padma_device_declare_quiesced(struct padma_device *device);

/**
 * padma_device_quiesce() - forbid the device to do DMA, from any thread
 * @device: the device
 *
 * Clears Bus Master Enable and reads it back. The answer to that read has pushed all writes of the
 * device before it to memory (PCI Express Base 5.0, 2.4.1): with 0 its DMA is over. Any thread,
 * beside the owner.
 *
 * Return: 0 (bus mastering reads as off, or the device is off the bus), or -EIO (it stays on, or it
 * cannot be read).
 */
PADMA_API int padma_device_quiesce(struct padma_device *device);

/**
 * padma_device_reset_kind() - how the kernel would reset the device
 * @device: the device
 *
 * What the methods in the function's file "reset_method" in sysfs
 * (Documentation/ABI/testing/sysfs-bus-pci) guarantee: the kernel uses the first that is
 * not refused. Kernels before 5.15 do not list them: PADMA_RESET_PM then, which guarantees
 * the least. Owner only.
 *
 * Return: the kind. It fails for none, and logs nothing.
 */
PADMA_API enum padma_reset_kind padma_device_reset_kind(struct padma_device *device);

/**
 * padma_reset_kind_name() - a kind of reset in text
 * @kind: the kind
 *
 * Threading: any thread.
 *
 * Return: "none", "pm", "bus" or "flr", as the key "reset" of simulated devices takes it; "unknown" for
 * any other number.
 */
PADMA_API const char *padma_reset_kind_name(enum padma_reset_kind kind);

/**
 * padma_device_reset() - reset the function, alone, by any method that the kernel has
 * @device: the device
 *
 * When it returns 0, bus mastering and interrupts are off. What else holds depends on
 * padma_device_reset_kind(): after PADMA_RESET_FLR and PADMA_RESET_BUS the function has done its last
 * DMA, its registers have their reset values, and bus mastering may be turned on. After
 * PADMA_RESET_PM nothing is known of the function: its rings may be armed as before (QEMU's e1000e).
 *
 * Return: 0, or -ENOTSUP (the function cannot be reset alone), -ENODEV (the device is gone),
 * -ETIMEDOUT, -EIO (among others: bus mastering cannot be turned off).
 */
PADMA_API int padma_device_reset(struct padma_device *device);

/**
 * padma_device_irq_kind() - which kind of interrupt the device uses
 * @device: the device
 *
 * Return: the best that it has, MSI-X before MSI before INTx; or what padma_device_irq_use() chose.
 */
PADMA_API enum padma_irq_kind padma_device_irq_kind(const struct padma_device *device);

/**
 * padma_irq_kind_name() - a kind of interrupt in text
 * @kind: the kind
 *
 * Threading: any thread.
 *
 * Return: "no interrupts", "INTx", "MSI" or "MSI-X"; "unknown interrupts" for any other number.
 */
PADMA_API const char *padma_irq_kind_name(enum padma_irq_kind kind);

/**
 * padma_device_irq_use() - use another kind of interrupt than the best
 * @device: the device; its interrupts must be off
 * @kind: a kind that it has, or PADMA_IRQ_NONE for the best again
 *
 * For a device whose MSI-X is broken, or to try a driver with what lesser machines have.
 *
 * Return: 0, or -ENOTSUP (it has no such interrupt), -EBUSY (its interrupts are on), -EINVAL.
 */
PADMA_API int padma_device_irq_use(struct padma_device *device, enum padma_irq_kind kind);

/**
 * padma_device_irq_count() - how many interrupt vectors the device has
 * @device: the device
 *
 * Of the kind that padma_device_irq_kind() returns. The machine may have fewer to give: then
 * padma_device_irq_enable() returns -ENOSPC.
 *
 * Return: the number of vectors, 1 for INTx, 0 without interrupts.
 */
PADMA_API unsigned int padma_device_irq_count(const struct padma_device *device);

/**
 * padma_device_irq_enable() - deliver interrupts as eventfds
 * @device: the device
 * @fds: one eventfd per vector from vector 0 on, -1 for a vector without. The device keeps duplicates;
 *	these stay the caller's
 * @count: how many; 0 turns interrupts off
 *
 * Replaces what was set before. An INTx is unmasked. Look at the device once afterwards: what it
 * signalled before is not delivered by all machines.
 *
 * Return: 0, or -EINVAL (more than the device has, or none given), -ENOMEM (or no descriptors left),
 * -ENOSPC (the machine has fewer vectors to give; the error message has the number), -ENXIO (no line is
 * routed to the INTx), -EBUSY (another device has the line, and this one cannot share it), -ENODEV
 * (the device is gone). What was set before stays set then.
 */
PADMA_API int padma_device_irq_enable(struct padma_device *device, const int *fds,
				      unsigned int count);

/**
 * padma_device_irq_unmask() - let an INTx fire again
 * @device: the device
 *
 * An INTx stays asserted until the device has been served, so it is masked when it fires: one
 * firing makes one event, whatever the device does then. Call this after the device has been
 * served (its completions reaped, its status register read or acknowledged: whatever makes it
 * deassert the line); if it still asserts the line, or does so again, that is the next event. Does
 * nothing for MSI and MSI-X, and if interrupts are off: a program may call it after each event,
 * whichever kind the device has.
 *
 * A system call: not for polling loops. Any thread, but not during padma_device_irq_use().
 *
 * Return: 0, or -EIO, -ENODEV (the device is gone).
 */
PADMA_API int padma_device_irq_unmask(struct padma_device *device);

/**
 * padma_device_irq_restore() - deliver interrupts again that a reset turned off
 * @device: the device
 *
 * As the last padma_device_irq_enable() that succeeded, and of the same kind. Does nothing if
 * interrupts were off.
 *
 * Return: as padma_device_irq_enable().
 */
PADMA_API int padma_device_irq_restore(struct padma_device *device);

/**
 * padma_device_state() - what is known of the device
 * @device: the device
 *
 * Any thread. It does not access the device: see padma_device_check().
 *
 * Return: its state, which only moves forward: once it is gone it stays gone.
 */
PADMA_API enum padma_device_state padma_device_state(const struct padma_device *device);

/**
 * padma_device_check() - look whether the device is still on the bus
 * @device: the device
 *
 * The removal of a device may not have been reported yet, or never will be, if its slot reports
 * nothing: this reads its configuration space, which is all ones then (PCI Express Base
 * 5.0, 2.3.2). Its registers are not read. Any thread; it costs a system call or two.
 *
 * Return: its state, as padma_device_state() from now on.
 */
PADMA_API enum padma_device_state padma_device_check(struct padma_device *device);

/**
 * padma_device_unresponsive() - the device's registers no longer respond
 * @device: the device
 *
 * For drivers that read all ones where no register can have them. That alone proves nothing: memory
 * decoding may be off, or the link be down, while the device is there and writes to memory. So its
 * configuration space is read, and if that still answers, bus mastering is turned off and
 * read back. Registers that read as zeros while configuration space answers are no reason to call this:
 * the device is not ready. Any thread; it costs some system calls.
 *
 * Return: PADMA_DEVICE_GONE (off the bus, or bus mastering reads as off: memory may be reused),
 * or PADMA_DEVICE_FAILED (it may still write: memory must not be reused; a later call may find it
 * gone).
 */
PADMA_API enum padma_device_state padma_device_unresponsive(struct padma_device *device);

/**
 * padma_device_removal_fd() - signalled when the removal of the device is requested, or it has failed or is gone
 * @device: the device
 *
 * Return: an eventfd owned by the device, readable after a change of padma_device_state().
 */
PADMA_API int padma_device_removal_fd(const struct padma_device *device);

/**
 * padma_device_catch_sigbus() - survive accesses to a device that is gone
 *
 * On x86 the registers of a device that was pulled out read as all ones or zeros. On other machines
 * an access may end in a SIGBUS instead, and so may one on any machine while the program has turned
 * the function's memory off in its Command register. This installs a handler for the process: if
 * the address is a BAR of an open device, bus mastering is turned off and read back in case the device
 * is still there, padma_device_state() becomes PADMA_DEVICE_GONE or, if it stays on,
 * PADMA_DEVICE_FAILED, and then ordinary memory full of ones takes the BAR's place, around the access:
 * the next one elsewhere in it does the same. Reads of that memory cost nothing, writes a page each.
 * Any other SIGBUS goes to the previous handler.
 * Nothing is installed unless this is called: signals belong to the program. Call it after
 * installing the program's handler; a handler installed later must pass on the signals
 * that it does not handle.
 *
 * Any thread; a second call does nothing.
 *
 * Return: 0, or the errno of sigaction(2).
 */
PADMA_API int padma_device_catch_sigbus(void);

PADMA_END_DECLS

#endif
