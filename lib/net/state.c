// SPDX-License-Identifier: BSD-3-Clause
/* The state of a port, and its failure. */
#define PADMA_PART "net"
#include "base/base.h"

#include <stdio.h>
#include <string.h>

#include "net/private.h"

bool port_is_gone(const struct padma_port *port)
{
	return padma_gate_word(&port->gate) & PADMA_GATE_GONE;
}

enum padma_port_state padma_port_state(const struct padma_port *port)
{
	struct padma_port_private *private = port->private_data;
	uint64_t word = padma_gate_word(&port->gate);

	if (word & PADMA_GATE_GONE)
		return PADMA_PORT_GONE;
	if (atomic_load(&private->resetting))
		return PADMA_PORT_RESETTING;
	if (word & PADMA_GATE_FAILED)
		return PADMA_PORT_FAILED;
	if (atomic_load(&private->started))
		return PADMA_PORT_STARTED;
	return private->configured ? PADMA_PORT_STOPPED : PADMA_PORT_OPENED;
}

int port_usable(const struct padma_port *port)
{
	if (port_is_gone(port))
		return fail(-ENODEV, "%s is gone; close it", port->info.name);
	if (padma_gate_word(&port->gate) & PADMA_GATE_FAILED)
		return fail(-EIO, "%s has failed; reset it, or stop it", port->info.name);
	return 0;
}

void port_note_failure(struct padma_port *port, int error, const char *reason)
{
	struct padma_port_private *private = port->private_data;
	int none = REASON_NONE;

	if (!atomic_compare_exchange_strong(&private->reason_state, &none, REASON_WRITING))
		return;
	private->reason_error = error;
	snprintf(private->reason, sizeof(private->reason), "%s", reason);
	atomic_store(&private->reason_state, REASON_SET);
}

void port_clear_reason(struct padma_port *port)
{
	int set = REASON_SET;

	if (atomic_compare_exchange_strong(&port->private_data->reason_state, &set, REASON_NONE))
		port->private_data->told_failed = false;
}

int port_fail(const struct padma_port *port, int error, const char *reason)
{
	if (strncmp(reason, port->info.name, strlen(port->info.name)) == 0)
		return fail(error, "%s", reason);
	return fail(error, "%s: %s", port->info.name, reason);
}

int padma_port_fail(struct padma_port *port, int error, const char *format, ...)
{
	char text[REASON_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	port_note_failure(port, error, text);
	padma_gate_raise(&port->gate, PADMA_GATE_FAILED);
	port_wake(port);
	return port_fail(port, error, text);
}

void padma_port_gone(struct padma_port *port)
{
	if (!(padma_gate_raise(&port->gate, PADMA_GATE_GONE) & PADMA_GATE_GONE))
		port_wake(port);
}
