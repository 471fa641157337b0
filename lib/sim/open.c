// SPDX-License-Identifier: BSD-3-Clause
/* Making a device of a model: its keys, its function, its thread. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#include "device/bar.h"
#include "sim/device.h"

/* Of a name, in messages: a file's path may be long, and the advice comes after it. */
#define SHOWN_BYTES  64
/* One access in so many is mutated unless the name has hostile-rate. */
#define HOSTILE_RATE 64

/* Of more direct areas than a BAR can have, the rest is reached by the accessors. */
static void map_directs(struct sim_device *device)
{
	for (unsigned int i = 0; i < PADMA_SIM_DIRECTS; i++) {
		const struct padma_sim_direct *direct = &device->shape.directs[i];

		if (direct->bytes)
			(void)device_bar_add_area(&device->head, direct->bar, direct->offset,
						  direct->offset + direct->bytes, direct->memory);
	}
}

static void show(struct sim_device *device)
{
	const struct padma_sim_shape *shape = &device->shape;

	for (unsigned int i = 0; i < PADMA_DEVICE_BARS; i++)
		device->head.bars[i].bytes = shape->bars[i].bytes;
	if (!device->keys.trap)
		map_directs(device);
	device->head.config_bytes = pci_config_bytes(&device->pci);
	device->head.irq_counts[PADMA_IRQ_MSIX] = shape->msix_vectors;
	device->head.irq_counts[PADMA_IRQ_MSI] = shape->msi_vectors;
	device->head.irq_counts[PADMA_IRQ_INTX] = device->model->asserts ? 1 : 0;
}

static int arm_fault(struct sim_device *device)
{
	struct padma_sim_fault fault;
	int rc;

	if (!device->keys.fault)
		return 0;
	rc = sim_fault_parse(device->function.name, device->keys.fault, &fault);
	return rc ? rc : padma_sim_fault(&device->head, &fault);
}

static int make_hostile(struct sim_device *device)
{
	const struct sim_keys *keys = &device->keys;
	int rc;

	if (keys->hostile == SIM_NOT_HOSTILE) {
		if (keys->hostile_rate || keys->hostile_after || keys->hostile_kinds)
			return fail(-EINVAL,
				    "%s: hostile-rate, hostile-after and hostile-kinds do nothing "
				    "without a seed; give hostile=SEED, too",
				    device->function.name);
		return 0;
	}
	rc = sim_hostile_new(device->function.name, keys->hostile,
			     keys->hostile_rate ? keys->hostile_rate : HOSTILE_RATE,
			     keys->hostile_after, keys->hostile_kinds, &device->hostile);
	device->bus.hostile = device->hostile;
	return rc;
}

static int read_reset_kind(const struct sim_device *device, enum padma_reset_kind *kind)
{
	static const char *const names[] = {
		[PADMA_RESET_NONE] = "none",
		[PADMA_RESET_PM] = "pm",
		[PADMA_RESET_BUS] = "bus",
		[PADMA_RESET_FLR] = "flr",
	};
	const char *text = device->keys.reset;
	bool is_conventional = device->shape.is_conventional;

	*kind = is_conventional ? PADMA_RESET_BUS : PADMA_RESET_FLR;
	if (device->served)
		*kind = PADMA_RESET_NONE;
	while (text && strcmp(names[*kind], text) != 0) {
		if (*kind == PADMA_RESET_NONE)
			return fail(-EINVAL, "%s: reset is none, pm%s, not '%s'",
				    device->function.name,
				    is_conventional ? " or bus" : ", bus or flr", text);
		--*kind;
	}
	return 0;
}

/* The function in front of a model that has been created. */
static int make_function(struct sim_device *device)
{
	enum padma_reset_kind reset_kind;
	int rc = pci_shape_check(device->function.name, &device->shape);

	if (rc == 0)
		rc = read_reset_kind(device, &reset_kind);
	if (rc)
		return rc;
	return pci_function_init(&device->pci, device->function.name, &device->shape,
				 device->model->asserts != NULL, reset_kind, &device->bus);
}

static int start(struct sim_device *device)
{
	int rc;

	show(device);
	rc = arm_fault(device);
	if (rc == 0)
		rc = make_hostile(device);
	if (rc || device->function.stepped || !device->model->run)
		return rc;
	return sim_thread_start(device);
}

/* The model, then the function in front of it, then the thread that runs it. */
static int bring_up(struct sim_device *device, const char *text, void *ctx)
{
	const struct padma_sim_model *model = device->model;
	int rc = sim_keys_parse(device->function.name, text, model, device->served, &device->keys,
				device->state);

	if (rc)
		return rc;
	device->function.stepped = device->keys.step;
	device->function.seed = device->keys.seed;
	device->shape = *model->shape;
	if (device->hooks && device->hooks->prepare)
		device->hooks->prepare(device->state, ctx, &device->head);
	rc = model->create ? model->create(device->state, &device->function, &device->shape) : 0;
	if (rc)
		return rc;
	rc = make_function(device);
	if (rc == 0) {
		rc = start(device);
		if (rc)
			pci_function_destroy(&device->pci);
	}
	if (rc && model->destroy)
		model->destroy(device->state);
	return rc;
}

static struct sim_device *device_new(const struct sim_source *source)
{
	const struct padma_sim_model *model = source->model;
	struct sim_device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	device->function.name = strndup(source->name, SHOWN_BYTES);
	device->state = calloc(1, model->state_bytes ? model->state_bytes : 1);
	if (!device->function.name || !device->state) {
		free((char *)(uintptr_t)device->function.name);
		free(device->state);
		free(device);
		return NULL;
	}
	device->head.ops = &sim_device_ops;
	device->head.removal_fd = -1;
	device->model = model;
	device->hooks = source->hooks;
	device->served = source->served;
	device->faults.armed = &device->function.faults;
	sim_bus_init(&device->bus, source->memory, device->function.name);
	device->bus.foreign = source->foreign;
	pthread_mutex_init(&device->lock, NULL);
	return device;
}

int sim_device_open(const struct sim_source *source, struct padma_device **opened)
{
	struct sim_device *device = device_new(source);
	int rc;

	if (!device)
		return fail(-ENOMEM, "%.*s: no memory left", SHOWN_BYTES, source->name);
	rc = bring_up(device, source->keys, source->ctx);
	if (rc) {
		sim_device_free(device);
		return rc;
	}
	*opened = &device->head;
	return 0;
}
