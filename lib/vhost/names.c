// SPDX-License-Identifier: BSD-3-Clause
/* What is known of each request. */
#include "vhost/request.h"

const char *vhost_request_name(enum vhost_request request)
{
	static const char *const names[] = {
		[VHOST_GET_FEATURES] = "GET_FEATURES",
		[VHOST_SET_FEATURES] = "SET_FEATURES",
		[VHOST_SET_OWNER] = "SET_OWNER",
		[VHOST_SET_MEM_TABLE] = "SET_MEM_TABLE",
		[VHOST_SET_VRING_NUM] = "SET_VRING_NUM",
		[VHOST_SET_VRING_ADDR] = "SET_VRING_ADDR",
		[VHOST_SET_VRING_BASE] = "SET_VRING_BASE",
		[VHOST_GET_VRING_BASE] = "GET_VRING_BASE",
		[VHOST_SET_VRING_KICK] = "SET_VRING_KICK",
		[VHOST_SET_VRING_CALL] = "SET_VRING_CALL",
		[VHOST_SET_VRING_ERR] = "SET_VRING_ERR",
		[VHOST_GET_PROTOCOL_FEATURES] = "GET_PROTOCOL_FEATURES",
		[VHOST_SET_PROTOCOL_FEATURES] = "SET_PROTOCOL_FEATURES",
		[VHOST_GET_QUEUE_NUM] = "GET_QUEUE_NUM",
		[VHOST_SET_VRING_ENABLE] = "SET_VRING_ENABLE",
		[VHOST_NET_SET_MTU] = "NET_SET_MTU",
		[VHOST_GET_CONFIG] = "GET_CONFIG",
		[VHOST_SET_CONFIG] = "SET_CONFIG",
		[VHOST_RESET_DEVICE] = "RESET_DEVICE",
		[VHOST_GET_MAX_MEM_SLOTS] = "GET_MAX_MEM_SLOTS",
		[VHOST_ADD_MEM_REG] = "ADD_MEM_REG",
		[VHOST_REM_MEM_REG] = "REM_MEM_REG",
		[VHOST_SET_STATUS] = "SET_STATUS",
		[VHOST_GET_STATUS] = "GET_STATUS",
	};

	if ((unsigned int)request >= sizeof(names) / sizeof(names[0]) || !names[request])
		return "unknown";
	return names[request];
}

/* Memory must be there before a descriptor has its address, and it must be gone before it is used for
 * something else. A ring's other settings are in effect at the latest with what follows them. */
bool vhost_must_be_done(enum vhost_request request)
{
	return request == VHOST_SET_MEM_TABLE || request == VHOST_ADD_MEM_REG ||
	       request == VHOST_REM_MEM_REG || request == VHOST_RESET_DEVICE;
}
