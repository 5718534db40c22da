/* The records "content", what reading a file showed, and "file_created". Shared by all modules that look into files, so
   that rules and excuses see one kind. Number of a content: enum hk_content. */
#ifndef HK_MODULES_LIB_CONTENT_H
#define HK_MODULES_LIB_CONTENT_H

#include "record/record.h"

#define CONTENT_FIELDS(F, R)                                                                                           \
  F(R, STR, path, PATH, "パス", "file whose content was read")                                                         \
  F(R, INT, content, NUMBER, "判定", "0 encrypted, 1 intact, 2 program, 3 ransom note, 4 no ransom note")              \
  F(R, STR, content_type, TEXT, "内容の種類", "what the content is, by its bytes")                                     \
  F(R, INT, size, NONE, "サイズ", "size in bytes")                                                                     \
  F(R, TIME, created, NONE, "作成日時", "when the file was created")                                                   \
  F(R, TIME, modified, NONE, "更新日時", "when the file was last written")

/* When a file was created, for files whose content made them worth a statement of their own. */
#define FILE_CREATED_FIELDS(F, R)                                                                                      \
  F(R, STR, path, PATH, "パス", "the file")                                                                            \
  F(R, TIME, created, WHEN, "作成日時", "when the file was created, as the file system says")                          \
  F(R, TIME, modified, NONE, "更新日時", "when the file was last written")                                             \
  F(R, STR, owner_sid, USER, "所有者", "owner of the file")

HK_RECORD_STRUCT(content, CONTENT_FIELDS);
HK_RECORD_STRUCT(file_created, FILE_CREATED_FIELDS);
extern const struct hk_record_type content_record_type;
extern const struct hk_record_type file_created_record_type;
extern const struct hk_kind file_times_kind;
extern const struct hk_kind content_kind;
extern const struct hk_kind *const content_kinds[1];

#endif
