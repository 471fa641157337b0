// SPDX-License-Identifier: BSD-3-Clause
/* See fail_nth.h. */
#include "fail_nth.h"

#include "test.h"

#include <dirent.h>
#include <padma/error.h>
#include <padma/space.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The most calls that one function under test makes. */
#define MOST_CALLS 20000u

static unsigned int armed; /* the number that fails; 0: none */
static unsigned int calls; /* atomic */
static bool counting;
static const char *failed; /* atomic: what did */
static long live_blocks;   /* atomic */
static _Thread_local unsigned int exempt_depth;

void fail_nth_arm(unsigned int number)
{
	armed = number;
	__atomic_store_n(&calls, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&failed, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&counting, true, __ATOMIC_RELEASE);
}

const char *fail_nth_disarm(void)
{
	__atomic_store_n(&counting, false, __ATOMIC_RELEASE);
	return __atomic_load_n(&failed, __ATOMIC_RELAXED);
}

unsigned int fail_nth_calls(void)
{
	return __atomic_load_n(&calls, __ATOMIC_RELAXED);
}

void fail_nth_exempt(bool exempt)
{
	exempt_depth += exempt ? 1 : -1;
}

bool fail_nth(const char *what, int error)
{
	if (exempt_depth || !__atomic_load_n(&counting, __ATOMIC_ACQUIRE))
		return false;
	if (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) != armed)
		return false;
	__atomic_store_n(&failed, what, __ATOMIC_RELAXED);
	errno = error;
	return true;
}

long fail_nth_live_blocks(void)
{
	return __atomic_load_n(&live_blocks, __ATOMIC_RELAXED);
}

static void *counted(void *block)
{
	if (block)
		__atomic_add_fetch(&live_blocks, 1, __ATOMIC_RELAXED);
	return block;
}

static size_t count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

struct fail_nth_state fail_nth_state(struct padma_space *space)
{
	struct fail_nth_state state = {0};
	struct padma_space_info info;

	fail_nth_exempt(true);
	state.descriptors = count_descriptors();
	if (space) {
		padma_space_info(space, &info);
		state.mapped_bytes = info.mapped_bytes;
		state.allocated_bytes = info.allocated_bytes;
		state.registered_bytes = info.registered_bytes;
		state.runs = info.runs;
		state.registered_runs = info.registered_runs;
		state.devices = info.devices;
	}
	fail_nth_exempt(false);
	return state;
}

/* One by one, so that a difference has a name. */
static void assert_same(const struct fail_nth_call *call, const char *what,
			const struct fail_nth_state *before)
{
	struct fail_nth_state now = fail_nth_state(call->space);

	if (memcmp(&now, before, sizeof(now)) == 0)
		return;
	fail_msg("%s, where %s fails (\"%s\"), leaves something changed: %zu descriptors were %zu; "
		 "mapped "
		 "%zu, %zu; allocated %zu, %zu; registered %zu, %zu; runs %zu, %zu; registered "
		 "runs %zu, "
		 "%zu; devices %zu, %zu",
		 call->name, what, padma_last_error(), now.descriptors, before->descriptors,
		 now.mapped_bytes, before->mapped_bytes, now.allocated_bytes,
		 before->allocated_bytes, now.registered_bytes, before->registered_bytes, now.runs,
		 before->runs, now.registered_runs, before->registered_runs, now.devices,
		 before->devices);
}

/* So that what a failing call says is its own. */
static void forget_last_error(void)
{
	(void)padma_fail(0, "test", "%s", "");
}

static void assert_failed_well(const struct fail_nth_call *call, int rc, const char *what)
{
	if (!what)
		fail_msg("%s: %d although nothing failed: %s", call->name, rc, padma_last_error());
	if (rc <= -4096 || rc == -EINVAL || rc == -ENOSYS || rc == -EBADF)
		fail_msg("%s, where %s fails: %d is no sensible error", call->name, what, rc);
	if (!*padma_last_error())
		fail_msg("%s, where %s fails: %d without a sentence", call->name, what, rc);
}

/* Return: whether something did fail. */
static bool fail_one(const struct fail_nth_call *call, unsigned int number, void *ctx)
{
	struct fail_nth_state before = fail_nth_state(call->space);
	const char *what;
	int rc;

	forget_last_error();
	fail_nth_arm(number);
	rc = call->act(ctx);
	what = fail_nth_disarm();
	if (rc < 0) {
		assert_failed_well(call, rc, what);
		assert_same(call, what, &before);
		if (call->check)
			call->check(ctx);
		rc = call->act(ctx);
	}
	if (rc < 0)
		fail_msg("%s: %d, once %s does not fail any more: %s", call->name, rc, what,
			 padma_last_error());
	call->undo(ctx);
	assert_same(call, what ? what : "nothing", &before);
	return what != NULL;
}

void fail_each(const struct fail_nth_call *call, void *ctx)
{
	unsigned int number = 1;

	/* What stays for the next time, a table that has grown for one, is there before. */
	assert_true(call->act(ctx) >= 0);
	call->undo(ctx);
	while (fail_one(call, number, ctx)) {
		if (++number == MOST_CALLS)
			fail_msg("%s makes no end of calls", call->name);
	}
	print_message("%s: %u failures\n", call->name, number - 1);
	if (number - 1 < call->least)
		fail_msg("%s: only %u calls were made to fail", call->name, number - 1);
}

void fail_none(const struct fail_nth_call *call, int (*undo)(void *ctx), void *ctx)
{
	const char *what = "";
	int rc;

	for (unsigned int number = 1; what; number++) {
		struct fail_nth_state before = fail_nth_state(call->space);

		assert_true(call->act(ctx) >= 0);
		fail_nth_arm(number);
		rc = undo(ctx);
		what = fail_nth_disarm();
		if (rc)
			fail_msg("what %s did cannot be undone where %s fails: %d, %s", call->name,
				 what ? what : "nothing", rc, padma_last_error());
		assert_same(call, what ? what : "nothing", &before);
	}
}

/* The library's calls. */

struct io_uring;
struct io_uring_params;

#define DECLARE(type, name, ...)                                                                   \
	type __real_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__)

DECLARE(void *, malloc, size_t bytes);
DECLARE(void *, calloc, size_t n, size_t bytes);
DECLARE(void *, realloc, void *block, size_t bytes);
DECLARE(void *, reallocarray, void *block, size_t n, size_t bytes);
DECLARE(void *, aligned_alloc, size_t align, size_t bytes);
DECLARE(void, free, void *block);
DECLARE(char *, strdup, const char *text);
DECLARE(char *, strndup, const char *text, size_t bytes);
DECLARE(int, asprintf, char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));
DECLARE(ssize_t, __getdelim, char **line, size_t *bytes, int end, FILE *file);
DECLARE(ssize_t, getline, char **line, size_t *bytes, FILE *file);
DECLARE(void *, mmap, void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
DECLARE(int, madvise, void *at, size_t bytes, int advice);
DECLARE(int, mlock, const void *at, size_t bytes);
DECLARE(int, memfd_create, const char *name, unsigned int flags);
DECLARE(int, ftruncate, int fd, off_t bytes);
DECLARE(int, fallocate, int fd, int mode, off_t offset, off_t bytes);
DECLARE(int, eventfd, unsigned int count, int flags);
DECLARE(int, epoll_create1, int flags);
DECLARE(int, timerfd_create, int clock, int flags);
DECLARE(DIR *, opendir, const char *path);
DECLARE(FILE *, fopen, const char *path, const char *mode);
DECLARE(int, pthread_create, pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
	void *arg);
DECLARE(int, io_uring_queue_init, unsigned int entries, struct io_uring *ring, unsigned int flags);
DECLARE(int, io_uring_queue_init_params, unsigned int entries, struct io_uring *ring,
	struct io_uring_params *params);

void *__wrap_malloc(size_t bytes)
{
	return fail_nth("malloc", ENOMEM) ? NULL : counted(__real_malloc(bytes));
}

void *__wrap_calloc(size_t n, size_t bytes)
{
	return fail_nth("calloc", ENOMEM) ? NULL : counted(__real_calloc(n, bytes));
}

void *__wrap_realloc(void *block, size_t bytes)
{
	void *moved;

	if (fail_nth("realloc", ENOMEM))
		return NULL;
	moved = __real_realloc(block, bytes);
	return block ? moved : counted(moved);
}

void *__wrap_reallocarray(void *block, size_t n, size_t bytes)
{
	void *moved;

	if (fail_nth("reallocarray", ENOMEM))
		return NULL;
	moved = __real_reallocarray(block, n, bytes);
	return block ? moved : counted(moved);
}

void *__wrap_aligned_alloc(size_t align, size_t bytes)
{
	return fail_nth("aligned_alloc", ENOMEM) ? NULL
						 : counted(__real_aligned_alloc(align, bytes));
}

void __wrap_free(void *block)
{
	if (block)
		__atomic_sub_fetch(&live_blocks, 1, __ATOMIC_RELAXED);
	__real_free(block);
}

char *__wrap_strdup(const char *text)
{
	return fail_nth("strdup", ENOMEM) ? NULL : counted(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t bytes)
{
	return fail_nth("strndup", ENOMEM) ? NULL : counted(__real_strndup(text, bytes));
}

int __wrap_asprintf(char **text, const char *format, ...)
{
	va_list args;
	int length;

	if (fail_nth("asprintf", ENOMEM))
		return -1;
	va_start(args, format);
	length = vasprintf(text, format, args);
	va_end(args);
	if (length >= 0)
		counted(*text);
	return length;
}

/* glibc inlines getline() as this one where it optimises. */
ssize_t __wrap___getdelim(char **line, size_t *bytes, int end, FILE *file)
{
	const char *before = *line;
	ssize_t length;

	if (fail_nth("getline", ENOMEM))
		return -1;
	length = __real___getdelim(line, bytes, end, file);
	if (!before)
		counted(*line);
	return length;
}

ssize_t __wrap_getline(char **line, size_t *bytes, FILE *file)
{
	return __wrap___getdelim(line, bytes, '\n', file);
}

void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	return fail_nth("mmap", ENOMEM) ? MAP_FAILED
					: __real_mmap(at, bytes, prot, flags, fd, offset);
}

int __wrap_madvise(void *at, size_t bytes, int advice)
{
	return fail_nth("madvise", ENOMEM) ? -1 : __real_madvise(at, bytes, advice);
}

int __wrap_mlock(const void *at, size_t bytes)
{
	return fail_nth("mlock", ENOMEM) ? -1 : __real_mlock(at, bytes);
}

int __wrap_memfd_create(const char *name, unsigned int flags)
{
	return fail_nth("memfd_create", EMFILE) ? -1 : __real_memfd_create(name, flags);
}

int __wrap_ftruncate(int fd, off_t bytes)
{
	return fail_nth("ftruncate", ENOSPC) ? -1 : __real_ftruncate(fd, bytes);
}

int __wrap_fallocate(int fd, int mode, off_t offset, off_t bytes)
{
	return fail_nth("fallocate", ENOSPC) ? -1 : __real_fallocate(fd, mode, offset, bytes);
}

int __wrap_eventfd(unsigned int count, int flags)
{
	return fail_nth("eventfd", EMFILE) ? -1 : __real_eventfd(count, flags);
}

int __wrap_epoll_create1(int flags)
{
	return fail_nth("epoll_create1", EMFILE) ? -1 : __real_epoll_create1(flags);
}

int __wrap_timerfd_create(int clock, int flags)
{
	return fail_nth("timerfd_create", EMFILE) ? -1 : __real_timerfd_create(clock, flags);
}

DIR *__wrap_opendir(const char *path)
{
	return fail_nth("opendir", EMFILE) ? NULL : __real_opendir(path);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	return fail_nth("fopen", EMFILE) ? NULL : __real_fopen(path, mode);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg)
{
	/* The error is the answer; errno is left alone. */
	return fail_nth("pthread_create", EAGAIN) ? EAGAIN
						  : __real_pthread_create(thread, attr, fn, arg);
}

/* liburing answers a negative errno. */
int __wrap_io_uring_queue_init(unsigned int entries, struct io_uring *ring, unsigned int flags)
{
	return fail_nth("io_uring_queue_init", ENOMEM)
		       ? -ENOMEM
		       : __real_io_uring_queue_init(entries, ring, flags);
}

int __wrap_io_uring_queue_init_params(unsigned int entries, struct io_uring *ring,
				      struct io_uring_params *params)
{
	return fail_nth("io_uring_queue_init_params", ENOMEM)
		       ? -ENOMEM
		       : __real_io_uring_queue_init_params(entries, ring, params);
}
