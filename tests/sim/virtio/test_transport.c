// SPDX-License-Identifier: BSD-3-Clause
/* Simulated Virtio devices on PCI: ids, capabilities, negotiation, the common configuration, notifications, interrupts,
 * resets, and what is recorded of a driver that breaks the specification. */
#include <sys/eventfd.h>
#include <unistd.h>

#include "raw.h"

#define BASIC (VERSION_1 | MAC | LINK_STATUS)

static void expect_ids(const char *keys, uint16_t device, uint16_t subsystem, uint8_t revision)
{
	struct raw raw;
	uint16_t value;
	uint8_t byte;

	raw_open(&raw, keys);
	padma_config_read16(raw.device, 0x00, &value);
	assert_int_equal(value, 0x1af4);
	padma_config_read16(raw.device, 0x02, &value);
	assert_int_equal(value, device);
	padma_config_read8(raw.device, 0x08, &byte);
	assert_int_equal(byte, revision);
	padma_config_read16(raw.device, 0x2e, &value);
	assert_int_equal(value, subsystem);
	raw_close(&raw);
}

static void test_ids(void **state)
{
	(void)state;
	expect_ids("", 0x1041, 0x1041, 1);
	expect_ids("transitional", 0x1000, 1, 0);
	expect_ids("legacy", 0x1000, 1, 0);
}

static void test_capabilities(void **state)
{
	struct raw raw;

	(void)state;
	raw_open(&raw, "queues=2");
	assert_non_null(raw.common.bar);
	assert_non_null(raw.notify.bar);
	assert_non_null(raw.isr.bar);
	assert_non_null(raw.config.bar);
	assert_true(raw.window_at);
	assert_true(raw.common.length >= 0x3c);
	assert_true(raw.multiplier % 4 == 0);
	assert_true(raw.notify.length >= 5 * raw.multiplier);
	assert_int_equal(raw.queues, 5);
	raw_close(&raw);
	raw_open(&raw, "legacy");
	assert_null(raw.common.bar);
	assert_int_equal(raw.window_at, 0);
	raw_close(&raw);
	/* What must be ignored comes first. */
	raw_open(&raw, "odd-capabilities");
	assert_true(raw_negotiate(&raw, BASIC));
	raw_close(&raw);
}

static void test_features_that_are_refused(void **state)
{
	static const struct {
		uint64_t features;
		const char *word;
	} rows[] = {
		{BASIC | PACKED, "offered"},   {BASIC & ~VERSION_1, "VERSION_1"},
		{BASIC | GUEST_TSO4, "needs"}, {BASIC | HOST_TSO4, "needs"},
		{BASIC | CONTROL_RX, "needs"}, {BASIC | MULTIQUEUE, "needs"},
		{BASIC | RSS, "needs"},	       {BASIC | BIT(50), "offered"},
	};
	struct raw raw;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		raw_open(&raw, "");
		assert_false(raw_negotiate(&raw, rows[i].features));
		raw_close_after(&raw, 1, rows[i].word);
	}
	raw_open(&raw, "with=0x200000000");
	assert_false(raw_negotiate(&raw, BASIC));
	raw_close_after(&raw, 1, "ACCESS_PLATFORM");
}

static uint64_t offered(struct raw *raw)
{
	uint64_t features;

	raw_write(raw, DEVICE_SELECT, 0, 4);
	features = raw_read(raw, DEVICE_FEATURE, 4);
	raw_write(raw, DEVICE_SELECT, 1, 4);
	features |= (uint64_t)raw_read(raw, DEVICE_FEATURE, 4) << 32;
	raw_write(raw, DEVICE_SELECT, 2, 4);
	assert_int_equal(raw_read(raw, DEVICE_FEATURE, 4), 0);
	return features;
}

static void expect_offer(const char *keys, uint64_t with, uint64_t without, unsigned int queues)
{
	struct raw raw;
	uint64_t features;

	raw_open(&raw, keys);
	features = offered(&raw);
	assert_int_equal(features & with, with);
	assert_int_equal(features & without, 0);
	assert_int_equal(raw.queues, queues);
	raw_close(&raw);
}

static void test_keys_of_features(void **state)
{
	(void)state;
	expect_offer("", VERSION_1 | CSUM | MERGEABLE | INDIRECT | EVENT_INDEX | RSS,
		     PACKED | IN_ORDER, 9);
	expect_offer("packed,in-order,notify-data", PACKED | IN_ORDER | NOTIFY_DATA | NOTIFY_CONFIG,
		     0, 9);
	expect_offer("features=0x100000020", VERSION_1 | MAC, ~(VERSION_1 | MAC), 2);
	expect_offer("without=0x1000000000400000,queues=8", CONTROL, MULTIQUEUE | RSS, 3);
	expect_offer("with=0x200000000000000", HASH_REPORT, 0, 9);
}

static void test_status_and_order(void **state)
{
	struct raw raw;

	(void)state;
	/* DRIVER_OK without features. */
	raw_open(&raw, "");
	raw_write(&raw, DEVICE_STATUS, 3, 1);
	raw_write(&raw, DEVICE_STATUS, 7, 1);
	assert_int_equal(raw_status(&raw), 3);
	raw_close_after(&raw, 1, "DRIVER_OK without");
	/* A bit is cleared. */
	raw_open(&raw, "");
	raw_write(&raw, DEVICE_STATUS, 3, 1);
	raw_write(&raw, DEVICE_STATUS, 1, 1);
	assert_int_equal(raw_status(&raw), 3);
	raw_close_after(&raw, 1, "clears");
	/* Features after FEATURES_OK; a queue before it, and after DRIVER_OK. */
	raw_open(&raw, "without=0x10000000000");
	assert_true(raw_negotiate(&raw, BASIC));
	raw_write(&raw, DRIVER_FEATURE, 0, 4);
	raw_close_after(&raw, 1, "features are written");
	raw_open(&raw, "");
	raw_write(&raw, QUEUE_ENABLE, 1, 2);
	assert_int_equal(raw_read(&raw, QUEUE_ENABLE, 2), 0);
	raw_close_after(&raw, 1, "enabled at status");
	raw_start(&raw, "without=0x10000000000", BASIC);
	raw_write(&raw, QUEUE_SELECT, 2, 2);
	raw_write(&raw, QUEUE_ENABLE, 1, 2);
	assert_int_equal(raw_read(&raw, QUEUE_ENABLE, 2), 0);
	raw_close_after(&raw, 1, "enabled at status");
}

static void expect_bad_access(uint32_t offset, unsigned int width, bool write, const char *word)
{
	struct raw raw;

	raw_open(&raw, "");
	assert_true(raw_negotiate(&raw, BASIC));
	if (write)
		raw_write(&raw, offset, 1, width);
	else
		raw_read(&raw, offset, width);
	raw_close_after(&raw, 1, word);
}

static void test_accesses_of_the_common_configuration(void **state)
{
	(void)state;
	expect_bad_access(DEVICE_FEATURE, 4, true, "read-only");
	expect_bad_access(NUM_QUEUES, 2, true, "read-only");
	expect_bad_access(GENERATION, 1, true, "read-only");
	expect_bad_access(QUEUE_NOTIFY_OFF, 2, true, "read-only");
	expect_bad_access(NUM_QUEUES, 4, false, "4 bytes");
	expect_bad_access(DEVICE_STATUS, 4, false, "4 bytes");
	expect_bad_access(QUEUE_DESC + 2, 2, false, "2 bytes");
	expect_bad_access(QUEUE_NOTIFY_DATA, 2, false, "feature 39");
	expect_bad_access(QUEUE_RESET_REG, 2, false, "feature 40");
	expect_bad_access(QUEUE_SIZE, 1, true, "1 bytes");
}

static void test_sizes_of_queues(void **state)
{
	struct raw raw;

	(void)state;
	raw_open(&raw, "depth=100");
	assert_int_equal(raw_read(&raw, QUEUE_SIZE, 2), 64);
	assert_true(raw_negotiate(&raw, BASIC));
	raw_write(&raw, QUEUE_SIZE, 128, 2);
	raw_write(&raw, QUEUE_SIZE, 48, 2);
	raw_write(&raw, QUEUE_SIZE, 0, 2);
	assert_int_equal(raw_read(&raw, QUEUE_SIZE, 2), 64);
	raw_write(&raw, QUEUE_SIZE, 16, 2);
	assert_int_equal(raw_read(&raw, QUEUE_SIZE, 2), 16);
	/* There is no such queue. */
	raw_write(&raw, QUEUE_SELECT, 9, 2);
	assert_int_equal(raw_read(&raw, QUEUE_SIZE, 2), 0);
	raw_close_after(&raw, 3, "128 entries");
	raw_open(&raw, "depth=100,packed");
	assert_true(raw_negotiate(&raw, BASIC | PACKED));
	assert_int_equal(raw_read(&raw, QUEUE_SIZE, 2), 100);
	raw_write(&raw, QUEUE_SIZE, 48, 2);
	assert_int_equal(raw_read(&raw, QUEUE_SIZE, 2), 48);
	raw_close(&raw);
	/* Packed is offered, and not taken. */
	raw_open(&raw, "depth=100,packed");
	assert_true(raw_negotiate(&raw, BASIC));
	assert_int_equal(raw_read(&raw, QUEUE_SIZE, 2), 64);
	raw_close(&raw);
}

static void test_a_ring_that_is_not_aligned(void **state)
{
	struct raw raw;

	(void)state;
	raw_open(&raw, "");
	assert_true(raw_negotiate(&raw, BASIC));
	raw_write(&raw, QUEUE_DESC, 0x1008, 4);
	raw_write(&raw, QUEUE_DRIVER, 0x2000, 4);
	raw_write(&raw, QUEUE_DEVICE, 0x3000, 4);
	raw_write(&raw, QUEUE_ENABLE, 1, 2);
	assert_int_equal(raw_read(&raw, QUEUE_ENABLE, 2), 0);
	raw_close_after(&raw, 1, "areas");
}

static void test_a_queue_in_use_is_not_configured(void **state)
{
	struct raw raw;

	(void)state;
	raw_start(&raw, "", BASIC);
	raw_write(&raw, QUEUE_SELECT, 0, 2);
	raw_write(&raw, QUEUE_SIZE, 16, 2);
	raw_write(&raw, QUEUE_DESC, 0, 4);
	raw_write(&raw, QUEUE_ENABLE, 0, 2);
	assert_int_equal(raw_read(&raw, QUEUE_ENABLE, 2), 1);
	raw_close_after(&raw, 3, "while it is enabled");
}

static void test_notifications(void **state)
{
	struct raw raw;
	struct raw_queue *q;

	(void)state;
	raw_open(&raw, "");
	assert_true(raw_negotiate(&raw, BASIC));
	q = raw_queue(&raw, 1, 0);
	raw_kick(q);
	raw_step(&raw);
	raw_close_after(&raw, 1, "before DRIVER_OK");
	/* Another queue's number, and 32 bits though there is no data. */
	raw_start(&raw, "", BASIC);
	padma_bar_write16(raw.notify.bar, raw.q[1].notify_offset, 0);
	raw_step(&raw);
	raw_close_after(&raw, 1, "queue 1 is notified with");
	raw_start(&raw, "", BASIC);
	padma_bar_write32(raw.notify.bar, raw.q[1].notify_offset, 1);
	raw_step(&raw);
	raw_close_after(&raw, 1, "queue 1 is notified with");
	/* One that is not enabled. */
	raw_open(&raw, "");
	assert_true(raw_negotiate(&raw, BASIC));
	(void)raw_queue(&raw, 0, 0);
	raw_ready(&raw);
	raw_write(&raw, QUEUE_SELECT, 1, 2);
	padma_bar_write16(raw.notify.bar,
			  raw.notify.offset + raw_read(&raw, QUEUE_NOTIFY_OFF, 2) * raw.multiplier,
			  1);
	raw_step(&raw);
	raw_close_after(&raw, 1, "not enabled");
}

static void test_configuration(void **state)
{
	struct padma_sim_fault down = {.kind = PADMA_SIM_FAULT_LINK_DOWN}, none = {0};
	uint32_t generation;
	struct raw raw;

	(void)state;
	raw_start(&raw, "loop,mac=02:11:22:33:44:55,mtu=1400,queues=3", BASIC | ANNOUNCE | CONTROL);
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(raw_config(&raw, i, 1), i ? 0x11 * i : 2);
	assert_int_equal(raw_config(&raw, 6, 2), 1);
	assert_int_equal(raw_config(&raw, 8, 2), 3);
	assert_int_equal(raw_config(&raw, 10, 2), 1400);
	assert_int_equal(raw_config(&raw, 12, 4), 10000);
	assert_int_equal(raw_config(&raw, 16, 1), 1);
	assert_int_equal(raw_config(&raw, 17, 1), 40);
	assert_int_equal(raw_config(&raw, 18, 2), 128);
	assert_int_equal(raw_config(&raw, 20, 4), 0x1ff);
	generation = raw_read(&raw, GENERATION, 1);
	assert_int_equal(raw_config(&raw, 6, 2), 1);
	assert_int_equal(raw_read(&raw, GENERATION, 1), generation);
	assert_int_equal(padma_sim_fault(raw.device, &down), 0);
	assert_int_equal(raw_config(&raw, 6, 2), 0);
	assert_int_not_equal(raw_read(&raw, GENERATION, 1), generation);
	assert_int_equal(padma_sim_fault(raw.device, &none), 0);
	/* Back, perhaps elsewhere: to be announced, until the driver says that it has done so. */
	assert_int_equal(raw_config(&raw, 6, 2), 3);
	assert_int_equal(raw_command(&raw, 3, 0, NULL, 0), 0);
	assert_int_equal(raw_config(&raw, 6, 2), 1);
	raw_close(&raw);
}

static void test_accesses_of_the_configuration(void **state)
{
	struct raw raw;

	(void)state;
	raw_start(&raw, "without=8", BASIC);
	raw_config(&raw, 0, 4);
	raw_config(&raw, 10, 2); /* the MTU is not offered */
	padma_bar_write8(raw.config.bar, raw.config.offset, 0);
	raw_close_after(&raw, 3, "4 bytes");
}

static uint32_t by_window(struct raw *raw, const struct raw_window *window, uint32_t offset,
			  unsigned int width)
{
	uint32_t value = 0;

	padma_config_write8(raw->device, raw->window_at + 4, 0);
	padma_config_write32(raw->device, raw->window_at + 8, window->offset + offset);
	padma_config_write32(raw->device, raw->window_at + 12, width);
	padma_config_read32(raw->device, raw->window_at + 16, &value);
	return width == 4 ? value : value & ((1u << 8 * width) - 1);
}

static void test_window_from_configuration_space(void **state)
{
	uint32_t value;
	struct raw raw;

	(void)state;
	raw_open(&raw, "");
	/* It was not set up: nothing is accessed. */
	padma_config_read32(raw.device, raw.window_at + 16, &value);
	assert_int_equal(by_window(&raw, &raw.common, NUM_QUEUES, 2), 9);
	assert_int_equal(by_window(&raw, &raw.common, DEVICE_STATUS, 1), 0);
	padma_config_write8(raw.device, raw.window_at + 16, 1);
	assert_int_equal(raw_status(&raw), 1);
	by_window(&raw, &raw.common, QUEUE_SIZE, 2);
	padma_config_write32(raw.device, raw.window_at + 8, raw.common.offset + QUEUE_SELECT);
	padma_config_write16(raw.device, raw.window_at + 16, 5);
	assert_int_equal(raw_read(&raw, QUEUE_SELECT, 2), 5);
	raw_close(&raw);
	/* Not aligned; a BAR that there is not; three bytes. */
	raw_open(&raw, "");
	by_window(&raw, &raw.common, 2, 4);
	by_window(&raw, &raw.common, 0, 3);
	padma_config_write32(raw.device, raw.window_at + 12, 4);
	padma_config_write8(raw.device, raw.window_at + 4, 2);
	padma_config_read32(raw.device, raw.window_at + 16, &value);
	raw_close_after(&raw, 3, "through configuration space");
}

static uint64_t events_of(int fd)
{
	eventfd_t count = 0;

	return eventfd_read(fd, &count) ? 0 : count;
}

static void send_one(struct raw *raw)
{
	uint8_t *memory = raw_memory(raw, 4096);
	struct raw_part part = {memory, 12 + 60};

	raw_add(&raw->q[1], &part, 1, 0, NULL);
	raw_kick(&raw->q[1]);
	raw_step(raw);
}

static void test_vectors(void **state)
{
	struct padma_sim_fault down = {.kind = PADMA_SIM_FAULT_LINK_DOWN};
	int fds[3];
	struct raw raw;

	(void)state;
	raw_open(&raw, "loop");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_int_equal(padma_device_irq_enable(raw.device, fds, 3), 0);
	assert_true(raw_negotiate(&raw, BASIC));
	raw_write(&raw, CONFIG_VECTOR, 0, 2);
	assert_int_equal(raw_read(&raw, CONFIG_VECTOR, 2), 0);
	raw_queue(&raw, 0, 0);
	raw_queue(&raw, 1, 0);
	raw_write(&raw, QUEUE_VECTOR, 500, 2);
	assert_int_equal(raw_read(&raw, QUEUE_VECTOR, 2), 0xffff);
	raw_write(&raw, QUEUE_VECTOR, 2, 2);
	assert_int_equal(raw_read(&raw, QUEUE_VECTOR, 2), 2);
	raw_ready(&raw);
	send_one(&raw);
	assert_int_equal(events_of(fds[2]), 1);
	assert_int_equal(events_of(fds[0]) + events_of(fds[1]), 0);
	raw_want_interrupts(&raw.q[1], false);
	send_one(&raw);
	assert_int_equal(events_of(fds[2]), 0);
	assert_int_equal(padma_sim_fault(raw.device, &down), 0);
	raw_step(&raw);
	assert_int_equal(events_of(fds[0]), 1);
	raw_close(&raw);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

static void test_pin(void **state)
{
	struct padma_sim_fault down = {.kind = PADMA_SIM_FAULT_LINK_DOWN};
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct raw raw;

	(void)state;
	raw_start(&raw, "loop", BASIC);
	assert_int_equal(padma_device_irq_use(raw.device, PADMA_IRQ_INTX), 0);
	assert_int_equal(padma_device_irq_enable(raw.device, &fd, 1), 0);
	send_one(&raw);
	assert_int_equal(events_of(fd), 1);
	assert_int_equal(padma_bar_read8(raw.isr.bar, raw.isr.offset), 1);
	assert_int_equal(padma_bar_read8(raw.isr.bar, raw.isr.offset), 0);
	assert_int_equal(padma_device_irq_unmask(raw.device), 0);
	assert_int_equal(events_of(fd), 0);
	assert_int_equal(padma_sim_fault(raw.device, &down), 0);
	raw_step(&raw);
	assert_int_equal(events_of(fd), 1);
	assert_int_equal(padma_bar_read8(raw.isr.bar, raw.isr.offset), 2);
	raw_close(&raw);
	close(fd);
}

static void test_resets(void **state)
{
	struct raw raw;

	(void)state;
	raw_start(&raw, "loop", BASIC);
	raw_write(&raw, QUEUE_SELECT, 1, 2);
	raw_write(&raw, DEVICE_STATUS, 0, 1);
	assert_int_equal(raw_status(&raw), 0);
	assert_int_equal(raw_read(&raw, QUEUE_SELECT, 2), 0);
	assert_int_equal(raw_read(&raw, QUEUE_ENABLE, 2), 0);
	assert_int_equal(raw_read(&raw, QUEUE_DESC, 4), 0);
	assert_int_equal(raw_read(&raw, DRIVER_FEATURE, 4), 0);
	raw_close(&raw);
	raw_start(&raw, "loop", BASIC);
	assert_int_equal(padma_device_reset(raw.device), 0);
	assert_int_equal(raw_status(&raw), 0);
	raw_close(&raw);
}

static void test_slow_and_stuck_resets(void **state)
{
	struct padma_sim_fault slow = {.kind = PADMA_SIM_FAULT_SLOW_RESET, .value = 3};
	struct padma_sim_fault stuck = {.kind = PADMA_SIM_FAULT_STUCK}, none = {0};
	struct raw raw;

	(void)state;
	raw_start(&raw, "loop", BASIC);
	assert_int_equal(padma_sim_fault(raw.device, &slow), 0);
	raw_write(&raw, DEVICE_STATUS, 0, 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(raw_status(&raw), 15);
		raw_step(&raw);
	}
	assert_int_equal(raw_status(&raw), 0);
	raw_close(&raw);
	raw_start(&raw, "loop", BASIC);
	assert_int_equal(padma_sim_fault(raw.device, &stuck), 0);
	raw_write(&raw, DEVICE_STATUS, 0, 1);
	raw_step(&raw);
	assert_int_equal(raw_status(&raw), 15);
	raw_write(&raw, DEVICE_STATUS, 1, 1);
	assert_int_equal(padma_sim_fault(raw.device, &none), 0);
	assert_int_equal(raw_status(&raw), 0);
	raw_close_after(&raw, 1, "before the reset has ended");
}

static void test_reset_of_a_queue(void **state)
{
	struct raw_part part;
	struct raw raw;
	uint32_t id, bytes;

	(void)state;
	raw_start(&raw, "loop", BASIC | QUEUE_RESET);
	part = (struct raw_part){raw_memory(&raw, 4096), 12 + 60};
	raw_add(&raw.q[1], &part, 1, 0, NULL);
	raw_write(&raw, QUEUE_SELECT, 1, 2);
	raw_write(&raw, QUEUE_RESET_REG, 1, 2);
	assert_int_equal(raw_read(&raw, QUEUE_RESET_REG, 2), 0);
	assert_int_equal(raw_read(&raw, QUEUE_ENABLE, 2), 0);
	raw_step(&raw);
	assert_false(raw_used(&raw.q[1], &id, &bytes));
	/* Another size, and at work again. */
	raw_queue(&raw, 1, 8);
	send_one(&raw);
	assert_true(raw_used(&raw.q[1], &id, &bytes));
	raw_close(&raw);
}

static void test_a_hang(void **state)
{
	struct padma_sim_fault hang = {.kind = PADMA_SIM_FAULT_HANG}, none = {0};
	struct raw raw;
	uint32_t id, bytes;

	(void)state;
	raw_start(&raw, "loop", BASIC);
	assert_int_equal(padma_sim_fault(raw.device, &hang), 0);
	send_one(&raw);
	assert_false(raw_used(&raw.q[1], &id, &bytes));
	assert_int_equal(raw_status(&raw), 15);
	assert_int_equal(padma_sim_fault(raw.device, &none), 0);
	raw_step(&raw);
	assert_true(raw_used(&raw.q[1], &id, &bytes));
	raw_close(&raw);
}

/* Without bus mastering a device does nothing at all, and no DMA is refused. */
static void test_without_bus_mastering(void **state)
{
	struct raw raw;
	uint32_t id, bytes;

	(void)state;
	raw_start(&raw, "loop", BASIC);
	assert_int_equal(padma_device_bus_master(raw.device, false), 0);
	send_one(&raw);
	assert_false(raw_used(&raw.q[1], &id, &bytes));
	padma_device_declare_quiesced(raw.device);
	assert_int_equal(padma_device_bus_master(raw.device, true), 0);
	raw_step(&raw);
	assert_true(raw_used(&raw.q[1], &id, &bytes));
	raw_close(&raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_features_that_are_refused),
		cmocka_unit_test(test_keys_of_features),
		cmocka_unit_test(test_status_and_order),
		cmocka_unit_test(test_accesses_of_the_common_configuration),
		cmocka_unit_test(test_sizes_of_queues),
		cmocka_unit_test(test_a_ring_that_is_not_aligned),
		cmocka_unit_test(test_a_queue_in_use_is_not_configured),
		cmocka_unit_test(test_notifications),
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_accesses_of_the_configuration),
		cmocka_unit_test(test_window_from_configuration_space),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_pin),
		cmocka_unit_test(test_resets),
		cmocka_unit_test(test_slow_and_stuck_resets),
		cmocka_unit_test(test_reset_of_a_queue),
		cmocka_unit_test(test_a_hang),
		cmocka_unit_test(test_without_bus_mastering),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
