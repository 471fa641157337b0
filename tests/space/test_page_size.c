// SPDX-License-Identifier: BSD-3-Clause
/* A kernel whose pages are not 4 KiB, as arm64 may have: refused with a message, whatever the parameters. */
#include "space_fixture.h"

#include <unistd.h>

long __real_sysconf(int name);
long __wrap_sysconf(int name);

static long page_bytes;

long __wrap_sysconf(int name)
{
	return name == _SC_PAGESIZE && page_bytes ? page_bytes : __real_sysconf(name);
}

static void refused_with(long bytes, const char *word)
{
	static const char *const backends[] = {"sim", "noiommu", "iommu", "pagemap", NULL};

	page_bytes = bytes;
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
		struct padma_space_params params = {.backend = backends[i]};
		struct padma_space *space = NULL;

		assert_int_equal(padma_space_open(&params, &space), -EOPNOTSUPP);
		assert_null(space);
		assert_non_null(strstr(padma_last_error(), word));
	}
	page_bytes = 0;
}

static void test_other_pages_are_refused(void **state)
{
	struct padma_space *space;

	(void)state;
	refused_with(16384, "16384");
	refused_with(65536, "65536");
	refused_with(8192, "8192");
	space = open_sim_space();
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_pages_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
