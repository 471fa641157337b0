// SPDX-License-Identifier: BSD-3-Clause
/* Binding and restoring in fake trees: what is written where, and what is refused with which message.
 */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/log.h>
#include <padma/pci_bind.h>

#include "pci/pci_fixture.h"

#define ADDRESS	 "0000:00:04.0"
#define FUNCTION "bus/pci/devices/" ADDRESS
#define MODE	 "module/vfio/parameters/enable_unsafe_noiommu_mode"
#define VFIO	 "bus/pci/drivers/vfio-pci"
#define UIO	 "bus/pci/drivers/uio_pci_generic"
/* A real character device stands for the function's, so that its number can be looked at. */
#define NODE	 "/dev/zero"
#define NUMBER	 "1:5\n"

static char proc[2 * PATH_MAX];
static struct padma_pci_bind_params params;

/* A machine with the driver nvme on the function, vfio-pci ready, and nothing in use. */
static int setup(void **state)
{
	const struct tree_pci nvme = {.address = ADDRESS,
				      .vendor = "0x1b36\n",
				      .device = "0x0010\n",
				      .class_code = "0x010802\n",
				      .driver = "nvme"};

	(void)state;
	tree_make(&tree);
	tree_pci(&tree, &nvme);
	tree_file(&tree, FUNCTION "/driver_override", "(null)\n");
	tree_file(&tree, "bus/pci/drivers/nvme/unbind", "");
	tree_file(&tree, "bus/pci/drivers/nvme/bind", "");
	tree_file(&tree, "bus/pci/drivers_probe", "");
	tree_file(&tree, VFIO "/bind", "");
	tree_file(&tree, VFIO "/unbind", "");
	tree_file(&tree, UIO "/bind", "");
	tree_file(&tree, UIO "/unbind", "");
	tree_file(&tree, MODE, "N\n");
	tree_directory(&tree, "proc/net");
	snprintf(proc, sizeof(proc), "%s", tree_path(&tree, "proc"));
	params = (struct padma_pci_bind_params){
		.noiommu = true, .wait_ms = 1, .sysfs = tree.root, .proc = proc, .dev = tree.root};
	return 0;
}

/* Refused with this key word in the message, before anything was written. */
static void expect_refusal(int error, const char *word)
{
	assert_int_equal(padma_pci_bind(ADDRESS, &params), error);
	if (!strstr(padma_last_error(), word))
		fail_msg("'%s' is not in: %s", word, padma_last_error());
	expect_content(FUNCTION "/driver_override", "(null)\n");
	expect_content("bus/pci/drivers/nvme/unbind", "");
	expect_content(MODE, "N\n");
}

/* The kernel's part: after the write to the driver's file bind, the driver owns the function. */
struct kernel {
	char bind[2 * PATH_MAX];
	char driver[2 * PATH_MAX];
	char fresh[2 * PATH_MAX];
	char class_device[2 * PATH_MAX];
	char hidden[2 * PATH_MAX];
	atomic_bool stop;
};

static void *kernel_main(void *arg)
{
	struct kernel *kernel = arg;
	struct stat about;

	while (!atomic_load(&kernel->stop)) {
		if (stat(kernel->bind, &about) == 0 && about.st_size > 0) {
			rename(kernel->fresh, kernel->driver);
			rename(kernel->hidden, kernel->class_device);
			break;
		}
		usleep(1000);
	}
	return NULL;
}

/* Bind while the kernel takes part: then @driver has the function, and what is in "hidden" appears
 * in its directory as @class_directory. */
static int bind_with_kernel(const char *driver, const char *class_directory)
{
	static struct kernel kernel;
	char path[256];
	pthread_t thread;
	int error;

	atomic_store(&kernel.stop, false);
	snprintf(path, sizeof(path), "../../drivers/%s", driver);
	tree_link(&tree, "fresh", path);
	snprintf(path, sizeof(path), "bus/pci/drivers/%s/bind", driver);
	snprintf(kernel.bind, sizeof(kernel.bind), "%s", tree_path(&tree, path));
	snprintf(kernel.driver, sizeof(kernel.driver), "%s", tree_path(&tree, FUNCTION "/driver"));
	snprintf(kernel.fresh, sizeof(kernel.fresh), "%s", tree_path(&tree, "fresh"));
	snprintf(kernel.hidden, sizeof(kernel.hidden), "%s", tree_path(&tree, "hidden"));
	snprintf(path, sizeof(path), FUNCTION "/%s", class_directory);
	snprintf(kernel.class_device, sizeof(kernel.class_device), "%s", tree_path(&tree, path));
	params.wait_ms = 60000;
	assert_int_equal(pthread_create(&thread, NULL, kernel_main, &kernel), 0);
	error = padma_pci_bind(ADDRESS, &params);
	atomic_store(&kernel.stop, true);
	pthread_join(thread, NULL);
	params.wait_ms = 1;
	return error;
}

static void binds_and_waits_for_the_node(void **state)
{
	(void)state;
	tree_file(&tree, "hidden/noiommu-vfio3/dev", NUMBER);
	tree_link(&tree, "vfio/devices/noiommu-vfio3", NODE);
	assert_int_equal(bind_with_kernel("vfio-pci", "vfio-dev"), 0);
	expect_content(FUNCTION "/driver_override", "vfio-pci\n");
	expect_content(MODE, "1\n");
	expect_content("bus/pci/drivers/nvme/unbind", ADDRESS "\n");
	expect_content(VFIO "/bind", ADDRESS "\n");
	/* A second time there is nothing to do. */
	tree_file(&tree, VFIO "/bind", "");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), 0);
	expect_content(VFIO "/bind", "");
}

static void binds_to_uio(void **state)
{
	struct padma_pci_state about;

	(void)state;
	params.noiommu = false;
	params.uio = true;
	tree_file(&tree, "hidden/uio7/dev", NUMBER);
	tree_link(&tree, "uio7", NODE);
	assert_int_equal(bind_with_kernel("uio_pci_generic", "uio"), 0);
	expect_content(FUNCTION "/driver_override", "uio_pci_generic\n");
	expect_content("bus/pci/drivers/nvme/unbind", ADDRESS "\n");
	expect_content(UIO "/bind", ADDRESS "\n");
	/* VFIO has no part in it. */
	expect_content(MODE, "N\n");
	expect_content(VFIO "/bind", "");
	tree_file(&tree, UIO "/bind", "");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), 0);
	expect_content(UIO "/bind", "");
	assert_int_equal(padma_pci_state_get(ADDRESS, &params, &about), 0);
	assert_string_equal(about.uio_node, tree_path(&tree, "uio7"));
	assert_string_equal(about.node, "");
	assert_int_equal(about.holder_count, 0);
	padma_pci_state_put(&about);

	/* In use, it goes neither back nor to vfio-pci. */
	tree_link(&tree, "proc/42/fd/5", NODE);
	tree_file(&tree, "proc/42/comm", "reader\n");
	assert_int_equal(padma_pci_restore(ADDRESS, &params), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "process 42 (reader)"));
	params.uio = false;
	params.noiommu = true;
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "process 42 (reader)"));
	expect_content(UIO "/unbind", "");
	expect_content(FUNCTION "/driver_override", "uio_pci_generic\n");
	remove_path("proc/42/fd/5");
	assert_int_equal(padma_pci_restore(ADDRESS, &params), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "uio_pci_generic/remove_id"));
	expect_content(UIO "/unbind", ADDRESS "\n");
	expect_content(FUNCTION "/driver_override", "\n");
	expect_content("bus/pci/drivers_probe", ADDRESS "\n");
}

static void a_failure_is_undone(void **state)
{
	(void)state;
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ETIMEDOUT);
	assert_non_null(strstr(padma_last_error(), "in time"));
	expect_content(FUNCTION "/driver_override", "\n");
	expect_content(MODE, "0\n");
}

static void says_what_the_kernel_lacks(void **state)
{
	(void)state;
	params.noiommu = false;
	expect_refusal(-EINVAL, "memory");
	params.noiommu = true;
	remove_path(VFIO "/bind");
	remove_path(VFIO "/unbind");
	remove_path(VFIO);
	expect_refusal(-ENOENT, "modprobe vfio-pci");
	tree_directory(&tree, VFIO);
	remove_path(MODE);
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ENOENT);
	assert_non_null(strstr(padma_last_error(), "CONFIG_VFIO_NOIOMMU"));
	assert_non_null(strstr(padma_last_error(), "Debian"));
	expect_content(FUNCTION "/driver_override", "(null)\n");
}

static void uio_is_not_for_everything(void **state)
{
	(void)state;
	params.uio = true;
	tree_file(&tree, FUNCTION "/class", "0x060400\n");
	expect_refusal(-EINVAL, "bridge");
	tree_file(&tree, FUNCTION "/class", "0x010802\n");
	tree_directory(&tree, "kernel/iommu_groups/7");
	tree_link(&tree, FUNCTION "/iommu_group", "../../../../kernel/iommu_groups/7");
	expect_refusal(-EINVAL, "uio_pci_generic");
	remove_path(FUNCTION "/iommu_group");
	remove_path(UIO "/bind");
	remove_path(UIO "/unbind");
	remove_path(UIO);
	expect_refusal(-ENOENT, "modprobe uio_pci_generic");
	expect_refusal(-ENOENT, "CONFIG_UIO_PCI_GENERIC");
	/* It is bound, and there is no node. */
	remove_path(FUNCTION "/driver");
	tree_link(&tree, FUNCTION "/driver", "../../drivers/uio_pci_generic");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ETIMEDOUT);
	assert_non_null(strstr(padma_last_error(), "UIO"));
	tree_directory(&tree, FUNCTION "/uio/uio7");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ETIMEDOUT);
	assert_non_null(strstr(padma_last_error(), "uio7"));
}

static void a_kernel_without_character_devices_is_named(void **state)
{
	(void)state;
	remove_path(FUNCTION "/driver");
	tree_link(&tree, FUNCTION "/driver", "../../drivers/vfio-pci");
	tree_directory(&tree, FUNCTION "/vfio-dev/vfio0");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ENOENT);
	assert_non_null(strstr(padma_last_error(), "CONFIG_IOMMUFD"));
	tree_directory(&tree, "class/misc/iommu");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ENOENT);
	assert_non_null(strstr(padma_last_error(), "CONFIG_VFIO_DEVICE_CDEV;"));
	tree_file(&tree, FUNCTION "/vfio-dev/vfio0/dev", "511:0\n");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ETIMEDOUT);
	assert_non_null(strstr(padma_last_error(), "vfio/devices/vfio0"));
}

/* Kernels before 7.3: the class device has no node, and there is only the group. */
static void without_an_iommu_the_group_is_enough(void **state)
{
	struct padma_pci_state about;

	(void)state;
	remove_path(FUNCTION "/driver");
	tree_link(&tree, FUNCTION "/driver", "../../drivers/vfio-pci");
	tree_directory(&tree, FUNCTION "/vfio-dev/vfio0");
	tree_file(&tree, "kernel/iommu_groups/5/name", "vfio-noiommu\n");
	tree_link(&tree, FUNCTION "/iommu_group", "../../../../kernel/iommu_groups/5");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ENOENT);
	assert_non_null(strstr(padma_last_error(), "group"));
	tree_link(&tree, "vfio/noiommu-5", NODE);
	tree_file(&tree, "class/vfio/noiommu-5/dev", NUMBER);
	assert_int_equal(padma_pci_bind(ADDRESS, &params), 0);
	tree_link(&tree, "proc/42/fd/5", NODE);
	assert_int_equal(padma_pci_state_get(ADDRESS, &params, &about), 0);
	assert_string_equal(about.node, "");
	assert_string_equal(about.group_node, tree_path(&tree, "vfio/noiommu-5"));
	assert_true(about.noiommu);
	assert_int_equal(about.holder_count, 1);
	padma_pci_state_put(&about);
	/* The group may be closed: the device descriptor from it keeps the function in use. */
	remove_path("proc/42/fd/5");
	tree_link(&tree, "proc/42/fd/6", "anon_inode:[vfio-device]");
	tree_file(&tree, "proc/42/fdinfo/6",
		  "pos:\t0\nvfio-device-syspath: /sys/devices/pci0000:00/" ADDRESS "\n");
	tree_link(&tree, "proc/43/fd/6", "anon_inode:[vfio-device]");
	tree_file(&tree, "proc/43/fdinfo/6",
		  "vfio-device-syspath: /sys/devices/pci0000:00/0000:00:05.0\n");
	tree_link(&tree, "proc/44/fd/6", "anon_inode:[vfio-device]");
	assert_int_equal(padma_pci_state_get(ADDRESS, &params, &about), 0);
	assert_int_equal(about.holder_count, 1);
	assert_int_equal(about.holders[0].pid, 42);
	padma_pci_state_put(&about);
	assert_int_equal(padma_pci_restore(ADDRESS, &params), -EBUSY);
	/* The node of a character device that the kernel has created is still waited for. */
	tree_file(&tree, FUNCTION "/vfio-dev/vfio0/dev", "511:0\n");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ETIMEDOUT);
}

/* Nothing opens a device behind an IOMMU by its group. */
static void behind_an_iommu_it_is_not(void **state)
{
	(void)state;
	remove_path(FUNCTION "/driver");
	tree_link(&tree, FUNCTION "/driver", "../../drivers/vfio-pci");
	tree_directory(&tree, "kernel/iommu_groups/7");
	tree_link(&tree, FUNCTION "/iommu_group", "../../../../kernel/iommu_groups/7");
	tree_file(&tree, "vfio/7", "");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ENOENT);
	assert_non_null(strstr(padma_last_error(), "CONFIG_VFIO_DEVICE_CDEV"));
}

static void an_iommu_is_not_passed_over(void **state)
{
	(void)state;
	tree_directory(&tree, "kernel/iommu_groups/7");
	tree_link(&tree, FUNCTION "/iommu_group", "../../../../kernel/iommu_groups/7");
	expect_refusal(-EINVAL, "IOMMU");
}

static void who_has_it_open_is_seen_and_not_waited_for(void **state)
{
	struct padma_pci_state about;

	(void)state;
	remove_path(FUNCTION "/driver");
	tree_link(&tree, FUNCTION "/driver", "../../drivers/vfio-pci");
	tree_file(&tree, FUNCTION "/driver_override", "vfio-pci\n");
	tree_file(&tree, FUNCTION "/vfio-dev/noiommu-vfio3/dev", NUMBER);
	/* By any path: a process in a container has different paths. */
	tree_link(&tree, "proc/42/fd/5", NODE);
	tree_link(&tree, "proc/42/fd/0", "/dev/null");
	tree_file(&tree, "proc/42/comm", "reader\n");
	tree_link(&tree, "proc/43/fd/5", "/dev/null");
	assert_int_equal(padma_pci_state_get(ADDRESS, &params, &about), 0);
	assert_string_equal(about.driver, "vfio-pci");
	assert_string_equal(about.driver_override, "vfio-pci");
	assert_string_equal(about.node, tree_path(&tree, "vfio/devices/noiommu-vfio3"));
	assert_true(about.noiommu);
	assert_int_equal(about.holder_count, 1);
	assert_int_equal(about.holders[0].pid, 42);
	assert_string_equal(about.holders[0].name, "reader");
	padma_pci_state_put(&about);
	assert_int_equal(padma_pci_restore(ADDRESS, &params), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "process 42 (reader)"));
	expect_content(VFIO "/unbind", "");
	expect_content(FUNCTION "/driver_override", "vfio-pci\n");

	/* Once it is closed, it is unbound; since nothing changes in this tree, vfio-pci seems to have claimed it again. */
	remove_path("proc/42/fd/5");
	assert_int_equal(padma_pci_restore(ADDRESS, &params), -EBUSY);
	assert_non_null(strstr(padma_last_error(), "vfio-pci/remove_id"));
	expect_content(VFIO "/unbind", ADDRESS "\n");
	expect_content(FUNCTION "/driver_override", "\n");
	expect_content("bus/pci/drivers_probe", ADDRESS "\n");
}

/* A name in /dev proves nothing: in a container it may be another device's, and it may be stale. */
static void the_node_of_another_device_is_none(void **state)
{
	(void)state;
	remove_path(FUNCTION "/driver");
	tree_link(&tree, FUNCTION "/driver", "../../drivers/vfio-pci");
	tree_file(&tree, FUNCTION "/vfio-dev/noiommu-vfio3/dev", "1:7\n");
	tree_link(&tree, "vfio/devices/noiommu-vfio3", NODE);
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ETIMEDOUT);
	assert_non_null(strstr(padma_last_error(), "another device"));
	tree_file(&tree, FUNCTION "/vfio-dev/noiommu-vfio3/dev", NUMBER);
	assert_int_equal(padma_pci_bind(ADDRESS, &params), 0);
}

/* Everything that vfio-pci or the kernel would refuse later, after the driver was unbound. */
static void what_can_be_known_is_asked_first(void **state)
{
	static const char bridge[] = "0123456789abcd\x81";

	(void)state;
	tree_file(&tree, FUNCTION "/config", bridge);
	expect_refusal(-EINVAL, "bridge");
	remove_path(FUNCTION "/config");
	tree_file(&tree, FUNCTION "/vendor", "0x8086\n");
	tree_file(&tree, FUNCTION "/device", "0x0b25\n");
	expect_refusal(-EINVAL, "model");
	tree_file(&tree, FUNCTION "/device", "0x0b26\n");
	tree_file(&tree, "proc/devices", "Character devices:\n  1 mem\n 10 misc\n");
	expect_refusal(-ENOENT, "group");
	tree_file(&tree, "proc/devices", "Character devices:\n238 vfio\n");
	remove_path("bus/pci/drivers/nvme/unbind");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ENOENT);
	assert_non_null(strstr(padma_last_error(), "unbind"));
	tree_file(&tree, "bus/pci/drivers/nvme/unbind", "");
	remove_path(VFIO "/bind");
	expect_refusal(-ENOENT, " bind ");
	tree_file(&tree, VFIO "/bind", "");
	/* With an IOMMU the group is not enough. */
	params.noiommu = false;
	tree_directory(&tree, "kernel/iommu_groups/7");
	tree_link(&tree, FUNCTION "/iommu_group", "../../../../kernel/iommu_groups/7");
	expect_refusal(-ENOENT, "character device");
}

static void count_warnings(void *ctx, enum padma_log_level level, const char *part,
			   const char *text)
{
	unsigned int *count = ctx;

	(void)part;
	*count += level == PADMA_LOG_WARNING && strstr(text, "0000:00:05.0") &&
		  strstr(text, "same IOMMU group");
}

/* One of a group has to be the first: others that are bound to kernel drivers cause a warning. */
static void the_rest_of_an_iommu_group_is_a_warning(void **state)
{
	const struct tree_pci other = {.address = "0000:00:05.0",
				       .vendor = "0x1b36\n",
				       .device = "0x0010\n",
				       .class_code = "0x010802\n",
				       .driver = "nvme"};
	unsigned int count = 0;

	(void)state;
	params.noiommu = false;
	tree_pci(&tree, &other);
	tree_link(&tree, "kernel/iommu_groups/7/devices/" ADDRESS, "../../../../" FUNCTION);
	tree_link(&tree, "kernel/iommu_groups/7/devices/0000:00:05.0",
		  "../../../../bus/pci/devices/0000:00:05.0");
	tree_link(&tree, FUNCTION "/iommu_group", "../../../../kernel/iommu_groups/7");
	padma_log_to(count_warnings, &count, PADMA_LOG_WARNING);
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ETIMEDOUT);
	assert_int_equal(count, 1);
	remove_path("bus/pci/devices/0000:00:05.0/driver");
	assert_int_equal(padma_pci_bind(ADDRESS, &params), -ETIMEDOUT);
	padma_log_to(NULL, NULL, PADMA_LOG_ERROR);
	assert_int_equal(count, 1);
}

static void another_driver_keeps_it(void **state)
{
	(void)state;
	tree_file(&tree, FUNCTION "/driver_override", "vfio-pci\n");
	assert_int_equal(padma_pci_restore(ADDRESS, &params), 0);
	expect_content(FUNCTION "/driver_override", "\n");
	expect_content("bus/pci/drivers/nvme/unbind", "");
	expect_content("bus/pci/drivers_probe", "");
}

static void only_functions_have_addresses(void **state)
{
	static const char *const wrong[] = {"",	   "..", ".", "0000:00:05.0", "../../drivers/nvme",
					    "nvme"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(padma_pci_bind(wrong[i], &params), -ENODEV);
		assert_int_equal(padma_pci_restore(wrong[i], &params), -ENODEV);
	}
}

int main(void)
{
#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_TREE(binds_and_waits_for_the_node),
		WITH_TREE(binds_to_uio),
		WITH_TREE(uio_is_not_for_everything),
		WITH_TREE(a_failure_is_undone),
		WITH_TREE(says_what_the_kernel_lacks),
		WITH_TREE(a_kernel_without_character_devices_is_named),
		WITH_TREE(without_an_iommu_the_group_is_enough),
		WITH_TREE(behind_an_iommu_it_is_not),
		WITH_TREE(an_iommu_is_not_passed_over),
		WITH_TREE(who_has_it_open_is_seen_and_not_waited_for),
		WITH_TREE(the_node_of_another_device_is_none),
		WITH_TREE(what_can_be_known_is_asked_first),
		WITH_TREE(the_rest_of_an_iommu_group_is_a_warning),
		WITH_TREE(another_driver_keeps_it),
		WITH_TREE(only_functions_have_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
