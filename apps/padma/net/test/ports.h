/* SPDX-License-Identifier: BSD-3-Clause */
/* ports.h - the ports of the test: opened, configured, started; reset and opened again while the others run. */
#ifndef NET_TEST_PORTS_H
#define NET_TEST_PORTS_H

#include "net/test/test.h"

/* Space, devices, ports, what they can do. 0, or the exit code after complaining; ports_close() follows in any case. */
int ports_open(struct test *test);

/* A pool that is large enough for all packets that may be in use at once. Likewise. */
int ports_open_pool(struct test *test);

/* Configure all ports, open their queues for the streams, start them. Likewise. */
int ports_start(struct test *test);

/* Wait for the links of all ports, as long as the options say. */
void ports_wait_links(struct test *test);

/* Let the rings send what they hold, for half a second at most. The workers have ended. */
void ports_drain(struct test *test);

/*
 * Stop and close the queues of all ports; the packets return to the pool. The workers have ended. @status: the exit
 * code so far. Return: it, or 1 after complaining.
 */
int ports_stop(struct test *test, int status);

/* Close ports, devices, pool and space. The workers' caches are closed. Likewise. */
int ports_close(struct test *test, int status);

/*
 * One port, while the workers pause: stop it and close it with its device. 0, or the exit code after complaining: it
 * stays open then, and its queues, too.
 */
int port_leave(struct test *test, struct test_port *port);

/* Open the device of a port that was closed, and its port. 0, or a negative errno: it is not back yet. Workers may run. */
int port_return(struct test *test, struct test_port *port);

/* Configure it and start it for its streams, while the workers pause. 0, or a negative errno; it is closed then. */
int port_join(struct test *test, struct test_port *port);

#endif
