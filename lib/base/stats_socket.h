/* SPDX-License-Identifier: BSD-3-Clause */
/* stats_socket.h - the socket of padma_stats_serve() in the file system. */
#ifndef BASE_STATS_SOCKET_H
#define BASE_STATS_SOCKET_H

#include <sys/stat.h>
#include <sys/un.h>

struct stats_socket {
	int fd; /* it listens, and does not block */
	struct sockaddr_un address;
	struct stat made; /* the file, as it was made */
};

/* Make it, and the directory if need be. 0, or a negative errno with a sentence. */
int stats_socket_open(struct stats_socket *socket, const char *directory);

/* Remove the file, unless another one has taken its place. */
void stats_socket_unlink(const struct stats_socket *socket);

/* Close the socket and remove its file. */
void stats_socket_close(struct stats_socket *socket);

#endif
