# libyaml's reading half (scanner and parser), as the ruamel.yaml.clib archive carries it: libyaml 0.2 with that
# project's YAML 1.2 rules for tags and plain scalars. The loader is left out: documents are read as events, whose depth
# our caller limits.
add_library(hkyaml STATIC ${YAML}/api.c ${YAML}/reader.c ${YAML}/scanner.c ${YAML}/parser.c)
target_compile_definitions(hkyaml PRIVATE HAVE_CONFIG_H YAML_DECLARE_STATIC)
target_include_directories(hkyaml PRIVATE ${YAML})
install(TARGETS hkyaml ARCHIVE DESTINATION lib)
install(FILES ${YAML}/yaml.h DESTINATION include)
install(FILES ${YAML}/LICENSE DESTINATION licenses/yaml OPTIONAL)
