// SPDX-License-Identifier: BSD-3-Clause
/*
 * SIGBUS at a BAR. A file that loses its end under its mapping (mmap(2)) raises the signal as a device
 * does that is gone. Each case is a process of its own: cmocka has a handler, too, around each test.
 */
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <padma/device.h>

#include "device/provider.h"
#include "device/sigbus.h"

#define BYTES 16384u

/* For children: the line is the exit status. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return __LINE__;                                                           \
	} while (0)

struct fake {
	struct padma_device device;
	struct padma_bar bar;
	int file;
	void *at;
};

/* The device may still be there: it is to be quiet before anybody hears that it is gone. */
static unsigned int quieted;

static int note_quiet(struct padma_device *device)
{
	if (padma_device_state(device) == PADMA_DEVICE_OK)
		__atomic_add_fetch(&quieted, 1, __ATOMIC_RELAXED);
	return 0;
}

static const struct device_ops ops = {.quiesce = note_quiet};

static int open_fake(struct fake *fake)
{
	*fake = (struct fake){.file = memfd_create("bar", MFD_CLOEXEC)};
	CHECK(fake->file >= 0 && ftruncate(fake->file, BYTES) == 0);
	fake->at = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fake->file, 0);
	CHECK(fake->at != MAP_FAILED);
	fake->device.ops = &ops;
	fake->device.removal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fake->bar = (struct padma_bar){
		.device = &fake->device, .bytes = BYTES, .direct_end = BYTES, .direct = fake->at};
	CHECK(sigbus_cover(&fake->device, fake->at, BYTES));
	return 0;
}

static int pull_fake(const struct fake *fake)
{
	return ftruncate(fake->file, 0);
}

static void close_fake(const struct fake *fake)
{
	sigbus_uncover(fake->at);
	munmap(fake->at, BYTES);
	close(fake->device.removal_fd);
	close(fake->file);
}

/* Return: how the process of its own ended. */
static int run_child(int (*fn)(void))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int line;

		signal(SIGBUS, SIG_DFL);
		line = fn();
		if (line)
			fprintf(stderr, "line %d\n", line);
		_exit(line != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static int all_ones(void)
{
	struct fake fake, other;
	eventfd_t value;

	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(open_fake(&fake) == 0 && open_fake(&other) == 0);
	padma_write32(&fake.bar, 8, 0x10400);
	padma_write32(&other.bar, 8, 0x20000);
	CHECK(pull_fake(&fake) == 0);
	errno = 42;
	CHECK(padma_read32(&fake.bar, 8) == UINT32_MAX);
	CHECK(errno == 42);
	CHECK(padma_device_state(&fake.device) == PADMA_DEVICE_GONE);
	CHECK(eventfd_read(fake.device.removal_fd, &value) == 0);
	CHECK(quieted == 1);
	/* All of the BAR, by one signal; writes go nowhere that matters. */
	padma_write32(&fake.bar, BYTES - 4, 7);
	CHECK(padma_read64(&fake.bar, BYTES - 16) == UINT64_MAX);
	/* The other device has its own. */
	CHECK(padma_read32(&other.bar, 8) == 0x20000);
	CHECK(padma_device_state(&other.device) == PADMA_DEVICE_OK);
	/* A write may be the first. */
	CHECK(pull_fake(&other) == 0);
	padma_write32(&other.bar, 0x1000, 1);
	CHECK(padma_read32(&other.bar, 8) == UINT32_MAX);
	CHECK(padma_device_state(&other.device) == PADMA_DEVICE_GONE);
	CHECK(quieted == 2);
	close_fake(&fake);
	close_fake(&other);
	return 0;
}

static void test_registers_read_as_all_ones(void **state)
{
	(void)state;
	assert_int_equal(run_child(all_ones), 0);
}

struct reader {
	pthread_t thread;
	struct fake *fake;
	unsigned int strange;
};

static void *read_on(void *ctx)
{
	struct reader *reader = ctx;
	uint32_t value = 0;

	while (value != UINT32_MAX) {
		value = padma_read32(&reader->fake->bar, 8);
		reader->strange += value != 5 && value != UINT32_MAX;
	}
	return NULL;
}

static int many_threads(void)
{
	struct reader readers[4];
	struct fake fake;

	CHECK(padma_device_catch_sigbus() == 0);
	for (int round = 0; round < 20; round++) {
		CHECK(open_fake(&fake) == 0);
		padma_write32(&fake.bar, 8, 5);
		for (int i = 0; i < 4; i++) {
			readers[i] = (struct reader){.fake = &fake};
			CHECK(pthread_create(&readers[i].thread, NULL, read_on, &readers[i]) == 0);
		}
		CHECK(pull_fake(&fake) == 0);
		for (int i = 0; i < 4; i++) {
			CHECK(pthread_join(readers[i].thread, NULL) == 0);
			CHECK(readers[i].strange == 0);
		}
		close_fake(&fake);
	}
	return 0;
}

/* Several threads are at it when it goes. */
static void test_many_threads(void **state)
{
	(void)state;
	assert_int_equal(run_child(many_threads), 0);
}

/* An access that no open device covers. */
static int access_elsewhere(void)
{
	struct fake fake;

	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(open_fake(&fake) == 0);
	sigbus_uncover(fake.at);
	CHECK(pull_fake(&fake) == 0);
	padma_read32(&fake.bar, 8);
	return 0;
}

static void leave(int number)
{
	(void)number;
	_exit(3);
}

static void leave_well_informed(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	_exit(info->si_addr ? 4 : 5);
}

static int elsewhere_with_a_handler(void)
{
	signal(SIGBUS, leave);
	return access_elsewhere();
}

static int elsewhere_with_an_informed_handler(void)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO};

	action.sa_sigaction = leave_well_informed;
	sigaction(SIGBUS, &action, NULL);
	return access_elsewhere();
}

static int without_the_handler(void)
{
	struct fake fake;

	CHECK(open_fake(&fake) == 0);
	CHECK(pull_fake(&fake) == 0);
	padma_read32(&fake.bar, 8);
	return 0;
}

/* Whoever asked for the signal before gets it; where nobody did, the process ends as ever. */
static void test_what_is_not_ours(void **state)
{
	int status;

	(void)state;
	status = run_child(elsewhere_with_a_handler);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	status = run_child(elsewhere_with_an_informed_handler);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 4);
	/* A sanitizer's own report would be an exit; here there is none. */
	status = run_child(access_elsewhere);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	status = run_child(without_the_handler);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
}

static int sent(void)
{
	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(raise(SIGBUS) == 0);
	return 0;
}

static int sent_and_ignored(void)
{
	struct fake fake;

	signal(SIGBUS, SIG_IGN);
	CHECK(sent() == 0);
	/* Devices are still looked after. */
	CHECK(open_fake(&fake) == 0 && pull_fake(&fake) == 0);
	CHECK(padma_read32(&fake.bar, 8) == UINT32_MAX);
	close_fake(&fake);
	return 0;
}

/* Its sender's ids are where the address would be: here they look like one in a BAR. */
static int sent_with_an_address(void)
{
	siginfo_t info = {.si_signo = SIGBUS, .si_code = SI_QUEUE};
	struct fake fake;

	signal(SIGBUS, leave);
	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(open_fake(&fake) == 0);
	info.si_addr = fake.at;
	CHECK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGBUS, &info) == 0);
	return 0;
}

/* Somebody sends the signal; no access is made again by which it would come a second time. */
static void test_sent_signals(void **state)
{
	int status;

	(void)state;
	status = run_child(sent);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	assert_int_equal(run_child(sent_and_ignored), 0);
	status = run_child(sent_with_an_address);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

static char signal_stack[65536];

static void leave_by_the_stack(int number)
{
	uintptr_t at = (uintptr_t)__builtin_frame_address(0), stack = (uintptr_t)signal_stack;

	(void)number;
	_exit(at >= stack && at < stack + sizeof(signal_stack) ? 6 : 7);
}

static int on_a_signal_stack(void)
{
	const stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof(signal_stack)};
	struct sigaction action = {.sa_flags = SA_ONSTACK};

	action.sa_handler = leave_by_the_stack;
	CHECK(sigaltstack(&stack, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0);
	return access_elsewhere();
}

static void test_signal_stack(void **state)
{
	int status = run_child(on_a_signal_stack);

	(void)state;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 6);
}

static void test_no_room(void **state)
{
	static struct padma_device device;
	static char memory[1000];
	unsigned int covered = 0;

	(void)state;
	while (sigbus_cover(&device, &memory[covered], 1))
		covered++;
	assert_int_equal(covered, 256);
	sigbus_uncover(&memory[100]);
	assert_true(sigbus_cover(&device, &memory[covered], 1));
	for (unsigned int i = 0; i <= covered; i++)
		sigbus_uncover(&memory[i]);
	assert_true(sigbus_cover(&device, &memory[0], 1));
	sigbus_uncover(&memory[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers_read_as_all_ones),
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_what_is_not_ours),
		cmocka_unit_test(test_sent_signals),
		cmocka_unit_test(test_signal_stack),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
