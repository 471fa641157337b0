// SPDX-License-Identifier: BSD-3-Clause
/*
 * capture [PORT [FILE [SECONDS]]]: write the frames that a network card receives to a file that tcpdump and Wireshark read.
 *
 * A complete program to start from: a card in promiscuous mode that sleeps until frames arrive, if it has interrupts, with a
 * time stamp for each. It ends with Ctrl-C or after SECONDS. PORT is a PCI address, or a simulated card.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <padma/error.h>
#include <padma/net/port.h>
#include <padma/time.h>

#define BURST	32u
#define PACKETS 2048u
#define LOOK_MS 100
#define SECOND	1000000000ull

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static int give_up(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, padma_last_error());
	return EXIT_FAILURE;
}

/* pcap-savefile(5), with time stamps in nanoseconds. */
static int write_header(FILE *file)
{
	const uint32_t header[6] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, 65535, 1 /* Ethernet */};

	return fwrite(header, sizeof(header), 1, file) == 1 ? 0 : -EIO;
}

static int write_packet(FILE *file, const struct padma_packet *packet)
{
	uint32_t bytes = padma_packet_bytes(packet);
	const uint32_t header[4] = {(uint32_t)(packet->timestamp_ns / SECOND),
				    (uint32_t)(packet->timestamp_ns % SECOND), bytes, bytes};
	size_t written = fwrite(header, sizeof(header), 1, file);

	for (; packet; packet = packet->next)
		written &= fwrite(padma_packet_data(packet), 1, packet->length, file) ==
			   packet->length;
	return written ? 0 : -EIO;
}

/* Until something arrives, or there is something else to look after. */
static void sleep_a_while(struct padma_port *port, struct padma_rx_queue *rx)
{
	struct pollfd fds[] = {{.fd = padma_rx_irq_fd(rx), .events = POLLIN},
			       {.fd = padma_port_event_fd(port), .events = POLLIN}};
	uint64_t count;

	if (fds[0].fd < 0 || padma_rx_arm(rx) == 0)
		poll(fds, 2, fds[0].fd < 0 ? 1 : LOOK_MS);
	if (fds[0].revents)
		(void)!read(fds[0].fd, &count, sizeof(count));
}

static int run(struct padma_port *port, struct padma_rx_queue *rx, struct padma_pool_cache *cache,
	       FILE *file, uint64_t seconds)
{
	const unsigned int over = PADMA_PORT_EVENT_FAILED | PADMA_PORT_EVENT_GONE;
	uint64_t start = padma_now_ns();
	struct padma_packet *packets[BURST];
	unsigned long all = 0;
	int error = write_header(file);

	while (!error && !stopped && (!seconds || padma_now_ns() - start < seconds * SECOND)) {
		unsigned int n = padma_rx_burst(rx, packets, BURST);

		for (unsigned int i = 0; i < n && !error; i++)
			error = write_packet(file, packets[i]);
		padma_packet_put_bulk(cache, packets, n);
		all += n;
		if (n == 0 && fflush(file) == 0)
			sleep_a_while(port, rx);
		if (n == 0 && (padma_port_service(port, padma_now_ns()) & over))
			return give_up("the card");
	}
	if (error || fflush(file)) {
		fprintf(stderr, "the file: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	fprintf(stderr, "captured %lu frames\n", all);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "sim:virtio-net,null";
	const char *path = argc > 2 ? argv[2] : "/dev/null";
	uint64_t seconds = argc > 3 ? strtoull(argv[3], NULL, 10) : argc == 1;
	const struct padma_packet_pool_params packets = {.count = PACKETS};
	struct padma_port_params params = {
		.promiscuous = true, .interrupts = true, .offloads = PADMA_OFFLOAD_RX_TIMESTAMP};
	struct padma_pool_cache *cache = NULL;
	struct padma_device *device = NULL;
	struct padma_space *space = NULL;
	struct padma_rx_queue *rx = NULL;
	struct padma_tx_queue *tx = NULL;
	struct padma_port *port = NULL;
	struct padma_pool *pool = NULL;
	FILE *file = fopen(path, "wb");
	int code;

	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	if (!file || padma_space_open_for(name, NULL, &space) ||
	    padma_device_open(space, name, &device) ||
	    padma_packet_pool_open(space, &packets, &pool) || padma_pool_cache_open(pool, &cache) ||
	    padma_port_open(device, &port) ||
	    (params.interrupts = padma_device_irq_count(device) != 0,
	     padma_port_configure(port, &params)) ||
	    padma_rx_queue_open(port, 0, cache, &rx) || padma_tx_queue_open(port, 0, cache, &tx) ||
	    padma_port_start(port))
		code = file ? give_up(name) : (perror(path), EXIT_FAILURE);
	else
		code = run(port, rx, cache, file, seconds);
	/* In this order; a card that does not stop keeps all that follows. */
	if (port && padma_port_stop(port))
		return give_up("stop");
	padma_rx_queue_close(rx);
	padma_tx_queue_close(tx);
	padma_port_close(port);
	padma_pool_cache_close(cache);
	padma_pool_close(pool);
	padma_device_close(device);
	padma_space_close(space);
	return file && fclose(file) == 0 ? code : EXIT_FAILURE;
}
