/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec.h - the vhost-user protocol, as QEMU's docs/interop/vhost-user.rst defines it.
 *
 * Messages of a header and a payload go over a Unix domain socket, in the byte order of the machine, with file
 * descriptors in the ancillary data. padma is the front end: it owns the memory and the rings, and sends requests.
 * The back end serves the rings, and answers.
 */
#ifndef VHOST_SPEC_H
#define VHOST_SPEC_H

#include <assert.h>
#include <stdint.h>

enum vhost_request {
	VHOST_GET_FEATURES = 1,
	VHOST_SET_FEATURES = 2,
	VHOST_SET_OWNER = 3,
	VHOST_SET_MEM_TABLE = 5,
	VHOST_SET_VRING_NUM = 8,
	VHOST_SET_VRING_ADDR = 9,
	VHOST_SET_VRING_BASE = 10,
	VHOST_GET_VRING_BASE = 11,
	VHOST_SET_VRING_KICK = 12,
	VHOST_SET_VRING_CALL = 13,
	VHOST_SET_VRING_ERR = 14,
	VHOST_GET_PROTOCOL_FEATURES = 15,
	VHOST_SET_PROTOCOL_FEATURES = 16,
	VHOST_GET_QUEUE_NUM = 17,
	VHOST_SET_VRING_ENABLE = 18,
	VHOST_NET_SET_MTU = 20,
	VHOST_GET_CONFIG = 24,
	VHOST_SET_CONFIG = 25,
	VHOST_RESET_DEVICE = 34,
	VHOST_GET_MAX_MEM_SLOTS = 36,
	VHOST_ADD_MEM_REG = 37,
	VHOST_REM_MEM_REG = 38,
	VHOST_SET_STATUS = 39,
	VHOST_GET_STATUS = 40,
};

/* Among the bits of GET_FEATURES, which otherwise are those of the virtio device. */
#define VHOST_F_PROTOCOL_FEATURES (1ull << 30)

/* Bits of GET_PROTOCOL_FEATURES. */
#define VHOST_P_MQ		  (1ull << 0)
#define VHOST_P_REPLY_ACK	  (1ull << 3)
#define VHOST_P_MTU		  (1ull << 4)
#define VHOST_P_CONFIG		  (1ull << 9)
#define VHOST_P_RESET_DEVICE	  (1ull << 13)
#define VHOST_P_MEM_SLOTS	  (1ull << 15)
#define VHOST_P_STATUS		  (1ull << 16)

#define VHOST_FLAGS_VERSION	  0x1u
#define VHOST_FLAGS_VERSION_MASK  0x3u
#define VHOST_FLAGS_REPLY	  (1u << 2)
#define VHOST_FLAGS_NEED_REPLY	  (1u << 3)

/* Regions of a SET_MEM_TABLE, and so without VHOST_P_MEM_SLOTS of all memory. */
#define VHOST_TABLE_REGIONS	  8u
#define VHOST_CONFIG_MAX	  256u
/* Of the payload of SET_VRING_KICK, CALL and ERR: no descriptor comes with it. The bits below it are the ring. */
#define VHOST_VRING_NO_FD	  (1u << 8)
#define VHOST_VRINGS_MAX	  256u

struct vhost_header {
	uint32_t request;
	uint32_t flags;
	uint32_t size; /* of the payload */
};
static_assert(sizeof(struct vhost_header) == 12, "header of a message");

struct vhost_vring_state {
	uint32_t index;
	uint32_t num;
};

struct vhost_vring_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t descriptor; /* these three are addresses of the front end's process */
	uint64_t used;
	uint64_t available;
	uint64_t log;
};
static_assert(sizeof(struct vhost_vring_addr) == 40, "addresses of a ring");

struct vhost_region {
	uint64_t guest; /* what descriptors have */
	uint64_t bytes;
	uint64_t user;	 /* where the front end has it */
	uint64_t offset; /* in its file */
};
static_assert(sizeof(struct vhost_region) == 32, "memory region");

struct vhost_table {
	uint32_t count;
	uint32_t padding;
	struct vhost_region regions[VHOST_TABLE_REGIONS];
};
static_assert(sizeof(struct vhost_table) == 264, "memory table");

struct vhost_single_region {
	uint64_t padding;
	struct vhost_region region;
};
static_assert(sizeof(struct vhost_single_region) == 40, "single memory region");

#define VHOST_CONFIG_HEADER 12u

struct vhost_config {
	uint32_t offset;
	uint32_t bytes;
	uint32_t flags;
	uint8_t data[VHOST_CONFIG_MAX];
};
static_assert(sizeof(struct vhost_config) == VHOST_CONFIG_HEADER + VHOST_CONFIG_MAX,
	      "configuration");

struct vhost_message {
	struct vhost_header header;
	union {
		uint64_t u64;
		struct vhost_vring_state state;
		struct vhost_vring_addr addr;
		struct vhost_table table;
		struct vhost_single_region single;
		struct vhost_config config;
	} __attribute__((packed)) body;
} __attribute__((packed));

/* Ring addresses and sizes of the rings that the back end stops at: see VHOST_GET_VRING_BASE. A packed ring starts with both
 * wrap counters at 1: bit 15 of the next available descriptor's index, and bit 31 of the next used one's. */
#define VHOST_BASE_PACKED 0x80008000u

#endif
