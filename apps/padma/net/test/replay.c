// SPDX-License-Identifier: BSD-3-Clause
/* See replay.h. */
#include "net/test/replay.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "common/command.h"
#include "net/wire.h"

/* What is read is kept in memory: a larger file is not what this is for. */
#define BYTES_MAX ((size_t)1 << 30)

struct frame_at {
	size_t offset;
	uint32_t bytes;
};

struct test_replay {
	struct frame_at *frames;
	uint64_t count, room;
	uint8_t *bytes;
	size_t used, bytes_room;
	uint32_t longest;
};

static bool grow(void **list, size_t bytes)
{
	void *more = realloc(*list, bytes);

	if (more)
		*list = more;
	return more != NULL;
}

/* Room for one more frame of @bytes bytes. */
static bool make_room(struct test_replay *replay, uint32_t bytes)
{
	if (!replay->frames || replay->count == replay->room) {
		replay->room = replay->room ? 2 * replay->room : 1024;
		if (!grow((void **)&replay->frames, replay->room * sizeof(*replay->frames)))
			return false;
	}
	if (!replay->bytes || replay->used + bytes > replay->bytes_room) {
		replay->bytes_room = 2 * replay->bytes_room + 65536;
		if (!grow((void **)&replay->bytes, replay->bytes_room))
			return false;
	}
	return true;
}

static int add(struct test_replay *replay, const char *path, const struct pcap_pkthdr *header,
	       const uint8_t *data, uint32_t frame_max)
{
	uint32_t bytes = header->caplen < FRAME_MIN ? FRAME_MIN : header->caplen;

	if (header->caplen < header->len)
		return complain("%s: packet %llu was not captured whole; capture with a greater "
				"snapshot length",
				path, (unsigned long long)replay->count + 1);
	if (bytes > frame_max)
		return complain("%s: packet %llu has %u bytes, and ports send at most %u; give a "
				"greater --mtu",
				path, (unsigned long long)replay->count + 1, bytes, frame_max);
	if (replay->used + bytes > BYTES_MAX)
		return complain("%s: more than 1 GiB of packets; split the file", path);
	if (!make_room(replay, bytes))
		return complain("no memory for the packets of %s", path);
	memset(replay->bytes + replay->used, 0, bytes);
	memcpy(replay->bytes + replay->used, data, header->caplen);
	replay->frames[replay->count++] = (struct frame_at){replay->used, bytes};
	replay->used += bytes;
	replay->longest = bytes > replay->longest ? bytes : replay->longest;
	return 0;
}

static int read_all(struct test_replay *replay, const char *path, pcap_t *file, uint32_t frame_max)
{
	struct pcap_pkthdr *header;
	const uint8_t *data;
	int status = 0, found;

	if (pcap_datalink(file) != DLT_EN10MB)
		return complain("%s: its packets are not Ethernet frames", path);
	while (status == 0 && (found = pcap_next_ex(file, &header, &data)) == 1)
		status = add(replay, path, header, data, frame_max);
	if (status == 0 && found == PCAP_ERROR)
		status = complain("%s: %s", path, pcap_geterr(file));
	if (status == 0 && replay->count == 0)
		status = complain("%s: no packets", path);
	return status;
}

int replay_open(const char *path, uint32_t frame_max, struct test_replay **replay)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *file;
	int status;

	*replay = calloc(1, sizeof(**replay));
	if (!*replay)
		return complain("no memory for --replay");
	file = pcap_open_offline(path, why);
	if (file) {
		status = read_all(*replay, path, file, frame_max);
		pcap_close(file);
	} else {
		status = complain("--replay: %s", why);
	}
	if (status) {
		replay_close(*replay);
		*replay = NULL;
	}
	return status;
}

void replay_close(struct test_replay *replay)
{
	if (!replay)
		return;
	free(replay->frames);
	free(replay->bytes);
	free(replay);
}

uint64_t replay_count(const struct test_replay *replay)
{
	return replay->count;
}

uint32_t replay_longest(const struct test_replay *replay)
{
	return replay->longest;
}

bool replay_packet(const struct test_replay *replay, uint64_t index, struct padma_pool_cache *cache,
		   struct padma_packet *packet)
{
	const struct frame_at *frame = &replay->frames[index % replay->count];
	const uint8_t *from = replay->bytes + frame->offset;
	uint32_t left = frame->bytes;

	for (;;) {
		uint32_t room = padma_packet_tailroom(packet), here = left < room ? left : room;

		memcpy(padma_packet_append(packet, here), from, here);
		from += here;
		left -= here;
		if (left == 0)
			return true;
		packet->next = padma_packet_get(cache);
		if (!packet->next)
			return false;
		packet = packet->next;
	}
}
