// SPDX-License-Identifier: BSD-3-Clause
/*
 * net_killed.c - killed under traffic, several times. A program that receives gets SIGKILL; its hugepages are taken at once and
 * filled with a pattern; then another program opens the card, receives, and transmits. Nothing may be written to those pages,
 * whose addresses the card's ring still has when it is opened.
 */
#include "net_echo.h"
#include "net_tests.h"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define HUGEPAGE     ((size_t)2 << 20)
#define ROOMS	     2176u
#define VICTIM_PAGES ((CARD_PACKETS * ROOMS + HUGEPAGE - 1) / HUGEPAGE + 2)
#define POOL_PAGES   256u
#define FRAMES	     200u
#define FILL	     0x5a5a5a5a5a5a5a5aull

extern char **environ;

unsigned int net_kills = 10;

/* The victim's report, in a file that both have mapped. Atomic. */
struct notes {
	uint64_t received;
	uint64_t pages; /* of its packets' rooms */
	uint64_t dma[VICTIM_PAGES];
};

static struct notes *notes;

static void map_notes(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, sizeof(*notes)), 0);
	notes = mmap(NULL, sizeof(*notes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(notes != MAP_FAILED);
	close(fd);
}

/* Note the hugepages of its rooms, by their physical addresses. */
static void note_pages(struct card *card)
{
	struct padma_packet *packets[CARD_PACKETS];
	unsigned int n = 0;

	while (n < CARD_PACKETS && (packets[n] = padma_packet_get(card->cache)) != NULL)
		n++;
	for (unsigned int i = 0; i < n; i++) {
		uint64_t page = pagemap_phys(packets[i]->room) / HUGEPAGE * HUGEPAGE;
		uint64_t at = 0;

		while (at < notes->pages && notes->dma[at] != page)
			at++;
		assert_true(at < VICTIM_PAGES);
		notes->dma[at] = page;
		if (at == notes->pages)
			notes->pages++;
		padma_packet_put(card->cache, packets[i]);
	}
}

int net_victim(char **words)
{
	const struct card_params params = {.port = {.promiscuous = true}};
	struct card card;

	net_backend = words[0];
	net_card = (unsigned int)strtoul(words[1], NULL, 10);
	map_notes(words[2]);
	card_open(&card, net_card, &params);
	note_pages(&card);
	card.handler = echo;
	for (;;) {
		card_step(&card);
		__atomic_store_n(&notes->received, card.received, __ATOMIC_RELEASE);
	}
}

static pid_t start_victim(char *notes_path)
{
	char number[16];
	char *words[] = {(char *)"net", (char *)NET_VICTIM, (char *)net_backend,
			 number,	notes_path,	    NULL};
	pid_t child;

	snprintf(number, sizeof(number), "%u", net_card);
	memset(notes, 0, sizeof(*notes));
	assert_int_equal(posix_spawn(&child, "/proc/self/exe", NULL, NULL, words, environ), 0);
	return child;
}

/* Broadcasts. While nothing receives them they wait in the kernel, which refuses more at some time. */
static void fire(int end, unsigned int frames)
{
	uint8_t frame[1000];

	memset(frame, 0xe1, sizeof(frame));
	memset(frame, 0xff, ETHER_ADDR_LEN);
	frame[6] = 2;
	frame[12] = CARD_ETHERTYPE >> 8;
	frame[13] = CARD_ETHERTYPE & 0xff;
	while (frames--)
		(void)send(end, frame, sizeof(frame), MSG_DONTWAIT);
}

static void kill_under_traffic(pid_t victim, int end, unsigned int round)
{
	int status;

	for (int i = 0; i < 3000; i++) {
		fire(end, 8);
		if (__atomic_load_n(&notes->received, __ATOMIC_ACQUIRE) >= FRAMES + round * 13)
			break;
		assert_int_equal(waitpid(victim, &status, WNOHANG), 0);
		usleep(10000);
	}
	assert_true(__atomic_load_n(&notes->received, __ATOMIC_ACQUIRE) >= FRAMES);
	fire(end, 40);
	assert_int_equal(kill(victim, SIGKILL), 0);
	fire(end, 40);
	assert_int_equal(waitpid(victim, &status, 0), victim);
}

static bool is_victims(const void *page)
{
	uint64_t dma = pagemap_phys(page);

	for (uint64_t i = 0; i < notes->pages; i++) {
		if (notes->dma[i] == dma)
			return true;
	}
	return false;
}

static void fill(uint64_t *page)
{
	for (size_t i = 0; i < HUGEPAGE / 8; i++)
		page[i] = FILL;
}

/* Take all free hugepages, keep the victim's filled with a pattern. Return: how many. */
static unsigned int take(uint64_t **kept)
{
	static uint64_t *pages[POOL_PAGES];
	unsigned int n = 0, count = 0;

	for (; n < POOL_PAGES; n++) {
		pages[n] = mmap(NULL, HUGEPAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
		if (pages[n] == MAP_FAILED)
			break;
		/* It has an address when it was written to. */
		pages[n][0] = FILL;
	}
	for (unsigned int i = 0; i < n; i++) {
		if (is_victims(pages[i]) && count < VICTIM_PAGES) {
			fill(pages[i]);
			kept[count++] = pages[i];
		} else {
			munmap(pages[i], HUGEPAGE);
		}
	}
	return count;
}

static uint64_t overwritten(uint64_t *const *pages, unsigned int count)
{
	uint64_t words = 0;

	for (unsigned int i = 0; i < count; i++) {
		for (size_t w = 0; w < HUGEPAGE / 8; w++)
			words += ((volatile uint64_t *)pages[i])[w] != FILL;
	}
	return words;
}

/* Under fire of the socket card.ctx. */
static bool has_received(struct card *card)
{
	fire(*(const int *)card->ctx, 4);
	return card->received >= FRAMES;
}

/* The next program uses the card. */
static void use_the_card(int end)
{
	struct card card;

	fire(end, 40);
	card_open(&card, net_card, NULL);
	card.ctx = &end;
	card_until(&card, has_received);
	card.handler = echo;
	card_serve(&card, "answers $end 10.0.0.9; pings $end 10.0.0.9 100 56");
	card_close(&card);
}

void test_killed(void **state)
{
	uint64_t *pages[VICTIM_PAGES];
	char path[256];
	int end = end_socket(net_card);

	(void)state;
	card_none_open();
	snprintf(path, sizeof(path), "%s/notes", getenv("PADMA_SCRATCH"));
	map_notes(path);
	for (unsigned int round = 0; round < net_kills; round++) {
		unsigned int count;

		kill_under_traffic(start_victim(path), end, round);
		count = take(pages);
		assert_int_equal(count, notes->pages);
		use_the_card(end);
		assert_int_equal(overwritten(pages, count), 0);
		while (count)
			munmap(pages[--count], HUGEPAGE);
	}
	munmap(notes, sizeof(*notes));
	close(end);
}
