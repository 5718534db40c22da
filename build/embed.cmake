# hk_embed(<name> [DEFLATE] <glob>...): the files as a table hk_embed_<name> in a library of that name (embed/embed.h).
find_package(Python3 REQUIRED COMPONENTS Interpreter)
function(hk_embed name)
  cmake_parse_arguments(A "DEFLATE" "" "" ${ARGN})
  file(GLOB files CONFIGURE_DEPENDS ${A_UNPARSED_ARGUMENTS})
  set(out ${CMAKE_BINARY_DIR}/embed/embed_${name}.c)
  set(flag)
  if(A_DEFLATE)
    set(flag --deflate)
  endif()
  add_custom_command(OUTPUT ${out} COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/embed
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/build/embed.py ${flag} ${name} ${out} ${files}
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/build/embed.py VERBATIM)
  add_library(hk_embed_${name} STATIC ${out})
  target_include_directories(hk_embed_${name} PUBLIC ${CMAKE_SOURCE_DIR}/build/embed)
endfunction()
