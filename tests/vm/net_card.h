/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_card.h - network cards of the virtual machine as ports, and the kernel's interfaces at the other ends.
 *
 * One thread does everything: a card is polled (card_step()) while the test waits for something, such as a shell command
 * whose traffic the card answers.
 */
#ifndef TESTS_VM_NET_CARD_H
#define TESTS_VM_NET_CARD_H

#include "vm_fixture.h"

#include <net/ethernet.h>
#include <sys/types.h>

#include <padma/net/port.h>

/* IEEE 802: an experimental EtherType, which nothing else in the machine sends. */
#define CARD_ETHERTYPE 0x88b5
#define CARD_PACKETS   2048u
#define CARD_BURST     32u
#define CARD_SECONDS   120u /* what takes longer hangs, even on a busy machine */
#define CARD_QUEUES    2u

struct card;

/* What to do with a received packet, which is the handler's. */
typedef void card_handler(struct card *card, struct padma_packet *packet);

/* How to open a card; zero is the default of all. */
struct card_params {
	struct padma_port_params port;
	enum padma_irq_kind irq;
	size_t room_bytes;
	struct card *beside; /* an open card, whose space, pool and cache this one uses, too */
};

struct card {
	struct padma_space *space;
	struct padma_pool *pool;
	struct padma_pool_cache *cache;
	bool beside; /* these are another card's */
	struct padma_device *device;
	struct padma_port *port;
	unsigned int queues;
	struct padma_rx_queue *rx[CARD_QUEUES];
	struct padma_tx_queue *tx[CARD_QUEUES];
	uint8_t mac[PADMA_MAC_BYTES];
	card_handler *handler;
	void *ctx;	     /* the handler's */
	unsigned int events; /* of padma_port_service(), collected */
	uint64_t serviced_ns;
	uint64_t received, unsent;
	uint64_t answered, tagged, stripped, chained; /* net_echo.h */
};

/* Set by main(): what the machine is about. */
extern const char *net_driver;	/* padma's name of it */
extern const char *net_model;	/* QEMU's */
extern const char *net_backend; /* the space's */
extern unsigned int net_card;	/* the card that is tested, and its end */

/* The address of the permanent MAC address of card @index, as CMakeLists.txt chooses it. */
void card_mac(unsigned int index, uint8_t *mac);

/* Open the machine's card @index: started, its packets dropped until card.handler is set. */
void card_open(struct card *card, unsigned int index, const struct card_params *params);

/* Print its statistics. */
void card_print(struct card *card);

/* For tests that open a card by other means. */
void card_none_open(void);

/* All packets must be back in the pool. */
void card_close(struct card *card);
/* Its queues alone: the port must be stopped. */
void card_open_queues(struct card *card);
void card_close_queues(struct card *card);

/* Poll once: handle what has arrived, look after the port. Return: packets received. */
unsigned int card_step(struct card *card);

/* Poll until @reached, which may look at card.ctx, is true. */
void card_until(struct card *card, bool (*reached)(struct card *card));

/* Transmit @packet by the queue of the number that it was received by, or drop it if the port does not take it in time. */
void card_send(struct card *card, struct padma_packet *packet);

/* Run a script with the functions of net.sh, and with net_card in $end, in the background, and wait for it while the cards are polled. */
__attribute__((format(printf, 1, 2))) pid_t script_start(const char *format, ...);
bool script_ended(pid_t script, int *status);
int script_wait(pid_t script, struct card *const *cards, unsigned int count);
/* It must succeed. */
__attribute__((format(printf, 2, 3))) void card_serve(struct card *card, const char *format, ...);

/* Pings from the end, as fast as they are answered, some lost or not; ended while @card, unless NULL, is polled. */
pid_t flood_start(void);
void flood_end(pid_t flood, struct card *card);

/* A raw socket in the namespace of end @number, for frames of CARD_ETHERTYPE. */
int end_socket(unsigned int number);
/* Send a frame of @bytes bytes, headers included, to @mac; the first byte of its payload is @mark. */
void end_send(int fd, const uint8_t *mac, uint8_t mark, size_t bytes);

#endif
