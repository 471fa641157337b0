// SPDX-License-Identifier: BSD-3-Clause
/*
 * One bad part does not make the rest unusable: a namespace that cannot be identified, an invalid list,
 * queues that are refused. What is left out is named, and the rest works.
 */
#include "intercept.h"

#include <padma/log.h>

#define DEVICE		"sim:nvme,size=1M,namespaces=3,step"
#define CNS_NAMESPACE	0
#define CNS_CONTROLLER	1
#define CNS_LIST	2
#define CNS_DESCRIPTORS 3
#define OFFSET_NSZE	0
#define OFFSET_FLBAS	26
#define OFFSET_LBAF0	128
#define OFFSET_LBADS	130
#define OFFSET_NN	516
#define FEATURE_QUEUES	7
#define ODD		2

/* What the driver warned of last, and how often. */
static struct {
	int count;
	char text[512];
} warning;

static void hear(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)ctx;
	(void)part;
	if (level != PADMA_LOG_WARNING)
		return;
	warning.count++;
	snprintf(warning.text, sizeof(warning.text), "%s", text);
}

static void listen_for_warnings(void)
{
	memset(&warning, 0, sizeof(warning));
	padma_log_to(hear, NULL, PADMA_LOG_WARNING);
}

/* It names the device, and what is left out. */
static void assert_warned(const char *what)
{
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
	assert_int_equal(warning.count, 1);
	assert_non_null(strstr(warning.text, "sim:nvme"));
	assert_non_null(strstr(warning.text, what));
}

/* What may be wrong with a namespace: Identify is refused, or a field of it is this. */
static const struct {
	uint8_t cns;
	unsigned int offset, bytes;
	uint64_t value;
} oddities[] = {
	{CNS_NAMESPACE, 0, 0, 0},
	{CNS_NAMESPACE, OFFSET_FLBAS, 1, 5},
	{CNS_NAMESPACE, OFFSET_LBADS, 1, 3},
	{CNS_NAMESPACE, OFFSET_LBADS, 1, 40},
	{CNS_NAMESPACE, OFFSET_LBAF0, 1, 8}, /* metadata */
	{CNS_NAMESPACE, OFFSET_NSZE, 8, 0},
	{CNS_NAMESPACE, OFFSET_NSZE, 8, UINT64_MAX},
	{CNS_DESCRIPTORS, 0, 2, 0x0102}, /* an EUI64 of one byte */
	{CNS_DESCRIPTORS, 44, 1, 2},	 /* CSI: zoned */
};

static void make_odd(size_t i)
{
	if (oddities[i].bytes == 0)
		intercept_refuse(NVME_ADMIN_IDENTIFY, oddities[i].cns, ODD);
	else
		intercept_identify(oddities[i].cns, ODD, oddities[i].offset, oddities[i].bytes,
				   oddities[i].value);
}

static int read_from(const struct rig *rig, uint32_t nsid, void *buffer)
{
	struct result result = {0};
	int rc = padma_nvme_read(rig->queue, nsid, buffer, 0, 8, note, &result);

	return rc ? rc : rig_finish(rig, &result);
}

static void write_to(const struct rig *rig, uint32_t nsid, unsigned char *buffer)
{
	struct result result = {0};

	memset(buffer, (int)(0x10 + nsid), 4096);
	must(padma_nvme_write(rig->queue, nsid, buffer, 0, 8, note, &result));
	must(rig_finish(rig, &result));
}

static void test_namespaces_are_separate(void **state)
{
	struct rig rig = {0};
	unsigned char *buffer;

	(void)state;
	rig_open(&rig, DEVICE);
	assert_int_equal(nvme_info(rig.nvme).namespaces, 3);
	buffer = alloc(&rig, 4096);
	for (uint32_t nsid = 1; nsid <= 3; nsid++)
		write_to(&rig, nsid, buffer);
	for (uint32_t nsid = 1; nsid <= 3; nsid++) {
		must(read_from(&rig, nsid, buffer));
		assert_int_equal(buffer[0], 0x10 + nsid);
		assert_int_equal(buffer[4095], 0x10 + nsid);
	}
	assert_int_equal(read_from(&rig, 4, buffer), -EINVAL);
	rig_close(&rig);
}

static void test_a_bad_namespace_at_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(oddities); i++) {
		struct rig rig = {0};
		unsigned char *buffer;

		rig_open_device(&rig, DEVICE);
		intercept_begin(&rig);
		make_odd(i);
		listen_for_warnings();
		must(padma_nvme_open(rig.device, NULL, &rig.nvme));
		assert_warned("namespace 2 ");
		intercept_end(&rig);
		assert_int_equal(nvme_info(rig.nvme).namespaces, 2);
		assert_int_equal(nvme_namespace(rig.nvme, 0).nsid, 1);
		assert_int_equal(nvme_namespace(rig.nvme, 1).nsid, 3);
		must(control(&rig, padma_nvme_queue_open(rig.nvme, NULL, &rig.queue)));
		buffer = alloc(&rig, 4096);
		must(read_from(&rig, 1, buffer));
		must(read_from(&rig, 3, buffer));
		assert_int_equal(read_from(&rig, ODD, buffer), -EINVAL);
		rig_close(&rig);
	}
}

static int intercepted_reset_of(const struct rig *rig)
{
	padma_nvme_reset_begin(rig->nvme);
	assert_int_equal(padma_nvme_poll(rig->queue, 0), 0);
	return padma_nvme_reset_finish(rig->nvme);
}

/* It keeps its index, without blocks, and is usable again after a later reset. */
static void test_a_bad_namespace_after_a_reset(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(oddities); i++) {
		struct rig rig = {0};
		unsigned char *buffer;

		rig_open(&rig, DEVICE);
		buffer = alloc(&rig, 4096);
		intercept_begin(&rig);
		make_odd(i);
		listen_for_warnings();
		must(intercepted_reset_of(&rig));
		assert_warned("namespace 2 ");
		intercept_end(&rig);
		assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
		assert_int_equal(nvme_namespace(rig.nvme, 1).nsid, ODD);
		assert_int_equal(nvme_namespace(rig.nvme, 1).lbas, 0);
		must(read_from(&rig, 1, buffer));
		assert_int_equal(read_from(&rig, ODD, buffer), -EINVAL);
		must(read_from(&rig, 3, buffer));
		must(rig_reset(&rig));
		assert_int_equal(padma_nvme_poll(rig.queue, 0), 0);
		must(read_from(&rig, ODD, buffer));
		rig_close(&rig);
	}
}

/* What was found before the invalid entry is kept. */
static void test_invalid_lists(void **state)
{
	/* The second id: above NN, the first one again, and all ones. */
	static const uint32_t seconds[] = {4, 1, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++) {
		struct rig rig = {0};

		rig_open_device(&rig, DEVICE);
		intercept_begin(&rig);
		intercept_identify(CNS_LIST, ANY_NSID, 4, 4, seconds[i]);
		listen_for_warnings();
		must(padma_nvme_open(rig.device, NULL, &rig.nvme));
		assert_warned("after 1 ");
		intercept_end(&rig);
		assert_int_equal(nvme_info(rig.nvme).namespaces, 1);
		must(control(&rig, padma_nvme_close(rig.nvme)));
		rig_close_device(&rig);
	}
}

/* All that can be known of one without namespaces is known; no queue is of any use. */
static void assert_identifiable(const struct rig *rig, int queue_error)
{
	struct padma_nvme_queue *queue = NULL;
	unsigned char raw[4096];

	assert_int_equal(padma_nvme_state(rig->nvme), PADMA_NVME_LIVE);
	must(padma_nvme_identify(rig->nvme, CNS_CONTROLLER, 0, raw));
	assert_memory_equal(raw + 4, "PADMA-SIM-1 ", 12);
	assert_int_equal(padma_nvme_queue_open(rig->nvme, NULL, &queue), queue_error);
	assert_null(queue);
	assert_int_equal(padma_nvme_admin_poll(rig->nvme), 0);
	padma_nvme_reset_begin(rig->nvme);
	must(padma_nvme_reset_finish(rig->nvme));
	assert_int_equal(padma_nvme_state(rig->nvme), PADMA_NVME_LIVE);
}

static void test_no_namespaces(void **state)
{
	struct padma_nvme_namespace ns;
	struct rig rig = {0};

	(void)state;
	rig_open_device(&rig, "sim:nvme,size=1M,namespaces=0,step");
	must(padma_nvme_open(rig.device, NULL, &rig.nvme));
	assert_int_equal(nvme_info(rig.nvme).namespaces, 0);
	assert_int_equal(padma_nvme_namespace(rig.nvme, 0, &ns), -ENOENT);
	assert_identifiable(&rig, -ENXIO);
	must(padma_nvme_close(rig.nvme));
	rig_close_device(&rig);

	/* It lists one nevertheless: by NN there is none. */
	rig_open_device(&rig, DEVICE);
	intercept_begin(&rig);
	intercept_identify(CNS_CONTROLLER, ANY_NSID, OFFSET_NN, 4, 0);
	must(padma_nvme_open(rig.device, NULL, &rig.nvme));
	intercept_end(&rig);
	assert_int_equal(nvme_info(rig.nvme).namespaces, 0);
	must(padma_nvme_close(rig.nvme));
	rig_close_device(&rig);
}

static void test_as_many_as_possible(void **state)
{
	struct rig rig = {0};

	(void)state;
	rig_open_device(&rig, DEVICE);
	intercept_begin(&rig);
	intercept_identify(CNS_CONTROLLER, ANY_NSID, OFFSET_NN, 4, UINT32_MAX);
	must(padma_nvme_open(rig.device, NULL, &rig.nvme));
	intercept_end(&rig);
	assert_int_equal(nvme_info(rig.nvme).namespaces, 3);
	must(padma_nvme_close(rig.nvme));
	rig_close_device(&rig);
}

/* Refused, or granted more than possible: it can be identified, and the reason is reported. */
static void test_queues_that_are_not_granted(void **state)
{
	(void)state;
	for (int refused = 0; refused < 2; refused++) {
		struct rig rig = {0};

		rig_open_device(&rig, DEVICE);
		intercept_begin(&rig);
		if (refused)
			intercept_refuse(NVME_ADMIN_SET_FEATURES, FEATURE_QUEUES, ANY_NSID);
		else
			intercept_result(NVME_ADMIN_SET_FEATURES, FEATURE_QUEUES, UINT32_MAX);
		listen_for_warnings();
		must(padma_nvme_open(rig.device, NULL, &rig.nvme));
		assert_warned("queues");
		assert_int_equal(nvme_info(rig.nvme).io_queues, 0);
		assert_int_equal(nvme_info(rig.nvme).namespaces, 3);
		assert_identifiable(&rig, -ENOSPC);
		assert_int_equal(padma_nvme_queue_open(rig.nvme, NULL, &rig.queue), -ENOSPC);
		assert_non_null(strstr(padma_last_error(), "Set Features"));
		intercept_end(&rig);
		must(padma_nvme_close(rig.nvme));
		rig_close_device(&rig);
	}
}

static void test_doorbell_strides(void **state)
{
	struct rig rig = {0};
	unsigned char *buffer;

	(void)state;
	for (unsigned int dstrd = 1; dstrd <= 10; dstrd += 3) {
		struct padma_nvme_queue *second = NULL;
		char name[64];

		snprintf(name, sizeof(name), "sim:nvme,size=1M,queues=3,dstrd=%u,step", dstrd);
		rig_open(&rig, name);
		must(control(&rig, padma_nvme_queue_open(rig.nvme, NULL, &second)));
		buffer = alloc(&rig, 4096);
		for (int i = 0; i < 300; i++)
			must(read_from(&rig, 1, buffer));
		must(padma_nvme_queue_close(second));
		rig_close(&rig);
	}
}

/* Those of the admin queue, or of the last queue that could be opened, would go nowhere. */
static void test_doorbells_past_the_end(void **state)
{
	(void)state;
	for (uint64_t dstrd = 0; dstrd <= 15; dstrd++) {
		struct rig rig = {0};
		uint64_t cap, end;

		rig_open_device(&rig, "sim:nvme,size=1M,queues=20,step");
		cap = padma_bar_read64(padma_device_bar(rig.device, 0), NVME_REG_CAP);
		end = 0x1000 + (2 * 20 + 1) * ((uint64_t)4 << dstrd) + 4;
		intercept_begin(&rig);
		intercept_register(NVME_REG_CAP, cap | dstrd << 32);
		if (end > padma_device_bar(rig.device, 0)->bytes) {
			assert_int_equal(padma_nvme_open(rig.device, NULL, &rig.nvme), -EPROTO);
			assert_non_null(strstr(padma_last_error(), "DSTRD"));
		} else {
			must(padma_nvme_open(rig.device, NULL, &rig.nvme));
			must(padma_nvme_close(rig.nvme));
		}
		intercept_end(&rig);
		rig_close_device(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_namespaces_are_separate),
		cmocka_unit_test(test_a_bad_namespace_at_open),
		cmocka_unit_test(test_a_bad_namespace_after_a_reset),
		cmocka_unit_test(test_invalid_lists),
		cmocka_unit_test(test_no_namespaces),
		cmocka_unit_test(test_as_many_as_possible),
		cmocka_unit_test(test_queues_that_are_not_granted),
		cmocka_unit_test(test_doorbell_strides),
		cmocka_unit_test(test_doorbells_past_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
