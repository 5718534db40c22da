/* Programs among files of browser caches and temporary folders. */
#ifndef HK_MODULES_CACHEFILE_H
#define HK_MODULES_CACHEFILE_H

#include "module.h"

#define CACHED_PROGRAM_FIELDS(F, R)                                                                                    \
  F(R, STR, path, PATH, "パス", "the file")                                                                            \
  F(R, INT, content, NUMBER, "判定", "2: a program")                                                                   \
  F(R, STR, place, TEXT, "場所", "which cache: inetcache, chromium-cache, firefox-cache, temp")                        \
  F(R, STR, content_type, NONE, "内容の種類", "what the content is, by its bytes")                                     \
  F(R, BOOL, name_hides_it, NONE, "名前の偽装", "the extension is not one that runs")                                  \
  F(R, INT, size, NONE, "サイズ", "size in bytes")                                                                     \
  F(R, TIME, created, NONE, "作成日時", "when the file was created")                                                   \
  F(R, TIME, modified, NONE, "更新日時", "when the file was last written")                                             \
  F(R, STR, owner_sid, USER, "所有者", "owner of the file")

HK_RECORD_STRUCT(cached_program, CACHED_PROGRAM_FIELDS);

extern const struct hk_record_type cached_program_record_type;
extern const struct hk_module cachefile_module;

#endif
