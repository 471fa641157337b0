// SPDX-License-Identifier: BSD-3-Clause
/*
 * The socket of padma_stats_serve(). It is made under a hidden name and renamed once it listens, so
 * that a socket which refuses connections belongs to a process that is gone, and may be removed.
 */
#define PADMA_PART "stats"
#include "base/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <padma/stats.h>

#include "base/stats_socket.h"

#define BACKLOG 16

int padma_stats_directory(char *path, size_t bytes)
{
	const char *own = secure_getenv("PADMA_STATS_DIR");
	const char *runtime = secure_getenv("XDG_RUNTIME_DIR");
	int length;

	if (own && *own)
		length = snprintf(path, bytes, "%s", own);
	else if (geteuid() == 0)
		length = snprintf(path, bytes, "/run/padma");
	else if (runtime && *runtime)
		length = snprintf(path, bytes, "%s/padma", runtime);
	else
		return fail(-ENOENT, "no directory for the counters' socket: set XDG_RUNTIME_DIR "
				     "or PADMA_STATS_DIR");
	if (length < 0 || (size_t)length >= bytes)
		return fail(-ENAMETOOLONG, "the directory for the counters' socket has too long a "
					   "name; set PADMA_STATS_DIR");
	return 0;
}

/* Other users must not be able to connect to the socket, nor to replace it. */
static int check_directory(const char *path)
{
	struct stat about;

	if (mkdir(path, 0700) && errno != EEXIST)
		return fail(-errno, "make %s: %s", path, strerror(errno));
	if (lstat(path, &about))
		return fail(-errno, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(about.st_mode))
		return fail(-ENOTDIR, "%s is not a directory", path);
	if (about.st_uid != geteuid() || about.st_mode & (S_IWGRP | S_IWOTH))
		return fail(-EPERM,
			    "%s is another user's, or others may write to it; set "
			    "PADMA_STATS_DIR to a directory of mode 0700",
			    path);
	return 0;
}

static int name_socket(struct sockaddr_un *address, const char *directory, const char *prefix)
{
	int length = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s%ld.sock",
			      directory, prefix, (long)getpid());

	address->sun_family = AF_UNIX;
	if (length < 0 || (size_t)length >= sizeof(address->sun_path))
		return fail(-ENAMETOOLONG,
			    "a socket in %.200s has too long a name; set PADMA_STATS_DIR",
			    directory);
	return 0;
}

/* Whether a process listens there. It is not this one, so it is in another PID namespace. */
static bool is_served(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* EAGAIN: its backlog is full. */
	bool served =
		fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
			    errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return served;
}

static int move_into_place(struct stats_socket *socket, const struct sockaddr_un *hidden)
{
	if (is_served(&socket->address))
		return fail(-EADDRINUSE,
			    "%s is in use by a process of another container; set "
			    "PADMA_STATS_DIR",
			    socket->address.sun_path);
	if (lstat(hidden->sun_path, &socket->made) ||
	    rename(hidden->sun_path, socket->address.sun_path))
		return fail(-errno, "make %s: %s", socket->address.sun_path, strerror(errno));
	return 0;
}

static int listen_at(struct stats_socket *socket, const struct sockaddr_un *hidden)
{
	int rc;

	/* Left behind by a killed process with the same id. */
	(void)unlink(hidden->sun_path);
	/* The file gets the mode of the socket. */
	if (fchmod(socket->fd, 0600) ||
	    bind(socket->fd, (const struct sockaddr *)hidden, sizeof(*hidden)))
		return fail(-errno, "make %s: %s", hidden->sun_path, strerror(errno));
	rc = listen(socket->fd, BACKLOG)
		     ? fail(-errno, "listen at %s: %s", hidden->sun_path, strerror(errno))
		     : move_into_place(socket, hidden);
	if (rc)
		(void)unlink(hidden->sun_path);
	return rc;
}

int stats_socket_open(struct stats_socket *made, const char *directory)
{
	struct sockaddr_un hidden;
	int rc = check_directory(directory);

	if (!rc)
		rc = name_socket(&made->address, directory, "");
	if (!rc)
		rc = name_socket(&hidden, directory, ".");
	if (rc)
		return rc;
	made->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (made->fd < 0)
		return fail(-errno, "no socket for the counters: %s", strerror(errno));
	rc = listen_at(made, &hidden);
	if (rc)
		close(made->fd);
	return rc;
}

void stats_socket_unlink(const struct stats_socket *socket)
{
	struct stat now;

	if (lstat(socket->address.sun_path, &now) == 0 && now.st_dev == socket->made.st_dev &&
	    now.st_ino == socket->made.st_ino)
		(void)unlink(socket->address.sun_path);
}

void stats_socket_close(struct stats_socket *socket)
{
	stats_socket_unlink(socket);
	close(socket->fd);
}
