// SPDX-License-Identifier: BSD-3-Clause
/*
 * noisy: forward as io does, but like a program with work to do: packets wait in a buffer (--noisy-tx-sw-buffer-size)
 * until it is full or the oldest has waited (--noisy-tx-sw-buffer-flushtime), and memory is read and written at random
 * for each (--noisy-lkup-*), so that the packets compete for the caches.
 */
#include <stdlib.h>

#include <padma/time.h>

#include "common/command.h"
#include "common/random.h"
#include "net/test/test.h"

#define WORDS_PER_MIB ((1u << 20) / sizeof(uint64_t))

struct noisy {
	struct padma_packet **fifo; /* a ring */
	unsigned int room;	    /* packets that may wait; 0: none */
	unsigned int head, count;
	uint64_t since; /* ticks: the buffer is not empty since then */
	uint64_t flush_ticks;
	uint64_t *memory;
	uint64_t words;
	uint64_t random;
};

static int open(struct test_stream *stream)
{
	const struct test_options *options = stream->test->options;
	struct noisy *noisy = calloc(1, sizeof(*noisy));

	if (!noisy)
		return complain("no memory for mode noisy");
	stream->state = noisy;
	noisy->room = options->noisy_buffer;
	noisy->flush_ticks = padma_ns_to_ticks((uint64_t)options->noisy_flush_ms * 1000000);
	noisy->words = options->noisy_memory_mib * WORDS_PER_MIB;
	noisy->random = stream->rx_queue + 1;
	if (noisy->room)
		noisy->fifo = calloc(noisy->room, sizeof(struct padma_packet *));
	if (noisy->words)
		noisy->memory = calloc(noisy->words, sizeof(*noisy->memory));
	if ((noisy->room && !noisy->fifo) || (noisy->words && !noisy->memory))
		return complain("no memory for mode noisy: give less "
				"--noisy-lkup-memory or --noisy-tx-sw-buffer-size");
	return 0;
}

static struct padma_packet *pop(struct noisy *noisy)
{
	struct padma_packet *packet = noisy->fifo[noisy->head];

	noisy->head = noisy->head + 1 == noisy->room ? 0 : noisy->head + 1;
	noisy->count--;
	return packet;
}

static void push(struct noisy *noisy, struct padma_packet *packet)
{
	unsigned int tail = noisy->head + noisy->count;

	noisy->fifo[tail >= noisy->room ? tail - noisy->room : tail] = packet;
	noisy->count++;
}

static void close(struct test_stream *stream)
{
	struct noisy *noisy = stream->state;

	if (!noisy)
		return;
	while (noisy->count)
		padma_packet_put(stream->cache, pop(noisy));
	free(noisy->fifo);
	free(noisy->memory);
	free(noisy);
	stream->state = NULL;
}

static uint64_t *somewhere(struct noisy *noisy)
{
	return &noisy->memory[next_random(&noisy->random) % noisy->words];
}

/* The work of one packet. */
static void work(const struct test_options *options, struct noisy *noisy)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < options->noisy_writes; i++)
		*somewhere(noisy) = i;
	for (unsigned int i = 0; i < options->noisy_reads; i++)
		sum += *(volatile uint64_t *)somewhere(noisy);
	for (unsigned int i = 0; i < options->noisy_reads_writes; i++) {
		volatile uint64_t *word = somewhere(noisy);

		*word = *word + 1;
	}
	noisy->random += sum & 1;
}

/* Put what arrived into the buffer; what finds no room pushes out the oldest. Return: packets to transmit. */
static unsigned int through(struct noisy *noisy, struct padma_packet **packets, unsigned int n)
{
	unsigned int out = 0;

	if (n && noisy->count == 0)
		noisy->since = padma_ticks();
	for (unsigned int i = 0; i < n; i++) {
		struct padma_packet *packet = packets[i];

		if (noisy->count == noisy->room)
			packets[out++] = pop(noisy);
		push(noisy, packet);
	}
	return out;
}

static unsigned int flush(const struct test_stream *stream, struct noisy *noisy,
			  struct padma_packet **packets, unsigned int n)
{
	while (noisy->count && n < stream->burst)
		packets[n++] = pop(noisy);
	noisy->since = padma_ticks();
	return n;
}

/* Called in each turn, since packets may be due although none arrived. */
static unsigned int burst(struct test_stream *stream, struct padma_packet **packets, unsigned int n)
{
	struct noisy *noisy = stream->state;

	for (unsigned int i = 0; i < n && noisy->words; i++)
		work(stream->test->options, noisy);
	if (noisy->room == 0)
		return n;
	n = through(noisy, packets, n);
	/* When the run ends (and before it begins) nothing is held back. */
	if (noisy->count &&
	    (!stream->generating ||
	     (noisy->flush_ticks && padma_ticks() - noisy->since >= noisy->flush_ticks)))
		n = flush(stream, noisy, packets, n);
	return n;
}

const struct test_mode test_mode_noisy = {
	.name = "noisy",
	.help = "like io, with buffering and memory accesses (--noisy-*)",
	.receives = true,
	.transmits = true,
	.always = true,
	.open = open,
	.close = close,
	.burst = burst,
};
