// SPDX-License-Identifier: BSD-3-Clause
/*
 * padma bench net: a network driver's two phases, reception and transmission, without a device.
 *
 * Null cards are stepped in this thread between them and not timed: each fills its receive rings with frames, and has sent
 * what is in its transmit rings. What remains is the software's own cost per packet. The queues are used in turn, a
 * burst of each, as a polling loop does. In the receive phase all that has arrived is taken, and the rings
 * are filled again; in the transmit phase these packets are transmitted, and those of the round before are reaped: so a
 * ring's worth of packets, not a burst's, is what the processor's caches must hold. In forward rounds each burst
 * is transmitted as soon as it was received. Each trial of the driver is followed by one of the floor
 * (net_floor.h), so that both see the same conditions.
 */
#include "bench/bench.h"

#include <stdlib.h>

#include <padma/error.h>
#include <padma/time.h>

#include "bench/net_rig.h"
#include "common/command.h"
#include "common/interrupt.h"

/* Packets per trial and phase, at the least. */
#define PACKETS	  16384ull
#define BURST_MAX 512u
/* Not inlined, so that a profiler can distinguish the phases. */
#define PHASE	  static __attribute__((noinline)) void

struct phase {
	uint64_t ticks, packets;
};

struct phases {
	struct phase rx, tx, forward;
};

/* Nothing of this is timed: the cards fill their rings, and have sent everything. */
static void step(struct net_rig *rig)
{
	for (unsigned int i = 0; i < rig->card_count; i++) {
		while (padma_sim_step(rig->cards[i].device, 0) > 0)
			;
	}
}

PHASE receive_phase(struct net_rig *rig, struct phase *phase)
{
	const unsigned int queues = rig->options->queues, burst = rig->options->burst;
	uint64_t start = padma_ticks();
	unsigned int got, all = 0;

	do {
		got = 0;
		for (unsigned int i = 0; i < queues; i++) {
			struct net_lane *lane = &rig->lanes[i];
			unsigned int n =
				padma_rx_burst(lane->rx, lane->packets + lane->count, burst);

			lane->count += n;
			got += n;
		}
		all += got;
	} while (got);
	phase->ticks += padma_ticks() - start;
	phase->packets += all;
}

PHASE transmit_phase(struct net_rig *rig, struct phase *phase)
{
	const unsigned int queues = rig->options->queues, burst = rig->options->burst;
	uint64_t start = padma_ticks();
	unsigned int sent, all = 0;

	do {
		sent = 0;
		for (unsigned int i = 0; i < queues; i++) {
			struct net_lane *lane = &rig->lanes[i];
			unsigned int left = lane->count - lane->sent, n;

			if (left == 0)
				continue;
			n = padma_tx_burst(lane->tx, lane->packets + lane->sent,
					   left < burst ? left : burst);
			lane->sent += n;
			sent += n;
		}
		all += sent;
	} while (sent);
	phase->ticks += padma_ticks() - start;
	phase->packets += all;
}

/* What did not fit into a transmit ring. */
static void drop_rest(struct net_rig *rig)
{
	for (unsigned int i = 0; i < rig->options->queues; i++) {
		struct net_lane *lane = &rig->lanes[i];

		while (lane->sent < lane->count)
			padma_packet_put(rig->cache, lane->packets[lane->sent++]);
		lane->count = lane->sent = 0;
	}
}

PHASE forward_phase(struct net_rig *rig, struct phase *phase)
{
	const unsigned int queues = rig->options->queues, burst = rig->options->burst;
	struct padma_packet *packets[BURST_MAX];
	uint64_t start = padma_ticks();
	unsigned int got, all = 0;

	do {
		got = 0;
		for (unsigned int i = 0; i < queues; i++) {
			struct net_lane *lane = &rig->lanes[i];
			unsigned int n = padma_rx_burst(lane->rx, packets, burst), sent;

			got += n;
			sent = n ? padma_tx_burst(lane->tx, packets, n) : 0;
			while (PADMA_UNLIKELY(sent < n))
				padma_packet_put(rig->cache, packets[sent++]);
		}
		all += got;
	} while (got);
	phase->ticks += padma_ticks() - start;
	phase->packets += all;
}

/* The same for the floor. */
PHASE floor_receive_phase(struct net_rig *rig, struct phase *phase)
{
	const unsigned int queues = rig->options->queues, burst = rig->options->burst;
	const unsigned int depth = rig->options->depth;
	uint64_t start = padma_ticks();
	unsigned int all = 0;

	for (unsigned int done = 0; done < depth; done += burst) {
		unsigned int n = depth - done < burst ? depth - done : burst;

		for (unsigned int i = 0; i < queues; i++)
			all += net_floor_receive(&rig->lanes[i].floor, &rig->stack,
						 rig->lanes[i].packets + done, n);
	}
	phase->ticks += padma_ticks() - start;
	phase->packets += all;
}

PHASE floor_transmit_phase(struct net_rig *rig, struct phase *phase)
{
	const unsigned int queues = rig->options->queues, burst = rig->options->burst;
	const unsigned int depth = rig->options->depth;
	uint64_t start = padma_ticks();

	for (unsigned int done = 0; done < depth; done += burst) {
		unsigned int n = depth - done < burst ? depth - done : burst;

		for (unsigned int i = 0; i < queues; i++)
			net_floor_transmit(&rig->lanes[i].floor, &rig->stack,
					   rig->lanes[i].packets + done, n);
	}
	phase->ticks += padma_ticks() - start;
	phase->packets += (uint64_t)depth * queues;
}

PHASE floor_forward_phase(struct net_rig *rig, struct phase *phase)
{
	const unsigned int queues = rig->options->queues, burst = rig->options->burst;
	const unsigned int depth = rig->options->depth;
	struct padma_packet *packets[BURST_MAX];
	uint64_t start = padma_ticks();

	for (unsigned int done = 0; done < depth; done += burst) {
		unsigned int n = depth - done < burst ? depth - done : burst;

		for (unsigned int i = 0; i < queues; i++) {
			net_floor_receive(&rig->lanes[i].floor, &rig->stack, packets, n);
			net_floor_transmit(&rig->lanes[i].floor, &rig->stack, packets, n);
		}
	}
	phase->ticks += padma_ticks() - start;
	phase->packets += (uint64_t)depth * queues;
}

static int driver_round(struct net_rig *rig, struct phases *phases)
{
	uint64_t received = phases->rx.packets, forwarded = phases->forward.packets;

	step(rig);
	receive_phase(rig, &phases->rx);
	transmit_phase(rig, &phases->tx);
	drop_rest(rig);
	step(rig);
	forward_phase(rig, &phases->forward);
	if (phases->rx.packets == received || phases->forward.packets == forwarded)
		return complain("a card received no packets");
	return 0;
}

static void answer_floor(struct net_rig *rig)
{
	for (unsigned int i = 0; i < rig->options->queues; i++)
		net_floor_answer(&rig->lanes[i].floor, rig->options->size);
}

/*
 * The driver and its cards work as in a round of theirs: the cards' work takes long, and afterwards much of what the floor
 * has in the processor's caches and TLB is gone, as it is for the driver.
 */
static void floor_round(struct net_rig *rig, struct phases *phases)
{
	struct phases driver = {0};

	step(rig);
	answer_floor(rig);
	floor_receive_phase(rig, &phases->rx);
	floor_transmit_phase(rig, &phases->tx);
	receive_phase(rig, &driver.rx);
	transmit_phase(rig, &driver.tx);
	drop_rest(rig);
	step(rig);
	answer_floor(rig);
	floor_forward_phase(rig, &phases->forward);
	forward_phase(rig, &driver.forward);
}

static double per_packet(const struct phase *phase)
{
	return (double)padma_ticks_to_ns(phase->ticks) /
	       (double)(phase->packets ? phase->packets : 1);
}

/* What a trial measures, or the medians of many. */
struct costs {
	double rx, tx, forward, floor_rx, floor_tx, floor_forward;
};

static int one_trial(struct net_rig *rig, struct costs *costs)
{
	uint64_t per_round = (uint64_t)rig->options->depth * rig->options->queues;
	uint64_t rounds = PACKETS / (per_round ? per_round : 1) + 1;
	struct phases driver = {0}, floor = {0};
	int code = 0;

	for (uint64_t i = 0; i < rounds && code == 0; i++)
		code = driver_round(rig, &driver);
	for (uint64_t i = 0; i < rounds && code == 0; i++)
		floor_round(rig, &floor);
	*costs = (struct costs){
		.rx = per_packet(&driver.rx),
		.tx = per_packet(&driver.tx),
		.forward = per_packet(&driver.forward),
		.floor_rx = per_packet(&floor.rx),
		.floor_tx = per_packet(&floor.tx),
		.floor_forward = per_packet(&floor.forward),
	};
	return code;
}

static double median_of(const struct costs *trials, unsigned int count, size_t offset)
{
	double values[TRIALS];

	for (unsigned int i = 0; i < count; i++)
		values[i] = *(const double *)(const void *)((const char *)&trials[i] + offset);
	return median(values, count);
}

/* The first burst of a queue fills its ring, and finds nothing yet. */
static void fill_rings(struct net_rig *rig)
{
	struct phase phase = {0};

	receive_phase(rig, &phase);
}

static int measure(struct net_rig *rig, struct costs *costs)
{
	struct costs trials[TRIALS];
	unsigned int count = rig->options->trials;
	int code;

	fill_rings(rig);
	code = one_trial(rig, costs);

	for (unsigned int i = 0; i < count && code == 0; i++) {
		if (interrupted())
			return EXIT_FAILURE;
		code = one_trial(rig, &trials[i]);
	}
	if (code)
		return code;
	costs->rx = median_of(trials, count, offsetof(struct costs, rx));
	costs->tx = median_of(trials, count, offsetof(struct costs, tx));
	costs->forward = median_of(trials, count, offsetof(struct costs, forward));
	costs->floor_rx = median_of(trials, count, offsetof(struct costs, floor_rx));
	costs->floor_tx = median_of(trials, count, offsetof(struct costs, floor_tx));
	costs->floor_forward = median_of(trials, count, offsetof(struct costs, floor_forward));
	return 0;
}

static int run_rig(const struct bench_net_options *options, struct costs *costs)
{
	struct net_rig rig;
	int code = net_rig_open(&rig, options), closed;

	if (code == 0)
		code = measure(&rig, costs);
	closed = net_rig_close(&rig);
	return code ? code : closed;
}

/* What the guard costs: the same once more, with it. */
static int add_guard(struct figures *figures, const struct bench_net_options *options,
		     const struct costs *without)
{
	struct bench_net_options guarded = *options;
	struct costs with;
	int code;

	guarded.guard = true;
	code = run_rig(&guarded, &with);
	if (code)
		return code;
	figures_add(figures, "guard_rx_ns", "received, each address checked by the guard", "ns",
		    with.rx);
	figures_add(figures, "guard_tx_ns", "transmitted, likewise", "ns", with.tx);
	figures_add(figures, "guard_forward_ns", "forwarded, likewise", "ns", with.forward);
	figures_add(figures, "guard_ns", "of this, the guard", "ns",
		    with.forward - without->forward);
	return 0;
}

static void add_costs(struct figures *figures, const struct costs *costs)
{
	figures_add(figures, "rx_ns", "a packet received, the ring filled again", "ns", costs->rx);
	figures_add(figures, "tx_ns", "a packet transmitted, an earlier one reaped", "ns",
		    costs->tx);
	figures_add(figures, "forward_ns", "a packet received and transmitted", "ns",
		    costs->forward);
	figures_add_count(figures, "packets_per_s", "forwarded, on one core", "1/s",
			  (uint64_t)(1e9 / costs->forward));
	figures_add(figures, "floor_rx_ns", "the same without any check, inlined", "ns",
		    costs->floor_rx);
	figures_add(figures, "floor_tx_ns", "likewise", "ns", costs->floor_tx);
	figures_add(figures, "floor_forward_ns", "likewise", "ns", costs->floor_forward);
	figures_add(figures, "times_floor", "forwarded, divided by the floor", "",
		    costs->floor_forward > 0 ? costs->forward / costs->floor_forward : 0);
}

int bench_net(const struct bench_net_options *options, struct figures *figures)
{
	struct bench_net_options plain = *options;
	struct costs costs;
	int code;

	plain.guard = false;
	code = run_rig(&plain, &costs);
	if (code)
		return code;
	add_costs(figures, &costs);
	if (options->guard)
		code = add_guard(figures, options, &costs);
	figures_add_count(figures, "size", "bytes of a packet", "bytes", options->size);
	figures_add_count(figures, "burst", "packets per burst", "", options->burst);
	figures_add_count(figures, "depth", "descriptors of each ring", "", options->depth);
	figures_add_count(figures, "queues", "of each kind, polled in turn by one thread", "",
			  options->queues);
	return code;
}
