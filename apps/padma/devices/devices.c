// SPDX-License-Identifier: BSD-3-Clause
/* padma devices list: the PCI functions, and whether an IOMMU is in front of them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/pci.h>

#include "common/command.h"
#include "common/commands.h"
#include "devices/devices.h"
#include "common/json.h"
#include "common/options.h"

/* Which functions --class lets through: those whose class code equals @code within @mask. */
struct class_filter {
	const char *name;
	uint32_t code;
	uint32_t mask;
};

static const struct class_filter filters[] = {
	{"all", 0, 0},
	{"nvme", PADMA_PCI_CLASS_NVME, 0xffffff},
	{"net", PADMA_PCI_CLASS_NETWORK, 0xff0000},
};

struct devices_options {
	bool json;
	const char *sysfs;
	const char *proc;
	const char *dev;
	const char *ids;
	struct class_filter filter;
};

enum {
	OPTION_JSON = 0x100,
	OPTION_CLASS,
	OPTION_SYSFS,
	OPTION_PROC,
	OPTION_DEV,
	OPTION_IDS,
};

static const struct argp_option option_table[] = {
	{"json", OPTION_JSON, NULL, 0, "print JSON", 0},
	{"class", OPTION_CLASS, "CLASS", 0,
	 "only this class: nvme, net, all (default), or the first 2, 4 or 6 hexadecimal digits of "
	 "a class code, as 0106",
	 0},
	{"sysfs", OPTION_SYSFS, "DIR", 0, "root of sysfs (default /sys)", 0},
	{"proc", OPTION_PROC, "DIR", 0, "root of proc (default /proc)", 0},
	{"dev", OPTION_DEV, "DIR", 0, "where device nodes are (default /dev)", 0},
	{"ids", OPTION_IDS, "FILE", 0, "database of names (default: the system's pci.ids)", 0},
	{0},
};

/* The first bytes of a class code in hexadecimal: base class, subclass, programming interface. */
static bool parse_prefix(const char *text, struct class_filter *filter)
{
	size_t digits = strlen(text);
	unsigned int shift;

	if (digits != strspn(text, "0123456789abcdefABCDEF"))
		return false;
	if (digits != 2 && digits != 4 && digits != 6)
		return false;
	shift = 4 * (6 - (unsigned int)digits);
	filter->code = (uint32_t)strtoul(text, NULL, 16) << shift;
	filter->mask = 0xffffffu >> shift << shift;
	return true;
}

static struct class_filter find_filter(const struct argp_state *state, const char *name)
{
	struct class_filter filter = {.name = name};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		if (strcmp(filters[i].name, name) == 0)
			return filters[i];
	}
	if (parse_prefix(name, &filter))
		return filter;
	command_usage(state,
		      "--class: unknown class '%.64s'; use nvme, net, all, or the first 2, 4 or 6 "
		      "hexadecimal digits of a class code",
		      name);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct devices_options *options = state->input;

	switch (key) {
	case OPTION_JSON:
		options->json = true;
		return 0;
	case OPTION_CLASS:
		options->filter = find_filter(state, value);
		return 0;
	case OPTION_SYSFS:
		options->sysfs = value;
		return 0;
	case OPTION_PROC:
		options->proc = value;
		return 0;
	case OPTION_DEV:
		options->dev = value;
		return 0;
	case OPTION_IDS:
		options->ids = value;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0 || strcmp(value, "list") != 0)
			command_usage(state,
				      "'%.64s' is not expected; only 'list' is, or 'bind' or "
				      "'restore' as the first word",
				      value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *bar_kind(const struct padma_pci_bar *bar)
{
	if (bar->io)
		return "I/O";
	return bar->is_64bit ? "64-bit memory" : "32-bit memory";
}

static void print_bars(const struct padma_pci_function *f)
{
	char size[32];

	for (unsigned int i = 0; i < PADMA_PCI_BARS; i++) {
		const struct padma_pci_bar *bar = &f->bars[i];

		if (bar->bytes)
			printf("    BAR %u: 0x%012" PRIx64 ", %s, %s%s\n", i, bar->base,
			       format_bytes(bar->bytes, size, sizeof(size)), bar_kind(bar),
			       bar->prefetchable ? ", prefetchable" : "");
	}
}

/* "8086:10d3 Intel Corporation, 82574L Gigabit Network Connection", if the names are known. */
static void print_names(const struct padma_pci_function *f, bool names_known)
{
	const char *unknown = names_known ? "(not in pci.ids)" : "(no names: install pci.ids)";

	if (!*f->vendor_name)
		printf("%s\n", unknown);
	else
		printf("%s, %s\n", f->vendor_name, *f->device_name ? f->device_name : unknown);
}

/* A function that is gone meanwhile, or cannot be queried, counts as unused. */
static void get_state(const struct devices_options *options, const char *address,
		      struct padma_pci_state *state, struct padma_pci_uses *uses)
{
	const struct padma_pci_bind_params params = {
		.sysfs = options->sysfs, .proc = options->proc, .dev = options->dev};

	(void)padma_pci_state_get(address, &params, state);
	(void)padma_pci_uses_get(address, &params, uses);
}

static void put_state(struct padma_pci_state *state, struct padma_pci_uses *uses)
{
	padma_pci_state_put(state);
	padma_pci_uses_put(uses);
}

static void print_state(const struct devices_options *options, const char *address)
{
	struct padma_pci_state state;
	struct padma_pci_uses uses;

	get_state(options, address, &state, &uses);
	devices_print_node(&state);
	devices_print_uses(&uses);
	put_state(&state, &uses);
}

/* Add the VFIO and UIO nodes, and the uses of the function. */
static json_t *with_state(const struct devices_options *options, const char *address,
			  json_t *function)
{
	struct padma_pci_state state;
	struct padma_pci_uses uses;

	get_state(options, address, &state, &uses);
	json_object_set_new(function, "vfio", devices_vfio_json(&state));
	json_object_set_new(function, "uio", devices_uio_json(&state));
	json_object_set_new(function, "in_use", devices_uses_json(&uses));
	put_state(&state, &uses);
	return function;
}

/* Columns whose width depends on their content: PCI domains may have 8 digits (VMD). */
struct columns {
	int address;
	int driver;
};

static const char *driver_text(const struct padma_pci_function *f)
{
	return *f->driver ? f->driver : "-";
}

static void widen(int *column, const char *text)
{
	int width = (int)strlen(text);

	if (*column < width)
		*column = width;
}

static void print_function(const struct padma_pci_function *f, const struct columns *columns,
			   bool names_known)
{
	char number[16] = "none", class_text[16];

	if (f->iommu_group >= 0)
		snprintf(number, sizeof(number), "%d", f->iommu_group);
	snprintf(class_text, sizeof(class_text), "%06" PRIx32, f->class_code);
	printf("%-*s  %04x:%04x  %-6s  %-*s  %-5s  ", columns->address, f->address, f->vendor_id,
	       f->device_id, class_text, columns->driver, driver_text(f), number);
	if (f->numa_node >= 0)
		printf("%-4d  ", f->numa_node);
	else
		printf("%-4s  ", "-");
	if (*f->class_name)
		printf("%s: ", f->class_name);
	print_names(f, names_known);
}

static void print_details(const struct padma_pci_function *f)
{
	if (f->subsystem_vendor_id)
		printf("    subsystem %04x:%04x\n", f->subsystem_vendor_id, f->subsystem_id);
	print_bars(f);
}

static json_t *bars_json(const struct padma_pci_function *f)
{
	json_t *bars = json_array();

	for (unsigned int i = 0; i < PADMA_PCI_BARS; i++) {
		const struct padma_pci_bar *bar = &f->bars[i];

		if (!bar->bytes)
			continue;
		json_array_append_new(bars,
				      json_pack("{s:i, s:o, s:I, s:b, s:b, s:b}", "index", (int)i,
						"base", json_hex(bar->base, 1), "bytes",
						(json_int_t)bar->bytes, "io", bar->io, "64bit",
						bar->is_64bit, "prefetchable", bar->prefetchable));
	}
	return bars;
}

static json_t *function_json(const struct devices_options *options,
			     const struct padma_pci_function *f)
{
	json_t *function = json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "address",
		f->address, "vendor_id", json_hex(f->vendor_id, 4), "device_id",
		json_hex(f->device_id, 4), "subsystem_vendor_id",
		json_hex(f->subsystem_vendor_id, 4), "subsystem_id", json_hex(f->subsystem_id, 4),
		"class", json_hex(f->class_code, 6), "class_name", json_text_or_null(f->class_name),
		"vendor", json_text_or_null(f->vendor_name), "device",
		json_text_or_null(f->device_name), "driver", json_text_or_null(f->driver),
		"iommu_group", json_integer_or_null(f->iommu_group), "noiommu", f->noiommu,
		"numa_node", json_integer_or_null(f->numa_node), "bars", bars_json(f));

	return with_state(options, f->address, function);
}

static bool passes(const struct class_filter *filter, const struct padma_pci_function *f)
{
	return (f->class_code & filter->mask) == filter->code;
}

static int print_json(const struct padma_pci_list *list, const struct devices_options *options)
{
	json_t *functions = json_array();

	for (size_t i = 0; i < list->count; i++) {
		if (passes(&options->filter, &list->functions[i]))
			json_array_append_new(functions,
					      function_json(options, &list->functions[i]));
	}
	return json_print(functions);
}

static struct columns columns_of(const struct padma_pci_list *list,
				 const struct class_filter *filter)
{
	struct columns columns = {.address = 12, .driver = 15};

	for (size_t i = 0; i < list->count; i++) {
		if (!passes(filter, &list->functions[i]))
			continue;
		widen(&columns.address, list->functions[i].address);
		widen(&columns.driver, driver_text(&list->functions[i]));
	}
	return columns;
}

static int print_table(const struct padma_pci_list *list, const struct devices_options *options)
{
	const struct columns columns = columns_of(list, &options->filter);
	size_t shown = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (!passes(&options->filter, &list->functions[i]))
			continue;
		if (shown++ == 0)
			printf("%-*s  %-9s  %-6s  %-*s  %-5s  %-4s  %s\n", columns.address,
			       "ADDRESS", "ID", "CLASS", columns.driver, "DRIVER", "IOMMU", "NUMA",
			       "NAME");
		print_function(&list->functions[i], &columns, list->names_known);
		print_state(options, list->functions[i].address);
		if (command_verbosity() > 0)
			print_details(&list->functions[i]);
	}
	if (shown == 0)
		printf("No such PCI function on this machine; sim:nvme works without hardware.\n");
	return command_finish_output();
}

/* An unreadable database is an error only if --ids names it. Return: the exit code. */
static int check_ids(const char *path)
{
	struct stat about;

	if (stat(path, &about) || access(path, R_OK))
		return complain("--ids: '%.256s': %s; give a file like Debian's "
				"/usr/share/misc/pci.ids",
				path, strerror(errno));
	if (S_ISDIR(about.st_mode))
		return complain("--ids: '%.256s' is a directory; give the file pci.ids in it",
				path);
	return 0;
}

static int list_command(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse,
		"[list]",
		"List the machine's PCI functions: address, ids, class, kernel driver, IOMMU group "
		"or none, NUMA node, names, the VFIO or UIO node and its open processes, and what "
		"it is used for; with -v also subsystem and BARs.\vpadma devices bind and padma "
		"devices restore change who "
		"drives them.",
		command_common,
		NULL,
		NULL};
	struct devices_options options = {.filter = filters[0]};
	struct padma_pci_list list;
	int status;

	command_parse(&argp, argc, argv, &options);
	if (options.ids && check_ids(options.ids))
		return EXIT_FAILURE;
	if (padma_pci_list_get(
		    &(struct padma_pci_params){.sysfs = options.sysfs, .ids = options.ids}, &list))
		return complain("%s", padma_last_error());
	status = options.json ? print_json(&list, &options) : print_table(&list, &options);
	padma_pci_list_put(&list);
	return status;
}

/* 'list' may be omitted, also with options; the other two must be the first word. */
int devices_command(int argc, char **argv)
{
	static char bind_title[] = "padma devices bind", restore_title[] = "padma devices restore";

	if (argc > 1 && strcmp(argv[1], "bind") == 0) {
		argv[1] = bind_title;
		return devices_bind_command(argc - 1, argv + 1);
	}
	if (argc > 1 && strcmp(argv[1], "restore") == 0) {
		argv[1] = restore_title;
		return devices_restore_command(argc - 1, argv + 1);
	}
	return list_command(argc, argv);
}
