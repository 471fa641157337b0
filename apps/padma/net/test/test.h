/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test.h - the test application: what its parts share.
 *
 *     ports     opened in one space, with one pool of packets           ports.h
 *     streams   receive queue -> mode -> transmit queue                 topology.h
 *     workers   a pinned thread each, with its cache, for one or more streams   workers.h
 *     control   this thread: looks after the ports, shows the table     control.h
 *
 * A queue belongs to one stream, and a stream to one worker. The mode gets what was received and returns what is to be
 * transmitted: the packets themselves pass, nothing is copied, and nothing is allocated while it runs.
 */
#ifndef NET_TEST_TEST_H
#define NET_TEST_TEST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <padma/counter.h>
#include <padma/net/port.h>

#include "common/backend_report.h"
#include "net/test/options.h"
#include "net/test/rate.h"
#include "net/test/sizes.h"
#include "net/test/verify.h"
#include "net/wire.h"

#define TEST_BURST_MAX 512

struct test;
struct test_record;
struct test_replay;
struct test_stream;
struct test_table;
struct test_worker;

/**
 * struct test_mode - a forwarding mode
 * @name: as testpmd calls it
 * @help: what it does, in a line
 * @receives: its streams have a receive queue that they look at
 * @transmits: they have a transmit queue
 * @generates: packets begin here, as long as stream->generating is set. What the ring does not take is not dropped:
 *	stream->held packets are first in @packets at the next call
 * @always: burst() is also called when nothing was received
 * @open: allocate stream->state; may be NULL. 0, or the exit code after complaining
 * @close: put packets that are held, free the state; after the threads have ended. May be NULL
 * @burst: @n packets are in @packets: those that are held, and those that were received. Those that it returns, at most
 *	stream->burst more than were held, are transmitted, the others it has put. There is room for three bursts.
 *	NULL: all that is received is transmitted
 */
struct test_mode {
	const char *name;
	const char *help;
	bool receives;
	bool transmits;
	bool generates;
	bool always;
	int (*open)(struct test_stream *stream);
	void (*close)(struct test_stream *stream);
	unsigned int (*burst)(struct test_stream *stream, struct padma_packet **packets,
			      unsigned int n);
};

extern const struct test_mode test_mode_io;
extern const struct test_mode test_mode_mac;
extern const struct test_mode test_mode_macswap;
extern const struct test_mode test_mode_5tswap;
extern const struct test_mode test_mode_csum;
extern const struct test_mode test_mode_icmpecho;
extern const struct test_mode test_mode_rxonly;
extern const struct test_mode test_mode_txonly;
extern const struct test_mode test_mode_flowgen;
extern const struct test_mode test_mode_noisy;

/* What a stream counts beside its queues. */
struct test_stream_stats {
	struct padma_counter tx_dropped; /* the ring was full, after all retries */
	struct padma_counter down;	 /* dropped: the port to transmit by was not started */
	struct padma_counter refused;	 /* dropped by the mode: not for it, or broken */
	struct padma_counter retries;	 /* of a burst that was not taken whole */
	struct padma_counter no_packet;	 /* a generator found the pool empty */
	struct padma_counter bad_ip;	 /* received with a wrong IP checksum, by its flags */
	struct padma_counter bad_l4;	 /* likewise TCP or UDP */
};

struct test_stream {
	/* read by each turn */
	struct padma_rx_queue *rx; /* NULL: none, or its port is closed */
	struct padma_tx_queue *tx; /* likewise */
	unsigned int (*mode_burst)(struct test_stream *stream, struct padma_packet **packets,
				   unsigned int n);
	struct padma_pool_cache *cache; /* the worker's */
	struct padma_packet **packets;	/* room for three bursts */
	unsigned int burst;
	unsigned int held; /* generators: packets that the ring did not take, first in @packets */
	bool generates;	   /* as its mode */
	bool always;	   /* as its mode */
	bool generating;   /* the run is on; the worker's */
	struct test_record *record; /* --capture, or NULL */
	struct test_stream_stats stats;
	void *state; /* the mode's */
	const struct test *test;
	struct test_worker *worker;
	uint8_t tx_mac[MAC_BYTES]; /* of the port to transmit by */
	uint8_t peer_mac[MAC_BYTES];
	unsigned int rx_port, rx_queue; /* indices into test->ports */
	unsigned int tx_port, tx_queue;
	unsigned int announce; /* atomic: announcements that are to be sent */
	struct verify *verify; /* NULL without --verify */
	/* Sent and not received, when a port was last reset or opened again: what is lost of these went with it. */
	uint64_t in_flight;
	struct padma_rx_queue *spare_rx; /* the queue that the mode does not use, or NULL */
	struct padma_tx_queue *spare_tx;
} __attribute__((aligned(64)));

/* Commands to the workers. */
enum test_command {
	TEST_WARM,  /* receive and forward, generate nothing */
	TEST_RUN,   /* also generate */
	TEST_DRAIN, /* as warm, at the end: return what modes hold back */
	TEST_PAUSE, /* touch no queue */
	TEST_STOP,  /* end */
};

struct test_worker {
	pthread_t thread;
	bool started;
	bool begun; /* --tx-first is done */
	unsigned int index;
	int cpu; /* -1: not pinned */
	struct test *test;
	struct padma_pool_cache *cache;
	struct test_stream **streams;
	unsigned int stream_count;
	int seen; /* atomic: the command that it has obeyed for a whole turn */
	uint64_t turns;
	char why[256]; /* why it could not run; "" otherwise. Read after it was joined */
} __attribute__((aligned(64)));

/* The counters of a pair of queues; kept when they are closed, so that none is lost when a port is opened again. */
struct test_queue_counts {
	uint64_t rx_packets, rx_bytes, rx_errors, rx_no_buffer, rx_protocol_errors, rx_empty,
		rx_bursts;
	uint64_t tx_packets, tx_bytes, tx_errors, tx_full, tx_refused, tx_software, tx_sent,
		tx_bursts;
};

/* What a device counts by itself. */
struct test_device_counts {
	uint64_t rx_dropped, rx_errors, tx_errors;
};

struct test_port {
	const char *name;
	unsigned int index;
	struct padma_device *device;
	struct padma_port *port; /* NULL: closed; see --reconnect */
	struct padma_port_info info;
	struct padma_port_link link;
	uint8_t mac[MAC_BYTES];
	bool started; /* its queues are open */
	bool resetting;
	unsigned int resets; /* that succeeded */
	unsigned int failed_resets;
	unsigned int reopened;
	uint64_t reset_began;		/* ns */
	uint64_t opened_at;		/* ns; when to try again, if it is closed */
	char why[256];			/* the last error, or "" */
	struct test_queue_counts *past; /* by queue: of those that are closed */
	struct test_device_counts past_device;
};

struct test {
	const struct test_options *options;
	const struct test_mode *mode;
	struct padma_space *space;
	struct backend_taken backend;
	bool shares_processor; /* with simulated devices: empty turns give it away */
	struct padma_pool *pool;
	size_t pool_count;
	struct test_port *ports;
	unsigned int port_count;
	unsigned int queues; /* of each kind of each port; a stream for each */
	struct test_stream *streams;
	unsigned int stream_count;
	struct test_worker *workers;
	unsigned int worker_count;
	struct test_record *record;
	struct test_replay *replay;
	struct test_table *table;
	uint16_t run; /* of the stamps */
	int command;  /* atomic: enum test_command */
	uint64_t ticks_per_second;
	bool running;	     /* what paused workers go back to */
	uint64_t elapsed_ns; /* of the run */
	bool failed;	     /* a port failed, and the run ended early */
	size_t leaked;	     /* packets that were not back in the pool at the end */
};

/* Drop packets that are not transmitted. */
void test_put_all(struct padma_pool_cache *cache, struct padma_packet **packets, unsigned int n);

#endif
