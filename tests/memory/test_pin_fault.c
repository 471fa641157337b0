// SPDX-License-Identifier: BSD-3-Clause
/*
 * Why a range cannot be pinned: by /proc files of the test's own for what needs a disk or a device,
 * and by this process's own mappings for the rest.
 */
#include "space/space_fixture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/pin_fault.h"
#include "tool/tree.h"

#define SMAPS "proc/self/smaps"

static struct tree tree;

static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	tree_file(&tree, "proc/self/mountinfo",
		  "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 0:30 / /dev/shm rw - tmpfs shm rw\n");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_remove(&tree);
	return 0;
}

/* [0x10000, 0x20000), with @flags as the kernel writes them after VmFlags. */
static void mapping(const char *access, const char *device, const char *file, const char *flags)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "00008000-00009000 rw-p 00000000 00:00 0 \nSize: 4 kB\nVmFlags: rd wr mr mw me \n"
		 "00010000-00020000 %s 00000000 %s 1234                %s\nSize:       64 kB\n"
		 "KernelPageSize:        4 kB\nVmFlags: %s \n",
		 access, device, file, flags);
	tree_file(&tree, SMAPS, text);
}

static const char *why(const char *root, uint64_t va, uint64_t bytes)
{
	static struct sentence sentence;
	bool found;

	sentence.text[0] = '\0';
	found = mapping_explains(root, va, bytes, &sentence);
	assert_int_equal(found, *sentence.text != '\0');
	return sentence.text;
}

static void files(void **state)
{
	(void)state;
	mapping("rw-s", "08:01", "/home/data with blanks", "rd wr sh mr mw me ms");
	assert_non_null(strstr(why(tree.root, 0x11000, 0x1000), "/home/data with blanks"));
	assert_non_null(strstr(why(tree.root, 0x11000, 0x1000), "0x11000 "));
	assert_non_null(strstr(why(tree.root, 0x11000, 0x1000), "MAP_PRIVATE"));
	/* On tmpfs, or private: only the file's end can be the matter. */
	mapping("rw-s", "00:1e", "/dev/shm/data", "rd wr sh mr mw me ms");
	assert_null(strstr(why(tree.root, 0x11000, 0x1000), "disk"));
	assert_non_null(strstr(why(tree.root, 0x11000, 0x1000), "end"));
	mapping("rw-p", "08:01", "/home/data", "rd wr mr mw me");
	assert_null(strstr(why(tree.root, 0x11000, 0x1000), "disk"));
}

static void kinds(void **state)
{
	(void)state;
	mapping("r--p", "00:00", "", "rd mr mw me");
	assert_non_null(strstr(why(tree.root, 0x10000, 0x1000), "r--p"));
	mapping("rw-s", "00:0e", "anon_inode:[vfio-device]", "rd wr sh mr mw me ms pf io dc dd");
	assert_non_null(strstr(why(tree.root, 0x10000, 0x1000), "registers"));
	mapping("rw-s", "00:0f", "/secretmem (deleted)", "rd wr sh mr mw me ms lo");
	assert_non_null(strstr(why(tree.root, 0x10000, 0x1000), "memfd_secret"));
	mapping("rw-p", "00:10", "/anon_hugepage (deleted)", "rd wr mr mw me ht");
	assert_non_null(strstr(why(tree.root, 0x10000, 0x1000), "hugepages"));
	mapping("rw-p", "00:00", "", "rd wr mr mw me");
	assert_string_equal(why(tree.root, 0x10000, 0x1000), "");
}

static void holes(void **state)
{
	(void)state;
	mapping("rw-p", "00:00", "", "rd wr mr mw me");
	assert_non_null(strstr(why(tree.root, 0x10000, 0x20000), "0x20000"));
	assert_non_null(strstr(why(tree.root, 0x8000, 0x10000), "0x9000"));
	assert_non_null(strstr(why(tree.root, 0x1000, 0x1000), "0x1000"));
	assert_string_equal(why(tree.root, 0x10000, 0x10000), "");
	assert_string_equal(why("/nonexistent", 0x10000, 0x10000), "");
}

/* The whole way, by the kernel's own account of this process. */
static void what_registration_says(void **state)
{
	struct padma_space *space = open_sim_space();
	char *memory = mmap(NULL, 8 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal(mprotect(memory, 4 * PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(padma_space_register(space, memory, 8 * PAGE), -EFAULT);
	assert_non_null(strstr(padma_last_error(), "permission"));
	assert_int_equal(munmap(memory + 2 * PAGE, PAGE), 0);
	assert_int_equal(padma_space_register(space, memory, 4 * PAGE), -EFAULT);
	assert_non_null(strstr(padma_last_error(), "nothing"));
	assert_int_equal(padma_space_register(space, memory, 2 * PAGE), 0);
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, 8 * PAGE);
}

/* Registered before the first device: found out when it comes. */
static void what_attaching_says(void **state)
{
	static const struct space_device device = {.kind = SPACE_DEVICE_SIMULATED, .fd = -1};
	struct padma_sim_params sim = {0};
	struct padma_space_params params = sim_params();
	struct padma_space *space;
	char *memory =
		mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	params.sim = &sim;
	sim.late_attach = true;
	space = open_space_with(&params);
	assert_int_equal(padma_space_register(space, memory, PAGE), 0);
	assert_int_equal(padma_space_register(space, memory + 4 * PAGE, PAGE), 0);
	assert_int_equal(mprotect(memory + 4 * PAGE, PAGE, PROT_READ), 0);
	assert_int_equal(space_attach(space, &device), -EFAULT);
	assert_non_null(strstr(padma_last_error(), "permission"));
	assert_int_equal(mprotect(memory + 4 * PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(space_attach(space, &device), 0);
	space_detach(space, &device);
	assert_int_equal(padma_space_close(space), 0);
	munmap(memory, 8 * PAGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files),
		TEST(kinds),
		TEST(holes),
		cmocka_unit_test(what_registration_says),
		cmocka_unit_test(what_attaching_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
