// SPDX-License-Identifier: BSD-3-Clause
/* The requests of the protocol, as the front end makes them. */
#define PADMA_PART "vhost"
#include "base/base.h"

#include <string.h>

#include "vhost/request.h"

static int put_u64(struct vhost_link *link, enum vhost_request request, uint64_t value)
{
	struct vhost_message message = {.header.request = request, .body.u64 = value};

	return vhost_put(link, &message, sizeof(message.body.u64), NULL, 0);
}

int vhost_set_features(struct vhost_link *link, uint64_t features)
{
	return put_u64(link, VHOST_SET_FEATURES, features);
}

int vhost_set_status(struct vhost_link *link, uint8_t status)
{
	return link->protocol & VHOST_P_STATUS ? put_u64(link, VHOST_SET_STATUS, status) : 0;
}

int vhost_reset_device(struct vhost_link *link)
{
	struct vhost_message message = {.header.request = VHOST_RESET_DEVICE};

	if (!(link->protocol & VHOST_P_RESET_DEVICE))
		return 0;
	return vhost_put(link, &message, 0, NULL, 0);
}

int vhost_set_mtu(struct vhost_link *link, uint16_t mtu)
{
	return link->protocol & VHOST_P_MTU ? put_u64(link, VHOST_NET_SET_MTU, mtu) : 0;
}

int vhost_set_vring(struct vhost_link *link, enum vhost_request request, unsigned int ring,
		    uint32_t value)
{
	struct vhost_message message = {.header.request = request, .body.state = {ring, value}};

	return vhost_put(link, &message, sizeof(message.body.state), NULL, 0);
}

int vhost_set_vring_addr(struct vhost_link *link, const struct vhost_vring_addr *addr)
{
	struct vhost_message message = {.header.request = VHOST_SET_VRING_ADDR, .body.addr = *addr};

	return vhost_put(link, &message, sizeof(message.body.addr), NULL, 0);
}

int vhost_set_vring_fd(struct vhost_link *link, enum vhost_request request, unsigned int ring,
		       int fd)
{
	struct vhost_message message = {
		.header.request = request,
		.body.u64 = ring | (fd < 0 ? VHOST_VRING_NO_FD : 0),
	};

	return vhost_put(link, &message, sizeof(message.body.u64), &fd, fd < 0 ? 0 : 1);
}

int vhost_stop_vring(struct vhost_link *link, unsigned int ring)
{
	struct vhost_message message = {.header.request = VHOST_GET_VRING_BASE,
					.body.state = {ring, 0}};
	int rc = vhost_get(link, &message, sizeof(message.body.state), sizeof(message.body.state));

	if (rc == 0 && message.body.state.index != ring)
		return vhost_break(link, VHOST_GET_VRING_BASE, "it is for another ring");
	return rc;
}

int vhost_get_config(struct vhost_link *link, void *config, uint32_t bytes)
{
	struct vhost_message message = {.header.request = VHOST_GET_CONFIG};
	int rc;

	if (bytes > VHOST_CONFIG_MAX)
		return -EINVAL;
	message.body.config.bytes = bytes;
	rc = vhost_get(link, &message, VHOST_CONFIG_HEADER + bytes, VHOST_CONFIG_HEADER + bytes);
	if (rc)
		return rc;
	if (message.body.config.offset != 0 || message.body.config.bytes != bytes)
		return vhost_break(link, VHOST_GET_CONFIG, "it is not the part that was requested");
	memcpy(config, message.body.config.data, bytes);
	return 0;
}

int vhost_set_table(struct vhost_link *link, const struct vhost_region *regions, const int *fds,
		    unsigned int count)
{
	struct vhost_message message = {.header.request = VHOST_SET_MEM_TABLE};

	if (count > VHOST_TABLE_REGIONS)
		return -EINVAL;
	message.body.table.count = count;
	memcpy(message.body.table.regions, regions, count * sizeof(*regions));
	return vhost_put(
		link, &message,
		(uint32_t)(offsetof(struct vhost_table, regions) + count * sizeof(*regions)), fds,
		count);
}

static int put_region(struct vhost_link *link, enum vhost_request request,
		      const struct vhost_region *region, int fd)
{
	struct vhost_message message = {.header.request = request, .body.single.region = *region};

	return vhost_put(link, &message, sizeof(message.body.single), &fd, fd < 0 ? 0 : 1);
}

int vhost_add_region(struct vhost_link *link, const struct vhost_region *region, int fd)
{
	return put_region(link, VHOST_ADD_MEM_REG, region, fd);
}

int vhost_remove_region(struct vhost_link *link, const struct vhost_region *region)
{
	return put_region(link, VHOST_REM_MEM_REG, region, -1);
}
