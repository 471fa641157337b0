// SPDX-License-Identifier: BSD-3-Clause
/* Opening "sim:KIND[,key=value...]". */
#define PADMA_PART "sim"
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/bar.h"
#include "sim/device.h"
#include "sim/provider.h"
#include "sim/machine/memory.h"

#define SCHEME	    "sim:"
/* Of a name, in messages: a file's path may be long, and the advice comes after it. */
#define SHOWN_BYTES 64

static bool claims(const char *name)
{
	return strncmp(name, SCHEME, strlen(SCHEME)) == 0;
}

static int unknown_kind(const char *name, const char *kind, size_t length)
{
	char kinds[128] = "";
	size_t used = 0;

	for (const struct sim_kind *const *k = sim_kinds; *k && used < sizeof(kinds); k++)
		used += (size_t)snprintf(kinds + used, sizeof(kinds) - used, "%s%s",
					 used ? ", " : "", (*k)->name);
	return fail(-EINVAL, "%.*s: there is no kind '%.*s'; the kinds are %s", SHOWN_BYTES, name,
		    (int)(length < SHOWN_BYTES ? length : SHOWN_BYTES), kind, kinds);
}

static const struct sim_kind *find_kind(const char *kind, size_t length)
{
	for (const struct sim_kind *const *k = sim_kinds; *k; k++) {
		if (strlen((*k)->name) == length && strncmp((*k)->name, kind, length) == 0)
			return *k;
	}
	return NULL;
}

static void show_bar(struct sim_device *device, const struct sim_shape *shape)
{
	struct padma_bar *bar = &device->head.bars[0];

	bar->bytes = shape->identity.bar_bytes;
	(void)device_bar_add_area(&device->head, 0, shape->direct_start, shape->direct_end,
				  shape->direct);
	device->direct_start = shape->direct_start;
	device->direct = shape->direct;
	device->direct_bytes = shape->direct_end - shape->direct_start;
	device->head.config_bytes = PCI_CONFIG_BYTES;
	device->head.irq_counts[PADMA_IRQ_MSIX] = shape->identity.vectors;
	device->head.irq_counts[PADMA_IRQ_INTX] = device->kind->asserts ? 1 : 0;
}

static int arm_fault(struct sim_device *device, const char *text)
{
	struct padma_sim_fault fault;
	int rc = text ? sim_fault_parse(device->name, text, &fault) : 0;

	if (text && rc == 0)
		rc = padma_sim_fault(&device->head, &fault);
	return rc;
}

static int read_reset_kind(const struct sim_device *device, const char *text,
			   enum padma_reset_kind *kind)
{
	static const char *const names[] = {
		[PADMA_RESET_NONE] = "none",
		[PADMA_RESET_PM] = "pm",
		[PADMA_RESET_BUS] = "bus",
		[PADMA_RESET_FLR] = "flr",
	};

	*kind = PADMA_RESET_FLR;
	while (text && strcmp(names[*kind], text) != 0) {
		if (*kind == PADMA_RESET_NONE)
			return fail(-EINVAL, "%s: reset is none, pm, bus or flr, not '%s'",
				    device->name, text);
		--*kind;
	}
	return 0;
}

/* The model, then the function in front of it, then the thread that runs it. */
static int bring_up(struct sim_device *device, struct sim_config *config)
{
	struct sim_shape shape = {0};
	enum padma_reset_kind reset_kind;
	int rc = read_reset_kind(device, config->reset, &reset_kind);

	if (rc)
		return rc;
	device->stepped = config->step;
	rc = device->kind->create(device, config, &device->model, &shape);
	if (rc)
		return rc;
	rc = pci_function_init(&device->function, &shape.identity, reset_kind, &device->bus);
	if (rc)
		goto no_function;
	show_bar(device, &shape);
	rc = arm_fault(device, config->fault);
	if (rc)
		goto no_thread;
	rc = device->stepped ? 0 : sim_thread_start(device);
	if (rc)
		goto no_thread;
	return 0;

no_thread:
	pci_function_destroy(&device->function);
no_function:
	device->kind->destroy(device->model);
	return rc;
}

static int configure_and_bring_up(struct sim_device *device, const char *keys)
{
	const struct sim_kind *kind = device->kind;
	struct sim_config *config = calloc(1, kind->config_bytes);
	int rc;

	if (!config)
		return fail(-ENOMEM, "%s: no memory left", device->name);
	kind->defaults(config);
	rc = sim_options_parse(device->name, keys, kind->options, config);
	if (rc == 0)
		rc = bring_up(device, config);
	sim_options_free(kind->options, config);
	free(config);
	return rc;
}

static struct sim_device *device_new(struct sim_memory *memory, const struct sim_kind *kind,
				     const char *name)
{
	struct sim_device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	device->name = strndup(name, SHOWN_BYTES);
	if (!device->name) {
		free(device);
		return NULL;
	}
	device->head.ops = &sim_device_ops;
	device->head.removal_fd = -1;
	device->kind = kind;
	sim_bus_init(&device->bus, memory, device->name);
	pthread_mutex_init(&device->lock, NULL);
	return device;
}

static void device_delete(struct sim_device *device)
{
	sim_bus_destroy(&device->bus);
	pthread_mutex_destroy(&device->lock);
	free(device->name);
	free(device);
}

static int provider_kind(const char *name, enum space_device_kind *kind)
{
	(void)name;
	*kind = SPACE_DEVICE_SIMULATED;
	return 0;
}

static int provider_open(struct padma_space *space, const char *name, struct padma_device **opened)
{
	const char *text = name + strlen(SCHEME);
	size_t length = strcspn(text, ",");
	const struct sim_kind *kind = find_kind(text, length);
	struct sim_memory *memory = space_sim_memory(space);
	struct sim_device *device;
	int rc;

	if (!kind)
		return unknown_kind(name, text, length);
	if (!memory)
		return fail(-EINVAL,
			    "%.*s: a simulated device needs a space with the backend 'sim', "
			    "whose memory it can reach",
			    SHOWN_BYTES, name);
	device = device_new(memory, kind, name);
	if (!device)
		return fail(-ENOMEM, "%.*s: no memory left", SHOWN_BYTES, name);
	rc = configure_and_bring_up(device, text + length);
	if (rc) {
		device_delete(device);
		return rc;
	}
	*opened = &device->head;
	return 0;
}

const struct device_provider sim_provider = {
	.form = "sim:KIND[,key=value...]",
	.claims = claims,
	.kind = provider_kind,
	.open = provider_open,
};
