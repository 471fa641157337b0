// SPDX-License-Identifier: BSD-3-Clause
/*
 * The provider for uio_pci_generic over a fake sysfs. A regular file stands for configuration space
 * and one for each BAR; the node is a terminal, which like UIO's gives counts to who reads it, and
 * is in error once its other end is closed.
 */
#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <padma/device.h>
#include <padma/error.h>
#include <padma/space.h>

#include "device/uio_device.h"
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

static bool claims(const char *name)
{
	(void)name;
	return true;
}

static int open_in_tree(struct padma_space *in, const char *name, struct padma_device **device)
{
	(void)in;
	return uio_open_function(tree.root, tree.root, name, device);
}

static const struct device_provider provider = {.claims = claims, .open = open_in_tree};

const struct device_provider *const device_providers[] = {&provider, NULL};

static void touch(const char *file, size_t bytes, unsigned char fill)
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
static uint8_t peek(const char *file, off_t at)
{
	int fd = open(tree_path(&tree, file), O_RDONLY);
	uint8_t byte = 0;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	close(fd);
	return byte;
}

static void poke(const char *file, off_t at, const void *bytes, size_t count)
{
	int fd = open(tree_path(&tree, file), O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, count, at), count);
	close(fd);
}

static void poke_byte(off_t at, uint8_t byte)
{
	poke(FUNCTION "/config", at, &byte, 1);
}

static int setup(void **state)
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
	poke_byte(UIO_COMMAND, MASTER | 0x01); /* somebody left it on */
	touch(FUNCTION "/resource0", 8192, 0);
	touch(FUNCTION "/resource3", 4096, 0);
	tree_file(&tree, FUNCTION "/reset", "");
	tree_directory(&tree, FUNCTION "/uio/uio5");
	count_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(count_fd >= 0 && grantpt(count_fd) == 0 && unlockpt(count_fd) == 0);
	assert_int_equal(tcgetattr(count_fd, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(count_fd, TCSANOW, &raw), 0);
	tree_link(&tree, "uio5", ptsname(count_fd));
	no_line = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (count_fd >= 0)
		close(count_fd);
	tree_remove(&tree);
	return 0;
}

static struct padma_device *open_device(void)
{
	struct padma_device *device = NULL;

	if (padma_device_open(space, ADDRESS, &device))
		fail_msg("%s", padma_last_error());
	return device;
}

static void expect_refusal(int error, const char *words)
{
	struct padma_device *device = NULL;

	assert_int_equal(padma_device_open(space, ADDRESS, &device), -error);
	if (!strstr(padma_last_error(), words))
		fail_msg("'%s' is not in: %s", words, padma_last_error());
	assert_null(device);
}

static void remove_path(const char *path)
{
	assert_int_equal(remove(tree_path(&tree, path)), 0);
}

static void test_whose_it_is(void **state)
{
	struct uio_function function;

	(void)state;
	assert_true(uio_has(tree.root, ADDRESS));
	assert_false(uio_has(tree.root, "0000:00:05.0"));
	assert_int_equal(uio_find(tree.root, ADDRESS, &function), 0);
	assert_string_equal(function.node, "uio5");
	assert_int_equal(function.bars[0].bytes, 8192);
	assert_int_equal(function.bars[2].bytes, 0);
	assert_int_equal(function.bars[3].start, 0xfe002100);
	/* A group that VFIO left for show says nothing; any other is an IOMMU's. */
	tree_file(&tree, FUNCTION "/iommu_group/name", "vfio-noiommu\n");
	assert_int_equal(uio_find(tree.root, ADDRESS, &function), 0);
	tree_file(&tree, FUNCTION "/iommu_group/name", "\n");
	expect_refusal(EINVAL, "is behind an IOMMU");
	remove_path(FUNCTION "/driver");
	assert_false(uio_has(tree.root, ADDRESS));
	tree_link(&tree, FUNCTION "/driver", "../../drivers/vfio-pci");
	assert_false(uio_has(tree.root, ADDRESS));
}

static void test_what_is_missing(void **state)
{
	(void)state;
	remove_path("uio5");
	expect_refusal(ENOENT, "/dev must be a devtmpfs");
	remove_path(FUNCTION "/resource3");
	tree_link(&tree, "uio5", ptsname(count_fd));
	expect_refusal(ENOENT, "BAR 3 cannot be mapped");
	touch(FUNCTION "/resource3", 4096, 0);
	/* pci_read_config() without the capability. */
	assert_int_equal(truncate(tree_path(&tree, FUNCTION "/config"), 64), 0);
	expect_refusal(EPROTO, "makes no sense");
	touch(FUNCTION "/config", 4096, 0xff);
	expect_refusal(ENODEV, "does not answer on the bus");
	tree_file(&tree, FUNCTION "/resource", "0x1 0x2\n");
	expect_refusal(EPROTO, "'resource' in sysfs makes no sense");
	remove_path(FUNCTION "/uio/uio5");
	expect_refusal(ENODEV, "offers no UIO device");
}

static void test_opened_quiet(void **state)
{
	struct padma_device *device = open_device();

	(void)state;
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND), MEMORY | 0x01);
	assert_int_equal(peek(FUNCTION "/config", COMMAND_2), INTX_DISABLED);
	assert_int_equal(padma_device_bus_master(device, true), 0);
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND), MASTER | MEMORY | 0x01);
	padma_device_close(device);
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND), MEMORY | 0x01);
}

static void test_one_owner(void **state)
{
	struct padma_device *device = open_device();

	(void)state;
	/* The node is not even looked at: its close would turn the owner's bus mastering off. */
	assert_int_equal(padma_device_bus_master(device, true), 0);
	remove_path("uio5");
	expect_refusal(EBUSY, "somebody else has it open");
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND), MASTER | MEMORY | 0x01);
	padma_device_close(device);
	tree_link(&tree, "uio5", ptsname(count_fd));
	padma_device_close(open_device());
}

static void test_registers(void **state)
{
	struct padma_device *device;
	const struct padma_bar *bar, *small;

	(void)state;
	poke(FUNCTION "/resource0", 8184, "\1\2\3\4\5\6\7\10", 8);
	poke(FUNCTION "/resource3", 0x104, "\xaa\xbb\xcc\xdd", 4);
	device = open_device();
	bar = padma_device_bar(device, 0);
	small = padma_device_bar(device, 3);
	assert_null(padma_device_bar(device, 1));
	assert_null(padma_device_bar(device, 2)); /* I/O ports */
	assert_int_equal(bar->bytes, 8192);
	assert_int_equal(padma_read32(bar, 8184), 0x04030201);
	assert_int_equal(padma_read64(bar, 8184), 0x0807060504030201);
	for (unsigned int width = 1; width <= 8; width *= 2) {
		const uint64_t ones = width == 8 ? UINT64_MAX : (1ull << 8 * width) - 1;

		assert_int_equal(padma_bar_trapped_read(bar, 8184, width),
				 0x0807060504030201 & ones);
		padma_bar_trapped_write(bar, 16, 0x1122334455667788, width);
		assert_int_equal(padma_bar_trapped_read(bar, 16, width), 0x1122334455667788 & ones);
	}
	assert_int_equal(padma_read32(bar, 8192), UINT32_MAX);
	padma_write32(bar, 0, 0x12345678);
	assert_int_equal(peek(FUNCTION "/resource0", 0), 0x78);
	assert_int_equal(small->bytes, 128);
	assert_int_equal(padma_read32(small, 4), 0xddccbbaa);
	padma_device_close(device);
}

static void test_configuration_space(void **state)
{
	struct padma_device *device = open_device();
	uint8_t bytes[12] = {0};

	(void)state;
	poke(FUNCTION "/config", 0, "\x36\x1b\x10\x00", 4);
	assert_int_equal(padma_device_config_read(device, 0, bytes, 4), 0);
	assert_memory_equal(bytes, "\x36\x1b\x10\x00", 4);
	assert_int_equal(padma_device_config_read(device, 4093, bytes, 4), -EINVAL);
	/* A write of any span leaves Interrupt Disable as it is, set or clear. */
	for (int set = 0; set < 2; set++) {
		for (unsigned int at = 0; at <= COMMAND_2; at++) {
			const uint8_t wanted = set ? INTX_DISABLED : 0;

			poke_byte(COMMAND_2, wanted);
			memset(bytes, set ? 0x01 : 0x05, sizeof(bytes));
			assert_int_equal(padma_device_config_write(device, at, bytes, 12 - at), 0);
			assert_int_equal(peek(FUNCTION "/config", COMMAND_2), wanted | 0x01);
			assert_int_equal(peek(FUNCTION "/config", at == 5 ? 6 : at), bytes[0]);
			assert_int_equal(peek(FUNCTION "/config", 11), bytes[0]);
		}
	}
	assert_int_equal(padma_device_bus_master(device, false), 0);
	touch(FUNCTION "/config", 4096, 0xff);
	padma_device_close(device);
}

/* The slot is empty: all of configuration space is ones. */
static void test_pulled_out(void **state)
{
	struct padma_device *device = open_device();
	uint8_t bytes[4096];

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	/* All ones in a register are a value. */
	poke(FUNCTION "/config", 0x40, bytes, 4);
	assert_int_equal(padma_device_config_read(device, 0x40, bytes, 4), 0);
	memset(bytes, 0xff, sizeof(bytes));
	poke(FUNCTION "/config", 0, bytes, sizeof(bytes));
	assert_int_equal(padma_device_check(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_config_read(device, 0x40, bytes, 4), -ENODEV);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_config_write(device, 0x40, bytes, 4), -ENODEV);
	assert_int_equal(padma_device_reset(device), -ENODEV);
	assert_int_equal(padma_device_irq_enable(device, NULL, 0), -ENODEV);
	assert_int_equal(padma_device_irq_unmask(device), -ENODEV);
	padma_device_close(device);
}

/* A BAR whose file has lost its memory, as one of sysfs does with its function. */
static void test_sigbus(void **state)
{
	struct padma_device *device = open_device();
	const struct padma_bar *bar = padma_device_bar(device, 0);

	(void)state;
	assert_int_equal(padma_device_catch_sigbus(), 0);
	padma_write32(bar, 4096, 5);
	assert_int_equal(truncate(tree_path(&tree, FUNCTION "/resource0"), 0), 0);
	assert_int_equal(padma_read32(bar, 4096), UINT32_MAX);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_read32(bar, 0), UINT32_MAX);
	padma_device_close(device);
}

/* uio_pci_generic's handler masks, then UIO counts. */
static void interrupt(int32_t count)
{
	poke_byte(COMMAND_2, INTX_DISABLED);
	assert_int_equal(write(count_fd, &count, sizeof(count)), sizeof(count));
}

static bool masked(void)
{
	return peek(FUNCTION "/config", COMMAND_2) & INTX_DISABLED;
}

static void expect_event(int fd)
{
	struct pollfd told = {.fd = fd, .events = POLLIN};
	eventfd_t value;

	assert_int_equal(poll(&told, 1, ARRIVES_MS), 1);
	assert_int_equal(eventfd_read(fd, &value), 0);
	assert_int_equal(value, 1);
}

/* Until the provider's thread has taken what was counted. */
static void wait_until_read(void)
{
	int fd = open(tree_path(&tree, "uio5"), O_RDONLY | O_NOCTTY | O_NONBLOCK);
	int left = 1;

	assert_true(fd >= 0);
	while (left) {
		struct pollfd pending = {.fd = fd, .events = POLLIN};

		left = __real_poll(&pending, 1, 0);
		if (left)
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	close(fd);
}

static void test_interrupts(void **state)
{
	struct padma_device *device = open_device();
	int fd = eventfd(0, EFD_NONBLOCK), none = -1;
	eventfd_t value;

	(void)state;
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_INTX);
	assert_int_equal(padma_device_irq_count(device), 1);
	assert_int_equal(padma_device_irq_use(device, PADMA_IRQ_MSIX), -ENOTSUP);
	/* Off: masked, nobody is told, and an unmask does nothing. */
	interrupt(1);
	wait_until_read();
	assert_int_equal(padma_device_irq_unmask(device), 0);
	assert_true(masked());
	assert_int_equal(padma_device_irq_enable(device, &fd, 1), 0);
	assert_false(masked());
	assert_int_equal(eventfd_read(fd, &value), -1);
	for (int i = 2; i < 5; i++) {
		interrupt(i);
		expect_event(fd);
		assert_true(masked());
		assert_int_equal(padma_device_irq_unmask(device), 0);
		assert_false(masked());
	}
	/* Another eventfd in its place, none, and off. */
	assert_int_equal(padma_device_irq_enable(device, &none, 1), 0);
	assert_true(masked());
	assert_int_equal(padma_device_irq_enable(device, &fd, 1), 0);
	assert_int_equal(padma_device_irq_enable(device, NULL, 0), 0);
	assert_true(masked());
	interrupt(9);
	wait_until_read();
	assert_int_equal(eventfd_read(fd, &value), -1);
	padma_device_close(device);
	close(fd);
}

static void test_without_a_line(void **state)
{
	struct padma_device *device;

	(void)state;
	no_line = true;
	device = open_device();
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_NONE);
	assert_int_equal(padma_device_irq_count(device), 0);
	assert_int_equal(padma_device_irq_enable(device, NULL, 0), 0);
	assert_int_equal(padma_device_irq_unmask(device), 0);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	padma_device_close(device);
}

/* The node tells nothing then. */
static void test_taken_away_without_a_line(void **state)
{
	struct padma_device *device;
	struct pollfd told = {.events = POLLIN};

	(void)state;
	no_line = true;
	device = open_device();
	told.fd = padma_device_removal_fd(device);
	remove_path(FUNCTION "/uio/uio5");
	assert_int_equal(poll(&told, 1, ARRIVES_MS), 1);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	padma_device_close(device);
}

/* The kernel tells first and turns bus mastering off then; memory must not go back in between. */
static void test_taken_away_amid_dma(void **state)
{
	struct padma_device *device = open_device();
	struct pollfd told = {.fd = padma_device_removal_fd(device), .events = POLLIN};

	(void)state;
	assert_int_equal(padma_device_bus_master(device, true), 0);
	remove_path(FUNCTION "/driver");
	close(count_fd);
	count_fd = -1;
	assert_int_equal(poll(&told, 1, 100), 0);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	poke_byte(UIO_COMMAND, MEMORY);
	assert_int_equal(poll(&told, 1, ARRIVES_MS), 1);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	padma_device_close(device);
}

static void test_reset(void **state)
{
	struct padma_device *device = open_device();
	int fd = eventfd(0, EFD_NONBLOCK);

	(void)state;
	assert_int_equal(padma_device_irq_enable(device, &fd, 1), 0);
	assert_int_equal(padma_device_bus_master(device, true), 0);
	assert_int_equal(padma_device_reset(device), 0);
	assert_int_equal(peek(FUNCTION "/reset", 0), '1');
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND) & (MASTER | MEMORY), MEMORY);
	assert_true(masked());
	assert_int_equal(padma_device_irq_restore(device), 0);
	assert_false(masked());
	interrupt(1);
	expect_event(fd);
	remove_path(FUNCTION "/reset");
	assert_int_equal(padma_device_reset(device), -ENOTSUP);
	assert_non_null(strstr(padma_last_error(), "the kernel knows no way to"));
	padma_device_close(device);
	close(fd);
}

/* Somebody unbinds it: it is not ours any more, and another driver's soon. */
static void test_taken_away(void **state)
{
	struct padma_device *device = open_device();
	struct pollfd told = {.fd = padma_device_removal_fd(device), .events = POLLIN};
	const struct padma_bar *bar = padma_device_bar(device, 0);
	int fd = eventfd(0, EFD_NONBLOCK);

	(void)state;
	assert_int_equal(padma_device_irq_enable(device, &fd, 1), 0);
	assert_int_equal(padma_device_bus_master(device, true), 0);
	padma_write32(bar, 0, 0x12345678);
	close(count_fd);
	count_fd = -1;
	assert_int_equal(poll(&told, 1, ARRIVES_MS), 1);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	/* One BAR after the other. */
	while (padma_read32(padma_device_bar(device, 3), 0) != UINT32_MAX)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	assert_int_equal(padma_read32(bar, 0), UINT32_MAX);
	assert_int_equal(padma_read64(bar, 8184), UINT64_MAX);
	padma_write32(bar, 0, 0);
	assert_int_equal(peek(FUNCTION "/resource0", 0), 0x78);
	padma_device_close(device);
	/* Its Command register was left to whoever has it now. */
	assert_int_equal(peek(FUNCTION "/config", UIO_COMMAND), MASTER | MEMORY | 0x01);
	assert_false(masked());
	close(fd);
}

static int open_space(void **state)
{
	const struct padma_space_params params = {
		.backend = "sim", .window_bytes = 1 << 30, .page_bytes = 4096};

	(void)state;
	return padma_space_open(&params, &space);
}

static int close_space(void **state)
{
	(void)state;
	return padma_space_close(space);
}

int main(void)
{
#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_whose_it_is),	     WITH_TREE(test_what_is_missing),
		WITH_TREE(test_opened_quiet),	     WITH_TREE(test_one_owner),
		WITH_TREE(test_registers),	     WITH_TREE(test_configuration_space),
		WITH_TREE(test_pulled_out),	     WITH_TREE(test_interrupts),
		WITH_TREE(test_without_a_line),	     WITH_TREE(test_reset),
		WITH_TREE(test_taken_away),	     WITH_TREE(test_sigbus),
		WITH_TREE(test_taken_away_amid_dma), WITH_TREE(test_taken_away_without_a_line),
	};

	return cmocka_run_group_tests(tests, open_space, close_space);
}
