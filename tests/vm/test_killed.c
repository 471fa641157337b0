// SPDX-License-Identifier: BSD-3-Clause
/*
 * Killed during DMA, a hundred times. A process reads continuously from a slow drive into hugepages and
 * gets SIGKILL at a random moment. The test takes every hugepage as soon as it becomes free and fills it
 * with a pattern: no data in flight may arrive there.
 *
 * The drive is slow (iops=400): data arrives as late as completions. Its medium is empty: it reads zeros.
 */
#include "vm_fixture.h"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include <padma/nvme.h>

#define HUGEPAGE      ((size_t)2 << 20)
#define POOL	      24u /* hugepages of the machine */
#define READS	      32u /* in flight */
#define READ_BYTES    ((size_t)256 << 10)
#define BUFFER_BYTES  (READS * READ_BYTES)
#define BUFFER_PAGES  (BUFFER_BYTES / HUGEPAGE)
#define LATENCY_US    (READS * 1000000u / 400) /* on average */
#define CONTROL_READS (16 * READS)	       /* more than a second's */
#define ROUNDS	      100u
#define UNREAD	      0xeeeeeeeeeeeeeeeeull
#define PATTERN(word) (0x5a5a000000000000ull + (word))

extern char **environ;

/* The victim's report, in a file that both have mapped. Atomic. */
struct notes {
	uint64_t ready;
	uint64_t put; /* reads that were submitted to the drive */
	uint64_t over;
	uint64_t arrived; /* whose zeros were seen in memory */
	uint64_t failed;
	uint64_t dma[BUFFER_PAGES]; /* of the buffers' hugepages */
};

static void add(uint64_t *count, uint64_t n)
{
	__atomic_add_fetch(count, n, __ATOMIC_RELEASE);
}

static uint64_t load(const uint64_t *count)
{
	return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

/* The victim. */

struct read {
	struct notes *notes;
	uint64_t *buffer;
	bool in_flight;
};

static void read_over(void *ctx, int error, uint16_t status)
{
	struct read *read = ctx;
	bool arrived = error == 0 && status == 0;

	for (size_t at = 0; at < READ_BYTES / 8; at += 512)
		arrived = arrived && read->buffer[at] == 0;
	add(&read->notes->over, 1);
	add(arrived ? &read->notes->arrived : &read->notes->failed, 1);
	read->in_flight = false;
}

static int read_for_ever(struct padma_nvme_queue *queue, struct read *reads)
{
	const uint32_t lbas = READ_BYTES / 512;
	struct notes *notes = reads[0].notes;

	for (uint64_t lba = 0;; lba = (lba + lbas) % (lbas * READS)) {
		uint64_t put = 0;

		for (unsigned int i = 0; i < READS; i++) {
			if (reads[i].in_flight)
				continue;
			for (size_t at = 0; at < READ_BYTES / 8; at += 512)
				reads[i].buffer[at] = UNREAD;
			if (padma_nvme_read(queue, 1, reads[i].buffer, lba, lbas, read_over,
					    &reads[i]))
				return EXIT_FAILURE;
			reads[i].in_flight = true;
			put++;
		}
		if (padma_nvme_submit(queue) < 0)
			return EXIT_FAILURE;
		add(&notes->put, put);
		__atomic_store_n(&notes->ready, 1, __ATOMIC_RELEASE);
		if (padma_nvme_poll(queue, 0) < 0)
			return EXIT_FAILURE;
	}
}

static int victim(struct notes *notes)
{
	const struct padma_space_params params = {.backend = "noiommu", .chunk_bytes = HUGEPAGE};
	const struct padma_alloc_params align = {.align_bytes = HUGEPAGE};
	struct read reads[READS] = {{0}};
	struct padma_nvme_queue *queue;
	struct padma_device *device;
	struct padma_space *space;
	struct padma_nvme *nvme;
	void *buffer;

	if (padma_space_open(&params, &space) || padma_device_open(space, bdf(0), &device) ||
	    padma_nvme_open(device, NULL, &nvme) || padma_nvme_queue_open(nvme, NULL, &queue) ||
	    padma_space_alloc(space, BUFFER_BYTES, &align, &buffer)) {
		fprintf(stderr, "the victim: %s\n", padma_last_error());
		return EXIT_FAILURE;
	}
	for (unsigned int i = 0; i < BUFFER_PAGES; i++)
		notes->dma[i] = padma_dma(space, (char *)buffer + i * HUGEPAGE);
	for (unsigned int i = 0; i < READS; i++)
		reads[i] = (struct read){
			.notes = notes,
			.buffer = (uint64_t *)(void *)((char *)buffer + i * READ_BYTES),
		};
	return read_for_ever(queue, reads);
}

/* The killer, which takes the freed pages. */

static struct notes *notes;
static char notes_path[256];
static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (random_state >> 33) % limit;
}

static struct notes *map_notes(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *at = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(struct notes)) == 0)
		at = mmap(NULL, sizeof(struct notes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	return at == MAP_FAILED ? NULL : at;
}

static pid_t start_victim(void)
{
	char *words[] = {(char *)"test_vm_killed", notes_path, NULL};
	pid_t child;

	memset(notes, 0, sizeof(*notes));
	assert_int_equal(posix_spawn(&child, "/proc/self/exe", NULL, NULL, words, environ), 0);
	for (int i = 0; i < 60000 && !load(&notes->ready); i++) {
		assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
		usleep(1000);
	}
	assert_true(load(&notes->ready));
	return child;
}

/* Take @count pages of the pool, each filled as soon as it is free. */
static void take(uint64_t **pages, unsigned int count)
{
	struct timespec now, start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (unsigned int i = 0; i < count;) {
		void *page = mmap(NULL, HUGEPAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

		clock_gettime(CLOCK_MONOTONIC, &now);
		assert_true(now.tv_sec - start.tv_sec < 60);
		if (page == MAP_FAILED)
			continue;
		pages[i] = page;
		for (size_t word = 0; word < HUGEPAGE / 8; word++)
			pages[i][word] = PATTERN(word);
		i++;
	}
}

static void give_back(uint64_t **pages, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		munmap(pages[i], HUGEPAGE);
}

/* How many of these pages are the victim's buffers, by address. */
static unsigned int reused(uint64_t *const *pages, unsigned int pages_count)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < pages_count; i++) {
		for (unsigned int b = 0; b < BUFFER_PAGES; b++)
			count += pagemap_phys(pages[i]) == notes->dma[b];
	}
	return count;
}

static uint64_t overwritten(uint64_t *const *pages, unsigned int pages_count)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < pages_count; i++) {
		for (size_t word = 0; word < HUGEPAGE / 8; word++)
			count += pages[i][word] != PATTERN(word);
	}
	return count;
}

struct totals {
	unsigned int in_flight; /* rounds with reads in flight */
	uint64_t reads;		/* in flight, over all rounds */
	uint64_t arrived;
};

static void one_round(struct totals *totals)
{
	uint64_t *pages[POOL], in_flight;
	pid_t child = start_victim();
	int status;

	usleep((unsigned int)random_below(2 * LATENCY_US));
	assert_int_equal(kill(child, SIGKILL), 0);
	take(pages, POOL);
	in_flight = load(&notes->put) - load(&notes->over);
	usleep(2 * LATENCY_US);
	assert_int_equal(reused(pages, POOL), BUFFER_PAGES);
	assert_int_equal(overwritten(pages, POOL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(load(&notes->failed), 0);
	give_back(pages, POOL);
	totals->in_flight += in_flight > 0;
	totals->reads += in_flight;
	totals->arrived += load(&notes->arrived);
}

static void test_killed_amid_dma(void **state)
{
	uint64_t seed = (uint64_t)time(NULL);
	struct totals totals = {0};

	(void)state;
	random_state = seed;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (unsigned int i = 0; i < ROUNDS; i++)
		one_round(&totals);
	print_message("%u rounds, %u with reads in flight, %.1f on average; %llu arrived while the "
		      "process lived\n",
		      ROUNDS, totals.in_flight, (double)totals.reads / ROUNDS,
		      (unsigned long long)totals.arrived);
	assert_true(totals.in_flight > ROUNDS / 2);
	assert_true(totals.arrived > 0);
}

static void count_over(void *ctx, int error, uint16_t status)
{
	*(unsigned int *)ctx += error == 0 && status == 0;
}

/* QEMU's rate limit allows a burst of a tenth of a second; only after it are commands delayed. */
static void use_up_the_burst(struct padma_space *space, struct padma_nvme_queue *queue)
{
	unsigned int over = 0;
	void *buffer;

	must(padma_space_alloc(space, 4096, NULL, &buffer));
	for (int i = 0; i < 100; i++)
		must(padma_nvme_read(queue, 1, buffer, 0, 1, count_over, &over));
	assert_int_equal(padma_nvme_submit(queue), 100);
	while (padma_nvme_outstanding(queue))
		assert_true(padma_nvme_poll(queue, 0) >= 0);
	must(padma_space_free(space, buffer));
}

/* With reads in flight, return their memory to the system as if it had not been pinned. */
static void unpin_amid_reads(struct padma_space *space, struct padma_nvme_queue *queue,
			     unsigned int *over)
{
	char *buffer = mmap(NULL, BUFFER_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);

	assert_ptr_not_equal(buffer, MAP_FAILED);
	must(padma_space_register(space, buffer, BUFFER_BYTES));
	memset(notes, 0, sizeof(*notes));
	for (unsigned int i = 0; i < BUFFER_PAGES; i++)
		notes->dma[i] = padma_dma(space, buffer + i * HUGEPAGE);
	/* Read all of it several times: the last data arrives long after the memory was taken. */
	for (unsigned int i = 0; i < CONTROL_READS; i++)
		must(padma_nvme_read(queue, 1, buffer + i % READS * READ_BYTES, 0, READ_BYTES / 512,
				     count_over, over));
	assert_int_equal(padma_nvme_submit(queue), CONTROL_READS);
	must(padma_space_unregister(space, buffer, BUFFER_BYTES));
	assert_int_equal(munmap(buffer, BUFFER_BYTES), 0);
}

/*
 * The control: what the test below looks for does happen, and is detected, if the pins are dropped while the
 * device may still write. No program may do that (padma_space_unregister()).
 */
static void test_control_without_pins(void **state)
{
	const struct padma_nvme_queue_params params = {.depth = CONTROL_READS};
	struct padma_space *space = open_space();
	struct padma_device *device = open_device(space, 0);
	struct padma_nvme_queue *queue;
	uint64_t *pages[BUFFER_PAGES];
	struct padma_nvme *nvme;
	unsigned int over = 0;

	(void)state;
	must(padma_nvme_open(device, NULL, &nvme));
	must(padma_nvme_queue_open(nvme, &params, &queue));
	use_up_the_burst(space, queue);
	unpin_amid_reads(space, queue, &over);
	take(pages, BUFFER_PAGES);
	while (padma_nvme_outstanding(queue))
		assert_true(padma_nvme_poll(queue, 0) >= 0);
	assert_int_equal(over, CONTROL_READS);
	print_message("without pins: %u of %zu pages were the buffers', %llu words overwritten\n",
		      reused(pages, BUFFER_PAGES), BUFFER_PAGES,
		      (unsigned long long)overwritten(pages, BUFFER_PAGES));
	assert_true(reused(pages, BUFFER_PAGES) > 0);
	assert_true(overwritten(pages, BUFFER_PAGES) > 0);
	give_back(pages, BUFFER_PAGES);
	must(padma_nvme_queue_close(queue));
	must(padma_nvme_close(nvme));
	padma_device_close(device);
	must(padma_space_close(space));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_control_without_pins),
		cmocka_unit_test(test_killed_amid_dma),
	};

	if (argc == 2) {
		notes = map_notes(argv[1]);
		return notes ? victim(notes) : EXIT_FAILURE;
	}
	snprintf(notes_path, sizeof(notes_path), "%s/notes", getenv("PADMA_SCRATCH"));
	notes = map_notes(notes_path);
	return notes ? cmocka_run_group_tests(tests, NULL, NULL) : EXIT_FAILURE;
}
