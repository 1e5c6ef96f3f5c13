# The target ece_warnings: every warning this project builds clean with. A flag that the compiler does not know is left out.
include(CheckCCompilerFlag)

add_library(ece_warnings INTERFACE)

foreach(ece_flag IN ITEMS
        -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
        -Wmissing-prototypes -Wvla -Wformat=2 -Wwrite-strings -Wcast-qual -Wundef -Wswitch-enum
        -Wnull-dereference -Wimplicit-fallthrough -Wlogical-op -Wduplicated-cond
        -Wduplicated-branches)
    string(MAKE_C_IDENTIFIER "ECE_HAS${ece_flag}" ece_have)
    check_c_compiler_flag(${ece_flag} ${ece_have})
    if(${ece_have})
        target_compile_options(ece_warnings INTERFACE ${ece_flag})
    endif()
endforeach()

if(ECE_WERROR)
    target_compile_options(ece_warnings INTERFACE -Werror)
endif()
