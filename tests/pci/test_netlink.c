// SPDX-License-Identifier: BSD-3-Clause
/* Dumps of a kernel list that changes meanwhile. The test is the kernel. */
#include "test.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "pci/netlink.h"

#define BYTES 512u

/* What the kernel sends for one request: so many links in each datagram, and then the end. */
static struct kernel {
	bool end_apart; /* in a datagram of its own */
	unsigned int datagrams;
	unsigned int changes;  /* so many more dumps are disturbed */
	bool end_says_so;      /* by the message at the end, instead of the first one */
	unsigned int requests; /* seen so far */
	unsigned int next;     /* datagram */
} kernel;

ssize_t __wrap_sendto(int fd, const void *data, size_t bytes, int flags, const struct sockaddr *to,
		      socklen_t to_bytes);
ssize_t __wrap_recvfrom(int fd, void *data, size_t bytes, int flags, struct sockaddr *from,
			socklen_t *from_bytes);

ssize_t __wrap_sendto(int fd, const void *data, size_t bytes, int flags, const struct sockaddr *to,
		      socklen_t to_bytes)
{
	(void)fd, (void)data, (void)flags, (void)to, (void)to_bytes;
	kernel.requests++;
	kernel.next = 0;
	return (ssize_t)bytes;
}

static size_t put(char *at, uint16_t type, size_t body, bool changed)
{
	struct nlmsghdr header = {
		.nlmsg_len = (uint32_t)NLMSG_LENGTH(body),
		.nlmsg_type = type,
		.nlmsg_flags = (uint16_t)(NLM_F_MULTI | (changed ? NLM_F_DUMP_INTR : 0)),
	};

	memset(at, 0, NLMSG_ALIGN(header.nlmsg_len));
	memcpy(at, &header, sizeof(header));
	return NLMSG_ALIGN(header.nlmsg_len);
}

ssize_t __wrap_recvfrom(int fd, void *data, size_t bytes, int flags, struct sockaddr *from,
			socklen_t *from_bytes)
{
	bool changed = kernel.changes != 0, last = kernel.next + 1 == kernel.datagrams;
	char datagram[BYTES];
	size_t used = 0;

	(void)fd, (void)flags, (void)from, (void)from_bytes;
	/* A real socket would wait for ever. */
	assert_true(kernel.next < kernel.datagrams + kernel.end_apart);
	if (kernel.next < kernel.datagrams) {
		for (int i = 0; i < 2; i++)
			used += put(datagram + used, RTM_NEWLINK, sizeof(struct ifinfomsg),
				    changed && !kernel.end_says_so && last && i == 0);
	}
	if (kernel.end_apart ? kernel.next == kernel.datagrams : last) {
		used += put(datagram + used, NLMSG_DONE, sizeof(int),
			    changed && kernel.end_says_so);
		kernel.changes -= changed;
	}
	kernel.next++;
	assert_true(used <= bytes);
	memcpy(data, datagram, used);
	return (ssize_t)used;
}

static void count(const struct nlmsghdr *message, void *ctx)
{
	assert_int_equal(message->nlmsg_type, RTM_NEWLINK);
	++*(unsigned int *)ctx;
}

/* It is repeated, and ends, wherever the kernel reports the change. */
static void test_a_list_that_changes(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		unsigned int links = 0;

		kernel = (struct kernel){
			.datagrams = 2, .changes = 2, .end_apart = i & 1, .end_says_so = i & 2};
		assert_int_equal(netlink_dump(-1, RTM_GETLINK, count, &links), 0);
		assert_int_equal(kernel.requests, 3);
		assert_int_equal(links, 3 * 4);
	}
}

/* Not for ever. */
static void test_a_list_that_never_stands_still(void **state)
{
	unsigned int links = 0;

	(void)state;
	kernel = (struct kernel){.datagrams = 1, .changes = 1000};
	assert_int_equal(netlink_dump(-1, RTM_GETLINK, count, &links), 0);
	assert_in_range(kernel.requests, 2, 100);
	assert_true(links > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_list_that_changes),
		cmocka_unit_test(test_a_list_that_never_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
