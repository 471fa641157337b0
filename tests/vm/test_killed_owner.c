// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a killed process leaves while its device is still open and may write: a helper holds the
 * device's descriptor and nothing else (no mapping, no file of the memory), and the owner is
 * killed. Where iommufd pins, the hugepages stay in use until the last close, which turns bus
 * mastering off first. By pagemap they are free at once, with bus mastering on: that is the control
 * which proves that this test could fail, and why that backend warns.
 */
#include "vm_fixture.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "device/provider.h"

#define ALLOC_BYTES ((size_t)8 << 20)
#define HUGEPAGES   4 /* that it takes at least */
#define BUS_MASTER  4

static unsigned int free_hugepages(void)
{
	unsigned int count = 0;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) && sscanf(line, "HugePages_Free: %u", &count) != 1)
		;
	fclose(file);
	return count;
}

/* One byte, with a descriptor or without (cmsg(3)). False where it could not be sent. */
static bool give(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec byte = {.iov_base = "", .iov_len = 1};
	struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1};

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.room);
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
						  .cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

/* What was given: the descriptor, -1 where none came with the byte, -2 where nothing came. */
static int take(int socket)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char data;
	struct iovec byte = {.iov_base = &data, .iov_len = 1};
	struct msghdr message = {.msg_iov = &byte,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control.room)};
	struct pollfd told = {.fd = socket, .events = POLLIN};
	int fd = -1;

	if (poll(&told, 1, 60000) != 1 || recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
		return -2;
	if (CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/* Sockets by which the test, the owner and the helper talk: [0] is the one end, [1] the other. */
struct lines {
	int owner[2];  /* test and owner */
	int helper[2]; /* test and helper */
	int device[2]; /* owner and helper: the descriptor */
};

static _Noreturn void be_helper(const struct lines *lines)
{
	int fd = take(lines->device[1]);

	if (fd >= 0 && give(lines->helper[1], -1) && take(lines->helper[1]) == -1)
		_exit(0); /* the last close */
	_exit(1);
}

static int own(const struct lines *lines, const char *backend)
{
	const struct padma_space_params params = {.backend = backend, .chunk_bytes = 2 << 20};
	struct padma_device *device;
	struct padma_space *space;
	void *va;

	if (padma_space_open(&params, &space) || padma_alloc(space, ALLOC_BYTES, NULL, &va) ||
	    padma_device_open(space, bdf(0), &device) || padma_device_reset(device) ||
	    padma_device_bus_master(device, true))
		return 1;
	if (padma_dma(space, va) == PADMA_DMA_NONE || !give(lines->device[0], device->link.fd))
		return 1;
	return !give(lines->owner[1], -1);
}

static _Noreturn void be_owner(const struct lines *lines, const char *backend)
{
	if (own(lines, backend)) {
		fprintf(stderr, "the owner: %s\n", padma_last_error());
		_exit(1);
	}
	for (;;)
		pause();
}

static pid_t start(const struct lines *lines, const char *backend)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0 && backend)
		be_owner(lines, backend);
	if (pid == 0)
		be_helper(lines);
	return pid;
}

static void open_lines(struct lines *lines)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines->owner), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines->helper), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines->device), 0);
}

/* The descriptor may lie in a socket, too: none is left open but by the helper. */
static void close_lines(struct lines *lines)
{
	for (int i = 0; i < 2; i++) {
		close(lines->owner[i]);
		close(lines->helper[i]);
		close(lines->device[i]);
	}
}

static void expect_nobody_else(const char *backend)
{
	struct padma_space *space = open_space_of(backend);
	struct padma_device *device = NULL;

	expect_error(padma_device_open(space, bdf(0), &device), EBUSY, "somebody else has it open");
	must(padma_space_close(space));
}

static void kill_and_wait(pid_t owner)
{
	int status;

	assert_int_equal(kill(owner, SIGKILL), 0);
	assert_int_equal(waitpid(owner, &status, 0), owner);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Free hugepages after the owner's death, with the helper alive: as many as before its birth, or
 * as few as during its life. */
static void kill_an_owner(const char *backend, bool pinned)
{
	unsigned int before = free_hugepages(), during;
	struct lines lines;
	pid_t helper, owner;
	int status;

	open_lines(&lines);
	helper = start(&lines, NULL);
	owner = start(&lines, backend);
	assert_int_equal(take(lines.owner[0]), -1);
	assert_int_equal(take(lines.helper[0]), -1);
	during = free_hugepages();
	assert_true(during + HUGEPAGES <= before);
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);

	kill_and_wait(owner);
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);
	assert_int_equal(free_hugepages(), pinned ? during : before);
	expect_nobody_else("noiommu");
	expect_nobody_else("pagemap");
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);

	assert_true(give(lines.helper[0], -1));
	assert_int_equal(waitpid(helper, &status, 0), helper);
	assert_int_equal(status, 0);
	close_lines(&lines);
	assert_int_equal(command_register(0) & BUS_MASTER, 0);
	assert_int_equal(free_hugepages(), before);
}

static void open_once_more(const char *backend)
{
	struct padma_space *space = open_space_of(backend);
	struct padma_device *device = open_device(space, 0);

	padma_device_close(device);
	must(padma_space_close(space));
}

static void test_pinned_memory_outlives_its_owner(void **state)
{
	(void)state;
	kill_an_owner("noiommu", true);
	open_once_more("noiommu");
}

static void test_memory_that_nothing_pins_does_not(void **state)
{
	(void)state;
	kill_an_owner("pagemap", false);
	open_once_more("pagemap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pinned_memory_outlives_its_owner),
		cmocka_unit_test(test_memory_that_nothing_pins_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
