# Tests are programs on Check, one for each source file they test.
#
#   ece_unit_test(NAME source… [LIBS target…] [TIMEOUT seconds])
#
# NAME is the ctest name and the program's. A test that says "skipped" by exit status 77 is shown as skipped by ctest, never as passed.
if(BUILD_TESTING)
    pkg_check_modules(check REQUIRED IMPORTED_TARGET check)
endif()

function(ece_unit_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "LIBS")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE ${arg_LIBS} ece_common PkgConfig::check Threads::Threads)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77
                         ENVIRONMENT "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0")
endfunction()
