/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/event.h - an event loop for what is rare: interrupts, removal requests, timers
 *
 * The threads of a poll-mode program look at their queues all the time. For rare events a thread
 * sleeps in an event loop until a descriptor is ready, a timer expires, or another thread wakes it:
 *
 *     padma_event_loop_open
 *       padma_event_counter_add      an eventfd: an interrupt vector, padma_device_removal_fd()
 *       padma_event_watch_add        any other descriptor
 *       padma_event_timer_add, padma_event_timer_set
 *       padma_event_loop_run         callbacks, until padma_event_loop_stop()
 *     padma_event_loop_close
 *
 * The loop is an io_uring: a watch is one multishot poll in the kernel, armed once and not again for
 * each event. If the system refuses io_uring (a container's seccomp filter, the sysctl
 * kernel.io_uring_disabled, Linux before 5.13) the loop uses epoll and timerfd, logs one warning, and
 * behaves the same.
 *
 * Threading: a loop, its watches and its timers belong to one thread at a time, in which the
 * callbacks run. Any thread may call padma_event_loop_wake() and padma_event_loop_stop(), also from
 * a signal handler, as long as the loop exists. After fork() only the parent may use it.
 */
#ifndef PADMA_EVENT_H
#define PADMA_EVENT_H

#include <stdint.h>

#include <padma/export.h>

PADMA_BEGIN_DECLS

#define PADMA_EVENT_FOREVER UINT64_MAX

struct padma_event_loop;
struct padma_event_watch;
struct padma_event_timer;

/**
 * padma_event_fn - the callback of a watch or timer
 * @ctx: as given with the watch or timer
 * @value: of a watch: the descriptor's poll(2) events (POLLIN, POLLHUP, ...); of a counter: its
 *	count, never 0; of a timer: how many of its periods have expired, 1 if it has none
 *
 * Called in the loop's thread. It may add and remove watches and timers, its own too, and stop the
 * loop; it must not run or close the loop.
 */
typedef void (*padma_event_fn)(void *ctx, uint64_t value);

/**
 * padma_event_loop_open() - open a loop
 * @loop: set to the loop, which the caller owns until padma_event_loop_close()
 *
 * Return: 0, or -ENOMEM, -EMFILE or -ENFILE (no file descriptor left), or another error of the kernel.
 */
PADMA_API int padma_event_loop_open(struct padma_event_loop **loop);

/**
 * padma_event_loop_close() - remove all watches and timers, and the loop
 * @loop: the loop; NULL is allowed
 *
 * No thread may wake or stop it any more. Watched descriptors stay open: they are the caller's.
 *
 * Return: 0, or -EBUSY (called from one of its callbacks; the loop stays as it is).
 */
PADMA_API int padma_event_loop_close(struct padma_event_loop *loop);

/**
 * padma_event_watch_add() - watch a descriptor
 * @loop: the loop
 * @fd: a descriptor that can be polled; it stays the caller's, and open until the watch is removed
 * @events: what to wait for, as for poll(2); POLLERR and POLLHUP come in any case
 * @fn: the callback
 * @ctx: handed to it
 * @watch: set to the watch, which the loop owns until padma_event_watch_remove()
 *
 * Edge-triggered: drain the descriptor until EAGAIN; leftovers are not reported again. A descriptor
 * that is ready when the watch is added is reported. Wake-ups may be spurious.
 *
 * Return: 0, or -EINVAL, -EBADF (not open), -EPERM (a file or directory, which is always ready),
 * -EEXIST (it is watched already), -ENOMEM, -ENOSPC (the user's limit of watches).
 */
PADMA_API int padma_event_watch_add(struct padma_event_loop *loop, int fd, uint32_t events,
				    padma_event_fn fn, void *ctx, struct padma_event_watch **watch);

/**
 * padma_event_counter_add() - watch an eventfd; its count is read and reset before the callback
 * @loop: the loop
 * @fd: an eventfd with EFD_NONBLOCK; it stays the caller's, and open until the watch is removed
 * @fn: the callback; it gets each count once
 * @ctx: handed to it
 * @watch: set to the watch, which the loop owns until padma_event_watch_remove()
 *
 * Return: as padma_event_watch_add(); -EINVAL also if reading @fd would block.
 */
PADMA_API int padma_event_counter_add(struct padma_event_loop *loop, int fd, padma_event_fn fn,
				      void *ctx, struct padma_event_watch **watch);

/**
 * padma_event_watch_remove() - stop watching a descriptor
 * @watch: the watch, gone afterwards; NULL is allowed
 *
 * When it returns, the watch makes no more callbacks and its descriptor may be closed.
 */
PADMA_API void padma_event_watch_remove(struct padma_event_watch *watch);

/**
 * padma_event_timer_add() - make a timer, not set yet
 * @loop: the loop
 * @fn: the callback
 * @ctx: handed to it
 * @timer: set to the timer, which the loop owns until padma_event_timer_remove()
 *
 * Return: 0, or -EINVAL, -ENOMEM.
 */
PADMA_API int padma_event_timer_add(struct padma_event_loop *loop, padma_event_fn fn, void *ctx,
				    struct padma_event_timer **timer);

/**
 * padma_event_timer_set() - set a timer, replacing its previous setting
 * @timer: the timer
 * @delay_ns: when it expires, in ns from now (CLOCK_MONOTONIC); its callback never comes earlier
 * @period_ns: the period at which it expires from then on, in ns; 0: it expires once
 *
 * Timers expire in the order of their deadlines. Periods do not drift: each deadline is computed from
 * the first. Periods that were missed make one callback, with their number.
 */
PADMA_API void padma_event_timer_set(struct padma_event_timer *timer, uint64_t delay_ns,
				     uint64_t period_ns);

/**
 * padma_event_timer_cancel() - disarm a timer until it is set again
 * @timer: the timer
 */
PADMA_API void padma_event_timer_cancel(struct padma_event_timer *timer);

/**
 * padma_event_timer_remove() - cancel a timer, and free it
 * @timer: the timer, gone afterwards; NULL is allowed
 */
PADMA_API void padma_event_timer_remove(struct padma_event_timer *timer);

/**
 * padma_event_loop_run_once() - wait once, and make the callbacks of all that is ready
 * @loop: the loop
 * @timeout_ns: how long to wait if nothing is ready, in ns; 0: do not wait; PADMA_EVENT_FOREVER
 *
 * Returns early if it is woken, stopped or interrupted: by a signal that was handled, or by the
 * kernel while it tears down another io_uring of this thread.
 *
 * Return: how many callbacks were made, or -EBUSY (called from a callback), or another
 * error of the kernel.
 */
PADMA_API int padma_event_loop_run_once(struct padma_event_loop *loop, uint64_t timeout_ns);

/**
 * padma_event_loop_run() - wait and make callbacks until the loop is stopped
 * @loop: the loop
 *
 * Return: 0, or as padma_event_loop_run_once().
 */
PADMA_API int padma_event_loop_run(struct padma_event_loop *loop);

/**
 * padma_event_loop_wake() - make padma_event_loop_run_once() return
 * @loop: the loop
 *
 * If it is not running, its next call returns at once. Several wake-ups may be merged into one.
 *
 * Threading: any thread, and signal handlers.
 */
PADMA_API void padma_event_loop_wake(struct padma_event_loop *loop);

/**
 * padma_event_loop_stop() - make padma_event_loop_run() return
 * @loop: the loop
 *
 * If it is not running, its next call returns at once.
 *
 * Threading: any thread, and signal handlers.
 */
PADMA_API void padma_event_loop_stop(struct padma_event_loop *loop);

/**
 * padma_event_loop_kind() - the mechanism behind the loop
 * @loop: the loop
 *
 * Return: "io_uring" or "epoll".
 */
PADMA_API const char *padma_event_loop_kind(const struct padma_event_loop *loop);

PADMA_END_DECLS

#endif
