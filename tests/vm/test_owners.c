// SPDX-License-Identifier: BSD-3-Clause
/*
 * Ownership of devices: two processes with a device each at the same time, two that open the same one,
 * and one process that repeatedly opens, resets and closes a device while another does I/O.
 */
#include "slot.h"
#include "traffic.h"

#define ROUNDS 8u

/* A process that verifies blocks on one device until a byte stops it. */
struct worker {
	pid_t pid;
	int stop;   /* the test's end: it writes the stop byte */
	int counts; /* and reads the number of blocks so far */
};

static int work(unsigned int index)
{
	struct padma_space *space = open_space();
	struct verified verified;
	uint64_t count = 0;
	char byte;

	verified_start(&verified, space, index, index + 1);
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		count = verified_count(&verified);
		if (write(STDOUT_FILENO, &count, sizeof(count)) != sizeof(count))
			return EXIT_FAILURE;
	}
	verified_stop(&verified);
	must(padma_space_close(space));
	return EXIT_SUCCESS;
}

static void worker_start(struct worker *worker, unsigned int index)
{
	char number[16], *words[] = {(char *)"test_vm_owners", number, NULL};
	posix_spawn_file_actions_t actions;
	int in[2], out[2];

	snprintf(number, sizeof(number), "%u", index);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	assert_int_equal(
		posix_spawn(&worker->pid, "/proc/self/exe", &actions, NULL, words, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	worker->stop = in[1];
	worker->counts = out[0];
}

static uint64_t worker_count(const struct worker *worker)
{
	uint64_t count = 0;

	assert_int_equal(write(worker->stop, "", 1), 1);
	assert_int_equal(read(worker->counts, &count, sizeof(count)), sizeof(count));
	return count;
}

static void worker_stop(struct worker *worker)
{
	int status;

	close(worker->stop);
	assert_int_equal(waitpid(worker->pid, &status, 0), worker->pid);
	close(worker->counts);
	assert_int_equal(status, 0);
}

/* Both run at the same time, and neither reads the other's data, which differs. */
static void test_two_processes_with_two_devices(void **state)
{
	struct worker one, two;
	uint64_t first, second;

	(void)state;
	worker_start(&one, 0);
	worker_start(&two, 1);
	for (int i = 0; i < 3; i++) {
		first = worker_count(&one);
		second = worker_count(&two);
		for (int tries = 0; tries < 300; tries++) {
			if (worker_count(&one) > first && worker_count(&two) > second)
				break;
			usleep(100000);
		}
		assert_true(worker_count(&one) > first);
		assert_true(worker_count(&two) > second);
	}
	print_message("%llu and %llu blocks at the same time\n",
		      (unsigned long long)worker_count(&one),
		      (unsigned long long)worker_count(&two));
	worker_stop(&one);
	worker_stop(&two);
}

/* While it is in use, no other process can open it: one clear line, and its owner notices nothing. */
static void test_two_processes_want_one_device(void **state)
{
	static const char *const commands[] = {"nvme identify", "nvme perf --time 1",
					       "demo --overwrite --device", "bench map --device"};
	struct worker owner;
	uint64_t before;

	(void)state;
	worker_start(&owner, 0);
	for (before = worker_count(&owner); worker_count(&owner) == before;)
		usleep(10000);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		print_message("%s\n", commands[i]);
		assert_int_equal(shell("cd $PADMA_SCRATCH && " TOOL " %s %s >out 2>err",
				       commands[i], bdf(0)),
				 1);
		assert_int_equal(shell("cd $PADMA_SCRATCH && cat err && test $(wc -l <err) = 1 &&"
				       "grep -q '^padma: %s.*.*open' err",
				       bdf(0)),
				 0);
	}
	before = worker_count(&owner);
	for (int tries = 0; tries < 300 && worker_count(&owner) == before; tries++)
		usleep(100000);
	assert_true(worker_count(&owner) > before);
	worker_stop(&owner);
	assert_int_equal(shell("cd $PADMA_SCRATCH && " TOOL " nvme identify %s >out", bdf(0)), 0);
}

/* Commands that a reset ended, by result. */
struct ends {
	unsigned int good, cancelled, other;
};

static void count_end(void *ctx, int error, uint16_t status)
{
	struct ends *ends = ctx;

	if (error == 0 && status == 0)
		ends->good++;
	else if (error == -ECANCELED)
		ends->cancelled++;
	else
		ends->other++;
}

static void put_reads(struct drive *drive, struct ends *ends)
{
	for (unsigned int i = 0; i < VICTIM_DEPTH; i++)
		must(padma_nvme_read(drive->queue, 1, drive->buffer + (size_t)i * IO_BYTES,
				     (uint64_t)i * IO_LBAS, IO_LBAS, count_end, ends));
	assert_int_equal(padma_nvme_submit(drive->queue), VICTIM_DEPTH);
}

static void drain(struct drive *drive)
{
	while (padma_nvme_outstanding(drive->queue))
		assert_true(padma_nvme_poll(drive->queue, 0) >= 0);
}

/* Reset with reads in flight; each comes to one end, and the drive reads as before. */
static void reset_amid_reads(struct drive *drive)
{
	struct ends ends = {0}, after = {0};

	put_reads(drive, &ends);
	padma_nvme_reset_begin(drive->nvme);
	assert_true(padma_nvme_poll(drive->queue, 0) >= 0);
	must(padma_nvme_reset_finish(drive->nvme));
	drain(drive);
	/* Poll first, so that the queue accepts commands again. */
	assert_int_equal(padma_nvme_poll(drive->queue, 0), 0);
	assert_int_equal(ends.good + ends.cancelled, VICTIM_DEPTH);
	assert_int_equal(ends.other, 0);
	put_reads(drive, &after);
	drain(drive);
	assert_int_equal(after.good, VICTIM_DEPTH);
}

/* Attach, read, reset, read, detach, during I/O on another device of the space. */
static void test_again_and_again(void **state)
{
	const struct padma_alloc_params align = {.align_bytes = IO_BYTES};
	struct padma_space *space = open_space();
	struct verified verified;
	padma_dma_t dma;
	void *lasting;

	(void)state;
	verified_start(&verified, space, 1, 1);
	must(padma_space_alloc(space, 4 << 20, &align, &lasting));
	dma = padma_dma(space, lasting);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct drive drive;
		struct ends ends = {0};

		drive_open(&drive, space, 0, VICTIM_DEPTH);
		reset_amid_reads(&drive);
		reset_amid_reads(&drive);
		/* In every second round it is closed with reads in flight. */
		put_reads(&drive, &ends);
		if (i % 2)
			drain(&drive);
		drive_close(&drive, 0);
		assert_int_equal(ends.good + ends.cancelled, VICTIM_DEPTH);
		assert_int_equal(ends.other, 0);
		/* The space's addresses do not change. */
		assert_int_equal(padma_dma(space, lasting), dma);
		check_addresses(space, lasting, 4 << 20);
		verified_goes_on(&verified);
	}
	must(padma_space_free(space, lasting));
	verified_stop(&verified);
	must(padma_space_close(space));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_processes_with_two_devices),
		cmocka_unit_test(test_two_processes_want_one_device),
		cmocka_unit_test(test_again_and_again),
	};

	if (argc == 2)
		return work((unsigned int)atoi(argv[1]));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
