// SPDX-License-Identifier: BSD-3-Clause
/*
 * Removal of devices during I/O, requested and by surprise. The first drive is in a slot; the second one
 * stays and does verified I/O throughout.
 */
#include "slot.h"
#include "traffic.h"

#include <poll.h>

#define ROUNDS	    12u
#define LONG_ENOUGH 30.0 /* s; what takes longer hangs */
#define SLOT	    "/sys/bus/pci/devices/0000:01:00.0"

#define REG_CAP	    0x00
#define REG_VS	    0x08
#define DOORBELLS   0x1000

static struct padma_space *shared;
static struct verified bystander;
static uint64_t seed;
static uint64_t ended_by_removal;

static void drive_name_is(const char *address)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", address);
	assert_string_equal(path, SLOT);
}

/* Put a drive back into the slot after QEMU has dropped the old one, and bind it to vfio-pci. */
static void put_back(void)
{
	static unsigned int medium;

	assert_true(comes_true(LONG_ENOUGH, "test ! -e " SLOT));
	assert_true(comes_true(LONG_ENOUGH, "! " MONITOR " info pci | grep -q 'id \"nvme0\"'"));
	/* For a second after it has switched the slot off, the kernel ignores all events. */
	usleep(1500000);
	/* QEMU may keep the medium of a drive that was pulled during I/O: each drive gets a new one. */
	medium++;
	assert_int_equal(shell(MONITOR " drive_add 0 if=none,id=medium%u,file.driver=null-co,"
				       "file.read-zeroes=on,file.size=64M,file.latency-ns=5000000 "
				       ">/dev/null",
			       medium),
			 0);
	assert_int_equal(shell(MONITOR " device_add nvme,id=nvme0,serial=x,bus=slot-nvme0,"
				       "drive=medium%u",
			       medium),
			 0);
	assert_true(comes_true(LONG_ENOUGH, "test -e " SLOT));
	assert_int_equal(shell("echo vfio-pci >" SLOT "/driver_override &&"
			       "echo %s >/sys/bus/pci/drivers_probe",
			       bdf(0)),
			 0);
	assert_true(comes_true(LONG_ENOUGH, "test -e " SLOT "/vfio-dev/noiommu-vfio*"));
}

static bool removal_signalled(struct padma_device *device, int timeout_ms)
{
	struct pollfd fd = {.fd = padma_device_removal_fd(device), .events = POLLIN};

	return poll(&fd, 1, timeout_ms) == 1;
}

/* Its removal is requested; the program reads on until it sees that, finishes, and closes. */
static void test_orderly(void **state)
{
	struct victim victim = {0};
	double start = seconds_now();

	(void)state;
	drive_open(&victim.drive, shared, 0, VICTIM_DEPTH);
	assert_false(removal_signalled(victim.drive.device, 0));
	assert_int_equal(shell(MONITOR " device_del nvme0"), 0);
	while (padma_device_state(victim.drive.device) == PADMA_DEVICE_OK) {
		must(victim_fill(&victim));
		assert_true(padma_nvme_poll(victim.drive.queue, 0) >= 0);
		assert_true(seconds_now() - start < LONG_ENOUGH);
	}
	assert_int_equal(padma_device_state(victim.drive.device), PADMA_DEVICE_REMOVAL_REQUESTED);
	assert_true(removal_signalled(victim.drive.device, 0));
	/* It works until it is closed: all commands in flight succeed. */
	must(victim_fill(&victim));
	assert_true(padma_nvme_outstanding(victim.drive.queue) > 0);
	while (padma_nvme_outstanding(victim.drive.queue)) {
		assert_true(padma_nvme_poll(victim.drive.queue, 0) >= 0);
		assert_true(seconds_now() - start < LONG_ENOUGH);
	}
	assert_int_equal(victim.good, victim.submitted);
	assert_int_equal(shell("test -e " SLOT), 0);
	drive_close(&victim.drive, 0);
	verified_goes_on(&bystander);
	put_back();
}

/* When, and how, the drive goes. */
enum how {
	REQUESTED,
	PULLED_OUT,
	WITHOUT_POWER,
};

struct pull {
	pthread_t thread;
	int config;
	unsigned int delay_us;
	enum how how;
	bool done;
};

/* A working drive masters the bus (PCI Local Bus 3.0, 6.2.2); a missing one reads as all ones. */
static void await_master(void)
{
	int config = open(SLOT "/config", O_RDONLY | O_CLOEXEC);
	uint8_t command = 0;

	while (config >= 0 && pread(config, &command, 1, 4) == 1 && !(command & 4))
		usleep(10000);
	if (config >= 0)
		close(config);
}

static void *pull_main(void *ctx)
{
	struct pull *pull = ctx;

	await_master();
	usleep(pull->delay_us);
	switch (pull->how) {
	case REQUESTED:
		pull->done = shell(MONITOR " device_del nvme0") == 0;
		break;
	case PULLED_OUT:
		pull->done = slot_pull(pull->config);
		break;
	case WITHOUT_POWER:
		pull->done = slot_power_off(pull->config);
		break;
	}
	return NULL;
}

static void pull_begin(struct pull *pull, unsigned int delay_us, enum how how)
{
	*pull = (struct pull){.delay_us = delay_us, .how = how};
	pull->config = port_config(bdf(0));
	assert_true(pull->config >= 0);
	assert_true(slot_control(pull->config) > 0);
	assert_int_equal(pthread_create(&pull->thread, NULL, pull_main, pull), 0);
}

static void pull_end(struct pull *pull)
{
	pthread_join(pull->thread, NULL);
	close(pull->config);
	assert_true(pull->done);
}

static void pull_now(void)
{
	struct pull pull;

	pull_begin(&pull, 0, PULLED_OUT);
	pull_end(&pull);
}

/* Another thread reads mapped registers before, during and after the removal. */
struct reader {
	pthread_t thread;
	const struct padma_bar *bar;
	uint32_t version;
	int stop;			      /* atomic */
	uint64_t there, zeros, ones, strange; /* atomic */
};

static void *reader_main(void *ctx)
{
	struct reader *reader = ctx;

	while (!__atomic_load_n(&reader->stop, __ATOMIC_ACQUIRE)) {
		uint32_t value = padma_bar_read32(reader->bar, REG_VS);

		if (value == reader->version)
			__atomic_add_fetch(&reader->there, 1, __ATOMIC_RELAXED);
		else if (value == 0)
			__atomic_add_fetch(&reader->zeros, 1, __ATOMIC_RELAXED);
		else if (value == UINT32_MAX)
			__atomic_add_fetch(&reader->ones, 1, __ATOMIC_RELAXED);
		else
			__atomic_add_fetch(&reader->strange, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void reader_begin(struct reader *reader, struct padma_device *device)
{
	*reader = (struct reader){.bar = padma_device_bar(device, 0)};
	assert_non_null(padma_bar_direct(reader->bar, 0, DOORBELLS + 8));
	reader->version = padma_bar_read32(reader->bar, REG_VS);
	assert_int_equal(pthread_create(&reader->thread, NULL, reader_main, reader), 0);
}

static uint64_t reads_of_nothing(const struct reader *reader)
{
	return __atomic_load_n(&reader->zeros, __ATOMIC_RELAXED) +
	       __atomic_load_n(&reader->ones, __ATOMIC_RELAXED);
}

static void reader_end(struct reader *reader)
{
	for (int i = 0; i < 3000 && reads_of_nothing(reader) == 0; i++)
		usleep(10000);
	__atomic_store_n(&reader->stop, 1, __ATOMIC_RELEASE);
	pthread_join(reader->thread, NULL);
	assert_true(reader->there > 0);
	assert_true(reads_of_nothing(reader) > 0);
	assert_int_equal(reader->strange, 0);
}

/* Every call reports at once that the device is gone, without side effects. */
static void check_gone(struct victim *victim)
{
	struct padma_device *device = victim->drive.device;
	const struct padma_bar *bar = padma_device_bar(device, 0);
	uint64_t cap = padma_bar_read64(bar, REG_CAP);
	double start = seconds_now();
	uint8_t id[4] = {0};
	int fd = -1;

	/* The driver has detected it, so the removal descriptor is readable. */
	assert_int_equal(padma_device_state(device), PADMA_DEVICE_GONE);
	assert_true(removal_signalled(device, 0));
	assert_int_equal(padma_nvme_state(victim->drive.nvme), PADMA_NVME_GONE);
	assert_int_equal(victim_fill(victim), -ENODEV);
	assert_int_equal(padma_nvme_submit(victim->drive.queue), -ENODEV);
	assert_int_equal(padma_nvme_admin_poll(victim->drive.nvme), -ENODEV);
	padma_nvme_reset_begin(victim->drive.nvme);
	assert_int_equal(padma_nvme_poll(victim->drive.queue, 0), -ENODEV);
	assert_int_equal(padma_nvme_reset_finish(victim->drive.nvme), -ENODEV);
	assert_int_equal(padma_device_config_read(device, 0, id, 4), -ENODEV);
	assert_memory_equal(id, "\xff\xff\xff\xff", 4);
	assert_int_equal(padma_device_reset(device), -ENODEV);
	assert_int_equal(padma_device_bus_master(device, true), -ENODEV);
	assert_int_equal(padma_device_irq_enable(device, &fd, 1), -ENODEV);
	/* Mapped and by system calls; writes are lost. */
	assert_true(cap == 0 || cap == UINT64_MAX);
	cap = padma_bar_slow_read(bar, REG_CAP, 8);
	assert_true(cap == 0 || cap == UINT64_MAX);
	padma_bar_write32(bar, DOORBELLS, 1);
	padma_bar_slow_write(bar, DOORBELLS, 1, 4);
	assert_true(seconds_now() - start < 10);
}

/* Read from the open drive until it is known to be gone. */
static void read_until_gone(struct victim *victim, unsigned int delay_us, enum how how)
{
	double start = seconds_now(), pulled = 0;
	struct reader reader;
	struct pull pull;
	int rc = 0;

	reader_begin(&reader, victim->drive.device);
	pull_begin(&pull, delay_us, how);
	while (rc >= 0) {
		rc = victim_fill(victim);
		if (rc == 0)
			rc = padma_nvme_poll(victim->drive.queue, 0);
		assert_true(seconds_now() - start < LONG_ENOUGH);
	}
	pulled = seconds_now() - start;
	assert_int_equal(rc, -ENODEV);
	/* If ringing the doorbell detected it first, the next poll ends the commands. */
	assert_int_equal(padma_nvme_poll(victim->drive.queue, 0), -ENODEV);
	assert_int_equal(padma_nvme_outstanding(victim->drive.queue), 0);
	assert_int_equal(victim->good + victim->gone, victim->submitted);
	assert_int_equal(victim->other, 0);
	pull_end(&pull);
	ended_by_removal += victim->gone;
	check_gone(victim);
	reader_end(&reader);
	print_message("pulled after %.1f ms, known after %.1f ms: %llu reads good, %llu in flight; "
		      "registers gave %s\n",
		      delay_us / 1e3, pulled * 1e3, (unsigned long long)victim->good,
		      (unsigned long long)victim->gone, reader.zeros ? "zeros" : "ones");
}

/* In the space of the other device, which continues to work. */
static void shared_serves_on(void)
{
	char *memory;

	must(padma_space_alloc(shared, 5 << 20, NULL, (void **)&memory));
	memset(memory, 1, 5 << 20);
	check_addresses(shared, memory, 5 << 20);
	must(padma_space_free(shared, memory));
	verified_goes_on(&bystander);
}

/* In a separate space: its memory can be freed, and another device can be opened. */
static void own_is_given_back(struct padma_space *space)
{
	struct padma_space_info info;

	assert_true(padma_space_trim(space) > 0);
	padma_space_info(space, &info);
	assert_int_equal(info.mapped_bytes, 0);
	assert_int_equal(info.devices, 0);
	must(padma_space_close(space));
}

static void surprise(bool own, unsigned int delay_us, enum how how)
{
	struct padma_space *space = own ? open_space() : shared;
	struct victim victim = {0};

	drive_open(&victim.drive, space, 0, VICTIM_DEPTH);
	read_until_gone(&victim, delay_us, how);
	/* The kernel does not know yet; its resets at close would wait minutes for a response. */
	if (how == WITHOUT_POWER)
		pull_now();
	drive_close(&victim.drive, -ENODEV);
	if (own)
		own_is_given_back(space);
	shared_serves_on();
	put_back();
}

static void test_surprise(void **state)
{
	struct victim victim = {0};

	(void)state;
	for (unsigned int i = 0; i < ROUNDS; i++)
		surprise(i % 2, (unsigned int)(mixed(seed + i) % 60000),
			 i % 4 == 3 ? WITHOUT_POWER : PULLED_OUT);
	assert_true(ended_by_removal > 0);
	/* The drive that came back works as before. */
	drive_open(&victim.drive, shared, 0, VICTIM_DEPTH);
	must(victim_fill(&victim));
	while (padma_nvme_outstanding(victim.drive.queue))
		assert_true(padma_nvme_poll(victim.drive.queue, 0) >= 0);
	assert_int_equal(victim.good, VICTIM_DEPTH);
	drive_close(&victim.drive, 0);
}

/* The tool's message when a device goes during a measurement, which must end early. */
static void expect_perf_ends(const char *words, enum how how)
{
	double start = seconds_now();
	struct pull pull;
	int status;

	pull_begin(&pull, 1500000, how);
	status = shell("cd $PADMA_SCRATCH &&"
		       "timeout 60 " TOOL " nvme perf %s --time 50 --queues 2 >out 2>err",
		       bdf(0));
	pull_end(&pull);
	assert_int_equal(status, 1);
	assert_true(seconds_now() - start < LONG_ENOUGH);
	assert_int_equal(shell("cd $PADMA_SCRATCH && cat err && test $(wc -l <err) = 1 &&"
			       "grep -q '^padma: .*%s' err",
			       words),
			 0);
	verified_goes_on(&bystander);
	put_back();
}

static void test_tool(void **state)
{
	(void)state;
	expect_perf_ends("gone", PULLED_OUT);
	expect_perf_ends("removal", REQUESTED);
}

static int set_up(void **state)
{
	(void)state;
	seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	drive_name_is(bdf(0));
	/* Keep the kernel's nvme driver from taking the drive that comes back. */
	assert_int_equal(shell("echo 0 >/sys/bus/pci/drivers_autoprobe"), 0);
	shared = open_space();
	verified_start(&bystander, shared, 1, seed);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	print_message("meanwhile the other device verified %llu blocks\n",
		      (unsigned long long)verified_count(&bystander));
	verified_stop(&bystander);
	must(padma_space_close(shared));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orderly),
		cmocka_unit_test(test_surprise),
		cmocka_unit_test(test_tool),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
