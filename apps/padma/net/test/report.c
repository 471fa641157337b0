// SPDX-License-Identifier: BSD-3-Clause
/* See report.h. */
#include "net/test/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/command.h"
#include "common/json.h"
#include "net/test/modes/generate.h"
#include "net/test/record.h"
#include "net/test/snapshot.h"

#define WIRE_BYTES 24 /* preamble, checksum of the frame, gap */

struct queue_report {
	struct test_queue_counts counts;
	struct snapshot_stream streams;
};

struct port_report {
	struct test_queue_counts sum;
	struct test_device_counts device;
	struct queue_report *queues;
	unsigned int queue_count;
	bool closed; /* when the run ended */
};

struct test_report {
	struct port_report ports[TEST_PORTS_MAX];
	struct verify_total verify;
	double seconds;
};

static bool is_away(const struct test_port *port)
{
	return !port->port || port->resetting;
}

/* Whether packets of others may have been lost with a port; and (@now) those of this process, as it is still not back. */
static bool was_interrupted(const struct test *test, bool *now)
{
	bool ever = false;

	*now = false;
	for (unsigned int i = 0; i < test->port_count; i++) {
		const struct test_port *port = &test->ports[i];

		*now |= is_away(port);
		ever |= is_away(port) || port->reopened || port->resets;
	}
	return ever;
}

/* What each stream sent, for the receivers of the same process. */
static bool sum_up_verify(const struct test *test, struct verify_total *total)
{
	struct verify **records = calloc(test->stream_count, sizeof(*records));
	struct verify_sent *sent = calloc(test->stream_count, sizeof(*sent));
	bool away, interrupted = was_interrupted(test, &away);
	unsigned int n = 0;

	if (records && sent) {
		for (unsigned int i = 0; i < test->stream_count; i++)
			records[i] = test->streams[i].verify;
		for (unsigned int i = 0; i < test->stream_count && test->mode->generates; i++) {
			const struct generator *generator = test->streams[i].state;

			if (!generator || generator->replay)
				continue;
			sent[n++] = (struct verify_sent){
				.stream = generator->stamp.stream,
				.sent = generate_sent(&test->streams[i]),
				.in_flight = away ? UINT64_MAX : test->streams[i].in_flight,
			};
		}
		verify_sum(records, test->stream_count, test->run, sent, n, interrupted, total);
	}
	free(records);
	free(sent);
	return records && sent;
}

struct test_report *report_collect(const struct test *test)
{
	struct test_report *report = calloc(1, sizeof(*report));
	bool complete = report != NULL;

	for (unsigned int i = 0; i < test->port_count && complete; i++) {
		struct port_report *port = &report->ports[i];

		snapshot_port(test, &test->ports[i], &port->sum);
		snapshot_device(&test->ports[i], &port->device);
		port->closed = test->ports[i].port == NULL;
		port->queues = calloc(test->queues, sizeof(*port->queues));
		port->queue_count = test->queues;
		complete = port->queues != NULL;
		for (unsigned int q = 0; q < test->queues && complete; q++) {
			snapshot_queue(test, &test->ports[i], q, &port->queues[q].counts);
			snapshot_streams(test, &test->ports[i], q, &port->queues[q].streams);
		}
	}
	if (complete && test->options->verify)
		complete = sum_up_verify(test, &report->verify);
	if (complete) {
		report->seconds = (double)test->elapsed_ns / 1e9;
		return report;
	}
	report_free(report);
	(void)complain("no memory for the report");
	return NULL;
}

void report_free(struct test_report *report)
{
	if (!report)
		return;
	for (unsigned int i = 0; i < TEST_PORTS_MAX; i++)
		free(report->ports[i].queues);
	free(report);
}

static double per_second(const struct test_report *report, uint64_t count)
{
	return report->seconds > 0 ? (double)count / report->seconds : 0;
}

static double mbit(const struct test_report *report, uint64_t packets, uint64_t bytes)
{
	return per_second(report, bytes + packets * WIRE_BYTES) * 8 / 1e6;
}

static json_int_t integer(uint64_t value)
{
	return (json_int_t)value;
}

static json_t *queue_json(const struct queue_report *queue)
{
	const struct test_queue_counts *c = &queue->counts;
	const struct snapshot_stream *s = &queue->streams;

	return json_pack("{s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}, "
			 "s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}}",
			 "rx", "packets", integer(c->rx_packets), "bytes", integer(c->rx_bytes),
			 "no_buffer", integer(c->rx_no_buffer), "errors", integer(c->rx_errors),
			 "protocol_errors", integer(c->rx_protocol_errors), "bursts",
			 integer(c->rx_bursts), "empty", integer(c->rx_empty), "refused",
			 integer(s->refused), "bad_ip_csum", integer(s->bad_ip), "bad_l4_csum",
			 integer(s->bad_l4), "tx", "packets", integer(c->tx_packets), "bytes",
			 integer(c->tx_bytes), "dropped", integer(s->tx_dropped), "down",
			 integer(s->down), "errors", integer(c->tx_errors), "refused",
			 integer(c->tx_refused), "full", integer(c->tx_full), "retries",
			 integer(s->retries), "no_packet", integer(s->no_packet), "software",
			 integer(c->tx_software), "sent", integer(c->tx_sent), "bursts",
			 integer(c->tx_bursts));
}

static json_t *port_json(const struct test *test, const struct test_report *report,
			 unsigned int index)
{
	const struct port_report *r = &report->ports[index];
	const struct test_port *port = &test->ports[index];
	const struct test_queue_counts *c = &r->sum;
	char mac[MAC_TEXT_BYTES];
	json_t *queues = json_array();

	for (unsigned int q = 0; q < test->queues; q++)
		json_array_append_new(queues, queue_json(&r->queues[q]));
	return json_pack(
		"{s:o, s:s, s:s, s:b, s:I, s:I, s:f, s:f, s:I, s:I, s:I, s:I, s:f, s:f, s:I, "
		"s:i, s:i, s:b, s:o, s:o}",
		"name", json_text(port->name), "driver", port->info.driver, "mac",
		mac_address_format(port->mac, mac), "link", port->link.up, "rx_packets",
		integer(c->rx_packets), "rx_bytes", integer(c->rx_bytes), "rx_pps",
		per_second(report, c->rx_packets), "rx_mbit_s",
		mbit(report, c->rx_packets, c->rx_bytes), "rx_dropped",
		integer(r->device.rx_dropped), "rx_errors", integer(r->device.rx_errors),
		"tx_packets", integer(c->tx_packets), "tx_bytes", integer(c->tx_bytes), "tx_pps",
		per_second(report, c->tx_packets), "tx_mbit_s",
		mbit(report, c->tx_packets, c->tx_bytes), "tx_errors", integer(r->device.tx_errors),
		"resets", (int)port->resets, "reopened", (int)port->reopened, "closed", r->closed,
		"why", json_text_or_null(port->why), "queues", queues);
}

static json_t *verify_json(const struct verify_total *v)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i}", "good", integer(v->good),
			 "lost", integer(v->lost), "lost_with_port", integer(v->lost_with_port),
			 "duplicated", integer(v->doubled), "reordered", integer(v->reordered),
			 "corrupted", integer(v->corrupt), "other", integer(v->other), "untracked",
			 integer(v->untracked), "senders", (int)v->senders);
}

static json_t *to_json(const struct test *test, const struct test_report *report)
{
	json_t *ports = json_array(), *object;

	for (unsigned int i = 0; i < test->port_count; i++)
		json_array_append_new(ports, port_json(test, report, i));
	object = json_pack("{s:s, s:f, s:i, s:i, s:i, s:I, s:I, s:o}", "mode", test->mode->name,
			   "seconds", report->seconds, "queues", (int)test->queues, "cores",
			   (int)test->worker_count, "burst", (int)test->options->burst, "packets",
			   integer(test->pool_count), "leaked", integer(test->leaked), "ports",
			   ports);
	if (object && test->options->verify)
		json_object_set_new(object, "verify", verify_json(&report->verify));
	if (object && test->record)
		json_object_set_new(object, "capture",
				    json_pack("{s:I, s:I}", "written",
					      integer(record_written(test->record)), "missed",
					      integer(record_missed(test->record))));
	return backend_json(object, &test->backend);
}

/* "3 no buffer, 2 ring full", or "none". */
static void print_drops(const char *label, const char *const *names, const uint64_t *counts,
			unsigned int n)
{
	const char *between = "";

	printf("    %-9s", label);
	for (unsigned int i = 0; i < n; i++) {
		if (counts[i] == 0)
			continue;
		printf("%s%" PRIu64 " %s", between, counts[i], names[i]);
		between = ", ";
	}
	puts(*between ? "" : "none");
}

static void print_rx(const struct port_report *r)
{
	static const char *const names[] = {"no buffer",
					    "without descriptors",
					    "damaged",
					    "ignored by the mode",
					    "bad IP checksum (forwarded)",
					    "bad L4 checksum (forwarded)"};
	const struct test_queue_counts *c = &r->sum;
	uint64_t refused = 0, bad_ip = 0, bad_l4 = 0;

	for (unsigned int q = 0; q < r->queue_count; q++) {
		refused += r->queues[q].streams.refused;
		bad_ip += r->queues[q].streams.bad_ip;
		bad_l4 += r->queues[q].streams.bad_l4;
	}
	print_drops("rx drops", names,
		    (uint64_t[]){c->rx_no_buffer,
				 r->device.rx_dropped > c->rx_no_buffer
					 ? r->device.rx_dropped - c->rx_no_buffer
					 : 0,
				 r->device.rx_errors, refused, bad_ip, bad_l4},
		    6);
}

static void print_tx(const struct port_report *r)
{
	static const char *const names[] = {"ring full", "port down", "invalid",
					    "refused by the guard", "device errors"};
	uint64_t dropped = 0, down = 0;

	for (unsigned int q = 0; q < r->queue_count; q++) {
		dropped += r->queues[q].streams.tx_dropped;
		down += r->queues[q].streams.down;
	}
	print_drops("tx drops", names,
		    (uint64_t[]){dropped, down, r->sum.tx_errors, r->sum.tx_refused,
				 r->device.tx_errors},
		    5);
}

static void print_port(const struct test *test, const struct test_report *report,
		       unsigned int index)
{
	const struct port_report *r = &report->ports[index];
	const struct test_port *port = &test->ports[index];
	const struct test_queue_counts *c = &r->sum;
	char mac[MAC_TEXT_BYTES];

	printf("  port %u: %s (%s), %s, link %s%s\n", index, port->name, port->info.driver,
	       mac_address_format(port->mac, mac), port->link.up ? "up" : "down",
	       r->closed ? ", closed" : "");
	printf("    rx       %" PRIu64 " packets, %" PRIu64 " bytes, %.0f packets/s, %.1f Mbit/s\n",
	       c->rx_packets, c->rx_bytes, per_second(report, c->rx_packets),
	       mbit(report, c->rx_packets, c->rx_bytes));
	print_rx(r);
	printf("    tx       %" PRIu64 " packets, %" PRIu64 " bytes, %.0f packets/s, %.1f Mbit/s\n",
	       c->tx_packets, c->tx_bytes, per_second(report, c->tx_packets),
	       mbit(report, c->tx_packets, c->tx_bytes));
	print_tx(r);
	if (port->resets || port->reopened)
		printf("    events   %u resets, reopened %u times; the last: %s\n", port->resets,
		       port->reopened, port->why);
}

static void print_verify(const struct verify_total *v)
{
	printf("  verified   %" PRIu64 " packets of %u sender%s: %" PRIu64 " lost, %" PRIu64
	       " duplicated, %" PRIu64 " reordered, %" PRIu64 " corrupted",
	       v->good, v->senders, v->senders == 1 ? "" : "s", v->lost, v->doubled, v->reordered,
	       v->corrupt);
	if (v->lost_with_port)
		printf("; %" PRIu64 " lost with a port that failed", v->lost_with_port);
	if (v->other)
		printf("; %" PRIu64 " packets of other senders", v->other);
	putchar('\n');
}

static const char *plural(unsigned int n)
{
	return n == 1 ? "" : "s";
}

static int print_text(const struct test *test, const struct test_report *report)
{
	printf("%s: %u port%s x %u queue%s, %u thread%s, bursts of %u, %.2f s\n", test->mode->name,
	       test->port_count, plural(test->port_count), test->queues, plural(test->queues),
	       test->worker_count, plural(test->worker_count), test->options->burst,
	       report->seconds);
	backend_print("  backend    ", &test->backend);
	for (unsigned int i = 0; i < test->port_count; i++)
		print_port(test, report, i);
	if (test->options->verify)
		print_verify(&report->verify);
	if (test->record)
		printf("  captured   %" PRIu64 " packets, %" PRIu64 " missed\n",
		       record_written(test->record), record_missed(test->record));
	printf("  pool       %zu packets, %zu leaked\n", test->pool_count, test->leaked);
	return command_finish_output();
}

static int verdict(const struct test *test, const struct verify_total *v, int status)
{
	if (v->lost || v->doubled || v->reordered || v->corrupt || v->untracked)
		return complain("--verify: %" PRIu64 " lost, %" PRIu64 " duplicated, %" PRIu64
				" reordered, %" PRIu64 " corrupted, of %" PRIu64 " packets",
				v->lost, v->doubled, v->reordered, v->corrupt, v->good);
	if (test->mode->receives && v->good == 0)
		return complain("--verify: no packet of a generator was received");
	return status;
}

int report_print(const struct test *test, const struct test_report *report, int status)
{
	int printed =
		test->options->json ? json_print(to_json(test, report)) : print_text(test, report);

	if (status == 0)
		status = printed;
	if (test->leaked)
		status = complain("%zu packets did not return to the pool", test->leaked);
	if (status == 0 && test->options->verify)
		status = verdict(test, &report->verify, status);
	return status;
}
