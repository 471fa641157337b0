/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * traffic.h - I/O for the duration of a test: verified (a bystander, which nothing may disturb), and at
 * full queue depth (a victim, whose I/O is disturbed).
 */
#ifndef TESTS_VM_TRAFFIC_H
#define TESTS_VM_TRAFFIC_H

#include "vm_fixture.h"

#include <pthread.h>

#include <padma/nvme.h>

#include "nvme_snapshot.h"

#define IO_BYTES     4096u
#define IO_LBAS	     (IO_BYTES / 512)
#define VICTIM_DEPTH 32u

/* An NVMe drive with one queue and memory for @depth commands. */
struct drive {
	struct padma_space *space;
	struct padma_device *device;
	struct padma_nvme *nvme;
	struct padma_nvme_queue *queue;
	char *buffer;
	uint64_t blocks; /* slots for one I/O each */
};

static inline void drive_open(struct drive *drive, struct padma_space *space, unsigned int index,
			      unsigned int depth)
{
	const struct padma_nvme_queue_params params = {.depth = depth};
	const struct padma_alloc_params align = {.align_bytes = IO_BYTES};

	drive->space = space;
	drive->device = open_device(space, index);
	must(padma_nvme_open(drive->device, NULL, &drive->nvme));
	must(padma_nvme_queue_open(drive->nvme, &params, &drive->queue));
	must(padma_space_alloc(space, (size_t)depth * IO_BYTES, &align, (void **)&drive->buffer));
	drive->blocks = nvme_namespace(drive->nvme, 0).lbas / IO_LBAS;
}

/* @queue_error: what closing the queue is to return. */
static inline void drive_close(struct drive *drive, int queue_error)
{
	assert_int_equal(padma_nvme_queue_close(drive->queue), queue_error);
	must(padma_nvme_close(drive->nvme));
	padma_device_close(drive->device);
	must(padma_space_free(drive->space, drive->buffer));
}

/* One I/O at a time, each block written, read back and compared. No asserts: it may be a thread. */
struct verified {
	struct drive drive;
	pthread_t thread;
	int stop;	 /* atomic */
	uint64_t blocks; /* atomic: verified so far */
	uint64_t seed;
	bool over;
	int error; /* of the last I/O, or the first error, which ended the run */
	char why[128];
};

static inline void verified_over(void *ctx, int error, uint16_t status)
{
	struct verified *verified = ctx;

	verified->error = error ? error : status ? -EIO : 0;
	verified->over = true;
}

/* Return: whether the submitted I/O succeeded. */
static inline bool verified_await(struct verified *verified, int rc)
{
	verified->over = rc != 0;
	verified->error = rc;
	if (rc == 0)
		padma_nvme_submit(verified->drive.queue);
	while (!verified->over) {
		rc = padma_nvme_poll(verified->drive.queue, 0);
		if (rc < 0 && !verified->over) {
			verified->over = true;
			verified->error = rc;
		}
	}
	if (verified->error)
		snprintf(verified->why, sizeof(verified->why), "%s", padma_last_error());
	return verified->error == 0;
}

static inline uint64_t mixed(uint64_t value)
{
	/* Any good mixture: Steele et al., "Fast splittable pseudorandom number generators". */
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
	value = (value ^ value >> 27) * 0x94d049bb133111ebull;
	return value ^ value >> 31;
}

static inline bool verified_block(struct verified *verified)
{
	uint64_t *words = (uint64_t *)(void *)verified->drive.buffer;
	uint64_t key = mixed(verified->seed + verified->blocks + 1);
	uint64_t lba = key % verified->drive.blocks * IO_LBAS;

	for (unsigned int i = 0; i < IO_BYTES / 8; i++)
		words[i] = mixed(key + i);
	if (!verified_await(verified, padma_nvme_write(verified->drive.queue, 1, words, lba,
						       IO_LBAS, verified_over, verified)))
		return false;
	memset(words, 0xa5, IO_BYTES);
	if (!verified_await(verified, padma_nvme_read(verified->drive.queue, 1, words, lba, IO_LBAS,
						      verified_over, verified)))
		return false;
	for (unsigned int i = 0; i < IO_BYTES / 8; i++) {
		if (words[i] != mixed(key + i)) {
			verified->error = -EILSEQ;
			snprintf(verified->why, sizeof(verified->why), "wrong data at block %llu",
				 (unsigned long long)lba);
			return false;
		}
	}
	return true;
}

static inline void *verified_main(void *ctx)
{
	struct verified *verified = ctx;

	while (!__atomic_load_n(&verified->stop, __ATOMIC_ACQUIRE) && verified_block(verified))
		__atomic_add_fetch(&verified->blocks, 1, __ATOMIC_RELEASE);
	return NULL;
}

static inline void verified_start(struct verified *verified, struct padma_space *space,
				  unsigned int index, uint64_t seed)
{
	*verified = (struct verified){.seed = seed};
	drive_open(&verified->drive, space, index, 1);
	assert_int_equal(pthread_create(&verified->thread, NULL, verified_main, verified), 0);
}

static inline uint64_t verified_count(const struct verified *verified)
{
	return __atomic_load_n(&verified->blocks, __ATOMIC_ACQUIRE);
}

/* It continues: another block within half a minute. */
static inline void verified_goes_on(const struct verified *verified)
{
	uint64_t before = verified_count(verified);

	for (int i = 0; i < 3000 && verified_count(verified) == before; i++)
		usleep(10000);
	assert_true(verified_count(verified) > before);
}

static inline void verified_stop(struct verified *verified)
{
	__atomic_store_n(&verified->stop, 1, __ATOMIC_RELEASE);
	pthread_join(verified->thread, NULL);
	if (verified->error)
		print_error("the other device: %d: %s\n", verified->error, verified->why);
	assert_int_equal(verified->error, 0);
	assert_true(verified->blocks > 0);
	drive_close(&verified->drive, 0);
}

/* As many reads as the queue takes, and their results. */
struct victim {
	struct drive drive;
	uint64_t submitted;
	uint64_t good;
	uint64_t gone;	/* ended by -ENODEV */
	uint64_t other; /* ended by anything else */
};

static inline void victim_over(void *ctx, int error, uint16_t status)
{
	struct victim *victim = ctx;

	if (error == 0 && status == 0)
		victim->good++;
	else if (error == -ENODEV)
		victim->gone++;
	else
		victim->other++;
}

/* Fill the queue. Return: 0, or the error that ended it. */
static inline int victim_fill(struct victim *victim)
{
	int rc;

	for (;;) {
		uint64_t place = victim->submitted % victim->drive.blocks;
		char *buffer = victim->drive.buffer + victim->submitted % VICTIM_DEPTH * IO_BYTES;

		rc = padma_nvme_read(victim->drive.queue, 1, buffer, place * IO_LBAS, IO_LBAS,
				     victim_over, victim);
		if (rc)
			break;
		victim->submitted++;
	}
	if (rc != -EAGAIN)
		return rc;
	rc = padma_nvme_submit(victim->drive.queue);
	return rc < 0 ? rc : 0;
}

#endif
