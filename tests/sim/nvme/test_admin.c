// SPDX-License-Identifier: BSD-3-Clause
/* Admin commands of the simulated controller: what they answer, and each status they refuse with.
 */
#include "host.h"

static uint16_t admin(struct host *host, struct host_command command)
{
	return host_code(host, &host->admin, command);
}

static void test_identify(void **state)
{
	struct host *host = *state;
	uint8_t *data = host_memory(host, PAGE);
	uint64_t dma = host_dma(host, data);
	struct host_command identify = {.opcode = 6, .prp1 = dma, .cdw10 = 1};
	uint64_t blocks;

	assert_int_equal(admin(host, identify), 0);
	assert_memory_equal(data + 4, "PADMA-SIM-1         ", 20);
	assert_int_equal(data[77], 7); /* 512 KiB */
	assert_int_equal(data[111], 1);
	assert_int_equal(data[512], 0x66);
	assert_int_equal(data[513], 0x44);
	assert_int_equal(data[516], 1);
	assert_int_equal(data[525] & 7, 7);
	assert_memory_equal(data + 768, "nqn.2014-08.org.nvmexpress:uuid:", 32);

	identify.cdw10 = 0;
	assert_int_equal(admin(host, identify), 0x0b); /* nsid 0 */
	identify.nsid = 2;
	assert_int_equal(admin(host, identify), 0x0b);
	identify.nsid = UINT32_MAX;
	assert_int_equal(admin(host, identify), 0x0b);
	identify.nsid = 1;
	assert_int_equal(admin(host, identify), 0);
	memcpy(&blocks, data, 8);
	assert_int_equal(blocks, (16u << 20) / 512);
	assert_int_equal(data[130], 9);

	identify.cdw10 = 3;
	assert_int_equal(admin(host, identify), 0);
	assert_int_equal(data[0], 2);
	assert_int_equal(data[20], 3);
	assert_int_equal(data[40], 4);
	identify.cdw10 = 0x77;
	assert_int_equal(admin(host, identify), 0x02);
}

static void test_active_lists(void **state)
{
	struct host *host = *state;
	uint32_t *data = host_memory(host, PAGE);
	struct host_command identify = {.opcode = 6, .prp1 = host_dma(host, data), .cdw10 = 2};

	assert_int_equal(admin(host, identify), 0);
	assert_int_equal(data[0], 1);
	assert_int_equal(data[1], 0);
	identify.nsid = 1;
	assert_int_equal(admin(host, identify), 0);
	assert_int_equal(data[0], 0);
	identify.nsid = UINT32_MAX - 1;
	assert_int_equal(admin(host, identify), 0x0b);
	identify.cdw10 = 7;
	identify.nsid = 0;
	assert_int_equal(admin(host, identify), 0);
	assert_int_equal(data[0], 1);
	identify.cdw11 = 2u << 24; /* CSI: zoned */
	assert_int_equal(admin(host, identify), 0x02);
	identify.cdw11 = 0;
	identify.cdw10 = 0x1c;
	assert_int_equal(admin(host, identify), 0);
	assert_int_equal(data[0], 1);
}

/* Each namespace is one by its id, and has a name of its own; the lists go on after 1024. */
static void test_many_namespaces(void **state)
{
	struct host host;
	struct host_command identify = {.opcode = 6};
	uint8_t first[16], *data;
	uint32_t *ids;

	(void)state;
	host_open(&host, "sim:nvme,size=4K,null,namespaces=1030,step");
	host_enable(&host);
	data = host_memory(&host, PAGE);
	ids = (uint32_t *)data;
	identify.prp1 = host_dma(&host, data);
	identify.cdw10 = 1;
	assert_int_equal(admin(&host, identify), 0);
	assert_int_equal(data[516] | data[517] << 8, 1030);
	identify.cdw10 = 2;
	identify.nsid = 5;
	assert_int_equal(admin(&host, identify), 0);
	assert_int_equal(ids[0], 6);
	assert_int_equal(ids[1023], 1029);
	identify.nsid = 1029;
	assert_int_equal(admin(&host, identify), 0);
	assert_int_equal(ids[0], 1030);
	assert_int_equal(ids[1], 0);
	identify.cdw10 = 0;
	identify.nsid = 1;
	assert_int_equal(admin(&host, identify), 0);
	memcpy(first, data + 104, sizeof(first));
	identify.nsid = 1030;
	assert_int_equal(admin(&host, identify), 0);
	assert_memory_not_equal(first, data + 104, sizeof(first));
	identify.nsid = 1031;
	assert_int_equal(admin(&host, identify), 0x0b);
	host_close(&host);
}

static void test_no_namespaces(void **state)
{
	struct host host;
	struct host_command identify = {.opcode = 6, .cdw10 = 1};
	uint32_t *data;

	(void)state;
	host_open(&host, "sim:nvme,size=4K,namespaces=0,step");
	host_enable(&host);
	data = host_memory(&host, PAGE);
	identify.prp1 = host_dma(&host, data);
	assert_int_equal(admin(&host, identify), 0);
	assert_int_equal(data[516 / 4], 0);
	identify.cdw10 = 2;
	assert_int_equal(admin(&host, identify), 0);
	assert_int_equal(data[0], 0);
	identify.cdw10 = 0;
	identify.nsid = 1;
	assert_int_equal(admin(&host, identify), 0x0b);
	host_close(&host);
}

static void test_create_queue_statuses(void **state)
{
	struct host *host = *state;
	uint64_t dma = host_dma(host, host_memory(host, PAGE));
	struct host_command cq = {.opcode = 5, .prp1 = dma, .cdw10 = 7u << 16 | 1, .cdw11 = 1};
	struct host_command sq = {
		.opcode = 1, .prp1 = dma, .cdw10 = 7u << 16 | 1, .cdw11 = 1u << 16 | 1};
	struct host_command bad;

	assert_int_equal(admin(host, sq), 0x100); /* its completion queue is not there */
	bad = cq;
	bad.cdw10 = 7u << 16;
	assert_int_equal(admin(host, bad), 0x101); /* QID 0 */
	bad.cdw10 = 7u << 16 | 65;
	assert_int_equal(admin(host, bad), 0x101);
	bad.cdw10 = 1;
	assert_int_equal(admin(host, bad), 0x102); /* one entry */
	bad.cdw10 = 1024u << 16 | 1;
	assert_int_equal(admin(host, bad), 0x102); /* above MQES */
	bad = cq;
	bad.cdw11 = 0;
	assert_int_equal(admin(host, bad), 0x02); /* PC */
	bad = cq;
	bad.prp1 += 64;
	assert_int_equal(admin(host, bad), 0x13);
	bad = cq;
	bad.cdw11 = 65u << 16 | 3;
	assert_int_equal(admin(host, bad), 0x108);
	bad.cdw11 = 1u << 16 | 3;
	assert_int_equal(admin(host, bad), 0x108); /* MSI-X is off: vector 0 only */
	assert_int_equal(admin(host, cq), 0);
	assert_int_equal(admin(host, cq), 0x101); /* in use */

	bad = sq;
	bad.cdw11 = 1;
	assert_int_equal(admin(host, bad), 0x101); /* CQID 0 */
	bad.cdw11 = 65u << 16 | 1;
	assert_int_equal(admin(host, bad), 0x101);
	bad = sq;
	bad.cdw11 = 1u << 16;
	assert_int_equal(admin(host, bad), 0x02);
	bad = sq;
	bad.cdw10 = 1;
	assert_int_equal(admin(host, bad), 0x102);
	bad = sq;
	bad.prp1 += 4;
	assert_int_equal(admin(host, bad), 0x13);
	assert_int_equal(admin(host, sq), 0);
	assert_int_equal(admin(host, sq), 0x101);
}

static void test_delete_queue_order(void **state)
{
	struct host *host = *state;
	struct host_command delete_sq = {.opcode = 0, .cdw10 = 1},
			    delete_cq = {.opcode = 4, .cdw10 = 1};

	assert_int_equal(admin(host, delete_sq), 0x101);
	assert_int_equal(admin(host, delete_cq), 0x101);
	host_create_io(host, -1);
	assert_int_equal(admin(host, delete_cq), 0x10c);
	assert_int_equal(admin(host, delete_sq), 0);
	assert_int_equal(admin(host, delete_sq), 0x101);
	assert_int_equal(admin(host, delete_cq), 0);
	delete_cq.cdw10 = 0;
	assert_int_equal(admin(host, delete_cq), 0x101);
	host_create_io(host, -1);
}

static void test_number_of_queues(void **state)
{
	struct host *host = *state;
	struct host_command set = {.opcode = 9, .cdw10 = 7, .cdw11 = 3u << 16 | 1};
	struct host_command get = {.opcode = 10, .cdw10 = 7};
	struct host_command cq = {.opcode = 5, .cdw10 = 7u << 16 | 5, .cdw11 = 1};
	struct host_completion got;

	assert_int_equal(host_do(host, &host->admin, get, &got), 0);
	assert_int_equal(got.result, 63u << 16 | 63);
	assert_int_equal(host_do(host, &host->admin, set, &got), 0);
	assert_int_equal(got.result, 3u << 16 | 1);
	assert_int_equal(host_do(host, &host->admin, get, &got), 0);
	assert_int_equal(got.result, 3u << 16 | 1);
	assert_int_equal(admin(host, cq), 0x101); /* more than granted */
	set.cdw11 = 0xffff;
	assert_int_equal(admin(host, set), 0x02);
	set.cdw11 = 0xfffe0000 | 0xfffe;
	assert_int_equal(host_do(host, &host->admin, set, &got), 0);
	assert_int_equal(got.result, 63u << 16 | 63);
	host_create_io(host, -1);
	assert_int_equal(admin(host, set), 0x0c); /* queues are there */
}

static void test_features(void **state)
{
	struct host *host = *state;
	static const uint8_t ids[] = {1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 0x19};
	struct host_command get = {.opcode = 10}, set = {.opcode = 9};
	struct host_completion got;

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		get.cdw10 = ids[i];
		assert_int_equal(admin(host, get), 0);
		set.cdw10 = 1u << 31 | ids[i];
		assert_int_equal(admin(host, set), 0x10d); /* saved */
	}
	get.cdw10 = set.cdw10 = 0xf0;
	assert_int_equal(admin(host, get), 0x02);
	assert_int_equal(admin(host, set), 0x02);
	set.cdw10 = 2;
	set.cdw11 = 1;
	assert_int_equal(admin(host, set), 0x02); /* no such power state */
	set.cdw10 = 0x19;
	assert_int_equal(admin(host, set), 0x12b);
	set.cdw10 = 6;
	set.cdw11 = 0;
	assert_int_equal(admin(host, set), 0);
	get.cdw10 = 6;
	assert_int_equal(host_do(host, &host->admin, get, &got), 0);
	assert_int_equal(got.result, 0);
	get.cdw10 = 6 | 1u << 8; /* the default */
	assert_int_equal(host_do(host, &host->admin, get, &got), 0);
	assert_int_equal(got.result, 1);
	get.cdw10 = 6 | 3u << 8; /* what can be done with it */
	assert_int_equal(host_do(host, &host->admin, get, &got), 0);
	assert_int_equal(got.result, 4);
}

static void test_common_checks(void **state)
{
	struct host *host = *state;
	struct host_command command = {.opcode = 0x7f};

	assert_int_equal(admin(host, command), 0x01);
	command.opcode = 10;
	command.cdw10 = 7;
	command.flags = 1; /* fused */
	assert_int_equal(admin(host, command), 0x02);
	command.flags = 0x40; /* SGL */
	assert_int_equal(admin(host, command), 0x02);
	/* DNR and More are set. */
	assert_int_equal(host_do(host, &host->admin, command, NULL), 0x4002);
}

static void test_log_pages(void **state)
{
	struct host *host = *state;
	uint8_t *data = host_memory(host, PAGE);
	struct host_command log = {.opcode = 2, .prp1 = host_dma(host, data)};
	struct host_command wrong = {.opcode = 0x7f};
	uint16_t status;

	assert_int_equal(admin(host, wrong), 0x01);
	log.cdw10 = 1 | 15u << 16; /* one error entry */
	assert_int_equal(admin(host, log), 0);
	assert_int_equal(data[0], 1);
	memcpy(&status, data + 12, 2);
	assert_int_equal(status >> 1 & 0x7ff, 1);
	log.cdw10 = 2 | 127u << 16;
	assert_int_equal(admin(host, log), 0);
	assert_int_equal(data[3], 100);
	log.cdw10 = 3 | 127u << 16;
	assert_int_equal(admin(host, log), 0);
	assert_int_equal(data[0], 1);
	/* From an offset, and past the end: zeros. */
	log.cdw12 = 8;
	memset(data, 0xff, PAGE);
	assert_int_equal(admin(host, log), 0);
	assert_memory_equal(data, "1.0     ", 8);
	assert_int_equal(data[511], 0);
	assert_int_equal(data[512], 0xff);
	log.cdw12 = 2;
	assert_int_equal(admin(host, log), 0x02);
	log.cdw12 = 516;
	assert_int_equal(admin(host, log), 0x02);
	log.cdw12 = 0;
	log.nsid = 1;
	assert_int_equal(admin(host, log), 0x02);
	log.nsid = 0;
	log.cdw10 = 0x70;
	assert_int_equal(admin(host, log), 0x109);
	log.cdw10 = 5 | 1023u << 16;
	assert_int_equal(admin(host, log), 0);
	assert_int_equal(data[4 * 6], 1);
	assert_int_equal(data[1024 + 4], 3);
	log.cdw10 = 0 | 255u << 16;
	assert_int_equal(admin(host, log), 0);
	assert_int_equal(data[4 * 0x12], 1);
}

static void put_events(struct host *host, unsigned int count)
{
	struct host_command event = {.opcode = 0x0c};

	while (count--)
		host_put(&host->admin, event);
	host_ring(host, &host->admin);
	padma_sim_step(host->device, 0);
}

static void test_events(void **state)
{
	struct host *host = *state;
	struct host_command log = {.opcode = 2, .cdw10 = 1 | 15u << 16};
	struct host_completion got;

	log.prp1 = host_dma(host, host_memory(host, PAGE));
	put_events(host, 5);
	assert_true(host_take(host, &host->admin, &got));
	assert_int_equal(got.status >> 1 & 0x7ff, 0x105); /* one too many */
	/* A doorbell without a queue, then a value out of range. */
	host_doorbell(host, 9, false, 3);
	assert_true(host_take(host, &host->admin, &got));
	assert_int_equal(got.result, 1u << 16 | 0u << 8);
	host_doorbell(host, 0, false, HOST_ENTRIES);
	for (int i = 0; i < 3; i++)
		assert_int_equal(padma_sim_step(host->device, 0),
				 0); /* masked until the log is read */
	assert_int_equal(admin(host, log), 0);
	assert_true(host_take(host, &host->admin, &got));
	assert_int_equal(got.result, 1u << 16 | 1u << 8);
	/* A completion queue head that takes more than was posted. */
	assert_int_equal(admin(host, log), 0);
	host_doorbell(host, 0, true, (host->admin.head + 5) % HOST_ENTRIES);
	assert_true(host_take(host, &host->admin, &got));
	assert_int_equal(got.result, 1u << 16 | 1u << 8);
}

static void test_temperature_event(void **state)
{
	struct host *host = *state;
	struct host_command set = {.opcode = 9, .cdw10 = 11, .cdw11 = 2};
	struct host_completion got;

	assert_int_equal(admin(host, set), 0);
	put_events(host, 1);
	set.cdw10 = 4;
	set.cdw11 = 300; /* kelvin: below what it has */
	assert_int_equal(admin(host, set), 0);
	assert_true(host_take(host, &host->admin, &got));
	assert_int_equal(got.result, 2u << 16 | 1u << 8 | 1);
}

static void test_abort(void **state)
{
	struct host *host = *state;
	struct host_command event = {.opcode = 0x0c}, abort_it = {.opcode = 8};
	struct host_completion got;
	uint16_t cid = host_put(&host->admin, event);

	abort_it.cdw10 = (uint32_t)(cid + 40) << 16;
	assert_int_equal(host_do(host, &host->admin, abort_it, &got), 0);
	assert_int_equal(got.result, 1); /* nothing to abort */
	abort_it.cdw10 = (uint32_t)cid << 16;
	host_put(&host->admin, abort_it);
	host_ring(host, &host->admin);
	assert_true(host_take(host, &host->admin, &got));
	assert_int_equal(got.cid, cid);
	assert_int_equal(got.status >> 1 & 0x7ff, 7);
	assert_true(host_take(host, &host->admin, &got));
	assert_int_equal(got.result, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, host_setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identify),
		TEST(test_active_lists),
		cmocka_unit_test(test_many_namespaces),
		cmocka_unit_test(test_no_namespaces),
		TEST(test_create_queue_statuses),
		TEST(test_delete_queue_order),
		TEST(test_number_of_queues),
		TEST(test_features),
		TEST(test_common_checks),
		TEST(test_log_pages),
		TEST(test_events),
		TEST(test_temperature_event),
		TEST(test_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
