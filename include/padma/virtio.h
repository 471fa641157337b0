/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * padma/virtio.h - driving virtio devices: the PCI transport and the negotiation of features
 *
 * What the drivers of all virtio devices have in common (Virtio 1.2, 2 to 4.1). A driver brings its own features and its
 * use of the queues (padma/virtio/queue.h):
 *
 *     padma_virtio_open(device, &virtio)        finds the structures that the capabilities name
 *     padma_virtio_reset(virtio)                status 0, then ACKNOWLEDGE and DRIVER
 *     padma_virtio_negotiate(virtio, features, count)
 *     padma_virtqueue_enable(queue, vector)     each queue, opened before by padma_virtqueue_open()
 *     padma_virtio_start(virtio)                bus mastering, DRIVER_OK
 *     ...
 *     padma_virtio_stop(virtio)                 0: the device does no DMA
 *     padma_virtio_close(virtio)
 *
 * Only the modern interface is driven: a transitional device through its modern interface. One that has only the
 * legacy interface is refused, as its registers are in an I/O BAR.
 *
 * Threading: one thread at a time, the device's owner, unless a function says otherwise.
 */
#ifndef PADMA_VIRTIO_H
#define PADMA_VIRTIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <padma/device.h>
#include <padma/export.h>

PADMA_BEGIN_DECLS

/* PCI ids (4.1.2). */
#define PADMA_VIRTIO_VENDOR 0x1af4
#define PADMA_VIRTIO_MODERN_ID(type)                                                               \
	(0x1040u + (type)) /* device id of a type; 0x1000 on: transitional */
#define PADMA_VIRTIO_TRANSITIONAL_NET	 0x1000

/* Types of devices (5). */
#define PADMA_VIRTIO_TYPE_NET		 1
#define PADMA_VIRTIO_TYPE_BLOCK		 2

/* Features that do not depend on the type of the device (6). */
#define PADMA_VIRTIO_F_INDIRECT_DESC	 28
#define PADMA_VIRTIO_F_EVENT_IDX	 29
#define PADMA_VIRTIO_F_VERSION_1	 32
#define PADMA_VIRTIO_F_ACCESS_PLATFORM	 33
#define PADMA_VIRTIO_F_RING_PACKED	 34
#define PADMA_VIRTIO_F_IN_ORDER		 35
#define PADMA_VIRTIO_F_ORDER_PLATFORM	 36
#define PADMA_VIRTIO_F_SR_IOV		 37
#define PADMA_VIRTIO_F_NOTIFICATION_DATA 38
#define PADMA_VIRTIO_F_NOTIF_CONFIG_DATA 39
#define PADMA_VIRTIO_F_RING_RESET	 40

/* The bit of a feature in a set of features. */
#define PADMA_VIRTIO_BIT(feature)	 (1ull << (feature))

/* Queues that a device can have; "no interrupt" as a vector (4.1.5.1.2). */
#define PADMA_VIRTIO_NO_VECTOR		 0xffffu

struct padma_virtio;

/**
 * struct padma_virtio_info - what a virtio device is
 * @type: of device, PADMA_VIRTIO_TYPE_*
 * @transitional: it also has a legacy interface, which is not used
 * @queues: how many it has
 * @config_bytes: length of its own configuration structure; 0 if it has none
 * @offered: the features that it offered last
 * @accepted: the features in use; 0 before padma_virtio_negotiate()
 */
struct padma_virtio_info {
	uint16_t type;
	bool transitional;
	uint16_t queues;
	uint32_t config_bytes;
	uint64_t offered, accepted;
};

/**
 * padma_virtio_open() - find a device's structures
 * @device: the device; it must outlive @virtio
 * @virtio: set; the caller owns it until padma_virtio_close()
 *
 * Walks the capabilities, checks each structure against the BAR that it names, resets the device and reads what it
 * offers. The device is not trusted: a structure that is not in its BAR, or too short, is refused.
 *
 * Return: 0, or -ENOTSUP (not a virtio device, or it has the legacy interface only), -EPROTO (its structures are
 * broken), -ENOMEM, -ETIMEDOUT, -EIO, -ENODEV.
 */
PADMA_API int padma_virtio_open(struct padma_device *device, struct padma_virtio **virtio);

/**
 * padma_virtio_close() - free a transport
 * @virtio: the transport; NULL is allowed. Its queues are closed and padma_virtio_stop() has returned 0
 */
PADMA_API void padma_virtio_close(struct padma_virtio *virtio);

/* private: with the size that the caller was compiled with */
PADMA_API void padma_virtio_info_sized(const struct padma_virtio *virtio, size_t info_bytes,
				       struct padma_virtio_info *info);

/**
 * padma_virtio_info() - what a device is
 * @virtio: the transport
 * @info: filled
 */
PADMA_INLINE void padma_virtio_info(const struct padma_virtio *virtio,
				    struct padma_virtio_info *info)
{
	padma_virtio_info_sized(virtio, sizeof(struct padma_virtio_info), info);
}

/**
 * padma_virtio_device() - the device of a transport
 * @virtio: the transport. Any thread
 *
 * Return: the device.
 */
PADMA_API struct padma_device *padma_virtio_device(const struct padma_virtio *virtio);

/**
 * padma_virtio_reset() - reset the device, and begin anew with it
 * @virtio: the transport
 *
 * Writes 0 to the status and waits until it reads as 0 (2.1, 4.1.4.3.2): no queue is enabled and the device does no DMA
 * any more. Then ACKNOWLEDGE and DRIVER are set, so that the device's configuration may be read, and what it
 * offers is read again.
 *
 * Return: 0, or -ETIMEDOUT, -EIO (it may still do DMA), -ENODEV (it is gone).
 */
PADMA_API int padma_virtio_reset(struct padma_virtio *virtio);

/**
 * padma_virtio_stop() - end all DMA of the device
 * @virtio: the transport
 *
 * A reset, or, if the device does not answer to it, bus mastering turned off; bus mastering is off afterwards in both cases.
 *
 * Return: 0 (no DMA any more; also if the device is gone), or -EIO (it may still do DMA).
 */
PADMA_API int padma_virtio_stop(struct padma_virtio *virtio);

/**
 * struct padma_virtio_feature - a feature that a driver knows
 * @bit: its number
 * @name: as the specification calls it, without its prefix: "MRG_RXBUF"; static
 * @needs: PADMA_VIRTIO_BIT()s of features without which it is not to be accepted (5.1.3.1)
 * @required: the driver does not work without it
 * @refusal: why it is not wanted, in a few words, static; NULL if it is
 */
struct padma_virtio_feature {
	unsigned int bit;
	const char *name;
	uint64_t needs;
	bool required;
	const char *refusal;
};

/**
 * padma_virtio_negotiate() - choose features (3.1.1, steps 4 to 6)
 * @virtio: the transport, after padma_virtio_reset()
 * @features: the driver's features; read during the call only, but for the strings. Those of this header may be among
 *	them; if not, each is accepted where it is offered, but for SR_IOV
 * @count: how many
 *
 * Accepts what is offered and wanted, and notes for every other feature why it is not used:
 * padma_virtio_records().
 *
 * Return: 0, or -ENOTSUP (a required feature is not offered, or the device refuses the choice), -EINVAL, -EIO, -ENODEV.
 */
PADMA_API int padma_virtio_negotiate(struct padma_virtio *virtio,
				     const struct padma_virtio_feature *features,
				     unsigned int count);

/**
 * padma_virtio_has() - whether a feature is in use
 * @virtio: the transport
 * @bit: its number
 *
 * Return: whether it was negotiated.
 */
PADMA_API bool padma_virtio_has(const struct padma_virtio *virtio, unsigned int bit);

/* Room for the reason of a record. */
#define PADMA_VIRTIO_REASON_BYTES 64

/**
 * struct padma_virtio_record - what became of a feature in the last negotiation
 * @bit: its number
 * @name: its name; "" if the driver does not know it
 * @offered: the device offered it
 * @accepted: it is in use
 * @reason: why not; "" if it is
 */
struct padma_virtio_record {
	unsigned int bit;
	const char *name;
	bool offered, accepted;
	char reason[PADMA_VIRTIO_REASON_BYTES];
};

/* private: with the size that the caller was compiled with */
PADMA_API unsigned int padma_virtio_records_sized(const struct padma_virtio *virtio,
						  size_t record_bytes,
						  struct padma_virtio_record *records,
						  unsigned int room);

/**
 * padma_virtio_records() - the record of the last negotiation
 * @virtio: the transport
 * @records: filled, by number: all features that were offered, or that the driver knows. May be NULL if @room is 0
 * @room: how many there is room for
 *
 * Return: how many there are, at most 64.
 */
PADMA_INLINE unsigned int padma_virtio_records(const struct padma_virtio *virtio,
					       struct padma_virtio_record *records,
					       unsigned int room)
{
	return padma_virtio_records_sized(virtio, sizeof(struct padma_virtio_record), records,
					  room);
}

/**
 * padma_virtio_start() - let the device work (3.1.1, step 8)
 * @virtio: the transport; its features are negotiated and its queues enabled
 *
 * Turns bus mastering on and sets DRIVER_OK.
 *
 * Return: 0, or -EPERM (no reset came before), -EIO, -ENODEV.
 */
PADMA_API int padma_virtio_start(struct padma_virtio *virtio);

/**
 * padma_virtio_check() - whether the device works
 * @virtio: the transport, started. Any thread
 *
 * Reads the status.
 *
 * Return: 0, or -EIO (it needs a reset (2.1.2), or does not answer and may still do DMA), -ENODEV (it is gone).
 */
PADMA_API int padma_virtio_check(struct padma_virtio *virtio);

/**
 * padma_virtio_isr() - read and clear the interrupt status (4.1.4.5)
 * @virtio: the transport
 *
 * For INTx: the device stops to assert its line.
 *
 * Return: bit 0: a queue was used, bit 1: the configuration changed.
 */
PADMA_API uint8_t padma_virtio_isr(struct padma_virtio *virtio);

/**
 * padma_virtio_config_vector() - interrupt when the configuration changes
 * @virtio: the transport, after padma_virtio_reset(), with MSI-X enabled
 * @vector: the vector of MSI-X, or PADMA_VIRTIO_NO_VECTOR
 *
 * Return: 0, or -ENOSPC (the device has no resources for it (4.1.5.1.2.1)).
 */
PADMA_API int padma_virtio_config_vector(struct padma_virtio *virtio, unsigned int vector);

/**
 * padma_virtio_config_read() - read a field of the device's own configuration (2.5)
 * @virtio: the transport
 * @offset: of the field, in bytes
 * @data: filled, little-endian
 * @bytes: its length. 1, 2 and 4 bytes are read by one access, 8 by two, and other lengths as an array of bytes
 *
 * All of one generation: read again if the device changed it meanwhile.
 *
 * Return: 0, or -EINVAL (past its end; @data is zero then), -ETIMEDOUT (it changes all the time), -EIO, -ENODEV.
 */
PADMA_API int padma_virtio_config_read(struct padma_virtio *virtio, unsigned int offset, void *data,
				       size_t bytes);

PADMA_END_DECLS

#endif
