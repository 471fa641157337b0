// SPDX-License-Identifier: BSD-3-Clause
/* Rebinding a function to the driver that the kernel chooses. */
#include <padma/pci_bind.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <padma/error.h>
#include <padma/params.h>

#include "pci/in_use.h"
#include "pci/sysfs.h"

#define PART "pci"

static int step_failed(const char *address, const char *what, int error)
{
	return padma_fail(error, PART, "%s: %s: %s%s", address, what, strerror(-error),
			  error == -EACCES || error == -EPERM
				  ? "; be root, with sysfs mounted for writing"
				  : "");
}

/* Whether a driver is one to which padma_pci_bind() binds functions. */
static bool serves_programs(const char *driver)
{
	return strcmp(driver, PCI_VFIO) == 0 || strcmp(driver, PCI_UIO) == 0;
}

static int unbind_and_probe(const struct pci_roots *roots, const char *address,
			    const struct padma_pci_state *state)
{
	char path[PATH_MAX], driver[64];
	int error;

	if (*state->driver) {
		error = line_write(path_make(path, "%s/driver/unbind", roots->function), address);
		if (error)
			return step_failed(address, "unbind its driver", error);
	}
	/* Fails if the driver that was found fails; which one is bound now is read back, not assumed. */
	error = line_write(path_make(path, "%s/bus/pci/drivers_probe", roots->sysfs), address);
	if (error)
		return step_failed(address, "have the kernel look for a driver", error);
	link_name(path_make(path, "%s/driver", roots->function), driver, sizeof(driver));
	if (serves_programs(driver))
		return padma_fail(-EBUSY, PART,
				  "%s: %s claimed it again by its dynamic ids; write "
				  "them to /sys/bus/pci/drivers/%s/remove_id",
				  address, driver, driver);
	return 0;
}

int padma_pci_restore_sized(const char *address, size_t params_bytes,
			    const struct padma_pci_bind_params *given)
{
	struct padma_pci_bind_params params;
	struct padma_pci_state state;
	struct pci_roots roots;
	char path[PATH_MAX];
	int error = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (error == 0)
		error = pci_roots_of(&params, address, &roots);
	if (error == 0)
		error = padma_pci_state_get(address, &params, &state);
	if (error)
		return error;
	/* vfio-pci would remove the function's virtual functions, too, and wait for their users. */
	if (virtual_functions(&roots) && serves_programs(state.driver))
		error = padma_fail(
			-EBUSY, PART,
			"%s has virtual functions, which unbinding its driver %s would remove; "
			"end their use, then write 0 to its file sriov_numvfs",
			address, state.driver);
	/* The kernel's unbind waits until VFIO's last user closes, without a limit and unkillable;
	 * UIO's users lose the function at once. */
	if (error == 0)
		error = pci_is_closed(address, &state);
	if (error == 0 && *state.driver_override) {
		/* An empty line clears it (drivers/pci/pci-sysfs.c, driver_override_store). */
		error = line_write(path_make(path, "%s/driver_override", roots.function), "");
		if (error)
			error = step_failed(address, "clear its driver_override", error);
	}
	if (error == 0 && (!*state.driver || serves_programs(state.driver)))
		error = unbind_and_probe(&roots, address, &state);
	padma_pci_state_put(&state);
	return error;
}
