// SPDX-License-Identifier: BSD-3-Clause
/* Interrupts of every kind by VFIO, over the fake kernel. */
#include "test.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "fake_kernel/fixture.h"
#include "kernel/vfio_uapi.h"

static void open_fds(int *fds, int count)
{
	for (int i = 0; i < count; i++)
		fds[i] = i % 2 ? -1 : eventfd(0, EFD_NONBLOCK);
}

static void close_fds(const int *fds, int count)
{
	for (int i = 0; i < count; i += 2)
		close(fds[i]);
}

static void test_interrupts(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device;
	int fds[6];

	(void)state;
	open_fds(fds, 6);
	for (int msi = 0; msi < 2; msi++) {
		const unsigned int count = msi ? 4 : 5;

		fake.msi_only = msi;
		device = open_device(space);
		assert_int_equal(padma_device_irq_kind(device),
				 msi ? PADMA_IRQ_MSI : PADMA_IRQ_MSIX);
		assert_int_equal(padma_device_irq_count(device), count);
		assert_int_equal(padma_device_irq_enable(device, NULL, 0), 0);
		assert_int_equal(padma_device_irq_enable(device, fds, 2), 0);
		assert_int_equal(fake.irq_index,
				 msi ? UAPI_VFIO_PCI_MSI_IRQ : UAPI_VFIO_PCI_MSIX_IRQ);
		/* More than before, which the kernel takes only after all are off. */
		assert_int_equal(padma_device_irq_enable(device, fds, count), 0);
		assert_int_equal(fake.irq_count, count);
		/* The device's own duplicates, in their order. */
		for (unsigned int i = 0; i < count; i++)
			assert_true((fake.irqs[i] < 0) == (fds[i] < 0) &&
				    (fds[i] < 0 || fake.irqs[i] != fds[i]));
		assert_int_equal(padma_device_irq_enable(device, fds, count + 1), -EINVAL);
		/* Nothing to unmask. */
		assert_int_equal(padma_device_irq_unmask(device), 0);
		assert_int_equal(padma_device_reset(device), 0);
		assert_int_equal(fake.irq_count, 0);
		assert_int_equal(padma_device_close(device), 0);
	}
	assert_null(strstr(fake.events, "unmask"));
	close_fds(fds, 6);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_intx(void **state)
{
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device;
	int fds[2];

	(void)state;
	open_fds(fds, 2);
	fake.intx_only = true;
	device = open_device(space);
	fake.events[0] = '\0';
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_INTX);
	assert_int_equal(padma_device_irq_count(device), 1);
	assert_int_equal(padma_device_irq_enable(device, fds, 2), -EINVAL);
	assert_non_null(strstr(padma_last_error(), "INTx"));
	assert_int_equal(padma_device_irq_unmask(device), 0); /* off: nothing to do */
	assert_string_equal(fake.events, "");
	assert_int_equal(padma_device_irq_enable(device, fds, 1), 0);
	assert_int_equal(fake.irq_index, UAPI_VFIO_PCI_INTX_IRQ);
	fake.intx_masked = true;
	assert_int_equal(padma_device_irq_unmask(device), 0);
	assert_false(fake.intx_masked);
	/* Off in front of a reset, the same kind again behind it. */
	assert_int_equal(padma_device_reset(device), 0);
	assert_int_equal(padma_device_irq_restore(device), 0);
	assert_int_equal(fake.irq_index, UAPI_VFIO_PCI_INTX_IRQ);
	assert_int_equal(fake.irq_count, 1);
	assert_string_equal(fake.events, "unmask irq-off reset ");
	assert_int_equal(padma_device_close(device), 0);
	/* Without a mask at each firing a level would fire for ever. */
	fake.intx_stays = true;
	device = open_device(space);
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_NONE);
	assert_int_equal(padma_device_irq_count(device), 0);
	assert_int_equal(padma_device_irq_unmask(device), 0);
	assert_int_equal(padma_device_close(device), 0);
	close_fds(fds, 2);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_a_lesser_kind(void **state)
{
	static const uint32_t index[] = {
		[PADMA_IRQ_INTX] = UAPI_VFIO_PCI_INTX_IRQ,
		[PADMA_IRQ_MSI] = UAPI_VFIO_PCI_MSI_IRQ,
		[PADMA_IRQ_MSIX] = UAPI_VFIO_PCI_MSIX_IRQ,
	};
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device = open_device(space);
	int fds[2];

	(void)state;
	open_fds(fds, 2);
	for (int kind = PADMA_IRQ_INTX; kind <= PADMA_IRQ_MSIX; kind++) {
		assert_int_equal(padma_device_irq_use(device, (enum padma_irq_kind)kind), 0);
		assert_int_equal(padma_device_irq_kind(device), kind);
		assert_int_equal(padma_device_irq_enable(device, fds, 1), 0);
		assert_int_equal(fake.irq_index, index[kind]);
		assert_int_equal(padma_device_irq_use(device, PADMA_IRQ_INTX), -EBUSY);
		assert_int_equal(padma_device_irq_kind(device), kind);
		assert_int_equal(padma_device_reset(device), 0);
		assert_int_equal(padma_device_irq_restore(device), 0);
		assert_int_equal(fake.irq_index, index[kind]);
		assert_int_equal(padma_device_irq_enable(device, NULL, 0), 0);
	}
	assert_int_equal(padma_device_irq_use(device, PADMA_IRQ_INTX), 0);
	assert_int_equal(padma_device_irq_use(device, PADMA_IRQ_NONE), 0);
	assert_int_equal(padma_device_irq_kind(device), PADMA_IRQ_MSIX);
	assert_int_equal(padma_device_irq_use(device, (enum padma_irq_kind)7), -EINVAL);
	assert_int_equal(padma_device_close(device), 0);
	fake.msi_only = true;
	device = open_device(space);
	assert_int_equal(padma_device_irq_use(device, PADMA_IRQ_MSIX), -ENOTSUP);
	assert_non_null(strstr(padma_last_error(), "MSI-X"));
	assert_int_equal(padma_device_close(device), 0);
	close_fds(fds, 2);
	assert_int_equal(padma_space_close(space), 0);
}

static void test_interrupts_that_are_refused(void **state)
{
	static const struct {
		enum padma_irq_kind kind;
		int error, answer;
		const char *words;
	} cases[] = {
		{PADMA_IRQ_INTX, ENODEV, -ENXIO, "line"},
		{PADMA_IRQ_INTX, EBUSY, -EBUSY, "share"},
		{PADMA_IRQ_MSI, ENOMEM, -ENOMEM, "set"},
	};
	struct padma_space *space = open_space_of("noiommu");
	struct padma_device *device = open_device(space);
	int fds[4];

	(void)state;
	open_fds(fds, 4);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(padma_device_irq_use(device, cases[i].kind), 0);
		fake.irq_error = cases[i].error;
		assert_int_equal(padma_device_irq_enable(device, fds, 1), cases[i].answer);
		assert_non_null(strstr(padma_last_error(), cases[i].words));
		assert_int_equal(padma_device_state(device), PADMA_DEVICE_OK);
	}
	fake.irq_error = 0;
	/* Fewer than the device has: what was on stays on. */
	fake.irqs_free = 1;
	assert_int_equal(padma_device_irq_enable(device, fds, 1), 0);
	assert_int_equal(padma_device_irq_enable(device, fds, 4), -ENOSPC);
	assert_non_null(strstr(padma_last_error(), "1 of the 4"));
	assert_int_equal(fake.irq_count, 1);
	assert_int_equal(padma_device_close(device), 0);
	close_fds(fds, 4);
	assert_int_equal(padma_space_close(space), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_interrupts, setup),
		cmocka_unit_test_setup(test_intx, setup),
		cmocka_unit_test_setup(test_a_lesser_kind, setup),
		cmocka_unit_test_setup(test_interrupts_that_are_refused, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
