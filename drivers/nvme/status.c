// SPDX-License-Identifier: BSD-3-Clause
/* Status codes in words (Base 2.0, figures 92 to 96; NVM Command Set 1.0, figures 10 and 11). */
#include <stdio.h>

#include <padma/nvme.h>

#include "message.h"
#include "status.h"

struct text {
	uint16_t code; /* SCT << 8 | SC */
	const char *words;
};

static const char *const types[8] = {
	"Generic",	   "Command specific", "Media error",	  "Path",
	"Reserved type 4", "Reserved type 5",  "Reserved type 6", "Vendor specific",
};

static const struct text texts[] = {
	{0x000, "Successful Completion"},
	{0x001, "Invalid Command Opcode"},
	{0x002, "Invalid Field in Command"},
	{0x003, "Command ID Conflict"},
	{0x004, "Data Transfer Error"},
	{0x005, "Commands Aborted due to Power Loss Notification"},
	{0x006, "Internal Error"},
	{0x007, "Command Abort Requested"},
	{0x008, "Command Aborted due to SQ Deletion"},
	{0x009, "Command Aborted due to Failed Fused Command"},
	{0x00a, "Command Aborted due to Missing Fused Command"},
	{0x00b, "Invalid Namespace or Format"},
	{0x00c, "Command Sequence Error"},
	{0x00d, "Invalid SGL Segment Descriptor"},
	{0x00e, "Invalid Number of SGL Descriptors"},
	{0x00f, "Data SGL Length Invalid"},
	{0x010, "Metadata SGL Length Invalid"},
	{0x011, "SGL Descriptor Type Invalid"},
	{0x012, "Invalid Use of Controller Memory Buffer"},
	{0x013, "PRP Offset Invalid"},
	{0x014, "Atomic Write Unit Exceeded"},
	{0x015, "Operation Denied"},
	{0x016, "SGL Offset Invalid"},
	{0x018, "Host Identifier Inconsistent Format"},
	{0x019, "Keep Alive Timer Expired"},
	{0x01a, "Keep Alive Timeout Invalid"},
	{0x01b, "Command Aborted due to Preempt and Abort"},
	{0x01c, "Sanitize Failed"},
	{0x01d, "Sanitize In Progress"},
	{0x01e, "SGL Data Block Granularity Invalid"},
	{0x01f, "Command Not Supported for Queue in CMB"},
	{0x020, "Namespace is Write Protected"},
	{0x021, "Command Interrupted"},
	{0x022, "Transient Transport Error"},
	{0x024, "Admin Command Media Not Ready"},
	{0x080, "LBA Out of Range"},
	{0x081, "Capacity Exceeded"},
	{0x082, "Namespace Not Ready"},
	{0x083, "Reservation Conflict"},
	{0x084, "Format In Progress"},
	{0x100, "Completion Queue Invalid"},
	{0x101, "Invalid Queue Identifier"},
	{0x102, "Invalid Queue Size"},
	{0x103, "Abort Command Limit Exceeded"},
	{0x105, "Asynchronous Event Request Limit Exceeded"},
	{0x106, "Invalid Firmware Slot"},
	{0x107, "Invalid Firmware Image"},
	{0x108, "Invalid Interrupt Vector"},
	{0x109, "Invalid Log Page"},
	{0x10a, "Invalid Format"},
	{0x10c, "Invalid Queue Deletion"},
	{0x10d, "Feature Identifier Not Saveable"},
	{0x10e, "Feature Not Changeable"},
	{0x10f, "Feature Not Namespace Specific"},
	{0x115, "Namespace Insufficient Capacity"},
	{0x116, "Namespace Identifier Unavailable"},
	{0x118, "Namespace Already Attached"},
	{0x11a, "Namespace Not Attached"},
	{0x11f, "Invalid Controller Identifier"},
	{0x180, "Conflicting Attributes"},
	{0x181, "Invalid Protection Information"},
	{0x182, "Attempted Write to Read Only Range"},
	{0x183, "Command Size Limit Exceeded"},
	{0x280, "Write Fault"},
	{0x281, "Unrecovered Read Error"},
	{0x282, "End-to-end Guard Check Error"},
	{0x283, "End-to-end Application Tag Check Error"},
	{0x284, "End-to-end Reference Tag Check Error"},
	{0x285, "Compare Failure"},
	{0x286, "Access Denied"},
	{0x287, "Deallocated or Unwritten Logical Block"},
	{0x300, "Internal Path Error"},
	{0x301, "Asymmetric Access Persistent Loss"},
	{0x302, "Asymmetric Access Inaccessible"},
	{0x303, "Asymmetric Access Transition"},
	{0x360, "Controller Pathing Error"},
	{0x370, "Host Pathing Error"},
	{0x371, "Command Aborted By Host"},
};

const char *padma_nvme_status_text(uint16_t status, char *text, size_t bytes)
{
	const char *type = types[status >> 8 & 7];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].code == (status & 0x7ff)) {
			snprintf(text, bytes, "%s: %s", type, texts[i].words);
			return text;
		}
	}
	snprintf(text, bytes, "%s: status code 0x%02x", type, status & 0xffu);
	return text;
}

int fail_status(const char *what, uint16_t status)
{
	char text[96];

	return fail(-EIO, "%s: the controller returned status 0x%04x, %s", what, status,
		    padma_nvme_status_text(status, text, sizeof(text)));
}
