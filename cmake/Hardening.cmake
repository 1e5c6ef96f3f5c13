# The target ece_hardening: the flags of the OpenSSF compiler options hardening guide that this compiler and linker take.
# Empty unless ECE_HARDEN is on.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

add_library(ece_hardening INTERFACE)

function(ece_harden_compile flag)
    string(MAKE_C_IDENTIFIER "ECE_HAS${flag}" have)
    check_c_compiler_flag("${flag}" ${have})
    if(${have})
        target_compile_options(ece_hardening INTERFACE "${flag}")
    endif()
endfunction()

function(ece_harden_link flag)
    string(MAKE_C_IDENTIFIER "ECE_LINKS${flag}" have)
    check_linker_flag(C "${flag}" ${have})
    if(${have})
        target_link_options(ece_hardening INTERFACE "${flag}")
    endif()
endfunction()

if(ECE_HARDEN)
    # A distribution's compiler may define the macro by itself, at a lower level.
    target_compile_options(ece_hardening INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
                           -Werror=format-security)
    foreach(ece_flag IN ITEMS
            -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
            -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr -fstrict-flex-arrays=3
            -fzero-init-padding-bits=all -fno-delete-null-pointer-checks -fno-strict-overflow
            -fno-strict-aliasing -Wtrampolines -Wbidi-chars=any
            -Werror=implicit -Werror=incompatible-pointer-types -Werror=int-conversion)
        ece_harden_compile(${ece_flag})
    endforeach()
    foreach(ece_flag IN ITEMS
            -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,nodlopen -Wl,--as-needed)
        ece_harden_link(${ece_flag})
    endforeach()
    # The same source gives the same bytes wherever it is built.
    target_compile_options(ece_hardening INTERFACE
                           "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=." "-ffile-prefix-map=${PROJECT_BINARY_DIR}=build")
endif()
