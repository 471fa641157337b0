// SPDX-License-Identifier: BSD-3-Clause
/* The raw driver of raw.h. */
#include "raw.h"

#include <endian.h>

#include <padma/barrier.h>

#define STATUS_OK 4u

static void find_structures(struct raw *raw)
{
	int at = 0;

	while ((at = padma_device_find_capability(raw->device, 0x09, (unsigned int)at)) > 0) {
		uint8_t type, bar;
		uint32_t offset, length;
		struct raw_window *windows[] = {NULL, &raw->common, &raw->notify, &raw->isr,
						&raw->config};

		padma_config_read8(raw->device, (unsigned int)at + 3, &type);
		padma_config_read8(raw->device, (unsigned int)at + 4, &bar);
		padma_config_read32(raw->device, (unsigned int)at + 8, &offset);
		padma_config_read32(raw->device, (unsigned int)at + 12, &length);
		if (type == 5)
			raw->window_at = (unsigned int)at;
		if (type < 1 || type > 4 || bar > 5 || windows[type]->bar)
			continue;
		*windows[type] =
			(struct raw_window){padma_device_bar(raw->device, bar), offset, length};
		if (type == 2)
			padma_config_read32(raw->device, (unsigned int)at + 16, &raw->multiplier);
	}
}

void raw_open(struct raw *raw, const char *keys)
{
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	char name[256];

	*raw = (struct raw){.space = NULL};
	snprintf(name, sizeof(name), "sim:virtio-net,step%s%s", *keys ? "," : "", keys);
	assert_int_equal(padma_space_open(&params, &raw->space), 0);
	if (padma_device_open(raw->space, name, &raw->device)) {
		print_error("%s\n", padma_last_error());
		fail();
	}
	find_structures(raw);
	padma_device_declare_quiesced(raw->device);
	assert_int_equal(padma_device_bus_master(raw->device, true), 0);
	if (!raw->common.bar)
		return;
	raw->queues = raw_read(raw, NUM_QUEUES, 2);
	raw->q = calloc(raw->queues, sizeof(*raw->q));
	assert_non_null(raw->q);
}

static void close_device(struct raw *raw)
{
	struct padma_sim_dma_faults faults;

	assert_int_equal(padma_sim_dma_faults(raw->device, &faults), 0);
	assert_int_equal(faults.count, 0);
	assert_int_equal(padma_device_close(raw->device), 0);
	assert_int_equal(padma_space_close(raw->space), 0);
	free(raw->q);
}

void raw_close(struct raw *raw)
{
	struct padma_sim_driver_errors errors;

	assert_int_equal(padma_sim_driver_errors(raw->device, &errors), 0);
	assert_string_equal(errors.first, "");
	assert_int_equal(errors.count, 0);
	close_device(raw);
}

void raw_close_after(struct raw *raw, unsigned int count, const char *word)
{
	struct padma_sim_driver_errors errors;

	assert_int_equal(padma_sim_driver_errors(raw->device, &errors), 0);
	if (errors.count != count || !strstr(errors.first, word)) {
		print_error("%u errors, the first '%s'; expected %u, '%s'\n",
			    (unsigned int)errors.count, errors.first, count, word);
		fail();
	}
	close_device(raw);
}

void *raw_memory(struct raw *raw, size_t bytes)
{
	struct padma_alloc_params params = {.align_bytes = 4096,
					    .flags = PADMA_ALLOC_ZERO | PADMA_ALLOC_CONTIGUOUS};
	void *memory = NULL;

	assert_int_equal(padma_space_alloc(raw->space, bytes, &params, &memory), 0);
	return memory;
}

uint64_t raw_dma(const struct raw *raw, const void *memory)
{
	return padma_dma(raw->space, memory);
}

static uint32_t read_window(const struct raw_window *window, uint32_t offset, unsigned int width)
{
	uint64_t at = window->offset + offset;

	return width == 1   ? padma_bar_read8(window->bar, at)
	       : width == 2 ? padma_bar_read16(window->bar, at)
			    : padma_bar_read32(window->bar, at);
}

uint32_t raw_read(struct raw *raw, uint32_t offset, unsigned int width)
{
	return read_window(&raw->common, offset, width);
}

void raw_write(struct raw *raw, uint32_t offset, uint32_t value, unsigned int width)
{
	uint64_t at = raw->common.offset + offset;

	if (width == 1)
		padma_bar_write8(raw->common.bar, at, (uint8_t)value);
	else if (width == 2)
		padma_bar_write16(raw->common.bar, at, (uint16_t)value);
	else
		padma_bar_write32(raw->common.bar, at, value);
}

uint32_t raw_config(struct raw *raw, uint32_t offset, unsigned int width)
{
	return read_window(&raw->config, offset, width);
}

uint8_t raw_status(struct raw *raw)
{
	return (uint8_t)raw_read(raw, DEVICE_STATUS, 1);
}

bool raw_negotiate(struct raw *raw, uint64_t features)
{
	raw_write(raw, DEVICE_STATUS, 0, 1);
	assert_int_equal(raw_status(raw), 0);
	raw_write(raw, DEVICE_STATUS, 1, 1);
	raw_write(raw, DEVICE_STATUS, 3, 1);
	for (unsigned int word = 0; word < 2; word++) {
		raw_write(raw, DRIVER_SELECT, word, 4);
		raw_write(raw, DRIVER_FEATURE, (uint32_t)(features >> 32 * word), 4);
	}
	raw_write(raw, DEVICE_STATUS, 11, 1);
	raw->features = features;
	return raw_status(raw) & 8;
}

static void write_address(struct raw *raw, uint32_t offset, const void *memory)
{
	uint64_t dma = raw_dma(raw, memory);

	raw_write(raw, offset, (uint32_t)dma, 4);
	raw_write(raw, offset + 4, (uint32_t)(dma >> 32), 4);
}

struct raw_queue *raw_queue(struct raw *raw, unsigned int index, unsigned int size)
{
	struct raw_queue *q = &raw->q[index];

	*q = (struct raw_queue){.raw = raw, .index = (uint16_t)index, .open = true};
	q->packed = q->wrap = q->seen_wrap = raw->features & PACKED;
	raw_write(raw, QUEUE_SELECT, index, 2);
	if (size)
		raw_write(raw, QUEUE_SIZE, size, 2);
	q->size = (uint16_t)raw_read(raw, QUEUE_SIZE, 2);
	q->desc = raw_memory(raw, 16u * q->size);
	q->driver = raw_memory(raw, 2u * q->size + 6);
	q->device = raw_memory(raw, 8u * q->size + 6);
	write_address(raw, QUEUE_DESC, q->desc);
	write_address(raw, QUEUE_DRIVER, q->driver);
	write_address(raw, QUEUE_DEVICE, q->device);
	q->notify_offset =
		raw->notify.offset + raw_read(raw, QUEUE_NOTIFY_OFF, 2) * raw->multiplier;
	q->notify_data = (uint16_t)index;
	if (raw->features & NOTIFY_CONFIG)
		q->notify_data = (uint16_t)raw_read(raw, QUEUE_NOTIFY_DATA, 2);
	raw_write(raw, QUEUE_ENABLE, 1, 2);
	assert_int_equal(raw_read(raw, QUEUE_ENABLE, 2), 1);
	return q;
}

void raw_ready(struct raw *raw)
{
	raw_write(raw, DEVICE_STATUS, 15, 1);
	assert_int_equal(raw_status(raw), 15);
}

unsigned int raw_control_index(struct raw *raw)
{
	return raw->features & (MULTIQUEUE | RSS) ? raw->queues - 1 : 2;
}

void raw_start(struct raw *raw, const char *keys, uint64_t features)
{
	raw_open(raw, keys);
	assert_true(raw_negotiate(raw, features | VERSION_1));
	raw_queue(raw, 0, 0);
	raw_queue(raw, 1, 0);
	if (features & CONTROL)
		raw_queue(raw, raw_control_index(raw), 0);
	raw_ready(raw);
}

static void put16(uint8_t *at, uint16_t value)
{
	padma_store16_release(at, htole16(value));
}

static uint16_t get16(const uint8_t *at)
{
	return le16toh(padma_load16_acquire(at));
}

void raw_split_desc(struct raw_queue *q, unsigned int at, uint64_t dma, uint32_t bytes,
		    uint16_t flags, uint16_t next)
{
	uint8_t *desc = q->desc + 16 * at;

	memcpy(desc, &dma, 8);
	memcpy(desc + 8, &bytes, 4);
	memcpy(desc + 12, &flags, 2);
	memcpy(desc + 14, &next, 2);
}

void raw_split_make(struct raw_queue *q, uint16_t head)
{
	put16(q->driver + 4 + 2 * (q->made % q->size), head);
	q->made++;
	put16(q->driver + 2, q->made);
}

static void write_table(struct raw_queue *q, uint8_t *table, const struct raw_part *parts,
			unsigned int out, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		uint64_t dma = raw_dma(q->raw, parts[i].memory);
		uint16_t flags = i < out ? 0 : D_WRITE, next = (uint16_t)(i + 1);

		if (!q->packed && i + 1 < count)
			flags |= D_NEXT;
		memcpy(table + 16 * i, &dma, 8);
		memcpy(table + 16 * i + 8, &parts[i].bytes, 4);
		/* Where the forms differ: flags before the link, or behind the ID. */
		memcpy(table + 16 * i + (q->packed ? 14 : 12), &flags, 2);
		memcpy(table + 16 * i + (q->packed ? 12 : 14), &next, 2);
	}
}

static uint16_t add_split(struct raw_queue *q, const struct raw_part *parts, unsigned int out,
			  unsigned int count)
{
	uint16_t head = q->next;

	for (unsigned int i = 0; i < count; i++) {
		uint16_t at = q->next, flags = i < out ? 0 : D_WRITE;

		q->next = (uint16_t)((q->next + 1) % q->size);
		raw_split_desc(q, at, raw_dma(q->raw, parts[i].memory), parts[i].bytes,
			       (uint16_t)(flags | (i + 1 < count ? D_NEXT : 0)), q->next);
	}
	raw_split_make(q, head);
	return head;
}

static uint16_t add_packed(struct raw_queue *q, const struct raw_part *parts, unsigned int out,
			   unsigned int count, uint16_t kind)
{
	uint16_t head = q->next, id = (uint16_t)(head % 256), first_flags = 0;

	for (unsigned int i = 0; i < count; i++) {
		uint8_t *desc = q->desc + 16 * q->next;
		uint64_t dma = raw_dma(q->raw, parts[i].memory);
		uint16_t flags = (uint16_t)(kind | (q->wrap ? 0x80 : 0x8000) |
					    (i < out ? 0 : D_WRITE) | (i + 1 < count ? D_NEXT : 0));

		memcpy(desc, &dma, 8);
		memcpy(desc + 8, &parts[i].bytes, 4);
		memcpy(desc + 12, &id, 2);
		if (i)
			put16(desc + 14, flags);
		else
			first_flags = flags;
		if (++q->next == q->size) {
			q->next = 0;
			q->wrap = !q->wrap;
		}
	}
	q->lengths[id] = (uint16_t)count;
	put16(q->desc + 16 * head + 14, first_flags);
	q->made++;
	return id;
}

uint16_t raw_add(struct raw_queue *q, const struct raw_part *parts, unsigned int out,
		 unsigned int in, void *table)
{
	struct raw_part whole = {table, 16 * (out + in)};
	uint16_t head;

	q->memory[q->packed ? q->next % 256 : q->next] = parts[0].memory;
	if (!table)
		return q->packed ? add_packed(q, parts, out, out + in, 0)
				 : add_split(q, parts, out, out + in);
	write_table(q, table, parts, out, out + in);
	if (q->packed)
		return add_packed(q, &whole, 1, 1, D_INDIRECT);
	head = q->next;
	q->next = (uint16_t)((q->next + 1) % q->size);
	raw_split_desc(q, head, raw_dma(q->raw, table), whole.bytes, D_INDIRECT, 0);
	raw_split_make(q, head);
	return head;
}

void raw_kick(struct raw_queue *q)
{
	const struct padma_bar *bar = q->raw->notify.bar;
	uint32_t next = q->packed ? (uint32_t)(q->next | (q->wrap ? 0x8000 : 0)) : q->made;

	if (q->raw->features & NOTIFY_DATA)
		padma_bar_write32(bar, q->notify_offset, next << 16 | q->notify_data);
	else
		padma_bar_write16(bar, q->notify_offset, q->notify_data);
}

bool raw_wants_kick(struct raw_queue *q, unsigned int count)
{
	uint16_t event, flags;
	int at, end = q->next, start;

	if (!q->packed && !(q->raw->features & EVENT_INDEX))
		return !(get16(q->device) & 1);
	if (!q->packed) {
		event = get16(q->device + 4 + 8 * q->size);
		return (uint16_t)(q->made - event - 1) < count;
	}
	flags = get16(q->device + 2) & 3;
	if (flags != 2)
		return flags == 0;
	event = get16(q->device);
	at = event & 0x7fff;
	start = end - (int)count; /* buffers of one descriptor each */
	if ((event >> 15) != q->wrap)
		at -= q->size;
	return start <= at && at < end;
}

static bool used_packed(struct raw_queue *q, uint32_t *id, uint32_t *bytes)
{
	const uint8_t *desc = q->desc + 16 * q->seen;
	uint16_t flags = get16(desc + 14), number;

	if (!(flags & 0x80) != !(flags & 0x8000) || !(flags & 0x80) != !q->seen_wrap)
		return false;
	memcpy(bytes, desc + 8, 4);
	memcpy(&number, desc + 12, 2);
	*id = number;
	/* In order one may stand for several: up to the one that it names. */
	do {
		uint16_t at = q->seen;

		number = (uint16_t)(at % 256);
		q->seen = (uint16_t)(at + q->lengths[number]);
		if (q->seen >= q->size) {
			q->seen = (uint16_t)(q->seen - q->size);
			q->seen_wrap = !q->seen_wrap;
		}
	} while (q->raw->features & IN_ORDER && number != *id);
	return true;
}

bool raw_used(struct raw_queue *q, uint32_t *id, uint32_t *bytes)
{
	const uint8_t *element = q->device + 4 + 8 * (q->seen % q->size);

	if (q->packed)
		return used_packed(q, id, bytes);
	if (get16(q->device + 2) == q->seen)
		return false;
	memcpy(id, element, 4);
	memcpy(bytes, element + 4, 4);
	q->seen++;
	return true;
}

void raw_want_interrupts(struct raw_queue *q, bool on)
{
	bool event = q->raw->features & EVENT_INDEX;

	if (q->packed) {
		put16(q->driver, (uint16_t)(q->seen | (q->seen_wrap ? 0x8000 : 0)));
		put16(q->driver + 2, !on ? 1 : event ? 2 : 0);
	} else if (event) {
		put16(q->driver + 4 + 2 * q->size, (uint16_t)(on ? q->seen : q->seen - 1));
	} else {
		put16(q->driver, !on);
	}
}

uint8_t raw_command(struct raw *raw, uint8_t class, uint8_t code, const void *data, uint32_t bytes)
{
	struct raw_queue *q = &raw->q[raw_control_index(raw)];
	uint8_t *memory = raw_memory(raw, 8192);
	uint32_t id = 0, written = 0;
	struct raw_part parts[] = {{memory, 2}, {memory + 2, bytes}, {memory + 8000, 1}};

	memory[0] = class;
	memory[1] = code;
	memory[8000] = 0xee;
	if (bytes)
		memcpy(memory + 2, data, bytes);
	else
		parts[1] = parts[2];
	raw_add(q, parts, bytes ? 2 : 1, 1, NULL);
	raw_kick(q);
	assert_true(raw_used(q, &id, &written));
	assert_int_equal(written, 1);
	return memory[8000];
}

void raw_step(struct raw *raw)
{
	assert_true(padma_sim_step(raw->device, 0) >= 0);
}
