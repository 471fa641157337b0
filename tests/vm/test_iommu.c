// SPDX-License-Identifier: BSD-3-Clause
/*
 * The backend iommu behind QEMU's intel-iommu: the range of IOVAs, that the device reaches memory at
 * them, and that it reaches nothing else.
 */
#include "raw_iommufd.h"

#include <sys/mman.h>

#include <padma/nvme.h>

#include "child.h"
#include "space/space_private.h"

#define MIB	  ((size_t)1 << 20)
/* QEMU's: 39 bits, and the MSI window (Intel SDM volume 3, 11.11.1). */
#define APERTURE  (1ull << 39)
#define MSI_FIRST 0xfee00000ull
#define MSI_LAST  0xfeefffffull
/* The largest transfer of one command that QEMU's controller accepts. */
#define TRANSFER  (512u << 10)

static struct padma_space *open_iommu_space(size_t low_bytes, padma_dma_t low_mask)
{
	const struct padma_space_params params = {
		.backend = "iommu",
		.chunk_bytes = 2 * MIB,
		.low_bytes = low_bytes,
		.low_dma_mask = low_mask,
	};
	struct padma_space *space = NULL;

	must(padma_space_open(&params, &space));
	return space;
}

static int check_run(void *ctx, const struct padma_run *run)
{
	uint64_t last = run->dma + run->len - 1;

	*(size_t *)ctx += run->len;
	assert_true(run->dma != 0 && last < APERTURE);
	assert_true(last < MSI_FIRST || run->dma > MSI_LAST);
	return 0;
}

/* A controller and a queue on a device of the space. */
struct drive {
	struct padma_device *device;
	struct padma_nvme *nvme;
	struct padma_nvme_queue *queue;
	struct padma_nvme_namespace ns;
};

static struct drive open_drive(struct padma_space *space, unsigned int index)
{
	struct drive d = {.device = open_device(space, index)};

	must(padma_nvme_open(d.device, NULL, &d.nvme));
	must(padma_nvme_queue_open(d.nvme, NULL, &d.queue));
	must(padma_nvme_namespace(d.nvme, 0, &d.ns));
	return d;
}

static void close_drive(struct drive *d)
{
	must(padma_nvme_queue_close(d->queue));
	must(padma_nvme_close(d->nvme));
	padma_device_close(d->device);
}

static void on_done(void *ctx, int error, uint16_t status)
{
	(void)status;
	*(int *)ctx = error;
}

static int finish(struct drive *d, int *status)
{
	must(padma_nvme_submit(d->queue) < 0);
	while (*status == 1)
		assert_true(padma_nvme_poll(d->queue, 0) >= 0);
	return *status;
}

static void fill(char *va, size_t bytes, uint64_t seed)
{
	for (size_t i = 0; i < bytes; i += 8) {
		uint64_t word = test_random(&seed);

		memcpy(va + i, &word, bytes - i < 8 ? bytes - i : 8);
	}
}

/* Written from one buffer and read into the other, the device sees what the processor sees. */
static void round_trip(struct drive *d, char *from, char *to, size_t bytes)
{
	uint32_t lbas = (uint32_t)(bytes / d->ns.lba_bytes);
	int status = 1;

	fill(from, bytes, (uintptr_t)from);
	memset(to, 0, bytes);
	must(padma_nvme_write(d->queue, d->ns.nsid, from, 8, lbas, on_done, &status));
	must(finish(d, &status));
	status = 1;
	must(padma_nvme_read(d->queue, d->ns.nsid, to, 8, lbas, on_done, &status));
	must(finish(d, &status));
	assert_memory_equal(from, to, bytes);
}

static void test_window_and_registered_memory(void **state)
{
	struct padma_space *space = open_iommu_space(0, 0);
	struct drive d;
	char *early, *late, *odd = malloc(2 * MIB);
	size_t bytes = 0;

	(void)state;
	assert_non_null(odd);
	memset(odd, 1, 2 * MIB);
	must(padma_space_alloc(space, 8 * MIB, NULL, (void **)&early));
	must(padma_space_register(space, odd + 4, MIB + 100));
	assert_int_equal(padma_dma(space, early), PADMA_DMA_NONE);
	d = open_drive(space, 0);
	/* Many chunks, and lists that cross from one to the next. */
	must(padma_space_alloc(space, 8 * MIB, NULL, (void **)&late));
	for (size_t at = 2 * MIB - TRANSFER / 2; at + TRANSFER <= 8 * MIB; at += 2 * MIB)
		round_trip(&d, early + at, late + at, TRANSFER);
	/* Neither start nor end is page-aligned. */
	round_trip(&d, odd + 4, late, TRANSFER);
	round_trip(&d, late, odd + 4, TRANSFER);
	must(padma_space_each_run(space, check_run, &bytes));
	assert_true(bytes >= 16 * MIB + MIB + 100);
	/* Neighbours in the window are neighbours on the bus. */
	assert_int_equal(padma_run(space, early, 8 * MIB).len, 8 * MIB);
	assert_true(padma_dma(space, early) >= 1ull << 32);
	must(padma_space_unregister(space, odd + 4, MIB + 100));
	assert_int_equal(padma_dma(space, odd + 4), PADMA_DMA_NONE);
	must(padma_space_free(space, early));
	close_drive(&d);
	assert_true(padma_space_trim(space) > 0);
	must(padma_space_close(space));
	free(odd);
}

/* Low addresses: set aside, and on demand; around the hole. */
static void test_low_addresses(void **state)
{
	const struct padma_alloc_params edu = {.dma_mask = (1u << 28) - 1};
	const struct padma_alloc_params card = {.dma_mask = UINT32_MAX};
	struct padma_space *space = open_iommu_space(8 * MIB, UINT32_MAX);
	struct drive d = open_drive(space, 0);
	char *low, *lower, *any;
	size_t bytes = 0;

	(void)state;
	must(padma_space_alloc(space, 8 * MIB, &card, (void **)&low));
	assert_true(padma_dma(space, low) + 8 * MIB - 1 <= UINT32_MAX);
	must(padma_space_alloc(space, 4 * MIB, &edu, (void **)&lower));
	assert_true(padma_dma(space, lower) + 4 * MIB - 1 < 1u << 28);
	must(padma_space_alloc(space, MIB, NULL, (void **)&any));
	assert_true(padma_dma(space, any) > UINT32_MAX);
	round_trip(&d, low, lower, TRANSFER);
	round_trip(&d, lower, any, TRANSFER);
	must(padma_space_each_run(space, check_run, &bytes));
	close_drive(&d);
	must(padma_space_close(space));
	/* No such address exists. */
	space = open_iommu_space(8 * MIB, 2 * MIB - 1);
	expect_error(padma_device_open(space, bdf(0), &d.device), ERANGE, "0x1fffff");
	must(padma_space_close(space));
}

static void test_two_devices_come_and_go(void **state)
{
	struct padma_space *space = open_iommu_space(0, 0);
	struct drive one = open_drive(space, 0), two = open_drive(space, 1);
	padma_dma_t dma;
	char *a, *b;

	(void)state;
	must(padma_space_alloc(space, 4 * MIB, NULL, (void **)&a));
	dma = padma_dma(space, a);
	b = a + 2 * MIB;
	round_trip(&one, a, b, TRANSFER);
	round_trip(&two, b, a, TRANSFER);
	close_drive(&one);
	round_trip(&two, a, b, TRANSFER);
	close_drive(&two);
	/* Memory mapped while no device is attached avoids their reserved ranges. */
	must(padma_space_alloc(space, 4 * MIB, NULL, (void **)&b));
	one = open_drive(space, 0);
	assert_int_equal(padma_dma(space, a), dma);
	round_trip(&one, a, b, TRANSFER);
	close_drive(&one);
	must(padma_space_close(space));
}

/* The device uses an unmapped address: the IOMMU blocks it. */
static void test_wild_dma_is_stopped(void **state)
{
	struct padma_space *space = open_iommu_space(0, 0);
	struct drive d = open_drive(space, 0);
	char *page = aligned_alloc(4096, 4096);
	padma_dma_t dma;
	int status = 1;

	(void)state;
	assert_non_null(page);
	memset(page, 0x55, 4096);
	must(padma_space_register(space, page, 4096));
	dma = padma_dma(space, page);
	/* The control: mapped, the same command writes there. */
	must(padma_nvme_write_zeroes(d.queue, d.ns.nsid, 0, 8, on_done, &status));
	must(finish(&d, &status));
	status = 1;
	must(padma_nvme_read_dma(d.queue, d.ns.nsid, dma, 0, 8, on_done, &status));
	must(finish(&d, &status));
	assert_int_equal(page[0], 0);
	assert_int_equal(page[4095], 0);
	must(padma_space_unregister(space, page, 4096));
	memset(page, 0x55, 4096);
	status = 1;
	must(padma_nvme_read_dma(d.queue, d.ns.nsid, dma, 0, 8, on_done, &status));
	(void)finish(&d, &status); /* QEMU's controller does not report it */
	for (int i = 0; i < 4096; i++)
		assert_int_equal(page[i], 0x55);
	/* Physical addresses are blocked as well. */
	status = 1;
	must(padma_nvme_read_dma(d.queue, d.ns.nsid, pagemap_phys(page), 0, 8, on_done, &status));
	(void)finish(&d, &status);
	assert_int_equal(page[0], 0x55);
	close_drive(&d);
	must(padma_space_close(space));
	free(page);
}

/* IOMMU_TEST_OP_ADD_RESERVED (drivers/iommu/iommufd/iommufd_test.h): reserves IOVAs, as a device
 * would. */
static int reserve(struct padma_space *space, uint64_t start, uint64_t length)
{
	const struct backend *backend = space_of(space)->backend;
	struct raw_test test = {
		.size = sizeof(test), .operation = RAW_TEST_ADD_RESERVED, .id = backend->ioas_id};

	memcpy(&test.words[0], &start, sizeof(start));
	memcpy(&test.words[2], &length, sizeof(length));
	return ioctl(backend->iommufd, _IO(UAPI_IOMMU_TYPE, RAW_TEST), &test) ? -errno : 0;
}

static int find_end(void *ctx, const struct padma_run *run)
{
	uint64_t *end = ctx;

	if (run->dma + run->len > *end)
		*end = run->dma + run->len;
	return 0;
}

static void test_what_comes_to_be_reserved(void **state)
{
	struct padma_space *space = open_iommu_space(0, 0);
	struct drive one = open_drive(space, 0), two;
	uint64_t end = 0, size = 1ull << 34;
	char *a, *b;

	(void)state;
	must(padma_space_alloc(space, 2 * MIB, NULL, (void **)&a));
	must(padma_space_each_run(space, find_end, &end));
	/* The kernel refuses to reserve mapped ranges. */
	assert_int_equal(reserve(space, padma_dma(space, a), 4096), -EADDRINUSE);
	/* The place of the next allocation. */
	must(reserve(space, end, size));
	two = open_drive(space, 1);
	must(padma_space_alloc(space, 6 * MIB, NULL, (void **)&b));
	for (size_t at = 0; at < 6 * MIB; at += 4096)
		assert_true(padma_dma(space, b + at) < end ||
			    padma_dma(space, b + at) >= end + size);
	assert_true(padma_dma(space, b + 6 * MIB - 1) >= end + size);
	round_trip(&two, a, b, TRANSFER);
	round_trip(&one, b, a, TRANSFER);
	close_drive(&one);
	close_drive(&two);
	must(padma_space_close(space));
}

/* A device that reserves mapped ranges is refused; everything else continues. */
static void test_a_device_that_comes_too_late(void **state)
{
	struct padma_space *space = open_iommu_space(0, 0);
	struct drive d = open_drive(space, 0);
	const struct backend *backend = space_of(space)->backend;
	struct padma_device *late = NULL;
	struct uapi_ioas_map map = {
		.flags =
			UAPI_IOAS_MAP_FIXED_IOVA | UAPI_IOAS_MAP_WRITEABLE | UAPI_IOAS_MAP_READABLE,
		.ioas_id = backend->ioas_id,
		.length = 4096,
		.iova = MSI_FIRST,
	};
	struct uapi_ioas_unmap unmap = {
		.ioas_id = backend->ioas_id, .iova = MSI_FIRST, .length = 4096};
	struct padma_space_info info;
	char *a;

	(void)state;
	must(padma_space_alloc(space, 4 * MIB, NULL, (void **)&a));
	map.user_va = (uintptr_t)a;
	close_drive(&d);
	/* padma itself never maps there: the kernel would allow it while no device is attached. */
	must(iommufd_ioas_map(backend->iommufd, &map));
	expect_error(padma_device_open(space, bdf(1), &late), EADDRINUSE, "before");
	padma_space_info(space, &info);
	assert_int_equal(info.devices, 0);
	must(iommufd_ioas_unmap(backend->iommufd, &unmap));
	d = open_drive(space, 1);
	round_trip(&d, a, a + 2 * MIB, TRANSFER);
	close_drive(&d);
	must(padma_space_close(space));
}

static void test_auto_takes_it(void **state)
{
	struct padma_space_info info;
	struct padma_space *space;

	(void)state;
	must(padma_space_open(NULL, &space));
	padma_space_info(space, &info);
	assert_string_equal(info.backend, "iommu");
	assert_non_null(strstr(info.why, "vfio-pci"));
	must(padma_space_close(space));
}

static void test_memory_that_cannot_be_pinned(void **state)
{
	struct padma_space *space = open_iommu_space(0, 0);
	struct padma_device *device = NULL;
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *memory = aligned_alloc(4096, 8192);

	(void)state;
	assert_ptr_not_equal(page, MAP_FAILED);
	assert_non_null(memory);
	must(padma_space_register(space, memory, 8192));
	must(padma_space_register(space, page, 4096));
	expect_error(padma_device_open(space, bdf(0), &device), EFAULT, "pinned");
	assert_int_equal(padma_dma(space, memory), PADMA_DMA_NONE);
	must(padma_space_unregister(space, page, 4096));
	device = open_device(space, 0);
	assert_true(padma_dma(space, memory) != PADMA_DMA_NONE);
	assert_int_equal(padma_space_register(space, page, 4096), -EFAULT);
	padma_device_close(device);
	must(padma_space_unregister(space, memory, 8192));
	must(padma_space_close(space));
	munmap(page, 4096);
	free(memory);
}

static int without_rawio(void)
{
	struct padma_device *device;
	struct padma_space *space;
	void *va;

	CHECK(drop(CAP_SYS_RAWIO));
	CHECK(padma_space_open(NULL, &space) == 0);
	CHECK(padma_device_open(space, bdf(0), &device) == 0);
	CHECK(padma_space_alloc(space, 2 * MIB, NULL, &va) == 0);
	CHECK(padma_dma(space, va) != PADMA_DMA_NONE);
	padma_device_close(device);
	CHECK(padma_space_close(space) == 0);
	return 0;
}

static void test_without_rawio(void **state)
{
	(void)state;
	in_a_child(without_rawio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window_and_registered_memory),
		cmocka_unit_test(test_low_addresses),
		cmocka_unit_test(test_two_devices_come_and_go),
		cmocka_unit_test(test_wild_dma_is_stopped),
		cmocka_unit_test(test_what_comes_to_be_reserved),
		cmocka_unit_test(test_a_device_that_comes_too_late),
		cmocka_unit_test(test_auto_takes_it),
		cmocka_unit_test(test_memory_that_cannot_be_pinned),
		cmocka_unit_test(test_without_rawio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
