// SPDX-License-Identifier: BSD-3-Clause
/* The backend "sim": the simulated kernel as a space sees it. */
#define PADMA_PART "sim"
#include "base/base.h"

#include <stdlib.h>

#include "sim/machine/kernel.h"
#include "sim/machine/machine.h"
#include "sim/machine/memory.h"
#include "space/attach.h"

/* Four times the window, so that a scattered layout has room to scatter. */
#define MEMORY_PER_WINDOW 4

struct sim_backend {
	struct backend backend;
	struct sim_kernel kernel;
};

static struct sim_kernel *kernel_of(struct backend *backend)
{
	return &container_of(backend, struct sim_backend, backend)->kernel;
}

struct sim_kernel *sim_backend_kernel(struct backend *backend)
{
	return kernel_of(backend);
}

struct sim_memory *space_sim_memory(struct padma_space *space)
{
	struct backend *backend = space_backend(space);

	return backend->ops == &sim_backend_ops ? kernel_of(backend)->memory : NULL;
}

static int check_params(const struct padma_sim_params *sim)
{
	if ((unsigned int)sim->layout > PADMA_SIM_RANDOM)
		return fail(-EINVAL, "there is no simulated memory layout %d", (int)sim->layout);
	if ((unsigned int)sim->get_pa > PADMA_SIM_GET_PA_V4)
		return fail(-EINVAL, "there is no form %d of GET_PA", (int)sim->get_pa);
	if (sim->lowest_dma % PADMA_GRANULE_BYTES || sim->lowest_dma >= 1ull << 50)
		return fail(-EINVAL,
			    "the lowest dma address 0x%llx is not a multiple of 2 MiB below "
			    "2^50",
			    (unsigned long long)sim->lowest_dma);
	for (size_t i = 0; i < sizeof(sim->reserved) / sizeof(sim->reserved[0]); i++)
		if (sim->reserved[i])
			return fail(-E2BIG,
				    "the simulated machine has a parameter that this libpadma "
				    "does not know; leave what is reserved 0");
	return 0;
}

static int sim_open(const struct padma_space_params *params, const void *window,
		    size_t window_bytes, struct backend **backend)
{
	static const struct padma_sim_params defaults;
	uint64_t frame_bytes =
		params->page_bytes > PADMA_GRANULE_BYTES ? params->page_bytes : PADMA_GRANULE_BYTES;
	struct sim_backend *sim;
	const struct padma_sim_params *machine = params->sim ? params->sim : &defaults;
	int rc = check_params(machine);

	if (rc)
		return rc;
	sim = calloc(1, sizeof(*sim));
	if (!sim)
		return fail(-ENOMEM, "no memory for a simulated backend");
	rc = sim_kernel_open(&sim->kernel, machine, frame_bytes, MEMORY_PER_WINDOW * window_bytes);
	if (rc) {
		free(sim);
		return rc;
	}
	sim->kernel.large_from = (uintptr_t)window;
	sim->kernel.large_to = (uintptr_t)window + window_bytes;
	sim->backend = (struct backend){
		.ops = &sim_backend_ops,
		.lazy = machine->lazy,
		.iommufd = -1,
		.ioas_id = SIM_IOAS_ID,
		.resolves = sim->kernel.attached,
	};
	*backend = &sim->backend;
	return 0;
}

static void sim_close(struct backend *backend)
{
	sim_kernel_close(kernel_of(backend));
	free(container_of(backend, struct sim_backend, backend));
}

static int sim_map(struct backend *backend, struct uapi_ioas_map *map)
{
	return sim_kernel_map(kernel_of(backend), map);
}

static int sim_unmap(struct backend *backend, struct uapi_ioas_unmap *unmap)
{
	return sim_kernel_unmap(kernel_of(backend), unmap);
}

static int sim_get_pa(struct backend *backend, struct uapi_ioas_get_pa *get_pa)
{
	return sim_kernel_get_pa(kernel_of(backend), get_pa);
}

static void sim_page_bytes(struct backend *backend, uint64_t va, uint64_t *page_bytes,
			   uint64_t *end)
{
	sim_kernel_page_bytes(kernel_of(backend), va, page_bytes, end);
}

static int sim_attach(struct backend *backend, const struct space_device *device)
{
	int rc = sim_kernel_attach(kernel_of(backend));

	(void)device;
	if (rc == 0)
		backend->resolves = true;
	return rc;
}

/* The page table stays, like the one that a space owns on a real kernel. */
static int sim_detach(struct backend *backend, const struct space_device *device)
{
	(void)backend;
	(void)device;
	return 0;
}

static bool sim_works(char *reason)
{
	(void)reason;
	return true;
}

static const char *sim_advice(int error)
{
	return error == -ENOMEM ? "the simulated machine has no memory left for it" : NULL;
}

const struct backend_ops sim_backend_ops = {
	.name = "sim",
	.what = "memory and devices are simulated in this process",
	.ordinary_pages = true,
	.kinds = BACKEND_TAKES(SPACE_DEVICE_SIMULATED),
	.works = sim_works,
	.open = sim_open,
	.close = sim_close,
	.map = sim_map,
	.unmap = sim_unmap,
	.get_pa = sim_get_pa,
	.page_bytes = sim_page_bytes,
	.attach = sim_attach,
	.detach = sim_detach,
	.advice = sim_advice,
};
