/* SPDX-License-Identifier: BSD-3-Clause */
/* capture_file.h - writing packets to a file of libpcap, with times in nanoseconds. */
#ifndef NET_CAPTURE_FILE_H
#define NET_CAPTURE_FILE_H

#include <stdint.h>

#include <padma/net/packet.h>

struct capture_file;

/* Create @path, "-" for standard output. 0, or the exit code after complaining. */
int capture_file_open(const char *path, uint32_t snapshot_bytes, struct capture_file **file);

/* Add a frame of @bytes bytes, of which @captured are at @data. @ns: since 1970. */
void capture_file_add(struct capture_file *file, uint64_t ns, const uint8_t *data,
		      uint32_t captured, uint32_t bytes);

/* Let a reader of the file see what was added. 0, or the exit code after complaining. */
int capture_file_flush(struct capture_file *file);

/* NULL is allowed. 0, or the exit code after complaining: the disk was full, for example. */
int capture_file_close(struct capture_file *file);

/*
 * Copy a frame as it is on the wire, the tag that a card has stripped or is to insert included, at most @room bytes of
 * it. Return: how many were copied; @bytes: the length of the whole.
 */
uint32_t capture_copy(const struct padma_packet *packet, uint8_t *to, uint32_t room,
		      uint32_t *bytes);

/* Now, in ns since 1970, of ticks (padma_ticks()) that were read not long ago. */
uint64_t capture_time(uint64_t ticks);

#endif
