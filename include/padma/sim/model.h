/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/sim/model.h - writing a simulated device
 *
 * A model implements a device: its registers, its DMA, its interrupts. It is a table of functions and
 * properties, struct padma_sim_model, and one call registers it:
 *
 *     padma_sim_model_add(&my_model);
 *     padma_device_open(space, "sim:my,key=value", &device);
 *
 * The library puts a PCI function in front of it: configuration space with BARs that can be sized,
 * capabilities, power states and resets; MSI-X, MSI and the interrupt pin; and a bus that translates dma
 * addresses and records what it refuses. Every model therefore has the same keys beside its own ones
 * (docs/simulated-devices.md): help, step, trap, reset, fault, seed, hostile, hostile-rate, hostile-after and
 * hostile-kinds; and it can be removed, by surprise or on request, by the calls of padma/sim.h.
 *
 * Write a model from the device's specification, never from the driver: a bug in one must not be hidden by
 * the same bug in the other.
 *
 * Threading: a device has one lock. All functions of the model are called with it held, by the
 * thread that accesses a register, steps the device or is the device's own: a model can be written as
 * single-threaded code. Only its direct memory is shared without the lock, with the driver's stores. The functions
 * below that take a struct padma_sim_function are called by the model, from its own functions, under that
 * lock; none of them blocks. A model must not call anything that takes a struct padma_device of its own
 * device (padma_bar_*(), padma_device_*(), padma_sim_step() ...): those would wait for the same lock for ever.
 */
#ifndef PADMA_SIM_MODEL_H
#define PADMA_SIM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/device.h>
#include <padma/dma.h>
#include <padma/export.h>
#include <padma/sim.h>

PADMA_BEGIN_DECLS

/* Direct areas that a function can have, in all its BARs together. */
#define PADMA_SIM_DIRECTS 8

/**
 * enum padma_sim_key_type - what follows the '=' of a key
 * @PADMA_SIM_KEY_FLAG: nothing, and no '='; the field is a bool
 * @PADMA_SIM_KEY_NUMBER: decimal or 0x; the field is a uint64_t
 * @PADMA_SIM_KEY_SIZE: a number of bytes, which K, M, G or T may follow (powers of 1024); a uint64_t
 * @PADMA_SIM_KEY_TEXT: characters other than a comma; the field is a char *, owned by the library until
 *	the model's destroy() has returned, NULL unless the key was given
 */
enum padma_sim_key_type {
	PADMA_SIM_KEY_FLAG,
	PADMA_SIM_KEY_NUMBER,
	PADMA_SIM_KEY_SIZE,
	PADMA_SIM_KEY_TEXT,
};

/**
 * struct padma_sim_key - a key of the device's name, "sim:MODEL,name=value"
 * @name: the key; NULL ends a table
 * @type: what it takes
 * @offset: of its field in the model's state, offsetof()
 * @min: the least value of a number or size, and the least length of a text
 * @max: and the greatest
 * @initial: what a number or size is unless the key is given
 * @help: what it means, in a few words; shown by the key "help"
 * @reserved: zero
 */
struct padma_sim_key {
	const char *name;
	enum padma_sim_key_type type;
	size_t offset;
	uint64_t min, max;
	uint64_t initial;
	const char *help;
	uint64_t reserved[2];
};

/**
 * struct padma_sim_bar - one base address register (PCI Local Bus 3.0, 6.2.5.1): memory
 * @bytes: its size, a power of two from 16 on; 0 if it is not implemented
 * @is_64bit: it takes the next register, too, which must not be implemented
 * @prefetchable: reads have no side effects: a bit of the register
 * @reserved: zero
 */
struct padma_sim_bar {
	uint64_t bytes;
	bool is_64bit;
	bool prefetchable;
	uint16_t reserved[3];
};

/**
 * struct padma_sim_direct - a part of a BAR that is plain memory, as doorbells are
 * @bar: in which BAR
 * @offset: in bytes
 * @bytes: how many; 0 if there is no such area. Both are multiples of 4
 * @memory: what a driver reads and writes there, without the model being called: at least @bytes, aligned
 *	to 8, owned by the model, valid until its destroy()
 * @reserved: zero
 *
 * The driver stores with release order; load it with acquire order (__atomic builtins) to see what was
 * written before. With the key "trap" accesses are calls of the library, which does the same loads
 * and stores; the model is not called.
 */
struct padma_sim_direct {
	unsigned int bar;
	uint64_t offset;
	uint64_t bytes;
	void *memory;
	uint64_t reserved;
};

/**
 * struct padma_sim_capability - a capability that the model adds
 * @id: the capability's ID (PCI Local Bus 3.0, 6.7), or extended capability's (PCI Express Base 3.0, 7.9.3)
 * @is_extended: it belongs to the list at 0x100, whose headers have 4 bytes instead of 2
 * @version: of an extended capability, 0 to 15
 * @offset: its offset in configuration space, a multiple of 4; 0 to let the library choose
 * @bytes: how many it has, with its header
 * @data: their initial values, @bytes of them; the library writes the header
 * @writable: a 1 for each bit that can be written, @bytes long; NULL for none
 * @clear_by_one: a 1 for each bit that is cleared by writing 1, @bytes long; NULL for none
 * @reserved: zero
 *
 * What @data, @writable and @clear_by_one point to is read while the device is opened, and not later.
 */
struct padma_sim_capability {
	uint16_t id;
	bool is_extended;
	uint8_t version;
	uint16_t offset;
	uint16_t bytes;
	const uint8_t *data;
	const uint8_t *writable;
	const uint8_t *clear_by_one;
	uint64_t reserved;
};

/**
 * struct padma_sim_shape - the PCI function of a model
 * @vendor: vendor ID
 * @device: device ID
 * @subsystem_vendor: subsystem vendor ID; 0 for @vendor
 * @subsystem: subsystem ID; 0 for @device if @subsystem_vendor is 0, too
 * @class_code: base class, sub-class and programming interface, 24 bits
 * @revision: revision ID
 * @is_conventional: a conventional PCI device: 256 bytes of configuration space, neither an express capability nor
 *	a function level reset; the key "reset" starts as "bus" instead of "flr"
 * @bars: its BARs
 * @directs: the parts of them that are plain memory
 * @msix_vectors: vectors of MSI-X, 1 to 2048; 0 for none
 * @msix_table_bar: the BAR with the table of MSI-X
 * @msix_pba_bar: the BAR with its pending bits
 * @msix_table: where in the BAR the table starts, a multiple of 8. The library implements it
 * @msix_pba: where the pending bits start, a multiple of 8
 * @msi_vectors: vectors of MSI: 1, 2, 4, 8, 16 or 32; 0 for none
 * @msi_maskable: MSI with a mask bit for each vector
 * @capabilities: capabilities beside power management, MSI-X, MSI and PCI Express, which the library
 *	makes; NULL for none
 * @capability_count: how many
 * @reserved: zero
 *
 * A model with asserts() has the interrupt pin INTA.
 */
struct padma_sim_shape {
	uint16_t vendor, device;
	uint16_t subsystem_vendor, subsystem;
	uint32_t class_code;
	uint8_t revision;
	bool is_conventional;
	struct padma_sim_bar bars[PADMA_DEVICE_BARS];
	struct padma_sim_direct directs[PADMA_SIM_DIRECTS];
	unsigned int msix_vectors;
	unsigned int msix_table_bar, msix_pba_bar;
	uint32_t msix_table, msix_pba;
	unsigned int msi_vectors;
	bool msi_maskable;
	const struct padma_sim_capability *capabilities;
	unsigned int capability_count;
	uint64_t reserved[4];
};

/* The bit of a fault in struct padma_sim_model.faults and struct padma_sim_function.faults. */
#define PADMA_SIM_FAULT_BIT(kind) (1u << (kind))

/**
 * struct padma_sim_function - the PCI function in front of a model, owned by the library
 * @name: the name that the device was opened by, or the start of a long one; for messages
 * @stepped: it runs by padma_sim_step() only (the key "step"). Anything that a driver waits for in the thread
 *	that would step the device should then be done at once
 * @seed: the key "seed", 1 if it was not given: for the model's random choices
 * @faults: PADMA_SIM_FAULT_BITs of the faults that are armed now
 *
 * The model reads it; private members follow.
 */
struct padma_sim_function {
	const char *name;
	bool stepped;
	uint64_t seed;
	uint32_t faults;
};

/**
 * struct padma_sim_model - a model
 * @name: the MODEL of "sim:MODEL": letters, digits, '-' and '_', at most 31
 * @help: what it is, in a few words
 * @shape: its function, as all devices of the model have it
 * @keys: keys of the device's name, up to one whose name is NULL; or NULL. See docs/simulated-devices.md
 *	for the names that are taken
 * @state_bytes: the size of its state, a structure of the model's that the library allocates, zeroed, for
 *	each device; the keys' fields are in it, set before create()
 * @faults: PADMA_SIM_FAULT_BITs of the faults that the model carries out. PADMA_SIM_FAULT_REGISTERS,
 *	_MASTER_STUCK and, for a reset of the function, _SLOW_RESET are carried out by the library, for all
 *	models
 * @create: create a device: check the keys, fill @state, change *@shape (a copy of the model's) if the
 *	keys make it differ, keep @function, which lives until destroy() has returned. Not under the lock, as
 *	nothing else has the device yet. DMA and interrupts are not possible yet. 0, or a negative errno with
 *	the reason noted by padma_fail(), whose sentence begins with function->name; nothing of the device may
 *	be left then, as destroy() is not called. NULL: nothing is to be done
 * @destroy: free what create() made, but not the state. No other function of the model is called any
 *	more. NULL: nothing is to be done
 * @read: a register is read: its value, of which the lowest @width bytes count. @width is 1, 2, 4 or 8; the
 *	access is within the BAR, and outside its direct areas, the interrupt table and the pending bits; it
 *	may be unaligned. NULL: registers read as 0
 * @write: a register is written. NULL: writes have no effect
 * @run: do pending work, at most @limit units (0: no limit), and return how many were done. The model
 *	defines the unit: a command, a packet. Called repeatedly by the device's own thread, or by
 *	padma_sim_step(). The device's own thread passes a limit of some dozens, so that register
 *	accesses need not wait long. NULL: the device only answers accesses
 * @reset: the function was reset (PCI Express Base 3.0, 6.6.2): all state is as after create(), and no
 *	earlier work is carried out any more. Configuration space has been reset. NULL: nothing to do
 * @asserts: whether the interrupt pin is asserted now: a level. Checked after each register write and each
 *	run(), and when the host reads the pin. NULL: the function has no pin
 *
 * @config_read: the host is about to read @bytes of configuration space from @offset on. For registers of the
 *	model's capabilities whose value depends on something else: it sets them by padma_sim_config_set(). NULL: nothing
 *	to do
 * @config_write: the host has written there, as far as the bits are writable; padma_sim_config_get() has the values.
 *	Called also where the write requests a reset of the function, before that. NULL: nothing to do
 *
 * The table, and what it points to, must stay until the process ends: there is no call to remove a model.
 */
struct padma_sim_model {
	const char *name;
	const char *help;
	const struct padma_sim_shape *shape;
	const struct padma_sim_key *keys;
	size_t state_bytes;
	uint32_t faults;
	int (*create)(void *state, struct padma_sim_function *function,
		      struct padma_sim_shape *shape);
	void (*destroy)(void *state);
	uint64_t (*read)(void *state, unsigned int bar, uint64_t offset, unsigned int width);
	void (*write)(void *state, unsigned int bar, uint64_t offset, uint64_t value,
		      unsigned int width);
	unsigned int (*run)(void *state, unsigned int limit);
	void (*reset)(void *state);
	bool (*asserts)(void *state);
	void (*config_read)(void *state, unsigned int offset, unsigned int bytes);
	void (*config_write)(void *state, unsigned int offset, unsigned int bytes);
};

/* private: padma_sim_model_add() with the sizes that the caller was compiled against */
PADMA_API int padma_sim_model_add_sized(size_t model_bytes, size_t shape_bytes,
					const struct padma_sim_model *model);

/**
 * padma_sim_model_add() - register a model: "sim:NAME" opens it from now on
 * @model: the model; it and what it points to stay the caller's, and must stay until the process ends
 *
 * The table is checked; a model cannot be removed. Any thread.
 *
 * Return: 0, or -EINVAL (an error in the table, which the message names), -EEXIST (there is a
 * model of that name), -E2BIG (it uses members that this library does not have), -ENOMEM.
 */
PADMA_INLINE int padma_sim_model_add(const struct padma_sim_model *model)
{
	return padma_sim_model_add_sized(sizeof(struct padma_sim_model),
					 sizeof(struct padma_sim_shape), model);
}

/**
 * padma_sim_dma_read() - the device reads memory
 * @function: the function
 * @dma: where, as the driver gave it to the device
 * @to: filled
 * @bytes: how many
 *
 * All or nothing. Refused, and recorded for padma_sim_dma_faults(), if no memory is mapped there, or
 * bus mastering is off.
 *
 * Return: 0, or -EFAULT.
 */
PADMA_API int padma_sim_dma_read(struct padma_sim_function *function, padma_dma_t dma, void *to,
				 size_t bytes);

/**
 * padma_sim_dma_write() - the device writes memory
 * @function: the function
 * @dma: where, as the driver gave it to the device
 * @from: what
 * @bytes: how many
 *
 * As padma_sim_dma_read(). No order among the bytes, nor between this and the next: what the driver polls
 * is written by padma_sim_dma_store().
 *
 * Return: 0, or -EFAULT.
 */
PADMA_API int padma_sim_dma_write(struct padma_sim_function *function, padma_dma_t dma,
				  const void *from, size_t bytes);

/**
 * padma_sim_dma_load() - the device reads a word that the driver changes at any time
 * @function: the function
 * @dma: where; a multiple of @width
 * @value: set to the little-endian word there. What the driver stored before it, with release order, is seen
 *	by the accesses that follow
 * @width: 1, 2, 4 or 8 bytes
 *
 * Return: 0, or -EFAULT as padma_sim_dma_read(); also where @dma or @width is not as above.
 */
PADMA_API int padma_sim_dma_load(struct padma_sim_function *function, padma_dma_t dma,
				 uint64_t *value, unsigned int width);

/**
 * padma_sim_dma_store() - the device writes a word that the driver polls
 * @function: the function
 * @dma: where; a multiple of @width
 * @value: stored as a little-endian word, at once, and seen after everything that was written before
 * @width: 1, 2, 4 or 8 bytes
 *
 * Return: 0, or -EFAULT as padma_sim_dma_write(); also where @dma or @width is not as above.
 */
PADMA_API int padma_sim_dma_store(struct padma_sim_function *function, padma_dma_t dma,
				  uint64_t value, unsigned int width);

/**
 * padma_sim_dma_make_cold() - push memory out of the processor's caches
 * @function: the function
 * @dma: where
 * @bytes: how many
 *
 * As after DMA on a machine that does not place it there; for measuring. Does nothing if the processor has
 * no such instruction.
 */
PADMA_API void padma_sim_dma_make_cold(struct padma_sim_function *function, padma_dma_t dma,
				       size_t bytes);

/**
 * padma_sim_interrupt() - send an interrupt message, by MSI-X or MSI, whichever the host has enabled
 * @function: the function
 * @vector: which; the host may have granted fewer MSI vectors than there are; it is then taken modulo their number
 *
 * A vector that is masked becomes pending. Does nothing if neither is enabled, or for a vector that does
 * not exist: a model calls it whenever its specification requires a message. The pin is not an event:
 * see asserts().
 */
PADMA_API void padma_sim_interrupt(struct padma_sim_function *function, unsigned int vector);

/**
 * padma_sim_interrupt_vectors() - how many messages the host has enabled
 * @function: the function
 *
 * Return: vectors of MSI-X or MSI, 0 if neither is enabled and there is only the pin.
 */
PADMA_API unsigned int padma_sim_interrupt_vectors(const struct padma_sim_function *function);

/**
 * padma_sim_config_get() - what configuration space holds
 * @function: the function
 * @offset: from where on
 * @data: filled
 * @bytes: how many
 *
 * Return: 0, or -EINVAL: there is no such place.
 */
PADMA_API int padma_sim_config_get(const struct padma_sim_function *function, unsigned int offset,
				   void *data, unsigned int bytes);

/**
 * padma_sim_config_set() - change what configuration space holds
 * @function: the function
 * @offset: from where on: in a capability of the model's
 * @data: the new bytes, whether or not the host can write them
 * @bytes: how many
 *
 * For registers of the model's own capabilities. A reset of the function makes them what they were at first.
 *
 * Return: 0, or -EINVAL: there is no such place.
 */
PADMA_API int padma_sim_config_set(struct padma_sim_function *function, unsigned int offset,
				   const void *data, unsigned int bytes);

/**
 * padma_sim_now() - the device's clock, the unit of delays
 * @function: the function
 *
 * Return: monotonic nanoseconds; how often padma_sim_step() was called, if the device is stepped.
 */
PADMA_API uint64_t padma_sim_now(const struct padma_sim_function *function);

/**
 * padma_sim_fault_strike() - which armed faults strike the next command
 * @function: the function
 *
 * For models that carry out the faults of commands (from PADMA_SIM_FAULT_DROP to _FATAL): call it once for each
 * command that is taken in. It counts the faults down. Not needed while function->faults is 0.
 *
 * Return: their PADMA_SIM_FAULT_BITs.
 */
PADMA_API uint32_t padma_sim_fault_strike(struct padma_sim_function *function);

/**
 * padma_sim_fault_value() - the value of a fault that strikes, or struck
 * @function: the function
 * @kind: the fault
 *
 * Return: struct padma_sim_fault.value.
 */
PADMA_API uint64_t padma_sim_fault_value(const struct padma_sim_function *function,
					 enum padma_sim_fault_kind kind);

/**
 * padma_sim_fault_take_slow() - how long the model's next reset or shutdown takes
 * @function: the function
 * @kind: PADMA_SIM_FAULT_SLOW_RESET or PADMA_SIM_FAULT_SLOW_SHUTDOWN, which is disarmed by this
 *
 * Return: how long, in the unit of padma_sim_now(); 0 if the fault is not armed.
 */
PADMA_API uint64_t padma_sim_fault_take_slow(struct padma_sim_function *function,
					     enum padma_sim_fault_kind kind);

/**
 * padma_sim_driver_error() - record that the driver violated the device's specification
 * @function: the function
 * @format: what it did, and what the specification asks for, as for printf()
 *
 * For what has undefined behaviour on a real device: a tail beyond the ring, a register that must not be
 * written now. The model continues as well as it can. Counted, and kept for padma_sim_driver_errors(); the first
 * ones are logged as warnings.
 */
PADMA_API void padma_sim_driver_error(struct padma_sim_function *function, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

PADMA_END_DECLS

#endif
