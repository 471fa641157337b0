// SPDX-License-Identifier: BSD-3-Clause
/* Opening simulated devices: keys and their errors, files behind namespaces. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <padma/log.h>

#include "nvme/host.h"

static void expect_refused(struct padma_space *space, const char *name, int error,
			   const char *words)
{
	struct padma_device *device = NULL;

	assert_int_equal(padma_device_open(space, name, &device), error);
	if (!strstr(padma_last_error(), words)) {
		print_error("%s: '%s' lacks '%s'\n", name, padma_last_error(), words);
		fail();
	}
}

static void test_wrong_names(void **state)
{
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	struct padma_space *space;

	(void)state;
	assert_int_equal(padma_space_open(&params, &space), 0);
	expect_refused(space, "sim:floppy", -EINVAL, "nvme");
	expect_refused(space, "sim:", -EINVAL, "nvme");
	expect_refused(space, "sim:nvme,sise=1G", -EINVAL, "lba");
	expect_refused(space, "sim:nvme,size", -EINVAL, "value");
	expect_refused(space, "sim:nvme,step=1", -EINVAL, "value");
	expect_refused(space, "sim:nvme,size=1X", -EINVAL, "number");
	expect_refused(space, "sim:nvme,size=-1", -EINVAL, "number");
	expect_refused(space, "sim:nvme,size=99999999999999999999", -EINVAL, "number");
	expect_refused(space, "sim:nvme,size=16777216T", -EINVAL, "number");
	expect_refused(space, "sim:nvme,size=5000", -EINVAL, "multiple");
	expect_refused(space, "sim:nvme,lba=1024", -EINVAL, "4096");
	expect_refused(space, "sim:nvme,mdts=5000", -EINVAL, "power");
	/* MDTS 0 is no limit (Base 2.0, figure 275): one page cannot be said. */
	expect_refused(space, "sim:nvme,mdts=4K", -EINVAL, "8K");
	expect_refused(space, "sim:nvme,queues=0", -EINVAL, "65535");
	expect_refused(space, "sim:nvme,serial=123456789012345678901", -EINVAL, "20");
	expect_refused(space, "sim:nvme,file=x,null", -EINVAL, "either");
	expect_refused(space, "sim:nvme,file=/nonexistent/x", -ENOENT, "/nonexistent/x");
	expect_refused(space, "sim:nvme,,step", -EINVAL, "key");
	expect_refused(space, "sim:nvme,fault=flood", -EINVAL, "wrong-id");
	expect_refused(space, "sim:nvme,fault=drop:", -EINVAL, "KIND");
	expect_refused(space, "sim:nvme,fault=drop:1:2:3:4", -EINVAL, "KIND");
	expect_refused(space, "sim:nvme,fault=status:0x2 ", -EINVAL, "KIND");
	expect_refused(space, "sim:nvme,size=8 ", -EINVAL, "number");
	expect_refused(space, "sim:nvme,mdts=0 ", -EINVAL, "number");
	expect_refused(space, "sim:nvme,mdts=8k ", -EINVAL, "number");
	expect_refused(space, "sim:nvme,size=1G,size=1G", -EINVAL, "twice");
	expect_refused(space, "sim:nvme,step,lba=512,step", -EINVAL, "twice");
	padma_space_close(space);
}

static void test_wrong_calls(void **state)
{
	struct padma_sim_fault fault = {.kind = (enum padma_sim_fault_kind)99};
	struct host host;

	(void)state;
	host_open(&host, "sim:nvme,size=1M");
	assert_int_equal(padma_sim_step(host.device, 0), -EINVAL);
	assert_int_equal(padma_sim_fault(host.device, &fault), -EINVAL);
	assert_int_equal(padma_sim_step(NULL, 0), -EINVAL);
	host_close(&host);
}

static struct host_command io(uint8_t opcode, uint64_t prp1, uint64_t prp2, uint32_t blocks)
{
	return (struct host_command){
		.opcode = opcode, .nsid = 1, .prp1 = prp1, .prp2 = prp2, .cdw12 = blocks - 1};
}

/* Sixteen reads or writes in flight, each of a page, to its own place. */
static void many(struct host *host, uint8_t opcode, uint8_t *data)
{
	struct host_completion got;

	for (uint32_t i = 0; i < 16; i++) {
		struct host_command command = io(opcode, host_dma(host, data + i * PAGE), 0, 8);

		command.cdw10 = 8 * i;
		host_put(&host->io, command);
	}
	host_ring(host, &host->io);
	for (uint32_t i = 0; i < 16; i++) {
		assert_true(host_take(host, &host->io, &got));
		assert_int_equal(got.status >> 1, 0);
	}
}

static void with_file(const char *path, const char *keys, bool first, uint64_t seed)
{
	struct host host;
	char name[256];
	uint8_t *data;

	snprintf(name, sizeof(name), "sim:nvme,file=%s%s", path, keys);
	host_open(&host, name);
	host_enable(&host);
	host_create_io(&host, -1);
	data = host_memory(&host, 16 * PAGE);
	if (first) {
		for (size_t i = 0; i < 16 * PAGE; i++)
			data[i] = (uint8_t)(test_random(&seed) >> 56);
		many(&host, 1, data);
		assert_int_equal(host_code(&host, &host.io, io(0, 0, 0, 1)), 0);
	} else {
		many(&host, 2, data);
		for (size_t i = 0; i < 16 * PAGE; i++)
			assert_int_equal(data[i], (uint8_t)(test_random(&seed) >> 56));
		assert_int_equal(host_code(&host, &host.io, io(8, 0, 0, 9)), 0);
		memset(data, 0xff, PAGE);
		assert_int_equal(host_code(&host, &host.io, io(2, host_dma(&host, data), 0, 8)), 0);
		for (size_t i = 0; i < PAGE; i++)
			assert_int_equal(data[i], 0);
	}
	/* The same file twice would be two disks in one. */
	expect_refused(host.space, name, -EBUSY, "use");
	host_close(&host);
}

/* An empty file, which goes also where the test failed. */
static int make_file(void **state)
{
	char *path = strdup("/tmp/padma-sim-XXXXXX");
	int fd = path ? mkstemp(path) : -1;

	if (fd < 0) {
		free(path);
		return -1;
	}
	close(fd);
	*state = path;
	return 0;
}

static int remove_file(void **state)
{
	unlink(*state);
	free(*state);
	return 0;
}

static void test_file(void **state)
{
	const char *path = *state;
	char name[256];
	uint64_t seed = test_seed();
	struct stat info;
	struct host host;

	with_file(path, ",size=2M", true, seed);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_size, 2 << 20);
	with_file(path, ",step", false, seed);
	with_file(path, ",vwc=0,step", true, seed + 1);
	with_file(path, "", false, seed + 1);

	host_open(&host, "sim:nvme,size=1M,step");
	snprintf(name, sizeof(name), "sim:nvme,file=%s,size=1M", path);
	expect_refused(host.space, name, -EINVAL, "leave");
	assert_int_equal(truncate(path, 1000), 0);
	snprintf(name, sizeof(name), "sim:nvme,file=%s", path);
	expect_refused(host.space, name, -EINVAL, "multiple");
	expect_refused(host.space, "sim:nvme,file=/dev/null", -EINVAL, "regular");
	host_close(&host);
}

static off_t size_of(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 ? info.st_size : -1;
}

/* Soft limits: they can be raised again. */
static void limit(__rlimit_resource_t resource, rlim_t value)
{
	struct rlimit both;

	assert_int_equal(getrlimit(resource, &both), 0);
	both.rlim_cur = value < both.rlim_max ? value : both.rlim_max;
	assert_int_equal(setrlimit(resource, &both), 0);
}

/* A wrong name makes no drive, and one that fails leaves nothing. */
static void test_file_made_on_demand(void **state)
{
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	struct padma_device *device;
	const char *path = *state;
	struct padma_space *space;
	char name[256];

	assert_int_equal(padma_space_open(&params, &space), 0);
	snprintf(name, sizeof(name), "sim:nvme,file=%s", path);
	expect_refused(space, name, -EINVAL, "size=");
	assert_int_equal(size_of(path), 0);
	assert_int_equal(unlink(path), 0);
	expect_refused(space, name, -ENOENT, "size=");
	assert_int_equal(size_of(path), -1);
	snprintf(name, sizeof(name), "sim:nvme,file=%s,size=1M", path);
	signal(SIGXFSZ, SIG_IGN);
	limit(RLIMIT_FSIZE, 4096);
	expect_refused(space, name, -EFBIG, "1048576");
	limit(RLIMIT_FSIZE, RLIM_INFINITY);
	assert_int_equal(size_of(path), -1);
	assert_int_equal(padma_device_open(space, name, &device), 0);
	padma_device_close(device);
	assert_int_equal(size_of(path), 1 << 20);
	expect_refused(space, "sim:nvme,file=/tmp", -EISDIR, "directory");
	padma_space_close(space);
}

/* What is quoted leaves room for the advice, and is no second line. */
static void test_long_and_broken_names(void **state)
{
	static char name[5200];
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	struct padma_space *space;

	(void)state;
	assert_int_equal(padma_space_open(&params, &space), 0);
	snprintf(name, sizeof(name), "sim:nvme,serial=%05000d", 1);
	expect_refused(space, name, -EINVAL, "5000");
	snprintf(name, sizeof(name), "sim:nvme,size=%05000d", 1);
	expect_refused(space, name, -EINVAL, "K, M");
	snprintf(name, sizeof(name), "sim:nvme,%05000d", 1);
	expect_refused(space, name, -EINVAL, "seed");
	snprintf(name, sizeof(name), "sim:%05000d", 1);
	expect_refused(space, name, -EINVAL, "nvme");
	snprintf(name, sizeof(name), "%05000d", 1);
	expect_refused(space, name, -ENODEV, "sim:");
	snprintf(name, sizeof(name), "sim:nvme,file=/tmp/%04000d", 1);
	expect_refused(space, name, -ENAMETOOLONG, "too long");
	expect_refused(space, "sim:nvme,a\nb\033c", -EINVAL, "'a?b?c'");
	assert_null(strpbrk(padma_last_error(), "\n\033"));
	padma_space_close(space);
}

/* Closed and reset while requests are in the file's hands: nothing of them comes later. */
static void test_file_reset_in_flight(void **state)
{
	char name[256];
	struct host host;
	uint8_t *data;

	snprintf(name, sizeof(name), "sim:nvme,file=%s,size=1M,step", (const char *)*state);
	host_open(&host, name);
	for (int round = 0; round < 20; round++) {
		host_enable(&host);
		host_create_io(&host, -1);
		data = host_memory(&host, PAGE);
		for (int i = 0; i < 8; i++)
			host_put(&host.io, io(2, host_dma(&host, data), 0, 8));
		host_ring(&host, &host.io);
		padma_sim_step(host.device, 3 + (unsigned int)round % 5);
		padma_bar_write32(host.bar, 0x14, 0);
		memset(host.io.cq, 0, PAGE);
		for (int i = 0; i < 10; i++)
			padma_sim_step(host.device, 0);
		for (unsigned int i = 0; i < HOST_ENTRIES; i++)
			assert_int_equal(host.io.cq[i].status, 0);
	}
	host_close(&host);
}

/*
 * Base 2.0, 3.7.2: what was under way ends with the reset. A write that came to the file after it
 * would undo one that the host makes then.
 */
static void test_no_write_comes_after_the_reset(void **state)
{
	char path[] = "/tmp/padma-sim-XXXXXX", name[256];
	struct host host;
	uint8_t *data, page[PAGE];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	/* Without a write cache each write waits for the disk, in the system's hands. */
	snprintf(name, sizeof(name), "sim:nvme,file=%s,size=1M,vwc=0,step", path);
	host_open(&host, name);
	data = host_memory(&host, PAGE);
	for (int round = 1; round <= 20; round++) {
		host_enable(&host);
		host_create_io(&host, -1);
		memset(data, round, PAGE);
		for (uint32_t i = 0; i < 16; i++) {
			struct host_command command = io(1, host_dma(&host, data), 0, 8);

			command.cdw10 = 8 * i;
			host_put(&host.io, command);
		}
		host_ring(&host, &host.io);
		padma_sim_step(host.device, 0);
		if (round % 2)
			padma_bar_write32(host.bar, 0x14, 0);
		else
			assert_int_equal(padma_device_reset(host.device), 0);
		assert_true(host_wait_csts(&host, 1, 0));
		for (uint32_t i = 0; i < 16; i++) {
			assert_int_equal(pread(fd, page, PAGE, (off_t)i * PAGE), PAGE);
			assert_int_equal(page[0], round);
			assert_int_equal(page[PAGE - 1], round);
		}
		assert_int_equal(padma_device_bus_master(host.device, true), 0);
	}
	host_close(&host);
	close(fd);
	unlink(path);
}

static void test_null(void **state)
{
	struct host host;
	uint8_t *data;

	(void)state;
	host_open(&host, "sim:nvme,null,step,lba=4096,cold,mdts=0,vectors=1,queues=1");
	host_enable(&host);
	host_create_io(&host, -1);
	data = host_memory(&host, PAGE);
	memset(data, 0x5a, PAGE);
	assert_int_equal(host_code(&host, &host.io, io(2, host_dma(&host, data), 0, 1)), 0);
	assert_int_equal(data[0], 0x5a);
	assert_int_equal(host_code(&host, &host.io, io(2, host_dma(&host, data), 3, 2)), 0x13);
	host_close(&host);
}

/* The limit is high, since a sanitizer's own mappings count against it. */
static void test_limited_address_space(void **state)
{
	struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	struct padma_space *space;

	(void)state;
	assert_int_equal(padma_space_open(&params, &space), 0);
	limit(RLIMIT_AS, 1ull << 46);
	expect_refused(space, "sim:nvme,size=64T", -ENOMEM, "70368744177664");
	limit(RLIMIT_AS, RLIM_INFINITY);
	padma_space_close(space);
}

static void count_uring(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)part;
	if (level == PADMA_LOG_WARNING && strstr(text, "io_uring"))
		__atomic_fetch_add((int *)ctx, 1, __ATOMIC_RELAXED);
}

/* From here on the process has no io_uring, as in many containers: this test is the last. */
static void test_file_without_uring(void **state)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_SIZE(filter), filter};
	const char *path = *state;
	int warnings = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		skip();
	padma_log_to(count_uring, &warnings, PADMA_LOG_WARNING);
	with_file(path, ",size=1M,step", true, 5);
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
	assert_int_equal(warnings, 1);
	with_file(path, "", false, 5);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, make_file, remove_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_names),
		cmocka_unit_test(test_wrong_calls),
		cmocka_unit_test(test_long_and_broken_names),
		WITH_FILE(test_file),
		WITH_FILE(test_file_made_on_demand),
		WITH_FILE(test_file_reset_in_flight),
		cmocka_unit_test(test_no_write_comes_after_the_reset),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_limited_address_space),
		WITH_FILE(test_file_without_uring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
