// SPDX-License-Identifier: BSD-3-Clause
/*
 * Binding a function to vfio-pci or uio_pci_generic: everything that can be checked is checked first
 * (ready.h, in_use.h), then override, parameter, unbind, bind, wait; if a step fails, the
 * earlier ones are undone.
 */
#include <padma/pci_bind.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/params.h>
#include <padma/log.h>

#include "pci/in_use.h"
#include "pci/ready.h"
#include "pci/state.h"

#define PART	"pci"

#define WAIT_MS 5000u
#define STEP_MS 5u

static int write_function(const struct binding *binding, const char *file, const char *text)
{
	char path[PATH_MAX];

	return line_write(path_make(path, "%s/%s", binding->roots.function, file), text);
}

static int write_bus(const struct binding *binding, const char *file, const char *text)
{
	char path[PATH_MAX];

	return line_write(path_make(path, "%s/bus/pci/%s", binding->roots.sysfs, file), text);
}

static int step_failed(const struct binding *binding, const char *what, int error)
{
	const char *hint = "";

	if (error == -EACCES || error == -EPERM)
		hint = "; be root, with sysfs mounted for writing";
	else if (error == -ENODEV && binding->params->uio)
		hint = "; uio_pci_generic refuses a function whose interrupt cannot be disabled";
	else if (error == -EINVAL)
		hint = "; vfio-pci refuses bridges, and devices without an IOMMU unless its "
		       "noiommu mode is on";
	return padma_fail(error, PART, "%s: %s: %s%s", binding->address, what, strerror(-error),
			  hint);
}

/* vfio-pci reads the parameter only while it binds. */
static int turn_mode_on(struct binding *binding)
{
	char path[PATH_MAX];
	bool known;
	int error;

	if (binding->params->uio || binding->has_iommu || ready_mode_is_on(&binding->roots, &known))
		return 0;
	error = line_write(path_make(path, "%s/" NOIOMMU_MODE, binding->roots.sysfs), "1");
	if (error)
		return step_failed(binding, "turn on enable_unsafe_noiommu_mode", error);
	binding->mode_was_off = true;
	return 0;
}

/* The disks stay claimed until their driver is unbound, so that no new use can begin. */
static int change_driver(const struct binding *binding, struct pci_claims *claims)
{
	char file[128];
	int error;

	if (*binding->before.driver) {
		error = write_function(binding, "driver/unbind", binding->address);
		if (error)
			return step_failed(binding, "unbind its driver", error);
	}
	claims_release(claims);
	/* Unlike drivers_probe this returns the driver's error. */
	snprintf(file, sizeof(file), "drivers/%s/bind", binding->driver);
	error = write_bus(binding, file, binding->address);
	snprintf(file, sizeof(file), "bind %s", binding->driver);
	return error ? step_failed(binding, file, error) : 0;
}

/* The node that the driver offers; "" if none. */
static const char *node_of(const struct binding *binding, const struct padma_pci_state *state)
{
	return binding->params->uio ? state->uio_node : state->node;
}

/* What is missing if the driver is bound and no node appeared. */
static int no_node(const struct binding *binding, const struct padma_pci_state *state)
{
	char path[PATH_MAX];

	if (strcmp(state->driver, binding->driver) != 0)
		return padma_fail(-ETIMEDOUT, PART, "%s: %s did not bind it in time",
				  binding->address, binding->driver);
	if (*node_of(binding, state) && access(node_of(binding, state), F_OK) == 0)
		return padma_fail(
			-ETIMEDOUT, PART,
			"%s: %s is the node of another device; is it a container's, or left "
			"over? Remove it, or mount devtmpfs",
			binding->address, node_of(binding, state));
	if (*node_of(binding, state))
		return padma_fail(-ETIMEDOUT, PART,
				  "%s: %s did not appear; is udev running, or devtmpfs mounted?",
				  binding->address, node_of(binding, state));
	if (binding->params->uio)
		return padma_fail(-ETIMEDOUT, PART,
				  "%s: uio_pci_generic binds it but offers no UIO device",
				  binding->address);
	path_make(path, "%s/class/misc/iommu", binding->roots.sysfs);
	return padma_fail(
		-ENOENT, PART,
		"%s: vfio-pci binds it but offers no character device%s: the kernel needs "
		"CONFIG_VFIO_DEVICE_CDEV%s; " DEBIAN,
		binding->address, binding->has_iommu ? "" : ", and no group",
		access(path, F_OK) ? " and CONFIG_IOMMUFD" : "");
}

/*
 * The character device, if the kernel has created one: its class device exists at the end of the bind.
 * A kernel without character devices has only the group, by which a device without an
 * IOMMU can be opened, too (the backend pagemap); one behind an IOMMU can be opened only
 * by its character device.
 */
static bool has_node(const struct binding *binding, const struct padma_pci_state *state)
{
	if (strcmp(state->driver, binding->driver) != 0)
		return false;
	if (*node_of(binding, state))
		return pci_node_is_its_own(&binding->roots, state);
	return !binding->params->uio && state->noiommu && *state->group_node;
}

/* udev may take its time for what the kernel offers. */
static int wait_for_node(const struct binding *binding)
{
	unsigned int left = binding->params->wait_ms ? binding->params->wait_ms : WAIT_MS;
	struct padma_pci_state state;
	int error;

	for (;; left -= left < STEP_MS ? left : STEP_MS) {
		error = padma_pci_state_get(binding->address, binding->params, &state);
		if (error)
			return error;
		if (has_node(binding, &state))
			break;
		if (left == 0) {
			error = no_node(binding, &state);
			break;
		}
		padma_pci_state_put(&state);
		nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
	}
	padma_pci_state_put(&state);
	return error;
}

/* Restore the previous driver. Failures here were reported before, or cannot be handled. */
static void undo(const struct binding *binding)
{
	char path[PATH_MAX], file[128], driver[64];

	write_function(binding, "driver_override", binding->before.driver_override);
	if (binding->mode_was_off)
		line_write(path_make(path, "%s/" NOIOMMU_MODE, binding->roots.sysfs), "0");
	link_name(path_make(path, "%s/driver", binding->roots.function), driver, sizeof(driver));
	if (strcmp(driver, binding->before.driver) == 0)
		return;
	if (*driver)
		write_function(binding, "driver/unbind", binding->address);
	if (!*binding->before.driver)
		return;
	snprintf(file, sizeof(file), "drivers/%s/bind", binding->before.driver);
	if (write_bus(binding, file, binding->address))
		padma_log(PADMA_LOG_WARNING, PART, "%s: its driver %s did not bind it again",
			  binding->address, binding->before.driver);
}

static int bind_function(struct binding *binding, struct pci_claims *claims)
{
	int error = write_function(binding, "driver_override", binding->driver);

	if (error)
		return step_failed(binding, "set its driver_override", error);
	error = turn_mode_on(binding);
	if (error == 0)
		error = change_driver(binding, claims);
	if (error == 0)
		error = wait_for_node(binding);
	if (error)
		undo(binding);
	return error;
}

int padma_pci_bind_sized(const char *address, size_t params_bytes,
			 const struct padma_pci_bind_params *given)
{
	struct padma_pci_bind_params params;
	struct binding binding = {.params = &params, .address = address};
	struct pci_claims claims = {0};
	int error = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (error == 0)
		error = pci_roots_of(&params, address, &binding.roots);
	if (error == 0)
		error = padma_pci_state_get(address, &params, &binding.before);
	if (error)
		return error;
	binding.has_iommu = ready_has_iommu(&binding.roots);
	binding.driver = binding.params->uio ? PCI_UIO : PCI_VFIO;
	if (strcmp(binding.before.driver, binding.driver) == 0) {
		error = wait_for_node(&binding);
	} else {
		error = ready_check(&binding);
		if (error == 0 && !binding.params->force)
			error = pci_not_in_use(&binding.roots, address, &claims);
		if (error == 0)
			error = bind_function(&binding, &claims);
		claims_release(&claims);
	}
	padma_pci_state_put(&binding.before);
	return error;
}
