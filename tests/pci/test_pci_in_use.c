// SPDX-License-Identifier: BSD-3-Clause
/*
 * What counts as a use of a function, in fake trees of sysfs and proc, with a fake rtnetlink and
 * fake exclusive opens: each is refused before anything is written, with a message that names the
 * use and the process, and is ignored with force.
 */
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/pci_bind.h>

#include "pci/block_node.h"
#include "pci/netlink.h"
#include "pci/pci_fixture.h"

#define ADDRESS	   "0000:00:04.0"
#define FUNCTION   "bus/pci/devices/" ADDRESS
#define DISK	   FUNCTION "/nvme/nvme0/nvme0n1"
#define MODE	   "module/vfio/parameters/enable_unsafe_noiommu_mode"
#define VFIO	   "bus/pci/drivers/vfio-pci"
#define ZERO_CHAR  "1:5" /* /dev/zero stands for the function's character device */
#define CLAIMS_MAX 8

static char proc[2 * PATH_MAX];
static struct padma_pci_bind_params params;

/* Exclusive opens: refused for one name by one errno, otherwise granted and remembered. */
static const char *refused_name;
static int refused_error;
static int claims[CLAIMS_MAX];
static size_t claim_count;
static bool held_at_unbind, held_at_bind;

int __wrap_block_node_open(const struct pci_roots *roots, const struct pci_node *node, int flags);
int __wrap_block_node_open(const struct pci_roots *roots, const struct pci_node *node, int flags)
{
	int fd;

	(void)roots;
	/* A query to a loop device fails, and sysfs is used instead. */
	if (!(flags & O_EXCL))
		return -ENOENT;
	if (refused_name && strcmp(node->name, refused_name) == 0)
		return refused_error;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (claim_count < CLAIMS_MAX)
		claims[claim_count++] = fd;
	return fd;
}

static bool claims_are_held(void)
{
	return claim_count > 0 && fcntl(claims[0], F_GETFD) >= 0;
}

/* Claims must be held when the driver is unbound, and be gone when the next one is bound. */
int __real_line_write(const char *path, const char *text);
int __wrap_line_write(const char *path, const char *text);
int __wrap_line_write(const char *path, const char *text)
{
	if (strstr(path, "driver/unbind"))
		held_at_unbind = claims_are_held();
	if (strstr(path, "vfio-pci/bind"))
		held_at_bind = claims_are_held();
	return __real_line_write(path, text);
}

/* A fake rtnetlink: the messages of each namespace, which is identified by the content of its file. */
struct message {
	uint16_t dump; /* of which request it is part */
	char netns;
	_Alignas(struct nlmsghdr) char bytes[512];
};

static struct message messages[32];
static size_t message_count;
static int own_id;

static struct nlmsghdr *header_of(struct message *message)
{
	return (struct nlmsghdr *)message->bytes;
}

int __wrap_netlink_open(int netns);
int __wrap_netlink_open(int netns)
{
	char name = 'o';

	if (netns >= 0)
		assert_int_equal(pread(netns, &name, 1, 0), 1);
	/* A socket that remembers: the name is its offset in a file. */
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int named = fcntl(fd, F_DUPFD_CLOEXEC, 100 + name);

	close(fd);
	return named;
}

int __wrap_netlink_dump(int socket, uint16_t type,
			void (*take)(const struct nlmsghdr *message, void *ctx), void *ctx);
int __wrap_netlink_dump(int socket, uint16_t type,
			void (*take)(const struct nlmsghdr *message, void *ctx), void *ctx)
{
	for (size_t i = 0; i < message_count; i++) {
		if (messages[i].dump == type && 100 + messages[i].netns == socket)
			take(header_of(&messages[i]), ctx);
	}
	return 0;
}

int __wrap_netlink_namespace_id(int socket, int netns);
int __wrap_netlink_namespace_id(int socket, int netns)
{
	(void)socket, (void)netns;
	return own_id;
}

/* A message of the namespace @netns; its payload starts with @payload. */
static struct message *say(char netns, uint16_t dump, uint16_t type, const void *payload,
			   size_t bytes)
{
	struct message *message = &messages[message_count++];

	assert_true(message_count <= ARRAY_SIZE(messages));
	memset(message, 0, sizeof(*message));
	message->dump = dump;
	message->netns = netns;
	header_of(message)->nlmsg_type = type;
	header_of(message)->nlmsg_len = (uint32_t)NLMSG_LENGTH(bytes);
	memcpy(NLMSG_DATA(header_of(message)), payload, bytes);
	return message;
}

static void with(struct message *message, uint16_t type, const void *value, size_t bytes)
{
	struct nlmsghdr *header = header_of(message);
	struct rtattr *attribute =
		(struct rtattr *)(message->bytes + NLMSG_ALIGN(header->nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(bytes);
	memcpy(RTA_DATA(attribute), value, bytes);
	header->nlmsg_len = NLMSG_ALIGN(header->nlmsg_len) + RTA_LENGTH(bytes);
	assert_true(header->nlmsg_len <= sizeof(message->bytes));
}

static void with_number(struct message *message, uint16_t type, int value)
{
	with(message, type, &value, sizeof(value));
}

static void with_text(struct message *message, uint16_t type, const char *text)
{
	with(message, type, text, strlen(text) + 1);
}

static struct message *say_link(char netns, int index, const char *name, unsigned int flags)
{
	const struct ifinfomsg about = {.ifi_index = index, .ifi_flags = flags};
	struct message *link = say(netns, RTM_GETLINK, RTM_NEWLINK, &about, sizeof(about));

	with_text(link, IFLA_IFNAME, name);
	return link;
}

/* The function's own interface. */
static struct message *say_eth0(char netns, unsigned int flags)
{
	struct message *link = say_link(netns, 2, "eth0", flags);

	with_text(link, IFLA_PARENT_DEV_NAME, ADDRESS);
	with_text(link, IFLA_PARENT_DEV_BUS_NAME, "pci");
	return link;
}

static void with_kind(struct message *link, const char *kind)
{
	char nested[64] = {0};
	struct rtattr *attribute = (struct rtattr *)nested;

	attribute->rta_type = IFLA_INFO_KIND;
	attribute->rta_len = (unsigned short)RTA_LENGTH(strlen(kind) + 1);
	memcpy(RTA_DATA(attribute), kind, strlen(kind) + 1);
	with(link, IFLA_LINKINFO | NLA_F_NESTED, nested, RTA_ALIGN(attribute->rta_len));
}

/* A machine with a drive that is bound to the kernel's driver, vfio-pci ready, and nothing in use. */
static int setup(void **state)
{
	const struct tree_pci function = {.address = ADDRESS,
					  .vendor = "0x1b36\n",
					  .device = "0x0010\n",
					  .class_code = "0x010802\n",
					  .driver = "nvme"};

	(void)state;
	refused_name = NULL;
	claim_count = message_count = 0;
	held_at_unbind = held_at_bind = false;
	own_id = -1;
	tree_make(&tree);
	tree_pci(&tree, &function);
	tree_file(&tree, FUNCTION "/driver_override", "(null)\n");
	tree_file(&tree, "bus/pci/drivers/nvme/unbind", "");
	tree_file(&tree, "bus/pci/drivers/nvme/bind", "");
	tree_file(&tree, "bus/pci/drivers_probe", "");
	tree_file(&tree, VFIO "/bind", "");
	tree_file(&tree, VFIO "/unbind", "");
	tree_file(&tree, MODE, "N\n");
	tree_directory(&tree, DISK "/nvme0n1p1");
	tree_file(&tree, DISK "/nvme0n1p1/partition", "1\n");
	tree_link(&tree, "dev/block/259:0", "../../" DISK);
	tree_link(&tree, "dev/block/259:1", "../../" DISK "/nvme0n1p1");
	tree_link(&tree, "dev/char/" ZERO_CHAR, "../../" FUNCTION "/nvme/nvme0");
	tree_file(&tree, "proc/self/mountinfo", "22 1 0:20 / /proc rw - proc proc rw\n");
	tree_link(&tree, "proc/self/ns/mnt", "mnt:[1]");
	tree_file(&tree, "proc/thread-self/ns/net", "own");
	snprintf(proc, sizeof(proc), "%s", tree_path(&tree, "proc"));
	params = (struct padma_pci_bind_params){
		.noiommu = true, .wait_ms = 1, .sysfs = tree.root, .proc = proc, .dev = tree.root};
	return 0;
}

/* The same with a network card. */
static int setup_card(void **state)
{
	setup(state);
	tree_file(&tree, FUNCTION "/class", "0x020000\n");
	return 0;
}

/* The keys, separated by '|', are all in the message: numbers and names, not the wording. */
static void expect_keys(const char *keys)
{
	char list[128], *rest = list, *key;

	snprintf(list, sizeof(list), "%s", keys);
	while ((key = strsep(&rest, "|"))) {
		if (!strstr(padma_last_error(), key))
			fail_msg("'%s' is not in: %s", key, padma_last_error());
	}
}

/* Refused before anything was written; no claim stays. */
static void expect_refusal(int error, const char *keys)
{
	assert_int_equal(padma_pci_bind(ADDRESS, &params), error);
	expect_keys(keys);
	expect_content(FUNCTION "/driver_override", "(null)\n");
	expect_content("bus/pci/drivers/nvme/unbind", "");
	expect_content(MODE, "N\n");
	assert_false(claims_are_held());
}

/* Bound, as far as this tree goes: nothing changes in it, so no node appears. */
static void expect_taken(void)
{
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ETIMEDOUT);
	expect_content("bus/pci/drivers/nvme/unbind", ADDRESS "\n");
	expect_content(VFIO "/bind", ADDRESS "\n");
	tree_file(&tree, FUNCTION "/driver_override", "(null)\n");
	tree_file(&tree, "bus/pci/drivers/nvme/unbind", "");
	tree_file(&tree, MODE, "N\n");
}

static void expect_taken_by_force(void)
{
	params.force = true;
	expect_taken();
	params.force = false;
}

/* What the list shows, which never claims anything. */
static void expect_use(enum padma_pci_use_kind kind, const char *device, int pid, const char *words)
{
	struct padma_pci_uses uses;
	bool found = false;

	claim_count = 0;
	assert_int_equal(padma_pci_uses_get(ADDRESS, &params, &uses), 0);
	for (size_t i = 0; i < uses.count; i++)
		found |= uses.list[i].kind == kind && uses.list[i].pid == pid &&
			 strcmp(uses.list[i].device, device) == 0 &&
			 strstr(uses.list[i].text, words) != NULL;
	padma_pci_uses_put(&uses);
	assert_true(found);
	assert_int_equal(claim_count, 0);
}

static void nothing_in_use_is_taken(void **state)
{
	struct padma_pci_uses uses;

	(void)state;
	assert_int_equal(padma_pci_uses_get(ADDRESS, &params, &uses), 0);
	assert_int_equal(uses.count, 0);
	padma_pci_uses_put(&uses);
	expect_taken();
	/* The disk, and not its partition apart, was claimed until its driver was gone. */
	assert_int_equal(claim_count, 1);
	assert_true(held_at_unbind);
	assert_false(held_at_bind);
}

static void mounts(void **state)
{
	(void)state;
	tree_file(&tree, "proc/self/mountinfo",
		  "22 1 0:20 / /proc rw - proc proc rw\n"
		  "36 35 259:1 / /my\\040home rw,noatime shared:1 - ext4 /dev/nvme0n1p1 rw\n");
	expect_refusal(-EBUSY, "nvme0n1p1|mounted|/my home");
	expect_use(PADMA_PCI_USE_MOUNT, "nvme0n1p1", 0, "/my home");
	/* A file system of several devices has no number of its own. */
	tree_file(&tree, "proc/self/mountinfo", "36 35 0:40 / /big rw - btrfs /dev/nvme0n1p1 rw\n");
	expect_refusal(-EBUSY, "nvme0n1p1|mounted|/big");
	expect_taken_by_force();
}

static void mounts_in_other_namespaces(void **state)
{
	struct padma_pci_uses uses;

	(void)state;
	/* A second process in our namespace adds nothing; nor does a second one in another. */
	tree_link(&tree, "proc/41/ns/mnt", "mnt:[1]");
	tree_file(&tree, "proc/41/mountinfo", "36 35 259:1 / /wrong rw - ext4 x rw\n");
	tree_link(&tree, "proc/42/ns/mnt", "mnt:[7]");
	tree_file(&tree, "proc/42/mountinfo", "36 35 259:1 / /srv rw - ext4 x rw\n");
	tree_file(&tree, "proc/42/comm", "sleep\n");
	expect_refusal(-EBUSY, "nvme0n1p1|mounted|/srv|mount namespace|process 42 (sleep)");
	expect_use(PADMA_PCI_USE_MOUNT, "nvme0n1p1", 42, "/srv");
	/* A third namespace that was created with a copy of the second's mounts adds nothing. */
	tree_link(&tree, "proc/43/ns/mnt", "mnt:[8]");
	tree_file(&tree, "proc/43/mountinfo", "36 35 259:1 / /srv rw - ext4 x rw\n");
	assert_int_equal(padma_pci_uses_get(ADDRESS, &params, &uses), 0);
	assert_int_equal(uses.count, 1);
	padma_pci_uses_put(&uses);
	expect_taken_by_force();
}

static void what_is_stacked(void **state)
{
	(void)state;
	/* Device mapper on the partition, RAID on that, a partition of the RAID. */
	tree_file(&tree, "devices/virtual/block/dm-0/dm/name", "vault\n");
	tree_link(&tree, "devices/virtual/block/dm-0/slaves/nvme0n1p1",
		  "../../../../../" DISK "/nvme0n1p1");
	tree_link(&tree, "dev/block/253:0", "../../devices/virtual/block/dm-0");
	expect_refusal(-EBUSY, "dm-0 (vault)|nvme0n1p1");
	expect_use(PADMA_PCI_USE_STACKED, "nvme0n1p1", 0, "dm-0 (vault)");
	tree_file(&tree, "devices/virtual/block/md0/md/level", "raid1\n");
	tree_link(&tree, "devices/virtual/block/md0/slaves/dm-0", "../../dm-0");
	tree_file(&tree, "devices/virtual/block/md0/md0p1/partition", "1\n");
	tree_link(&tree, "dev/block/9:0", "../../devices/virtual/block/md0");
	tree_link(&tree, "dev/block/259:9", "../../devices/virtual/block/md0/md0p1");
	expect_use(PADMA_PCI_USE_STACKED, "dm-0", 0, "md0 (raid1) is made of dm-0");
	tree_file(&tree, "proc/self/mountinfo", "36 35 259:9 / /srv rw - xfs /dev/md0p1 rw\n");
	expect_refusal(-EBUSY, "md0p1 (over dm-0)|mounted|/srv");
	expect_taken_by_force();
}

static void loop_devices(void **state)
{
	(void)state;
	tree_file(&tree, "devices/virtual/block/loop0/loop/backing_file", "/dev/nvme0n1\n");
	tree_link(&tree, "dev/block/7:0", "../../devices/virtual/block/loop0");
	/* One over something else, and one without anything. */
	tree_file(&tree, "devices/virtual/block/loop1/loop/backing_file", "/srv/nvme0n2\n");
	tree_link(&tree, "dev/block/7:1", "../../devices/virtual/block/loop1");
	tree_directory(&tree, "devices/virtual/block/loop2");
	tree_link(&tree, "dev/block/7:2", "../../devices/virtual/block/loop2");
	expect_refusal(-EBUSY, "loop0|loop device|nvme0n1");
	tree_file(&tree, "proc/self/mountinfo", "36 35 7:0 / /srv rw - ext4 /dev/loop0 rw\n");
	expect_refusal(-EBUSY, "loop0 (over nvme0n1)|mounted|/srv");
	expect_taken_by_force();
}

static void multipath(void **state)
{
	(void)state;
	tree_directory(&tree, "devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
	tree_link(&tree, "devices/virtual/nvme-subsystem/nvme-subsys0/nvme0",
		  "../../../../" FUNCTION "/nvme/nvme0");
	tree_link(&tree, "dev/block/259:9",
		  "../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
	/* Another drive's. */
	tree_directory(&tree, "devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n1");
	tree_link(&tree, "devices/virtual/nvme-subsystem/nvme-subsys1/nvme1",
		  "../../../pci0000:00/0000:00:05.0/nvme/nvme1");
	tree_link(&tree, "dev/block/259:10",
		  "../../devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n1");
	tree_file(&tree, "proc/self/mountinfo", "36 35 259:10 / /other rw - ext4 x rw\n");
	expect_taken();
	tree_file(&tree, "proc/self/mountinfo", "36 35 259:9 / /mp rw - ext4 /dev/nvme0n1 rw\n");
	expect_refusal(-EBUSY, "nvme0n1|mounted|/mp");
}

static void swap(void **state)
{
	(void)state;
	tree_file(&tree, "proc/swaps",
		  "Filename Type Size Used Priority\n/dev/nvme0n1p1 partition 100 0 -2\n");
	expect_refusal(-EBUSY, "swap|/dev/nvme0n1p1");
	expect_use(PADMA_PCI_USE_SWAP, "nvme0n1p1", 0, "swaps");
	expect_taken_by_force();
}

static void the_nvme_target(void **state)
{
#define EXPORTS "kernel/config/nvmet/subsystems/nqn.x:y/"
	(void)state;
	tree_file(&tree, EXPORTS "namespaces/3/device_path", "/dev/nvme0n1\n");
	tree_file(&tree, EXPORTS "namespaces/3/enable", "0\n");
	expect_taken();
	tree_file(&tree, EXPORTS "namespaces/3/enable", "1\n");
	expect_refusal(-EBUSY, "NVMe target|nvme0n1|nqn.x:y");
	expect_use(PADMA_PCI_USE_TARGET, "nvme0n1", 0, "nqn.x:y");
	tree_file(&tree, EXPORTS "namespaces/3/enable", "0\n");
	/* The whole controller. */
	tree_file(&tree, EXPORTS "passthru/device_path", "/dev/nvme0\n");
	tree_file(&tree, EXPORTS "passthru/enable", "1\n");
	expect_refusal(-EBUSY, "NVMe target|nvme0|nqn.x:y");
	expect_taken_by_force();
}

/* By its number, whatever the path; a process in another namespace has different paths. */
static void processes(void **state)
{
	(void)state;
	tree_file(&tree, "proc/42/comm", "fio\n");
	tree_link(&tree, "proc/42/fd/5", "/dev/null");
	expect_taken();
	tree_link(&tree, "proc/42/fd/6", "/dev/zero");
	expect_refusal(-EBUSY, "process 42 (fio)|nvme0");
	expect_use(PADMA_PCI_USE_OPEN, "nvme0", 42, "fio");
	expect_taken_by_force();
	remove_path("proc/42/fd/6");
	/* Mapped after it was closed, */
	tree_file(&tree, "proc/42/maps",
		  "400000-401000 r-xp 00000000 08:01 77 /bin/fio\n"
		  "7f00-7f10 rw-s 00000000 00:05 9 /dev/nvme0\n"
		  "7f10-7f20 rw-p 00000000 00:00 0 [heap]\n");
	tree_link(&tree, "proc/42/map_files/7f00-7f10", "/dev/zero");
	expect_refusal(-EBUSY, "process 42 (fio)|nvme0");
	tree_file(&tree, "proc/42/maps", "");
	/* or registered with an io_uring, and closed. */
	tree_link(&tree, "proc/42/fd/7", "anon_inode:[io_uring]");
	tree_file(&tree, "proc/42/fdinfo/7", "UserFiles:\t1\n    0: /dev/zero\nUserBufs:\t0\n");
	tree_link(&tree, "proc/42/root", "/");
	expect_refusal(-EBUSY, "process 42 (fio)|nvme0");
}

static void exclusive_claims(void **state)
{
	(void)state;
	refused_name = "nvme0n1";
	refused_error = -EBUSY;
	expect_refusal(-EBUSY, "nvme0n1|claimed exclusively");
	expect_taken_by_force();
	/* A claim that is known by another name is not reported twice. */
	tree_file(&tree, "proc/self/mountinfo", "36 35 259:1 / /home rw - ext4 x rw\n");
	expect_refusal(-EBUSY, "mounted|/home");
	tree_file(&tree, "proc/self/mountinfo", "");
	/* A disk that cannot be checked does not count as free; a dead drive does. */
	refused_error = -EACCES;
	expect_refusal(-EACCES, "nvme0n1");
	refused_error = -ENXIO;
	expect_taken();
}

static void several_uses_are_named(void **state)
{
	(void)state;
	tree_file(&tree, "proc/42/comm", "fio\n");
	tree_link(&tree, "proc/42/fd/6", "/dev/zero");
	tree_file(&tree, "proc/43/comm", "dd\n");
	tree_link(&tree, "proc/43/fd/6", "/dev/zero");
	tree_file(&tree, "proc/swaps", "/dev/nvme0n1p1 partition 100 0 -2\n");
	tree_file(&tree, "proc/self/mountinfo", "36 35 259:0 / /srv rw - ext4 x rw\n");
	expect_refusal(-EBUSY, "/srv|/dev/nvme0n1p1|process 4");
	expect_keys("1 more");
}

static void a_card_at_rest_is_taken(void **state)
{
	(void)state;
	say_eth0('o', 0);
	say_link('o', 3, "lo", IFF_UP);
	expect_taken();
	/* A card with a driver but no visible interface counts as in use. */
	message_count = 0;
	expect_refusal(-EBUSY, "driver nvme|no interface");
	expect_taken_by_force();
}

static void interfaces(void **state)
{
	struct message *link;

	(void)state;
	say_eth0('o', IFF_UP);
	expect_refusal(-EBUSY, "eth0|up");
	expect_use(PADMA_PCI_USE_NETWORK, "eth0", 0, "is up");
	expect_taken_by_force();

	message_count = 0;
	link = say_eth0('o', 0);
	with_number(link, IFLA_MASTER, 5);
	with_kind(say_link('o', 5, "br0", 0), "bridge");
	expect_refusal(-EBUSY, "eth0|br0 (bridge)");

	message_count = 0;
	say_eth0('o', 0);
	link = say_link('o', 6, "eth0.7", 0);
	with_number(link, IFLA_LINK, 2);
	with_kind(link, "vlan");
	expect_refusal(-EBUSY, "eth0|eth0.7 (vlan)");

	/* Its lower link is number 2 of another namespace. */
	message_count = 0;
	say_eth0('o', 0);
	link = say_link('o', 6, "mv", 0);
	with_number(link, IFLA_LINK, 2);
	with_number(link, IFLA_LINK_NETNSID, 0);
	expect_taken();
}

static void xdp_and_packet_sockets(void **state)
{
	char nested[16] = {0};
	struct rtattr *attached = (struct rtattr *)nested;
	struct message *link;

	(void)state;
	link = say_eth0('o', 0);
	attached->rta_type = IFLA_XDP_ATTACHED;
	attached->rta_len = RTA_LENGTH(1);
	nested[RTA_LENGTH(0)] = XDP_ATTACHED_SKB;
	with(link, IFLA_XDP, nested, sizeof(nested));
	expect_refusal(-EBUSY, "XDP|eth0");

	message_count = 0;
	say_eth0('o', 0);
	tree_file(&tree, "proc/thread-self/net/packet",
		  "sk RefCnt Type Proto  Iface R Rmem User Inode\n"
		  "0000000000000000 3 3 0003 1 1 0 0 776\n"
		  "0000000000000000 3 3 0003 2 1 0 0 777\n");
	expect_refusal(-EBUSY, "packet socket|eth0");
	tree_file(&tree, "proc/42/comm", "tcpdump\n");
	tree_link(&tree, "proc/42/fd/3", "socket:[777]");
	expect_refusal(-EBUSY, "process 42 (tcpdump)|packet socket|eth0");
}

static void addresses(void **state)
{
	struct ifaddrmsg about = {.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = 3};
	struct message *address;
	struct in_addr ip4;
	struct in6_addr ip6;

	(void)state;
	say_eth0('o', 0);
	say_link('o', 3, "eth1", 0);
	inet_pton(AF_INET, "10.0.0.2", &ip4);
	inet_pton(AF_INET6, "2001:db8::2", &ip6);
	address = say('o', RTM_GETADDR, RTM_NEWADDR, &about, sizeof(about));
	with(address, IFA_LOCAL, &ip4, sizeof(ip4));
	expect_taken();
	about.ifa_index = 2;
	address = say('o', RTM_GETADDR, RTM_NEWADDR, &about, sizeof(about));
	with(address, IFA_LOCAL, &ip4, sizeof(ip4));
	expect_refusal(-EBUSY, "eth0|10.0.0.2/24");
	message_count--;
	about.ifa_family = AF_INET6;
	about.ifa_prefixlen = 64;
	address = say('o', RTM_GETADDR, RTM_NEWADDR, &about, sizeof(about));
	with(address, IFA_ADDRESS, &ip6, sizeof(ip6));
	expect_refusal(-EBUSY, "eth0|2001:db8::2/64");
}

static struct message *say_route(unsigned char family, unsigned char length, uint32_t table,
				 unsigned char protocol)
{
	const struct rtmsg about = {.rtm_family = family,
				    .rtm_dst_len = length,
				    .rtm_table =
					    table < 256 ? (unsigned char)table : RT_TABLE_COMPAT,
				    .rtm_protocol = protocol};
	struct message *route = say('o', RTM_GETROUTE, RTM_NEWROUTE, &about, sizeof(about));

	with(route, RTA_TABLE, &table, sizeof(table));
	return route;
}

static void routes(void **state)
{
	struct message *route;
	struct in_addr ip4;

	(void)state;
	say_eth0('o', 0);
	/* Those that the kernel adds by itself, and those through other interfaces. */
	with_number(say_route(AF_INET, 8, RT_TABLE_LOCAL, RTPROT_KERNEL), RTA_OIF, 2);
	with_number(say_route(AF_INET, 0, RT_TABLE_MAIN, RTPROT_BOOT), RTA_OIF, 3);
	expect_taken();
	with_number(say_route(AF_INET, 0, RT_TABLE_MAIN, RTPROT_BOOT), RTA_OIF, 2);
	expect_refusal(-EBUSY, "the default route|eth0");
	message_count--;
	with_number(say_route(AF_INET6, 0, RT_TABLE_MAIN, RTPROT_RA), RTA_OIF, 2);
	expect_refusal(-EBUSY, "IPv6 default route|eth0");
	message_count--;
	route = say_route(AF_INET, 16, 1000, RTPROT_STATIC);
	inet_pton(AF_INET, "10.9.0.0", &ip4);
	with(route, RTA_DST, &ip4, sizeof(ip4));
	with_number(route, RTA_OIF, 2);
	expect_refusal(-EBUSY, "10.9.0.0/16|table 1000|eth0");
}

static void routes_of_several_hops(void **state)
{
	const struct nhmsg hop = {.nh_family = AF_INET};
	struct rtnexthop hops[2] = {{.rtnh_len = sizeof(hops[0]), .rtnh_ifindex = 3},
				    {.rtnh_len = sizeof(hops[0]), .rtnh_ifindex = 2}};

	(void)state;
	say_eth0('o', 0);
	with(say_route(AF_INET, 0, RT_TABLE_MAIN, RTPROT_BOOT), RTA_MULTIPATH, hops, sizeof(hops));
	expect_refusal(-EBUSY, "the default route|eth0");
	message_count--;
	with_number(say('o', RTM_GETNEXTHOP, RTM_NEWNEXTHOP, &hop, sizeof(hop)), NHA_OIF, 2);
	expect_refusal(-EBUSY, "next hop|eth0");
}

static void other_network_namespaces(void **state)
{
	struct message *link;

	(void)state;
	tree_file(&tree, "proc/42/ns/net", "there");
	tree_file(&tree, "proc/42/comm", "sleep\n");
	say_link('o', 1, "lo", IFF_UP);
	say_eth0('t', 0);
	expect_refusal(-EBUSY, "eth0|network namespace|process 42 (sleep)");
	expect_use(PADMA_PCI_USE_NETWORK, "eth0", 42, "network namespace");
	expect_taken_by_force();

	/* The interface is here, and what is stacked on it is there. */
	message_count = 0;
	say_eth0('o', 0);
	link = say_link('t', 9, "mv0", 0);
	with_number(link, IFLA_LINK, 2);
	with_number(link, IFLA_LINK_NETNSID, 5);
	with_kind(link, "macvlan");
	own_id = 4;
	expect_taken();
	own_id = 5;
	expect_refusal(-EBUSY, "eth0|mv0 (macvlan)|network namespace|process 42");

	/* Without a process, kept by a mount. */
	message_count = 0;
	remove_path("proc/42/ns/net");
	tree_file(&tree, "proc/42/root/run/netns/blue", "blue");
	tree_link(&tree, "proc/42/ns/mnt", "mnt:[7]");
	tree_file(&tree, "proc/42/mountinfo",
		  "40 22 0:4 net:[4026532281] /run/netns/blue rw shared:9 - nsfs nsfs rw\n");
	say_eth0('b', 0);
	expect_refusal(-EBUSY, "eth0|network namespace|/run/netns/blue");
}

/* The parent of a virtio interface is a device below the function; what is behind a bridge is not
 * counted. */
static void interfaces_below_a_function(void **state)
{
	struct message *link;

	(void)state;
	tree_directory(&tree, FUNCTION "/virtio0");
	tree_link(&tree, "bus/virtio/devices/virtio0", "../../../" FUNCTION "/virtio0");
	link = say_link('o', 2, "eth0", IFF_UP);
	with_text(link, IFLA_PARENT_DEV_NAME, "virtio0");
	with_text(link, IFLA_PARENT_DEV_BUS_NAME, "virtio");
	expect_refusal(-EBUSY, "eth0|up");
	/* Kernels before 5.14 name no parent. */
	message_count = 0;
	say_link('o', 2, "eth0", IFF_UP);
	tree_link(&tree, "class/net/eth0/device", "../../../" FUNCTION);
	expect_refusal(-EBUSY, "eth0|up");
}

/* What is behind a bridge does not belong to the bridge. */
static void devices_behind_a_bridge(void **state)
{
	struct padma_pci_uses uses;

	(void)state;
	tree_directory(&tree, FUNCTION "/0000:01:00.0/nvme/nvme7/nvme7n1");
	tree_link(&tree, "dev/block/259:20", "../../" FUNCTION "/0000:01:00.0/nvme/nvme7/nvme7n1");
	tree_file(&tree, "proc/self/mountinfo", "36 35 259:20 / /srv rw - ext4 x rw\n");
	assert_int_equal(padma_pci_uses_get(ADDRESS, &params, &uses), 0);
	assert_int_equal(uses.count, 0);
	padma_pci_uses_put(&uses);
}

/* Not even by force: vfio-pci would refuse it, after the working functions were gone. */
static void virtual_functions_stay(void **state)
{
	(void)state;
	tree_file(&tree, FUNCTION "/sriov_numvfs", "0\n");
	expect_taken();
	tree_file(&tree, FUNCTION "/sriov_numvfs", "2\n");
	expect_refusal(-EBUSY, "2 virtual functions");
	params.force = true;
	expect_refusal(-EBUSY, "2 virtual functions");
	expect_use(PADMA_PCI_USE_VIRTUAL_FUNCTIONS, "", 0, "2 virtual functions");
	/* uio_pci_generic would accept it, and unbinding its driver would remove them. */
	tree_file(&tree, "bus/pci/drivers/uio_pci_generic/bind", "");
	params = (struct padma_pci_bind_params){
		.uio = true, .wait_ms = 1, .sysfs = tree.root, .proc = proc, .dev = tree.root};
	expect_refusal(-EBUSY, "2 virtual functions");
	/* And not on the way back. */
	remove_path(FUNCTION "/driver");
	tree_link(&tree, FUNCTION "/driver", "../../drivers/vfio-pci");
	assert_int_equal(padma_pci_restore(ADDRESS, &params), -EBUSY);
	expect_keys("virtual functions");
	expect_content(VFIO "/unbind", "");
}

int main(void)
{
#define DRIVE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define CARD(test)  cmocka_unit_test_setup_teardown(test, setup_card, teardown)
	const struct CMUnitTest tests[] = {
		DRIVE(nothing_in_use_is_taken),
		DRIVE(mounts),
		DRIVE(mounts_in_other_namespaces),
		DRIVE(what_is_stacked),
		DRIVE(loop_devices),
		DRIVE(multipath),
		DRIVE(swap),
		DRIVE(the_nvme_target),
		DRIVE(processes),
		DRIVE(exclusive_claims),
		DRIVE(several_uses_are_named),
		DRIVE(virtual_functions_stay),
		DRIVE(devices_behind_a_bridge),
		CARD(a_card_at_rest_is_taken),
		CARD(interfaces),
		CARD(interfaces_below_a_function),
		CARD(xdp_and_packet_sockets),
		CARD(addresses),
		CARD(routes),
		CARD(routes_of_several_hops),
		CARD(other_network_namespaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
