# SPDX-License-Identifier: BSD-3-Clause
# libpadma, shared and static, out of the parts that lib/ and drivers/ register with padma_part().
# libpadma-pci stands beside it (lib/pci): it links libpci, which is GPL-2.
get_property(PADMA_PARTS GLOBAL PROPERTY PADMA_PARTS)
set(PADMA_OBJECTS "")
foreach(part ${PADMA_PARTS})
	list(APPEND PADMA_OBJECTS $<TARGET_OBJECTS:padma_part_${part}>)
endforeach()

add_library(padma_registry OBJECT ${CMAKE_SOURCE_DIR}/lib/registry.c)
target_include_directories(padma_registry PRIVATE ${CMAKE_SOURCE_DIR}/lib)
list(APPEND PADMA_OBJECTS $<TARGET_OBJECTS:padma_registry>)

add_library(padma SHARED ${PADMA_OBJECTS})
set_target_properties(padma PROPERTIES VERSION ${PROJECT_VERSION}
	SOVERSION ${PROJECT_VERSION_MAJOR})
padma_archive(padma_static padma ${PADMA_OBJECTS})
foreach(library padma padma_static padma_static_internal)
	# libhugetlbfs is loaded at run time (see lib/memory/hugetlbfs.h).
	target_link_libraries(${library} PRIVATE padma::numa padma::uring Threads::Threads
		${CMAKE_DL_LIBS} m)
	target_include_directories(${library} PUBLIC
		$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>)
endforeach()
