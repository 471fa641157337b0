// SPDX-License-Identifier: BSD-3-Clause
/* See capture_file.h. */
#include "net/capture_file.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <padma/time.h>

#include "common/command.h"
#include "net/wire.h"

#define NS_PER_SECOND 1000000000u
#define ADDRESSES     (2 * MAC_BYTES) /* a tag follows them */
#define TAG_BYTES     sizeof(struct wire_vlan)

struct capture_file {
	const char *path;
	pcap_t *format;
	pcap_dumper_t *out;
};

int capture_file_open(const char *path, uint32_t snapshot_bytes, struct capture_file **file)
{
	struct capture_file *new = calloc(1, sizeof(*new));

	*file = NULL;
	if (!new)
		return complain("no memory for a capture");
	new->path = path;
	new->format = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, (int)snapshot_bytes,
							   PCAP_TSTAMP_PRECISION_NANO);
	if (!new->format) {
		free(new);
		return complain("no memory for a capture");
	}
	new->out = pcap_dump_open(new->format, path);
	if (!new->out) {
		int status = complain("%s", pcap_geterr(new->format));

		pcap_close(new->format);
		free(new);
		return status;
	}
	*file = new;
	return 0;
}

void capture_file_add(struct capture_file *file, uint64_t ns, const uint8_t *data,
		      uint32_t captured, uint32_t bytes)
{
	const struct pcap_pkthdr header = {
		.ts = {.tv_sec = (time_t)(ns / NS_PER_SECOND),
		       .tv_usec = (suseconds_t)(ns % NS_PER_SECOND)}, /* ns in this format */
		.caplen = captured,
		.len = bytes,
	};

	pcap_dump((u_char *)file->out, &header, data);
}

int capture_file_flush(struct capture_file *file)
{
	if (pcap_dump_flush(file->out) == 0)
		return 0;
	return complain("%s: cannot be written; is the disk full?", file->path);
}

int capture_file_close(struct capture_file *file)
{
	int status;

	if (!file)
		return 0;
	status = capture_file_flush(file);
	pcap_dump_close(file->out);
	pcap_close(file->format);
	free(file);
	return status;
}

/* Append what is left of @packet from @offset on. Return: how many bytes are at @to now. */
static uint32_t append(const struct padma_packet *packet, uint32_t offset, uint8_t *to,
		       uint32_t used, uint32_t room)
{
	for (; packet && used < room; packet = packet->next) {
		uint32_t here;

		if (offset >= packet->length) {
			offset -= packet->length;
			continue;
		}
		here = packet->length - offset < room - used ? packet->length - offset
							     : room - used;
		memcpy(to + used, padma_packet_data(packet) + offset, here);
		used += here;
		offset = 0;
	}
	return used;
}

uint32_t capture_copy(const struct padma_packet *packet, uint8_t *to, uint32_t room,
		      uint32_t *bytes)
{
	struct wire_vlan tag;
	uint8_t *type = (uint8_t *)&tag;

	*bytes = padma_packet_bytes(packet);
	if (!(packet->flags & PADMA_PACKET_VLAN) || packet->length < ADDRESSES ||
	    room < ADDRESSES + TAG_BYTES)
		return append(packet, 0, to, 0, room);
	/* On the wire: the addresses, 0x8100, the tag, and what follows the addresses in the packet. */
	wire_put16(type, ETHERTYPE_VLAN);
	wire_put16(type + 2, packet->vlan);
	memcpy(to, padma_packet_data(packet), ADDRESSES);
	memcpy(to + ADDRESSES, type, TAG_BYTES);
	*bytes += (uint32_t)TAG_BYTES;
	return append(packet, ADDRESSES, to, ADDRESSES + (uint32_t)TAG_BYTES, room);
}

uint64_t capture_time(uint64_t ticks)
{
	struct timespec now;
	uint64_t ago;

	clock_gettime(CLOCK_REALTIME, &now);
	ago = padma_ticks_to_ns(padma_ticks() - ticks);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec - ago;
}
