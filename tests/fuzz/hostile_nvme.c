// SPDX-License-Identifier: BSD-3-Clause
/* See hostile_nvme.h. Its constants are from the specification, not from the driver, whose mistakes
 * they would hide. */
#include "hostile_nvme.h"

#include <errno.h>

#include <padma/guard.h>

#include "device/provider.h"
#include "sim/machine/memory.h"

/* The driver's clock (drivers/nvme/clock.h), in nanoseconds. */
uint64_t clock_now(void);
uint64_t clock_from_ns(uint64_t ns);
void clock_nap(uint64_t ns);

#define READ_CLOCK_NS 2000ull
/* A sleep advances the clock by much, so that a test of hours takes a moment. */
#define NAP_NS	      20000000ull

/* Registers (Base 2.0, figure 35). */
enum {
	CAP = 0x00,
	VS = 0x08,
	CC = 0x14,
	CSTS = 0x1c,
	AQA = 0x24,
	ASQ = 0x28,
	ACQ = 0x30,
	DOORBELLS = 0x1000
};
#define CAP_DSTRD    (0xfull << 32)
#define CC_EN	     1u
#define CC_SHN	     (3u << 14)
#define CSTS_RDY     1u
#define CSTS_CFS     2u
#define CSTS_SHST    (2u << 2)
#define BAR_BYTES    0x2000u
#define RING_MOST    4096u
#define HELD_MOST    512u

/* PCI configuration space. */
#define COMMAND	     4u
#define BUS_MASTER   4u

#define BLOCKS	     2048u
#define BLOCK_BYTES  512u
#define LIST_ENTRIES 512u

struct ring {
	bool there;
	uint64_t base;
	uint32_t entries;
	uint32_t
		head; /* of a submission queue: fetched up to here; of a completion queue: unused */
	uint32_t tail; /* of a completion queue: posted up to here */
	uint32_t phase;
};

struct hostile {
	struct padma_device head; /* first */
	struct sim_memory *memory;
	uint8_t config[256];
	uint64_t cap;
	uint32_t vs;
	uint32_t cc;
	uint32_t csts;
	uint32_t aqa;
	uint64_t asq;
	uint64_t acq;
	struct ring sq[HOSTILE_QUEUES];
	struct ring cq[HOSTILE_QUEUES];
	struct hostile_command held[HELD_MOST];
	enum padma_reset_kind reset_kind;
	bool off_bus;
	bool master_stuck;     /* bus mastering cannot be turned off */
	uint32_t ready_after;  /* reads of CSTS until it follows CC */
	uint32_t csts_answers; /* how many more reads of CSTS return csts_value */
	uint32_t csts_value;
	uint32_t all_answers; /* how many more reads of any register return all_value */
	uint64_t all_value;
};

static struct hostile *device; /* the open one */
static struct fuzz_input *input;
static bool identify_from_input;
static bool calm;
static hostile_fetched on_fetched;
static void *fetched_ctx;
static uint64_t time_ns;
static uint64_t jumps_ns;

void hostile_begin(struct fuzz_input *new_input, bool identify, hostile_fetched fetched, void *ctx)
{
	input = new_input;
	identify_from_input = identify;
	on_fetched = fetched;
	fetched_ctx = ctx;
	calm = false;
	time_ns = 1000000000;
	jumps_ns = 0;
}

uint64_t hostile_jumps(void)
{
	return jumps_ns;
}

uint64_t hostile_time(void)
{
	return time_ns;
}

uint64_t clock_now(void)
{
	return time_ns += READ_CLOCK_NS;
}

uint64_t clock_from_ns(uint64_t ns)
{
	return ns;
}

void clock_nap(uint64_t ns)
{
	time_ns += ns > NAP_NS ? ns : NAP_NS;
}

/* 0 selects correct behavior, and is the value after the end of the input. */
static uint8_t decide(void)
{
	return calm ? 0 : fuzz_u8(input);
}

/* To trace a reproducer: FUZZ_VERBOSE=1. */
static void trace(const char *what, uint64_t first, uint64_t second)
{
	if (getenv("FUZZ_VERBOSE"))
		fprintf(stderr, "device: %s 0x%llx 0x%llx\n", what, (unsigned long long)first,
			(unsigned long long)second);
}

static bool masters(void)
{
	return !device->off_bus && (device->config[COMMAND] & BUS_MASTER);
}

static bool dma_read(uint64_t dma, void *to, size_t bytes)
{
	uint64_t fault;

	return masters() && sim_memory_read(device->memory, dma, to, bytes, &fault) == 0;
}

static void dma_write(uint64_t dma, const void *from, size_t bytes)
{
	uint64_t fault;

	if (masters())
		(void)sim_memory_write(device->memory, dma, from, bytes, &fault);
}

/* Commands that are held. */

static void let_go_of_queue(unsigned int qid)
{
	for (unsigned int i = 0; i < HELD_MOST; i++)
		device->held[i].held = device->held[i].held && device->held[i].qid != qid;
}

static void let_go_of_all(void)
{
	for (unsigned int i = 0; i < HELD_MOST; i++)
		device->held[i].held = false;
	memset(device->sq, 0, sizeof(device->sq));
	memset(device->cq, 0, sizeof(device->cq));
}

static struct hostile_command *hold(const struct hostile_command *command)
{
	for (unsigned int i = 0; i < HELD_MOST; i++) {
		if (device->held[i].held)
			continue;
		device->held[i] = *command;
		device->held[i].held = true;
		return &device->held[i];
	}
	return NULL;
}

static bool is_lent(const struct ring *ring, size_t entry_bytes)
{
	return !ring->there || padma_guard_check(device->head.space, ring->base,
						 (size_t)ring->entries * entry_bytes);
}

bool hostile_rings_are_lent(void)
{
	if (!device || !masters())
		return true;
	for (unsigned int qid = 0; qid < HOSTILE_QUEUES; qid++) {
		if (!is_lent(&device->sq[qid], 64) || !is_lent(&device->cq[qid], 16))
			return false;
	}
	return true;
}

struct overlap {
	padma_dma_t dma;
	size_t bytes;
	bool found;
};

static void look_for_overlap(void *ctx, padma_dma_t dma, size_t bytes)
{
	struct overlap *overlap = ctx;

	overlap->found |= dma < overlap->dma + overlap->bytes && overlap->dma < dma + bytes;
}

bool hostile_may_write(padma_dma_t dma, size_t bytes)
{
	struct overlap overlap = {dma, bytes, false};

	if (!device || !masters())
		return false;
	for (unsigned int i = 0; i < HELD_MOST; i++) {
		if (device->held[i].held && device->held[i].qid)
			hostile_each_piece(&device->held[i], look_for_overlap, &overlap);
	}
	return overlap.found;
}

/* PRP entries (Base 2.0, 4.1.1): the first may begin within a page, a list has one entry per page. */
void hostile_each_piece(const struct hostile_command *command,
			void (*fn)(void *ctx, padma_dma_t dma, size_t bytes), void *ctx)
{
	size_t bytes = (size_t)command->lbas * hostile_block_bytes(command->nsid), piece;
	uint64_t list[LIST_ENTRIES];
	size_t pages;

	if (command->opcode != 1 && command->opcode != 2)
		return;
	piece = HOSTILE_PAGE - command->prp1 % HOSTILE_PAGE;
	piece = piece < bytes ? piece : bytes;
	fn(ctx, command->prp1, piece);
	bytes -= piece;
	pages = (bytes + HOSTILE_PAGE - 1) / HOSTILE_PAGE;
	if (pages == 1)
		fn(ctx, command->prp2, bytes);
	if (pages < 2 || pages > LIST_ENTRIES ||
	    !dma_read(command->prp2, list, pages * sizeof(*list)))
		return;
	for (size_t i = 0; i < pages; i++) {
		piece = bytes < HOSTILE_PAGE ? bytes : HOSTILE_PAGE;
		fn(ctx, list[i], piece);
		bytes -= piece;
	}
}

/* Completions. */

static uint16_t delete_ring(struct ring *rings, const struct hostile_command *command);

static void post(unsigned int qid, uint32_t result, uint32_t sqhd_sqid, uint16_t cid,
		 uint16_t status)
{
	struct ring *cq = &device->cq[qid];
	uint32_t entry[4] = {result, 0, sqhd_sqid, cid | (uint32_t)status << 17 | cq->phase << 16};

	if (!cq->there)
		return;
	trace("posts; cid, status", cid, status);
	dma_write(cq->base + (uint64_t)cq->tail * sizeof(entry), entry, sizeof(entry));
	if (++cq->tail == cq->entries) {
		cq->tail = 0;
		cq->phase ^= 1;
	}
	/* It has completed the command, correctly or not, and no longer uses its memory. */
	for (unsigned int i = 0; i < HELD_MOST; i++) {
		struct hostile_command *command = &device->held[i];

		if (!command->held || command->qid != qid || command->cid != cid)
			continue;
		command->held = false;
		if (qid == 0 && status == 0 && (command->opcode == 0x00 || command->opcode == 0x04))
			(void)delete_ring(command->opcode ? device->cq : device->sq, command);
	}
}

static void complete(const struct hostile_command *command, uint32_t result, uint16_t status)
{
	post(command->qid, result, (uint32_t)command->qid << 16 | device->sq[command->qid].head,
	     command->cid, status);
}

/* Admin commands. */

static void put32(uint8_t *page, size_t at, uint32_t value)
{
	memcpy(page + at, &value, sizeof(value));
}

/* Base 2.0, figures 275 to 277; NVM Command Set 1.0, figure 97. */
static void valid_identify(const struct hostile_command *command, uint8_t *page)
{
	switch (command->cdw10 & 0xff) {
	case 0: /* a namespace of BLOCKS blocks of 512 bytes */
		put32(page, 0, BLOCKS);
		put32(page, 8, BLOCKS);
		put32(page, 128, 9u << 16);
		break;
	case 1: /* the controller: SN, MN, MDTS, AERL, SQES, CQES, NN, ONCS */
		memset(page + 4, 'h', 60);
		page[77] = 5;
		page[259] = 3;
		page[512] = 0x66;
		page[513] = 0x44;
		put32(page, 516, 8);
		put32(page, 520, 8);
		break;
	case 2:
		if (command->nsid < 1)
			put32(page, 0, 1);
		break;
	case 3: /* an NGUID */
		page[0] = 2;
		page[1] = 16;
		memset(page + 4, 0x5a, 16);
		break;
	default:
		break;
	}
}

static void identify(const struct hostile_command *command)
{
	uint8_t page[HOSTILE_PAGE] = {0}, patches;

	valid_identify(command, page);
	patches = identify_from_input ? fuzz_u8(input) % 32 : decide() % 4;
	for (unsigned int i = 0; i < patches; i++) {
		uint16_t at = fuzz_u16(input) % HOSTILE_PAGE;
		uint8_t bytes = 1 + fuzz_u8(input) % 16;

		if (at + bytes <= HOSTILE_PAGE)
			fuzz_bytes(input, page + at, bytes);
	}
	dma_write(command->prp1, page, sizeof(page));
}

static uint16_t make_ring(struct ring *rings, const struct hostile_command *command)
{
	unsigned int qid = command->cdw10 & 0xffff;
	uint32_t entries = (command->cdw10 >> 16) + 1;

	/* Invalid Queue Identifier (figure 94). */
	if (qid == 0 || qid >= HOSTILE_QUEUES || rings[qid].there)
		return 1u << 8 | 1;
	FUZZ_CHECK(entries >= 2 && entries <= RING_MOST && command->prp1 % HOSTILE_PAGE == 0);
	FUZZ_CHECK(command->cdw11 & 1);
	rings[qid] =
		(struct ring){.there = true, .base = command->prp1, .entries = entries, .phase = 1};
	return 0;
}

static uint16_t delete_ring(struct ring *rings, const struct hostile_command *command)
{
	unsigned int qid = command->cdw10 & 0xffff;

	if (qid == 0 || qid >= HOSTILE_QUEUES || !rings[qid].there)
		return 1u << 8 | 1;
	rings[qid].there = false;
	/* Commands of a deleted submission queue end (5.7). */
	if (rings == device->sq)
		let_go_of_queue(qid);
	return 0;
}

static void carry_out(const struct hostile_command *command)
{
	uint32_t result = 0;
	uint16_t status = 0;

	if (command->qid) {
		complete(command, 0, 0);
		return;
	}
	switch (command->opcode) {
	case 0x00:
		status = delete_ring(device->sq, command);
		break;
	case 0x01:
		status = make_ring(device->sq, command);
		break;
	case 0x02: /* Get Log Page: nothing but zeros */
		break;
	case 0x04:
		status = delete_ring(device->cq, command);
		break;
	case 0x05:
		status = make_ring(device->cq, command);
		break;
	case 0x06:
		identify(command);
		break;
	case 0x09: /* Set Features: number of queues */
		result = (HOSTILE_QUEUES - 2) << 16 | (HOSTILE_QUEUES - 2);
		break;
	case 0x0c: /* an event request stays in flight until an event */
		return;
	default:
		status = 1; /* Invalid Command Opcode */
	}
	complete(command, result, status);
}

static void change_state(uint8_t how);

/* A wrong completion of the command, or none. */
static void misbehave(const struct hostile_command *command, uint8_t how)
{
	uint32_t right = (uint32_t)command->qid << 16 | device->sq[command->qid].head;

	switch (how % 12) {
	case 0:
		break; /* never completed, or later */
	case 1:
		complete(command, fuzz_u32(input), fuzz_u16(input) & 0x7fff);
		break;
	case 2:
		post(command->qid, 0, right, fuzz_u16(input), 0);
		break;
	case 3:
		post(command->qid, 0, fuzz_u32(input), command->cid, 0);
		break;
	case 4:
		carry_out(command);
		post(command->qid, 0, right, command->cid, 0);
		break;
	case 5:
		complete(command, fuzz_u32(input), 0); /* without executing it */
		break;
	case 6:
		carry_out(command);
		change_state(fuzz_u8(input));
		break;
	case 7:
		complete(command, 0, 1 + (uint16_t)(how >> 4));
		break;
	default:
		change_state(how);
		break;
	}
}

/* Fetching. */

static bool fetch(unsigned int qid, struct hostile_command *command)
{
	struct ring *sq = &device->sq[qid];
	uint32_t entry[16];

	if (!dma_read(sq->base + (uint64_t)sq->head * sizeof(entry), entry, sizeof(entry)))
		return false;
	sq->head = (sq->head + 1) % sq->entries;
	*command = (struct hostile_command){
		.qid = (uint16_t)qid,
		.cid = (uint16_t)(entry[0] >> 16),
		.opcode = (uint8_t)entry[0],
		.nsid = entry[1],
		.prp1 = entry[6] | (uint64_t)entry[7] << 32,
		.prp2 = entry[8] | (uint64_t)entry[9] << 32,
		.lba = entry[10] | (uint64_t)entry[11] << 32,
		.lbas = (entry[12] & 0xffff) + 1,
		.cdw10 = entry[10],
		.cdw11 = entry[11],
	};
	return true;
}

static void submission_doorbell(unsigned int qid, uint32_t tail)
{
	struct ring *sq = &device->sq[qid];
	struct hostile_command command;

	if (!sq->there || !(device->cc & CC_EN))
		return;
	FUZZ_CHECK(tail < sq->entries);
	while (sq->there && sq->head != tail && fetch(qid, &command)) {
		uint8_t how;

		if (qid && on_fetched)
			on_fetched(fetched_ctx, &command);
		if (!hold(&command))
			continue;
		/* An I/O command waits for hostile_act(). */
		how = qid == 0 ? decide() : 1;
		trace(qid ? "I/O command; opcode, cid" : "admin command; opcode, how",
		      command.opcode, qid ? command.cid : how);
		if (qid == 0 && (how == 0 || how >= 0xc0))
			carry_out(&command);
		else if (qid == 0)
			misbehave(&command, how);
	}
}

/* Registers. */

static void change_state(uint8_t how)
{
	uint64_t jump;

	trace("changes its state", how % 10, 0);
	switch (how % 10) {
	case 0:
		device->csts |= CSTS_CFS;
		break;
	case 1:
		device->off_bus = true;
		let_go_of_all();
		break;
	case 2:
		device->csts_answers = 1u << fuzz_u8(input) % 20;
		device->csts_value = fuzz_u32(input);
		break;
	case 3:
		device->all_answers = 1u << fuzz_u8(input) % 20;
		device->all_value = fuzz_u8(input) & 1 ? UINT64_MAX : 0;
		break;
	case 4:
		device->master_stuck = true;
		break;
	case 5:
		device->csts &= ~CSTS_RDY;
		break;
	case 6:
		device->all_answers = 1 + fuzz_u8(input) % 8;
		device->all_value = fuzz_u64(input);
		break;
	case 7:
		jump = (uint64_t)fuzz_u32(input) << 4;
		time_ns += jump;
		jumps_ns += jump;
		break;
	case 8:
		device->vs = fuzz_u32(input);
		break;
	default:
		/* Except its doorbells. */
		device->cap = (fuzz_u64(input) & ~CAP_DSTRD) | (device->cap & CAP_DSTRD);
		break;
	}
}

/* CSTS.RDY follows CC.EN. A controller that reports being disabled holds no commands. */
static void settle(void)
{
	if (device->ready_after) {
		device->ready_after--;
		return;
	}
	if ((device->cc & CC_EN) && !(device->csts & CSTS_CFS)) {
		device->csts |= CSTS_RDY;
	} else if (!(device->cc & CC_EN) && device->csts) {
		device->csts = 0;
		let_go_of_all();
	}
	if (device->cc & CC_SHN)
		device->csts |= CSTS_SHST;
}

static uint32_t read_csts(void)
{
	settle();
	if (device->csts_answers) {
		device->csts_answers--;
		return device->csts_value;
	}
	return device->csts;
}

static uint64_t read_register(uint64_t offset)
{
	switch (offset) {
	case CAP:
		return device->cap;
	case CAP + 4:
		return device->cap >> 32;
	case VS:
		return device->vs;
	case CC:
		return device->cc;
	case CSTS:
		return read_csts();
	case AQA:
		return device->aqa;
	case ASQ:
		return device->asq;
	case ACQ:
		return device->acq;
	default:
		return 0;
	}
}

static uint64_t op_bar_read(struct padma_device *head, unsigned int bar, uint64_t offset,
			    unsigned int width)
{
	uint64_t value;

	(void)head;
	FUZZ_CHECK(bar == 0 && offset + width <= BAR_BYTES);
	if (device->off_bus) {
		value = UINT64_MAX;
	} else if (device->all_answers) {
		device->all_answers--;
		value = device->all_value;
	} else {
		value = read_register(offset);
	}
	if (offset == CSTS)
		trace("CSTS reads; CC", value, device->cc);
	/* Not ready while CC.EN is clear means that it is disabled. */
	if (offset == CSTS && !(value & CSTS_RDY) && !(device->cc & CC_EN))
		let_go_of_all();
	return width < 8 ? value & ((1ull << 8 * width) - 1) : value;
}

static void write_cc(uint32_t value)
{
	uint8_t how = decide();

	trace("CC is written; how", value, how);
	if (!(device->cc & CC_EN) && (value & CC_EN)) {
		device->sq[0] = (struct ring){
			.there = true, .base = device->asq, .entries = (device->aqa & 0xfff) + 1};
		device->cq[0] = (struct ring){.there = true,
					      .base = device->acq,
					      .entries = (device->aqa >> 16 & 0xfff) + 1,
					      .phase = 1};
	}
	device->cc = value;
	if (how >= 0xe0)
		device->ready_after = 1u << (how & 0x1f);
	else if (how)
		change_state(how);
}

static void op_bar_write(struct padma_device *head, unsigned int bar, uint64_t offset,
			 uint64_t value, unsigned int width)
{
	unsigned int number;

	(void)head;
	FUZZ_CHECK(bar == 0 && offset + width <= BAR_BYTES);
	if (device->off_bus)
		return;
	if (offset == CC)
		write_cc((uint32_t)value);
	else if (offset == AQA)
		device->aqa = (uint32_t)value;
	else if (offset == ASQ)
		device->asq = value;
	else if (offset == ACQ)
		device->acq = value;
	if (offset < DOORBELLS)
		return;
	/* Doorbells at a stride of 4 << CAP.DSTRD (PCIe Transport 1.0, 3.1.2). */
	number = (unsigned int)((offset - DOORBELLS) >> (2 + (device->cap >> 32 & 0xf)));
	if (number % 2 == 0 && number / 2 < HOSTILE_QUEUES)
		submission_doorbell(number / 2, (uint32_t)value);
}

/* Configuration space. */

static int off_bus(void)
{
	device_set_state(&device->head, PADMA_DEVICE_GONE);
	return -ENODEV;
}

static int op_config_read(struct padma_device *head, unsigned int offset, void *data, size_t bytes)
{
	(void)head;
	if (device->off_bus) {
		memset(data, 0xff, bytes);
		return off_bus();
	}
	memcpy(data, device->config + offset, bytes);
	return 0;
}

static int op_config_write(struct padma_device *head, unsigned int offset, const void *data,
			   size_t bytes)
{
	bool mastered = masters();

	(void)head;
	if (device->off_bus)
		return off_bus();
	memcpy(device->config + offset, data, bytes);
	if (mastered && device->master_stuck)
		device->config[COMMAND] |= BUS_MASTER;
	return 0;
}

static int op_quiesce(struct padma_device *head)
{
	(void)head;
	if (device->off_bus)
		return -ENODEV;
	if (device->master_stuck && masters())
		return -EIO;
	device->config[COMMAND] &= (uint8_t)~BUS_MASTER;
	return 0;
}

static enum padma_reset_kind op_reset_kind(const struct padma_device *head)
{
	(void)head;
	return device->reset_kind;
}

static int op_reset(struct padma_device *head)
{
	uint8_t how = decide();

	(void)head;
	if (device->off_bus)
		return off_bus();
	if (how & 1)
		return -EIO;
	if (how)
		change_state(how >> 1);
	if (device->off_bus)
		return off_bus();
	if (device->reset_kind == PADMA_RESET_PM)
		return 0;
	trace("is reset", 0, 0);
	device->cc = device->csts = device->aqa = 0;
	let_go_of_all();
	return 0;
}

static int op_irq_enable(struct padma_device *head, const int *fds, unsigned int count)
{
	(void)head;
	(void)fds;
	(void)count;
	return device->off_bus ? -ENODEV : 0;
}

static void op_close(struct padma_device *head)
{
	(void)head;
	free(device);
	device = NULL;
}

static const struct device_ops ops = {
	.config_read = op_config_read,
	.config_write = op_config_write,
	.bar_read = op_bar_read,
	.bar_write = op_bar_write,
	.quiesce = op_quiesce,
	.reset_kind = op_reset_kind,
	.reset = op_reset,
	.irq_enable = op_irq_enable,
	.close = op_close,
};

/* Between the driver's calls. */

static struct hostile_command *choose_held(void)
{
	unsigned int count = 0, which;

	for (unsigned int i = 0; i < HELD_MOST; i++)
		count += device->held[i].held && device->held[i].qid;
	if (count == 0)
		return NULL;
	which = calm ? 0 : fuzz_u8(input) % count;
	for (unsigned int i = 0; i < HELD_MOST; i++) {
		if (device->held[i].held && device->held[i].qid && which-- == 0)
			return &device->held[i];
	}
	return NULL;
}

static void write_piece(void *ctx, padma_dma_t dma, size_t bytes)
{
	static const uint8_t data[HOSTILE_PAGE] = {0xda};

	(void)ctx;
	dma_write(dma, data, bytes);
}

void hostile_act(void)
{
	struct hostile_command *command = choose_held();
	uint8_t how = decide();

	if (command && command->opcode == 2)
		hostile_each_piece(command, write_piece, NULL);
	if (command && (how < 0x80))
		complete(command, 0, 0);
	else if (command && how < 0xd0)
		misbehave(command, how);
	else if (how >= 0xd0)
		change_state(how);
}

void hostile_calm(void)
{
	calm = true;
	if (!device)
		return;
	device->master_stuck = false;
	device->ready_after = 0;
	device->all_answers = device->csts_answers = 0;
}

/* The only provider of the program: the library's own table is not linked. */

static bool claims(const char *name)
{
	return strcmp(name, HOSTILE_NAME) == 0;
}

static int kind(const char *name, enum space_device_kind *answer)
{
	(void)name;
	*answer = SPACE_DEVICE_SIMULATED;
	return 0;
}

/* CAP: 64 entries, contiguous, TO 1 s, the NVM command set; or as the input has it. */
static int open_device(struct padma_space *space, const char *name, struct padma_device **opened)
{
	uint8_t how = decide();

	(void)name;
	device = calloc(1, sizeof(*device));
	FUZZ_CHECK(device);
	device->head.ops = &ops;
	device->head.removal_fd = -1;
	device->head.bars[0].bytes = BAR_BYTES;
	device->head.config_bytes = sizeof(device->config);
	device->memory = space_sim_memory(space);
	device->config[9] = 2;
	device->config[10] = 8;
	device->config[11] = 1;
	device->cap = 63 | 1ull << 16 | 2ull << 24 | 1ull << 37;
	device->vs = how & 1 ? 0x00010000 : 0x00010400;
	device->reset_kind = (enum padma_reset_kind)(how >> 1 & 3);
	if (how & 8)
		device->cap ^= fuzz_u64(input);
	if (how & 16)
		change_state(fuzz_u8(input));
	*opened = &device->head;
	return 0;
}

static const struct device_provider provider = {
	.form = HOSTILE_NAME, .claims = claims, .kind = kind, .open = open_device};

const struct device_provider *const device_providers[] = {&provider, NULL};
