// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory of a killed process whose device is still open and may write: a helper holds the device's
 * descriptor and nothing else (no mapping, no file of the memory), and the owner is killed. With
 * iommufd's pins, the hugepages stay in use until the last close, which turns bus mastering off first.
 * With pagemap they are free at once, with bus mastering on: the control that shows that this test can
 * fail, and the reason for that backend's warning.
 */
#include "slot.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "device/provider.h"

#define ALLOC_BYTES ((size_t)8 << 20)
#define HUGEPAGES   4 /* that it takes at least */
#define BUS_MASTER  4
#define TIMEOUT_MS  30000

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

/* One byte, with a descriptor or without (cmsg(3)). False if it could not be sent. */
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

/* Return: the descriptor that was received, -1 if none came with the byte, -2 if nothing came. */
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
	struct pollfd readable = {.fd = socket, .events = POLLIN};
	int fd = -1;

	if (poll(&readable, 1, TIMEOUT_MS) != 1 || recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
		return -2;
	if (CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/*
 * Sockets between the test, the owner and the helper: [0] is one end, [1] the other. Each process
 * keeps only its ends, so that the death of the peer ends a wait at once.
 */
struct lines {
	int owner[2];  /* test and owner */
	int helper[2]; /* test and helper */
	int device[2]; /* owner and helper: the descriptor */
};

/* State of one test; a closed end is -1, and so is a process after waitpid(). */
static struct lines lines = {{-1, -1}, {-1, -1}, {-1, -1}};
static pid_t owner = -1, helper = -1;

static void hang_up(int *end)
{
	if (*end >= 0)
		close(*end);
	*end = -1;
}

static _Noreturn void be_helper(void)
{
	int fd;

	hang_up(&lines.owner[0]);
	hang_up(&lines.owner[1]);
	hang_up(&lines.helper[0]);
	hang_up(&lines.device[0]);
	fd = take(lines.device[1]);
	if (fd >= 0 && give(lines.helper[1], -1) && take(lines.helper[1]) == -1)
		_exit(0); /* the last close */
	_exit(1);
}

static int own(const char *backend)
{
	const struct padma_space_params params = {.backend = backend, .chunk_bytes = 2 << 20};
	struct padma_device *device;
	struct padma_space *space;
	void *va;

	if (padma_space_open(&params, &space) || padma_space_alloc(space, ALLOC_BYTES, NULL, &va) ||
	    padma_device_open(space, bdf(0), &device) || padma_device_reset(device) ||
	    padma_device_bus_master(device, true))
		return 1;
	if (padma_dma(space, va) == PADMA_DMA_NONE || !give(lines.device[0], device->link.fd))
		return 1;
	return !give(lines.owner[1], -1);
}

static _Noreturn void be_owner(const char *backend)
{
	hang_up(&lines.owner[0]);
	hang_up(&lines.helper[0]);
	hang_up(&lines.helper[1]);
	hang_up(&lines.device[1]);
	if (own(backend)) {
		fprintf(stderr, "the owner: %s\n", padma_last_error());
		_exit(1);
	}
	for (;;)
		pause();
}

static void start(const char *backend)
{
	helper = fork();
	assert_true(helper >= 0);
	if (helper == 0)
		be_helper();
	owner = fork();
	assert_true(owner >= 0);
	if (owner == 0)
		be_owner(backend);
	hang_up(&lines.owner[1]);
	hang_up(&lines.helper[1]);
	/* A descriptor may also be queued in a socket: only the helper keeps one open. */
	hang_up(&lines.device[0]);
	hang_up(&lines.device[1]);
}

static int open_lines(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines.owner) ||
	       socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines.helper) ||
	       socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines.device);
}

static void end(pid_t *process)
{
	if (*process > 0) {
		kill(*process, SIGKILL);
		waitpid(*process, NULL, 0);
	}
	*process = -1;
}

/* Also after a failure: a remaining process holds the device and would break the next test. */
static int clean_up(void **state)
{
	(void)state;
	end(&owner);
	end(&helper);
	for (int i = 0; i < 2; i++) {
		hang_up(&lines.owner[i]);
		hang_up(&lines.helper[i]);
		hang_up(&lines.device[i]);
	}
	return 0;
}

static void expect_busy(const char *backend)
{
	struct padma_space *space = open_space_of(backend);
	struct padma_device *device = NULL;

	expect_error(padma_device_open(space, bdf(0), &device), EBUSY, "open");
	must(padma_space_close(space));
}

static void kill_and_wait(void)
{
	int status;

	assert_int_equal(kill(owner, SIGKILL), 0);
	assert_int_equal(waitpid(owner, &status, 0), owner);
	owner = -1;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* The last close. */
static void let_go_and_wait(void)
{
	int status;

	assert_true(give(lines.helper[0], -1));
	assert_int_equal(waitpid(helper, &status, 0), helper);
	helper = -1;
	assert_int_equal(status, 0);
}

/* Free hugepages after the owner's death, with the helper alive: as many as before its start, or as few
 * as while it was running. */
static void kill_an_owner(const char *backend, bool pinned)
{
	unsigned int before = free_hugepages(), during;

	start(backend);
	assert_int_equal(take(lines.owner[0]), -1);
	assert_int_equal(take(lines.helper[0]), -1);
	during = free_hugepages();
	assert_true(during + HUGEPAGES <= before);
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);

	kill_and_wait();
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);
	assert_int_equal(free_hugepages(), pinned ? during : before);
	expect_busy("noiommu");
	expect_busy("pagemap");
	/* The kernel's unbind would wait for the helper, uninterruptibly. */
	assert_int_equal(
		shell(TOOL " devices restore %s 2>&1 | grep -q 'process %d '", bdf(0), (int)helper),
		0);
	assert_int_equal(command_register(0) & BUS_MASTER, BUS_MASTER);

	let_go_and_wait();
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_lines, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(test_pinned_memory_outlives_its_owner),
		TEST(test_memory_that_nothing_pins_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
