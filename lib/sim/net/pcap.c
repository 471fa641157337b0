// SPDX-License-Identifier: BSD-3-Clause
/*
 * Capture files: what one holds is received, as fast as there are buffers for it; what is sent goes into another. libpcap,
 * and much that it brings along, is loaded when the key is given.
 */
#include <dlfcn.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "common.h"
#include "backend.h"

#define LIBRARY "libpcap.so.0.8"

/* What is called of it. */
struct calls {
	void *library;
	__typeof__(pcap_open_offline) *open_offline;
	__typeof__(pcap_datalink) *datalink;
	__typeof__(pcap_next_ex) *next_ex;
	__typeof__(pcap_close) *close;
	__typeof__(pcap_open_dead) *open_dead;
	__typeof__(pcap_dump_open) *dump_open;
	__typeof__(pcap_dump) *dump;
	__typeof__(pcap_dump_flush) *dump_flush;
	__typeof__(pcap_dump_close) *dump_close;
	__typeof__(pcap_geterr) *geterr;
};

struct files {
	struct calls calls;
	pcap_t *in;
	pcap_t *format; /* of the file that is written */
	pcap_dumper_t *out;
	bool dirty;
};

static int load(struct sim_wire *wire, struct calls *calls)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return fail(
			-ENOENT,
			"%s: capture files take libpcap; install Debian's package libpcap0.8: %s",
			wire->function->name, dlerror());
	*calls = (struct calls){
		.library = library,
		.open_offline =
			(__typeof__(calls->open_offline))dlsym(library, "pcap_open_offline"),
		.datalink = (__typeof__(calls->datalink))dlsym(library, "pcap_datalink"),
		.next_ex = (__typeof__(calls->next_ex))dlsym(library, "pcap_next_ex"),
		.close = (__typeof__(calls->close))dlsym(library, "pcap_close"),
		.open_dead = (__typeof__(calls->open_dead))dlsym(library, "pcap_open_dead"),
		.dump_open = (__typeof__(calls->dump_open))dlsym(library, "pcap_dump_open"),
		.dump = (__typeof__(calls->dump))dlsym(library, "pcap_dump"),
		.dump_flush = (__typeof__(calls->dump_flush))dlsym(library, "pcap_dump_flush"),
		.dump_close = (__typeof__(calls->dump_close))dlsym(library, "pcap_dump_close"),
		.geterr = (__typeof__(calls->geterr))dlsym(library, "pcap_geterr"),
	};
	/* The oldest call of all stands for the others, which libpcap 1.0 had, too. */
	return calls->dump_flush
		       ? 0
		       : fail(-ENOENT, "%s: %s is not libpcap", wire->function->name, LIBRARY);
}

static int open_in(struct sim_wire *wire, struct files *files, const char *path)
{
	char reason[PCAP_ERRBUF_SIZE] = "";

	errno = 0;
	files->in = files->calls.open_offline(path, reason);
	if (!files->in)
		return fail(errno ? -errno : -EINVAL, "%s: cannot read a capture: %s",
			    wire->function->name, reason);
	if (files->calls.datalink(files->in) != DLT_EN10MB)
		return fail(-EINVAL, "%s: %s is not a capture of Ethernet frames",
			    wire->function->name, path);
	return 0;
}

static int open_out(struct sim_wire *wire, struct files *files, const char *path)
{
	files->format = files->calls.open_dead(DLT_EN10MB, SIM_FRAME_MAX);
	if (!files->format)
		return fail(-ENOMEM, "%s: no memory for a capture", wire->function->name);
	errno = 0;
	files->out = files->calls.dump_open(files->format, path);
	if (!files->out)
		return fail(errno ? -errno : -EIO, "%s: cannot write a capture: %s",
			    wire->function->name, files->calls.geterr(files->format));
	return 0;
}

static void close_files(struct files *files)
{
	if (files->out)
		files->calls.dump_close(files->out);
	if (files->format)
		files->calls.close(files->format);
	if (files->in)
		files->calls.close(files->in);
	if (files->calls.library)
		dlclose(files->calls.library);
	free(files);
}

static int open_files(struct sim_wire *wire, struct files *files)
{
	char *in = strdup(wire->keys->pcap), *colon = in ? strchr(in, ':') : NULL;
	int rc = 0;

	if (!in)
		return fail(-ENOMEM, "%s: no memory for a capture", wire->function->name);
	if (!colon || !(in[1] || colon[1])) {
		free(in);
		return fail(-EINVAL,
			    "%s: give pcap=IN:OUT, IN a capture to be received, OUT the file for "
			    "what is sent; "
			    "one of them may be missing",
			    wire->function->name);
	}
	*colon = '\0';
	if (*in)
		rc = open_in(wire, files, in);
	if (rc == 0 && colon[1])
		rc = open_out(wire, files, colon + 1);
	free(in);
	return rc;
}

static int pcap_wire_open(struct sim_wire *wire)
{
	struct files *files = calloc(1, sizeof(*files));
	int rc;

	if (!files)
		return fail(-ENOMEM, "%s: no memory for a capture", wire->function->name);
	rc = load(wire, &files->calls);
	if (rc == 0)
		rc = open_files(wire, files);
	if (rc) {
		close_files(files);
		return rc;
	}
	wire->behind = files;
	return 0;
}

static void pcap_wire_close(struct sim_wire *wire)
{
	close_files(wire->behind);
}

/* A stepped device's time is its steps: the file is the same each time. */
static struct timeval time_of(const struct sim_wire *wire)
{
	struct timeval now;
	uint64_t steps;

	if (wire->function->stepped) {
		steps = padma_sim_now(wire->function);
		now = (struct timeval){.tv_sec = (time_t)(steps / 1000000),
				       .tv_usec = (suseconds_t)(steps % 1000000)};
	} else {
		gettimeofday(&now, NULL);
	}
	return now;
}

static bool pcap_send(struct sim_wire *wire, struct sim_box *box)
{
	struct files *files = wire->behind;
	struct pcap_pkthdr header = {
		.ts = time_of(wire), .caplen = box->frame.bytes, .len = box->frame.bytes};

	if (files->out) {
		files->calls.dump((u_char *)files->out, &header, box->bytes);
		files->dirty = true;
	}
	free(box);
	return true;
}

/* A frame that was captured in part is received as far as it goes. */
static struct sim_box *pcap_receive(struct sim_wire *wire)
{
	struct files *files = wire->behind;
	struct sim_frame frame = {.data = NULL};
	struct pcap_pkthdr *header;

	if (!files->in || files->calls.next_ex(files->in, &header, &frame.data) != 1)
		return NULL;
	frame.bytes = header->caplen < SIM_FRAME_MAX ? header->caplen : SIM_FRAME_MAX;
	return sim_box_new(&frame);
}

/* So that another program finds the frames that were sent while the device is open. */
static void pcap_poll(struct sim_wire *wire)
{
	struct files *files = wire->behind;

	if (files->dirty)
		files->calls.dump_flush(files->out);
	files->dirty = false;
}

const struct sim_wire_backend sim_wire_pcap_backend = {
	.open = pcap_wire_open,
	.close = pcap_wire_close,
	.send = pcap_send,
	.receive = pcap_receive,
	.poll = pcap_poll,
};
