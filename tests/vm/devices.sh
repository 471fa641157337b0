# SPDX-License-Identifier: BSD-3-Clause
# The device options of tests/vm/run, as arguments of QEMU. Each device has a fixed slot on the root bus,
# so that its address is known before the machine starts.
# shellcheck shell=bash

devices=()          # arguments of QEMU
bdf=()              # addresses, in the order of the options
iommu=()            # arguments that must stand before all devices
iommu_parameters='' # and what the kernel needs for them
next_slot=0x10      # those below are the bed's own and of --qemu
last_slot=0x1e      # 0x1f is the chipset's
hotplug=()          # what slots need, once

# add_device MODEL,PROPERTIES
add_device() {
	[ $((next_slot)) -le $((last_slot)) ] || wrong_usage "too many devices"
	devices+=(-device "$1,addr=$(printf '0x%x' "$next_slot")")
	bdf+=("$(printf '0000:00:%02x.0' "$next_slot")")
	next_slot=$((next_slot + 1))
}

# add_in_slot NAME MODEL,PROPERTIES: behind a port of its own, whose slot the kernel's pciehp looks after.
# Which bus that is, firmware decides: "PORT/" stands for the device until guest-init has looked.
add_in_slot() {
	local number=$((next_slot))
	add_device "pcie-root-port,id=slot-$1,chassis=$number,slot=$number"
	bdf[-1]+=/
	devices+=(-device "$2,bus=slot-$1,addr=0x0")
	hotplug=(-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off)
}

# add_nvme_drive SIZE LATENCY IOPS SLOT PROPERTIES: one controller with one namespace.
add_nvme_drive() {
	local name=nvme${#bdf[@]} model medium
	if [ -n "$2" ]; then
		medium="file.driver=null-co,file.read-zeroes=on,file.size=$1,file.latency-ns=$2"
	else
		truncate --size="$1" "$job/$name" || wrong_usage "--nvme: size=$1 cannot be made"
		medium="file=${job//,/,,}/$name,cache=unsafe,discard=unmap"
	fi
	devices+=(-drive "if=none,id=$name,format=raw,$medium${3:+,throttling.iops-total=$3}")
	model="nvme,id=$name,drive=$name,serial=padma-$name$5"
	if [ "$4" = 1 ]; then
		add_in_slot "$name" "$model"
	else
		add_device "$model"
	fi
}

# add_nvme KEY=VALUE,...
add_nvme() {
	local size=1G count=1 latency='' iops='' slot=0 properties='' fields field
	IFS=, read -r -a fields <<<"$1"
	for field in "${fields[@]}"; do
		case $field in
		size=*) size=${field#*=} ;;
		count=*) needs_number "--nvme count=" "${field#*=}" && count=${field#*=} ;;
		queues=*) properties+=,max_ioqpairs=${field#*=} ;;
		latency_ns=*) latency=${field#*=} ;;
		iops=*) needs_number "--nvme iops=" "${field#*=}" && iops=${field#*=} ;;
		slot=[01]) slot=${field#*=} ;;
		slot=*) wrong_usage "--nvme: slot= is 0 or 1, not '${field#*=}'" ;;
		*) properties+=,$field ;;
		esac
	done
	for ((; count > 0; count--)); do
		add_nvme_drive "$size" "$latency" "$iops" "$slot" "$properties"
	done
}

# add_card MODEL,PROPERTIES: without a link a network card is not worth driving, so all meet in one hub.
add_card() {
	local name=net${#bdf[@]}
	devices+=(-netdev "hubport,id=$name,hubid=1")
	add_device "$1,netdev=$name,romfile="
}

add_e1000e() {
	add_card e1000e
}

# Only a modern device honours an IOMMU; without this property it goes past it.
add_virtio-net() {
	add_card "virtio-net-pci,disable-legacy=on,iommu_platform=on"
}

add_edu() {
	add_device edu
}

# add_iommu MODEL,PROPERTIES. iommufd refuses a device behind an IOMMU that does not remap interrupts: this
# one does, unless a property says otherwise.
add_iommu() {
	local model=${1%%,*} properties=,${1#*,}
	[ "$model" = intel ] || wrong_usage "--iommu knows intel, not '$model'"
	[ "$model" != "$1" ] || properties=
	[[ $properties = *,intremap=* ]] || properties+=,intremap=on
	iommu=(-machine kernel-irqchip=split -device "intel-iommu$properties")
	iommu_parameters=' intel_iommu=on'
}
