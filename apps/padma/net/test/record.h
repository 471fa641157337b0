/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record.h - --capture: what passes through the streams, to a file of libpcap.
 *
 * A worker copies its packets into a ring of bytes of its own and goes on; a thread takes them out and writes the file.
 * If the disk is slower than the network, packets are missing in the file, never in the traffic, and are counted.
 */
#ifndef NET_TEST_RECORD_H
#define NET_TEST_RECORD_H

#include <stdint.h>

#include <padma/net/packet.h>

struct test_record;

/* 0, or the exit code after complaining. @workers: how many threads will record. */
int record_open(const char *path, unsigned int workers, struct test_record **record);

/* Write the rest and close the file. Return: 0, or the exit code after complaining. */
int record_close(struct test_record *record);

/* By worker number @worker only. */
void record_packets(struct test_record *record, unsigned int worker,
		    struct padma_packet *const *packets, unsigned int n);

/* Packets that are in the file, and that found no room. Exact after record_close(), which keeps @record. */
uint64_t record_written(const struct test_record *record);
uint64_t record_missed(const struct test_record *record);
void record_free(struct test_record *record);

#endif
