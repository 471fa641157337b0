// SPDX-License-Identifier: BSD-3-Clause
/* See record.h. */
#include "net/test/record.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <padma/counter.h>
#include <padma/time.h>

#include "common/command.h"
#include "net/capture_file.h"

#define RING_BYTES     ((size_t)8 << 20) /* of each worker; a power of two */
#define SNAPSHOT_BYTES 65536u
#define NAP_NS	       1000000

/* Before each packet in a ring. Entries are multiples of 8 bytes, and do not wrap: the rest is skipped. */
struct entry {
	uint64_t ticks;
	uint32_t captured; /* SKIP: the ring goes on at its beginning */
	uint32_t bytes;
	uint64_t reserved; /* from this entry to the next one */
};

#define SKIP UINT32_MAX

struct ring {
	uint8_t *data;
	uint64_t head; /* the worker's: bytes ever put in */
	uint64_t tail; /* the writer's */
	struct padma_counter missed;
	uint64_t written;
} __attribute__((aligned(64)));

struct test_record {
	struct capture_file *file;
	pthread_t thread;
	bool started;
	int stop; /* atomic */
	unsigned int workers;
	struct ring rings[];
};

static void put(struct ring *ring, const struct padma_packet *packet, uint64_t now)
{
	uint64_t head = ring->head, tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
	uint32_t bytes = padma_packet_bytes(packet) + 4; /* and a tag */
	size_t needed = (sizeof(struct entry) + bytes + 7) & ~(size_t)7;
	size_t to_end = RING_BYTES - head % RING_BYTES;
	struct entry *entry = (void *)(ring->data + head % RING_BYTES);
	size_t skipped = needed + sizeof(*entry) > to_end ? to_end : 0;

	if (bytes > SNAPSHOT_BYTES ||
	    head + skipped + needed + sizeof(*entry) - tail > RING_BYTES) {
		padma_counter_add(&ring->missed, 1);
		return;
	}
	if (skipped) {
		entry->captured = SKIP;
		head += skipped;
		entry = (void *)ring->data;
	}
	entry->ticks = now;
	entry->reserved = needed;
	entry->captured = capture_copy(packet, (uint8_t *)(entry + 1), bytes, &entry->bytes);
	__atomic_store_n(&ring->head, head + needed, __ATOMIC_RELEASE);
}

void record_packets(struct test_record *record, unsigned int worker,
		    struct padma_packet *const *packets, unsigned int n)
{
	uint64_t now = padma_ticks();

	for (unsigned int i = 0; i < n; i++)
		put(&record->rings[worker], packets[i], now);
}

/* Write all that is in a ring. Return: whether there was anything. */
static bool drain(struct test_record *record, struct ring *ring)
{
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE), tail = ring->tail;
	bool any = head != tail;

	while (tail != head) {
		const struct entry *entry = (const void *)(ring->data + tail % RING_BYTES);

		if (entry->captured == SKIP) {
			tail += RING_BYTES - tail % RING_BYTES;
			continue;
		}
		capture_file_add(record->file, capture_time(entry->ticks),
				 (const uint8_t *)(entry + 1), entry->captured, entry->bytes);
		ring->written++;
		tail += entry->reserved;
		__atomic_store_n(&ring->tail, tail, __ATOMIC_RELEASE);
	}
	return any;
}

static void *write_file(void *ctx)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	struct test_record *record = ctx;
	bool stop, any;

	do {
		stop = __atomic_load_n(&record->stop, __ATOMIC_ACQUIRE) != 0;
		any = false;
		for (unsigned int i = 0; i < record->workers; i++)
			any |= drain(record, &record->rings[i]);
		if (!any)
			nanosleep(&nap, NULL);
	} while (!stop);
	return NULL;
}

int record_open(const char *path, unsigned int workers, struct test_record **record)
{
	size_t bytes = sizeof(**record) + workers * sizeof(struct ring);
	struct test_record *new = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
	int status, error;

	*record = NULL;
	if (!new)
		return complain("no memory for --capture");
	memset(new, 0, bytes);
	new->workers = workers;
	for (unsigned int i = 0; i < workers; i++) {
		new->rings[i].data = malloc(RING_BYTES);
		if (!new->rings[i].data) {
			record_free(new);
			return complain("no memory for --capture");
		}
	}
	status = capture_file_open(path, SNAPSHOT_BYTES, &new->file);
	if (status) {
		record_free(new);
		return status;
	}
	error = pthread_create(&new->thread, NULL, write_file, new);
	if (error) {
		(void)capture_file_close(new->file);
		record_free(new);
		return complain("start a thread for --capture: %s", strerror(error));
	}
	new->started = true;
	*record = new;
	return 0;
}

int record_close(struct test_record *record)
{
	int status;

	if (!record || !record->started)
		return 0;
	__atomic_store_n(&record->stop, 1, __ATOMIC_RELEASE);
	pthread_join(record->thread, NULL);
	record->started = false;
	status = capture_file_close(record->file);
	record->file = NULL;
	return status;
}

uint64_t record_written(const struct test_record *record)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < record->workers; i++)
		sum += record->rings[i].written;
	return sum;
}

uint64_t record_missed(const struct test_record *record)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < record->workers; i++)
		sum += padma_counter_read(&record->rings[i].missed);
	return sum;
}

void record_free(struct test_record *record)
{
	if (!record)
		return;
	for (unsigned int i = 0; i < record->workers; i++)
		free(record->rings[i].data);
	free(record);
}
