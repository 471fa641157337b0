// SPDX-License-Identifier: BSD-3-Clause
/* A function goes back to the driver that the kernel chooses. */
#include <padma/pci_bind.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <padma/error.h>

#include "pci/sysfs.h"

#define PART "pci"

static int step_failed(const char *address, const char *what, int error)
{
	return padma_fail(error, PART, "%s: %s: %s%s", address, what, strerror(-error),
			  error == -EACCES || error == -EPERM
				  ? "; be root, with sysfs mounted for writing"
				  : "");
}

/* The kernel's unbind waits until VFIO's last user closes: without a limit, and unkillable. */
static int check_closed(const char *address, const struct padma_pci_state *state)
{
	const struct padma_pci_holder *holder = state->holders;

	if (state->holder_count == 0)
		return 0;
	return padma_fail(-EBUSY, PART, "%s: process %d (%s)%s has it open; end that first",
			  address, holder->pid, holder->name,
			  state->holder_count > 1 ? " and others" : "");
}

static int unbind_and_probe(const struct pci_roots *roots, const char *address,
			    const struct padma_pci_state *state)
{
	char path[PATH_MAX], driver[64];
	int error;

	if (*state->driver) {
		error = line_write(path_make(path, "%s/driver/unbind", roots->function), address);
		if (error)
			return step_failed(address, "unbind vfio-pci", error);
	}
	/* Fails where the driver found fails; which one has it now is seen, not assumed. */
	error = line_write(path_make(path, "%s/bus/pci/drivers_probe", roots->sysfs), address);
	if (error)
		return step_failed(address, "have the kernel look for a driver", error);
	link_name(path_make(path, "%s/driver", roots->function), driver, sizeof(driver));
	if (strcmp(driver, "vfio-pci") == 0)
		return padma_fail(-EBUSY, PART,
				  "%s: vfio-pci took it again, as it was told to by its ids; write "
				  "them to /sys/bus/pci/drivers/vfio-pci/remove_id",
				  address);
	return 0;
}

int padma_pci_restore(const struct padma_pci_bind_params *params, const char *address)
{
	struct padma_pci_state state;
	struct pci_roots roots;
	char path[PATH_MAX];
	int error = pci_roots_of(params, address, &roots);

	if (error == 0)
		error = padma_pci_state_get(params, address, &state);
	if (error)
		return error;
	error = check_closed(address, &state);
	if (error == 0 && *state.driver_override) {
		/* An empty line clears it (drivers/pci/pci-sysfs.c, driver_override_store). */
		error = line_write(path_make(path, "%s/driver_override", roots.function), "");
		if (error)
			error = step_failed(address, "clear its driver_override", error);
	}
	if (error == 0 && (!*state.driver || strcmp(state.driver, "vfio-pci") == 0))
		error = unbind_and_probe(&roots, address, &state);
	padma_pci_state_put(&state);
	return error;
}
