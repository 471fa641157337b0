// SPDX-License-Identifier: BSD-3-Clause
/* The backend "vhost": which memory the other processes get, and that both see the same bytes. */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <padma/alloc.h>
#include <padma/error.h>
#include <padma/guard.h>
#include <padma/lookup.h>
#include <padma/space.h>

#include "space/attach.h"
#include "vhost/link.h"
#include "vhost/memory.h"
#include "vhost/peer.h"

#define PAGE 4096u

struct fixture {
	struct peer *peer;
	struct vhost_link *link;
	struct padma_space *space;
	struct space_device device;
};

static void gone(void *ctx)
{
	(void)ctx;
}

static void open_peer(struct fixture *f, const struct peer_params *params)
{
	struct vhost_link_params link = {
		.name = "vhost-user:test", .timeout_ms = 2000, .gone = gone, .ring_error = gone};

	f->peer = peer_start(params);
	link.path = f->peer->path;
	assert_int_equal(vhost_link_open(&link, &f->link), 0);
	f->device = (struct space_device){.kind = SPACE_DEVICE_VHOST, .fd = -1, .context = f->link};
}

static void open_space(struct fixture *f, enum padma_guard_mode guard)
{
	const struct padma_space_params params = {
		.backend = "vhost", .window_bytes = 1ull << 32, .guard = guard};

	assert_int_equal(padma_space_open(&params, &f->space), 0);
}

static void close_all(struct fixture *f)
{
	assert_int_equal(padma_space_close(f->space), 0);
	vhost_link_close(f->link);
	peer_stop(f->peer);
}

static const struct peer_params with_slots = {
	.features = PEER_FEATURES, .protocol = PEER_PROTOCOL, .queue_pairs = 1, .slots = 32};
static const struct peer_params without_slots = {
	.features = PEER_FEATURES, .protocol = VHOST_P_REPLY_ACK, .queue_pairs = 1};
static const struct peer_params without_answers = {
	.features = PEER_FEATURES, .protocol = 0, .queue_pairs = 1};

/* Write on one side, read on the other, by dma address. */
static void check_shared(struct fixture *f, char *va, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += bytes / 8) {
		padma_dma_t dma = padma_dma(f->space, va + at);
		char *there;

		assert_true(dma != PADMA_DMA_NONE);
		pthread_mutex_lock(&f->peer->lock);
		there = peer_at_guest(f->peer, dma, 8);
		assert_non_null(there);
		memcpy(va + at, "to peer", 8);
		assert_string_equal(there, "to peer");
		memcpy(there, "to here", 8);
		assert_string_equal(va + at, "to here");
		assert_ptr_equal(peer_at_user(f->peer, (uintptr_t)va + at, 8), there);
		pthread_mutex_unlock(&f->peer->lock);
	}
}

static unsigned int regions(const struct fixture *f)
{
	unsigned int count;

	pthread_mutex_lock(&f->peer->lock);
	count = f->peer->region_count;
	pthread_mutex_unlock(&f->peer->lock);
	return count;
}

static void check_growth(const struct peer_params *params, bool before)
{
	struct fixture f;
	void *memory[4];

	open_peer(&f, params);
	open_space(&f, PADMA_GUARD_PAGES);
	if (!before)
		assert_int_equal(space_attach(f.space, &f.device), 0);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(padma_space_alloc(f.space, 24u << 20, NULL, &memory[i]), 0);
	if (before)
		assert_int_equal(space_attach(f.space, &f.device), 0);
	for (unsigned int i = 0; i < 4; i++)
		check_shared(&f, memory[i], 24u << 20);
	assert_true(regions(&f) >= 2 && regions(&f) <= 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(padma_space_free(f.space, memory[i]), 0);
	space_detach(f.space, &f.device);
	close_all(&f);
}

static void test_growth(void **state)
{
	(void)state;
	check_growth(&with_slots, false);
	check_growth(&with_slots, true);
	check_growth(&without_slots, false);
	check_growth(&without_slots, true);
	check_growth(&without_answers, false);
}

/* No run of dma addresses is of two regions: back ends may look for its end in the region of its start. */
static void test_runs_end_with_regions(void **state)
{
	struct fixture f;
	void *memory[3];

	(void)state;
	open_peer(&f, &with_slots);
	open_space(&f, PADMA_GUARD_OFF);
	assert_int_equal(space_attach(f.space, &f.device), 0);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(padma_space_alloc(f.space, 30u << 20, NULL, &memory[i]), 0);
	for (unsigned int i = 0; i < 3; i++) {
		struct padma_run run = padma_run(f.space, memory[i], 1u << 30);

		pthread_mutex_lock(&f.peer->lock);
		assert_non_null(peer_at_guest(f.peer, run.dma, run.len));
		pthread_mutex_unlock(&f.peer->lock);
	}
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(padma_space_free(f.space, memory[i]), 0);
	space_detach(f.space, &f.device);
	close_all(&f);
}

/* Eight regions, doubling: then the next is refused in words, and what there is stays. */
static void test_no_more_regions(void **state)
{
	const struct padma_space_params params = {
		.backend = "vhost", .window_bytes = 1ull << 32, .chunk_bytes = 2u << 20};
	struct peer_params few = with_slots;
	struct fixture f;
	void *memory, *more;

	(void)state;
	few.slots = 1;
	open_peer(&f, &few);
	assert_int_equal(padma_space_open(&params, &f.space), 0);
	assert_int_equal(space_attach(f.space, &f.device), 0);
	assert_int_equal(padma_space_alloc(f.space, 4u << 20, NULL, &memory), 0);
	assert_int_equal(padma_space_alloc(f.space, 64u << 20, NULL, &more), -ENOBUFS);
	assert_non_null(strstr(padma_last_error(), "chunk_bytes"));
	check_shared(&f, memory, 4u << 20);
	assert_int_equal(padma_space_free(f.space, memory), 0);
	space_detach(f.space, &f.device);
	close_all(&f);
}

static void check_refusal(struct peer_params params, enum vhost_request request)
{
	struct fixture f;
	void *memory, *more;

	params.trick = PEER_REFUSES;
	params.trick_at = request;
	params.trick_after = 1;
	open_peer(&f, &params);
	open_space(&f, PADMA_GUARD_OFF);
	assert_int_equal(space_attach(f.space, &f.device), 0);
	assert_int_equal(padma_space_alloc(f.space, 4u << 20, NULL, &memory), 0);
	assert_int_equal(padma_space_alloc(f.space, 64u << 20, NULL, &more), -EREMOTEIO);
	assert_int_equal(padma_space_free(f.space, memory), 0);
	space_detach(f.space, &f.device);
	close_all(&f);
}

static void test_refused_regions(void **state)
{
	(void)state;
	check_refusal(with_slots, VHOST_ADD_MEM_REG);
	check_refusal(without_slots, VHOST_SET_MEM_TABLE);
}

static void test_trim(void **state)
{
	struct fixture f;
	void *memory;

	(void)state;
	open_peer(&f, &with_slots);
	open_space(&f, PADMA_GUARD_OFF);
	assert_int_equal(space_attach(f.space, &f.device), 0);
	assert_int_equal(padma_space_alloc(f.space, 4u << 20, NULL, &memory), 0);
	assert_int_equal(regions(&f), 1);
	assert_int_equal(padma_space_free(f.space, memory), 0);
	assert_true(padma_space_trim(f.space) >= 0);
	assert_int_equal(regions(&f), 0);
	assert_int_equal(padma_space_alloc(f.space, 4u << 20, NULL, &memory), 0);
	check_shared(&f, memory, 4u << 20);
	assert_int_equal(padma_space_free(f.space, memory), 0);
	space_detach(f.space, &f.device);
	close_all(&f);
}

static char *map_memfd(size_t bytes, int flags, int *fd)
{
	char *va;

	*fd = memfd_create("test", MFD_CLOEXEC);
	assert_return_code(*fd, errno);
	assert_return_code(ftruncate(*fd, (off_t)(2 * bytes)), errno);
	va = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, *fd, (off_t)bytes);
	assert_ptr_not_equal(va, MAP_FAILED);
	return va;
}

/* Any bytes of it; whatever parts are registered, its file is one region. */
static void test_registered_memfd(void **state)
{
	const size_t bytes = 64 * PAGE;
	struct fixture f;
	char *va;
	int fd;

	(void)state;
	open_peer(&f, &with_slots);
	open_space(&f, PADMA_GUARD_PAGES);
	assert_int_equal(space_attach(f.space, &f.device), 0);
	va = map_memfd(bytes, MAP_SHARED, &fd);
	assert_int_equal(padma_space_register(f.space, va + 100, 10 * PAGE), 0);
	close(fd); /* it is registered, so it is held */
	assert_int_equal(padma_space_register(f.space, va + 20 * PAGE, 10 * PAGE), 0);
	assert_int_equal(regions(&f), 1);
	check_shared(&f, va + 128, 8 * PAGE);
	check_shared(&f, va + 20 * PAGE, 8 * PAGE);
	assert_true(padma_dma(f.space, va + 40 * PAGE) == PADMA_DMA_NONE);
	assert_true(padma_guard_check(f.space, padma_dma(f.space, va + 100), PAGE));
	assert_int_equal(padma_space_unregister(f.space, va + 100, 10 * PAGE), 0);
	check_shared(&f, va + 20 * PAGE, 8 * PAGE);
	assert_int_equal(padma_space_unregister(f.space, va + 20 * PAGE, 10 * PAGE), 0);
	assert_int_equal(regions(&f), 0);
	munmap(va, bytes);
	space_detach(f.space, &f.device);
	close_all(&f);
}

/* One of two processes does not give a region up: the other has it again, as it stays in use. */
static void test_refused_removal(void **state)
{
	struct peer_params stubborn = with_slots;
	struct fixture f, other;
	void *memory;

	(void)state;
	stubborn.trick = PEER_REFUSES;
	stubborn.trick_at = VHOST_REM_MEM_REG;
	open_peer(&f, &with_slots);
	open_peer(&other, &stubborn);
	open_space(&f, PADMA_GUARD_OFF);
	assert_int_equal(space_attach(f.space, &f.device), 0);
	assert_int_equal(space_attach(f.space, &other.device), 0);
	assert_int_equal(padma_space_alloc(f.space, 4u << 20, NULL, &memory), 0);
	assert_int_equal(padma_space_free(f.space, memory), 0);
	(void)padma_space_trim(f.space);
	assert_int_equal(peer_seen(other.peer, VHOST_REM_MEM_REG), 1);
	assert_int_equal(padma_space_alloc(f.space, 4u << 20, NULL, &memory), 0);
	check_shared(&f, memory, 4u << 20);
	assert_int_equal(padma_space_free(f.space, memory), 0);
	space_detach(f.space, &other.device);
	space_detach(f.space, &f.device);
	vhost_link_close(other.link);
	peer_stop(other.peer);
	close_all(&f);
}

static void refuse_registration(struct fixture *f, char *va, int error, const char *word)
{
	assert_int_equal(padma_space_register(f->space, va, 2 * PAGE), error);
	assert_non_null(strstr(padma_last_error(), word));
	assert_true(padma_dma(f->space, va) == PADMA_DMA_NONE);
	munmap(va, 4 * PAGE);
}

static void test_other_memory_is_refused(void **state)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	struct fixture f;
	char *va;
	int fd;

	(void)state;
	open_peer(&f, &with_slots);
	open_space(&f, PADMA_GUARD_OFF);
	assert_int_equal(space_attach(f.space, &f.device), 0);
	va = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	refuse_registration(&f, va, -EOPNOTSUPP, "memfd");
	va = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	refuse_registration(&f, va, -EOPNOTSUPP, "memfd");
	va = map_memfd(4 * PAGE, MAP_PRIVATE, &fd);
	refuse_registration(&f, va, -EOPNOTSUPP, "shared");
	close(fd);
	va = map_memfd(4 * PAGE, MAP_SHARED, &fd);
	close(fd);
	refuse_registration(&f, va, -EBADF, "open");
	assert_int_equal(regions(&f), 0);
	space_detach(f.space, &f.device);
	close_all(&f);
}

/* The file is mapped further, behind what is registered: addresses that were given stay. */
static void test_file_mapped_further(void **state)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	char *all = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct fixture f;
	padma_dma_t dma;

	(void)state;
	open_peer(&f, &with_slots);
	open_space(&f, PADMA_GUARD_OFF);
	assert_int_equal(space_attach(f.space, &f.device), 0);
	assert_return_code(ftruncate(fd, 8 * PAGE), errno);
	(void)mmap(all, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	assert_int_equal(padma_space_register(f.space, all, 4 * PAGE), 0);
	dma = padma_dma(f.space, all);
	(void)mmap(all + 4 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		   4 * PAGE);
	assert_int_equal(padma_space_register(f.space, all + 4 * PAGE, 4 * PAGE), 0);
	assert_true(padma_dma(f.space, all) == dma);
	check_shared(&f, all, 4 * PAGE);
	check_shared(&f, all + 4 * PAGE, 4 * PAGE);
	assert_int_equal(padma_space_unregister(f.space, all, 4 * PAGE), 0);
	check_shared(&f, all + 4 * PAGE, 4 * PAGE);
	assert_int_equal(padma_space_unregister(f.space, all + 4 * PAGE, 4 * PAGE), 0);
	close(fd);
	munmap(all, 8 * PAGE);
	space_detach(f.space, &f.device);
	close_all(&f);
}

static void test_guard(void **state)
{
	static const enum padma_guard_mode modes[] = {PADMA_GUARD_PAGES, PADMA_GUARD_EXACT};
	struct fixture f;
	void *memory;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		open_peer(&f, &with_slots);
		open_space(&f, modes[i]);
		assert_int_equal(space_attach(f.space, &f.device), 0);
		assert_int_equal(padma_space_alloc(f.space, PAGE, NULL, &memory), 0);
		assert_true(padma_guard_check(f.space, padma_dma(f.space, memory), PAGE));
		assert_false(padma_guard_check(f.space, 1ull << 40, PAGE));
		assert_int_equal(padma_space_free(f.space, memory), 0);
		space_detach(f.space, &f.device);
		close_all(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_runs_end_with_regions),
		cmocka_unit_test(test_no_more_regions),
		cmocka_unit_test(test_refused_regions),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_registered_memfd),
		cmocka_unit_test(test_refused_removal),
		cmocka_unit_test(test_other_memory_is_refused),
		cmocka_unit_test(test_file_mapped_further),
		cmocka_unit_test(test_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
