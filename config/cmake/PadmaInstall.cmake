# SPDX-License-Identifier: BSD-3-Clause
# What cmake --install installs: all that writing a driver or a simulated device outside of this tree takes.
# Nothing installed names this tree or the prefix: the whole of it may be moved.
include(CMakePackageConfigHelpers)

# One export for each library, since each needs something else of the system (config/install/padma-config.cmake.in).
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/padma)
foreach(library padma padma_static padma_pci padma_pci_static)
	string(REPLACE _ - export ${library})
	install(TARGETS ${library} EXPORT ${export} INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
	install(EXPORT ${export} NAMESPACE padma:: FILE ${export}-targets.cmake DESTINATION ${package_dir})
endforeach()
set_target_properties(padma_pci PROPERTIES EXPORT_NAME pci)
set_target_properties(padma_pci_static PROPERTIES EXPORT_NAME pci_static)
# It finds libpadma beside itself, wherever both are.
set_target_properties(padma_pci PROPERTIES INSTALL_RPATH $ORIGIN)
install(TARGETS padma_tool EXPORT padma)
set_target_properties(padma_tool PROPERTIES EXPORT_NAME tool)
# For plugins of the tool: the headers alone.
add_library(padma_plugin INTERFACE)
set_target_properties(padma_plugin PROPERTIES EXPORT_NAME plugin)
install(TARGETS padma_plugin EXPORT padma INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/padma TYPE INCLUDE)

configure_package_config_file(config/install/padma-config.cmake.in ${CMAKE_BINARY_DIR}/install/padma-config.cmake
	INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 a new minor version may change anything.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/install/padma-config-version.cmake
	COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/install/padma-config.cmake
	${CMAKE_BINARY_DIR}/install/padma-config-version.cmake DESTINATION ${package_dir})

# padma_pkg_config(<name> DESCRIPTION <text> LIBS <flags> [PRIVATE <flags>] [REQUIRES <modules>])
# What only a static library links stands in Libs.private, not in Requires.private: for that, pkg-config wants
# the development packages even if a program links the shared library.
function(padma_pkg_config name)
	cmake_parse_arguments(PC "" "DESCRIPTION;LIBS;PRIVATE;REQUIRES" "" ${ARGN})
	set(PC_NAME ${name})
	set(PC_LIBS_PRIVATE ${PC_PRIVATE})
	# From where the file itself is, so that the prefix may be any.
	file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
	set(PC_PREFIX "\${pcfiledir}/${up}")
	string(REGEX REPLACE "/$" "" PC_PREFIX "${PC_PREFIX}")
	set(file ${CMAKE_BINARY_DIR}/install/${name}.pc)
	configure_file(config/install/padma.pc.in ${file} @ONLY)
	install(FILES ${file} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

set(linked "-lnuma -luring -lpthread -ldl -lm")
padma_pkg_config(padma DESCRIPTION "${PROJECT_DESCRIPTION}" LIBS "-L\${libdir} -lpadma" PRIVATE "${linked}")
padma_pkg_config(padma-pci DESCRIPTION "PCI functions: list, bind to VFIO or UIO, restore" REQUIRES "padma = ${PROJECT_VERSION}"
	LIBS "-L\${libdir} -lpadma-pci" PRIVATE "-lpci")
# The static libraries in a program that links all else dynamically. (A program that is static as a whole
# links by pkg-config --static padma.)
padma_pkg_config(padma-static DESCRIPTION "${PROJECT_DESCRIPTION} (static library)"
	LIBS "\${libdir}/libpadma.a ${linked}")
padma_pkg_config(padma-pci-static DESCRIPTION "PCI functions: list, bind to VFIO or UIO, restore (static library)"
	LIBS "\${libdir}/libpadma-pci.a -lpci \${libdir}/libpadma.a ${linked}")

# Installed, the README has the examples beside it and the tool in PATH.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS README.md)
file(READ README.md readme)
string(REPLACE "apps/examples/" "examples/" readme "${readme}")
string(REPLACE "build/release/bin/padma" "padma" readme "${readme}")
file(WRITE ${CMAKE_BINARY_DIR}/install/README.md "${readme}")
install(FILES ${CMAKE_BINARY_DIR}/install/README.md LICENSE CHANGELOG.md CONTRIBUTING.md TYPE DOC)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs FILES_MATCHING PATTERN "*.md")
install(DIRECTORY apps/examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples FILES_MATCHING PATTERN "*.c" PATTERN "*.cc"
	PATTERN installed EXCLUDE)
install(FILES apps/examples/installed/CMakeLists.txt apps/examples/installed/Makefile
	DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
# A driver in C++, a simulated device, and both as a plugin; a driver of a network card.
install(DIRECTORY tests/outside/adler tests/outside/rtl8139 DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

# The test bed: padma-vm and its pieces lie in one folder, and bin has a link to it, relative as all else.
set(vm_dir ${CMAKE_INSTALL_DATADIR}/padma/vm)
install(PROGRAMS tests/vm/padma-vm tests/vm/build-kernel tests/vm/guest-init tests/vm/monitor tests/vm/taps
	DESTINATION ${vm_dir})
install(FILES tests/vm/devices.sh tests/vm/console.sh tests/vm/kernel.config DESTINATION ${vm_dir})
file(RELATIVE_PATH from_bin /${CMAKE_INSTALL_BINDIR} /${vm_dir}/padma-vm)
file(CREATE_LINK ${from_bin} ${CMAKE_BINARY_DIR}/install/padma-vm SYMBOLIC)
install(FILES ${CMAKE_BINARY_DIR}/install/padma-vm TYPE BIN)
