// SPDX-License-Identifier: BSD-3-Clause
/*
 * The NVMe driver and a controller that does what the input selects (hostile_nvme.h), in virtual
 * time. The input also chooses what the program does: queues, commands, polls, resets, closes.
 *
 * Invariants: each command's callback comes once, and not while the device could still write to the
 * command's memory; no poll makes more callbacks than allowed; the device gets no memory but that of
 * commands in flight; rings are freed only when it cannot use them; nothing is leaked.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/guard.h>
#include <padma/log.h>
#include <padma/nvme.h>
#include <padma/space.h>

#include "hostile_nvme.h"

#define COMMANDS      24u
#define BUFFER_BYTES  (320u << 10)
#define COMMAND_BYTES (BUFFER_BYTES - 1024u) /* which begin somewhere in the first 1024 */
#define QUEUES	      2u
#define MOST_STEPS    256u
#define TIMEOUT_NS    2000000000ull
#define OPEN_NS	      20000000000ull
/* Time for error handling, and for a sleep that overruns its deadline on the virtual clock. */
#define AFTER_NS      6000000000ull
#define LAST_ATTEMPTS 4u

struct command {
	char *buffer; /* of this command alone */
	bool outstanding;
	bool has_data;
	bool fetched;
	unsigned int queue;
	size_t bytes;
	uint32_t nsid;
	uint64_t lba;
	uint32_t lbas;
};

/* Without a guard, and with the exact one, which knows what memory is lent. */
static struct padma_space *spaces[2];
static char *buffers[2][COMMANDS];

static struct fuzz_input *input;
static struct padma_space *space;
static struct padma_nvme *nvme;
static struct padma_nvme_queue *queues[QUEUES];
static struct command commands[COMMANDS];
static unsigned int callbacks; /* during the current call */

static void print_log(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)ctx;
	(void)level;
	(void)part;
	/* To trace a reproducer. */
	if (getenv("FUZZ_VERBOSE"))
		fprintf(stderr, "%s\n", text);
}

/* Half of the buffers are scattered: pages of registered memory. */
static struct padma_space *open_space(enum padma_guard_mode guard, char **to)
{
	const struct padma_space_params params = {
		.backend = "sim", .window_bytes = 1 << 30, .page_bytes = 4096, .guard = guard};
	struct padma_space *opened = NULL;
	size_t bytes = (size_t)COMMANDS / 2 * BUFFER_BYTES;
	char *foreign =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *own = NULL;

	FUZZ_CHECK(padma_space_open(&params, &opened) == 0 && foreign != MAP_FAILED);
	FUZZ_CHECK(padma_space_alloc(opened, bytes, NULL, &own) == 0);
	FUZZ_CHECK(padma_space_register(opened, foreign, bytes) == 0);
	for (unsigned int i = 0; i < COMMANDS; i++)
		to[i] = (i % 2 ? foreign : (char *)own) + (size_t)(i / 2) * BUFFER_BYTES;
	return opened;
}

static size_t allocated(void)
{
	struct padma_space_info info;

	padma_space_info(space, &info);
	return info.allocated_bytes;
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

/* Commands that the device fetches. */

struct piece_check {
	const struct hostile_command *command;
	bool belongs;
};

static bool lies_in(const struct command *command, padma_dma_t dma, size_t bytes)
{
	struct padma_run run;

	padma_for_each_run (run, space, command->buffer, command->bytes) {
		if (dma >= run.dma && dma + bytes <= run.dma + run.len)
			return true;
	}
	return false;
}

static void check_piece(void *ctx, padma_dma_t dma, size_t bytes)
{
	struct piece_check *check = ctx;

	check->belongs = false;
	for (unsigned int i = 0; i < COMMANDS; i++) {
		struct command *c = &commands[i];

		if (!c->outstanding || !c->has_data || !lies_in(c, dma, bytes))
			continue;
		FUZZ_CHECK(check->command->nsid == c->nsid && check->command->lba >= c->lba &&
			   check->command->lba + check->command->lbas <= c->lba + c->lbas);
		c->fetched = true;
		check->belongs = true;
	}
	FUZZ_CHECK(check->belongs);
}

static void fetched(void *ctx, const struct hostile_command *command)
{
	struct piece_check check = {command, false};

	(void)ctx;
	hostile_each_piece(command, check_piece, &check);
}

/* Callbacks. */

static void give_command(unsigned int queue, uint8_t how);

static void done(void *ctx, int error, uint16_t status)
{
	struct command *command = ctx;
	struct padma_run run;

	FUZZ_CHECK(command->outstanding);
	FUZZ_CHECK(error <= 0 && (error == -EIO || status == 0));
	callbacks++;
	if (command->has_data) {
		padma_for_each_run (run, space, command->buffer, command->bytes)
			FUZZ_CHECK(!hostile_may_write(run.dma, run.len));
		FUZZ_CHECK(error || command->fetched);
	}
	command->outstanding = false;
	if (fuzz_u8(input) >= 0xc0)
		give_command(command->queue, fuzz_u8(input));
}

/* Operations. */

static struct command *free_command(void)
{
	unsigned int start = fuzz_u8(input);

	for (unsigned int i = 0; i < COMMANDS; i++) {
		struct command *command = &commands[(start + i) % COMMANDS];

		if (!command->outstanding)
			return command;
	}
	return NULL;
}

static int give_data(struct padma_nvme_queue *queue, struct command *c, uint8_t how)
{
	if (how & 4 && c->bytes) {
		padma_dma_t dma = padma_dma(space, c->buffer);

		return how & 2 ? padma_nvme_read_dma(queue, c->nsid, dma, c->lba, c->lbas, done, c)
			       : padma_nvme_write_dma(queue, c->nsid, dma, c->lba, c->lbas, done,
						      c);
	}
	return how & 2 ? padma_nvme_read(queue, c->nsid, c->buffer, c->lba, c->lbas, done, c)
		       : padma_nvme_write(queue, c->nsid, c->buffer, c->lba, c->lbas, done, c);
}

static void give_command(unsigned int queue, uint8_t how)
{
	struct command *c = free_command();
	uint32_t block;
	int rc;

	if (!c || !queues[queue])
		return;
	c->queue = queue;
	c->nsid = how & 0x80 ? fuzz_u8(input) : 1;
	c->lba = fuzz_u16(input) % 2048;
	c->lbas = 1 + (how & 0x40 ? fuzz_u16(input) % 640 : fuzz_u8(input) % 16);
	c->has_data = !(how & 1);
	c->fetched = false;
	block = hostile_block_bytes(c->nsid);
	if ((size_t)c->lbas * block > COMMAND_BYTES)
		c->lbas = COMMAND_BYTES / block;
	c->bytes = (size_t)c->lbas * block;
	/* One run, if the address is given. */
	if (how & 4 && padma_run(space, c->buffer, c->bytes).len < c->bytes)
		how &= (uint8_t)~4;
	c->outstanding = true;
	if (c->has_data)
		rc = give_data(queues[queue], c, how);
	else if (how & 2)
		rc = padma_nvme_flush(queues[queue], c->nsid, done, c);
	else
		rc = padma_nvme_write_zeroes(queues[queue], c->nsid, c->lba, c->lbas, done, c);
	FUZZ_CHECK(rc <= 0);
	if (rc)
		c->outstanding = false;
}

static unsigned int outstanding(unsigned int queue)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < COMMANDS; i++)
		count += commands[i].outstanding && commands[i].queue == queue;
	return count;
}

static void poll_queue(unsigned int queue, unsigned int limit)
{
	unsigned int before = outstanding(queue);
	int rc;

	callbacks = 0;
	rc = padma_nvme_poll(queues[queue], limit);
	FUZZ_CHECK(callbacks <= (limit ? limit : before));
	FUZZ_CHECK(rc < 0 || (unsigned int)rc == callbacks);
	FUZZ_CHECK(padma_nvme_outstanding(queues[queue]) == outstanding(queue));
}

static void open_queue(unsigned int queue)
{
	const struct padma_nvme_queue_params params = {.depth = fuzz_u8(input) % 40};

	FUZZ_CHECK(padma_nvme_queue_open(nvme, &params, &queues[queue]) <= 0);
}

static int close_queue(unsigned int queue)
{
	int rc = padma_nvme_queue_close(queues[queue]);

	if (rc == -EBUSY)
		return rc;
	FUZZ_CHECK(outstanding(queue) == 0);
	queues[queue] = NULL;
	return 0;
}

/* Opening and reset are bounded as a whole, whatever time-outs the controller specifies for the steps. */
static void check_time(uint64_t started)
{
	FUZZ_CHECK(hostile_time() - hostile_jumps() - started <= OPEN_NS + AFTER_NS);
}

static void reset(void)
{
	uint64_t started = hostile_time() - hostile_jumps();

	padma_nvme_reset_begin(nvme);
	for (unsigned int i = 0; i < QUEUES; i++) {
		if (queues[i])
			poll_queue(i, 0);
	}
	(void)padma_nvme_reset_finish(nvme);
	check_time(started);
}

static void step_queue(unsigned int queue, uint8_t how)
{
	if (!queues[queue]) {
		open_queue(queue);
		return;
	}
	switch (how & 7) {
	case 0:
	case 1:
	case 2:
		give_command(queue, fuzz_u8(input));
		break;
	case 3:
	case 4:
		FUZZ_CHECK(padma_nvme_submit(queues[queue]) <= (int)(4 * COMMANDS));
		break;
	case 5:
		poll_queue(queue, fuzz_u8(input) % 4);
		break;
	case 6:
		poll_queue(queue, 0);
		break;
	default:
		if (fuzz_u8(input) >= 0xc0)
			(void)close_queue(queue);
	}
}

static void step(struct padma_device *device)
{
	uint8_t data[4096], how = fuzz_u8(input);

	if (getenv("FUZZ_VERBOSE"))
		fprintf(stderr, "program: step 0x%02x\n", how);
	if (how < 0xa0)
		step_queue(how >> 3 & 1, how);
	else if (how < 0xe0)
		hostile_act();
	else if (how < 0xe8)
		reset();
	else if (how < 0xf0)
		(void)padma_nvme_admin_poll(nvme);
	else if (how < 0xf4)
		(void)padma_device_check(device);
	else if (how < 0xf8)
		(void)padma_nvme_identify(nvme, how & 3, 1, data);
	else if (how < 0xfc)
		(void)padma_device_quiesce(device);
	else
		(void)padma_nvme_reset_finish(nvme);
}

static void close_all(struct padma_device *device)
{
	int rc = 0;

	hostile_calm();
	for (unsigned int i = 0; i < QUEUES; i++) {
		for (unsigned int attempt = 0; queues[i] && attempt < LAST_ATTEMPTS; attempt++)
			(void)close_queue(i);
		FUZZ_CHECK(!queues[i]);
	}
	for (unsigned int attempt = 0; attempt < LAST_ATTEMPTS; attempt++) {
		rc = nvme ? padma_nvme_close(nvme) : 0;
		if (rc != -EBUSY)
			break;
	}
	FUZZ_CHECK(rc != -EBUSY && hostile_rings_are_lent());
	nvme = NULL;
	for (unsigned int attempt = 0; attempt < LAST_ATTEMPTS; attempt++) {
		rc = padma_device_close(device);
		if (rc == 0)
			break;
	}
	FUZZ_CHECK(rc == 0);
}

static void begin(uint8_t how)
{
	for (unsigned int i = 0; i < 2 && !spaces[i]; i++) {
		padma_log_to(print_log, NULL, PADMA_LOG_INFO);
		spaces[i] = open_space(i ? PADMA_GUARD_EXACT : PADMA_GUARD_OFF, buffers[i]);
	}
	space = spaces[how & 1];
	nvme = NULL;
	memset(commands, 0, sizeof(commands));
	memset(queues, 0, sizeof(queues));
	for (unsigned int i = 0; i < COMMANDS; i++)
		commands[i].buffer = buffers[how & 1][i] + fuzz_u8(input) * 4;
	hostile_begin(input, false, fetched, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct padma_nvme_params params = {.timeout_ns = TIMEOUT_NS,
						 .open_timeout_ns = OPEN_NS};
	struct fuzz_input all = {data, size};
	struct padma_device *device = NULL;
	uint64_t started;
	size_t before;

	input = &all;
	begin(fuzz_u8(input));
	before = allocated();
	FUZZ_CHECK(padma_device_open(space, HOSTILE_NAME, &device) == 0);
	started = hostile_time() - hostile_jumps();
	if (padma_nvme_open(device, &params, &nvme))
		nvme = NULL;
	check_time(started);
	FUZZ_CHECK(hostile_rings_are_lent());
	for (unsigned int i = 0; nvme && input->left && i < MOST_STEPS; i++) {
		step(device);
		FUZZ_CHECK(hostile_rings_are_lent());
	}
	close_all(device);
	FUZZ_CHECK(allocated() == before);
	return 0;
}
