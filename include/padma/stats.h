/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/stats.h - publish the process's counters to `padma stats`
 *
 * A program that calls padma_stats_serve() lets other processes of the same user read its registered
 * counters (padma/counter.h) while it runs. One thread answers on a Unix socket; counting costs nothing
 * extra. A client connects, reads text until the end, and need not send anything:
 *
 *     padma-stats 1
 *     pid 4711
 *     program mynic
 *     0000:00:04.0 rx 0<TAB>packets<TAB>123456
 *     0000:00:04.0 rx 0<TAB>errors<TAB>0
 *     end
 *
 * The first line names the protocol and its version. Lines of a key, a space and a value follow, of
 * which a client skips those that it does not know; then a line for each counter: its set, its name
 * and its value in decimal, with a tab between them; then "end", without which the answer was cut
 * off.
 *
 * The socket is DIRECTORY/PID.sock with mode 0600. It is removed by padma_stats_close() and when the
 * program exits; what a killed program leaves is removed by the next one with its process id, and by
 * `padma stats`.
 */
#ifndef PADMA_STATS_H
#define PADMA_STATS_H

#include <stddef.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

struct padma_stats;

/**
 * struct padma_stats_params - how to publish; all zero is the default
 * @directory: where the socket is made, or NULL for padma_stats_directory(). It is created with mode
 *	0700 if it does not exist
 * @program: what the program is called, or NULL for its file name; without control characters
 */
struct padma_stats_params {
	const char *directory;
	const char *program;
};

/* private: padma_stats_serve() with the size that the caller was compiled with */
PADMA_API int padma_stats_serve_sized(size_t params_bytes, const struct padma_stats_params *params,
				      struct padma_stats **stats);

/**
 * padma_stats_serve() - publish the counters of this process
 * @params: how, or NULL for the defaults; read during the call only
 * @stats: set to the service, which the caller owns until padma_stats_close()
 *
 * Starts a thread, which takes no signals. There is one service in a process.
 *
 * Threading: any thread.
 *
 * Return: 0, or -EBUSY (this process publishes them already), -ENOENT (no directory:
 * padma_stats_directory()), -EPERM (the directory is another user's, or others may write to it),
 * -EADDRINUSE (a process with the same number in another container publishes there), -EINVAL,
 * -ENAMETOOLONG, -E2BIG (@params), -ENOMEM, -EMFILE, or another error of the kernel.
 */
PADMA_INLINE int padma_stats_serve(const struct padma_stats_params *params,
				   struct padma_stats **stats)
{
	return padma_stats_serve_sized(sizeof(struct padma_stats_params), params, stats);
}

/**
 * padma_stats_close() - stop publishing
 * @stats: the service, gone afterwards; NULL is allowed
 *
 * Clients that are being answered are disconnected.
 */
PADMA_API void padma_stats_close(struct padma_stats *stats);

/**
 * padma_stats_directory() - where processes of this user publish their counters
 * @path: set to it
 * @bytes: room at @path
 *
 * $PADMA_STATS_DIR if that is set, else /run/padma for root and $XDG_RUNTIME_DIR/padma for other
 * users. It need not exist.
 *
 * Return: 0, or -ENOENT (neither variable is set), -ENAMETOOLONG.
 */
PADMA_API int padma_stats_directory(char *path, size_t bytes);

PADMA_END_DECLS

#endif
