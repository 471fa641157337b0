/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/event.h - waiting for what is not the hot path: interrupts, removal requests, timers
 *
 * A poll-mode program has its thread look at its queues all the time. For all that is rare a thread
 * sleeps in an event loop until a descriptor has something, a timer is due, or another thread wakes
 * it:
 *
 *     padma_event_loop_open
 *       padma_event_counter_add      an eventfd: an interrupt vector, padma_device_removal_fd()
 *       padma_event_watch_add        any other descriptor
 *       padma_event_timer_add, padma_event_timer_set
 *       padma_event_loop_run         callbacks, until padma_event_loop_stop()
 *     padma_event_loop_close
 *
 * The loop is an io_uring: a watch is one multishot poll in the kernel, armed once and not again for
 * each event. Where the system refuses io_uring (a container's seccomp filter, the sysctl
 * kernel.io_uring_disabled, Linux before 5.13) it is epoll and timerfd, with one warning, and works
 * the same.
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
 * padma_event_fn - something happened
 * @ctx: as given with the watch or timer
 * @value: of a watch: what poll(2) says of the descriptor (POLLIN, POLLHUP, ...); of a counter: what
 * it had counted, never 0; of a timer: how many of its periods are over, 1 for one without
 *
 * Called in the loop's thread. It may add and remove watches and timers, its own too, and stop the
 * loop; it must not run or close the loop.
 */
typedef void (*padma_event_fn)(void *ctx, uint64_t value);

/**
 * padma_event_loop_open() - a loop without watches
 * @loop: set to the loop, which the caller owns until padma_event_loop_close()
 *
 * Return: 0, or -ENOMEM, -EMFILE or -ENFILE (no file descriptor left), or what the kernel answered.
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
 * padma_event_watch_add() - be told what a descriptor has
 * @loop: the loop
 * @fd: a descriptor that can be waited for; it stays the caller's, open until the watch is removed
 * @events: what to wait for, as for poll(2); POLLERR and POLLHUP come in any case
 * @fn: the callback
 * @ctx: handed to it
 * @watch: set to the watch, which the loop owns until padma_event_watch_remove()
 *
 * Told is what is new: read until -EAGAIN, for what is left is not told again. What is there
 * already when the watch is added counts as new. A callback may find nothing.
 *
 * Return: 0, or -EINVAL, -EBADF (not open), -EPERM (a file or directory, which is always ready),
 * -EEXIST (it is watched already), -ENOMEM, -ENOSPC (the user's limit of watches).
 */
PADMA_API int padma_event_watch_add(struct padma_event_loop *loop, int fd, uint32_t events,
				    padma_event_fn fn, void *ctx, struct padma_event_watch **watch);

/**
 * padma_event_counter_add() - be told the count of an eventfd, read and set to 0 before
 * @loop: the loop
 * @fd: an eventfd with EFD_NONBLOCK; it stays the caller's, open until the watch is removed
 * @fn: the callback; each count is handed over once
 * @ctx: handed to it
 * @watch: set to the watch, which the loop owns until padma_event_watch_remove()
 *
 * Return: as padma_event_watch_add(); -EINVAL also where reading @fd would block.
 */
PADMA_API int padma_event_counter_add(struct padma_event_loop *loop, int fd, padma_event_fn fn,
				      void *ctx, struct padma_event_watch **watch);

/**
 * padma_event_watch_remove() - no more of this
 * @watch: the watch, gone afterwards; NULL is allowed
 *
 * When it returns no callback of the watch comes any more, and its descriptor may be closed.
 */
PADMA_API void padma_event_watch_remove(struct padma_event_watch *watch);

/**
 * padma_event_timer_add() - a timer, not yet set
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
 * padma_event_timer_set() - set a timer, in place of what it was set to before
 * @timer: the timer
 * @delay_ns: when its callback is due, in ns from now (CLOCK_MONOTONIC); never before
 * @period_ns: and from then on again and again after so many ns; 0: once
 *
 * Timers go off in the order in which they are due. Periods do not add up: they are counted from the
 * first. Periods that went by unseen make one callback, which tells how many.
 */
PADMA_API void padma_event_timer_set(struct padma_event_timer *timer, uint64_t delay_ns,
				     uint64_t period_ns);

/**
 * padma_event_timer_cancel() - a timer is not due any more, until it is set again
 * @timer: the timer
 */
PADMA_API void padma_event_timer_cancel(struct padma_event_timer *timer);

/**
 * padma_event_timer_remove() - cancel a timer, and free it
 * @timer: the timer, gone afterwards; NULL is allowed
 */
PADMA_API void padma_event_timer_remove(struct padma_event_timer *timer);

/**
 * padma_event_loop_run_once() - wait once, and call back for all that is there
 * @loop: the loop
 * @timeout_ns: how long to wait when there is nothing, in ns; 0: not at all; PADMA_EVENT_FOREVER
 *
 * Returns early when it is woken, stopped or interrupted: by a signal that was handled, or by the
 * kernel while it takes apart another io_uring of this thread.
 *
 * Return: how many callbacks were made, or -EBUSY (called from a callback), or what the kernel
 * answered.
 */
PADMA_API int padma_event_loop_run_once(struct padma_event_loop *loop, uint64_t timeout_ns);

/**
 * padma_event_loop_run() - wait and call back until the loop is stopped
 * @loop: the loop
 *
 * Return: 0, or as padma_event_loop_run_once().
 */
PADMA_API int padma_event_loop_run(struct padma_event_loop *loop);

/**
 * padma_event_loop_wake() - have padma_event_loop_run_once() return
 * @loop: the loop
 *
 * One that is not running now returns at once when it is called next. Many wake-ups may make one.
 *
 * Threading: any thread, and signal handlers.
 */
PADMA_API void padma_event_loop_wake(struct padma_event_loop *loop);

/**
 * padma_event_loop_stop() - have padma_event_loop_run() return
 * @loop: the loop
 *
 * One that is not running now returns at once when it is called next.
 *
 * Threading: any thread, and signal handlers.
 */
PADMA_API void padma_event_loop_stop(struct padma_event_loop *loop);

/**
 * padma_event_loop_kind() - what the loop is made of
 * @loop: the loop
 *
 * Return: "io_uring" or "epoll".
 */
PADMA_API const char *padma_event_loop_kind(const struct padma_event_loop *loop);

PADMA_END_DECLS

#endif
