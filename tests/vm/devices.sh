# SPDX-License-Identifier: BSD-3-Clause
# The device options of padma-vm, as arguments of QEMU. Each device has a fixed slot on the root bus, so that
# its address is known before the machine starts.
# shellcheck shell=bash

devices=()          # arguments of QEMU
bdf=()              # addresses of the devices named by options, in their order
drivers=()          # and the driver of each: kernel, vfio-pci, uio_pci_generic, or default
peers=()            # addresses of the other ends of cards with peer=kernel, in the order of the cards
iommu=()            # arguments that must come before all devices
iommu_parameters='' # and what the kernel needs for them
next_slot=0x10      # lower ones are for padma-vm itself and --qemu
last_slot=0x1e      # 0x1f is the chipset's; peers take slots from this one down
next_hub=100        # hub 1 connects all cards without a private peer
taps=()             # wires of peer=tap: the names of the two TAP interfaces of each, "card:peer:queues"
hotplug=()          # what slots need, once

# Properties that a device has unless its option says otherwise. An NVMe drive needs a serial number. Only a modern
# virtio device honours an IOMMU, and only with this property.
default_properties() {
	case $1 in
	nvme) echo ",serial=padma-$2" ;;
	virtio-*-pci) echo ",disable-legacy=on,iommu_platform=on" ;;
	esac
}

# take_slot: the slot of the next device, in $slot_taken.
take_slot() {
	[ $((next_slot)) -le $((last_slot)) ] || wrong_usage "too many devices"
	slot_taken=$(printf '0x%x' "$next_slot")
	next_slot=$((next_slot + 1))
}

# add_on_root_bus MODEL,PROPERTIES
add_on_root_bus() {
	take_slot
	devices+=(-device "$1,addr=$slot_taken")
	bdf+=("$(printf '0000:00:%02x.0' "$slot_taken")")
}

# add_in_slot NAME MODEL,PROPERTIES: behind a separate port, whose slot the kernel's pciehp controls.
# Which bus that is, firmware decides: "PORT/" stands for the device until guest-init has looked.
add_in_slot() {
	take_slot
	devices+=(-device "pcie-root-port,id=slot-$1,addr=$slot_taken,chassis=$((slot_taken)),slot=$((slot_taken))"
		-device "$2,bus=slot-$1,addr=0x0")
	bdf+=("$(printf '0000:00:%02x.0/' "$slot_taken")")
	hotplug=(-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off)
}

# is_card MODEL: whether it is a network card. Unusual models are looked up in QEMU's list.
is_card() {
	case $1 in
	e1000 | e1000e | igb | virtio-net-pci) return 0 ;;
	nvme | edu | virtio-*-pci) return 1 ;;
	esac
	[[ $(qemu-system-x86_64 -device help 2>/dev/null | sed -n '/^Network devices:/,/^$/p') == *"\"$1\""* ]]
}

# add_wire NAME: what the card NAME is plugged into, by its peer= in $peer.
add_wire() {
	local hub=1 number=${#taps[@]} tap=script=no,downscript=no,vnet_hdr=on
	[ "$peer" = hub ] || hub=$((next_hub++))
	if [ "$peer" = tap ]; then
		taps+=("card$number:peer$number:$pairs")
		devices+=(-netdev "tap,id=net-$1,ifname=card$number,queues=$pairs,$tap")
		add_peer "$1" "tap,id=peer-$1,ifname=peer$number,$tap"
		return
	fi
	devices+=(-netdev "hubport,id=net-$1,hubid=$hub")
	[ "$peer" != kernel ] || add_peer "$1" "hubport,id=peer-$1,hubid=$hub"
}

# add_peer NAME NETDEV: the kernel's interface at the other end of the card NAME.
add_peer() {
	[ $((next_slot)) -le $((last_slot)) ] || wrong_usage "too many devices"
	devices+=(-netdev "$2"
		-device "virtio-net-pci,id=peer-device-$1,netdev=peer-$1,romfile=,disable-legacy=on,iommu_platform=on,addr=$last_slot")
	peers+=("$(printf '0000:00:%02x.0' "$last_slot")")
	last_slot=$(printf '0x%x' $((last_slot - 1)))
}

# add_medium NAME: the drive NAME, by $size, $latency and $iops.
add_medium() {
	local medium
	if [ -n "$latency" ]; then
		medium="file.driver=null-co,file.read-zeroes=on,file.size=$size,file.latency-ns=$latency"
	else
		truncate --size="$size" "$job/medium-$1" || wrong_usage "$option: size=$size is not a size"
		medium="file=${job//,/,,}/medium-$1,cache=unsafe,discard=unmap"
	fi
	devices+=(-drive "if=none,id=$1,format=raw,$medium${iops:+,throttling.iops-total=$iops}")
}

# add_one MODEL: one device, by the values that add_device has parsed.
add_one() {
	local name=$id model
	[ -n "$name" ] || case $1 in
	nvme) name=nvme${#bdf[@]} ;;
	*) name=dev${#bdf[@]} ;;
	esac
	model=$1,id=$name$(default_properties "$1" "$name")
	if [ -n "$size" ]; then
		add_medium "$name"
		model+=,drive=$name
	fi
	if [ -n "$peer" ]; then
		add_wire "$name"
		model+=,netdev=net-$name,romfile=
		[ "$pairs" -eq 1 ] || model+=,mq=on,vectors=$((2 * pairs + 2))
	fi
	model+=$properties
	drivers+=("$driver")
	if [ "$slot" = 1 ]; then
		add_in_slot "$name" "$model"
	else
		add_on_root_bus "$model"
	fi
}

# parse_field KEY=VALUE: a key of padma-vm's, else a property of QEMU's device.
parse_field() {
	local value=${1#*=}
	case $1 in
	size=*) size=$value ;;
	latency_ns=*) latency=$value ;;
	queues=*) properties+=,max_ioqpairs=$value ;;
	count=*) needs_number "$option count=" "$value" && count=$value ;;
	iops=*) needs_number "$option iops=" "$value" && iops=$value ;;
	slot=[01]) slot=$value ;;
	slot=*) wrong_usage "$option: slot= is 0 or 1, not '$value'" ;;
	driver=kernel) driver=kernel ;;
	driver=vfio | driver=vfio-pci) driver=vfio-pci ;;
	driver=uio | driver=uio_pci_generic) driver=uio_pci_generic ;;
	driver=*) wrong_usage "$option: driver= is kernel, vfio or uio, not '$value'" ;;
	peer=hub | peer=kernel | peer=tap | peer=none) peer=$value ;;
	peer=*) wrong_usage "$option: peer= is hub, kernel, tap or none, not '$value'" ;;
	pairs=*) needs_number "$option pairs=" "$value" && pairs=$value ;;
	id=*) id=$value ;;
	*) properties+=,$1 ;;
	esac
}

# add_device OPTION MODEL KEY=VALUE,...
add_device() {
	local option=$1 size='' count=1 latency='' iops='' slot=0 driver=default peer='' pairs=1 id='' properties=''
	local fields field
	[ "$2" != nvme ] || size=1G
	IFS=, read -r -a fields <<<"$3"
	for field in "${fields[@]}"; do
		parse_field "$field"
	done
	if is_card "$2"; then
		peer=${peer:-hub}
	elif [ -n "$peer" ]; then
		wrong_usage "$option: peer= is for network cards, which $2 is not"
	fi
	[ "$pairs" -eq 1 ] || [ "$2$peer" = virtio-net-pcitap ] ||
		wrong_usage "$option: pairs= is for virtio-net with peer=tap"
	[ -z "$id" ] || [ "$count" -le 1 ] || wrong_usage "$option: id= and count= exclude each other"
	for ((; count > 0; count--)); do
		add_one "$2"
	done
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
