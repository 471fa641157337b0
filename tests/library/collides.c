// SPDX-License-Identifier: BSD-3-Clause
/*
 * A program that links libpadma.a and defines a function for the name of every internal function of
 * it (same_names.sh), each of which aborts. The library must call its own.
 */
#include <stdio.h>

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/nvme.h>

extern const unsigned int same_names;

static int use(struct padma_space *space, struct padma_nvme_queue *queue)
{
	const struct padma_alloc_params opts = {.align_bytes = 4096};
	struct padma_nvme_wait wait = {0};
	void *va;
	int rc = padma_space_alloc(space, 4096, &opts, &va);

	if (rc)
		return rc;
	rc = padma_nvme_read(queue, 1, va, 0, 8, padma_nvme_wait_done, &wait);
	if (rc == 0)
		rc = padma_nvme_wait(queue, &wait);
	padma_space_free(space, va);
	return rc;
}

static int open_and_use(void)
{
	struct padma_nvme_queue *queue = NULL;
	struct padma_device *device = NULL;
	struct padma_space *space = NULL;
	struct padma_nvme *nvme = NULL;
	int rc = padma_space_open_for("sim:nvme,size=16M", NULL, &space);

	if (rc == 0)
		rc = padma_device_open(space, "sim:nvme,size=16M", &device);
	if (rc == 0)
		rc = padma_nvme_open(device, NULL, &nvme);
	if (rc == 0)
		rc = padma_nvme_queue_open(nvme, NULL, &queue);
	if (rc == 0)
		rc = use(space, queue);
	if (padma_nvme_queue_close(queue) || padma_nvme_close(nvme) || padma_device_close(device) ||
	    padma_space_close(space))
		rc = -1;
	return rc;
}

int main(void)
{
	int rc = open_and_use();

	if (rc)
		fprintf(stderr, "%d: %s\n", rc, padma_last_error());
	printf("%u names of the library's are the program's, too\n", same_names);
	return rc || same_names < 100;
}
