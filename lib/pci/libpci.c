// SPDX-License-Identifier: BSD-3-Clause
/* libpci without its exits and its prints. */
#include "pci/libpci.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <padma/error.h>
#include <padma/log.h>

#define PART "pci"

/* The callbacks get no context from libpci, so the jump buffer is per thread. */
static _Thread_local jmp_buf *way_back;
static _Thread_local char reason[256];

static __attribute__((noreturn)) PADMA_PRINTF(1, 2) void on_error(char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	longjmp(*way_back, 1);
}

static PADMA_PRINTF(1, 2) void on_warning(char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	padma_log(PADMA_LOG_WARNING, PART, "libpci: %s", text);
}

int libpci_try(void (*fn)(void *ctx), void *ctx)
{
	jmp_buf here;
	int error = 0;

	/* Nothing of this frame changes between the two returns of setjmp(). */
	if (setjmp(here) == 0) {
		way_back = &here;
		fn(ctx);
	} else {
		error = -EIO;
	}
	way_back = NULL;
	return error;
}

const char *libpci_reason(void)
{
	return reason;
}

static void init(void *ctx)
{
	pci_init(ctx);
}

struct pci_access *libpci_open(const char *bus_pci, const char *ids)
{
	/* Out of memory inside pci_alloc() itself exits: it has no callback yet. */
	struct pci_access *access = pci_alloc();

	access->method = PCI_ACCESS_SYS_BUS_PCI;
	access->error = on_error;
	access->warning = on_warning;
	/* Names come from the file alone: not from the network, udev, or a file in $HOME. */
	access->id_lookup_mode = PCI_LOOKUP_NO_HWDB;
	if (pci_set_param(access, "sysfs.path", (char *)bus_pci) != 0 ||
	    libpci_try(init, access) != 0) {
		padma_fail(-EIO, PART, "libpci cannot use %s: %s", bus_pci, reason);
		libpci_close(access);
		return NULL;
	}
	/* The string stays the caller's, and outlives the access. */
	if (ids)
		pci_set_name_list_path(access, (char *)ids, 0);
	return access;
}

static void cleanup(void *ctx)
{
	pci_cleanup(ctx);
}

void libpci_close(struct pci_access *access)
{
	libpci_try(cleanup, access);
}
