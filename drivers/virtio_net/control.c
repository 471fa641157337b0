// SPDX-License-Identifier: BSD-3-Clause
/* The control queue: a command, or some of one kind, polled to their end. */
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
					       "%s: the control queue: invalid used entry",
					       net_name(net));
		rc = padma_virtio_check(net->virtio);
		if (rc == -ENODEV)
			padma_port_gone(&net->port);
		else if (rc)
			/* The command is still in the queue: no other may follow it. */
			(void)padma_port_fail(&net->port, rc, "%s", padma_last_error());
		if (rc)
			return rc;
		padma_delay_ns(1000);
	} while (padma_ticks_monotonic() - start < COMMAND_TIMEOUT_NS);
	return padma_port_fail(&net->port, -ETIMEDOUT,
			       "%s: a command of the control queue is not finished after %llu s; "
			       "reset the port",
			       net_name(net), COMMAND_TIMEOUT_NS / 1000000000ull);
}

/* A command at @offset of the buffer: what the device reads, then the byte that it writes. */
static int add_command(struct net *net, size_t offset, const uint8_t *head, const void *data,
		       size_t bytes)
{
	struct control *control = &net->control;
	uint8_t *at = control->buffer + offset;
	size_t ack = 2 + bytes;
	const struct padma_virtqueue_piece pieces[2] = {
		{control->dma + offset, (uint32_t)ack},
		{control->dma + offset + ack, 1},
	};

	memcpy(at, head, 2);
	if (bytes)
		memcpy(at + 2, data, bytes);
	at[ack] = 0xff;
	/* One that timed out has left its entry behind, and the port failed. */
	if (padma_virtqueue_add(control->vq, pieces, 1, 1, control))
		return fail(-EIO, "%s: the control queue is stuck; reset the port", net_name(net));
	return 0;
}

static int check_ack(struct net *net, size_t offset, size_t bytes)
{
	struct control *control = &net->control;
	const uint8_t *at = control->buffer + offset;

	control->commands++;
	if (padma_load8_acquire(&control->buffer[offset + 2 + bytes]) == CTRL_OK)
		return 0;
	control->refused++;
	return fail(-EIO, "%s rejected command %u of class %u", net_name(net), at[1], at[0]);
}

/* Each on its own: one that was refused undoes no other. Return: the first error. */
static int check_acks(struct net *net, size_t stride, size_t bytes, unsigned int count,
		      bool *accepted)
{
	int rc = 0;

	for (unsigned int i = 0; i < count; i++) {
		int one = check_ack(net, i * stride, bytes);

		if (accepted)
			accepted[i] = one == 0;
		if (rc == 0)
			rc = one;
	}
	return rc;
}

/* At most as many as the ring has room for, two descriptors each. */
static int run_commands(struct net *net, const uint8_t *head, const uint8_t *data, size_t bytes,
			unsigned int count, bool *accepted)
{
	size_t stride = bytes + 3;
	int rc = 0;

	for (unsigned int i = 0; i < count && rc == 0; i++)
		rc = add_command(net, i * stride, head, data + i * bytes, bytes);
	if (rc)
		return rc;
	(void)padma_virtqueue_kick(net->control.vq);
	for (unsigned int i = 0; i < count && rc == 0; i++)
		rc = wait_used(net);
	return rc ? rc : check_acks(net, stride, bytes, count, accepted);
}

int control_commands(struct net *net, uint8_t class, uint8_t command, const void *data,
		     size_t bytes, unsigned int count, bool *accepted)
{
	const uint8_t head[2] = {class, command}, *at = data;
	size_t fit = BUFFER_BYTES / (bytes + 3);
	int rc = 0;

	if (!has(net, F_CTRL_VQ))
		return fail(-ENOTSUP, "%s has no control queue", net_name(net));
	if (fit == 0)
		return fail(-E2BIG, "a command of %zu bytes is too long", bytes);
	if (fit > net->control.vq->size / 2)
		fit = net->control.vq->size > 1 ? net->control.vq->size / 2 : 1;
	while (rc == 0 && count) {
		unsigned int n = count < fit ? count : (unsigned int)fit;

		rc = run_commands(net, head, at, bytes, n, accepted);
		at += n * bytes;
		accepted = accepted ? accepted + n : NULL;
		count -= n;
	}
	return rc;
}

int control_command(struct net *net, uint8_t class, uint8_t command, const void *data, size_t bytes)
{
	return control_commands(net, class, command, data, bytes, 1, NULL);
}
