# Run as a script (cmake -P) by cmake/agent-cross.cmake: fetches the libraries, configures
# OUT/CROSS_ARCH once, builds the agent there and puts it beside the host's own.
#   MUST	AUTO: what cannot be fetched is said, and the agent left out
cmake_minimum_required(VERSION 3.25)
set(dir ${OUT}/${CROSS_ARCH})
file(MAKE_DIRECTORY ${dir})

execute_process(COMMAND ${SOURCE}/scripts/cross-libs ${CROSS_DEBIAN} ${dir}/libs
	ERROR_VARIABLE why ERROR_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE rc)
if(rc)
	file(REMOVE ${OUT}/foliobench-agent-${CROSS_ARCH} ${OUT}/foliobench-poweroff-${CROSS_ARCH})
	if(MUST STREQUAL "AUTO")
		message("no agent for ${CROSS_ARCH}: ${why}")
		return()
	endif()
	message(FATAL_ERROR "${why}")
endif()

# the make that runs this has a job server that is not for the build in there
set(run ${CMAKE_COMMAND} -E env --unset=MAKEFLAGS --unset=MFLAGS --unset=MAKELEVEL
	--unset=CFLAGS --unset=LDFLAGS --unset=CC)
function(step what)
	execute_process(COMMAND ${run} ${ARGN}
		OUTPUT_FILE ${dir}/${what}.log ERROR_FILE ${dir}/${what}.log RESULT_VARIABLE rc)
	if(rc)
		file(READ ${dir}/${what}.log text)
		message(FATAL_ERROR "agent for ${CROSS_ARCH}: ${what} failed (${dir}/${what}.log):\n${text}")
	endif()
endfunction()

if(NOT EXISTS ${dir}/build/configured)
	file(REMOVE_RECURSE ${dir}/build)
	step(configure ${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE} -B ${dir}/build
		--toolchain ${SOURCE}/cmake/cross-toolchain.cmake -DAGENT_ONLY=ON
		-DCROSS_PROCESSOR=${CROSS_PROCESSOR} -DCROSS_TRIPLET=${CROSS_TRIPLET}
		-DCROSS_MAKE_ARCH=${CROSS_MAKE_ARCH} -DCROSS_LIBS=${dir}/libs
		-DLINUX_SOURCE=${LINUX_SOURCE} -DFOLIOBENCH_PROGRAM=${FOLIOBENCH})
	file(TOUCH ${dir}/build/configured)
endif()
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
step(build ${CMAKE_COMMAND} --build ${dir}/build --parallel ${cores})
foreach(program agent poweroff)
	execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different
		${dir}/build/foliobench-${program} ${OUT}/foliobench-${program}-${CROSS_ARCH}
		COMMAND_ERROR_IS_FATAL ANY)
endforeach()
