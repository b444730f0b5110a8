# The agent for the other architecture, so that its kernels can be measured in an emulator:
# foliobench-agent-ARCH and foliobench-poweroff-ARCH beside the host's own, by the target
# foliobench-agent-ARCH (arm64, or x86_64 where the host is arm64).
#   AUTO	where its cross compiler is installed; without its libraries it is left out
#   ON		must be there
#   OFF		not built
set(BUILD_AGENT_CROSS AUTO CACHE STRING "agent for the other architecture: AUTO, ON, OFF")

if(CMAKE_HOST_SYSTEM_PROCESSOR STREQUAL "aarch64")
	set(CROSS_ARCH x86_64)
	set(CROSS_PROCESSOR x86_64)
	set(CROSS_TRIPLET x86_64-linux-gnu)
	set(CROSS_DEBIAN amd64)
	set(CROSS_MAKE_ARCH x86_64)
	set(CROSS_PACKAGES "gcc-x86-64-linux-gnu libc6-dev-amd64-cross")
else()
	set(CROSS_ARCH arm64)
	set(CROSS_PROCESSOR aarch64)
	set(CROSS_TRIPLET aarch64-linux-gnu)
	set(CROSS_DEBIAN arm64)
	set(CROSS_MAKE_ARCH arm64)
	set(CROSS_PACKAGES "gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
endif()

find_program(CROSS_GCC ${CROSS_TRIPLET}-gcc)
set(libc libc.a)
if(CROSS_GCC)
	execute_process(COMMAND ${CROSS_GCC} -print-file-name=libc.a
		OUTPUT_VARIABLE libc OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
# a bare name is gcc's way to say that it found none
if(NOT BUILD_AGENT OR BUILD_AGENT_CROSS STREQUAL "OFF")
	return()
elseif(NOT CROSS_GCC OR libc STREQUAL "libc.a")
	if(NOT BUILD_AGENT_CROSS STREQUAL "AUTO")
		message(FATAL_ERROR "BUILD_AGENT_CROSS: no ${CROSS_TRIPLET}-gcc with a C library: "
			"apt install ${CROSS_PACKAGES}")
	endif()
	message(STATUS "No agent for ${CROSS_ARCH}: ${CROSS_TRIPLET}-gcc is not installed")
	return()
endif()

if(LINUX_SOURCE)
	set(cross_source -DLINUX_SOURCE=${LINUX_SOURCE})
else()
	set(cross_source -DFOLIOBENCH=$<TARGET_FILE:foliobench>)
endif()
# what changed is known to the build in there alone, so it is asked each time
add_custom_target(foliobench-agent-${CROSS_ARCH} ALL
	COMMAND ${CMAKE_COMMAND} -DCROSS_ARCH=${CROSS_ARCH} -DCROSS_PROCESSOR=${CROSS_PROCESSOR}
		-DCROSS_TRIPLET=${CROSS_TRIPLET} -DCROSS_DEBIAN=${CROSS_DEBIAN}
		-DCROSS_MAKE_ARCH=${CROSS_MAKE_ARCH} ${cross_source}
		-DSOURCE=${CMAKE_SOURCE_DIR} -DOUT=${CMAKE_BINARY_DIR}
		-DGENERATOR=${CMAKE_GENERATOR} -DMUST=${BUILD_AGENT_CROSS}
		-P ${CMAKE_SOURCE_DIR}/cmake/build-agent-cross.cmake
	BYPRODUCTS ${CMAKE_BINARY_DIR}/foliobench-agent-${CROSS_ARCH}
		${CMAKE_BINARY_DIR}/foliobench-poweroff-${CROSS_ARCH}
	COMMENT "agent for ${CROSS_ARCH}"
	VERBATIM USES_TERMINAL)
add_dependencies(foliobench-agent-${CROSS_ARCH} foliobench-agent)
if(NOT LINUX_SOURCE)
	add_dependencies(foliobench-agent-${CROSS_ARCH} foliobench)
endif()
