# SQLite's amalgamation as the sqlcipher3 archive carries it, without SQLITE_HAS_CODEC: no encryption code is compiled.
add_library(hksqlite STATIC ${SQLITE}/vendor/sqlite3.c)
target_compile_definitions(hksqlite PRIVATE SQLITE_OMIT_LOAD_EXTENSION SQLITE_THREADSAFE=1 SQLITE_DEFAULT_MEMSTATUS=0
  SQLITE_DQS=0 SQLITE_OMIT_DEPRECATED SQLITE_OMIT_SHARED_CACHE)
install(TARGETS hksqlite ARCHIVE DESTINATION lib)
install(FILES ${SQLITE}/vendor/sqlite3.h DESTINATION include)
install(FILES ${SQLITE}/LICENSE DESTINATION licenses/sqlite OPTIONAL)
