// SPDX-License-Identifier: BSD-3-Clause
/* Opening the transport and choosing features, on simulated network cards, by a driver of its own. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <padma/alloc.h>
#include <padma/device.h>
#include <padma/error.h>
#include <padma/space.h>
#include <padma/virtio/queue.h>

#define F_CSUM	     0
#define F_GUEST_CSUM 1
#define F_GUEST_TSO4 7
#define F_MAC	     5
#define F_HOST_UFO   14

struct rig {
	struct padma_space *space;
	struct padma_device *device;
	struct padma_virtio *virtio;
};

static int try_open(struct rig *rig, const char *name)
{
	const struct padma_space_params params = {.backend = "sim", .guard = PADMA_GUARD_EXACT};

	*rig = (struct rig){0};
	assert_int_equal(padma_space_open(&params, &rig->space), 0);
	assert_int_equal(padma_device_open(rig->space, name, &rig->device), 0);
	return padma_virtio_open(rig->device, &rig->virtio);
}

static void open_rig(struct rig *rig, const char *name)
{
	assert_int_equal(try_open(rig, name), 0);
}

static void close_rig(struct rig *rig)
{
	if (rig->virtio)
		assert_int_equal(padma_virtio_stop(rig->virtio), 0);
	padma_virtio_close(rig->virtio);
	assert_int_equal(padma_device_close(rig->device), 0);
	assert_int_equal(padma_space_close(rig->space), 0);
}

static const struct padma_virtio_record *find(const struct padma_virtio_record *records,
					      unsigned int count, unsigned int bit)
{
	static const struct padma_virtio_record none = {.name = "none"};

	for (unsigned int i = 0; i < count; i++) {
		if (records[i].bit == bit)
			return &records[i];
	}
	fail_msg("feature %u has no record", bit);
	return &none;
}

static void what_a_device_is(void **state)
{
	struct padma_virtio_info info;
	struct rig rig;

	(void)state;
	open_rig(&rig, "sim:virtio-net,null");
	padma_virtio_info(rig.virtio, &info);
	assert_int_equal(info.type, PADMA_VIRTIO_TYPE_NET);
	assert_false(info.transitional);
	assert_true(info.queues >= 2);
	assert_true(info.offered & PADMA_VIRTIO_BIT(PADMA_VIRTIO_F_VERSION_1));
	assert_int_equal(info.accepted, 0);
	assert_int_equal(padma_virtqueue_size_max(rig.virtio, info.queues), 0);
	close_rig(&rig);
}

static void a_transitional_device_is_driven_as_a_modern_one(void **state)
{
	struct padma_virtio_info info;
	struct rig rig;

	(void)state;
	open_rig(&rig, "sim:virtio-net,null,transitional");
	padma_virtio_info(rig.virtio, &info);
	assert_true(info.transitional);
	assert_int_equal(info.type, PADMA_VIRTIO_TYPE_NET);
	assert_int_equal(padma_virtio_negotiate(rig.virtio, NULL, 0), 0);
	close_rig(&rig);
}

static void a_legacy_device_is_refused(void **state)
{
	struct rig rig;

	(void)state;
	assert_int_equal(try_open(&rig, "sim:virtio-net,null,legacy"), -ENOTSUP);
	assert_non_null(strstr(padma_last_error(), "legacy"));
	close_rig(&rig);
}

static void other_capabilities_are_skipped(void **state)
{
	struct rig rig;

	(void)state;
	open_rig(&rig, "sim:virtio-net,null,odd-capabilities");
	assert_int_equal(padma_virtio_negotiate(rig.virtio, NULL, 0), 0);
	close_rig(&rig);
}

static void other_devices_are_refused(void **state)
{
	struct rig rig;

	(void)state;
	assert_int_equal(try_open(&rig, "sim:edu"), -ENOTSUP);
	close_rig(&rig);
}

static void each_feature_has_a_record(void **state)
{
	static const struct padma_virtio_feature features[] = {
		{.bit = F_CSUM, .name = "CSUM"},
		{.bit = F_MAC, .name = "MAC", .refusal = "not today"},
		{.bit = F_GUEST_CSUM, .name = "GUEST_CSUM", .refusal = "nor this"},
		{.bit = F_GUEST_TSO4,
		 .name = "GUEST_TSO4",
		 .needs = PADMA_VIRTIO_BIT(F_GUEST_CSUM)},
		{.bit = F_HOST_UFO, .name = "HOST_UFO"},
	};
	struct padma_virtio_record records[64];
	unsigned int count;
	struct rig rig;

	(void)state;
	open_rig(&rig, "sim:virtio-net,null,without=0x4000");
	assert_int_equal(padma_virtio_negotiate(rig.virtio, features, 5), 0);
	count = padma_virtio_records(rig.virtio, records, 64);
	assert_true(find(records, count, F_CSUM)->accepted);
	assert_string_equal(find(records, count, F_CSUM)->reason, "");
	assert_true(find(records, count, F_MAC)->offered);
	assert_false(find(records, count, F_MAC)->accepted);
	assert_string_equal(find(records, count, F_MAC)->reason, "not today");
	assert_non_null(strstr(find(records, count, F_GUEST_TSO4)->reason, "GUEST_CSUM"));
	assert_false(find(records, count, F_HOST_UFO)->offered);
	/* What is offered and unknown has a record, too: MRG_RXBUF. */
	assert_string_equal(find(records, count, 15)->name, "");
	assert_true(padma_virtio_has(rig.virtio, F_CSUM));
	assert_false(padma_virtio_has(rig.virtio, F_MAC));
	assert_false(padma_virtio_has(rig.virtio, 64));
	close_rig(&rig);
}

static void a_missing_required_feature_is_an_error(void **state)
{
	static const struct padma_virtio_feature features[] = {
		{.bit = F_CSUM, .name = "CSUM", .required = true},
	};
	struct rig rig;

	(void)state;
	open_rig(&rig, "sim:virtio-net,null,without=1");
	assert_int_equal(padma_virtio_negotiate(rig.virtio, features, 1), -ENOTSUP);
	assert_non_null(strstr(padma_last_error(), "CSUM"));
	close_rig(&rig);
}

static void queues_have_the_sizes_that_they_can_have(void **state)
{
	struct padma_virtqueue_params params = {.size = 3};
	struct padma_virtqueue *queue, *large;
	struct rig rig;

	(void)state;
	open_rig(&rig, "sim:virtio-net,null,depth=64");
	assert_int_equal(padma_virtqueue_size_max(rig.virtio, 0), 64);
	assert_int_equal(padma_virtqueue_open(rig.virtio, 999, NULL, &queue), -EINVAL);
	/* It may depend on the features. */
	params.size = 128;
	assert_int_equal(padma_virtqueue_open(rig.virtio, 0, &params, &large), 0);
	params.size = 3;
	assert_int_equal(padma_virtqueue_open(rig.virtio, 0, &params, &queue), 0);
	assert_int_equal(padma_virtio_negotiate(rig.virtio, NULL, 0), 0);
	assert_int_equal(padma_virtqueue_enable(large, PADMA_VIRTIO_NO_VECTOR), -EINVAL);
	padma_virtqueue_close(large);
	params.size = 128;
	assert_int_equal(padma_virtqueue_open(rig.virtio, 0, &params, &large), -EINVAL);
	assert_int_equal(padma_virtqueue_enable(queue, PADMA_VIRTIO_NO_VECTOR), -EINVAL);
	padma_virtqueue_close(queue);
	assert_int_equal(padma_virtqueue_open(rig.virtio, 0, NULL, &queue), 0);
	assert_int_equal(queue->size, 64);
	assert_int_equal(padma_virtqueue_enable(queue, PADMA_VIRTIO_NO_VECTOR), 0);
	assert_int_equal(padma_virtio_stop(rig.virtio), 0);
	padma_virtqueue_close(queue);
	close_rig(&rig);
}

/* The device has a queue's buffers back while the others go on. */
static void one_queue_is_reset_alone(void **state)
{
	struct padma_virtqueue *queue;
	struct padma_virtqueue_piece piece = {0, 64};
	struct rig rig;
	void *memory;

	(void)state;
	open_rig(&rig, "sim:virtio-net,null,with=0x10000000000");
	assert_int_equal(padma_virtio_negotiate(rig.virtio, NULL, 0), 0);
	assert_true(padma_virtio_has(rig.virtio, PADMA_VIRTIO_F_RING_RESET));
	assert_int_equal(padma_virtqueue_open(rig.virtio, 0, NULL, &queue), 0);
	assert_int_equal(padma_space_alloc(rig.space, 64, NULL, &memory), 0);
	piece.dma = padma_dma(rig.space, memory);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(padma_virtqueue_enable(queue, PADMA_VIRTIO_NO_VECTOR), 0);
		if (i == 0)
			assert_int_equal(padma_virtio_start(rig.virtio), 0);
		assert_int_equal(padma_virtqueue_add(queue, &piece, 0, 1, &rig), 0);
		(void)padma_virtqueue_kick(queue);
		assert_int_equal(padma_virtqueue_reset(queue), 0);
		assert_ptr_equal(padma_virtqueue_abandon(queue), &rig);
		assert_null(padma_virtqueue_abandon(queue));
	}
	assert_int_equal(padma_virtio_check(rig.virtio), 0);
	assert_int_equal(padma_virtio_stop(rig.virtio), 0);
	padma_virtqueue_close(queue);
	assert_int_equal(padma_space_free(rig.space, memory), 0);
	close_rig(&rig);
}

static void configuration_has_its_length(void **state)
{
	struct padma_virtio_info info;
	uint8_t mac[6];
	struct rig rig;

	(void)state;
	open_rig(&rig, "sim:virtio-net,null,mac=02:00:00:00:12:34");
	assert_int_equal(padma_virtio_config_read(rig.virtio, 0, mac, 6), 0);
	assert_memory_equal(mac, "\x02\0\0\0\x12\x34", 6);
	padma_virtio_info(rig.virtio, &info);
	assert_int_equal(padma_virtio_config_read(rig.virtio, info.config_bytes - 1, mac, 2),
			 -EINVAL);
	assert_int_equal(padma_virtio_config_read(rig.virtio, UINT32_MAX, mac, 2), -EINVAL);
	close_rig(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_device_is),
		cmocka_unit_test(a_transitional_device_is_driven_as_a_modern_one),
		cmocka_unit_test(a_legacy_device_is_refused),
		cmocka_unit_test(other_capabilities_are_skipped),
		cmocka_unit_test(other_devices_are_refused),
		cmocka_unit_test(each_feature_has_a_record),
		cmocka_unit_test(a_missing_required_feature_is_an_error),
		cmocka_unit_test(queues_have_the_sizes_that_they_can_have),
		cmocka_unit_test(one_queue_is_reset_alone),
		cmocka_unit_test(configuration_has_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
