// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a virtio network device says in bytes: its capabilities, and the headers of received packets, each in memory of
 * exactly its size. What is accepted must be consistent with itself and with the packet.
 */
#include "fuzz.h"

#include <stdbool.h>

#include "../../drivers/virtio/capability.h"
#include "../../drivers/virtio_net/rx.h"

#define PARTS_MAX 4u

static void read_capability(struct fuzz_input *input)
{
	size_t bytes =
		input->left < CAPABILITY_NOTIFY_BYTES ? input->left : CAPABILITY_NOTIFY_BYTES;
	struct capability capability;
	uint8_t *data = malloc(bytes ? bytes : 1);

	FUZZ_CHECK(data);
	fuzz_bytes(input, data, bytes);
	if (capability_parse(data, bytes, &capability)) {
		FUZZ_CHECK(capability.bar < 6);
		FUZZ_CHECK(capability.type >= CAPABILITY_COMMON &&
			   capability.type <= CAPABILITY_DEVICE);
		if (!capability_fault(&capability)) {
			FUZZ_CHECK(capability.bytes);
			FUZZ_CHECK(capability.multiplier % 2 == 0);
			FUZZ_CHECK(capability.type != CAPABILITY_COMMON ||
				   (capability.offset % 4 == 0 && capability.bytes >= 56));
		}
	}
	free(data);
}

static void segment_of(struct fuzz_input *input, struct padma_packet *packet, size_t bytes)
{
	*packet = (struct padma_packet){
		.room = malloc(bytes ? bytes : 1),
		.length = (uint16_t)bytes,
		.room_bytes = (uint16_t)bytes,
	};
	FUZZ_CHECK(packet->room);
	fuzz_bytes(input, packet->room, bytes);
}

static void check_marks(const struct padma_packet *packet, const struct header *header)
{
	uint32_t l4 = packet->flags & (PADMA_PACKET_TCP_CSUM | PADMA_PACKET_UDP_CSUM);

	FUZZ_CHECK(!(packet->flags & ~(l4 | PADMA_PACKET_TSO | PADMA_PACKET_L4_GOOD)));
	if (l4) {
		FUZZ_CHECK(header->csum_start == packet->l2_bytes + packet->l3_bytes);
		FUZZ_CHECK(header->csum_start + header->csum_offset + 2u <= packet->length);
	}
	if (packet->flags & PADMA_PACKET_TSO) {
		FUZZ_CHECK(packet->segment_size);
		FUZZ_CHECK(l4 == PADMA_PACKET_TCP_CSUM);
		FUZZ_CHECK((unsigned int)packet->l2_bytes + packet->l3_bytes + packet->l4_bytes <=
			   packet->length);
	}
}

static void read_header(struct fuzz_input *input)
{
	const struct rx_queue queue = {.csum = true, .tso4 = true, .tso6 = true};
	struct padma_packet packets[PARTS_MAX];
	unsigned int more = fuzz_u8(input) % PARTS_MAX;
	struct header header;

	fuzz_bytes(input, &header, sizeof(header));
	for (unsigned int i = 0; i <= more; i++) {
		size_t part = i < more ? fuzz_u8(input) : input->left % 4096;

		segment_of(input, &packets[i], part);
		if (i)
			packets[i - 1].next = &packets[i];
	}
	if (rx_header(&queue, &packets[0], &header))
		check_marks(&packets[0], &header);
	for (unsigned int i = 0; i <= more; i++)
		free(packets[i].room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};

	if (fuzz_u8(&input) & 1)
		read_capability(&input);
	else
		read_header(&input);
	return 0;
}
