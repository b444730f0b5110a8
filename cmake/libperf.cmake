# libperf for the static agent. Sets LIBPERF_INCLUDE and LIBPERF_LIBS and makes
# the target fb_libperf that they need built. In this order:
#   1. a packaged static libperf (pkg-config knows it and libperf.a is there);
#   2. tools/lib/perf of LINUX_SOURCE, a directory given to CMake;
#   3. the same of the Linux source that the host program fetches with the
#      distribution's own package tools, at build time.
set(LINUX_SOURCE "" CACHE PATH "Linux source tree for libperf (empty: fetched when needed)")

set(LIBPERF_DIR ${CMAKE_BINARY_DIR}/libperf)
pkg_check_modules(LIBPERF_PACKAGE QUIET libperf)
if(LIBPERF_PACKAGE_FOUND AND NOT LINUX_SOURCE)
	find_library(LIBPERF_A libperf.a HINTS ${LIBPERF_PACKAGE_LIBRARY_DIRS})
	find_library(LIBAPI_A libapi.a HINTS ${LIBPERF_PACKAGE_LIBRARY_DIRS})
endif()

if(LIBPERF_A)
	add_custom_target(fb_libperf)
	set(LIBPERF_INCLUDE ${LIBPERF_PACKAGE_INCLUDE_DIRS})
	set(LIBPERF_LIBS ${LIBPERF_A})
	if(LIBAPI_A)
		list(APPEND LIBPERF_LIBS ${LIBAPI_A})
	endif()
	return()
endif()

set(LIBPERF_INCLUDE ${LIBPERF_DIR}/include)
set(LIBPERF_LIBS ${LIBPERF_DIR}/libperf.a ${LIBPERF_DIR}/libapi.a)
file(MAKE_DIRECTORY ${LIBPERF_INCLUDE})
if(LINUX_SOURCE)
	set(libperf_source -DLINUX_SOURCE=${LINUX_SOURCE})
elseif(FOLIOBENCH_PROGRAM) # given by the build that this one is for
	set(libperf_source -DFOLIOBENCH=${FOLIOBENCH_PROGRAM})
else()
	set(libperf_source -DFOLIOBENCH=$<TARGET_FILE:foliobench>)
endif()
if(CMAKE_CROSSCOMPILING)
	list(APPEND libperf_source -DMAKE_ARCH=${CROSS_MAKE_ARCH} -DCROSS_COMPILE=${CROSS_TRIPLET}-)
endif()
add_custom_command(OUTPUT ${LIBPERF_LIBS}
	COMMAND ${CMAKE_COMMAND} ${libperf_source} -DOUT=${LIBPERF_DIR}
		-P ${CMAKE_SOURCE_DIR}/cmake/build-libperf.cmake
	DEPENDS ${CMAKE_SOURCE_DIR}/cmake/build-libperf.cmake
	COMMENT "libperf from the Linux source"
	VERBATIM USES_TERMINAL)
add_custom_target(fb_libperf DEPENDS ${LIBPERF_LIBS})
if(NOT LINUX_SOURCE AND NOT FOLIOBENCH_PROGRAM)
	add_dependencies(fb_libperf foliobench)
endif()
