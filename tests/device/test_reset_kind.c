// SPDX-License-Identifier: BSD-3-Clause
/* How the kernel resets a function, according to sysfs; finding out logs nothing. */
#include "test.h"

#include <padma/log.h>

#include "device/reset_kind.h"
#include "tool/tree.h"

#define ADDRESS	 "0000:00:04.0"
#define FUNCTION "bus/pci/devices/" ADDRESS

static struct tree tree;
static unsigned int logged;

static void count(void *ctx, enum padma_log_level level, const char *part, const char *text)
{
	(void)ctx;
	(void)level;
	print_message("%s: %s\n", part, text);
	logged++;
}

static int setup(void **state)
{
	(void)state;
	tree_make(&tree);
	tree_directory(&tree, FUNCTION);
	padma_log_to(count, NULL, PADMA_LOG_DEBUG);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	padma_log_to(NULL, NULL, PADMA_LOG_WARNING);
	tree_remove(&tree);
	return 0;
}

static void test_lists(void **state)
{
	static const struct {
		const char *list;
		enum padma_reset_kind kind;
	} rows[] = {
		{"flr pm bus\n", PADMA_RESET_FLR},
		{"flr\n", PADMA_RESET_FLR},
		{"af_flr pm\n", PADMA_RESET_FLR},
		{"device_specific flr\n", PADMA_RESET_FLR},
		{"acpi\n", PADMA_RESET_FLR},
		/* These may be refused, and the kernel tries the next. */
		{"acpi pm\n", PADMA_RESET_PM},
		{"acpi flr pm\n", PADMA_RESET_FLR},
		{"device_specific bus pm\n", PADMA_RESET_BUS},
		{"device_specific acpi pm bus\n", PADMA_RESET_PM},
		/* What is tried first counts. */
		{"pm bus\n", PADMA_RESET_PM},
		{"bus\n", PADMA_RESET_BUS},
		{"cxl_bus\n", PADMA_RESET_BUS},
		/* An unknown method, of any name. */
		{"warm\n", PADMA_RESET_PM},
		{"flr2\n", PADMA_RESET_PM},
		{"fl\n", PADMA_RESET_PM},
		/* It was emptied. */
		{"\n", PADMA_RESET_NONE},
		{"", PADMA_RESET_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tree_file(&tree, FUNCTION "/reset_method", rows[i].list);
		assert_int_equal(reset_kind_of(tree.root, ADDRESS), rows[i].kind);
	}
	assert_int_equal(logged, 0);
}

/* Before Linux 5.15 the methods are not listed; a function without any has no file at all. */
static void test_no_list(void **state)
{
	(void)state;
	assert_int_equal(reset_kind_of(tree.root, ADDRESS), PADMA_RESET_NONE);
	tree_file(&tree, FUNCTION "/reset", "");
	assert_int_equal(reset_kind_of(tree.root, ADDRESS), PADMA_RESET_PM);
	assert_int_equal(reset_kind_of(tree.root, "0000:00:05.0"), PADMA_RESET_NONE);
	assert_int_equal(logged, 0);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(padma_reset_kind_name(PADMA_RESET_NONE), "none");
	assert_string_equal(padma_reset_kind_name(PADMA_RESET_FLR), "flr");
	assert_string_equal(padma_reset_kind_name((enum padma_reset_kind)99), "unknown");
	assert_string_equal(padma_irq_kind_name(PADMA_IRQ_INTX), "INTx");
	assert_string_equal(padma_irq_kind_name(PADMA_IRQ_MSIX), "MSI-X");
	assert_string_equal(padma_irq_kind_name((enum padma_irq_kind) - 1), "unknown interrupts");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_list, setup, teardown),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
