// SPDX-License-Identifier: BSD-3-Clause
/*
 * nvme_hello [DEV]: write a block to an NVMe drive by DMA, read it back, compare.
 *
 * A whole program to start from: a space, a buffer, a device, a controller, a queue, and back. DEV is a
 * simulated drive unless another is given; what its first block held is lost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/error.h>
#include <padma/nvme.h>
#include <padma/space.h>

static int give_up(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, padma_last_error());
	return EXIT_FAILURE;
}

/* A command's end, called by padma_nvme_poll(). */
static void on_done(void *ctx, int error, uint16_t status)
{
	int *result = ctx;

	(void)status;
	*result = error;
}

/* Ring the doorbell and poll until the command is over. */
static int finish(struct padma_nvme_queue *queue, int *result)
{
	int rc = padma_nvme_submit(queue);

	while (rc >= 0 && *result > 0)
		rc = padma_nvme_poll(queue, 0);
	return rc < 0 ? rc : *result;
}

static int hello(struct padma_space *space, struct padma_nvme *nvme, struct padma_nvme_queue *queue)
{
	const struct padma_nvme_namespace *ns = padma_nvme_namespace(nvme, 0);
	int result = 1;
	void *buffer;
	char *text;

	if (!ns || padma_alloc(space, ns->lba_bytes, NULL, &buffer))
		return give_up("a buffer");
	text = buffer;
	memset(text, 0, ns->lba_bytes);
	snprintf(text, ns->lba_bytes, "hello from dma address 0x%llx",
		 (unsigned long long)padma_dma(space, text));
	if (padma_nvme_write(queue, ns->nsid, text, 0, 1, on_done, &result) ||
	    finish(queue, &result))
		return give_up("write");
	memset(text, 0, ns->lba_bytes);
	result = 1;
	if (padma_nvme_read(queue, ns->nsid, text, 0, 1, on_done, &result) ||
	    finish(queue, &result))
		return give_up("read");
	puts(text);
	padma_free(space, text);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "sim:nvme,size=16M";
	struct padma_nvme_queue *queue = NULL;
	struct padma_device *device = NULL;
	struct padma_space *space = NULL;
	struct padma_nvme *nvme = NULL;
	int code;

	if (padma_device_space_open(name, NULL, &space) ||
	    padma_device_open(space, name, &device) || padma_nvme_open(device, NULL, &nvme) ||
	    padma_nvme_queue_open(nvme, NULL, &queue))
		code = give_up(name);
	else
		code = hello(space, nvme, queue);
	/* In this order; each does nothing where there is nothing. */
	padma_nvme_queue_close(queue);
	padma_nvme_close(nvme);
	padma_device_close(device);
	padma_space_close(space);
	return code;
}
