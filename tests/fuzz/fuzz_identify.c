// SPDX-License-Identifier: BSD-3-Clause
/*
 * Identify data of an otherwise well-behaved controller: the controller, the list of namespaces, each
 * namespace and its descriptors. What the driver reports must be consistent, and commands within the
 * reported limits must work.
 */
#include "fuzz.h"

#include <ctype.h>
#include <errno.h>

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/guard.h>
#include <padma/log.h>
#include <padma/nvme.h>
#include <padma/space.h>

#include "hostile_nvme.h"

#define MOST_NAMESPACES 1024u
#define BUFFER_BYTES	(128u << 10)
#define MAX_POLLS	64u

static struct padma_space *space;
static void *buffer;
static struct padma_nvme *nvme;

static void say_nothing(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)ctx;
	(void)level;
	(void)part;
	(void)text;
}

static void open_space(void)
{
	const struct padma_space_params params = {.backend = "sim",
						  .window_bytes = 1 << 30,
						  .page_bytes = 4096,
						  .guard = PADMA_GUARD_EXACT};

	padma_log_to(say_nothing, NULL, PADMA_LOG_ERROR);
	FUZZ_CHECK(padma_space_open(&params, &space) == 0);
	FUZZ_CHECK(padma_space_alloc(space, BUFFER_BYTES, NULL, &buffer) == 0);
}

uint32_t hostile_block_bytes(uint32_t nsid)
{
	struct padma_nvme_namespace ns;

	for (unsigned int i = 0; nvme && padma_nvme_namespace(nvme, i, &ns) == 0; i++) {
		if (ns.nsid == nsid)
			return ns.lba_bytes;
	}
	return 512;
}

static void check_text(const char *text, size_t most)
{
	size_t length = strnlen(text, most);

	FUZZ_CHECK(length < most);
	for (size_t i = 0; i < length; i++)
		FUZZ_CHECK(isprint((unsigned char)text[i]));
}

static void check_namespaces(const struct padma_nvme_info *info)
{
	struct padma_nvme_namespace ns;
	uint32_t last = 0;

	for (unsigned int i = 0; i < info->namespaces; i++) {
		FUZZ_CHECK(padma_nvme_namespace(nvme, i, &ns) == 0);
		FUZZ_CHECK(ns.nsid > last && ns.nsid < 0xffffffff);
		FUZZ_CHECK(ns.lba_bytes >= 512 && ns.lba_bytes <= 65536);
		FUZZ_CHECK((ns.lba_bytes & (ns.lba_bytes - 1)) == 0);
		FUZZ_CHECK(ns.lba_bytes <= info->max_transfer_bytes);
		FUZZ_CHECK(ns.lbas <= (uint64_t)INT64_MAX / ns.lba_bytes);
		last = ns.nsid;
	}
	FUZZ_CHECK(padma_nvme_namespace(nvme, info->namespaces, &ns) == -ENOENT);
}

static void check_info(void)
{
	struct padma_nvme_info info;

	padma_nvme_info(nvme, &info);
	check_text(info.serial, sizeof(info.serial));
	check_text(info.model, sizeof(info.model));
	check_text(info.firmware, sizeof(info.firmware));
	FUZZ_CHECK(info.max_transfer_bytes >= 4096 && info.max_transfer_bytes <= 2 << 20);
	FUZZ_CHECK(info.namespaces <= MOST_NAMESPACES);
	check_namespaces(&info);
}

static void done(void *ctx, int error, uint16_t status)
{
	(void)error;
	(void)status;
	++*(unsigned int *)ctx;
}

/* A read at the end of each namespace, as large as the buffer holds. */
static void read_some(struct padma_nvme_queue *queue, const struct padma_nvme_namespace *ns)
{
	uint32_t lbas = BUFFER_BYTES / ns->lba_bytes;
	unsigned int calls = 0;
	int rc;

	if (lbas > ns->lbas)
		lbas = (uint32_t)ns->lbas;
	FUZZ_CHECK(padma_nvme_read(queue, ns->nsid, buffer, ns->lbas, 1, done, &calls) == -EINVAL);
	rc = padma_nvme_read(queue, ns->nsid, buffer, ns->lbas - lbas, lbas, done, &calls);
	FUZZ_CHECK(rc == 0);
	(void)padma_nvme_submit(queue);
	for (unsigned int i = 0; i < MAX_POLLS && calls == 0; i++) {
		hostile_act();
		FUZZ_CHECK(padma_nvme_poll(queue, 0) >= 0);
	}
	FUZZ_CHECK(calls == 1);
}

static void use(void)
{
	struct padma_nvme_namespace ns;
	struct padma_nvme_queue *queue = NULL;

	check_info();
	if (padma_nvme_queue_open(nvme, NULL, &queue))
		return;
	for (unsigned int i = 0; i < 4 && padma_nvme_namespace(nvme, i, &ns) == 0; i++)
		read_some(queue, &ns);
	/* Identify is read again, and may return other data. */
	padma_nvme_reset_begin(nvme);
	(void)padma_nvme_poll(queue, 0);
	if (padma_nvme_reset_finish(nvme) == 0) {
		FUZZ_CHECK(padma_nvme_state(nvme) == PADMA_NVME_LIVE);
		for (unsigned int i = 0; padma_nvme_namespace(nvme, i, &ns) == 0; i++)
			FUZZ_CHECK(ns.lba_bytes >= 512);
	}
	FUZZ_CHECK(padma_nvme_queue_close(queue) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	struct padma_device *device = NULL;

	if (!space)
		open_space();
	nvme = NULL;
	hostile_begin(&input, true, NULL, NULL);
	hostile_calm();
	FUZZ_CHECK(padma_device_open(space, HOSTILE_NAME, &device) == 0);
	(void)padma_fail(0, "fuzz", "%s", "");
	if (padma_nvme_open(device, NULL, &nvme) == 0) {
		use();
		FUZZ_CHECK(padma_nvme_close(nvme) == 0);
	} else {
		FUZZ_CHECK(*padma_last_error());
	}
	nvme = NULL;
	FUZZ_CHECK(padma_device_close(device) == 0);
	return 0;
}
