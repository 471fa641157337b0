// SPDX-License-Identifier: BSD-3-Clause
/* Identify data comes from the device: every field that is used, valid, invalid and random. */
#include "test.h"

#include <padma/error.h>

#include "../../drivers/nvme/controller.h"

static struct padma_nvme nvme = {.info.max_transfer_bytes = 131072, .has_write_zeroes = true};

static struct nvme_id_namespace good(void)
{
	struct nvme_id_namespace data = {.nsze = 1000, .ncap = 1000, .nlbaf = 1, .flbas = 1};

	data.formats[0].lbads = 9;
	data.formats[1].lbads = 12;
	return data;
}

static int parse(const struct nvme_id_namespace *data, struct namespace *ns)
{
	return namespace_parse(&nvme, 1, data, ns);
}

static void test_a_good_namespace(void **state)
{
	struct nvme_id_namespace data = good();
	struct namespace ns;

	(void)state;
	data.eui64[7] = 0x42;
	assert_int_equal(parse(&data, &ns), 0);
	assert_int_equal(ns.public.nsid, 1);
	assert_int_equal(ns.public.lba_bytes, 4096);
	assert_int_equal(ns.lba_shift, 12);
	assert_int_equal(ns.public.lbas, 1000);
	assert_int_equal(ns.public.eui64[7], 0x42);
	assert_true(ns.public.write_zeroes);
	assert_int_equal(ns.zeroes_max_lbas, 65536);
	/* More than 16 formats: the index has upper bits. */
	data.nlbaf = 40;
	data.flbas = 0x42; /* 2 << 4 | 2 */
	data.formats[34].lbads = 16;
	assert_int_equal(parse(&data, &ns), 0);
	assert_int_equal(ns.public.lba_bytes, 65536);
	/* Up to 16 the upper bits mean nothing. */
	data.nlbaf = 1;
	data.flbas = 0x60;
	assert_int_equal(parse(&data, &ns), 0);
	assert_int_equal(ns.public.lba_bytes, 512);
}

static void test_impossible_namespaces(void **state)
{
	struct nvme_id_namespace data = good();
	struct namespace ns;

	(void)state;
	data.flbas = 2;
	assert_int_equal(parse(&data, &ns), -EPROTO);
	data = good();
	data.nlbaf = 64;
	assert_int_equal(parse(&data, &ns), -EPROTO);
	for (int lbads = 0; lbads < 256; lbads++) {
		data = good();
		data.formats[1].lbads = (uint8_t)lbads;
		assert_int_equal(parse(&data, &ns), lbads >= 9 && lbads <= 16 ? 0 : -EPROTO);
	}
	data = good();
	data.nsze = 0;
	assert_int_equal(parse(&data, &ns), -EPROTO);
	data.nsze = (uint64_t)1 << 51; /* 2^63 bytes */
	assert_int_equal(parse(&data, &ns), -EPROTO);
	data = good();
	data.formats[1].metadata_bytes = 8;
	assert_int_equal(parse(&data, &ns), -ENOTSUP);
	assert_non_null(strstr(padma_last_error(), "metadata"));
	/* A block that no single command could move. */
	data = good();
	nvme.info.max_transfer_bytes = 4096;
	data.formats[1].lbads = 13;
	assert_int_equal(parse(&data, &ns), -EPROTO);
	nvme.info.max_transfer_bytes = 131072;
}

static void put(unsigned char *data, size_t *at, uint8_t type, uint8_t bytes, uint8_t value)
{
	data[*at] = type;
	data[*at + 1] = bytes;
	memset(data + *at + 4, value, bytes);
	*at += 4u + bytes;
}

static void test_descriptors(void **state)
{
	unsigned char data[NVME_IDENTIFY_BYTES] = {0};
	struct padma_nvme_namespace ns = {0};
	size_t at = 0;
	uint8_t csi;

	(void)state;
	put(data, &at, NVME_NIDT_EUI64, 8, 1);
	put(data, &at, 0x77, 5, 9); /* of a later version: passed over */
	put(data, &at, NVME_NIDT_UUID, 16, 3);
	put(data, &at, NVME_NIDT_CSI, 1, 2);
	assert_int_equal(descriptors_parse(data, &ns, &csi), 0);
	assert_int_equal(ns.eui64[7], 1);
	assert_int_equal(ns.uuid[15], 3);
	assert_int_equal(ns.nguid[0], 0);
	assert_int_equal(csi, 2);
	put(data, &at, NVME_NIDT_NGUID, 15, 1);
	assert_int_equal(descriptors_parse(data, &ns, &csi), -EPROTO);
	/* No end, and the last runs over the structure's. */
	memset(data, 0xff, sizeof(data));
	assert_int_equal(descriptors_parse(data, &ns, &csi), -EPROTO);
	/* A length of 0 would never come to an end. */
	memset(data, 0, sizeof(data));
	data[0] = 0x77;
	assert_int_equal(descriptors_parse(data, &ns, &csi), -EPROTO);
}

/* Random data is accepted only within its bounds; the sanitizers check the rest. */
static void test_random_data(void **state)
{
	unsigned char *data = malloc(NVME_IDENTIFY_BYTES);
	uint64_t seed = test_seed();
	int accepted = 0;

	(void)state;
	assert_non_null(data);
	for (int round = 0; round < 3000; round++) {
		struct nvme_id_namespace *id = (void *)data;
		struct padma_nvme_namespace ids = {0};
		struct namespace ns;
		uint8_t csi;

		for (size_t i = 0; i < NVME_IDENTIFY_BYTES; i += 8) {
			uint64_t word = test_random(&seed);

			memcpy(data + i, &word, 8);
		}
		descriptors_parse(data, &ids, &csi);
		id->nsze >>= test_random(&seed) % 64;
		id->formats[id->flbas & 0xf].metadata_bytes = 0;
		id->formats[id->flbas & 0xf].lbads %= 20;
		if (parse(id, &ns) == 0) {
			accepted++;
			assert_in_range(ns.lba_shift, 9, 16);
			assert_true(ns.public.lbas <= (uint64_t)INT64_MAX >> ns.lba_shift);
			assert_int_equal(ns.public.lba_bytes, 1u << ns.lba_shift);
			assert_in_range(ns.zeroes_max_lbas, 1, 65536);
		}
	}
	/* The rounds were not all refused at the first field. */
	assert_int_not_equal(accepted, 0);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_good_namespace),
		cmocka_unit_test(test_impossible_namespaces),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_random_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
