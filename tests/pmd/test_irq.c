// SPDX-License-Identifier: BSD-3-Clause
/* padma/pmd/irq.h: waiting for an interrupt, by message and by the pin, with edu's register that raises one. */
#include "edu/edu_fixture.h"

#include <fcntl.h>
#include <pthread.h>

#include <padma/pmd/irq.h>
#include <padma/time.h>

#define LONG_NS	 20000000000ull
#define SHORT_NS 50000000ull

struct irq_bed {
	struct bed bed;
	struct padma_irq irq;
	const struct padma_bar *bar;
};

static void open_irq(struct irq_bed *b, enum padma_irq_kind kind)
{
	open_bed_of(&b->bed, "sim:edu");
	b->bar = padma_device_bar(b->bed.device, 0);
	padma_device_declare_quiesced(b->bed.device);
	must(padma_device_bus_master(b->bed.device, true));
	must(padma_device_irq_use(b->bed.device, kind));
	must(padma_irq_open(&b->irq, b->bed.device));
}

static void close_irq(struct irq_bed *b)
{
	int fd = b->irq.fd;

	padma_irq_close(&b->irq);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	padma_irq_close(&b->irq); /* nothing is open */
	assert_null(b->irq.device);
	close_bed(&b->bed);
}

static void raise_irq(struct irq_bed *b)
{
	padma_bar_write32(b->bar, 0x60, 1);
}

static void acknowledge(struct irq_bed *b)
{
	padma_bar_write32(b->bar, 0x64, UINT32_MAX);
}

static void test_message(void **state)
{
	struct irq_bed b;

	(void)state;
	open_irq(&b, PADMA_IRQ_MSI);
	raise_irq(&b);
	must(padma_irq_wait(&b.irq, LONG_NS));
	raise_irq(&b);
	raise_irq(&b);
	must(padma_irq_wait(&b.irq, LONG_NS)); /* both at once */
	assert_int_equal(padma_irq_wait(&b.irq, SHORT_NS), -ETIMEDOUT);
	assert_int_equal(padma_irq_wait(&b.irq, 0), -ETIMEDOUT);
	assert_int_equal(padma_irq_wait(&b.irq, 20000), -ETIMEDOUT);
	assert_non_null(strstr(padma_last_error(), "0.02 ms"));
	acknowledge(&b);
	close_irq(&b);
}

/* Asserted until it is acknowledged: so long each wait ends at once. */
static void test_pin(void **state)
{
	struct irq_bed b;

	(void)state;
	open_irq(&b, PADMA_IRQ_INTX);
	raise_irq(&b);
	must(padma_irq_wait(&b.irq, LONG_NS));
	must(padma_irq_wait(&b.irq, LONG_NS));
	acknowledge(&b);
	assert_int_equal(padma_irq_wait(&b.irq, SHORT_NS), -ETIMEDOUT);
	raise_irq(&b);
	must(padma_irq_wait(&b.irq, LONG_NS));
	acknowledge(&b);
	close_irq(&b);
}

static void test_time(void **state)
{
	uint64_t start, ns;
	struct irq_bed b;

	(void)state;
	open_irq(&b, PADMA_IRQ_MSI);
	start = padma_ticks();
	assert_int_equal(padma_irq_wait(&b.irq, SHORT_NS), -ETIMEDOUT);
	ns = padma_ticks_to_ns(padma_ticks() - start);
	assert_true(ns >= SHORT_NS - SHORT_NS / 100);
	assert_true(ns < LONG_NS);
	close_irq(&b);
}

static void test_removal(void **state)
{
	struct irq_bed b;

	(void)state;
	open_irq(&b, PADMA_IRQ_MSI);
	/* A request does not end the wait, now or later. */
	must(padma_sim_request_removal(b.bed.device));
	assert_int_equal(padma_irq_wait(&b.irq, SHORT_NS), -ETIMEDOUT);
	raise_irq(&b);
	must(padma_irq_wait(&b.irq, LONG_NS));
	acknowledge(&b);
	must(padma_sim_remove(b.bed.device, UINT64_MAX));
	assert_int_equal(padma_irq_wait(&b.irq, LONG_NS), -ENODEV);
	close_irq(&b);
}

static void *remove_later(void *device)
{
	padma_delay_ns(SHORT_NS);
	must(padma_sim_remove(device, UINT64_MAX));
	return NULL;
}

/* A device that is pulled out before the program has complied with the request to let it go. */
static void test_removal_after_a_request(void **state)
{
	pthread_t thread;
	struct irq_bed b;
	uint64_t start;

	(void)state;
	open_irq(&b, PADMA_IRQ_MSI);
	must(padma_sim_request_removal(b.bed.device));
	start = padma_ticks();
	assert_int_equal(pthread_create(&thread, NULL, remove_later, b.bed.device), 0);
	assert_int_equal(padma_irq_wait(&b.irq, LONG_NS), -ENODEV);
	assert_true(padma_ticks_to_ns(padma_ticks() - start) < LONG_NS / 2);
	assert_int_equal(pthread_join(thread, NULL), 0);
	close_irq(&b);
}

static void test_failed_device(void **state)
{
	const struct padma_sim_fault registers = {.kind = PADMA_SIM_FAULT_REGISTERS,
						  .value = UINT64_MAX};
	const struct padma_sim_fault stuck = {.kind = PADMA_SIM_FAULT_MASTER_STUCK};
	const struct padma_sim_fault none = {.kind = PADMA_SIM_FAULT_NONE};
	struct irq_bed b;

	(void)state;
	open_irq(&b, PADMA_IRQ_MSI);
	must(padma_sim_fault(b.bed.device, &registers));
	must(padma_sim_fault(b.bed.device, &stuck));
	assert_int_equal(padma_device_unresponsive(b.bed.device), PADMA_DEVICE_FAILED);
	assert_int_equal(padma_irq_wait(&b.irq, LONG_NS), -EIO);
	must(padma_sim_fault(b.bed.device, &none));
	close_irq(&b);
}

/* Nothing is open if it fails. */
static void test_no_such_interrupt(void **state)
{
	struct padma_irq irq = {0};
	struct bed bed;

	(void)state;
	open_bed_of(&bed, "sim:edu");
	must(padma_sim_remove(bed.device, UINT64_MAX));
	assert_int_equal(padma_irq_open(&irq, bed.device), -ENODEV);
	assert_null(irq.device);
	close_bed(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_pin),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_removal_after_a_request),
		cmocka_unit_test(test_failed_device),
		cmocka_unit_test(test_no_such_interrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
