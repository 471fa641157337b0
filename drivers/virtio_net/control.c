// SPDX-License-Identifier: BSD-3-Clause
/* The control queue: one command at a time, polled to its end. */
#include <string.h>

#include <padma/alloc.h>
#include <padma/guard.h>
#include <padma/time.h>

#include "control.h"
#include "message.h"

#define BUFFER_BYTES	   16384u
#define QUEUE_SIZE	   64u
#define COMMAND_TIMEOUT_NS 5000000000ull

static unsigned int queue_index(const struct net *net)
{
	/* Behind the queues of all pairs that the device has, if one of these was negotiated (5.1.2). */
	return has(net, F_MQ) || has(net, F_RSS) ? 2 * net->pairs_max : 2;
}

int control_open(struct net *net)
{
	const struct padma_alloc_params params = {
		.align_bytes = 4096,
		.flags = PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS,
	};
	struct padma_space *space = padma_device_space(net->port.device);
	void *va;
	int rc;

	if (!offers(net, F_CTRL_VQ))
		return 0;
	rc = padma_space_alloc(space, BUFFER_BYTES, &params, &va);
	if (rc)
		return rc;
	net->control.buffer = va;
	net->control.dma = padma_dma(space, va);
	if (net->control.dma == PADMA_DMA_NONE ||
	    !padma_guard_check(space, net->control.dma, BUFFER_BYTES))
		return fail(-EFAULT, "the memory of commands has no dma address");
	return 0;
}

void control_close(struct net *net)
{
	padma_virtqueue_close(net->control.vq);
	(void)padma_space_free(padma_device_space(net->port.device), net->control.buffer);
	net->control = (struct control){0};
}

/* Its number depends on the negotiation. */
int control_enable(struct net *net)
{
	struct padma_virtqueue_params params = {.size = QUEUE_SIZE};
	unsigned int index = queue_index(net), most;
	int rc = 0;

	if (!has(net, F_CTRL_VQ))
		return 0;
	most = padma_virtqueue_size_max(net->virtio, index);
	while (params.size > most && params.size > 1)
		params.size /= 2;
	if (net->control.vq &&
	    (net->control.vq->index != index || net->control.vq->size != params.size)) {
		padma_virtqueue_close(net->control.vq);
		net->control.vq = NULL;
	}
	if (!net->control.vq)
		rc = padma_virtqueue_open(net->virtio, index, &params, &net->control.vq);
	return rc ? rc : padma_virtqueue_enable(net->control.vq, PADMA_VIRTIO_NO_VECTOR);
}

/* Poll until the device has used the command, or has failed. */
static int wait_used(struct net *net)
{
	uint64_t start = padma_ticks_monotonic();
	uint32_t written;
	void *token;
	int rc;

	do {
		rc = padma_virtqueue_take(net->control.vq, &token, &written);
		if (rc > 0)
			return 0;
		if (rc < 0)
			return padma_port_fail(&net->port, rc,
					       "%s: the control queue: a used entry is wrong",
					       net_name(net));
		rc = padma_virtio_check(net->virtio);
		if (rc == -ENODEV)
			padma_port_gone(&net->port);
		if (rc)
			return rc;
		padma_delay_ns(1000);
	} while (padma_ticks_monotonic() - start < COMMAND_TIMEOUT_NS);
	return padma_port_fail(&net->port, -ETIMEDOUT,
			       "%s: a command of the control queue is not finished after %llu s; "
			       "reset the port",
			       net_name(net), COMMAND_TIMEOUT_NS / 1000000000ull);
}

int control_command(struct net *net, uint8_t class, uint8_t command, const void *data, size_t bytes)
{
	struct control *control = &net->control;
	size_t ack = 2 + bytes;
	const struct padma_virtqueue_piece pieces[2] = {
		{control->dma, (uint32_t)ack},
		{control->dma + ack, 1},
	};
	int rc;

	if (!has(net, F_CTRL_VQ))
		return fail(-ENOTSUP, "%s has no control queue", net_name(net));
	if (ack + 1 > BUFFER_BYTES)
		return fail(-E2BIG, "a command of %zu bytes is too long", bytes);
	control->buffer[0] = class;
	control->buffer[1] = command;
	memcpy(control->buffer + 2, data, bytes);
	control->buffer[ack] = 0xff;
	/* One that timed out has left its entry behind, and the port failed. */
	rc = padma_virtqueue_add(control->vq, pieces, 1, 1, control);
	if (rc)
		return fail(-EIO, "%s: the control queue is stuck; reset the port", net_name(net));
	(void)padma_virtqueue_kick(control->vq);
	rc = wait_used(net);
	if (rc)
		return rc;
	control->commands++;
	if (padma_load8_acquire(&control->buffer[ack]) == CTRL_OK)
		return 0;
	control->refused++;
	return fail(-EIO, "%s refuses command %u of class %u", net_name(net), command, class);
}
