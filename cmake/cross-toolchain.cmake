# Toolchain of the cross-built agent: the compiler TRIPLET-gcc with the libraries that
# scripts/cross-libs unpacked into CROSS_LIBS. Given on the command line:
#   CROSS_PROCESSOR	what uname -m says there (aarch64)
#   CROSS_TRIPLET	the compiler's prefix (aarch64-linux-gnu)
#   CROSS_LIBS		the folder with usr/
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CROSS_PROCESSOR CROSS_TRIPLET CROSS_LIBS)
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${CROSS_PROCESSOR})
set(CMAKE_C_COMPILER ${CROSS_TRIPLET}-gcc)
set(CMAKE_C_FLAGS_INIT
	"-isystem \"${CROSS_LIBS}/usr/include\" -isystem \"${CROSS_LIBS}/usr/include/${CROSS_TRIPLET}\"")
set(CMAKE_FIND_ROOT_PATH ${CROSS_LIBS})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CROSS_LIBS})
set(ENV{PKG_CONFIG_LIBDIR} ${CROSS_LIBS}/usr/lib/${CROSS_TRIPLET}/pkgconfig)
