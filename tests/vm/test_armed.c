// SPDX-License-Identifier: BSD-3-Clause
/*
 * A network card whose owner was killed with its receive ring armed, and which no reset by the kernel
 * quiesces: QEMU's e1000e has only a power state reset, which does nothing, and its e1000 has none. The
 * next owner's memory is where the ring was. Bus mastering must stay off; frames come from a card on the
 * same hub that the kernel drives. As a control, the new owner declares the card quiesced although it is
 * not, and the card writes to its memory.
 */
#include "vm_fixture.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Where CMakeLists.txt puts it; the e1000e is the bed's first. */
#define E1000	      "0000:00:06.0"

/* Registers that both cards have (8254x manual, 13.4; 82574 manual, 10.2). */
#define REG_CTRL      0x0000u
#define REG_CTRL_SLU  (1u << 6)
#define REG_CTRL_RST  (1u << 26)
#define REG_STATUS    0x0008u
#define REG_STATUS_LU (1u << 1)
#define REG_RCTL      0x0100u
#define REG_RCTL_EN   (1u << 1)
#define REG_RCTL_ALL  (1u << 3 | 1u << 4 | 1u << 15) /* unicast, multicast, broadcast */
#define REG_TCTL      0x0400u
#define REG_RDBAL     0x2800u
#define REG_RDBAH     0x2804u
#define REG_RDLEN     0x2808u
#define REG_RDH	      0x2810u
#define REG_RDT	      0x2818u

#define ENTRIES	      256u
#define BUFFER	      2048u
#define FILL	      0x5a
#define HUGEPAGE      ((size_t)2 << 20)
#define TRIES	      3000
#define PAUSE_US      10000

/* 82574 manual, 7.1.5 */
struct descriptor {
	uint64_t address;
	uint16_t length;
	uint16_t checksum;
	uint8_t status; /* bit 0: done */
	uint8_t errors;
	uint16_t special;
};

static int sender = -1;
static struct sockaddr_ll hub;

/* The kernel's card, the only one that it still drives. */
static int open_sender(void **state)
{
	struct ifreq interface = {0};
	const struct dirent *entry;
	DIR *all;

	(void)state;
	give_to(E1000, "vfio-pci");
	all = opendir("/sys/class/net");
	assert_non_null(all);
	while ((entry = readdir(all)) != NULL) {
		if (strncmp(entry->d_name, "eth", 3) == 0)
			snprintf(interface.ifr_name, IFNAMSIZ, "%.8s", entry->d_name);
	}
	closedir(all);
	assert_true(*interface.ifr_name);
	sender = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	assert_true(sender >= 0);
	assert_int_equal(ioctl(sender, SIOCGIFFLAGS, &interface), 0);
	interface.ifr_flags |= IFF_UP;
	assert_int_equal(ioctl(sender, SIOCSIFFLAGS, &interface), 0);
	hub = (struct sockaddr_ll){.sll_family = AF_PACKET,
				   .sll_ifindex = (int)if_nametoindex(interface.ifr_name)};
	return 0;
}

/* Broadcasts of an experimental type (IEEE 802: 0x88b5). */
static void send_frames(unsigned int count)
{
	unsigned char frame[600];

	memset(frame, 0xff, ETH_ALEN);
	memset(frame + ETH_ALEN, 2, ETH_ALEN);
	frame[12] = 0x88;
	frame[13] = 0xb5;
	memset(frame + 14, 0xe1, sizeof(frame) - 14);
	while (count--)
		(void)sendto(sender, frame, sizeof(frame), 0, (struct sockaddr *)&hub, sizeof(hub));
}

static bool comes(const struct padma_bar *bar, uint64_t reg, uint32_t mask, uint32_t value)
{
	for (int i = 0; i < TRIES; i++) {
		if ((padma_bar_read32(bar, reg) & mask) == value)
			return true;
		usleep(PAUSE_US);
	}
	return false;
}

/* By the card's registers: a reset, then receiver and transmitter off, since QEMU's reset may leave them on. */
static bool quiet_it(const struct padma_bar *bar)
{
	padma_bar_write32(bar, REG_CTRL, padma_bar_read32(bar, REG_CTRL) | REG_CTRL_RST);
	if (!comes(bar, REG_CTRL, REG_CTRL_RST, 0))
		return false;
	padma_bar_write32(bar, REG_RCTL, 0);
	padma_bar_write32(bar, REG_TCTL, 0);
	return comes(bar, REG_RCTL, REG_RCTL_EN, 0);
}

static bool arm(struct padma_space *space, const struct padma_bar *bar)
{
	struct padma_alloc_params opts = {.align_bytes = 4096, .flags = PADMA_ALLOC_ZERO};
	volatile struct descriptor *ring;
	void *va;

	if (padma_space_alloc(space, ENTRIES * (sizeof(*ring) + BUFFER), &opts, &va))
		return false;
	ring = va;
	for (unsigned int i = 0; i < ENTRIES; i++)
		ring[i].address =
			padma_dma(space, (char *)va + ENTRIES * sizeof(*ring) + i * BUFFER);
	padma_bar_write32(bar, REG_RDBAL, (uint32_t)padma_dma(space, va));
	padma_bar_write32(bar, REG_RDBAH, (uint32_t)(padma_dma(space, va) >> 32));
	padma_bar_write32(bar, REG_RDLEN, ENTRIES * sizeof(*ring));
	padma_bar_write32(bar, REG_RDH, 0);
	padma_bar_write32(bar, REG_RDT, ENTRIES - 1);
	padma_bar_write32(bar, REG_CTRL, padma_bar_read32(bar, REG_CTRL) | REG_CTRL_SLU);
	if (!comes(bar, REG_STATUS, REG_STATUS_LU, REG_STATUS_LU))
		return false;
	padma_bar_write32(bar, REG_RCTL, REG_RCTL_EN | REG_RCTL_ALL);
	/* The ring works: a frame has arrived. */
	for (int i = 0; i < TRIES && !(ring[0].status & 1); i++) {
		send_frames(1);
		usleep(PAUSE_US);
	}
	if (!(ring[0].status & 1))
		fprintf(stderr, "no frame: STATUS 0x%x RCTL 0x%x RDH %u RDT %u GPRC %u\n",
			padma_bar_read32(bar, REG_STATUS), padma_bar_read32(bar, REG_RCTL),
			padma_bar_read32(bar, REG_RDH), padma_bar_read32(bar, REG_RDT),
			padma_bar_read32(bar, 0x4074));
	return ring[0].status & 1;
}

static _Noreturn void be_owner(const char *address, int news)
{
	const struct padma_space_params params = {.backend = "noiommu", .chunk_bytes = HUGEPAGE};
	struct padma_device *device;
	struct padma_space *space;
	const struct padma_bar *bar;

	if (padma_space_open(&params, &space) || padma_device_open(space, address, &device))
		_exit(1);
	bar = padma_device_bar(device, 0);
	if (!quiet_it(bar))
		_exit(2);
	padma_device_declare_quiesced(device);
	if (padma_device_bus_master(device, true))
		_exit(3);
	if (!arm(space, bar))
		_exit(4);
	if (write(news, "", 1) != 1)
		_exit(5);
	for (;;)
		pause();
}

static void kill_an_owner(const char *address)
{
	int news[2], status;
	char byte;
	pid_t owner;

	assert_int_equal(pipe(news), 0);
	owner = fork();
	assert_true(owner >= 0);
	if (owner == 0)
		be_owner(address, news[1]);
	close(news[1]);
	if (read(news[0], &byte, 1) != 1) {
		assert_int_equal(waitpid(owner, &status, 0), owner);
		fail_msg("the owner ended with %d", WEXITSTATUS(status));
	}
	close(news[0]);
	assert_int_equal(kill(owner, SIGKILL), 0);
	assert_int_equal(waitpid(owner, &status, 0), owner);
}

/* All free hugepages, including those of the killed owner. */
struct memory {
	unsigned char *at;
	size_t bytes;
};

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

static void take_memory(struct memory *memory)
{
	memory->bytes = free_hugepages() * HUGEPAGE;
	assert_true(memory->bytes);
	memory->at = mmap(NULL, memory->bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
	assert_true(memory->at != MAP_FAILED);
	memset(memory->at, FILL, memory->bytes);
}

static size_t overwritten(const struct memory *memory)
{
	const volatile unsigned char *at = memory->at;
	size_t bytes = 0;

	for (size_t i = 0; i < memory->bytes; i++)
		bytes += at[i] != FILL;
	return bytes;
}

/* Wait for frames: a second if none must arrive, half a minute if one must. */
static size_t under_fire(const struct memory *memory, bool must)
{
	size_t bytes = 0;

	for (int i = 0; i < (must ? 60 : 2) && bytes == 0; i++) {
		send_frames(20);
		usleep(500000);
		bytes = overwritten(memory);
	}
	return bytes;
}

static void check_armed(struct padma_device *device, enum padma_reset_kind kind, int answer)
{
	const struct padma_bar *bar = padma_device_bar(device, 0);
	struct memory memory;

	take_memory(&memory);
	/* The kernel has closed, opened and reset the card as far as it can: the ring is still armed. */
	assert_int_equal(padma_device_reset_kind(device), kind);
	assert_int_equal(padma_bar_read32(bar, REG_RCTL) & REG_RCTL_EN, REG_RCTL_EN);
	assert_int_equal(padma_device_reset(device), answer);
	assert_int_equal(padma_bar_read32(bar, REG_RCTL) & REG_RCTL_EN, REG_RCTL_EN);
	assert_int_equal(padma_device_bus_master(device, true), -EPERM);
	assert_int_equal(under_fire(&memory, false), 0);
	/* The control: with bus mastering on, the card writes. */
	padma_device_declare_quiesced(device);
	must(padma_device_bus_master(device, true));
	assert_true(under_fire(&memory, true) > 0);
	must(padma_device_bus_master(device, false));
	/* What a driver does: reset the card by its registers, then declare it quiesced. */
	memset(memory.at, FILL, memory.bytes);
	assert_true(quiet_it(bar));
	padma_device_declare_quiesced(device);
	must(padma_device_bus_master(device, true));
	assert_int_equal(under_fire(&memory, false), 0);
	munmap(memory.at, memory.bytes);
}

static void check_after_a_kill(const char *address, enum padma_reset_kind kind, int answer)
{
	struct padma_device *device = NULL;
	struct padma_space *space;

	kill_an_owner(address);
	space = open_space();
	must(padma_device_open(space, address, &device));
	check_armed(device, kind, answer);
	must(padma_device_close(device));
	must(padma_space_close(space));
}

static void test_reset_by_power_states(void **state)
{
	(void)state;
	check_after_a_kill(bdf(0), PADMA_RESET_PM, 0);
}

static void test_no_reset(void **state)
{
	(void)state;
	check_after_a_kill(E1000, PADMA_RESET_NONE, -ENOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reset_by_power_states),
		cmocka_unit_test(test_no_reset),
	};

	return cmocka_run_group_tests(tests, open_sender, NULL);
}
