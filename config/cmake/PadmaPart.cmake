# SPDX-License-Identifier: BSD-3-Clause
# padma_part(<name> <sources...>): one part of libpadma, compiled once for both its forms.
function(padma_part name)
	if(NOT ARGN)
		return()
	endif()
	add_library(padma_part_${name} OBJECT ${ARGN})
	set_property(GLOBAL APPEND PROPERTY PADMA_PARTS ${name})
endfunction()
