# Text files (.sql, .sh) as C: they stay readable and lintable as what they are, and the program needs no file beside it.
#
#   embed_text(OUT_VAR NAME symbol FILES a.sql b.sql …)
#
# OUT_VAR gets the path of a generated .c file to list among a target's sources. It defines `symbol` and `symbol_len` as
# base/embed.h declares them, one row a file in the order given, its name without the folder. It is made again when a file changes.
function(embed_text out_var)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME" "FILES")
    set(inputs "")
    foreach(file IN LISTS arg_FILES)
        cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
        list(APPEND inputs "${file}")
    endforeach()
    set(output "${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}.c")
    set(script "${PROJECT_SOURCE_DIR}/cmake/embed_text_run.cmake")
    list(JOIN inputs "|" joined)
    add_custom_command(
        OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" "-DNAME=${arg_NAME}" "-DOUTPUT=${output}" "-DINPUTS=${joined}" -P "${script}"
        DEPENDS ${inputs} "${script}"
        COMMENT "Embedding ${arg_NAME}"
        VERBATIM)
    set(${out_var} "${output}" PARENT_SCOPE)
endfunction()
