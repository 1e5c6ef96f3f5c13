# With ECE_LINT on, clang-tidy and cppcheck read each file as it is compiled, and the test `format` compares with clang-format.
if(ECE_LINT)
    find_program(ECE_CLANG_TIDY clang-tidy REQUIRED)
    find_program(ECE_CPPCHECK cppcheck REQUIRED)
    find_program(ECE_CLANG_FORMAT clang-format REQUIRED)
    # gcc's own warning flags mean nothing to clang-tidy, which reads them from the compile command.
    set(CMAKE_C_CLANG_TIDY "${ECE_CLANG_TIDY}" --quiet --warnings-as-errors=* --extra-arg=-Wno-unknown-warning-option)
    set(CMAKE_C_CPPCHECK "${ECE_CPPCHECK}" --quiet --error-exitcode=1 --inline-suppr
                         --enable=warning,performance,portability --std=c11 --suppress=missingIncludeSystem
                         --suppress=*:*/build/*)
    file(GLOB_RECURSE ece_sources CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
         base/*.[ch] state/*.[ch] steps/*.[ch] orchestrator/*.[ch] tests/*.[ch])
    add_test(NAME format COMMAND "${ECE_CLANG_FORMAT}" --dry-run --Werror ${ece_sources}
             WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
endif()
