/* The file table of an NTFS volume, as collected: what matters in it. */
#ifndef HK_MODULES_MFT_H
#define HK_MODULES_MFT_H

#include "lib/zone.h"
#include "module.h"

#define MFT_FILE_FIELDS(F, R)                                                                                          \
  F(R, STR, path, PATH, "パス", "the file; a folder that is gone shows as $OrphanFiles")                               \
  F(R, TIME, created, WHEN, "作成日時", "when it was created: of the name where the file's own time was set back")     \
  F(R, STRS, why, NONE, "着目点", "program, script, container, link, temporary, note, marked, set_back")              \
  F(R, BOOL, deleted, NONE, "削除済み", "the entry is free: the file was deleted")                                     \
  F(R, BOOL, set_back, NONE, "日時の疑い", "created before its name was, at a whole second: unpacked, copied or forged") \
  F(R, INT, size, NONE, "サイズ", "size in bytes")                                                                     \
  F(R, HEX32, attributes, NONE, "属性", "file attributes")                                                             \
  F(R, TIME, si_created, NONE, "作成（SI）", "created, by $STANDARD_INFORMATION, which programs can set")              \
  F(R, TIME, si_modified, NONE, "更新（SI）", "content last written")                                                  \
  F(R, TIME, si_changed, NONE, "変更（SI）", "entry last changed")                                                     \
  F(R, TIME, si_accessed, NONE, "アクセス（SI）", "last opened, where Windows keeps that")                             \
  F(R, TIME, fn_created, NONE, "作成（FN）", "created, by $FILE_NAME, which only Windows sets")                        \
  F(R, TIME, fn_modified, NONE, "更新（FN）", "written, as of the last rename or move")                                \
  F(R, INT, entry, NONE, "MFT エントリ番号", "MFT entry of the file")                                                   \
  F(R, INT, sequence, NONE, "MFT シーケンス番号", "sequence number of that entry")                                     \
  F(R, STR, owner_sid, USER, "所有者", "owner, where the entry itself holds the security descriptor")

#define MFT_DELETED_FIELDS(F, R)                                                                                       \
  F(R, STR, path, PATH, "パス", "the file that was deleted")                                                           \
  F(R, STRS, why, NONE, "着目点", "why it matters")                                                                    \
  F(R, TIME, last_changed, NONE, "最後の変更", "its entry was last changed: it was deleted then or later")             \
  F(R, INT, size, NONE, "サイズ", "size in bytes")                                                                     \
  F(R, INT, entry, NONE, "MFT エントリ番号", "MFT entry of the file")                                                   \
  F(R, INT, sequence, NONE, "MFT シーケンス番号", "sequence number of the free entry: one more than the file's")

#define MFT_WAVE_FIELDS(F, R)                                                                                          \
  F(R, STR, extension, NONE, "付いた拡張子", "the one more extension that documents carry")                            \
  F(R, STR, summary, TEXT, "要約", "extension, files and folders in one line")                                            \
  F(R, INT, files, NUMBER, "ファイル数", "documents that carry it")                                                    \
  F(R, INT, deleted, NONE, "うち削除済み", "of them deleted since")                                                    \
  F(R, INT, folders, NONE, "フォルダー数", "different folders, counted up to 256")                                     \
  F(R, TIME, first_at, WHEN, "最初の日時", "earliest last change of an entry among them")                              \
  F(R, TIME, last_at, NONE, "最後の日時", "latest")                                                                    \
  F(R, TIME, peak_at, NONE, "最多の 1 時間", "the clock hour with most of them")                                       \
  F(R, INT, peak_files, NONE, "最多の 1 時間のファイル数", "how many in that hour")                                    \
  F(R, STRS, owners, NONE, "所有者", "their owners, where the entries themselves hold them")                           \
  F(R, STRS, examples, NONE, "例", "the first of them")

#define MFT_VOLUME_FIELDS(F, R)                                                                                        \
  F(R, STR, path, NONE, "パス", "the $MFT")                                                                            \
  F(R, TIME, formatted, NONE, "フォーマット日時", "when the volume was formatted: the $MFT's own creation")            \
  F(R, INT, n_entries, NONE, "エントリ数", "entries, used or not")                                                     \
  F(R, INT, n_in_use, NONE, "使用中", "files and folders that are there")                                              \
  F(R, INT, n_deleted, NONE, "削除済み", "entries of deleted files and folders")                                       \
  F(R, INT, n_damaged, NONE, "破損", "entries that were torn or broken inside")                                        \
  F(R, INT, n_marked, NONE, "Web の印", "streams Zone.Identifier")                                                     \
  F(R, INT, n_set_back, NONE, "日時の疑い", "programs whose creation was set back")                                    \
  F(R, INT, record_bytes, NONE, "エントリの長さ", "bytes of an entry")

HK_RECORD_STRUCT(mft_file, MFT_FILE_FIELDS);
HK_RECORD_STRUCT(mft_deleted, MFT_DELETED_FIELDS);
HK_RECORD_STRUCT(mft_extension_wave, MFT_WAVE_FIELDS);
HK_RECORD_STRUCT(mft_volume, MFT_VOLUME_FIELDS);

extern const struct hk_module mft_module;

#endif
