// SPDX-License-Identifier: BSD-3-Clause
/*
 * net_removal.c - a card is removed under traffic, requested and by surprise. Every packet is back in its pool; the card that
 * is put back works.
 */
#include "net_echo.h"
#include "net_tests.h"
#include "slot.h"

#define TRAFFIC 300u

/* As padma-vm makes one. */
static const char *virtio_properties(void)
{
	return strcmp(net_model, "virtio-net-pci") == 0 ? ",disable-legacy=on,iommu_platform=on"
							: "";
}

static const char *kernel_driver(void)
{
	return strcmp(net_backend, "pagemap") == 0 ? "uio_pci_generic" : "vfio-pci";
}

/* After QEMU has dropped the old card, and after the second in which the kernel ignores the slot. */
static void put_back(void)
{
	card_serve(
		NULL,
		"device=/sys/bus/pci/devices/%s\n"
		"for _ in $(seq 300); do [ -e $device ] || break; sleep 0.1; done\n"
		"for _ in $(seq 300); do \"$PADMA_MONITOR\" info pci | grep -q \"\\\"dev$end\\\"\" "
		"|| "
		"break; sleep 0.1; done\n"
		"sleep 1.5\n"
		"echo 0 >/sys/bus/pci/drivers_autoprobe\n"
		"\"$PADMA_MONITOR\" device_add "
		"%s%s,id=dev$end,bus=slot-dev$end,netdev=net-dev$end,mac=52:54:00:00:01:0$end,"
		"romfile=\n"
		"for _ in $(seq 300); do [ ! -e $device ] || break; sleep 0.1; done\n"
		"echo %s >$device/driver_override; echo ${device##*/} >/sys/bus/pci/drivers_probe\n"
		"for _ in $(seq 100); do [ ! -e $device/driver ] || break; sleep 0.1; done\n"
		"[ -e $device/driver ] || fail 'the card did not come back'",
		bdf(net_card), net_model, virtio_properties(), kernel_driver());
}

static bool busy(struct card *card)
{
	return card->answered >= TRAFFIC;
}

static bool requested(struct card *card)
{
	return card->events & PADMA_PORT_EVENT_REMOVAL;
}

static bool gone(struct card *card)
{
	return padma_port_state(card->port) == PADMA_PORT_GONE;
}

static void works_again(void)
{
	struct card card;

	put_back();
	card_open(&card, net_card, NULL);
	card.handler = echo;
	card_serve(&card, "answers $end 10.0.0.9; pings $end 10.0.0.9 100 56");
	card_close(&card);
}

/* Return: its traffic. Until its removal is noticed, an access to a card that has left the bus may be a SIGBUS. */
static pid_t open_busy(struct card *card)
{
	pid_t script;

	must(padma_device_catch_sigbus());
	card_open(card, net_card, NULL);
	card->handler = echo;
	script = flood_start();
	card_until(card, busy);
	return script;
}

void test_removal_requested(void **state)
{
	struct card card;
	pid_t script;

	(void)state;
	script = open_busy(&card);
	card_serve(&card, "\"$PADMA_MONITOR\" device_del dev$end");
	if (strcmp(net_backend, "pagemap") == 0) {
		/* uio_pci_generic does not wait for programs. */
		card_until(&card, gone);
	} else {
		card_until(&card, requested);
		/* It works until it is closed. */
		card.answered = 0;
		card_until(&card, busy);
	}
	card_close(&card);
	flood_end(script, NULL);
	works_again();
}

void test_removal_by_surprise(void **state)
{
	struct card card;
	pid_t script;
	int config;

	(void)state;
	script = open_busy(&card);
	config = port_config(bdf(net_card));
	assert_true(config >= 0);
	assert_true(slot_pull(config));
	close(config);
	card_until(&card, gone);
	assert_true(card.events & PADMA_PORT_EVENT_GONE);
	assert_int_equal(card_step(&card), 0);
	card_close(&card);
	flood_end(script, NULL);
	works_again();
}
