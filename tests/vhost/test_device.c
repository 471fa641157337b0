// SPDX-License-Identifier: BSD-3-Clause
/* The device by its registers: what the driver writes becomes requests, and what the peer does shows in the device's state. */
#include "test.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <padma/alloc.h>
#include <padma/bar.h>
#include <padma/device.h>
#include <padma/error.h>
#include <padma/lookup.h>
#include <padma/space.h>

#include "vhost/peer.h"
#include "vhost/peer_rings.h"

/* Where things are in BAR 0, as the capabilities say (checked by test_capabilities), and the fields of the common
 * configuration (Virtio 1.2, 4.1.4.3). */
#define NOTIFY	       0x1000u
#define CONFIG	       0x2000u
#define DEVICE_SELECT  0x00u
#define DEVICE_FEATURE 0x04u
#define DRIVER_SELECT  0x08u
#define DRIVER_FEATURE 0x0cu
#define NUM_QUEUES     0x12u
#define STATUS	       0x14u
#define QUEUE_SELECT   0x16u
#define QUEUE_SIZE     0x18u
#define QUEUE_VECTOR   0x1au
#define QUEUE_ENABLE   0x1cu
#define QUEUE_OFF      0x1eu
#define QUEUE_DESC     0x20u
#define QUEUE_DRIVER   0x28u
#define QUEUE_DEVICE   0x30u
#define ENTRIES	       64u
#define VERSION_1      (1ull << 32)
#define PACKED	       (1ull << 34)
#define MTU	       (1ull << 3)
#define MAC	       (1ull << 5)
#define CTRL_VQ	       (1ull << 17)
#define MQ	       (1ull << 22)
#define ACK_DRIVER     3u
#define FEATURES_OK    8u
#define DRIVER_OK      4u
#define NEEDS_RESET    64u

struct fixture {
	struct peer *peer;
	struct padma_space *space;
	struct padma_device *device;
	const struct padma_bar *bar;
	char *rings[5]; /* a page each */
};

static const struct peer_params honest = {
	.features = PEER_FEATURES, .protocol = PEER_PROTOCOL, .queue_pairs = 4, .slots = 32};

static void open_space(struct fixture *f)
{
	const struct padma_space_params params = {.window_bytes = 1ull << 32};
	char name[128];

	snprintf(name, sizeof(name), "vhost-user:%s", f->peer->path);
	assert_int_equal(padma_space_open_for(name, &params, &f->space), 0);
}

static int open_device(struct fixture *f, const char *keys)
{
	/* A busy machine may let the peer wait for long; what waits for the time-out gives its own. */
	const char *patience = strstr(keys, "timeout=") ? "" : ",timeout=5000";
	char name[160];
	int rc;

	snprintf(name, sizeof(name), "vhost-user:%s%s%s", f->peer->path, patience, keys);
	rc = padma_device_open(f->space, name, &f->device);
	if (rc == 0)
		f->bar = padma_device_bar(f->device, 0);
	return rc;
}

static void open_all(struct fixture *f, const struct peer_params *params, const char *keys)
{
	*f = (struct fixture){.peer = peer_start(params)};
	open_space(f);
	assert_int_equal(open_device(f, keys), 0);
}

static void close_all(struct fixture *f)
{
	assert_int_equal(padma_device_close(f->device), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(f->rings); i++) {
		if (f->rings[i])
			assert_int_equal(padma_space_free(f->space, f->rings[i]), 0);
	}
	assert_int_equal(padma_space_close(f->space), 0);
	peer_stop(f->peer);
}

static uint64_t offered(const struct fixture *f)
{
	uint64_t low;

	padma_bar_write32(f->bar, DEVICE_SELECT, 0);
	low = padma_bar_read32(f->bar, DEVICE_FEATURE);
	padma_bar_write32(f->bar, DEVICE_SELECT, 1);
	return low | (uint64_t)padma_bar_read32(f->bar, DEVICE_FEATURE) << 32;
}

static void negotiate(struct fixture *f, uint64_t features)
{
	padma_bar_write8(f->bar, STATUS, 0);
	assert_int_equal(padma_bar_read8(f->bar, STATUS), 0);
	padma_device_declare_quiesced(f->device);
	assert_int_equal(padma_device_bus_master(f->device, true), 0);
	padma_bar_write8(f->bar, STATUS, ACK_DRIVER);
	padma_bar_write32(f->bar, DRIVER_SELECT, 0);
	padma_bar_write32(f->bar, DRIVER_FEATURE, (uint32_t)features);
	padma_bar_write32(f->bar, DRIVER_SELECT, 1);
	padma_bar_write32(f->bar, DRIVER_FEATURE, (uint32_t)(features >> 32));
	padma_bar_write8(f->bar, STATUS, ACK_DRIVER | FEATURES_OK);
	assert_int_equal(padma_bar_read8(f->bar, STATUS), ACK_DRIVER | FEATURES_OK);
}

static void write_address(struct fixture *f, uint32_t at, padma_dma_t dma)
{
	padma_bar_write32(f->bar, at, (uint32_t)dma);
	padma_bar_write32(f->bar, at + 4, (uint32_t)(dma >> 32));
}

static void enable(struct fixture *f, uint16_t queue, uint16_t vector)
{
	padma_dma_t dma;

	if (!f->rings[queue])
		assert_int_equal(padma_space_alloc(f->space, 4096, NULL, (void **)&f->rings[queue]),
				 0);
	memset(f->rings[queue], 0, 4096);
	dma = padma_dma(f->space, f->rings[queue]);
	padma_bar_write16(f->bar, QUEUE_SELECT, queue);
	padma_bar_write16(f->bar, QUEUE_SIZE, ENTRIES);
	padma_bar_write16(f->bar, QUEUE_VECTOR, vector);
	write_address(f, QUEUE_DESC, dma);
	write_address(f, QUEUE_DRIVER, dma + 1024);
	write_address(f, QUEUE_DEVICE, dma + 2048);
	padma_bar_write16(f->bar, QUEUE_ENABLE, 1);
}

static void start(struct fixture *f)
{
	padma_bar_write8(f->bar, STATUS, ACK_DRIVER | FEATURES_OK | DRIVER_OK);
}

static void start_pair(struct fixture *f, uint64_t features)
{
	negotiate(f, features);
	enable(f, 0, 1);
	enable(f, 1, 2);
	start(f);
	assert_int_equal(padma_bar_read8(f->bar, STATUS), ACK_DRIVER | FEATURES_OK | DRIVER_OK);
}

static void test_identity(void **state)
{
	struct padma_device_ids ids;
	struct padma_space_info info;
	struct fixture f;

	(void)state;
	open_all(&f, &honest, ",queues=2,mac=02:11:22:33:44:55,mtu=9000");
	assert_int_equal(padma_device_ids(f.device, &ids), 0);
	assert_int_equal(ids.vendor, 0x1af4);
	assert_int_equal(ids.device, 0x1041);
	padma_space_info(f.space, &info);
	assert_string_equal(info.backend, "vhost");
	assert_int_equal(padma_bar_read16(f.bar, NUM_QUEUES), 5);
	assert_int_equal(padma_bar_read8(f.bar, CONFIG), 0x02);
	assert_int_equal(padma_bar_read8(f.bar, CONFIG + 5), 0x55);
	assert_int_equal(padma_bar_read16(f.bar, CONFIG + 6), 1);
	assert_int_equal(padma_bar_read16(f.bar, CONFIG + 8), 2);
	assert_int_equal(padma_bar_read16(f.bar, CONFIG + 10), 9000);
	assert_true(offered(&f) & MTU && offered(&f) & MQ && offered(&f) & PACKED &&
		    offered(&f) & MAC);
	assert_int_equal(padma_device_irq_kind(f.device), PADMA_IRQ_MSIX);
	close_all(&f);
}

static void test_keys(void **state)
{
	struct fixture f = {.peer = peer_start(&honest)};

	(void)state;
	open_space(&f);
	assert_int_equal(open_device(&f, ",queues=5"), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "4"));
	assert_int_equal(open_device(&f, ",mac=03:11:22:33:44:55"), -EINVAL);
	assert_int_equal(open_device(&f, ",mac=02:11:22:33:44:5x"), -EINVAL);
	assert_int_equal(open_device(&f, ",mac=02:11:22:33:44:-5"), -EINVAL);
	assert_int_equal(open_device(&f, ",packed=maybe"), -EINVAL);
	assert_int_equal(open_device(&f, ",nosuch"), -EINVAL);
	/* Of simulations, which it is not. */
	assert_int_equal(open_device(&f, ",step"), -EINVAL);
	assert_int_equal(open_device(&f, ",hostile=1"), -EINVAL);
	assert_int_equal(open_device(&f, ",help"), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "timeout"));
	assert_int_equal(padma_device_open(f.space, "vhost-user:help", &f.device), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "server"));
	assert_null(strstr(padma_last_error(), "hostile"));
	assert_int_equal(padma_device_open(f.space, "vhost-user:", &f.device), -EINVAL);
	assert_int_equal(padma_device_open(f.space, "sim:edu", &f.device), -EINVAL);
	assert_int_equal(open_device(&f, ",packed=off"), 0);
	assert_false(offered(&f) & PACKED);
	close_all(&f);
}

static void test_needs_its_backend(void **state)
{
	const struct padma_space_params params = {.backend = "sim", .window_bytes = 1ull << 30};
	struct fixture f = {.peer = peer_start(&honest)};

	(void)state;
	assert_int_equal(padma_space_open(&params, &f.space), 0);
	assert_int_equal(open_device(&f, ""), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "vhost"));
	assert_int_equal(padma_space_close(f.space), 0);
	peer_stop(f.peer);
}

static void check_ring(struct fixture *f, unsigned int index, bool packed, bool enabled)
{
	struct peer_ring *ring = &f->peer->rings[index];

	pthread_mutex_lock(&f->peer->lock);
	assert_true(ring->addressed);
	assert_int_equal(ring->num, ENTRIES);
	assert_int_equal(ring->base, packed ? 0x80008000 : 0);
	assert_int_equal(ring->enabled, enabled);
	assert_true(ring->kick >= 0);
	assert_true(ring->addr.descriptor == (uintptr_t)f->rings[index]);
	assert_true(ring->addr.available == (uintptr_t)f->rings[index] + 1024);
	assert_true(ring->addr.used == (uintptr_t)f->rings[index] + 2048);
	pthread_mutex_unlock(&f->peer->lock);
}

static void check_start(uint64_t features, bool packed)
{
	struct fixture f;

	open_all(&f, &honest, ",mtu=2000");
	start_pair(&f, features);
	check_ring(&f, 0, packed, true);
	check_ring(&f, 1, packed, true);
	assert_true((f.peer->features & VERSION_1) &&
		    (f.peer->features & VHOST_F_PROTOCOL_FEATURES));
	assert_false(f.peer->features & MAC); /* that is served here */
	assert_int_equal(!!(f.peer->features & PACKED), packed);
	assert_int_equal(f.peer->mtu, features & MTU ? 2000 : 0);
	assert_int_equal(f.peer->status, ACK_DRIVER | FEATURES_OK | DRIVER_OK);
	padma_bar_write8(f.bar, STATUS, 0);
	assert_int_equal(padma_bar_read8(f.bar, STATUS), 0);
	assert_int_equal(peer_seen(f.peer, VHOST_GET_VRING_BASE), 2);
	assert_int_equal(f.peer->status, 0);
	close_all(&f);
}

static void test_start_and_reset(void **state)
{
	(void)state;
	check_start(VERSION_1 | MAC, false);
	check_start(VERSION_1 | MAC | MTU, false);
	check_start(VERSION_1 | PACKED, true);
}

static unsigned int kicks(struct fixture *f, unsigned int index)
{
	eventfd_t count = 0;

	pthread_mutex_lock(&f->peer->lock);
	if (f->peer->rings[index].kick >= 0)
		(void)eventfd_read(f->peer->rings[index].kick, &count);
	pthread_mutex_unlock(&f->peer->lock);
	return (unsigned int)count;
}

static void notify(struct fixture *f, uint16_t queue)
{
	padma_bar_write16(f->bar, QUEUE_SELECT, queue);
	padma_bar_write16(f->bar, NOTIFY + 4u * padma_bar_read16(f->bar, QUEUE_OFF), queue);
}

static void test_kicks_and_calls(void **state)
{
	int fds[4];
	struct fixture f;
	eventfd_t count;

	(void)state;
	open_all(&f, &honest, "");
	for (unsigned int i = 0; i < 4; i++)
		fds[i] = eventfd(0, EFD_NONBLOCK);
	assert_int_equal(padma_device_irq_enable(f.device, fds, 3), 0);
	start_pair(&f, VERSION_1);
	notify(&f, 1);
	notify(&f, 1);
	assert_int_equal(kicks(&f, 0), 0);
	assert_int_equal(kicks(&f, 1), 2);
	/* The peer signals the program's own eventfd. */
	pthread_mutex_lock(&f.peer->lock);
	assert_int_equal(eventfd_write(f.peer->rings[1].call, 1), 0);
	pthread_mutex_unlock(&f.peer->lock);
	assert_int_equal(eventfd_read(fds[2], &count), 0);
	assert_int_equal(eventfd_read(fds[1], &count), -1);
	/* Others take their place while the rings run. */
	fds[2] = fds[3];
	assert_int_equal(padma_device_irq_enable(f.device, fds, 3), 0);
	pthread_mutex_lock(&f.peer->lock);
	assert_int_equal(eventfd_write(f.peer->rings[1].call, 1), 0);
	pthread_mutex_unlock(&f.peer->lock);
	assert_int_equal(eventfd_read(fds[3], &count), 0);
	assert_int_equal(padma_device_irq_enable(f.device, NULL, 0), 0);
	pthread_mutex_lock(&f.peer->lock);
	assert_int_equal(f.peer->rings[1].call, -1);
	pthread_mutex_unlock(&f.peer->lock);
	close_all(&f);
	for (unsigned int i = 0; i < 4; i++)
		close(fds[i]);
}

/* Bus mastering off stops the rings; only a reset goes on from there. */
static void test_quiesce(void **state)
{
	struct fixture f;

	(void)state;
	open_all(&f, &honest, "");
	start_pair(&f, VERSION_1);
	assert_int_equal(padma_device_quiesce(f.device), 0);
	assert_int_equal(peer_seen(f.peer, VHOST_GET_VRING_BASE), 2);
	notify(&f, 1);
	padma_device_declare_quiesced(f.device);
	assert_int_equal(padma_device_bus_master(f.device, true), 0);
	assert_int_equal(peer_seen(f.peer, VHOST_SET_VRING_KICK), 2);
	start_pair(&f, VERSION_1);
	assert_int_equal(peer_seen(f.peer, VHOST_SET_VRING_KICK), 4);
	close_all(&f);
}

static void wait_for_state(struct fixture *f, enum padma_device_state state)
{
	struct pollfd removal = {.fd = padma_device_removal_fd(f->device), .events = POLLIN};

	for (unsigned int i = 0; i < 500 && padma_device_state(f->device) != state; i++)
		(void)poll(&removal, 1, 10);
	assert_int_equal(padma_device_state(f->device), state);
}

/* The peer's death is a removal; opening again connects again, with the same memory. */
static void test_death(void **state)
{
	struct fixture f;

	(void)state;
	open_all(&f, &honest, "");
	for (unsigned int i = 0; i < 3; i++) {
		start_pair(&f, VERSION_1);
		peer_hang_up(f.peer);
		wait_for_state(&f, PADMA_DEVICE_GONE);
		assert_int_equal(padma_bar_read8(f.bar, STATUS), 0xff);
		assert_int_equal(padma_device_quiesce(f.device), 0);
		assert_int_equal(padma_device_close(f.device), 0);
		assert_int_equal(open_device(&f, ""), 0);
	}
	start_pair(&f, VERSION_1);
	check_ring(&f, 0, false, true);
	close_all(&f);
}

static void test_server(void **state)
{
	struct peer_params params = honest;
	struct fixture f;

	(void)state;
	params.client = true;
	open_all(&f, &params, ",server");
	start_pair(&f, VERSION_1);
	peer_hang_up(f.peer);
	wait_for_state(&f, PADMA_DEVICE_GONE);
	assert_int_equal(padma_device_close(f.device), 0);
	assert_int_equal(open_device(&f, ",server"), 0);
	start_pair(&f, VERSION_1);
	close_all(&f);
}

/* A peer that answers wrongly is cut off: registers read as ones, and once it has closed its side the device is gone. */
static void check_broken(enum peer_trick trick)
{
	struct peer_params params = honest;
	struct fixture f;

	params.trick = trick;
	params.trick_at = VHOST_GET_VRING_BASE;
	open_all(&f, &params, "");
	start_pair(&f, VERSION_1);
	padma_bar_write8(f.bar, STATUS, 0);
	assert_int_equal(padma_bar_read8(f.bar, STATUS), 0xff);
	wait_for_state(&f, PADMA_DEVICE_GONE);
	close_all(&f);
}

static void test_broken_answers(void **state)
{
	static const enum peer_trick tricks[] = {
		PEER_CUTS,	    PEER_CUTS_HEADER, PEER_SHORT,	  PEER_LONG,
		PEER_OTHER_REQUEST, PEER_NOT_A_REPLY, PEER_OTHER_VERSION, PEER_ADDS_FD,
		PEER_OTHER_RING,    PEER_CLOSES,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(tricks); i++)
		check_broken(tricks[i]);
}

/* What is refused at the start shows as a device that needs a reset, and can have one. */
static void check_refusal(enum vhost_request request)
{
	struct peer_params params = honest;
	struct fixture f;

	params.trick = PEER_REFUSES;
	params.trick_at = request;
	open_all(&f, &params, ",mtu=2000");
	negotiate(&f, VERSION_1 | MTU);
	enable(&f, 0, 1);
	enable(&f, 1, 2);
	start(&f);
	assert_true(padma_bar_read8(f.bar, STATUS) & NEEDS_RESET);
	padma_bar_write8(f.bar, STATUS, 0);
	assert_int_equal(padma_bar_read8(f.bar, STATUS), 0);
	assert_int_equal(padma_device_state(f.device), PADMA_DEVICE_OK);
	close_all(&f);
}

static void test_refusals(void **state)
{
	static const enum vhost_request requests[] = {
		VHOST_SET_FEATURES,   VHOST_NET_SET_MTU,      VHOST_SET_VRING_NUM,
		VHOST_SET_VRING_BASE, VHOST_SET_VRING_ADDR,   VHOST_SET_VRING_KICK,
		VHOST_SET_VRING_CALL, VHOST_SET_VRING_ENABLE, VHOST_SET_STATUS,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(requests); i++)
		check_refusal(requests[i]);
}

/* A peer that hangs may still write to memory: the reset does not end, and the device cannot be closed until it has died. */
static void test_hang(void **state)
{
	struct fixture f;

	(void)state;
	open_all(&f, &honest, ",timeout=500");
	start_pair(&f, VERSION_1);
	pthread_mutex_lock(&f.peer->lock);
	padma_bar_write8(f.bar, STATUS, 0);
	assert_int_not_equal(padma_bar_read8(f.bar, STATUS), 0);
	assert_int_equal(padma_device_quiesce(f.device), -EIO);
	assert_int_equal(padma_device_close(f.device), -EBUSY);
	assert_int_not_equal(padma_device_state(f.device), PADMA_DEVICE_GONE);
	pthread_mutex_unlock(&f.peer->lock);
	wait_for_state(&f, PADMA_DEVICE_GONE);
	close_all(&f);
}

/* An area that is not the space's memory, or reaches over the end of its region. */
static void test_wild_ring(void **state)
{
	struct fixture f;

	(void)state;
	open_all(&f, &honest, "");
	negotiate(&f, VERSION_1);
	enable(&f, 0, 1);
	padma_bar_write16(f.bar, QUEUE_SELECT, 1);
	padma_bar_write16(f.bar, QUEUE_SIZE, ENTRIES);
	write_address(&f, QUEUE_DESC, 1ull << 44);
	write_address(&f, QUEUE_DRIVER, 1ull << 44);
	write_address(&f, QUEUE_DEVICE, 1ull << 44);
	padma_bar_write16(f.bar, QUEUE_ENABLE, 1);
	start(&f);
	assert_true(padma_bar_read8(f.bar, STATUS) & NEEDS_RESET);
	assert_int_equal(peer_seen(f.peer, VHOST_SET_VRING_ADDR), 1);
	close_all(&f);
}

static void test_ring_error(void **state)
{
	struct fixture f;

	(void)state;
	open_all(&f, &honest, "");
	start_pair(&f, VERSION_1);
	pthread_mutex_lock(&f.peer->lock);
	assert_int_equal(eventfd_write(f.peer->rings[0].err, 1), 0);
	pthread_mutex_unlock(&f.peer->lock);
	for (unsigned int i = 0; i < 500 && !(padma_bar_read8(f.bar, STATUS) & NEEDS_RESET); i++)
		usleep(10000);
	assert_true(padma_bar_read8(f.bar, STATUS) & NEEDS_RESET);
	padma_bar_write8(f.bar, STATUS, 0);
	assert_int_equal(padma_bar_read8(f.bar, STATUS), 0);
	close_all(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_needs_its_backend),
		cmocka_unit_test(test_start_and_reset),
		cmocka_unit_test(test_kicks_and_calls),
		cmocka_unit_test(test_quiesce),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_broken_answers),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_wild_ring),
		cmocka_unit_test(test_ring_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
