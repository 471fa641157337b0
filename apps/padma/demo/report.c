// SPDX-License-Identifier: BSD-3-Clause
/* See report.h. */
#include "demo/report.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "common/json.h"

void demo_print_memory(FILE *out, const struct dma_report *dma)
{
	fprintf(out,
		"memory     two buffers of %zu MiB on %zu KiB pages: %zu runs of %zu to %zu KiB, "
		"%" PRIu64 " GET_PA queries\n",
		dma->bytes >> 20, dma->page_bytes >> 10, dma->runs, dma->shortest_run >> 10,
		dma->longest_run >> 10, dma->queries);
	for (size_t i = 0; i < dma->runs && i < DEMO_RUNS_SHOWN; i++)
		fprintf(out, "           0x%" PRIxPTR " -> 0x%" PRIx64 ", %zu KiB\n",
			(uintptr_t)dma->layout[i].va, dma->layout[i].dma, dma->layout[i].len >> 10);
	if (dma->runs > DEMO_RUNS_SHOWN)
		fprintf(out, "           and %zu more (--json lists all)\n",
			dma->runs - DEMO_RUNS_SHOWN);
}

static double figure(const struct figures *figures, const char *key)
{
	for (unsigned int i = 0; i < figures->count; i++) {
		if (strcmp(figures->list[i].key, key) == 0)
			return figures->list[i].value;
	}
	return 0;
}

void demo_print_submission(FILE *out, const struct figures *submit)
{
	fprintf(out,
		"submission %.1f ns to submit and %.1f ns to complete a 4 KiB command, simulated: "
		"%.1f million commands/s on one core\n",
		figure(submit, "submit_ns"), figure(submit, "complete_ns"),
		figure(submit, "commands_per_s") / 1e6);
}

void demo_print_network(FILE *out, const struct net_report *net)
{
	fprintf(out,
		"network    %" PRIu64 " packets of 60 to 1514 bytes between two cards (%s), every "
		"byte the same, none lost: %.2f million packets/s, %.2f Gbit/s on one core\n",
		net->packets, net->driver, (double)net->packets / net->seconds / 1e6,
		(double)net->bytes * 8 / net->seconds / 1e9);
}

static json_t *network_json(const struct net_report *net)
{
	if (net->packets == 0)
		return json_null();
	return json_pack("{s:I, s:I, s:f, s:f, s:s}", "packets", (json_int_t)net->packets, "bytes",
			 (json_int_t)net->bytes, "seconds", net->seconds, "packets_per_s",
			 (double)net->packets / net->seconds, "driver", net->driver);
}

static json_t *tree_json(const struct tree *tree)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "bytes", (json_int_t)tree->bytes, "files",
			 (json_int_t)tree->files, "directories", (json_int_t)tree->directories,
			 "links", (json_int_t)tree->links, "depth", (json_int_t)tree->depth);
}

static json_t *layout_json(const struct dma_report *dma)
{
	json_t *list = json_array();

	for (size_t i = 0; i < dma->runs; i++) {
		const struct padma_run *run = &dma->layout[i];
		json_t *row =
			json_pack("{s:o, s:o, s:I}", "va", json_hex((uintptr_t)run->va, 0), "dma",
				  json_hex(run->dma, 0), "bytes", (json_int_t)run->len);

		if (json_array_append_new(list, row)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *memory_json(const struct dma_report *dma)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "bytes", (json_int_t)dma->bytes * 2,
			 "page_bytes", (json_int_t)dma->page_bytes, "runs", (json_int_t)dma->runs,
			 "shortest_run", (json_int_t)dma->shortest_run, "longest_run",
			 (json_int_t)dma->longest_run, "queries", (json_int_t)dma->queries,
			 "layout", layout_json(dma));
}

json_t *demo_json(const struct demo_params *params, const struct demo_report *report)
{
	const struct figures *submit = &report->submit;

	return json_pack("{s:I, s:b, s:o, s:s, s:o, s:f, s:o, s:o, s:f, s:f, s:f, s:f, s:I, s:o}",
			 "seed", (json_int_t)params->seed, "verified", 1, "device",
			 json_text(params->device ? params->device : "sim:nvme"), "backend",
			 report->dma.backend, "backend_why", json_text(report->dma.backend_why),
			 "seconds", report->seconds, "tree", tree_json(&report->tree), "memory",
			 memory_json(&report->dma), "write_mib_s", report->dma.write_mib_s,
			 "read_mib_s", report->dma.read_mib_s, "submit_ns",
			 figure(submit, "submit_ns"), "complete_ns", figure(submit, "complete_ns"),
			 "commands_per_s", (json_int_t)figure(submit, "commands_per_s"), "network",
			 network_json(&report->net));
}
