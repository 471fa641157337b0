// SPDX-License-Identifier: BSD-3-Clause
/*
 * The list of PCI functions: names of directories by readdir(), everything about a function by
 * libpci. The scan is not libpci's because a directory that it cannot read, or a name that it
 * cannot parse, would end all of it (and leak the open directory); here a bad function is skipped.
 */
#include <padma/pci.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <padma/error.h>
#include <padma/log.h>
#include <padma/params.h>

#include "pci/array.h"
#include "pci/function.h"
#include "pci/libpci.h"

#define PART "pci"

/* Sorts as the addresses do: they are of fixed width within a domain. */
static int by_address(const void *left, const void *right)
{
	const struct padma_pci_function *a = left, *b = right;

	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	return strcmp(a->address, b->address);
}

/* Room for one more, doubling. */
static struct padma_pci_function *next_free(struct padma_pci_list *list)
{
	struct padma_pci_function *bigger;
	size_t room = list->count;

	if (room == 0 || (room >= 16 && (room & (room - 1)) == 0)) {
		room = room ? room * 2 : 16;
		bigger = reallocarray(list->functions, room, sizeof(*bigger));
		if (!bigger)
			return NULL;
		list->functions = bigger;
	}
	return &list->functions[list->count];
}

static int add(struct pci_access *access, const char *devices, const char *name,
	       struct padma_pci_list *list)
{
	struct padma_pci_function *function = next_free(list);

	if (!function)
		return padma_fail(-ENOMEM, PART, "no memory for the list of PCI functions");
	if (pci_function_read(access, devices, name, function) == 0)
		list->count++;
	else
		list->skipped++;
	return 0;
}

static int add_all(struct pci_access *access, DIR *directory, const char *devices,
		   struct padma_pci_list *list)
{
	const struct dirent *entry;
	int error;

	for (errno = 0; (entry = readdir(directory)) != NULL; errno = 0) {
		if (entry->d_name[0] == '.')
			continue;
		error = add(access, devices, entry->d_name, list);
		if (error)
			return error;
	}
	if (errno)
		return padma_fail(-errno, PART, "read %s: %s", devices, strerror(errno));
	return 0;
}

static void load_names(void *ctx)
{
	struct pci_access *access = ctx;

	if (!pci_load_name_list(access))
		padma_log(PADMA_LOG_INFO, PART,
			  "no database of PCI names at %s; Debian's package pci.ids has one",
			  access->id_file_name);
}

static int list_directory(const char *bus_pci, const char *ids, struct padma_pci_list *list)
{
	struct pci_access *access;
	char *devices;
	DIR *directory;
	int error;

	if (asprintf(&devices, "%s/devices", bus_pci) < 0)
		return padma_fail(-ENOMEM, PART, "no memory for a path");
	directory = opendir(devices);
	if (!directory) {
		error = padma_fail(-errno, PART, "open %s: %s", devices, strerror(errno));
		free(devices);
		return error;
	}
	access = libpci_open(bus_pci, ids);
	if (access) {
		libpci_try(load_names, access);
		list->names_known = access->id_hash != NULL;
		error = add_all(access, directory, devices, list);
		libpci_close(access);
	} else {
		error = -EIO;
	}
	closedir(directory);
	free(devices);
	return error;
}

/* 1: there is PCI; 0: a sysfs without it; or a negative errno. */
static int has_pci(const char *sysfs, const char *bus_pci)
{
	struct stat about;

	if (stat(sysfs, &about) != 0)
		return padma_fail(-errno, PART, "no sysfs at %s: %s; is it mounted?", sysfs,
				  strerror(errno));
	if (!S_ISDIR(about.st_mode))
		return padma_fail(-ENOTDIR, PART, "%s is not a directory; give sysfs's root",
				  sysfs);
	if (stat(bus_pci, &about) == 0)
		return 1;
	if (errno == ENOENT)
		return 0;
	return padma_fail(-errno, PART, "look for %s: %s", bus_pci, strerror(errno));
}

static int list_functions(const struct padma_pci_params *params, struct padma_pci_list *list)
{
	const char *sysfs = params->sysfs ? params->sysfs : "/sys";
	char *bus_pci;
	int error;

	if (asprintf(&bus_pci, "%s/bus/pci", sysfs) < 0)
		return padma_fail(-ENOMEM, PART, "no memory for a path");
	error = has_pci(sysfs, bus_pci);
	if (error > 0)
		error = list_directory(bus_pci, params->ids, list);
	free(bus_pci);
	if (error == 0 && list->count > 1)
		qsort(list->functions, list->count, sizeof(*list->functions), by_address);
	return error;
}

int padma_pci_list_get_sized(size_t params_bytes, const struct padma_pci_params *given,
			     size_t list_bytes, size_t function_bytes,
			     struct padma_pci_list *result)
{
	struct padma_pci_params params;
	struct padma_pci_list list = {0};
	int error = padma_params_take(&params, sizeof(params), given, params_bytes);

	if (error == 0)
		error = list_functions(&params, &list);
	if (error == 0)
		error = array_give((void **)&list.functions, sizeof(*list.functions), list.count,
				   function_bytes);
	if (error)
		padma_pci_list_put(&list);
	padma_params_give(result, list_bytes, &list, sizeof(list));
	return error;
}

void padma_pci_list_put(struct padma_pci_list *list)
{
	if (!list)
		return;
	free(list->functions);
	list->functions = NULL;
	list->count = 0;
}
