# SPDX-License-Identifier: BSD-3-Clause
# Short commands. CMake does the work: see CMakePresets.json and CONTRIBUTING.md.
#
#   make demo       install what is missing, build, run the main job
#   make check      install what is missing, build, run every test that needs no virtual machine
#   make vm-check   the tests that boot a virtual machine, and what they need (docs/testing.md)
#   make vm-kernel  build their kernel, once; vm-check does it if there is none
#   make fuzz TIME=60   fuzz each target for so many seconds, with clang's libFuzzer (docs/testing.md)
#   make build      only build (missing programs are named); TARGET=NAME: only that and what it needs
#   make clean      remove all builds

PRESET ?= release
TIME ?= 60

.PHONY: all demo check fuzz vm-check vm-kernel vm-deps build deps clean
all: build

demo: deps
	@$(MAKE) --no-print-directory build TARGET=padma_tool
	build/$(PRESET)/bin/padma demo

check: deps
	@$(MAKE) --no-print-directory build
	ctest --preset $(PRESET) --label-exclude '^vm$$' --parallel $$(nproc)

fuzz:
	@config/install-deps.sh --ci
	@$(MAKE) --no-print-directory build PRESET=fuzz
	@tests/fuzz/run $(TIME)

# A second try, shown as such: races in QEMU without KVM, with the kernel's rewriting of its own code
# (tests/vm/guest-init) and within QEMU (tests/vm/padma-vm). The known ones are avoided; others may be left.
vm-check: vm-deps
	@$(MAKE) --no-print-directory build
	@test -n "$$PADMA_VM_KERNEL" || tests/vm/build-kernel --cached >/dev/null || \
		tests/vm/build-kernel
	ctest --preset $(PRESET) --label-regex '^vm$$' --repeat until-pass:2 --parallel 2

vm-kernel: vm-deps
	@tests/vm/build-kernel

# CC and CXX may be several words ("ccache gcc"). A configuration that failed has cached what it found,
# a missing compiler for instance: the next one starts afresh, and only a complete one is built.
build:
	@missing=; \
	need() { command -v "$$2" >/dev/null || missing="$$missing $$1"; }; \
	need cmake cmake; need ninja-build ninja; need gcc $${CC:-cc}; need g++ $${CXX:-c++}; \
	test -z "$$missing" || { echo "padma: programs are missing; run config/install-deps.sh, \
	or as root: apt-get install$$missing" >&2; exit 1; }
	@test -f build/$(PRESET)/build.ninja || cmake --fresh --preset $(PRESET) || \
	{ rm -f build/$(PRESET)/build.ninja; exit 1; }
	cmake --build --preset $(PRESET) $(if $(TARGET),--target $(TARGET))

deps:
	@config/install-deps.sh

vm-deps:
	@config/install-deps.sh --vm

clean:
	rm -rf build
