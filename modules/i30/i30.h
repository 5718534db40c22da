/* Directory indexes ($I30), as collected: names that only their slack still has. */
#ifndef HK_MODULES_I30_H
#define HK_MODULES_I30_H

#include "module.h"

#define I30_SLACK_FIELDS(F, R)                                                                                         \
  F(R, STR, path, PATH, "パス", "a file of this name was there once; deleted, renamed, moved, or there still: the $MFT tells") \
  F(R, STR, name, NAME, "名前", "its name, where the folder is not known")                                             \
  F(R, TIME, created, WHEN, "作成日時", "when the file was created, as the index had it")                              \
  F(R, STRS, why, NONE, "着目点", "program, script, container, link, temporary, note, added_extension")                \
  F(R, BOOL, listed, NONE, "いまもある", "a block of the index still has this very name: an older state of that file") \
  F(R, TIME, modified, NONE, "更新日時", "content last written, then")                                                 \
  F(R, TIME, changed, NONE, "変更日時", "entry last changed, then")                                                    \
  F(R, TIME, accessed, NONE, "アクセス日時", "last opened, then")                                                      \
  F(R, INT, size, NONE, "サイズ", "size in bytes, then")                                                               \
  F(R, HEX32, attributes, NONE, "属性", "file attributes, then")                                                       \
  F(R, OPT, entry, NONE, "MFT エントリ番号", "MFT entry of the file; unknown where it was written over")               \
  F(R, OPT, sequence, NONE, "MFT シーケンス番号", "sequence number of that entry, then")                               \
  F(R, INT, offset, NONE, "位置", "where in the index it lies")

#define I30_FOLDER_FIELDS(F, R)                                                                                        \
  F(R, STR, path, NONE, "フォルダー", "the folder")                                                                    \
  F(R, INT, n_used, NONE, "使用中", "names in use in the blocks, short (8.3) ones among them")                         \
  F(R, INT, n_slack, NONE, "空き領域", "entries in slack that are not in use as well")                                 \
  F(R, INT, n_told, NONE, "うち記録", "of them told as records")                                                       \
  F(R, INT, n_blocks, NONE, "ブロック数", "blocks of the index; 0: a small folder, which has only its root")           \
  F(R, INT, n_damaged, NONE, "破損", "blocks, or the root, that were torn or broken inside")                           \
  F(R, INT, entry, NONE, "MFT エントリ番号", "MFT entry of the folder")                                                \
  F(R, INT, sequence, NONE, "MFT シーケンス番号", "sequence number of that entry")

HK_RECORD_STRUCT(i30_slack, I30_SLACK_FIELDS);
HK_RECORD_STRUCT(i30_folder, I30_FOLDER_FIELDS);

extern const struct hk_module i30_module;

#endif
