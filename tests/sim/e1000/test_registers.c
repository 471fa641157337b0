// SPDX-License-Identifier: BSD-3-Clause
/* Registers, EEPROM, PHY and link, interrupts, resets, and what the card says about drivers that break the manuals. */
#include <sys/eventfd.h>
#include <unistd.h>

#include "nic.h"

#define CTRL   0x0000u
#define STATUS 0x0008u
#define ICR    0x00c0u
#define ICS    0x00c8u
#define IMS    0x00d0u
#define IMC    0x00d8u
#define LSC    (1u << 2)

static const char *const both[] = {"sim:e1000e,step,loop,mac=02:00:00:00:00:2a",
				   "sim:e1000,step,loop,mac=02:00:00:00:00:2a"};

static void test_after_power_up(void **state)
{
	struct nic nic;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		nic_open(&nic, NULL, both[i]);
		assert_int_equal(nic_get(&nic, 0x5400), 0x00000002);
		assert_int_equal(nic_get(&nic, 0x5404), 0x80002a00);
		for (unsigned int entry = 1; entry < 16; entry++)
			assert_false(nic_get(&nic, 0x5404 + 8 * entry) >> 31);
		assert_int_equal(nic_get(&nic, 0x100), 0);
		assert_int_equal(nic_get(&nic, 0x400), 0);
		assert_int_equal(nic_get(&nic, IMS), 0);
		assert_int_equal(nic_get(&nic, 0x38), 0x8100);
		assert_int_equal(nic_get(&nic, STATUS) & 3, 1); /* no link without SLU */
		assert_int_equal(nic_get(&nic, STATUS) >> 19 & 1, i == 0);
		nic_close(&nic, 0);
	}
}

static uint16_t eeprom_word(struct nic *nic, unsigned int address)
{
	uint32_t value;

	nic_set(nic, 0x14, address << (nic->is_82574 ? 2 : 8) | 1);
	value = nic_get(nic, 0x14);
	assert_true(value & 1u << (nic->is_82574 ? 1 : 4));
	return (uint16_t)(value >> 16);
}

static void test_eeprom(void **state)
{
	struct nic nic;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		uint16_t sum = 0;

		nic_open(&nic, NULL, both[i]);
		for (unsigned int word = 0; word < 64; word++)
			sum = (uint16_t)(sum + eeprom_word(&nic, word));
		assert_int_equal(sum, 0xbaba);
		assert_int_equal(eeprom_word(&nic, 0), 0x0002);
		assert_int_equal(eeprom_word(&nic, 2), 0x2a00);
		nic_close(&nic, 0);
	}
}

static uint32_t mdic(struct nic *nic, uint32_t command)
{
	nic_set(nic, 0x20, command);
	return nic_get(nic, 0x20);
}

static void test_phy_and_link(void **state)
{
	const struct padma_sim_fault down = {.kind = PADMA_SIM_FAULT_LINK_DOWN};
	const struct padma_sim_fault none = {.kind = PADMA_SIM_FAULT_NONE};
	struct nic nic;

	(void)state;
	nic_open(&nic, NULL, both[0]);
	assert_int_equal(mdic(&nic, 2u << 26 | 1u << 21 | 2u << 16),
			 0x10000000 | 2u << 26 | 1u << 21 | 2u << 16 | 0x0141);
	assert_int_equal(mdic(&nic, 2u << 26 | 1u << 21 | 3u << 16) & 0xffff, 0x0cb1);
	assert_true(mdic(&nic, 2u << 26 | 5u << 21) >> 30 & 1); /* no such PHY */
	assert_true(mdic(&nic, 2u << 26 | 1u << 21 | 1u << 16) & 1u << 2);
	nic_get(&nic, ICR);
	nic_set(&nic, CTRL, nic_get(&nic, CTRL) | 1u << 6);
	assert_int_equal(nic_get(&nic, STATUS) & 0xc3, 0x83);
	assert_true(nic_get(&nic, ICR) & LSC);
	assert_int_equal(padma_sim_fault(nic.device, &down), 0);
	nic_run(&nic);
	assert_int_equal(nic_get(&nic, STATUS) & 2, 0);
	assert_true(nic_get(&nic, ICR) & LSC);
	assert_int_equal(padma_sim_fault(nic.device, &none), 0);
	nic_run(&nic);
	assert_int_equal(nic_get(&nic, STATUS) & 2, 2);
	mdic(&nic, 1u << 26 | 1u << 21 | 0x0800); /* power down */
	assert_int_equal(nic_get(&nic, STATUS) & 2, 0);
	mdic(&nic, 1u << 26 | 1u << 21 | 0x8000);
	assert_int_equal(nic_get(&nic, STATUS) & 2, 2);
	nic_close(&nic, 0);
}

/* 574, 10.2.4.1 against 8254x, 13.4.17: what reading ICR clears. */
static void test_icr(void **state)
{
	struct nic nic;

	(void)state;
	nic_open(&nic, NULL, both[0]);
	nic_set(&nic, ICS, 0x90);
	assert_int_equal(nic_get(&nic, ICR) & 0x800000ff, 0x90); /* IMS is 0: cleared */
	assert_int_equal(nic_get(&nic, ICR), 0);
	nic_set(&nic, IMS, LSC);
	nic_set(&nic, ICS, 0x90);
	assert_int_equal(nic_get(&nic, ICR), 0x90); /* nothing of ours: kept */
	assert_int_equal(nic_get(&nic, ICR), 0x90);
	nic_set(&nic, IMS, 0x80);
	assert_int_equal(nic_get(&nic, ICR), 0x80000090);
	assert_int_equal(nic_get(&nic, ICR), 0);
	nic_set(&nic, ICS, 0x90);
	nic_set(&nic, ICR, 0x10);
	assert_int_equal(nic_get(&nic, ICR), 0x80000080);
	nic_set(&nic, IMC, 0x80);
	assert_int_equal(nic_get(&nic, IMS), LSC);
	nic_close(&nic, 0);
	nic_open(&nic, NULL, both[1]);
	nic_set(&nic, IMS, LSC);
	nic_set(&nic, ICS, 0x90);
	assert_int_equal(nic_get(&nic, ICR), 0x90);
	assert_int_equal(nic_get(&nic, ICR), 0);
	nic_close(&nic, 0);
}

static bool fired(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == sizeof(count);
}

static void test_pin_and_msi(void **state)
{
	static const enum padma_irq_kind kinds[] = {PADMA_IRQ_INTX, PADMA_IRQ_MSI};
	struct nic nic;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		enum padma_irq_kind kind = kinds[i % 2];
		int fd;

		nic_open(&nic, NULL, both[i / 2]);
		assert_int_equal(padma_device_irq_use(nic.device, kind), 0);
		fd = eventfd(0, EFD_NONBLOCK);
		assert_int_equal(padma_device_irq_enable(nic.device, &fd, 1), 0);
		nic_set(&nic, ICS, LSC);
		assert_false(fired(fd));
		nic_set(&nic, IMS, LSC); /* a cause that waits fires once it is enabled */
		assert_true(fired(fd));
		nic_set(&nic, ICS, LSC);
		assert_false(fired(fd)); /* it is set already */
		assert_true(nic_get(&nic, ICR) & LSC);
		if (kind == PADMA_IRQ_INTX)
			assert_int_equal(padma_device_irq_unmask(nic.device), 0);
		assert_false(fired(fd));
		nic_set(&nic, ICS, LSC);
		assert_true(fired(fd));
		nic_close(&nic, 0);
		close(fd);
	}
}

/* IVAR: receive queue 0 to vector 0, 1 to 1, transmission to 2 and 3, all else to 4. */
static void test_msix(void **state)
{
	struct nic nic;
	int fds[5];

	(void)state;
	nic_open(&nic, NULL, both[0]);
	assert_int_equal(padma_device_irq_use(nic.device, PADMA_IRQ_MSIX), 0);
	for (unsigned int i = 0; i < 5; i++)
		fds[i] = eventfd(0, EFD_NONBLOCK);
	assert_int_equal(padma_device_irq_enable(nic.device, fds, 5), 0);
	nic_set(&nic, 0xe4, 0x000cba98);
	nic_set(&nic, 0xdc, 0x1f << 20); /* EIAC */
	nic_set(&nic, IMS, 0x1f << 20 | LSC);
	for (unsigned int i = 0; i < 4; i++) {
		nic_set(&nic, ICS, 1u << (20 + i));
		for (unsigned int j = 0; j < 5; j++)
			assert_int_equal(fired(fds[j]), i == j);
		assert_int_equal(nic_get(&nic, ICS) & 0x1f << 20, 0); /* auto-cleared */
	}
	nic_set(&nic, ICS, LSC);
	assert_true(fired(fds[4]));
	assert_int_equal(nic_get(&nic, ICR) & LSC, LSC);
	nic_set(&nic, IMC, 1u << 20);
	nic_set(&nic, ICS, 1u << 20);
	assert_false(fired(fds[0]));
	nic_set(&nic, IMS, 1u << 20);
	assert_true(fired(fds[0]));
	nic_close(&nic, 0);
	for (unsigned int i = 0; i < 5; i++)
		close(fds[i]);
}

static void reset(struct nic *nic)
{
	if (nic->is_82574) {
		nic_set(nic, CTRL, nic_get(nic, CTRL) | 1u << 2);
		nic_run(nic);
		assert_false(nic_get(nic, STATUS) >> 19 & 1);
	}
	nic_set(nic, CTRL, nic_get(nic, CTRL) | 1u << 26);
}

static void test_software_reset(void **state)
{
	struct nic nic;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		nic_open(&nic, NULL, both[i]);
		nic_start(&nic, 0);
		nic_set(&nic, 0x5600, 0x1234);
		nic_set(&nic, 0x5208, 0x77);
		nic_set(&nic, 0x1000, 0x20);
		nic_set(&nic, 0x540c, 0x80000000);
		nic_set(&nic, 0x5400, 0x12345678);
		nic_set(&nic, IMS, LSC);
		reset(&nic);
		assert_false(nic_get(&nic, CTRL) >> 26 & 1);
		assert_int_equal(nic_get(&nic, 0x100), 0);
		assert_int_equal(nic_get(&nic, 0x400), 0);
		assert_int_equal(nic_get(&nic, IMS), 0);
		assert_int_equal(nic_get(&nic, 0x2808), 0);
		assert_int_equal(nic_get(&nic, 0x2818), 0); /* a tail */
		/* What is kept, and what comes from the EEPROM. */
		assert_int_equal(nic_get(&nic, 0x5600), 0x1234);
		assert_int_equal(nic_get(&nic, 0x5208), 0x77);
		assert_int_equal(nic_get(&nic, 0x1000) & 0xffff, 0x20);
		assert_int_equal(nic_get(&nic, 0x540c) >> 31, 0);
		assert_int_equal(nic_get(&nic, 0x5400), 2);
		nic_close(&nic, 0);
	}
}

static void test_slow_and_stuck_reset(void **state)
{
	const struct padma_sim_fault slow = {.kind = PADMA_SIM_FAULT_SLOW_RESET, .value = 2};
	const struct padma_sim_fault stuck = {.kind = PADMA_SIM_FAULT_STUCK};
	struct nic nic;

	(void)state;
	nic_open(&nic, NULL, both[0]);
	nic_start(&nic, 0);
	assert_int_equal(padma_sim_fault(nic.device, &slow), 0);
	reset(&nic);
	assert_true(nic_get(&nic, CTRL) >> 26 & 1);
	padma_sim_step(nic.device, 0);
	padma_sim_step(nic.device, 0);
	assert_false(nic_get(&nic, CTRL) >> 26 & 1);
	nic_start(&nic, 0);
	assert_int_equal(padma_sim_fault(nic.device, &stuck), 0);
	nic_set(&nic, CTRL, nic_get(&nic, CTRL) | 1u << 2);
	assert_true(nic_get(&nic, STATUS) >> 19 & 1);
	nic_set(&nic, CTRL, nic_get(&nic, CTRL) | 1u << 26);
	assert_true(nic_get(&nic, CTRL) >> 26 & 1);
	assert_true(nic_get(&nic, 0x100) & 2); /* it continues */
	/* A reset of the function ends it. */
	assert_int_equal(padma_device_reset(nic.device), 0);
	assert_int_equal(nic_get(&nic, 0x100), 0);
	nic_close(&nic, 0);
}

static void expect_error(struct nic *nic, const char *word)
{
	struct padma_sim_driver_errors errors;

	assert_int_equal(padma_sim_driver_errors(nic->device, &errors), 0);
	assert_int_equal(errors.count, 1);
	if (!strstr(errors.first, word))
		print_error("'%s' is not in: %s\n", word, errors.first);
	assert_non_null(strstr(errors.first, word));
	nic_close(nic, 1);
}

static void started(struct nic *nic)
{
	nic_open(nic, NULL, both[0]);
	nic_start(nic, 1u << 3 | 1u << 4 | 1u << 15 | 1u << 26);
}

static void test_driver_errors_of_registers(void **state)
{
	static const uint8_t zeros[64];
	struct nic nic;

	(void)state;
	started(&nic);
	padma_bar_write16(nic.bar, 0x5400, 0);
	expect_error(&nic, "32 bits");
	started(&nic);
	nic_set(&nic, 0x2800, 0);
	expect_error(&nic, "enabled");
	started(&nic);
	nic_set(&nic, 0x0c, 1);
	expect_error(&nic, "no such register");
	started(&nic);
	nic_set(&nic, CTRL, 1u << 26);
	expect_error(&nic, "Master Disable");
	started(&nic);
	nic_set(&nic, 0x3818, NIC_ENTRIES);
	nic_run(&nic);
	expect_error(&nic, "TDT");
	started(&nic);
	nic_send(&nic, zeros, sizeof(zeros), 0);
	nic_set(&nic, 0x2818, 3); /* after 15 */
	nic_send(&nic, zeros, sizeof(zeros), 0);
	expect_error(&nic, "goes back");
	nic_open(&nic, NULL, both[0]);
	nic_set(&nic, 0x2808, 24);
	expect_error(&nic, "128");
	nic_open(&nic, NULL, both[0]);
	nic_set(&nic, 0x2808, 128);
	nic_set(&nic, 0x5818, 1);
	nic_set(&nic, 0x5000, 1u << 13);
	nic_set(&nic, 0x100, 2);
	expect_error(&nic, "EXSTEN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_after_power_up),
		cmocka_unit_test(test_eeprom),
		cmocka_unit_test(test_phy_and_link),
		cmocka_unit_test(test_icr),
		cmocka_unit_test(test_pin_and_msi),
		cmocka_unit_test(test_msix),
		cmocka_unit_test(test_software_reset),
		cmocka_unit_test(test_slow_and_stuck_reset),
		cmocka_unit_test(test_driver_errors_of_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
