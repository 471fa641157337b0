// SPDX-License-Identifier: BSD-3-Clause
/*
 * Capability lists: any configuration space, and one whose values change at each read.
 *
 * For every content a walk ends, stays in configuration space and fails only with a documented errno.
 * If the values do not change, it finds a capability with the id, and continues from there to the end
 * of the list.
 */
#include "fuzz.h"

#include "device/bare.h"

static struct bare bare;
static struct fuzz_input *answers; /* for each read, if they change */

static int unstable_read(struct padma_device *device, unsigned int offset, void *data, size_t bytes)
{
	FUZZ_CHECK(offset < device->config_bytes && bytes <= device->config_bytes - offset);
	bare.config_reads++;
	fuzz_bytes(answers, data, bytes);
	return 0;
}

static int find(bool extended, uint16_t id, unsigned int after)
{
	bare.config_reads = 0;
	return extended ? padma_device_find_extended_capability(&bare.head, id, after)
			: padma_device_find_capability(&bare.head, (uint8_t)id, after);
}

/* A walk reads each word twice at most, and two registers before it. */
static void check_answer(bool extended, int at)
{
	const int first = extended ? 0x100 : 0x40, end = extended ? 0x1000 : 0x100;

	FUZZ_CHECK(bare.config_reads <= 2 + 2 * 4096 / 4);
	FUZZ_CHECK(at == 0 || at == -EPROTO || at == -EINVAL ||
		   (at >= first && at < end && at % 4 == 0));
}

static void walk(bool extended, uint16_t id)
{
	unsigned int steps = 0;
	int at = find(extended, id, 0);

	FUZZ_CHECK(at != -EINVAL);
	check_answer(extended, at);
	while (at > 0) {
		FUZZ_CHECK(bare.config[at] == (uint8_t)id);
		FUZZ_CHECK(!extended || bare.config[at + 1] == id >> 8);
		FUZZ_CHECK(++steps <= 1024);
		at = find(extended, id, (unsigned int)at);
		FUZZ_CHECK(at >= 0);
		check_answer(extended, at);
	}
}

/* A few words at chosen offsets, since a list needs no more. */
static void fill(struct fuzz_input *input)
{
	while (input->left >= 6) {
		unsigned int at = fuzz_u16(input) % 4096 & ~3u;

		fuzz_bytes(input, bare.config + at, 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	const uint8_t shape = fuzz_u8(&input);
	const uint16_t id = shape & 4 ? fuzz_u16(&input) : fuzz_u8(&input);
	static struct device_ops unstable;

	bare_init(&bare, shape & 1 ? 4096 : 256);
	if (shape & 2) {
		unstable = *bare.head.ops;
		unstable.config_read = unstable_read;
		bare.head.ops = &unstable;
		answers = &input;
		check_answer(false, find(false, id, 0));
		check_answer(true, find(true, id, fuzz_u16(&input)));
		return 0;
	}
	bare_put16(&bare, 6, 0x10);
	bare.config[0x34] = 0x40;
	fill(&input);
	walk(false, id);
	walk(true, id);
	return 0;
}
