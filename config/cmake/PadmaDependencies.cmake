# SPDX-License-Identifier: BSD-3-Clause
# The system's libraries that padma needs. Each that is missing is named in one sentence with its Debian package.
find_package(PkgConfig QUIET)
find_package(Threads REQUIRED)
set(PADMA_MISSING "")

# padma_need(<target> <header> <library> <package>): an imported target, or a line in PADMA_MISSING.
function(padma_need name header library package)
	string(MAKE_C_IDENTIFIER ${name} id)
	find_path(PADMA_${id}_INCLUDE ${header})
	find_library(PADMA_${id}_LIBRARY ${library})
	mark_as_advanced(PADMA_${id}_INCLUDE PADMA_${id}_LIBRARY)
	if(NOT PADMA_${id}_INCLUDE OR NOT PADMA_${id}_LIBRARY)
		list(APPEND PADMA_MISSING
			"padma needs ${header} and lib${library}: install Debian's package ${package}.")
		set(PADMA_MISSING "${PADMA_MISSING}" PARENT_SCOPE)
		return()
	endif()
	add_library(padma::${name} UNKNOWN IMPORTED GLOBAL)
	set_target_properties(padma::${name} PROPERTIES
		IMPORTED_LOCATION ${PADMA_${id}_LIBRARY}
		INTERFACE_INCLUDE_DIRECTORIES ${PADMA_${id}_INCLUDE})
endfunction()

padma_need(hugetlbfs hugetlbfs.h hugetlbfs libhugetlbfs-dev)
padma_need(numa numa.h numa libnuma-dev)
padma_need(uring liburing.h uring liburing-dev)
padma_need(libpci pci/pci.h pci libpci-dev)
padma_need(pcap pcap/pcap.h pcap libpcap-dev)
padma_need(jansson jansson.h jansson libjansson-dev)
if(BUILD_TESTING)
	padma_need(cmocka cmocka.h cmocka libcmocka-dev)
endif()

if(PADMA_MISSING)
	list(JOIN PADMA_MISSING "\n  " lines)
	message(FATAL_ERROR "Something is missing (config/install-deps.sh installs all of it):\n  ${lines}")
endif()
