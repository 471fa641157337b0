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

# CC and CXX may be several words ("ccache gcc"). A configuration that failed has kept what it saw,
# a missing compiler for instance: the next one starts afresh, and only a finished one is built.
build:
	@missing=; \
	need() { command -v "$$2" >/dev/null || missing="$$missing $$1"; }; \
	need cmake cmake; need ninja-build ninja; need gcc $${CC:-cc}; need g++ $${CXX:-c++}; \
	test -z "$$missing" || { echo "padma: programs are missing; run config/install-deps.sh, \
	or as root: apt-get install$$missing" >&2; exit 1; }
	@test -f build/$(PRESET)/build.ninja || cmake --fresh --preset $(PRESET) || \
	{ rm -f build/$(PRESET)/build.ninja; exit 1; }
	cmake --build --preset $(PRESET)

deps:
	@config/install-deps.sh

clean:
	rm -rf build
