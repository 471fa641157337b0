// SPDX-License-Identifier: BSD-3-Clause
/*
 * The control queue (Virtio 1.2, 5.1.6.5), which is not the back end's.
 *
 * The number of pairs becomes requests to the back end; the MAC address stays here.
 */
#define PADMA_PART "vhost"
#include "base/base.h"

#include <stdlib.h>

#include <padma/net/port.h>

#include "vhost/link.h"
#include "vhost/net.h"

#define COMMAND_BYTES 2u /* class and command */
/* More than a driver can want in a turn of the queue. */
#define COMMANDS_MAX  256u

static bool set_pairs(struct vhost_net *net, const struct sim_virtq_buffer *buffer)
{
	struct sim_virtq *queue = &net->virtio.queues[net->virtio.control];
	uint8_t data[2];
	unsigned int pairs;

	if (!net->many || !sim_virtq_read(queue, buffer, COMMAND_BYTES, data, sizeof(data)))
		return false;
	pairs = data[0] | (unsigned int)data[1] << 8;
	if (pairs == 0 || pairs > net->pairs)
		return false;
	return vhost_net_set_pairs(net, pairs) == 0;
}

static bool set_mac(struct vhost_net *net, const struct sim_virtq_buffer *buffer)
{
	struct sim_virtq *queue = &net->virtio.queues[net->virtio.control];

	return sim_virtq_read(queue, buffer, COMMAND_BYTES, net->config + CONFIG_MAC,
			      PADMA_MAC_BYTES);
}

static bool carry_out(struct vhost_net *net, const struct sim_virtq_buffer *buffer)
{
	struct sim_virtq *queue = &net->virtio.queues[net->virtio.control];
	uint8_t header[COMMAND_BYTES];

	if (!sim_virtq_read(queue, buffer, 0, header, sizeof(header)))
		return false;
	switch (header[0]) {
	case CTRL_MAC:
		return header[1] == CTRL_MAC_ADDR_SET &&
		       sim_virtio_has(&net->virtio, NET_CTRL_MAC_ADDR) && set_mac(net, buffer);
	case CTRL_MQ:
		return header[1] == CTRL_MQ_PAIRS_SET && set_pairs(net, buffer);
	default:
		return false;
	}
}

void vhost_net_control(struct vhost_net *net)
{
	struct sim_virtq *queue = &net->virtio.queues[net->virtio.control];
	struct sim_virtq_buffer *buffer = malloc(sizeof(*buffer));

	for (unsigned int i = 0; buffer && i < COMMANDS_MAX; i++) {
		uint8_t ack;

		if (sim_virtq_take(queue, buffer) <= 0)
			break;
		ack = carry_out(net, buffer) ? ACK_OK : ACK_ERR;
		(void)sim_virtq_write(queue, buffer, 0, &ack, sizeof(ack));
		sim_virtq_put(queue, buffer, sizeof(ack));
	}
	free(buffer);
	sim_virtq_publish(queue);
}
