# Run as a script (cmake -P): builds libperf.a and libapi.a out of a Linux
# source tree into OUT and copies the headers there. The tree is not written to.
#   LINUX_SOURCE  the tree, or
#   FOLIOBENCH    the host program, asked to fetch one
#   OUT           where to put things
#   MAKE_ARCH, CROSS_COMPILE	where it is for another architecture
cmake_minimum_required(VERSION 3.25)

if(NOT LINUX_SOURCE)
	execute_process(COMMAND ${FOLIOBENCH} kernel source debian:
		OUTPUT_VARIABLE LINUX_SOURCE OUTPUT_STRIP_TRAILING_WHITESPACE
		RESULT_VARIABLE rc)
	if(rc)
		message(FATAL_ERROR "libperf: no Linux source (${FOLIOBENCH} kernel source debian: gave ${rc}); "
			"give one with -DLINUX_SOURCE=DIR, or -DBUILD_AGENT=OFF")
	endif()
endif()
set(perf ${LINUX_SOURCE}/tools/lib/perf)
if(NOT EXISTS ${perf}/Makefile)
	message(FATAL_ERROR "libperf: ${LINUX_SOURCE} is no Linux source tree (no tools/lib/perf)")
endif()

# tools/lib/perf takes no O= with blanks in it, and our build folder may have some.
set(obj ${OUT}/obj)
if(obj MATCHES " ")
	execute_process(COMMAND mktemp -d OUTPUT_VARIABLE obj OUTPUT_STRIP_TRAILING_WHITESPACE)
	set(scratch ${obj})
endif()

if(CROSS_COMPILE)
	set(cross ARCH=${MAKE_ARCH} CROSS_COMPILE=${CROSS_COMPILE})
endif()

# Our own make's flags and job server are none of its business.
file(MAKE_DIRECTORY ${OUT} ${obj})
execute_process(COMMAND ${CMAKE_COMMAND} -E env --unset=MAKEFLAGS --unset=MFLAGS --unset=MAKELEVEL
		--unset=CFLAGS --unset=LDFLAGS
		make -s -C ${perf} O=${obj} EXTRA_CFLAGS=-O2 V= ${cross}
	OUTPUT_FILE ${OUT}/build.log ERROR_FILE ${OUT}/build.log RESULT_VARIABLE rc)
if(rc)
	message(FATAL_ERROR "libperf: the build in ${perf} failed; see ${OUT}/build.log")
endif()
file(COPY ${perf}/include/perf DESTINATION ${OUT}/include)
foreach(lib libperf.a libapi.a)
	file(COPY_FILE ${obj}/${lib} ${OUT}/${lib})
	file(TOUCH ${OUT}/${lib})
endforeach()
if(scratch)
	file(REMOVE_RECURSE ${scratch})
endif()
