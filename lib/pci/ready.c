// SPDX-License-Identifier: BSD-3-Clause
/*
 * See ready.h. Each check is one that the kernel makes too, but later: after the driver that has
 * the function was unbound, when file systems and virtual functions are gone already.
 */
#include "pci/ready.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/log.h>

#include "pci/in_use.h"

#define PART	      "pci"

/* PCI Local Bus 3.0, 6.2.1: Header Type; bits 6-0 are 0 unless the function is a bridge. */
#define HEADER_TYPE   0x0e
#define HEADER_BRIDGE 0x7fu
#define CLASS_BRIDGE  0x06u

bool ready_has_iommu(const struct pci_roots *roots)
{
	char path[PATH_MAX];

	if (access(path_make(path, "%s/iommu_group", roots->function), F_OK))
		return false;
	return !group_is_dummy(roots->function);
}

bool ready_mode_is_on(const struct pci_roots *roots, bool *known)
{
	char path[PATH_MAX], value[8];

	*known = line_read(path_make(path, "%s/" NOIOMMU_MODE, roots->sysfs), value, sizeof(value));
	return value[0] == 'Y' || value[0] == '1';
}

static int check_mode(const struct binding *binding)
{
	bool known, on = ready_mode_is_on(&binding->roots, &known);

	if (binding->has_iommu && binding->params->noiommu)
		return padma_fail(-EINVAL, PART,
				  "%s has an IOMMU in front of it, which VFIO will use; bind it "
				  "without noiommu",
				  binding->address);
	if (binding->has_iommu)
		return 0;
	if (!known)
		return padma_fail(
			-ENOENT, PART,
			"%s has no IOMMU in front of it, and this kernel's VFIO has no "
			"parameter enable_unsafe_noiommu_mode: CONFIG_VFIO_NOIOMMU is off, "
			"or the module vfio is not loaded; " DEBIAN,
			binding->address);
	if (!on && !binding->params->noiommu)
		return padma_fail(-EINVAL, PART,
				  "%s has no IOMMU in front of it and could write to all memory; "
				  "confirm that by noiommu (--noiommu)",
				  binding->address);
	return 0;
}

/* Return: whether the function is a bridge by its header or, if that cannot be read, by its class. */
static bool is_bridge(const struct pci_roots *roots)
{
	char path[PATH_MAX];
	unsigned char type;
	int fd = open(path_make(path, "%s/config", roots->function), O_RDONLY | O_CLOEXEC);
	bool known = fd >= 0 && pread(fd, &type, 1, HEADER_TYPE) == 1;

	if (fd >= 0)
		close(fd);
	if (known)
		return type & HEADER_BRIDGE;
	return pci_class_code(roots) >> 16 == CLASS_BRIDGE;
}

/* uio_pci_generic checks none of this itself. */
static int check_uio(const struct binding *binding)
{
	if (binding->has_iommu)
		return padma_fail(-EINVAL, PART,
				  "%s has an IOMMU in front of it, which uio_pci_generic leaves "
				  "closed; bind it to vfio-pci (without --uio)",
				  binding->address);
	if (is_bridge(&binding->roots))
		return padma_fail(-EINVAL, PART,
				  "%s is a bridge; without its driver what is behind it is lost",
				  binding->address);
	return 0;
}

static unsigned int hex_file(const struct binding *binding, const char *file)
{
	char path[PATH_MAX], line[16];

	line_read(path_make(path, "%s/%s", binding->roots.function, file), line, sizeof(line));
	return (unsigned int)strtoul(line, NULL, 16);
}

/*
 * Devices with errata that vfio-pci refuses (drivers/vfio/pci/vfio_pci.c,
 * vfio_pci_dev_in_denylist()): Intel's QAT C3XXX, C62X, DH895XCC with their virtual functions, and
 * DSA and IAX of Sapphire Rapids.
 */
static bool is_denied(const struct binding *binding)
{
	static const unsigned short devices[] = {0x19e2, 0x19e3, 0x37c8, 0x37c9,
						 0x0435, 0x0443, 0x0b25, 0x0cfe};
	char path[PATH_MAX], off[8];

	line_read(path_make(path, "%s/module/vfio_pci/parameters/disable_denylist",
			    binding->roots.sysfs),
		  off, sizeof(off));
	if (off[0] == 'Y' || hex_file(binding, "vendor") != 0x8086)
		return false;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (hex_file(binding, "device") == devices[i])
			return true;
	}
	return false;
}

/*
 * Which kinds of node this kernel's VFIO can offer: drivers/vfio/device_cdev.c and group.c reserve
 * numbers by these names. Return: whether the kernel shows it.
 */
static bool read_kinds(const struct pci_roots *roots, bool *devices, bool *groups)
{
	char path[PATH_MAX], name[64], line[128];
	FILE *file = fopen(path_make(path, "%s/devices", roots->proc), "re");

	*devices = *groups = false;
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*u %63s", name) != 1)
			continue;
		*devices |= strcmp(name, "vfio-dev") == 0;
		*groups |= strcmp(name, "vfio") == 0;
	}
	fclose(file);
	return true;
}

/* A device without an IOMMU can also be opened by its group; one behind an IOMMU only by its
 * character device. */
static int check_kinds(const struct binding *binding)
{
	bool devices, groups;

	if (!read_kinds(&binding->roots, &devices, &groups) || devices ||
	    (groups && !binding->has_iommu))
		return 0;
	return padma_fail(-ENOENT, PART,
			  "%s: this kernel's VFIO has no character devices%s: it needs "
			  "CONFIG_VFIO_DEVICE_CDEV and CONFIG_IOMMUFD; " DEBIAN,
			  binding->address, binding->has_iommu ? "" : ", and no groups");
}

/* vfio_pci_core_register_device() refuses what is tested here, with errnos that do not tell the cases
 * apart. */
static int check_vfio(const struct binding *binding)
{
	unsigned int count = virtual_functions(&binding->roots);
	int error;

	if (is_bridge(&binding->roots))
		return padma_fail(-EINVAL, PART, "%s is a bridge, and vfio-pci refuses bridges",
				  binding->address);
	if (is_denied(binding))
		return padma_fail(-EINVAL, PART,
				  "%s: vfio-pci refuses this model for its errata, unless it was "
				  "loaded with disable_denylist=1",
				  binding->address);
	error = check_mode(binding);
	if (error == 0)
		error = check_kinds(binding);
	if (error == 0 && count)
		error = padma_fail(-EBUSY, PART,
				   "%s has %u virtual function%s, and vfio-pci refuses such a "
				   "function; end their use, then write 0 to its file sriov_numvfs",
				   binding->address, count, count == 1 ? "" : "s");
	return error;
}

static int check_writable(const struct binding *binding, const char *path, const char *what)
{
	if (access(path, W_OK) == 0)
		return 0;
	if (errno == ENOENT)
		return padma_fail(-ENOENT, PART, "%s: the kernel offers no way to %s",
				  binding->address, what);
	return padma_fail(-errno, PART, "%s: %s: %s; be root, with sysfs mounted for writing",
			  binding->address, what, strerror(errno));
}

/* All files that will be written; a driver may forbid unbinding (suppress_bind_attrs). */
static int check_files(const struct binding *binding)
{
	const struct pci_roots *roots = &binding->roots;
	char path[PATH_MAX];
	bool known;
	int error;

	error = check_writable(binding, path_make(path, "%s/driver_override", roots->function),
			       "set its driver_override");
	if (error == 0)
		error = check_writable(binding,
				       path_make(path, "%s/bus/pci/drivers/%s/bind", roots->sysfs,
						 binding->driver),
				       "bind the new driver");
	if (error == 0 && *binding->before.driver)
		error = check_writable(binding,
				       path_make(path, "%s/driver/unbind", roots->function),
				       "unbind its driver");
	if (error == 0 && !binding->params->uio && !binding->has_iommu &&
	    !ready_mode_is_on(roots, &known))
		error = check_writable(binding, path_make(path, "%s/" NOIOMMU_MODE, roots->sysfs),
				       "turn on enable_unsafe_noiommu_mode");
	return error;
}

/* The kernel's drivers that share a group's ownership with VFIO (struct device_driver,
 * driver_managed_dma). */
static bool leaves_dma_alone(const char *driver)
{
	return !*driver || strncmp(driver, "vfio", 4) == 0 || strcmp(driver, "pcieport") == 0 ||
	       strcmp(driver, "pci-stub") == 0;
}

/*
 * Functions of one IOMMU group can only be used by programs together: while another one of the group
 * is bound to a kernel driver, this one cannot be opened (iommu_group_claim_dma_owner()). Not refused, since one of them
 * has to be the first.
 */
static void warn_of_group(const struct binding *binding)
{
	char folder[PATH_MAX], path[PATH_MAX], driver[64];
	const struct dirent *entry;
	DIR *directory;

	path_make(folder, "%s/iommu_group/devices", binding->roots.function);
	directory = binding->has_iommu ? opendir(folder) : NULL;
	while (directory && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, binding->address) == 0)
			continue;
		link_name(path_make(path, "%s/%s/driver", folder, entry->d_name), driver,
			  sizeof(driver));
		if (!leaves_dma_alone(driver))
			padma_log(
				PADMA_LOG_WARNING, PART,
				"%s: %s of the same IOMMU group is bound to the kernel's driver "
				"%s; until it is bound to vfio-pci, too, this one cannot be opened",
				binding->address, entry->d_name, driver);
	}
	if (directory)
		closedir(directory);
}

int ready_check(const struct binding *binding)
{
	const bool uio = binding->params->uio;
	char path[PATH_MAX];
	int error;

	path_make(path, "%s/bus/pci/drivers/%s", binding->roots.sysfs, binding->driver);
	if (access(path, F_OK))
		return padma_fail(-ENOENT, PART,
				  "this kernel has no driver %s: load its module (modprobe %s), or "
				  "use a kernel with %s",
				  binding->driver, binding->driver,
				  uio ? "CONFIG_UIO_PCI_GENERIC" : "CONFIG_VFIO_PCI");
	error = uio ? check_uio(binding) : check_vfio(binding);
	if (error == 0)
		error = pci_is_closed(binding->address, &binding->before);
	if (error == 0)
		error = check_files(binding);
	if (error == 0)
		warn_of_group(binding);
	return error;
}
