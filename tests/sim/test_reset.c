// SPDX-License-Identifier: BSD-3-Clause
/*
 * How a simulated function is reset, and what it does afterwards: after a reset by power states it goes
 * on with the rings that it has, and so does one that cannot be reset.
 */
#include "nvme/host.h"

/* A read into @buffer is in the ring and its doorbell rung; the controller has not looked yet when bus
 * mastering is turned off, as its owner was killed. */
static void arm(struct host *host, const char *name, unsigned char **buffer)
{
	struct host_command read = {.opcode = 2, .nsid = 1, .cdw12 = 7};

	host_open(host, name);
	host_enable(host);
	host_create_io(host, -1);
	*buffer = host_memory(host, PAGE);
	memset(*buffer, 0x5a, PAGE);
	read.prp1 = host_dma(host, *buffer);
	host_put(&host->io, read);
	host_ring(host, &host->io);
	assert_int_equal(padma_device_bus_master(host->device, false), 0);
}

static size_t overwritten(const unsigned char *buffer)
{
	size_t bytes = 0;

	for (size_t i = 0; i < PAGE; i++)
		bytes += buffer[i] != 0x5a;
	return bytes;
}

static bool is_enabled(const struct host *host)
{
	return padma_bar_read32(host->bar, 0x14) & 1;
}

static void expect_quiet(const char *name, enum padma_reset_kind kind)
{
	unsigned char *buffer;
	struct host host;

	arm(&host, name, &buffer);
	assert_int_equal(padma_device_reset_kind(host.device), kind);
	assert_int_equal(padma_device_bus_master(host.device, true), -EPERM);
	assert_int_equal(padma_device_reset(host.device), 0);
	assert_false(is_enabled(&host));
	assert_int_equal(padma_device_bus_master(host.device, true), 0);
	padma_sim_step(host.device, 0);
	assert_int_equal(overwritten(buffer), 0);
	host_close(&host);
}

static void expect_armed(const char *name, enum padma_reset_kind kind, int answer)
{
	unsigned char *buffer;
	struct host host;

	arm(&host, name, &buffer);
	assert_int_equal(padma_device_reset_kind(host.device), kind);
	assert_int_equal(padma_device_reset(host.device), answer);
	assert_true(is_enabled(&host));
	assert_int_equal(padma_device_bus_master(host.device, true), -EPERM);
	assert_int_equal(overwritten(buffer), 0);
	/* Declared quiesced without being so: it goes on with its ring. */
	padma_device_declare_quiesced(host.device);
	assert_int_equal(padma_device_bus_master(host.device, true), 0);
	padma_sim_step(host.device, 0);
	assert_int_equal(overwritten(buffer), PAGE);
	/* Its own reset ends it. */
	padma_bar_write32(host.bar, 0x14, 0);
	assert_true(host_wait_csts(&host, 1, 0));
	memset(buffer, 0x5a, PAGE);
	host_ring(&host, &host.io);
	padma_sim_step(host.device, 0);
	assert_int_equal(overwritten(buffer), 0);
	host_close(&host);
}

static void test_resets_that_are_ones(void **state)
{
	(void)state;
	expect_quiet("sim:nvme,size=16M,step", PADMA_RESET_FLR);
	expect_quiet("sim:nvme,size=16M,step,reset=flr", PADMA_RESET_FLR);
	expect_quiet("sim:nvme,size=16M,step,reset=bus", PADMA_RESET_BUS);
}

static void test_resets_that_are_none(void **state)
{
	(void)state;
	expect_armed("sim:nvme,size=16M,step,reset=pm", PADMA_RESET_PM, 0);
	expect_armed("sim:nvme,size=16M,step,reset=none", PADMA_RESET_NONE, -ENOTSUP);
}

/* PCI Express Base 3.0, 7.8.3 and 7.8.4: the bit works if the capability has it. */
static void test_function_level_reset_by_its_bit(void **state)
{
	static const struct {
		const char *name;
		bool has;
	} rows[] = {{"sim:nvme,size=16M,step,reset=flr", true},
		    {"sim:nvme,size=16M,step,reset=pm", false}};
	uint8_t start = 0x80, capability[4];
	unsigned char *buffer;
	struct host host;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		arm(&host, rows[i].name, &buffer);
		assert_int_equal(padma_device_config_read(host.device, 0x64, capability, 4), 0);
		assert_int_equal(capability[3] >> 4 & 1, rows[i].has);
		assert_int_equal(padma_device_config_write(host.device, 0x69, &start, 1), 0);
		assert_int_equal(is_enabled(&host), !rows[i].has);
		host_close(&host);
	}
}

static void test_kinds_that_there_are(void **state)
{
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	struct padma_device *device = NULL;
	struct padma_space *space;

	(void)state;
	assert_int_equal(padma_space_open(&params, &space), 0);
	assert_int_equal(padma_device_open(space, "sim:nvme,reset=warm", &device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "flr"));
	assert_int_equal(padma_device_open(space, "sim:nvme,reset", &device), -EINVAL);
	assert_int_equal(padma_space_close(space), 0);
}

/* Bus mastering that cannot be turned off. */
static void test_bus_mastering_that_stays_on(void **state)
{
	const struct padma_sim_fault stuck = {.kind = PADMA_SIM_FAULT_MASTER_STUCK}, none = {0};
	struct host host;

	(void)state;
	host_open(&host, "sim:nvme,size=16M,step");
	assert_int_equal(padma_sim_fault(host.device, &stuck), 0);
	assert_int_equal(padma_device_bus_master(host.device, false), -EIO);
	assert_int_equal(padma_device_quiesce(host.device), -EIO);
	assert_int_equal(padma_device_unresponsive(host.device), PADMA_DEVICE_FAILED);
	assert_int_equal(padma_device_close(host.device), -EBUSY);
	assert_int_equal(padma_sim_fault(host.device, &none), 0);
	assert_int_equal(padma_device_unresponsive(host.device), PADMA_DEVICE_GONE);
	host_close(&host);
	/* A function level reset ends it, too. */
	host_open(&host, "sim:nvme,size=16M,step");
	assert_int_equal(padma_sim_fault(host.device, &stuck), 0);
	assert_int_equal(padma_device_reset(host.device), 0);
	assert_int_equal(padma_space_trim(host.space), 0);
	host_close(&host);
}

/* All ones while configuration space answers, and its DMA goes on. */
static void test_registers_that_do_not_answer(void **state)
{
	const struct padma_sim_fault ones = {.kind = PADMA_SIM_FAULT_REGISTERS,
					     .value = UINT64_MAX};
	struct padma_sim_dma_faults faults;
	unsigned char *buffer;
	struct host host;

	(void)state;
	arm(&host, "sim:nvme,size=16M,step", &buffer);
	padma_device_declare_quiesced(host.device);
	assert_int_equal(padma_device_bus_master(host.device, true), 0);
	assert_int_equal(padma_sim_fault(host.device, &ones), 0);
	assert_int_equal(padma_bar_read64(host.bar, 0), UINT64_MAX);
	padma_bar_write32(host.bar, 0x14, 0); /* lost */
	assert_int_equal(padma_device_check(host.device), PADMA_DEVICE_OK);
	padma_sim_step(host.device, 0);
	assert_int_equal(overwritten(buffer), PAGE);
	memset(buffer, 0x5a, PAGE);
	assert_int_equal(padma_device_unresponsive(host.device), PADMA_DEVICE_GONE);
	host_ring(&host, &host.io);
	padma_sim_step(host.device, 0);
	assert_int_equal(overwritten(buffer), 0);
	assert_int_equal(padma_sim_dma_faults(host.device, &faults), 0);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resets_that_are_ones),
		cmocka_unit_test(test_resets_that_are_none),
		cmocka_unit_test(test_function_level_reset_by_its_bit),
		cmocka_unit_test(test_kinds_that_there_are),
		cmocka_unit_test(test_bus_mastering_that_stays_on),
		cmocka_unit_test(test_registers_that_do_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
