// SPDX-License-Identifier: BSD-3-Clause
/*
 * The Command register: who may turn bus mastering on, and what is known of it.
 *
 * While bus mastering is on the device may write to memory, and once the device is gone its memory is
 * given back; so the two must never be true at a time. Any thread may turn bus mastering off and find
 * the device gone, and so may the handler of SIGBUS, while the owner turns it on. Each
 * read-modify-write of the register is therefore made under a lock of its own, with the state and the
 * bookkeeping that depend on it. A mutex is no lock for a signal handler: this one knows its owner,
 * and a handler that interrupted the owner, or has waited too long, gets an answer. Nothing is logged
 * under it, as a program's log function may call back.
 */
#define PADMA_PART "device"
#include "base/base.h"

#include <pthread.h>
#include <time.h>

#include "device/command.h"

/* PCI Local Bus 3.0, 6.2.2: two bytes, and the Bus Master bit in the first. */
#define PCI_COMMAND	       0x04u
#define PCI_COMMAND_END	       0x06u
#define PCI_COMMAND_BUS_MASTER (1u << 2)

#define LOCK_PAUSE_NS	       50000l
/* How long a handler waits for the lock: two seconds at least. */
#define HANDLER_TRIES	       40000u

static bool try_lock(struct padma_device *device)
{
	uintptr_t unlocked = 0;

	return __atomic_compare_exchange_n(&device->command_owner, &unlocked,
					   (uintptr_t)pthread_self(), false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static void pause_for_lock(void)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};

	nanosleep(&pause, NULL);
}

void device_command_lock(struct padma_device *device)
{
	while (!try_lock(device))
		pause_for_lock();
}

void device_command_unlock(struct padma_device *device)
{
	__atomic_store_n(&device->command_owner, 0, __ATOMIC_RELEASE);
}

static bool lock_in_handler(struct padma_device *device)
{
	for (unsigned int i = 0; i < HANDLER_TRIES; i++) {
		if (try_lock(device))
			return true;
		/* This thread has it, and goes on only when the handler returns. */
		if (__atomic_load_n(&device->command_owner, __ATOMIC_RELAXED) ==
		    (uintptr_t)pthread_self())
			return false;
		pause_for_lock();
	}
	return false;
}

/* With the lock, as all that follows until the public calls. */
static void note_bus_master(struct padma_device *device, bool on)
{
	if (device->bus_master == on)
		return;
	device->bus_master = on;
	if (!on)
		device->known_quiet = false;
	space_bus_master(device->space, on);
}

static int quiesce(struct padma_device *device)
{
	int rc = -ENODEV;

	if (padma_device_state(device) != PADMA_DEVICE_GONE)
		rc = device->ops->quiesce(device);
	if (rc == -ENODEV)
		device_set_state(device, PADMA_DEVICE_GONE);
	if (rc && rc != -ENODEV)
		return rc;
	note_bus_master(device, false);
	return 0;
}

static void end(struct padma_device *device)
{
	device_set_state(device, quiesce(device) ? PADMA_DEVICE_FAILED : PADMA_DEVICE_GONE);
}

/* The register as read back counts, not what was written. */
static int read_back(struct padma_device *device, bool wanted)
{
	uint8_t command;
	int rc = device->ops->config_read(device, PCI_COMMAND, &command, sizeof(command));

	if (rc == 0)
		note_bus_master(device, command & PCI_COMMAND_BUS_MASTER);
	else if (rc == -ENODEV)
		note_bus_master(device, false);
	else
		note_bus_master(device, device->bus_master || wanted);
	return rc;
}

static int may_master(const struct padma_device *device)
{
	switch (padma_device_state(device)) {
	case PADMA_DEVICE_GONE:
		return -ENODEV;
	case PADMA_DEVICE_FAILED:
		return -EIO;
	default:
		return device->bus_master || device->known_quiet ? 0 : -EPERM;
	}
}

static int write_and_read_back(struct padma_device *device, unsigned int offset, const void *data,
			       size_t bytes, bool wanted)
{
	int rc = wanted ? may_master(device) : 0;
	int current;

	if (rc)
		return rc;
	rc = device->ops->config_write(device, offset, data, bytes);
	current = read_back(device, wanted);
	return rc ? rc : current;
}

bool command_covered(unsigned int offset, size_t bytes)
{
	return offset < PCI_COMMAND_END && (offset >= PCI_COMMAND || PCI_COMMAND - offset < bytes);
}

/* Whether a write has the Bus Master bit, and has it set. */
static bool wants_bus_master(unsigned int offset, const uint8_t *data, size_t bytes)
{
	return offset <= PCI_COMMAND && PCI_COMMAND - offset < bytes &&
	       data[PCI_COMMAND - offset] & PCI_COMMAND_BUS_MASTER;
}

int command_write(struct padma_device *device, unsigned int offset, const void *data, size_t bytes)
{
	const bool wanted = wants_bus_master(offset, data, bytes);
	int rc;

	/* Memory must not go back between the write and the note of it. */
	if (wanted)
		space_hold_memory(device->space);
	device_command_lock(device);
	rc = write_and_read_back(device, offset, data, bytes, wanted);
	device_command_unlock(device);
	if (wanted)
		space_bus_master(device->space, false);
	return rc;
}

static int turn_on(struct padma_device *device)
{
	uint8_t command[2];
	int rc;

	space_hold_memory(device->space);
	device_command_lock(device);
	rc = device->ops->config_read(device, PCI_COMMAND, command, sizeof(command));
	command[0] |= PCI_COMMAND_BUS_MASTER;
	if (rc == 0)
		rc = write_and_read_back(device, PCI_COMMAND, command, sizeof(command), true);
	if (rc == 0 && !device->bus_master)
		rc = -EIO;
	device_command_unlock(device);
	space_bus_master(device->space, false);
	return rc;
}

static int refuse_bus_master(const struct padma_device *device, int rc)
{
	switch (rc) {
	case -ENODEV:
		return fail(rc, "%s: the device is gone; close it", device->name);
	case -EPERM:
		return fail(rc, "%s: %s", device->name, COMMAND_NOT_QUIET);
	default:
		return fail(rc, "%s: bus mastering stays off%s", device->name,
			    padma_device_state(device) == PADMA_DEVICE_FAILED
				    ? ", as its registers stopped responding; close it"
				    : "; reset the device");
	}
}

int padma_device_bus_master(struct padma_device *device, bool on)
{
	int rc;

	if (!on) {
		rc = padma_device_quiesce(device);
		if (rc == 0 && padma_device_state(device) == PADMA_DEVICE_GONE)
			return refuse_bus_master(device, -ENODEV);
		return rc;
	}
	rc = turn_on(device);
	return rc ? refuse_bus_master(device, rc) : 0;
}

void padma_device_declare_quiesced(struct padma_device *device)
{
	device_command_lock(device);
	device->known_quiet = true;
	device_command_unlock(device);
}

int command_quiesce(struct padma_device *device)
{
	int rc;

	device_command_lock(device);
	rc = quiesce(device);
	device_command_unlock(device);
	return rc;
}

int padma_device_quiesce(struct padma_device *device)
{
	return command_quiesce(device)
		       ? fail(-EIO, "%s: bus mastering stays on; reset the device", device->name)
		       : 0;
}

int command_after_reset(struct padma_device *device, bool quiet)
{
	int rc;

	device_command_lock(device);
	rc = quiesce(device);
	if (rc == 0 && padma_device_state(device) == PADMA_DEVICE_GONE)
		rc = -ENODEV;
	if (rc == 0 && quiet)
		device->known_quiet = true;
	device_command_unlock(device);
	return rc;
}

enum padma_device_state padma_device_check(struct padma_device *device)
{
	uint8_t command;

	/* Providers note by themselves what they find. */
	if (device->ops->config_read(device, PCI_COMMAND, &command, sizeof(command)) == -ENODEV)
		(void)command_quiesce(device);
	return padma_device_state(device);
}

enum padma_device_state command_end(struct padma_device *device)
{
	device_command_lock(device);
	end(device);
	device_command_unlock(device);
	return padma_device_state(device);
}

enum padma_device_state padma_device_unresponsive(struct padma_device *device)
{
	enum padma_device_state before = padma_device_state(device), state;

	state = command_end(device);
	if (state == PADMA_DEVICE_FAILED && before != state)
		log_warning("%s: its registers do not respond and its bus mastering cannot be "
			    "turned off: memory that it was given stays in use",
			    device->name);
	else if (state == PADMA_DEVICE_GONE && before != state)
		log_warning(
			"%s: its registers do not respond: it is off the bus, or its bus mastering "
			"was turned off; close it",
			device->name);
	return state;
}

void command_access_failed(struct padma_device *device)
{
	if (padma_device_state(device) == PADMA_DEVICE_GONE)
		return;
	if (!lock_in_handler(device)) {
		device_set_state(device, PADMA_DEVICE_FAILED);
		return;
	}
	end(device);
	device_command_unlock(device);
}
