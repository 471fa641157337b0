// SPDX-License-Identifier: BSD-3-Clause
/*
 * What is the same for every device, over a provider that the test controls: the table of providers
 * is chosen at link time, so this program has its own.
 */
#include "test.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/error.h>
#include <padma/space.h>

#include "device/provider.h"

/* A device of 256 bytes of configuration space and one BAR, half of it mapped. */
struct toy {
	struct padma_device head;
	uint8_t config[256];
	bool stubborn; /* bus mastering does not take */
	bool mute;     /* configuration space cannot be read */
	bool gone;
	enum padma_reset_kind reset_kind;
	uint32_t mapped[4];
	uint64_t trapped;
	int resets;
	int reset_error;
	int irqs[3];
	unsigned int irqs_count;
};

static struct toy *latest;
static bool left_on; /* the next one's bus mastering is on and stays on */
static int closed;
static struct padma_space *shared_space;

static struct toy *toy_of(struct padma_device *device)
{
	return (struct toy *)device;
}

static int toy_config_read(struct padma_device *device, unsigned int offset, void *data,
			   size_t bytes)
{
	struct toy *toy = toy_of(device);

	if (toy->gone)
		device_set_state(device, PADMA_DEVICE_GONE);
	if (toy->gone || toy->mute)
		memset(data, 0xff, bytes);
	else
		memcpy(data, toy->config + offset, bytes);
	return toy->gone ? -ENODEV : toy->mute ? -EIO : 0;
}

static int toy_config_write(struct padma_device *device, unsigned int offset, const void *data,
			    size_t bytes)
{
	struct toy *toy = toy_of(device);

	if (toy->gone)
		return -ENODEV;
	if (!toy->stubborn)
		memcpy(toy->config + offset, data, bytes);
	return 0;
}

static uint64_t toy_bar_read(struct padma_device *device, unsigned int bar, uint64_t offset,
			     unsigned int width)
{
	return toy_of(device)->trapped + bar + offset + width;
}

static void toy_bar_write(struct padma_device *device, unsigned int bar, uint64_t offset,
			  uint64_t value, unsigned int width)
{
	toy_of(device)->trapped = value + bar + offset + width;
}

static int toy_quiesce(struct padma_device *device)
{
	struct toy *toy = toy_of(device);

	if (toy->gone || toy->mute)
		return toy->gone ? -ENODEV : -EIO;
	if (!toy->stubborn)
		toy->config[4] &= (uint8_t)~4;
	return toy->config[4] & 4 ? -EIO : 0;
}

static enum padma_reset_kind toy_reset_kind(const struct padma_device *device)
{
	return ((const struct toy *)device)->reset_kind;
}

static int toy_reset(struct padma_device *device)
{
	struct toy *toy = toy_of(device);

	toy->resets++;
	if (toy->reset_error)
		return toy->reset_error;
	toy->irqs_count = 0;
	toy->config[4] = 0;
	return toy->gone ? -ENODEV : 0;
}

static int toy_irq_enable(struct padma_device *device, const int *fds, unsigned int count)
{
	struct toy *toy = toy_of(device);

	if (toy->gone)
		return -ENODEV;
	if (count)
		memcpy(toy->irqs, fds, count * sizeof(*fds));
	toy->irqs_count = count;
	return 0;
}

static void toy_close(struct padma_device *device)
{
	closed++;
	free(device);
}

static const struct device_ops toy_ops = {
	.config_read = toy_config_read,
	.config_write = toy_config_write,
	.bar_read = toy_bar_read,
	.bar_write = toy_bar_write,
	.quiesce = toy_quiesce,
	.reset_kind = toy_reset_kind,
	.reset = toy_reset,
	.irq_enable = toy_irq_enable,
	.close = toy_close,
};

static bool toy_claims(const char *name)
{
	return strncmp(name, "toy:", 4) == 0;
}

static int toy_open(struct padma_space *space, const char *name, struct padma_device **device)
{
	struct toy *toy = calloc(1, sizeof(*toy));

	(void)space;
	(void)name;
	assert_non_null(toy);
	toy->head.ops = &toy_ops;
	toy->head.removal_fd = -1;
	toy->head.config_bytes = sizeof(toy->config);
	toy->reset_kind = PADMA_RESET_FLR;
	toy->config[4] = left_on ? 4 : 0;
	toy->stubborn = left_on;
	toy->head.irq_counts[PADMA_IRQ_MSI] = 3;
	toy->head.bars[2].bytes = 64;
	toy->head.bars[2].first.start = 16;
	toy->head.bars[2].first.end = 32;
	toy->head.bars[2].first.at = (volatile unsigned char *)toy->mapped;
	*device = &toy->head;
	latest = toy;
	return 0;
}

static int toy_kind(const char *name, enum space_device_kind *kind)
{
	(void)name;
	*kind = SPACE_DEVICE_SIMULATED;
	return 0;
}

static const struct device_provider toy_provider = {
	.form = "toy:NAME",
	.claims = toy_claims,
	.kind = toy_kind,
	.open = toy_open,
};

const struct device_provider *const device_providers[] = {&toy_provider, NULL};

static int open_space(void **state)
{
	struct padma_space_params params = {
		.backend = "sim", .window_bytes = 1 << 30, .page_bytes = 4096};

	(void)state;
	return padma_space_open(&params, &shared_space);
}

static int close_space(void **state)
{
	(void)state;
	return padma_space_close(shared_space);
}

static struct padma_device *open_toy(void)
{
	struct padma_device *device = NULL;

	assert_int_equal(padma_device_open(shared_space, "toy:one", &device), 0);
	return device;
}

static unsigned int attached(void)
{
	struct padma_space_info info;

	padma_space_info(shared_space, &info);
	return info.devices;
}

static void test_names(void **state)
{
	struct padma_device *device = NULL;

	(void)state;
	assert_int_equal(padma_device_open(shared_space, "0000:00:04.0", &device), -ENODEV);
	assert_non_null(strstr(padma_last_error(), "0000:00:04.0"));
	assert_non_null(strstr(padma_last_error(), "toy:NAME"));
	assert_int_equal(padma_device_open(NULL, "toy:one", &device), -EINVAL);
	assert_int_equal(padma_device_open(shared_space, NULL, &device), -EINVAL);
	assert_int_equal(padma_device_open(shared_space, "toy:one", NULL), -EINVAL);
	assert_null(device);
	device = open_toy();
	assert_string_equal(padma_device_name(device), "toy:one");
	assert_ptr_equal(padma_device_space(device), shared_space);
	assert_int_equal(attached(), 1);
	closed = 0;
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(closed, 1);
	assert_int_equal(attached(), 0);
	padma_device_close(NULL);
}

static void test_config_space_has_an_end(void **state)
{
	struct padma_device *device = open_toy();
	uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8}, back[8];

	(void)state;
	assert_int_equal(padma_device_config_write(device, 248, bytes, 8), 0);
	assert_int_equal(padma_device_config_read(device, 248, back, 8), 0);
	assert_memory_equal(bytes, back, 8);
	assert_int_equal(padma_device_config_read(device, 249, back, 8), -EINVAL);
	assert_int_equal(padma_device_config_read(device, UINT32_MAX, back, 8), -EINVAL);
	assert_int_equal(padma_device_config_read(device, 8, back, SIZE_MAX), -EINVAL);
	assert_int_equal(padma_device_config_write(device, 256, bytes, 1), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "256"));
	assert_int_equal(padma_device_close(device), 0);
}

/* A device that may master the bus, and does. */
static struct padma_device *open_master(void)
{
	struct padma_device *device = open_toy();

	assert_int_equal(padma_device_reset(device), 0);
	assert_int_equal(padma_device_bus_master(device, true), 0);
	return device;
}

static void test_bus_mastering_is_read_back(void **state)
{
	struct padma_device *device = open_toy();
	struct toy *toy = latest;

	(void)state;
	toy->config[4] = 0x03;
	padma_device_declare_quiesced(device);
	assert_int_equal(padma_device_bus_master(device, true), 0);
	assert_int_equal(toy->config[4], 0x07);
	assert_int_equal(padma_space_trim(shared_space), -EBUSY);
	assert_int_equal(padma_device_bus_master(device, true), 0); /* counted once */
	assert_int_equal(padma_device_bus_master(device, false), 0);
	assert_int_equal(toy->config[4], 0x03);
	assert_int_equal(padma_space_trim(shared_space), 0);
	padma_device_declare_quiesced(device);
	toy->stubborn = true;
	assert_int_equal(padma_device_bus_master(device, true), -EIO);
	assert_non_null(strstr(padma_last_error(), "bus mastering"));
	assert_int_equal(padma_space_trim(shared_space), 0);
	toy->stubborn = false;
	assert_int_equal(padma_device_bus_master(device, true), 0);
	toy->stubborn = true;
	assert_int_equal(padma_device_bus_master(device, false), -EIO);
	assert_non_null(strstr(padma_last_error(), "bus mastering"));
	/* It may still write: its memory stays. */
	assert_int_equal(padma_space_trim(shared_space), -EBUSY);
	toy->stubborn = false;
	assert_int_equal(padma_device_reset(device), 0);
	assert_int_equal(padma_space_trim(shared_space), 0);
	assert_int_equal(padma_device_close(device), 0);
}

static uint8_t command_of(const struct toy *toy)
{
	return toy->config[4];
}

/* What allows bus mastering: an effective reset, or the driver's declaration; and only once. */
static void test_quiet_before_bus_mastering(void **state)
{
	static const bool promises[] = {
		[PADMA_RESET_PM] = false, [PADMA_RESET_BUS] = true, [PADMA_RESET_FLR] = true};
	struct padma_device *device = open_toy();
	uint8_t on = 4;

	(void)state;
	for (int kind = PADMA_RESET_PM; kind <= PADMA_RESET_FLR; kind++) {
		latest->reset_kind = (enum padma_reset_kind)kind;
		assert_int_equal(padma_device_reset_kind(device), kind);
		assert_int_equal(padma_device_bus_master(device, true), -EPERM);
		assert_int_equal(padma_device_config_write(device, 4, &on, 1), -EPERM);
		assert_non_null(strstr(padma_last_error(), "declare_quiesced"));
		assert_int_equal(command_of(latest), 0);
		assert_int_equal(padma_device_reset(device), 0);
		assert_int_equal(padma_device_bus_master(device, true),
				 promises[kind] ? 0 : -EPERM);
		assert_int_equal(command_of(latest), promises[kind] ? 4 : 0);
		if (kind == PADMA_RESET_PM) {
			padma_device_declare_quiesced(device);
			assert_int_equal(padma_device_config_write(device, 4, &on, 1), 0);
			assert_int_equal(command_of(latest), 4);
		}
		/* Once it is off, by any call, the device is not known to be quiet any more. */
		assert_int_equal(kind == PADMA_RESET_BUS ? padma_device_quiesce(device)
							 : padma_device_bus_master(device, false),
				 0);
	}
	/* A reset that failed does not count. */
	latest->reset_error = -ETIMEDOUT;
	assert_int_equal(padma_device_reset(device), -ETIMEDOUT);
	assert_int_equal(padma_device_bus_master(device, true), -EPERM);
	latest->reset_kind = PADMA_RESET_NONE;
	assert_int_equal(padma_device_reset(device), -ENOTSUP);
	assert_int_equal(padma_space_trim(shared_space), 0);
	assert_int_equal(padma_device_close(device), 0);
}

static void test_closing_quiets_the_device(void **state)
{
	struct padma_device *device = open_master();

	(void)state;
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_trim(shared_space), 0);
	device = open_master();
	latest->gone = true;
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_trim(shared_space), 0);
}

/* A device that cannot be quiesced stays open and keeps its memory, until it can. */
static void test_closing_a_stubborn_device(void **state)
{
	struct padma_device *device = open_master();
	struct toy *toy = latest;
	void *va;

	(void)state;
	assert_int_equal(padma_space_alloc(shared_space, 4096, NULL, &va), 0);
	assert_int_equal(padma_space_free(shared_space, va), 0);
	closed = 0;
	toy->stubborn = true;
	assert_int_equal(padma_device_close(device), -EBUSY);
	toy->mute = true;
	assert_int_equal(padma_device_close(device), -EBUSY);
	assert_int_equal(closed, 0);
	assert_int_equal(attached(), 1);
	assert_int_equal(padma_space_trim(shared_space), -EBUSY);
	toy->mute = toy->stubborn = false;
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(closed, 1);
	assert_true(padma_space_trim(shared_space) > 0);
}

/* "Off afterwards" holds of every device that was opened. */
static void test_opening_a_stubborn_device(void **state)
{
	struct padma_device *device = NULL;

	(void)state;
	closed = 0;
	left_on = true;
	assert_int_equal(padma_device_open(shared_space, "toy:one", &device), -EIO);
	left_on = false;
	assert_int_equal(closed, 1);
	assert_int_equal(attached(), 0);
}

/* The Command register may be written as any other part of configuration space. */
static void test_bus_mastering_by_a_plain_write(void **state)
{
	struct padma_device *device = open_toy();
	uint8_t header[8] = {[4] = 0x04}, command = 0;

	(void)state;
	assert_int_equal(padma_device_config_write(device, 0, header, 8), -EPERM);
	padma_device_declare_quiesced(device);
	assert_int_equal(padma_device_config_write(device, 0, header, 8), 0);
	assert_int_equal(padma_space_trim(shared_space), -EBUSY);
	assert_int_equal(padma_device_config_write(device, 5, &command, 1), 0);
	assert_int_equal(padma_space_trim(shared_space), -EBUSY);
	assert_int_equal(padma_device_config_write(device, 4, &command, 1), 0);
	assert_int_equal(padma_space_trim(shared_space), 0);
	assert_int_equal(padma_device_close(device), 0);
}

/* Registers that do not respond prove nothing: only off the bus, or read back off, is gone. */
static void test_unresponsive(void **state)
{
	struct padma_device *device = open_master();
	struct toy *toy = latest;
	struct pollfd fd = {.fd = padma_device_removal_fd(device), .events = POLLIN};

	(void)state;
	assert_int_equal(padma_device_check(device), PADMA_DEVICE_OK);
	toy->stubborn = true;
	assert_int_equal(padma_device_unresponsive(device), PADMA_DEVICE_FAILED);
	assert_int_equal(poll(&fd, 1, 0), 1);
	assert_int_equal(padma_device_check(device), PADMA_DEVICE_FAILED);
	assert_int_equal(padma_device_quiesce(device), -EIO);
	assert_int_equal(padma_space_trim(shared_space), -EBUSY);
	toy->mute = true;
	assert_int_equal(padma_device_unresponsive(device), PADMA_DEVICE_FAILED);
	toy->mute = toy->stubborn = false;
	/* Nothing turns it on any more. */
	assert_int_equal(padma_device_reset(device), 0);
	assert_int_equal(padma_device_bus_master(device, true), -EIO);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_FAILED);
	assert_int_equal(padma_device_unresponsive(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_bus_master(device, true), -ENODEV);
	assert_int_equal(padma_space_trim(shared_space), 0);
	assert_int_equal(padma_device_close(device), 0);
	/* At once, if it can be quiesced, or is off the bus. */
	for (int gone = 0; gone < 2; gone++) {
		device = open_master();
		latest->gone = gone;
		assert_int_equal(padma_device_unresponsive(device), PADMA_DEVICE_GONE);
		assert_int_equal(padma_space_trim(shared_space), 0);
		assert_int_equal(padma_device_close(device), 0);
	}
	device = open_master();
	latest->gone = true;
	assert_int_equal(padma_device_check(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_space_trim(shared_space), 0);
	assert_int_equal(padma_device_quiesce(device), 0);
	assert_int_equal(padma_device_close(device), 0);
}

/*
 * Other threads turn bus mastering off, and in the end find the device gone, while its owner turns it on
 * again and again. Once it is gone it is off and stays off, and nothing is counted as a master.
 */
#define ROUNDS 3000

static void *quiesce_on(void *ctx)
{
	for (int i = 0; i < ROUNDS; i++)
		(void)padma_device_quiesce(ctx);
	return (void *)(intptr_t)(padma_device_unresponsive(ctx) != PADMA_DEVICE_GONE);
}

static void test_quiesced_beside_its_owner(void **state)
{
	struct padma_device *device = open_toy();
	uint8_t on = 4;
	pthread_t others[2];
	unsigned int strange = 0;
	int rc = 0;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&others[i], NULL, quiesce_on, device), 0);
	for (int i = 0; rc != -ENODEV; i++) {
		padma_device_declare_quiesced(device);
		rc = i % 2 ? padma_device_bus_master(device, true)
			   : padma_device_config_write(device, 4, &on, 1);
		/* Refused again, on for a moment, or off by the time it was read back. */
		strange += rc && rc != -EPERM && rc != -EIO && rc != -ENODEV;
	}
	for (int i = 0; i < 2; i++) {
		void *result = NULL;

		assert_int_equal(pthread_join(others[i], &result), 0);
		assert_null(result);
	}
	assert_int_equal(strange, 0);
	assert_int_equal(command_of(latest) & 4, 0);
	assert_int_equal(padma_space_trim(shared_space), 0);
	assert_int_equal(padma_device_close(device), 0);
	assert_int_equal(padma_space_trim(shared_space), 0);
}

static void test_a_device_that_is_gone(void **state)
{
	struct padma_device *device = open_toy();
	uint8_t byte;
	int fd = 1;

	(void)state;
	latest->gone = true;
	assert_int_equal(padma_device_config_read(device, 0, &byte, 1), -ENODEV);
	assert_int_equal(padma_device_config_write(device, 0, &byte, 1), -ENODEV);
	assert_int_equal(padma_device_bus_master(device, true), -ENODEV);
	assert_int_equal(padma_device_reset(device), -ENODEV);
	assert_int_equal(padma_device_irq_enable(device, &fd, 1), -ENODEV);
	assert_non_null(strstr(padma_last_error(), "gone"));
	assert_int_equal(padma_device_close(device), 0);
}

static void test_states_only_grow(void **state)
{
	struct padma_device *device = open_toy();
	struct pollfd fd = {.fd = padma_device_removal_fd(device), .events = POLLIN};

	(void)state;
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	assert_int_equal(poll(&fd, 1, 0), 0);
	device_set_state(device, PADMA_DEVICE_REMOVAL_REQUESTED);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_REMOVAL_REQUESTED);
	assert_int_equal(poll(&fd, 1, 0), 1);
	device_set_state(device, PADMA_DEVICE_GONE);
	device_set_state(device, PADMA_DEVICE_OK);
	device_set_state(device, PADMA_DEVICE_REMOVAL_REQUESTED);
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_close(device), 0);
}

static void test_registers(void **state)
{
	struct padma_device *device = open_toy();
	const struct padma_bar *bar = padma_device_bar(device, 2);

	(void)state;
	assert_null(padma_device_bar(device, 0));
	assert_null(padma_device_bar(device, 6));
	assert_non_null(bar);
	padma_bar_write32(bar, 16, 0x11223344);
	padma_bar_write64(bar, 24, 0x5566778899aabbccull);
	assert_int_equal(latest->mapped[0], 0x11223344);
	assert_int_equal(padma_bar_read32(bar, 16), 0x11223344);
	assert_int_equal(padma_bar_read64(bar, 24), 0x5566778899aabbccull);
	assert_int_equal(latest->trapped, 0);
	/* Beside the mapped part, and across its ends: the accessors. */
	assert_null(padma_bar_direct(bar, 12, 8));
	assert_null(padma_bar_direct(bar, 28, 8));
	assert_null(padma_bar_direct(bar, UINT64_MAX - 3, 8));
	padma_bar_write32(bar, 8, 1000);
	assert_int_equal(latest->trapped, 1000 + 2 + 8 + 4);
	assert_int_equal(padma_bar_read64(bar, 32), 1014 + 2 + 32 + 8);
	/* Past the end nothing responds. */
	assert_int_equal(padma_bar_read32(bar, 64), UINT32_MAX);
	assert_int_equal(padma_bar_read64(bar, 60), UINT64_MAX);
	latest->trapped = 7;
	padma_bar_write32(bar, 62, 1);
	assert_int_equal(latest->trapped, 7);
	assert_int_equal(padma_device_close(device), 0);
}

/* Whether a descriptor of the device's is the eventfd that @fd is. */
static bool is_same_eventfd(int mine, int fd)
{
	eventfd_t value;

	return mine != fd && eventfd_write(mine, 1) == 0 && eventfd_read(fd, &value) == 0;
}

static void test_interrupts_come_back_after_a_reset(void **state)
{
	struct padma_device *device = open_toy();
	struct toy *toy = latest;
	int fd = eventfd(0, EFD_NONBLOCK), other = eventfd(0, EFD_NONBLOCK);
	int fds[2] = {fd, -1}, others[1] = {other};

	(void)state;
	assert_int_equal(padma_device_irq_restore(device), 0);
	assert_int_equal(toy->irqs_count, 0);
	assert_int_equal(padma_device_irq_enable(device, others, 1), 0);
	assert_true(is_same_eventfd(toy->irqs[0], other));
	assert_int_equal(padma_device_irq_enable(device, fds, 2), 0);
	assert_int_equal(padma_device_reset(device), 0);
	assert_int_equal(toy->irqs_count, 0);
	assert_int_equal(padma_device_irq_restore(device), 0);
	assert_int_equal(toy->irqs_count, 2);
	assert_int_equal(toy->irqs[1], -1);
	assert_true(is_same_eventfd(toy->irqs[0], fd));
	/* What was refused is not what was set. */
	toy->gone = true;
	assert_int_equal(padma_device_irq_enable(device, others, 1), -ENODEV);
	assert_int_equal(padma_device_irq_restore(device), -ENODEV);
	toy->gone = false;
	assert_int_equal(padma_device_irq_restore(device), 0);
	assert_true(is_same_eventfd(toy->irqs[0], fd));
	/* The program may close its own: whatever has that number next is left alone. */
	close(fd);
	assert_int_equal(padma_device_reset(device), 0);
	assert_int_equal(padma_device_irq_restore(device), 0);
	assert_true(toy->irqs[0] != fd && eventfd_write(toy->irqs[0], 1) == 0);
	assert_int_equal(padma_device_irq_enable(device, fds, 1), -ENOMEM);
	assert_int_equal(padma_device_irq_enable(device, NULL, 1), -EINVAL);
	/* Off is off. */
	assert_int_equal(padma_device_irq_enable(device, NULL, 0), 0);
	assert_int_equal(padma_device_irq_restore(device), 0);
	assert_int_equal(toy->irqs_count, 0);
	assert_int_equal(padma_device_close(device), 0);
	close(other);
}

static void test_interrupts_are_counted(void **state)
{
	struct padma_device *device = open_toy();
	int fds[4] = {-1, -1, -1, -1};

	(void)state;
	assert_int_equal(padma_device_irq_count(device), 3);
	assert_int_equal(padma_device_irq_enable(device, fds, 3), 0);
	assert_int_equal(padma_device_irq_enable(device, fds, 4), -EINVAL);
	assert_int_equal(padma_device_irq_enable(device, NULL, 0), 0);
	assert_int_equal(padma_device_close(device), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_config_space_has_an_end),
		cmocka_unit_test(test_bus_mastering_is_read_back),
		cmocka_unit_test(test_closing_quiets_the_device),
		cmocka_unit_test(test_closing_a_stubborn_device),
		cmocka_unit_test(test_opening_a_stubborn_device),
		cmocka_unit_test(test_quiet_before_bus_mastering),
		cmocka_unit_test(test_unresponsive),
		cmocka_unit_test(test_quiesced_beside_its_owner),
		cmocka_unit_test(test_bus_mastering_by_a_plain_write),
		cmocka_unit_test(test_a_device_that_is_gone),
		cmocka_unit_test(test_states_only_grow),
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_interrupts_are_counted),
		cmocka_unit_test(test_interrupts_come_back_after_a_reset),
	};

	return cmocka_run_group_tests(tests, open_space, close_space);
}
