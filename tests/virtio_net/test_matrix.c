// SPDX-License-Identifier: BSD-3-Clause
/*
 * The virtio-net driver on a simulated card with each feature bit off, with those on that are not usual, in both forms of
 * rings; rings of each size through many wraps; packets of each length, in one segment and in many; several queues. Every
 * byte of every frame is compared.
 */
#include "bed.h"

static const struct {
	unsigned int bit;
	const char *name;
} usual[] = {
	{0, "CSUM"},
	{1, "GUEST_CSUM"},
	{2, "CTRL_GUEST_OFFLOADS"},
	{3, "MTU"},
	{5, "MAC"},
	{7, "GUEST_TSO4"},
	{8, "GUEST_TSO6"},
	{9, "GUEST_ECN"},
	{11, "HOST_TSO4"},
	{12, "HOST_TSO6"},
	{13, "HOST_ECN"},
	{15, "MRG_RXBUF"},
	{16, "STATUS"},
	{17, "CTRL_VQ"},
	{18, "CTRL_RX"},
	{19, "CTRL_VLAN"},
	{20, "CTRL_RX_EXTRA"},
	{21, "GUEST_ANNOUNCE"},
	{22, "MQ"},
	{23, "CTRL_MAC_ADDR"},
	{28, "INDIRECT_DESC"},
	{29, "EVENT_IDX"},
	{40, "RING_RESET"},
	{54, "GUEST_USO4"},
	{55, "GUEST_USO6"},
	{56, "HOST_USO"},
	{60, "RSS"},
	{63, "SPEED_DUPLEX"},
};

static const struct {
	unsigned int bit;
	const char *name;
} unusual[] = {
	{33, "ACCESS_PLATFORM"}, {34, "RING_PACKED"},	    {35, "IN_ORDER"},
	{36, "ORDER_PLATFORM"},	 {38, "NOTIFICATION_DATA"}, {39, "NOTIF_CONFIG_DATA"},
	{57, "HASH_REPORT"},	 {59, "GUEST_HDRLEN"},
};

/* A device, short and long frames, in one segment and in three; then with all that it can do for reception, into rooms
 * of which a frame takes several if the device merges buffers. */
static void try_card(const char *keys)
{
	struct padma_port_params params = {.rx_depth = 128, .tx_depth = 128};
	struct bed bed;

	bed_open(&bed, keys, 0, 0);
	bed_start(&bed, &params);
	bed_exchange(&bed, 0, 100, 60, 1);
	bed_exchange(&bed, 0, 100, 1514, 1);
	bed_exchange(&bed, 0, 100, 900, 3);
	bed_close_port(&bed);
	must(padma_port_open(bed.device, &bed.port));
	params.offloads = bed.info.offloads & PADMA_OFFLOAD_RX;
	bed_start(&bed, &params);
	bed_exchange(&bed, 0, 100, 300, 1);
	bed_exchange(&bed, 0, 100, 1500, 1);
	bed_close(&bed);
}

/* Rooms of 256 bytes: a frame takes several. */
static void try_small_rooms(const char *keys)
{
	struct bed bed;

	bed_open(&bed, keys, 2048, PADMA_PACKET_HEADROOM + 256);
	bed_start(&bed, NULL);
	bed_exchange(&bed, 0, 200, 60, 1);
	bed_exchange(&bed, 0, 200, 244, 1);
	bed_exchange(&bed, 0, 200, 245, 1);
	bed_exchange(&bed, 0, 200, 1514, 7);
	bed_close(&bed);
}

static void test_small_rooms(void **state)
{
	static const char *const forms[] = {"",
					    "packed",
					    "in-order",
					    "packed,in-order",
					    "with=0x200000000000000",
					    "packed,without=0x20000000",
					    "depth=255,packed"};

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++)
		try_small_rooms(forms[f]);
}

static void test_each_feature_off(void **state)
{
	char keys[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		for (int packed = 0; packed < 2; packed++) {
			snprintf(keys, sizeof(keys), "without=0x%llx%s", BIT(usual[i].bit),
				 packed ? ",packed" : "");
			try_card(keys);
		}
	}
}

static void test_each_feature_on(void **state)
{
	char keys[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(unusual); i++) {
		for (int packed = 0; packed < 2; packed++) {
			snprintf(keys, sizeof(keys), "with=0x%llx%s", BIT(unusual[i].bit),
				 packed ? ",packed" : "");
			try_card(keys);
		}
	}
	try_card("packed,in-order,notify-data,with=0xa00000000000000");
	try_card("in-order,notify-data,with=0xa00000000000000");
}

/* Only what a device must have; and sets in between. */
static void test_few_features(void **state)
{
	static const uint64_t masks[] = {BIT(32),
					 BIT(32) | BIT(34),
					 BIT(32) | BIT(5),
					 BIT(32) | BIT(15),
					 BIT(32) | BIT(17),
					 BIT(32) | BIT(34) | BIT(35) | BIT(15),
					 BIT(32) | BIT(28) | BIT(29)};
	uint64_t seed = test_seed();
	char keys[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		snprintf(keys, sizeof(keys), "features=0x%llx", (unsigned long long)masks[i]);
		try_card(keys);
	}
	for (int i = 0; i < 60; i++) {
		/* Any at all; the driver keeps the rules between them. */
		snprintf(keys, sizeof(keys), "features=0x%llx",
			 (unsigned long long)(test_random(&seed) | BIT(32)));
		try_card(keys);
	}
}

static void test_forms_of_a_device(void **state)
{
	struct padma_device *device;
	struct padma_port *port;
	struct bed bed;

	(void)state;
	try_card("transitional");
	try_card("odd-capabilities");
	try_card("trap");
	try_card("trap,packed");
	try_card("packed,unmarked-used");
	try_card("packed,in-order,unmarked-used");
	try_card("vectors=0");
	try_card("vectors=1");
	bed_open(&bed, "", 0, 0);
	must(padma_device_open(bed.space, "sim:virtio-net,legacy", &device));
	assert_int_equal(padma_port_open(device, &port), -ENOTSUP);
	must(padma_device_close(device));
	bed_close(&bed);
	/* One that does not keep to version 1. */
	bed_open(&bed, "without=0x100000000", 0, 0);
	must(padma_port_configure(bed.port, NULL));
	must(padma_rx_queue_open(bed.port, 0, bed.cache, &bed.rx[0]));
	must(padma_tx_queue_open(bed.port, 0, bed.cache, &bed.tx[0]));
	assert_int_equal(padma_port_start(bed.port), -ENOTSUP);
	bed.rx_queues = bed.tx_queues = 1;
	bed_close(&bed);
}

static void try_depth(const char *keys, unsigned int depth, unsigned int count)
{
	const struct padma_port_params params = {.rx_depth = depth, .tx_depth = depth};
	struct bed bed;

	bed_open(&bed, keys, 3 * depth + 256, 0);
	bed_start(&bed, &params);
	bed_exchange(&bed, 0, count, 60, 1);
	bed_exchange(&bed, 0, count / 4, 1514, 2);
	bed_close(&bed);
}

static void test_each_depth(void **state)
{
	static const char *const forms[] = {
		"depth=4096",
		"depth=4096,packed",
		"depth=4096,in-order",
		"depth=4096,packed,in-order",
		"depth=4096,without=0x30000000",
		"depth=4096,packed,without=0x30000000",
	};

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		for (unsigned int depth = 8; depth <= 4096; depth *= 2)
			try_depth(forms[f], depth, depth < 64 ? 400 : 3 * depth);
	}
	/* What the device has is no power of two. */
	try_depth("depth=100", 64, 500);
	try_depth("depth=100,packed", 64, 500);
	/* The smallest rings there are. */
	try_depth("depth=4", 4, 300);
	try_depth("depth=4,packed", 4, 300);
}

/* The index of a split ring wraps at 65536. */
static void test_wraps(void **state)
{
	struct bed bed;

	(void)state;
	bed_open(&bed, "", 0, 0);
	bed_start(&bed, NULL);
	bed_exchange(&bed, 0, 70000, 60, 1);
	bed_close(&bed);
	bed_open(&bed, "packed,depth=255", 0, 0);
	bed_start(&bed, NULL);
	bed_exchange(&bed, 0, 70000, 60, 1);
	bed_close(&bed);
}

static void test_lengths_and_chains(void **state)
{
	static const char *const forms[] = {
		"",	    "packed",	      "without=0x10000000", "packed,without=0x10000000",
		"in-order", "packed,in-order"};
	struct bed bed;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		unsigned int most;

		bed_open(&bed, forms[f], 0, 0);
		bed_start(&bed, NULL);
		for (unsigned int bytes = 60; bytes <= 1514; bytes += 23)
			bed_exchange(&bed, 0, 2, bytes, 1);
		most = bed.info.segments_max < 64 ? bed.info.segments_max : 64;
		for (unsigned int segments = 1; segments <= most; segments++)
			bed_exchange(&bed, 0, 2, 1400, segments);
		bed_close(&bed);
	}
}

/* Frames of 9000 bytes in buffers of 2 KiB, and in buffers that hold them. */
static void test_jumbo_frames(void **state)
{
	static const char *const forms[] = {"", "packed", "packed,in-order", "in-order"};
	struct padma_port_params params = {.mtu = 9000};
	char keys[128];
	struct bed bed;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		bed_open(&bed, forms[f], 2048, 0);
		bed_start(&bed, &params);
		bed_exchange(&bed, 0, 300, 9014, 5);
		bed_exchange(&bed, 0, 300, 4000, 2);
		bed_exchange(&bed, 0, 300, 60, 1);
		bed_close(&bed);
		snprintf(keys, sizeof(keys), "%s%swithout=0x8000", forms[f], *forms[f] ? "," : "");
		bed_open(&bed, keys, 1024, BED_JUMBO_ROOM);
		bed_start(&bed, &params);
		bed_exchange(&bed, 0, 300, 9014, 1);
		bed_exchange(&bed, 0, 100, 9014, 7);
		bed_close(&bed);
	}
}

static void test_several_queues(void **state)
{
	static const char *const forms[] = {"queues=4", "queues=4,packed",
					    "queues=4,without=0x1000000000000000"};
	const struct padma_port_params params = {.rx_queues = 4, .rx_depth = 64, .tx_depth = 64};
	struct bed bed;

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		bed_open(&bed, forms[f], 2048, 0);
		assert_int_equal(bed.info.rx_queues, 4);
		bed_start(&bed, &params);
		for (unsigned int round = 0; round < 8; round++)
			bed_exchange(&bed, round % 4, 60, 200, 1);
		bed_close(&bed);
	}
}

/* A pool that is too small: packets are dropped and counted, nothing stalls, nothing leaks. */
static void test_an_empty_pool(void **state)
{
	struct padma_packet *held[80], *packet;
	struct bed bed;
	unsigned int n = 0;

	(void)state;
	bed_open(&bed, "without=0x8000,depth=64", 80, 0);
	bed_start(&bed, NULL);
	while (n < 80 && (held[n] = padma_packet_get(bed.cache)))
		n++;
	assert_true(n > 0);
	for (unsigned int i = 0; i < n; i++) {
		packet = held[i];
		memset(padma_packet_append(packet, 100), 0xff, 100);
		if (padma_tx_burst(bed.tx[0], &packet, 1) == 0)
			padma_packet_put(bed.cache, packet);
		bed_step(&bed);
	}
	bed_discard(&bed);
	for (unsigned int i = 0; i < 200; i++) {
		bed_step(&bed);
		bed_discard(&bed);
		padma_tx_reap(bed.tx[0], 64);
	}
	bed.sent = bed.received = 0;
	bed_exchange(&bed, 0, 300, 500, 1);
	bed_close(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_feature_off),
		cmocka_unit_test(test_each_feature_on),
		cmocka_unit_test(test_few_features),
		cmocka_unit_test(test_forms_of_a_device),
		cmocka_unit_test(test_small_rooms),
		cmocka_unit_test(test_each_depth),
		cmocka_unit_test(test_wraps),
		cmocka_unit_test(test_lengths_and_chains),
		cmocka_unit_test(test_jumbo_frames),
		cmocka_unit_test(test_several_queues),
		cmocka_unit_test(test_an_empty_pool),
	};

	return cmocka_run_group_tests(tests, bed_space_open, bed_space_close);
}
