/* SPDX-License-Identifier: BSD-3-Clause */
/* replay.h - the frames of a capture file, read into memory before the run (--replay). */
#ifndef NET_TEST_REPLAY_H
#define NET_TEST_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include <padma/net/packet.h>

struct test_replay;

/*
 * Read all frames of @path, "-" for standard input, which must be Ethernet's, and fill up those shorter than
 * Ethernet's shortest. 0, or the exit code after complaining.
 */
int replay_open(const char *path, uint32_t frame_max, struct test_replay **replay);
void replay_close(struct test_replay *replay);

uint64_t replay_count(const struct test_replay *replay);
uint32_t replay_longest(const struct test_replay *replay);

/*
 * Copy frame number @index, counted over and over, to an empty packet, with further segments from @cache where its room
 * ends. Return: false if the pool is empty.
 */
bool replay_packet(const struct test_replay *replay, uint64_t index, struct padma_pool_cache *cache,
		   struct padma_packet *packet);

#endif
