/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * card.h - the state of a simulated 82574L or 82540EM, and what its parts do for one another.
 *
 * Below the device's lock. Only the tails of the rings are written without it, by the driver.
 */
#ifndef SIM_E1000_CARD_H
#define SIM_E1000_CARD_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/error.h>
#include <padma/sim/model.h>

#include "spec.h"
#include "wire.h"

#define QUEUES	       2u
/* A frame on the wire, or what a segmentation takes in: PAYLEN and headers. */
#define FRAME_MAX      (256u << 10)
#define WRITEBACKS_MAX 64u /* TXDCTL.WTHRESH has 6 bits */

/* What differs between the two (the manuals name the differences). */
struct card_kind {
	const char *name;
	unsigned int queues;
	unsigned int frame_max; /* with FCS */
	bool is_82574;
	unsigned int eerd_done; /* bit; the address follows at eerd_address */
	unsigned int eerd_address;
	uint16_t phy_id2;
	uint16_t device;
	uint32_t pba; /* its initial value */
};

struct ring {
	uint64_t tail;	    /* the direct word; the lower half is the register */
	uint32_t last;	    /* its value when it was last looked at */
	uint32_t base;	    /* offset of its registers */
	bool is_broken;	    /* DMA of a descriptor failed: nothing happens until a reset */
	uint64_t resume_at; /* the fault "delay" */
};

struct delay {
	uint64_t deadline, limit; /* of padma_sim_now(); 0: not running */
};

struct rx_queue {
	struct ring ring;
	struct delay delay;
};

/* What a context descriptor sets up. */
struct context {
	bool valid;
	uint8_t ip_start, ip_field, l4_start, l4_field, header_bytes;
	uint16_t ip_end, l4_end, mss;
	uint32_t payload_bytes;
	bool is_tcp, is_ipv4;
};

struct writeback {
	uint32_t index;
	uint32_t strikes;
	uint64_t word; /* the second of the descriptor */
};

struct tx_queue {
	struct ring ring;
	struct delay delay;
	/* The frame that is being put together. */
	uint32_t bytes;
	uint64_t first, last; /* second quad words of its first and its latest descriptor */
	unsigned int descriptors;
	bool is_complete;
	uint32_t segments; /* that were sent of it */
	uint32_t strikes;  /* faults */
	/* Descriptors whose status is not written back yet; @reported of them by finished frames. */
	struct writeback writebacks[WRITEBACKS_MAX];
	unsigned int writeback_count, reported;
	uint8_t frame[FRAME_MAX];
};

/* A frame, parsed. Offsets from its start; 0 if there is no such part. */
struct parsed {
	const uint8_t *frame;
	uint32_t bytes;
	bool has_tag;
	uint16_t tag;
	uint16_t type; /* after the tag */
	uint32_t l3, l4;
	bool is_ipv4, is_ipv6, is_fragment, is_tcp, is_udp, has_extensions;
	uint32_t l4_bytes; /* by the lengths in the IP header */
	uint16_t ip_id;
};

struct card_config {
	char *mac;
	uint64_t msi, msix;
	struct sim_wire_keys wire;
};

struct card {
	struct padma_sim_function *function;
	const struct card_kind *kind;
	struct card_config config;
	uint32_t regs[REGS_BYTES / 4];
	const struct register_row *rows[REGS_BYTES / 4];
	struct rx_queue rx[QUEUES];
	struct tx_queue tx[QUEUES];
	/* For checksums, and for segmentation. 574, 7.2.6: the queues share them. */
	struct context context[2];
	uint16_t phy[32];
	uint16_t eeprom[EEPROM_WORDS];
	uint8_t mac[ETH_MAC_BYTES];
	uint64_t random;
	bool had_traffic;     /* an engine was enabled since the last reset */
	bool is_dead;	      /* the fault "fatal" */
	uint64_t reset_until; /* CTRL.RST reads as 1; 0: no reset is under way */
	/* Interrupts: the causes for which a message was sent already, and when the next may be. */
	uint32_t notified;
	uint64_t quiet_until[MSIX_VECTORS];
	/* Frames that have arrived: the packet buffer. */
	uint8_t *fifo;
	uint32_t fifo_bytes, fifo_head, fifo_used;
	bool fifo_waits; /* its first frame has found no descriptor */
	bool link_up;	 /* as last seen: CTRL.SLU, the PHY and the wire */
	struct sim_wire *wire;
	uint8_t segment[FRAME_MAX + ETH_TAG_BYTES + ETH_LEAST];
};

static inline uint32_t *reg(struct card *card, uint32_t offset)
{
	return &card->regs[offset / 4];
}

static inline uint32_t get(const struct card *card, uint32_t offset)
{
	return card->regs[offset / 4];
}

static inline uint16_t be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t be32(const uint8_t *at)
{
	return (uint32_t)be16(at) << 16 | be16(at + 2);
}

static inline void put_be16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void put_be32(uint8_t *at, uint32_t value)
{
	put_be16(at, value >> 16);
	put_be16(at + 2, value);
}

#define driver_error(card, ...) padma_sim_driver_error((card)->function, __VA_ARGS__)

/* registers.c */
uint64_t sim_e1000_read(void *state, unsigned int bar, uint64_t offset, unsigned int width);
void sim_e1000_write(void *state, unsigned int bar, uint64_t offset, uint64_t value,
		     unsigned int width);
int sim_e1000_registers_init(struct card *card);

/* reset.c: what power-up, a software reset (CTRL.RST) and a reset of the function leave. */
void sim_e1000_power_up(struct card *card);
void sim_e1000_software_reset(struct card *card);
void sim_e1000_reset(void *state);
void sim_e1000_reset_advance(struct card *card);

/* eeprom.c */
void sim_e1000_eeprom_init(struct card *card);
void sim_e1000_eeprom_load(struct card *card);
void sim_e1000_eeprom_read(struct card *card, uint32_t value);

/* phy.c */
void sim_e1000_phy_reset(struct card *card);
void sim_e1000_mdic(struct card *card, uint32_t value);
/* Whether the link is up has perhaps changed: STATUS and ICR follow. */
void sim_e1000_link_update(struct card *card);

/* interrupt.c */
void sim_e1000_raise(struct card *card, uint32_t causes);
void sim_e1000_interrupts_update(struct card *card);
uint32_t sim_e1000_icr_read(struct card *card);
void sim_e1000_icr_write(struct card *card, uint32_t value);
bool sim_e1000_asserts(void *state);
bool sim_e1000_is_msix(const struct card *card);
/* Frames were written into a queue's buffers; @more causes beside that. */
void sim_e1000_received(struct card *card, unsigned int queue, uint32_t more);
/* Descriptors that ask for it (RS) were finished; @is_delayed: with IDE. */
void sim_e1000_transmitted(struct card *card, unsigned int queue, bool is_delayed);
void sim_e1000_delays_run(struct card *card);

/* ring.c */
static inline uint32_t ring_entries(const struct card *card, const struct ring *ring)
{
	return get(card, ring->base + RING_LEN) / DESCRIPTOR_BYTES;
}
uint64_t sim_e1000_descriptor(const struct card *card, const struct ring *ring, uint32_t index);
/* Descriptors from head to tail; 0 if the ring is not set up, or broken. */
uint32_t sim_e1000_ring_waiting(struct card *card, struct ring *ring, const char *name);
void sim_e1000_ring_advance(struct card *card, struct ring *ring, uint32_t count);
void sim_e1000_ring_reset(struct card *card, struct ring *ring);

/* parse.c, checksum.c */
void sim_e1000_parse(struct parsed *parsed, const uint8_t *frame, uint32_t bytes, uint16_t vet);
bool sim_e1000_ip_sum_right(const struct parsed *parsed);
bool sim_e1000_l4_sum_right(const struct parsed *parsed);
uint32_t sim_e1000_crc(const uint8_t *at, size_t bytes);

/* filter.c: whether a frame passes; *inexact: by a hash or a promiscuous mode. */
bool sim_e1000_filter(const struct card *card, const struct parsed *parsed, bool *inexact);

/* rss.c */
struct rss {
	uint32_t hash;
	uint32_t type;
	unsigned int queue;
};
void sim_e1000_rss(const struct card *card, const struct parsed *parsed, struct rss *rss);

/* receive.c: frames of the wire into the packet buffer, and from there into rings. */
unsigned int sim_e1000_receive(struct card *card, unsigned int limit);
void sim_e1000_receive_reset(struct card *card);
uint32_t sim_e1000_buffer_bytes(const struct card *card);

/* transmit.c */
unsigned int sim_e1000_transmit(struct card *card, unsigned int limit);
void sim_e1000_transmit_reset(struct card *card);
void sim_e1000_writeback_flush(struct card *card, struct tx_queue *queue);

/* segment.c: a frame as its descriptors describe it, with its offloads done, to the wire. False: it takes no more now. */
bool sim_e1000_send(struct card *card, struct tx_queue *queue);

/* statistics.c */
void sim_e1000_count(struct card *card, uint32_t offset, uint64_t n);
void sim_e1000_count_received(struct card *card, const struct parsed *parsed);
void sim_e1000_count_sent(struct card *card, const uint8_t *frame, uint32_t bytes);
uint32_t sim_e1000_statistic_read(struct card *card, uint32_t offset);

/* run.c */
unsigned int sim_e1000_run(void *state, unsigned int limit);

#endif
