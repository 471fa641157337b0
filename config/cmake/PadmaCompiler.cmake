# SPDX-License-Identifier: BSD-3-Clause
# How every target of padma is compiled: C17, hidden visibility, warnings that stop the build.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# The hot paths are measured at -O2; asserts stay in (they guard tests only, never the hot paths).
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g")

set(PADMA_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize takes them")
option(PADMA_FUZZ "Link the fuzz targets with libFuzzer (clang); otherwise they replay kept inputs" OFF)

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wundef -Wvla -Wformat=2
	-Wno-missing-field-initializers -fno-common)
add_compile_options($<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
	$<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes> $<$<COMPILE_LANGUAGE:C>:-Wold-style-definition>)
if(PADMA_SANITIZE)
	add_compile_options(-fsanitize=${PADMA_SANITIZE} -fno-omit-frame-pointer -O1
		-fno-sanitize-recover=all)
	add_link_options(-fsanitize=${PADMA_SANITIZE})
endif()
# What is public is for all; lib/ and tests/ add lib/, which drivers/ and apps/ do without.
include_directories(${CMAKE_SOURCE_DIR}/include)
