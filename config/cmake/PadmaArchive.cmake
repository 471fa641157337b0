# SPDX-License-Identifier: BSD-3-Clause
# Static libraries whose internal symbols are local.
#
# In an archive of plain objects every function that is not static is a global symbol of the program, hidden
# visibility or not: a program's own ring_open() would replace the library's. So the objects are linked into
# one, in which all symbols but the public ones (PADMA_API) are made local.

# padma_archive(<target> <output name> <objects...>): the static library, to be installed and linked, and
# <target>_internal, an ordinary archive, for tests of internal functions and for --wrap.
function(padma_archive target name)
	set(whole ${CMAKE_CURRENT_BINARY_DIR}/${name}.o)
	add_custom_command(OUTPUT ${whole}
		COMMAND ${CMAKE_LINKER} -r -o ${whole} ${ARGN}
		COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${whole}
		DEPENDS ${ARGN} COMMAND_EXPAND_LISTS VERBATIM)
	add_library(${target} STATIC ${whole})
	add_library(${target}_internal STATIC ${ARGN})
	set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE C)
	set_target_properties(${target}_internal PROPERTIES OUTPUT_NAME ${name}-internal LINKER_LANGUAGE C)
endfunction()
