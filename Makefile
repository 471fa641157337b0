# SPDX-License-Identifier: BSD-3-Clause
# The short way in. All the work is CMake's: see CMakePresets.json and CONTRIBUTING.md.
#
#   make demo    install what is missing, build, run the main job
#   make check   install what is missing, build, run every test that needs no virtual machine
#   make build   only build (what is missing is named)
#   make clean   forget all builds

PRESET ?= release

.PHONY: all demo check build deps clean
all: build

demo: deps
	@$(MAKE) --no-print-directory build
	build/$(PRESET)/bin/padma demo

check: deps
	@$(MAKE) --no-print-directory build
	ctest --preset $(PRESET) --label-exclude '^vm$$' --parallel $$(nproc)

build:
	@command -v cmake >/dev/null || { echo "padma: cmake is missing; run config/install-deps.sh, \
	or as root: apt-get install cmake" >&2; exit 1; }
	@test -f build/$(PRESET)/build.ninja || cmake --preset $(PRESET)
	cmake --build --preset $(PRESET)

deps:
	@config/install-deps.sh

clean:
	rm -rf build
