# The target ece_instrument: sanitizers and line counts, when asked for.
add_library(ece_instrument INTERFACE)

if(ECE_SANITIZE)
    target_compile_options(ece_instrument INTERFACE
                           -fsanitize=${ECE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(ece_instrument INTERFACE -fsanitize=${ECE_SANITIZE})
endif()

# All code of ours counts its branches for libFuzzer; the fuzz targets alone get its main.
if(ECE_FUZZ)
    target_compile_options(ece_instrument INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(ECE_COVERAGE)
    target_compile_options(ece_instrument INTERFACE --coverage -fprofile-abs-path)
    target_link_options(ece_instrument INTERFACE --coverage)
endif()
