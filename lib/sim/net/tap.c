// SPDX-License-Identifier: BSD-3-Clause
/*
 * An interface of the kernel (Documentation/networking/tuntap.rst): the card is plugged into its network stack. Frames
 * go with the header of IFF_VNET_HDR before them, so that the stack leaves its checksums and segmentation to the card and
 * takes the same from it.
 */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common.h"
#include "backend.h"

struct tap {
	int fd;
	uint8_t buffer[SIM_FRAME_MAX];
};

static int explain(const struct sim_wire *wire, int error)
{
	const char *name = wire->function->name, *tap = wire->keys->tap;

	switch (error) {
	case EPERM:
	case EACCES:
		return fail(-EPERM,
			    "%s: the interface %s requires CAP_NET_ADMIN; run as root, or have it "
			    "made for this "
			    "user: ip tuntap add dev %s mode tap vnet_hdr user USER",
			    name, tap, tap);
	case ENOENT:
	case ENODEV:
		return fail(-ENOENT,
			    "%s: there is no /dev/net/tun for the interface %s; load the kernel's "
			    "module tun",
			    name, tap);
	case EBUSY:
		return fail(-EBUSY,
			    "%s: another program has the interface %s open; give another tap=",
			    name, tap);
	case EINVAL:
		return fail(-EINVAL,
			    "%s: %s is not a TAP interface; give the name of one made by "
			    "'ip tuntap "
			    "add mode tap vnet_hdr', or one that does not exist",
			    name, tap);
	default:
		return fail(-error, "%s: cannot open the interface %s: %s", name, tap,
			    strerror(error));
	}
}

/* 0, or an errno. */
static int attach(int fd, const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int bytes = sizeof(struct virtio_net_hdr), little = 1;

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, TUNSETIFF, &request) || ioctl(fd, TUNSETVNETHDRSZ, &bytes) ||
	    ioctl(fd, TUNSETVNETLE, &little) || ioctl(fd, TUNSETOFFLOAD, 0))
		return errno;
	return 0;
}

static int tap_open(struct sim_wire *wire)
{
	struct tap *tap = malloc(sizeof(*tap));
	int error = 0;

	if (!tap)
		return fail(-ENOMEM, "%s: no memory for an interface", wire->function->name);
	tap->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tap->fd < 0)
		error = errno;
	else
		error = attach(tap->fd, wire->keys->tap);
	if (error) {
		if (tap->fd >= 0)
			close(tap->fd);
		free(tap);
		return explain(wire, error);
	}
	wire->behind = tap;
	return 0;
}

static void tap_close(struct sim_wire *wire)
{
	struct tap *tap = wire->behind;

	close(tap->fd);
	free(tap);
}

/* What the stack may leave to the card is what the card's driver takes. What waits was sent before that. */
static void tap_receiver(struct sim_wire *wire)
{
	static const struct {
		unsigned int ours, kernels;
	} names[] = {{SIM_OFFLOAD_CHECKSUM, TUN_F_CSUM},
		     {SIM_OFFLOAD_TCP4, TUN_F_TSO4},
		     {SIM_OFFLOAD_TCP6, TUN_F_TSO6},
		     {SIM_OFFLOAD_ECN, TUN_F_TSO_ECN}};
	struct tap *tap = wire->behind;
	unsigned int flags = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (wire->offloads & SIM_OFFLOAD_CHECKSUM && wire->offloads & names[i].ours)
			flags |= names[i].kernels;
	}
	if (ioctl(tap->fd, TUNSETOFFLOAD, flags))
		(void)ioctl(tap->fd, TUNSETOFFLOAD, 0);
	if (!wire->receives || !wire->turned)
		return;
	while (read(tap->fd, tap->buffer, sizeof(tap->buffer)) > 0)
		;
}

static unsigned int tap_offloads(struct sim_wire *wire)
{
	(void)wire;
	return SIM_OFFLOAD_CHECKSUM | SIM_OFFLOAD_TCP4 | SIM_OFFLOAD_TCP6 | SIM_OFFLOAD_ECN;
}

static struct virtio_net_hdr header_of(const struct sim_frame *frame)
{
	static const uint8_t segments[] = {[SIM_SEGMENT_TCP4] = VIRTIO_NET_HDR_GSO_TCPV4,
					   [SIM_SEGMENT_TCP6] = VIRTIO_NET_HDR_GSO_TCPV6,
					   [SIM_SEGMENT_UDP] = VIRTIO_NET_HDR_GSO_NONE};
	struct virtio_net_hdr header = {.gso_type = segments[frame->segment]};

	if (frame->partial) {
		header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		header.csum_start = frame->checksum_start;
		header.csum_offset = frame->checksum_offset;
	} else if (frame->good) {
		header.flags = VIRTIO_NET_HDR_F_DATA_VALID;
	}
	if (frame->segment != SIM_SEGMENT_NONE) {
		header.gso_size = frame->segment_bytes;
		header.hdr_len = frame->header_bytes;
		header.gso_type |= frame->ecn ? VIRTIO_NET_HDR_GSO_ECN : 0;
	}
	return header;
}

static bool tap_send(struct sim_wire *wire, struct sim_box *box)
{
	const struct tap *tap = wire->behind;
	struct virtio_net_hdr header = header_of(&box->frame);
	struct iovec parts[] = {{&header, sizeof(header)}, {box->bytes, box->frame.bytes}};
	ssize_t n = writev(tap->fd, parts, 2);

	free(box);
	return n > 0;
}

static void read_header(const struct virtio_net_hdr *header, struct sim_frame *frame)
{
	uint8_t type = header->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;

	frame->partial = header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	frame->good = header->flags & VIRTIO_NET_HDR_F_DATA_VALID;
	frame->checksum_start = header->csum_start;
	frame->checksum_offset = header->csum_offset;
	frame->segment = type == VIRTIO_NET_HDR_GSO_TCPV4   ? SIM_SEGMENT_TCP4
			 : type == VIRTIO_NET_HDR_GSO_TCPV6 ? SIM_SEGMENT_TCP6
							    : SIM_SEGMENT_NONE;
	frame->ecn = header->gso_type & VIRTIO_NET_HDR_GSO_ECN;
	frame->segment_bytes = header->gso_size;
	frame->header_bytes = header->hdr_len;
}

static struct sim_box *tap_receive(struct sim_wire *wire)
{
	struct tap *tap = wire->behind;
	struct virtio_net_hdr header;
	struct sim_frame frame = {.data = tap->buffer};
	struct iovec parts[] = {{&header, sizeof(header)}, {tap->buffer, sizeof(tap->buffer)}};
	ssize_t n = readv(tap->fd, parts, 2);

	if (n <= (ssize_t)sizeof(header))
		return NULL;
	frame.bytes = (uint32_t)((size_t)n - sizeof(header));
	read_header(&header, &frame);
	return sim_box_new(&frame);
}

const struct sim_wire_backend sim_wire_tap_backend = {
	.open = tap_open,
	.close = tap_close,
	.receiver = tap_receiver,
	.offloads = tap_offloads,
	.send = tap_send,
	.receive = tap_receive,
};
