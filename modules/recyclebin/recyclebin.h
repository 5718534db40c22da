/* What Explorer's recycle bin says of the files in it. */
#ifndef HK_MODULES_RECYCLEBIN_H
#define HK_MODULES_RECYCLEBIN_H

#include "module.h"

#define RECYCLED_FIELDS(F, R)                                                                                          \
  F(R, STR, path, PATH, "元のパス", "where the file or folder was")                                                    \
  F(R, TIME, deleted_at, WHEN, "削除日時", "when it was put into the bin")                                             \
  F(R, INT, size, NONE, "サイズ", "size in bytes, of a folder all that was in it")                                     \
  F(R, STR, content_path, PATH2, "中身のパス", "where its content lies in the bin, as long as it does")                \
  F(R, STR, user_sid, USER, "利用者", "whose bin it is, by the folder's name")                                         \
  F(R, INT, version, NONE, "版", "format: 1 Vista to 8.1, 2 Windows 10 and later, 5 INFO2 of XP and before")           \
  F(R, INT, index, NONE, "番号", "number in INFO2; 0 in later bins")                                                   \
  F(R, BOOL, removed, NONE, "取り出し済み", "INFO2 says that it was restored or is gone from the bin")

HK_RECORD_STRUCT(recycled, RECYCLED_FIELDS);

extern const struct hk_record_type recycled_record_type;
extern const struct hk_module recyclebin_module;

#endif
