// SPDX-License-Identifier: BSD-3-Clause
/* padma nvme read and write on a controller that fails in the middle of a copy. */
#include "test.h"

#include <padma/nvme.h>
#include <padma/sim.h>
#include <unistd.h>

#include "nvme/blocks.h"
#include "captured.h"

/* A request of 4 MiB is 32 commands of 128 KiB: inject faults before, in and after one. */
#define DEVICE	 "sim:nvme,size=32M,mdts=128K"
#define BLOCK	 512u
#define BLOCKS	 (9u << 11) /* 9 MiB: two requests and a part of one */
#define COMMANDS 72u

static unsigned char data[BLOCKS * BLOCK];

struct rig {
	struct copy_options options;
	struct copy copy;
	FILE *file;
};

static void open_rig(struct rig *rig, bool write)
{
	memset(rig, 0, sizeof(*rig));
	rig->options = (struct copy_options){.device = DEVICE, .count = BLOCKS, .write = write};
	rig->file = tmpfile();
	assert_non_null(rig->file);
	if (write) {
		assert_int_equal(fwrite(data, 1, sizeof(data), rig->file), sizeof(data));
		assert_int_equal(fflush(rig->file), 0);
		assert_int_equal(lseek(fileno(rig->file), 0, SEEK_SET), 0);
	}
	rig->copy.options = &rig->options;
	rig->copy.fd = fileno(rig->file);
	rig->copy.fd_name = "the test's file";
	assert_int_equal(nvme_session_open(&rig->copy.session, DEVICE, 0, PADMA_GUARD_OFF), 0);
}

static void close_rig(struct rig *rig)
{
	fclose(rig->file);
	capture_begin();
	/* The exit code does not change, and nothing more is printed. */
	assert_int_equal(nvme_session_close(&rig->copy.session, 1), 1);
	capture_nothing();
}

static void inject(struct rig *rig, enum padma_sim_fault_kind kind, uint64_t value, uint64_t skip)
{
	const struct padma_sim_fault fault = {
		.kind = kind, .value = value, .skip = skip, .count = 1};

	assert_int_equal(padma_sim_fault(rig->copy.session.device, &fault), 0);
}

/* It fails with one line that contains @words, and no callback comes after its return. */
static void expect_failure(struct rig *rig, const char *words)
{
	int status;

	capture_begin();
	status = copy_blocks(&rig->copy);
	capture_one_line(words);
	assert_int_equal(status, 1);
	assert_true(rig->copy.wait.over);
	assert_int_not_equal(rig->copy.wait.error, 0);
	assert_null(rig->copy.queue);
}

static void fail_copy(bool write, enum padma_sim_fault_kind kind, uint64_t value, uint64_t skip,
		      const char *words)
{
	struct rig rig;

	open_rig(&rig, write);
	inject(&rig, kind, value, skip);
	expect_failure(&rig, words);
	close_rig(&rig);
}

static void no_fault(void **state)
{
	static unsigned char found[sizeof(data)];
	struct rig rig;

	(void)state;
	open_rig(&rig, true);
	capture_begin();
	assert_int_equal(copy_blocks(&rig.copy), 0);
	rig.options.write = false;
	assert_int_equal(ftruncate(rig.copy.fd, 0), 0);
	assert_int_equal(lseek(rig.copy.fd, 0, SEEK_SET), 0);
	assert_int_equal(copy_blocks(&rig.copy), 0);
	capture_nothing();
	assert_int_equal(pread(rig.copy.fd, found, sizeof(found), 0), sizeof(found));
	assert_memory_equal(found, data, sizeof(data));
	close_rig(&rig);
}

static void a_fatal_status_ends_it(void **state)
{
	static const uint64_t at[] = {0, 1, 31, 32, COMMANDS - 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		fail_copy(false, PADMA_SIM_FAULT_FATAL, 0, at[i], "read block ");
		fail_copy(true, PADMA_SIM_FAULT_FATAL, 0, at[i], "write block ");
	}
	/* The flush after the data. */
	fail_copy(true, PADMA_SIM_FAULT_FATAL, 0, COMMANDS, "flush: ");
}

static void a_protocol_error_ends_it(void **state)
{
	(void)state;
	for (int write = 0; write < 2; write++) {
		fail_copy(write, PADMA_SIM_FAULT_WRONG_ID, 0xffff, 1, " block 0: ");
		fail_copy(write, PADMA_SIM_FAULT_WRONG_HEAD, 0xffff, 33, " block 8192: ");
	}
}

/* Media errors (SCT 2h): 81h is Unrecovered Read Error, 80h Write Fault. */
static void an_error_status_is_reported(void **state)
{
	(void)state;
	fail_copy(false, PADMA_SIM_FAULT_STATUS, 0x281, 40, "read block 8192: ");
	fail_copy(true, PADMA_SIM_FAULT_STATUS, 0x280, 40, "write block 8192: ");
	fail_copy(true, PADMA_SIM_FAULT_STATUS, 0x280, COMMANDS, "flush: ");
}

static void a_failed_controller_stays_failed(void **state)
{
	struct rig rig;

	(void)state;
	open_rig(&rig, false);
	inject(&rig, PADMA_SIM_FAULT_FATAL, 0, 3);
	expect_failure(&rig, "read block 0: ");
	capture_begin();
	assert_int_equal(copy_blocks(&rig.copy), 1);
	capture_one_line("padma: ");
	close_rig(&rig);
}

static void surprise_removal(void **state)
{
	struct rig rig;

	(void)state;
	open_rig(&rig, true);
	assert_int_equal(padma_sim_remove(rig.copy.session.device, UINT64_MAX), 0);
	capture_begin();
	assert_int_equal(copy_blocks(&rig.copy), 1);
	capture_one_line("padma: ");
	close_rig(&rig);
}

static int setup(void **state)
{
	uint64_t seed = test_seed();

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)test_random(&seed);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_fault),
		cmocka_unit_test(a_fatal_status_ends_it),
		cmocka_unit_test(a_protocol_error_ends_it),
		cmocka_unit_test(an_error_status_is_reported),
		cmocka_unit_test(a_failed_controller_stays_failed),
		cmocka_unit_test(surprise_removal),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
