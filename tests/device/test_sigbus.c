// SPDX-License-Identifier: BSD-3-Clause
/*
 * SIGBUS at a BAR. A file that loses its end under its mapping (mmap(2)) raises the signal as a device
 * does that is gone. Each case is a process of its own: cmocka has a handler, too, around each test.
 */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <padma/device.h>

#include "device/ones.h"
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

/*
 * The device may still be there. What a driver in another thread finds is asked where it matters: bus
 * mastering is on until the operation has returned, and until then no register may read as ones and the
 * state say nothing; and the ones come after the state.
 */
static struct {
	unsigned int quieted; /* calls, atomic */
	bool slow;
	bool stubborn;
	const struct padma_bar *watched; /* a part that answers still */
	unsigned int too_early;		 /* what came before it should */
	unsigned int ones_mapped;
	struct padma_device *device;
} seen;

static int note_quiet(struct padma_device *device)
{
	const struct timespec pause = {.tv_nsec = 20000000};

	if (seen.slow)
		nanosleep(&pause, NULL);
	seen.too_early += seen.watched && padma_bar_read32(seen.watched, 8) == UINT32_MAX;
	seen.too_early += padma_device_state(device) == PADMA_DEVICE_GONE;
	if (seen.stubborn)
		return -EIO;
	__atomic_add_fetch(&seen.quieted, 1, __ATOMIC_RELEASE);
	return 0;
}

static const struct device_ops ops = {.quiesce = note_quiet};

void *__real_mremap(void *from, size_t old_bytes, size_t bytes, int flags, void *to);
void *__wrap_mremap(void *from, size_t old_bytes, size_t bytes, int flags, void *to);

void *__wrap_mremap(void *from, size_t old_bytes, size_t bytes, int flags, void *to)
{
	__atomic_add_fetch(&seen.ones_mapped, 1, __ATOMIC_RELAXED);
	if (seen.device && padma_device_state(seen.device) == PADMA_DEVICE_OK)
		__atomic_add_fetch(&seen.too_early, 1, __ATOMIC_RELAXED);
	return __real_mremap(from, old_bytes, bytes, flags, to);
}

static int open_fake(struct fake *fake)
{
	*fake = (struct fake){.file = memfd_create("bar", MFD_CLOEXEC)};
	CHECK(fake->file >= 0 && ftruncate(fake->file, BYTES) == 0);
	fake->at = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fake->file, 0);
	CHECK(fake->at != MAP_FAILED);
	fake->device.ops = &ops;
	fake->device.removal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fake->bar = (struct padma_bar){
		.device = &fake->device, .bytes = BYTES, .first = {0, BYTES, fake->at}};
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

/* A BAR of any size; no part of it answers from the start. */
struct big {
	struct padma_device device;
	struct padma_bar bar;
	int file;
	void *at;
};

/* ThreadSanitizer leaves little address space, and sanitizers have memory of their own for what is
 * accessed. */
#ifdef __SANITIZE_THREAD__
#define BIG_BYTES (64ull << 30)
#else
#define BIG_BYTES (1ull << 40)
#endif
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SLACK_BYTES (256l << 20)
#else
#define SLACK_BYTES (1l << 20)
#endif

static int open_big(struct big *big, uint64_t bytes)
{
	*big = (struct big){.file = memfd_create("bar", MFD_CLOEXEC)};
	CHECK(big->file >= 0);
	big->at =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, big->file, 0);
	CHECK(big->at != MAP_FAILED);
	big->device.ops = &ops;
	big->device.removal_fd = -1;
	big->bar = (struct padma_bar){
		.device = &big->device, .bytes = bytes, .first = {0, bytes, big->at}};
	CHECK(sigbus_cover(&big->device, big->at, bytes));
	return 0;
}

static void close_big(const struct big *big)
{
	sigbus_uncover(big->at);
	munmap(big->at, big->bar.bytes);
	close(big->file);
}

/* Return: how the child process ended. */
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
	padma_bar_write32(&fake.bar, 8, 0x10400);
	padma_bar_write32(&other.bar, 8, 0x20000);
	CHECK(pull_fake(&fake) == 0);
	errno = 42;
	CHECK(padma_bar_read32(&fake.bar, 8) == UINT32_MAX);
	CHECK(errno == 42);
	CHECK(padma_device_state(&fake.device) == PADMA_DEVICE_GONE);
	CHECK(eventfd_read(fake.device.removal_fd, &value) == 0);
	CHECK(seen.quieted == 1);
	/* All of this small BAR by one signal; writes go nowhere that matters. */
	padma_bar_write32(&fake.bar, BYTES - 4, 7);
	CHECK(padma_bar_read64(&fake.bar, BYTES - 16) == UINT64_MAX);
	CHECK(seen.ones_mapped == 1);
	/* The other device has its own. */
	CHECK(padma_bar_read32(&other.bar, 8) == 0x20000);
	CHECK(padma_device_state(&other.device) == PADMA_DEVICE_OK);
	/* A write may be the first. */
	CHECK(pull_fake(&other) == 0);
	padma_bar_write32(&other.bar, 0x1000, 1);
	CHECK(padma_bar_read32(&other.bar, 8) == UINT32_MAX);
	CHECK(padma_device_state(&other.device) == PADMA_DEVICE_GONE);
	CHECK(seen.quieted == 2);
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
		value = padma_bar_read32(&reader->fake->bar, 8);
		reader->strange += value != 5 && value != UINT32_MAX;
	}
	/* A reader that finds ones finds a device that does no DMA. */
	reader->strange += __atomic_load_n(&seen.quieted, __ATOMIC_ACQUIRE) == 0;
	reader->strange += padma_device_state(&reader->fake->device) != PADMA_DEVICE_GONE;
	return NULL;
}

static int many_threads(void)
{
	struct reader readers[4];
	struct fake fake;

	CHECK(padma_device_catch_sigbus() == 0);
	for (int round = 0; round < 20; round++) {
		CHECK(open_fake(&fake) == 0);
		seen.quieted = 0;
		seen.slow = round == 0;
		padma_bar_write32(&fake.bar, 8, 5);
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

/* Several threads access it when it is removed. */
static void test_many_threads(void **state)
{
	(void)state;
	assert_int_equal(run_child(many_threads), 0);
}

/* The signal is about one page; the first one answers still, and another thread would read it. */
static int quiet_then_state_then_ones(void)
{
	static struct fake fake;

	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(open_fake(&fake) == 0);
	padma_bar_write32(&fake.bar, 8, 5);
	seen.watched = &fake.bar;
	seen.device = &fake.device;
	CHECK(ftruncate(fake.file, 4096) == 0);
	CHECK(padma_bar_read32(&fake.bar, 8192) == UINT32_MAX);
	CHECK(seen.quieted == 1 && seen.ones_mapped == 1);
	CHECK(seen.too_early == 0);
	CHECK(padma_device_state(&fake.device) == PADMA_DEVICE_GONE);
	close_fake(&fake);
	return 0;
}

/* Its bus mastering stays on: it has failed, until a later access can turn it off. */
static int cannot_be_quieted(void)
{
	struct big big;

	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(open_big(&big, 4 * ONES_BLOCK_BYTES) == 0);
	seen.stubborn = true;
	CHECK(padma_bar_read32(&big.bar, 8) == UINT32_MAX);
	CHECK(padma_device_state(&big.device) == PADMA_DEVICE_FAILED);
	CHECK(padma_bar_read32(&big.bar, 8) == UINT32_MAX);
	seen.stubborn = false;
	CHECK(padma_bar_read32(&big.bar, 2 * ONES_BLOCK_BYTES) == UINT32_MAX);
	CHECK(padma_device_state(&big.device) == PADMA_DEVICE_GONE);
	/* A device that is gone is not accessed again. */
	CHECK(padma_bar_read32(&big.bar, 3 * ONES_BLOCK_BYTES) == UINT32_MAX);
	CHECK(seen.quieted == 1);
	close_big(&big);
	return 0;
}

/* The thread was about to change the Command register when a handler of its own looked at a register:
 * it cannot be waited for. */
static int in_the_midst(void)
{
	struct fake fake;

	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(open_fake(&fake) == 0 && pull_fake(&fake) == 0);
	device_command_lock(&fake.device);
	CHECK(padma_bar_read32(&fake.bar, 8) == UINT32_MAX);
	CHECK(padma_device_state(&fake.device) == PADMA_DEVICE_FAILED);
	CHECK(seen.quieted == 0);
	device_command_unlock(&fake.device);
	CHECK(padma_device_unresponsive(&fake.device) == PADMA_DEVICE_GONE);
	close_fake(&fake);
	return 0;
}

static void test_order(void **state)
{
	(void)state;
	assert_int_equal(run_child(quiet_then_state_then_ones), 0);
	assert_int_equal(run_child(cannot_be_quieted), 0);
	assert_int_equal(run_child(in_the_midst), 0);
}

/* Memory of the process's own: what it shares with a file is counted once for each mapping of it. */
static long own_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long pages = 0, resident = 0, shared = 0;

	if (file && fscanf(file, "%ld %ld %ld", &pages, &resident, &shared) != 3)
		resident = shared = 0;
	if (file)
		fclose(file);
	return (resident - shared) * sysconf(_SC_PAGESIZE);
}

#define SWEPT	  2000u
#define LONG_WAYS ((64ull << 30) / SWEPT)

/* Nearly all of the BAR is never looked at; what is read takes no memory, and what is written a page. */
static int large(void)
{
	long before, after_reads, after_writes;
	struct big big;

	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(open_big(&big, BIG_BYTES) == 0);
	before = own_bytes();
	for (uint64_t i = 0; i < SWEPT; i++)
		CHECK(padma_bar_read32(&big.bar, i * (LONG_WAYS & ~7ull)) == UINT32_MAX);
	/* And a stretch without holes. */
	for (uint64_t at = 0; at < 64 * ONES_BLOCK_BYTES; at += 4096)
		CHECK(padma_bar_read32(&big.bar, at) == UINT32_MAX);
	after_reads = own_bytes();
	for (uint64_t at = 0; at < 512 * 4096; at += 4096)
		padma_bar_write32(&big.bar, at, 0);
	after_writes = own_bytes();
	CHECK(padma_bar_read32(&big.bar, 4100) == UINT32_MAX &&
	      padma_bar_read32(&big.bar, 4096) == 0);
	/* Ones that stay ones for all other readers. */
	CHECK(padma_bar_read32(&big.bar, 8 * ONES_BLOCK_BYTES + 4096) == UINT32_MAX);
	CHECK(after_reads - before < SLACK_BYTES);
	CHECK(after_writes - after_reads >= 512 * 4096);
	CHECK(after_writes - after_reads < 512 * 4096 + SLACK_BYTES);
	CHECK(seen.ones_mapped < SWEPT + 128);
	close_big(&big);
	return 0;
}

/* No file may be that large: a page at a time, and no SIGXFSZ. */
static int under_a_limit(void)
{
	const struct rlimit limit = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
	struct big big;

	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(open_big(&big, 2 * ONES_BLOCK_BYTES) == 0);
	CHECK(padma_bar_read32(&big.bar, 8) == UINT32_MAX);
	CHECK(padma_bar_read32(&big.bar, 8192) == UINT32_MAX);
	CHECK(seen.ones_mapped == 2);
	close_big(&big);
	return 0;
}

/* A program that closes descriptors it does not know: a page at a time. */
static int without_the_file(void)
{
	struct big big;

	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(open_big(&big, 2 * ONES_BLOCK_BYTES) == 0);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	/* Another file has the descriptor then. */
	for (int i = 0; i < 8; i++)
		CHECK(open("/dev/zero", O_RDWR | O_CLOEXEC) >= 0);
	CHECK(padma_bar_read32(&big.bar, 8) == UINT32_MAX);
	CHECK(padma_bar_read32(&big.bar, 8192) == UINT32_MAX);
	return 0;
}

static void test_large_bars(void **state)
{
	(void)state;
	assert_int_equal(run_child(large), 0);
	assert_int_equal(run_child(without_the_file), 0);
	assert_int_equal(run_child(under_a_limit), 0);
}

/* An access that no open device covers. */
static int access_elsewhere(void)
{
	struct fake fake;

	CHECK(padma_device_catch_sigbus() == 0);
	CHECK(open_fake(&fake) == 0);
	sigbus_uncover(fake.at);
	CHECK(pull_fake(&fake) == 0);
	padma_bar_read32(&fake.bar, 8);
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
	padma_bar_read32(&fake.bar, 8);
	return 0;
}

/* A handler that was installed before gets the signal; without one the process ends as usual. */
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
	/* Devices are still handled. */
	CHECK(open_fake(&fake) == 0 && pull_fake(&fake) == 0);
	CHECK(padma_bar_read32(&fake.bar, 8) == UINT32_MAX);
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

/* The signal is sent; no access is made again by which it would come a second time. */
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

/* One place of the table, for a short mapping and a long one in turn: no reader finds the start of the one
 * with the length of the other. */
#define SHORT_START ((char *)0x10000000)
#define LONG_START  ((char *)0x20000000)

static struct padma_device changing;

static void short_to_long(void)
{
	sigbus_uncover(SHORT_START);
	assert_true(sigbus_cover(&changing, LONG_START, 1 << 20));
}

static void *change(void *ctx)
{
	const bool *stop = ctx;

	while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		sigbus_cover(&changing, SHORT_START, 4096);
		short_to_long();
		sigbus_uncover(LONG_START);
	}
	return NULL;
}

/* For ThreadSanitizer above all. */
static void test_start_and_length_are_a_pair(void **state)
{
	struct sigbus_mapping found;
	bool stop = false;
	pthread_t changer;

	(void)state;
	assert_int_equal(pthread_create(&changer, NULL, change, &stop), 0);
	for (int i = 0; i < 30000; i++)
		assert_false(sigbus_find((uintptr_t)SHORT_START + 8192, &found));
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(changer, NULL);
}

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
/* The Trap Flag of RFLAGS: the processor stops behind each instruction (Intel SDM 3A, 2.3). */
#define TRAP_FLAG  0x100ull
/* More than one place of the table takes. */
#define MOST_STEPS 300

static int steps_left;

static void on_step(int number, siginfo_t *info, void *context)
{
	ucontext_t *thread = context;

	(void)number, (void)info;
	if (--steps_left)
		return;
	thread->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)TRAP_FLAG;
	short_to_long();
}

/* The place changes after each instruction of a reader in turn. */
static void test_a_change_at_each_step(void **state)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO}, before;

	(void)state;
	action.sa_sigaction = on_step;
	sigemptyset(&action.sa_mask);
	assert_int_equal(sigaction(SIGTRAP, &action, &before), 0);
	for (int steps = 1; steps < MOST_STEPS; steps++) {
		struct sigbus_mapping found;
		bool any;

		assert_true(sigbus_cover(&changing, SHORT_START, 4096));
		steps_left = steps;
		__builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | TRAP_FLAG);
		any = sigbus_find((uintptr_t)SHORT_START + 8192, &found);
		assert_false(any);
		assert_int_equal(steps_left, 0);
		sigbus_uncover(LONG_START);
	}
	assert_int_equal(sigaction(SIGTRAP, &before, NULL), 0);
}
#else
static void test_a_change_at_each_step(void **state)
{
	(void)state;
	skip();
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers_read_as_all_ones),
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_large_bars),
		cmocka_unit_test(test_start_and_length_are_a_pair),
		cmocka_unit_test(test_a_change_at_each_step),
		cmocka_unit_test(test_what_is_not_ours),
		cmocka_unit_test(test_sent_signals),
		cmocka_unit_test(test_signal_stack),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
