// SPDX-License-Identifier: BSD-3-Clause
/* Registers, state machine, configuration space, MSI-X and function level reset. */
#include <sys/eventfd.h>
#include <unistd.h>

#include "host.h"

#define STEP "sim:nvme,size=16M,step"

static void test_registers_after_reset(void **state)
{
	struct host host;
	uint64_t cap;

	(void)state;
	host_open(&host, STEP ",mqes=256");
	cap = padma_bar_read64(host.bar, 0);
	assert_int_equal(cap & 0xffff, 255);
	assert_int_equal(cap >> 16 & 1, 1);	  /* CQR */
	assert_int_not_equal(cap >> 24 & 255, 0); /* TO */
	assert_int_equal(cap >> 32 & 15, 0);	  /* DSTRD */
	assert_int_equal(cap >> 37 & 1, 1);	  /* NVM command set */
	assert_int_equal(cap >> 48 & 15, 0);	  /* MPSMIN */
	assert_int_equal(padma_bar_read32(host.bar, 8), 0x20000);
	assert_int_equal(padma_bar_read32(host.bar, 0x14), 0);
	assert_int_equal(padma_bar_read32(host.bar, 0x1c), 0);
	/* CAP and VS cannot be written, INTMS and INTMC set and clear one mask. */
	padma_bar_write64(host.bar, 0, 0);
	assert_int_equal(padma_bar_read64(host.bar, 0), cap);
	padma_bar_write32(host.bar, 0x0c, 0x5);
	padma_bar_write32(host.bar, 0x10, 0x4);
	assert_int_equal(padma_bar_read32(host.bar, 0x0c), 1);
	host_close(&host);
}

static void test_enable_disable_shutdown(void **state)
{
	struct host host;
	uint64_t asq;

	(void)state;
	host_open(&host, STEP);
	host_enable(&host);
	asq = padma_bar_read64(host.bar, 0x28);
	/* The admin queue cannot be moved while the controller is enabled. */
	padma_bar_write64(host.bar, 0x28, 0x123000);
	assert_int_equal(padma_bar_read64(host.bar, 0x28), asq);
	padma_bar_write32(host.bar, 0x14, padma_bar_read32(host.bar, 0x14) | 1u << 14);
	assert_true(host_wait_csts(&host, 3u << 2, 2u << 2));
	assert_int_equal(padma_bar_read32(host.bar, 0x1c) & 1, 1);
	padma_bar_write32(host.bar, 0x14, 0);
	assert_true(host_wait_csts(&host, 0xf, 0));
	assert_int_equal(padma_bar_read64(host.bar, 0x28), asq); /* survives a controller reset */
	host_close(&host);
}

/* Base 3.6.1: SHST is 01b while it shuts down, then 10b. */
static void test_slow_shutdown(void **state)
{
	const struct padma_sim_fault slow = {.kind = PADMA_SIM_FAULT_SLOW_SHUTDOWN, .value = 3};
	struct host host;

	(void)state;
	host_open(&host, STEP);
	host_enable(&host);
	assert_int_equal(padma_sim_fault(host.device, &slow), 0);
	padma_bar_write32(host.bar, 0x14, padma_bar_read32(host.bar, 0x14) | 1u << 14);
	for (int step = 0; step < 3; step++) {
		assert_int_equal(padma_bar_read32(host.bar, 0x1c) >> 2 & 3, 1);
		padma_sim_step(host.device, 0);
	}
	assert_int_equal(padma_bar_read32(host.bar, 0x1c) >> 2 & 3, 2);
	host_close(&host);
}

/* PCIe 3.1.2: doorbells lie 4 << DSTRD bytes apart, those of the admin queue, too. */
static void test_doorbell_stride(void **state)
{
	struct host_command delete_sq = {.opcode = 0, .cdw10 = 1};
	struct host_command identify = {.opcode = 6, .cdw10 = 1};
	struct host_completion completion;
	struct host host;

	(void)state;
	host_open(&host, STEP ",dstrd=3,queues=2");
	assert_int_equal(padma_bar_read64(host.bar, 0) >> 32 & 15, 3);
	host_enable(&host);
	identify.prp1 = host_dma(&host, host_memory(&host, PAGE));
	/* More than fit into the ring: the head's doorbell counts, too. */
	for (unsigned int i = 0; i < 2 * HOST_ENTRIES; i++) {
		host_put(&host.admin, i ? identify : delete_sq);
		padma_bar_write32(host.bar, 0x1000, host.admin.tail);
		assert_int_equal(host.admin.cq[host.admin.head].status & 1, host.admin.phase);
		completion = host.admin.cq[host.admin.head];
		assert_int_equal(completion.status >> 1 & 0x7ff, i ? 0 : 0x101);
		host.admin.head = (host.admin.head + 1) % HOST_ENTRIES;
		host.admin.phase ^= host.admin.head == 0;
		padma_bar_write32(host.bar, 0x1000 + 32, host.admin.head);
	}
	host_close(&host);
}

/* Its registers say nothing and take nothing; what it is and does goes on. */
static void test_deaf_registers(void **state)
{
	static const uint64_t values[] = {UINT64_MAX, 0};
	struct host host;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const struct padma_sim_fault none = {.kind = PADMA_SIM_FAULT_NONE};
		const struct padma_sim_fault deaf = {.kind = PADMA_SIM_FAULT_REGISTERS,
						     .value = values[i]};
		uint32_t id;

		host_open(&host, STEP);
		host_enable(&host);
		assert_int_equal(padma_sim_fault(host.device, &deaf), 0);
		assert_int_equal(padma_bar_read32(host.bar, 0x08), (uint32_t)values[i]);
		assert_int_equal(padma_bar_read64(host.bar, 0), values[i]);
		padma_bar_write32(host.bar, 0x14, 0);
		assert_int_equal(padma_device_config_read(host.device, 0, &id, 4), 0);
		assert_int_not_equal(id, UINT32_MAX);
		assert_int_equal(padma_sim_fault(host.device, &none), 0);
		assert_int_equal(padma_bar_read32(host.bar, 0x1c) & 1, 1);
		host_close(&host);
	}
}

static void expect_start(struct host *host, uint32_t cc, bool works)
{
	padma_bar_write32(host->bar, 0x14, cc | 1);
	assert_int_equal(padma_bar_read32(host->bar, 0x1c), works ? 1 : 2);
	padma_bar_write32(host->bar, 0x14, 0);
	assert_int_equal(padma_bar_read32(host->bar, 0x1c), 0);
}

static void test_enable_is_checked(void **state)
{
	struct host host;

	(void)state;
	host_open(&host, STEP);
	host_set_admin_queue(&host);
	expect_start(&host, 0, true);
	expect_start(&host, 6u << 4, true);	     /* CSS: all command sets */
	expect_start(&host, 1u << 4, false);	     /* CSS */
	expect_start(&host, 7u << 4, false);	     /* CSS: admin only */
	expect_start(&host, 5u << 7, false);	     /* MPS above MPSMAX */
	expect_start(&host, 1u << 11, false);	     /* AMS */
	expect_start(&host, 1u << 24, false);	     /* CRIME */
	padma_bar_write32(host.bar, 0x24, 1u << 16); /* one entry */
	expect_start(&host, 0, false);
	host_close(&host);
}

static void test_config_space(void **state)
{
	struct host host;
	uint32_t word, bar[2], ones[2] = {UINT32_MAX, UINT32_MAX};
	uint64_t size;

	(void)state;
	host_open(&host, STEP);
	padma_device_config_read(host.device, 8, &word, 4);
	assert_int_equal(word >> 8, 0x010802);
	padma_device_config_write(host.device, 0, ones, 4); /* ids are read-only */
	padma_device_config_read(host.device, 0, &word, 4);
	assert_int_not_equal(word, UINT32_MAX);
	padma_device_config_read(host.device, 0x10, bar, 8);
	padma_device_config_write(host.device, 0x10, ones, 8);
	padma_device_config_read(host.device, 0x10, ones, 8);
	padma_device_config_write(host.device, 0x10, bar, 8);
	assert_int_equal(ones[0] & 0xf, 4);
	size = ~(((uint64_t)ones[1] << 32 | ones[0]) & ~0xfull) + 1;
	assert_int_equal(size, host.bar->bytes);
	/* Without Memory Space Enable no register answers. */
	word = 0;
	padma_device_config_write(host.device, 4, &word, 2);
	assert_int_equal(padma_bar_read32(host.bar, 8), UINT32_MAX);
	assert_int_equal(padma_device_config_read(host.device, 4095, &word, 2), -EINVAL);
	host_close(&host);
}

static unsigned int find_capability(struct host *host, uint8_t id)
{
	uint8_t at, got;

	padma_device_config_read(host->device, 0x34, &at, 1);
	while (at) {
		padma_device_config_read(host->device, at, &got, 1);
		if (got == id)
			return at;
		padma_device_config_read(host->device, at + 1u, &at, 1);
	}
	return 0;
}

static void test_function_level_reset(void **state)
{
	struct host host;
	unsigned int express;
	uint16_t word;
	uint32_t cap;

	(void)state;
	host_open(&host, STEP);
	host_enable(&host);
	express = find_capability(&host, 0x10);
	assert_int_not_equal(express, 0);
	padma_device_config_read(host.device, express + 4, &cap, 4);
	assert_int_equal(cap >> 28 & 1, 1);
	padma_device_config_read(host.device, express + 8, &word, 2);
	word |= 0x8000;
	padma_device_config_write(host.device, express + 8, &word, 2);
	padma_device_config_read(host.device, express + 8, &word, 2);
	assert_int_equal(word & 0x8000, 0);
	assert_int_equal(padma_bar_read32(host.bar, 0x1c), 0);
	assert_int_equal(padma_bar_read32(host.bar, 0x24), 0);
	padma_device_config_read(host.device, 4, &word, 2);
	assert_int_equal(word & 6, 2); /* memory space on, bus mastering off */
	assert_int_equal(padma_device_reset(host.device), 0);
	assert_int_equal(padma_device_bus_master(host.device, true), 0);
	host_enable(&host);
	host_close(&host);
}

static uint64_t count(int fd)
{
	uint64_t value = 0;

	return read(fd, &value, sizeof(value)) == sizeof(value) ? value : 0;
}

static void test_msix(void **state)
{
	struct host host;
	struct host_command flush = {.opcode = 0, .nsid = 1}, features = {.opcode = 10};
	int fds[3];
	uint32_t table, pba;
	unsigned int msix;

	(void)state;
	features.cdw10 = 1;
	host_open(&host, STEP);
	for (unsigned int i = 0; i < 3; i++)
		fds[i] = eventfd(0, EFD_NONBLOCK);
	assert_int_equal(padma_device_irq_enable(host.device, fds, 3), 0);
	host_enable(&host);
	host_create_io(&host, 2);
	assert_true(count(fds[0]) > 0);
	assert_int_equal(host_do(&host, &host.io, flush, NULL), 0);
	assert_int_equal(count(fds[2]), 1);
	assert_int_equal(count(fds[1]), 0);

	msix = find_capability(&host, 0x11);
	padma_device_config_read(host.device, msix + 4, &table, 4);
	padma_device_config_read(host.device, msix + 8, &pba, 4);
	/* Masked: pending, and sent when the mask goes. */
	padma_bar_write32(host.bar, table + 2 * 16 + 12, 1);
	assert_int_equal(host_do(&host, &host.io, flush, NULL), 0);
	assert_int_equal(count(fds[2]), 0);
	assert_int_equal(padma_bar_read64(host.bar, pba), 4);
	padma_bar_write32(host.bar, table + 2 * 16 + 12, 0);
	assert_int_equal(count(fds[2]), 1);
	assert_int_equal(padma_bar_read64(host.bar, pba), 0);
	/* Off: nothing at all. */
	assert_int_equal(padma_device_irq_enable(host.device, NULL, 0), 0);
	assert_int_equal(host_do(&host, &host.admin, features, NULL), 0);
	assert_int_equal(count(fds[0]), 0);
	assert_int_equal(padma_device_irq_enable(host.device, fds, 99), -EINVAL);
	host_close(&host);
	for (unsigned int i = 0; i < 3; i++)
		close(fds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers_after_reset),
		cmocka_unit_test(test_enable_disable_shutdown),
		cmocka_unit_test(test_slow_shutdown),
		cmocka_unit_test(test_doorbell_stride),
		cmocka_unit_test(test_deaf_registers),
		cmocka_unit_test(test_enable_is_checked),
		cmocka_unit_test(test_config_space),
		cmocka_unit_test(test_function_level_reset),
		cmocka_unit_test(test_msix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
