// SPDX-License-Identifier: BSD-3-Clause
/*
 * How long the driver waits, and for what, in virtual time: opening and resetting are bounded as a
 * whole, whatever time-outs the controller specifies for the parts, and a shutdown gets the time that it
 * needs.
 */
#include "intercept.h"
#include "virtual_clock.h"

#define DEVICE	  "sim:nvme,size=4K,null,step"
#define NAP_NS	  10000000ull /* one step of the device */
#define HOUR_NS	  (3600 * SECOND_NS)
#define BOUND_NS  (300 * SECOND_NS)
/* After a failure: the time to stop the controller. */
#define CLEAN_NS  (6 * SECOND_NS)
#define SLOW_NS	  (28 * SECOND_NS)
#define CC_ENABLE 1u

static struct padma_device *stepped;

static void step(void)
{
	if (stepped->ops == &intercept.ops)
		(void)passed_on(stepped, padma_sim_step(stepped, 0));
	else
		padma_sim_step(stepped, 0);
}

static void begin(struct rig *rig, const char *name)
{
	*rig = (struct rig){0};
	rig_open_device(rig, name);
	stepped = rig->device;
	virtual_clock.now = HOUR_NS;
	virtual_clock.nap_ns = NAP_NS;
	virtual_clock.on_nap = step;
}

static void end(struct rig *rig)
{
	virtual_clock.on_nap = NULL;
	rig_close_device(rig);
}

static void arm(const struct rig *rig, enum padma_sim_fault_kind kind, uint64_t ns)
{
	const struct padma_sim_fault fault = {.kind = kind, .value = ns / NAP_NS};

	if (rig->device->ops == &intercept.ops)
		must(passed_on(rig->device, padma_sim_fault(rig->device, &fault)));
	else
		must(padma_sim_fault(rig->device, &fault));
}

static bool does_no_dma(const struct rig *rig)
{
	uint16_t command;

	must(padma_device_config_read(rig->device, 4, &command, sizeof(command)));
	return !(command & 4);
}

static void be_slow(const struct nvme_command *command)
{
	(void)command;
	virtual_clock_advance(SLOW_NS);
}

/* 1024 namespaces, at 28 s for each command: 16 hours, every command within its time. */
static void test_many_slow_commands(void **state)
{
	const struct padma_nvme_params patient = {.open_timeout_ns = 20 * HOUR_NS};
	uint64_t start;
	struct rig rig;

	(void)state;
	begin(&rig, DEVICE ",namespaces=1024");
	intercept_begin(&rig);
	intercept.watch = be_slow;
	start = virtual_clock.now;
	assert_int_equal(padma_nvme_open(rig.device, NULL, &rig.nvme), -ETIMEDOUT);
	assert_non_null(strstr(padma_last_error(), "open_timeout_ns"));
	assert_in_range(virtual_clock.now - start, BOUND_NS, BOUND_NS + SLOW_NS + CLEAN_NS);
	assert_true(does_no_dma(&rig));
	/* Who wants to wait may. */
	start = virtual_clock.now;
	must(padma_nvme_open(rig.device, &patient, &rig.nvme));
	assert_in_range(virtual_clock.now - start, 15 * HOUR_NS, 17 * HOUR_NS);
	assert_int_equal(nvme_info(rig.nvme).namespaces, 1024);
	must(padma_nvme_close(rig.nvme));
	intercept_end(&rig);
	end(&rig);
}

static void test_a_slow_reset(void **state)
{
	uint64_t start;
	struct rig rig;

	(void)state;
	begin(&rig, DEVICE ",namespaces=1024");
	must(padma_nvme_open(rig.device, NULL, &rig.nvme));
	intercept_begin(&rig);
	intercept.asq = rig.nvme->admin.sq.dma;
	intercept.watch = be_slow;
	padma_nvme_reset_begin(rig.nvme);
	start = virtual_clock.now;
	assert_int_equal(padma_nvme_reset_finish(rig.nvme), -ETIMEDOUT);
	assert_in_range(virtual_clock.now - start, BOUND_NS, BOUND_NS + SLOW_NS + CLEAN_NS);
	assert_int_equal(padma_nvme_state(rig.nvme), PADMA_NVME_FAILED);
	/* The bound is over with the reset: a slow command is only slow. */
	intercept.watch = NULL;
	padma_nvme_reset_begin(rig.nvme);
	must(padma_nvme_reset_finish(rig.nvme));
	virtual_clock_advance(10 * BOUND_NS);
	must(padma_nvme_identify(rig.nvme, 1, 0, alloc(&rig, 4096)));
	must(padma_nvme_close(rig.nvme));
	intercept_end(&rig);
	end(&rig);
}

/* CRTO.CRWMT in units of 500 ms: all ones are nine hours. */
static void test_a_long_way_to_ready(void **state)
{
	uint64_t start;
	struct rig rig;

	(void)state;
	begin(&rig, DEVICE);
	intercept_begin(&rig);
	intercept_register(NVME_REG_CRTO, 0xffff);
	arm(&rig, PADMA_SIM_FAULT_STUCK, 0);
	start = virtual_clock.now;
	assert_int_equal(padma_nvme_open(rig.device, NULL, &rig.nvme), -ETIMEDOUT);
	assert_in_range(virtual_clock.now - start, BOUND_NS, BOUND_NS + CLEAN_NS);
	assert_true(does_no_dma(&rig));
	/* It may take longer than CAP.TO, which is 10 s here, if CRTO specifies it. */
	arm(&rig, PADMA_SIM_FAULT_NONE, 0);
	intercept.registers[0].value = 200;
	arm(&rig, PADMA_SIM_FAULT_SLOW_RESET, 90 * SECOND_NS);
	intercept.no_reset = true;
	start = virtual_clock.now;
	must(padma_nvme_open(rig.device, NULL, &rig.nvme));
	assert_in_range(virtual_clock.now - start, 90 * SECOND_NS, 91 * SECOND_NS);
	must(padma_nvme_close(rig.nvme));
	intercept_end(&rig);
	end(&rig);
}

/* RTD3E is how long it may take: it gets at least 5 s, at most a minute, or what the program sets. */
static void test_shutdowns(void **state)
{
	static const struct {
		const char *rtd3e;
		unsigned int takes_s;
		uint64_t enable_ns, shutdown_ns;
		int error;
		unsigned int least_s, most_s;
	} cases[] = {
		{"20000000", 15, 0, 0, 0, 15, 16},
		{"20000000", 25, 0, 0, -ETIMEDOUT, 20, 21},
		{"0", 4, 100000000, 0, 0, 4, 5},
		{"0", 6, 0, 0, -ETIMEDOUT, 5, 6},
		{"4294967295", 50, 0, 0, 0, 50, 51},
		{"4294967295", 4000, 0, 0, -ETIMEDOUT, 60, 61},
		{"0", 90, 0, 100 * SECOND_NS, 0, 90, 91},
		{"20000000", 15, 0, 2 * SECOND_NS, -ETIMEDOUT, 2, 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct padma_nvme_params params = {
			.enable_timeout_ns = cases[i].enable_ns,
			.shutdown_timeout_ns = cases[i].shutdown_ns,
		};
		struct rig rig;
		uint64_t start;
		char name[80];

		snprintf(name, sizeof(name), DEVICE ",rtd3e=%s", cases[i].rtd3e);
		begin(&rig, name);
		must(padma_nvme_open(rig.device, &params, &rig.nvme));
		arm(&rig, PADMA_SIM_FAULT_SLOW_SHUTDOWN, cases[i].takes_s * SECOND_NS);
		start = virtual_clock.now;
		assert_int_equal(padma_nvme_close(rig.nvme), cases[i].error);
		assert_in_range(virtual_clock.now - start, cases[i].least_s * SECOND_NS,
				cases[i].most_s * SECOND_NS);
		assert_true(does_no_dma(&rig));
		end(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_slow_commands),
		cmocka_unit_test(test_a_slow_reset),
		cmocka_unit_test(test_a_long_way_to_ready),
		cmocka_unit_test(test_shutdowns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
