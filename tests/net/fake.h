/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake.h - a network driver without a card: what is transmitted by a queue is kept as frames, which the receive queue of
 * the same number of the same port, or of another one, returns, or which a test looks at. It "drives" a simulated
 * device of another kind, and does what a test says: fails to start, does not stop, hangs, offers these offloads or those.
 *
 * Threading: as padma/net/port.h; the frames have a lock, so that two threads may own the two ends.
 */
#ifndef TESTS_NET_FAKE_H
#define TESTS_NET_FAKE_H

#include <pthread.h>
#include <stdbool.h>

#include <padma/net/driver.h>

#define FAKE_QUEUES 4u
#define FAKE_DEPTH  256u
#define FAKE_FRAMES 512u

struct fake_frame {
	uint8_t *data;
	uint32_t bytes;
	uint32_t segments;
	struct padma_packet marks; /* a copy of the first segment's */
};

/* What is under way between a transmit queue and a receive queue. */
struct fake_wire {
	pthread_mutex_t lock;
	struct fake_frame frames[FAKE_FRAMES];
	unsigned int head, count;
	unsigned long lost;
};

/* What the next opened or configured port is like, and what happened to it. */
struct fake_control {
	const char *device; /* the name of a simulated device that it "drives" */
	uint32_t offloads;
	uint16_t mtu_max;
	unsigned int ring_room; /* the most that a transmit ring takes; 0: its depth */
	int open_error, configure_error, start_error, stop_error, queue_error;
	int set_mac_error, filter_error, link_error;
	bool start_fails_port; /* and the port has failed then, by padma_port_fail() */
	bool hung;	       /* frames stay in the transmit ring */
	bool blind;	       /* the driver has no tx_waits() */
	bool link_down;
	bool promiscuous; /* what the card was set to last, whatever it answered */
	unsigned int service_events;
	unsigned int starts, stops, filters, set_macs, closes;
};
extern struct fake_control fake_control;

/* All of fake_control as for a card that does everything, and the driver is known. */
void fake_begin(void);

/* Frames of transmit queue @index of @from arrive at the receive queue of that number of @to, not of @from. */
void fake_connect(struct padma_port *from, struct padma_port *to);

/* The oldest frame that was transmitted by a queue and not received; the caller frees its data. */
bool fake_take(struct padma_port *port, unsigned int index, struct fake_frame *frame);
/* A frame arrives. */
void fake_arrive(struct padma_port *port, unsigned int index, const void *data, uint32_t bytes);

#endif
