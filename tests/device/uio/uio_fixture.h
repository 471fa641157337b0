/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * uio_fixture.h - the provider for uio_pci_generic over a fake sysfs. A regular file stands for
 * configuration space and one for each BAR; the node is a terminal, which like UIO's returns counts to
 * readers, and is in error once its other end is closed. For programs that are linked with
 * --wrap=poll.
 */
#ifndef DEVICE_UIO_UIO_FIXTURE_H
#define DEVICE_UIO_UIO_FIXTURE_H

#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <padma/device.h>
#include <padma/error.h>
#include <padma/space.h>

#include "device/uio/device.h"
#include "tool/tree.h"

#define ADDRESS	      "0000:00:04.0"
#define FUNCTION      "bus/pci/devices/" ADDRESS
#define MASTER	      0x04
#define MEMORY	      0x02
#define COMMAND_2     (UIO_COMMAND + 1)
#define INTX_DISABLED 0x04 /* of the second byte */
#define ARRIVES_MS    60000

/* BAR 0: 64-bit memory; BAR 2: I/O ports; BAR 3: memory that begins and ends inside a page. */
#define RESOURCE                                                                                   \
	"0x00000000fe000000 0x00000000fe001fff 0x0000000000140204\n"                               \
	"0x0000000000000000 0x0000000000000000 0x0000000000000000\n"                               \
	"0x000000000000c000 0x000000000000c01f 0x0000000000040101\n"                               \
	"0x00000000fe002100 0x00000000fe00217f 0x0000000000040200\n"                               \
	"0x0000000000000000 0x0000000000000000 0x0000000000000000\n"                               \
	"0x0000000000000000 0x0000000000000000 0x0000000000000000\n"

static struct tree tree;
static struct padma_space *space;
static bool no_line; /* the function has no interrupt line */
static int count_fd; /* where its interrupts are counted: the terminal's other end */

int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);

/* uio_poll(): always in error without a line. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	if (!no_line || !isatty(fds[count - 1].fd))
		return __real_poll(fds, count, timeout_ms);
	fds[count - 1].revents = POLLERR;
	return 1;
}

static inline bool claims(const char *name)
{
	(void)name;
	return true;
}

static inline int open_in_tree(struct padma_space *in, const char *name,
			       struct padma_device **device)
{
	(void)in;
	return uio_open_function(tree.root, tree.root, name, device);
}

static const struct device_provider provider = {.claims = claims, .open = open_in_tree};

const struct device_provider *const device_providers[] = {&provider, NULL};

static inline void touch(const char *file, size_t bytes, unsigned char fill)
{
	char content[8192];
	FILE *out;

	tree_file(&tree, file, "");
	out = fopen(tree_path(&tree, file), "w");
	assert_non_null(out);
	memset(content, fill, sizeof(content));
	assert_int_equal(fwrite(content, 1, bytes, out), bytes);
	fclose(out);
}

/* A byte of one of the files, past the library. */
static inline uint8_t peek(const char *file, off_t at)
{
	int fd = open(tree_path(&tree, file), O_RDONLY);
	uint8_t byte = 0;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	close(fd);
	return byte;
}

static inline void poke(const char *file, off_t at, const void *bytes, size_t count)
{
	int fd = open(tree_path(&tree, file), O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, count, at), count);
	close(fd);
}

static inline void poke_byte(off_t at, uint8_t byte)
{
	poke(FUNCTION "/config", at, &byte, 1);
}

static inline void write_number(const char *node)
{
	struct stat about;
	char number[32];

	assert_int_equal(stat(node, &about), 0);
	snprintf(number, sizeof(number), "%u:%u\n", major(about.st_rdev), minor(about.st_rdev));
	tree_file(&tree, FUNCTION "/uio/uio5/dev", number);
}

static inline int setup(void **state)
{
	const struct tree_pci nvme = {.address = ADDRESS,
				      .vendor = "0x1b36\n",
				      .device = "0x0010\n",
				      .class_code = "0x010802\n",
				      .resource = RESOURCE,
				      .driver = "uio_pci_generic"};
	struct termios raw;

	(void)state;
	tree_make(&tree);
	tree_pci(&tree, &nvme);
	touch(FUNCTION "/config", 4096, 0);
	poke_byte(UIO_COMMAND, MASTER | 0x01); /* its last user left it on */
	touch(FUNCTION "/resource0", 8192, 0);
	touch(FUNCTION "/resource3", 4096, 0);
	tree_file(&tree, FUNCTION "/reset", "");
	tree_file(&tree, FUNCTION "/reset_method", "flr pm\n");
	tree_directory(&tree, FUNCTION "/uio/uio5");
	count_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(count_fd >= 0 && grantpt(count_fd) == 0 && unlockpt(count_fd) == 0);
	assert_int_equal(tcgetattr(count_fd, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(count_fd, TCSANOW, &raw), 0);
	tree_link(&tree, "uio5", ptsname(count_fd));
	write_number(ptsname(count_fd));
	no_line = false;
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	if (count_fd >= 0)
		close(count_fd);
	tree_remove(&tree);
	return 0;
}

static inline struct padma_device *open_device(void)
{
	struct padma_device *device = NULL;

	if (padma_device_open(space, ADDRESS, &device))
		fail_msg("%s", padma_last_error());
	return device;
}

static inline void master_the_bus(struct padma_device *device)
{
	padma_device_declare_quiesced(device);
	assert_int_equal(padma_device_bus_master(device, true), 0);
}

static inline void expect_refusal(int error, const char *words)
{
	struct padma_device *device = NULL;

	assert_int_equal(padma_device_open(space, ADDRESS, &device), -error);
	if (!strstr(padma_last_error(), words))
		fail_msg("'%s' is not in: %s", words, padma_last_error());
	assert_null(device);
}

static inline void remove_path(const char *path)
{
	assert_int_equal(remove(tree_path(&tree, path)), 0);
}

static inline int open_space(void **state)
{
	const struct padma_space_params params = {
		.backend = "sim", .window_bytes = 1 << 30, .page_bytes = 4096};

	(void)state;
	return padma_space_open(&params, &space);
}

static inline int close_space(void **state)
{
	(void)state;
	return padma_space_close(space);
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
