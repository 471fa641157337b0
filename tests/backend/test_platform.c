// SPDX-License-Identifier: BSD-3-Clause
/*
 * Machines as trees of files: a physical address is not a bus address, or only seems not to be. No
 * test depends on the machine that it runs on.
 */
#include "test.h"

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "space/backend.h"
#include "backend/platform.h"
#include "tool/tree.h"

#define SEV_STATUS 0xc0010131

static struct tree tree;
static char reason[BACKEND_REASON_BYTES];

static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

static void processor(const char *vendor, const char *flags, const char *release)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "processor\t: 0\nvendor_id\t: %s\nmodel name\t: sev tdx_guest\n"
		 "flags\t\t: fpu vme %s\nbugs\t\t: sme tdx_guest\n\nprocessor\t: 1\n",
		 vendor, flags);
	tree_file(&tree, "proc/cpuinfo", text);
	snprintf(text, sizeof(text), "%s\n", release);
	tree_file(&tree, "proc/sys/kernel/osrelease", text);
	tree_file(&tree, "proc/cmdline", "root=/dev/sda1 quiet\n");
}

/* The register is a place in the file, as in the device. */
static void sev_status(uint64_t value)
{
	int fd;

	tree_file(&tree, "dev/cpu/0/msr", "");
	fd = open(tree_path(&tree, "dev/cpu/0/msr"), O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &value, sizeof(value), SEV_STATUS), sizeof(value));
	close(fd);
}

static void expect_physical(void)
{
	reason[0] = '\0';
	if (!platform_dma_is_physical(tree.root, reason))
		fail_msg("refused: %s", reason);
	assert_string_equal(reason, "");
}

static void expect_refusal(const char *words)
{
	assert_false(platform_dma_is_physical(tree.root, reason));
	if (!strstr(reason, words))
		fail_msg("'%s' is not in: %s", words, reason);
	assert_true(strlen(reason) < BACKEND_REASON_BYTES - 1);
}

static void test_machines_without_encryption(void **state)
{
	(void)state;
	expect_physical(); /* not even a cpuinfo */
	processor("GenuineIntel", "vmx tme", "7.3.4");
	expect_physical();
	processor("AuthenticAMD", "hypervisor svm", "7.3.4"); /* QEMU's TCG */
	sev_status(0);
	expect_physical();
	tree_file(&tree, "proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd sme sve\n");
	expect_physical(); /* arm64, whose SME is a matrix extension */
}

/* It could run encrypted guests, but its own memory is not encrypted. */
static void test_an_epyc_host(void **state)
{
	(void)state;
	processor("AuthenticAMD", "svm sev sev_es sev_snp debug_swap", "7.3.4");
	expect_physical();
	sev_status(0);
	expect_physical();
	/* Before 5.18 the flag only described the firmware. */
	processor("AuthenticAMD", "svm sme sev", "5.10.0-28-amd64");
	expect_physical();
	processor("AuthenticAMD", "svm sme sev", "4.19.0");
	tree_file(&tree, "proc/cmdline", "mem_encrypt=on quiet mem_encrypt=off\n");
	expect_physical();
}

static void test_sme(void **state)
{
	(void)state;
	processor("AuthenticAMD", "svm sme sev", "5.18.0-1-amd64");
	expect_refusal("mem_encrypt=off");
	processor("AuthenticAMD", "svm sme", "7.3.4");
	sev_status(0);
	expect_refusal("AMD SME");
	processor("HygonGenuine", "svm sme", "5.17.12");
	expect_physical();
	tree_file(&tree, "proc/cmdline", "quiet mem_encrypt=on\n");
	expect_refusal("AMD SME");
	/* A guest that is shown the bit does not use it. */
	processor("AuthenticAMD", "hypervisor sme", "7.3.4");
	expect_physical();
}

/* KVM's guests do not have the flags; only the register shows it. */
static void test_sev_guests(void **state)
{
	(void)state;
	for (uint64_t status = 1; status <= 7; status = status * 2 + 1) {
		processor("AuthenticAMD", "hypervisor", "7.3.4");
		sev_status(status);
		expect_refusal("AMD SEV");
	}
	sev_status(0);
	expect_physical();
	/* It is AMD's: with another vendor's processors the number means something else. */
	processor("GenuineIntel", "hypervisor", "7.3.4");
	sev_status(1);
	expect_physical();
}

static void test_sev_guests_without_the_register(void **state)
{
	static const char *const flags[] = {"hypervisor sev", "sev_es hypervisor",
					    "hypervisor sev_snp x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		processor("AuthenticAMD", flags[i], "6.1.0");
		expect_refusal("AMD SEV");
	}
	processor("AuthenticAMD", "hypervisor sevenfold", "6.1.0");
	expect_physical();
	tree_file(&tree, "sys/devices/system/cpu/sev/vmpl", "0\n");
	expect_refusal("AMD SEV");
}

static void test_tdx_guest(void **state)
{
	(void)state;
	processor("GenuineIntel", "hypervisor tdx_guest", "6.12.0");
	expect_refusal("Intel TDX");
	processor("GenuineIntel", "tdx_host_platform", "7.3.4"); /* a host */
	expect_physical();
}

#define BDF    "0000:01:00.0"
#define SOC    "sys/firmware/devicetree/base/soc"
#define BRIDGE "sys/devices/platform/soc/40000000.pcie"

/* A function behind a root port, in the machine of the bridge at @parent. */
static void function_below(const char *parent)
{
	char path[200], target[256];

	snprintf(path, sizeof(path), "%s/pci0000:00/0000:00:00.0/" BDF, parent);
	tree_directory(&tree, path);
	snprintf(target, sizeof(target), "../../../../%s", path);
	tree_link(&tree, "sys/bus/pci/devices/" BDF, target);
}

static void device_tree(void)
{
	function_below(BRIDGE);
	tree_directory(&tree, SOC "/pcie@40000000");
	tree_link(&tree, BRIDGE "/of_node",
		  "../../../../firmware/devicetree/base/soc/pcie@40000000");
}

static void test_devices_without_a_device_tree(void **state)
{
	(void)state;
	assert_true(platform_is_coherent(tree.root, BDF)); /* no such function */
	function_below("sys/devices");
	assert_true(platform_is_coherent(tree.root, BDF));
}

static void test_coherent_by_the_device_tree(void **state)
{
	(void)state;
	device_tree();
	assert_false(platform_is_coherent(tree.root, BDF));
	tree_file(&tree, SOC "/pcie@40000000/dma-coherent", "");
	assert_true(platform_is_coherent(tree.root, BDF));
}

static void test_coherent_by_a_parent(void **state)
{
	(void)state;
	device_tree();
	/* Nothing counts above the tree's root. */
	tree_file(&tree, "sys/firmware/devicetree/dma-coherent", "");
	assert_false(platform_is_coherent(tree.root, BDF));
	tree_file(&tree, "sys/firmware/devicetree/base/dma-coherent", "");
	assert_true(platform_is_coherent(tree.root, BDF));
	/* The nearest one decides. */
	tree_file(&tree, SOC "/dma-noncoherent", "");
	assert_false(platform_is_coherent(tree.root, BDF));
	tree_file(&tree, SOC "/pcie@40000000/dma-coherent", "");
	assert_true(platform_is_coherent(tree.root, BDF));
}

/* A bridge that is itself a PCI function's child: the node asked is that of the inner one. */
static void test_a_bridge_below_a_function(void **state)
{
	(void)state;
	function_below("sys/devices/platform/pci0000:00/0000:00:0e.0");
	tree_directory(&tree, SOC);
	tree_link(&tree, "sys/devices/platform/of_node", "../../firmware/devicetree/base/soc");
	assert_true(platform_is_coherent(tree.root, BDF));
	tree_link(&tree, "sys/devices/platform/pci0000:00/0000:00:0e.0/of_node",
		  "../../../../firmware/devicetree/base/soc");
	assert_false(platform_is_coherent(tree.root, BDF));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_machines_without_encryption),
		TEST(test_an_epyc_host),
		TEST(test_sme),
		TEST(test_sev_guests),
		TEST(test_sev_guests_without_the_register),
		TEST(test_tdx_guest),
		TEST(test_devices_without_a_device_tree),
		TEST(test_coherent_by_the_device_tree),
		TEST(test_coherent_by_a_parent),
		TEST(test_a_bridge_below_a_function),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
