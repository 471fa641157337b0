// SPDX-License-Identifier: BSD-3-Clause
/*
 * nvme_hello [DEV]: write a block to an NVMe drive by DMA, read it back, compare.
 *
 * A complete program to start from: open a space, a buffer, a device, a controller and a queue, and
 * close them again. DEV defaults to a simulated drive; its first block is overwritten.
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

/* Write the buffer to block 0, clear it, read it back. Each command is complete after its wait. */
static int write_and_read(struct padma_nvme_queue *queue, const struct padma_nvme_namespace *ns,
			  char *text)
{
	static struct padma_nvme_wait write_wait, read_wait;

	if (padma_nvme_write(queue, ns->nsid, text, 0, 1, padma_nvme_wait_done, &write_wait) ||
	    padma_nvme_wait(queue, &write_wait))
		return give_up("write");
	memset(text, 0, ns->lba_bytes);
	if (padma_nvme_read(queue, ns->nsid, text, 0, 1, padma_nvme_wait_done, &read_wait) ||
	    padma_nvme_wait(queue, &read_wait))
		return give_up("read");
	puts(text);
	return EXIT_SUCCESS;
}

static int hello(struct padma_space *space, struct padma_nvme *nvme, struct padma_nvme_queue *queue)
{
	struct padma_nvme_namespace ns;
	void *buffer;
	int code;

	if (padma_nvme_namespace(nvme, 0, &ns) ||
	    padma_space_alloc(space, ns.lba_bytes, NULL, &buffer))
		return give_up("a buffer");
	memset(buffer, 0, ns.lba_bytes);
	snprintf(buffer, ns.lba_bytes, "hello from dma address 0x%llx",
		 (unsigned long long)padma_dma(space, buffer));
	code = write_and_read(queue, &ns, buffer);
	/* A controller that could not be stopped may still write there; the space then keeps the buffer. */
	if (padma_nvme_outstanding(queue) == 0)
		padma_space_free(space, buffer);
	return code;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "sim:nvme,size=16M";
	struct padma_nvme_queue *queue = NULL;
	struct padma_device *device = NULL;
	struct padma_space *space = NULL;
	struct padma_nvme *nvme = NULL;
	int code;

	if (padma_space_open_for(name, NULL, &space) || padma_device_open(space, name, &device) ||
	    padma_nvme_open(device, NULL, &nvme) || padma_nvme_queue_open(nvme, NULL, &queue))
		code = give_up(name);
	else
		code = hello(space, nvme, queue);
	/* In this order; each accepts NULL. */
	padma_nvme_queue_close(queue);
	padma_nvme_close(nvme);
	padma_device_close(device);
	padma_space_close(space);
	return code;
}
