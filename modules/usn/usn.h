/* The change journal of an NTFS volume: $Extend\$UsnJrnl:$J. */
#ifndef HK_MODULES_USN_H
#define HK_MODULES_USN_H

#include "module.h"

/* Every entry, for `hikeshi parse`: a collection keeps the journal and records what matters. */
#define USN_ENTRY_FIELDS(F, R)                                                                                         \
  F(R, TIME, timestamp, NONE, "日時", "when it was written; entries of version 4 have none")                           \
  F(R, INT, usn, NONE, "USN", "offset of the entry in the journal, as it says itself")                                 \
  F(R, INT, version, NONE, "版", "major version: 2, 3 or 4")                                                            \
  F(R, STR, name, NONE, "名前", "name of the file or folder; entries of version 4 have none")                          \
  F(R, STR, path, NONE, "パス", "its path, where the journal itself knows all folders above it")                       \
  F(R, STRS, reasons, NONE, "理由", "what was done since the file was opened")                                         \
  F(R, HEX32, reason, NONE, "理由（値）", "the same as a number")                                                      \
  F(R, INT, entry, NONE, "MFT エントリ番号", "MFT entry of the file")                                                   \
  F(R, INT, sequence, NONE, "MFT シーケンス番号", "sequence number of that entry")                                     \
  F(R, INT, parent_entry, NONE, "親の MFT エントリ番号", "MFT entry of its folder")                                    \
  F(R, INT, parent_sequence, NONE, "親の MFT シーケンス番号", "sequence number of that entry")                         \
  F(R, STR, file_id, NONE, "ファイル ID", "the whole reference where it has more than 64 bits (ReFS)")                  \
  F(R, STR, parent_id, NONE, "親のファイル ID", "the same of its folder")                                              \
  F(R, HEX32, source, NONE, "書き込み元", "who wrote: 1 data management, 2 auxiliary data, 4 replication")             \
  F(R, INT, security_id, NONE, "セキュリティ ID", "number of the security descriptor")                                 \
  F(R, HEX32, attributes, NONE, "属性", "attributes of the file")                                                      \
  F(R, INT, n_extents, NONE, "範囲の数", "ranges that were written (version 4)")                                       \
  F(R, INT, record_bytes, NONE, "長さ", "length of the entry")

#define USN_FACT_FIELDS(F, R)                                                                                          \
  F(R, STR, path, PATH, "パス", "path of the file, where the journal knows all folders above it")                      \
  F(R, STR, name, NAME, "名前", "name of the file")                                                                    \
  F(R, TIME, at, WHEN, "日時", "when the journal says so")                                                             \
  F(R, STR, why, TEXT, "着目点", "why it matters: program, script, container, link, temporary, note")                  \
  F(R, INT, usn, NONE, "USN", "entry of the journal")                                                                  \
  F(R, INT, entry, NONE, "MFT エントリ番号", "MFT entry of the file")                                                   \
  F(R, INT, sequence, NONE, "MFT シーケンス番号", "sequence number of that entry")                                     \
  F(R, INT, parent_entry, NONE, "親の MFT エントリ番号", "MFT entry of its folder")                                    \
  F(R, INT, parent_sequence, NONE, "親の MFT シーケンス番号", "sequence number of that entry")

#define USN_RENAMED_FIELDS(F, R)                                                                                       \
  F(R, STR, path, PATH, "新しいパス", "path after it, where the journal knows all folders above it")                   \
  F(R, STR, old_path, PATH2, "元のパス", "path before it, likewise")                                                   \
  F(R, STR, name, NAME, "新しい名前", "name after it")                                                                 \
  F(R, STR, old_name, NONE, "元の名前", "name before it; empty where the journal begins between the two")              \
  F(R, TIME, at, WHEN, "日時", "when the journal says so")                                                             \
  F(R, STR, why, TEXT, "着目点", "why it matters")                                                                     \
  F(R, INT, usn, NONE, "USN", "entry with the new name")                                                               \
  F(R, INT, entry, NONE, "MFT エントリ番号", "MFT entry of the file")                                                   \
  F(R, INT, sequence, NONE, "MFT シーケンス番号", "sequence number of that entry")                                     \
  F(R, INT, parent_entry, NONE, "親の MFT エントリ番号", "MFT entry of its folder after it")                           \
  F(R, INT, parent_sequence, NONE, "親の MFT シーケンス番号", "sequence number of that entry")                         \
  F(R, INT, old_parent_entry, NONE, "元の親の MFT エントリ番号", "MFT entry of its folder before it; 0 = not known")    \
  F(R, INT, old_parent_sequence, NONE, "元の親の MFT シーケンス番号", "sequence number of that entry")

#define USN_WAVE_FIELDS(F, R)                                                                                          \
  F(R, STR, extension, NONE, "付いた拡張子", "the one more extension that documents were given")                               \
  F(R, STR, summary, TEXT, "要約", "extension, files and folders in one line")                                            \
  F(R, INT, files, NUMBER, "ファイル数", "renames, or files created under such a name")                                \
  F(R, INT, folders, NONE, "フォルダー数", "different folders, counted up to 256")                                     \
  F(R, TIME, first_at, WHEN, "最初の日時", "first of them")                                                            \
  F(R, TIME, last_at, NONE, "最後の日時", "last of them")                                                              \
  F(R, TIME, peak_at, NONE, "最多の 1 時間", "the clock hour with most of them")                                       \
  F(R, INT, peak_files, NONE, "最多の 1 時間のファイル数", "how many in that hour")                                    \
  F(R, STRS, examples, NONE, "例", "the first of them, with their paths where known")

#define USN_JOURNAL_FIELDS(F, R)                                                                                       \
  F(R, TIME, oldest_at, NONE, "最古の日時", "oldest entry")                                                            \
  F(R, TIME, newest_at, NONE, "最新の日時", "newest entry")                                                            \
  F(R, INT, first_usn, NONE, "最初の USN", "lowest number of an entry")                                                \
  F(R, INT, last_usn, NONE, "最後の USN", "highest number of an entry")                                                \
  F(R, INT, n_entries, NONE, "件数", "entries read")                                                                   \
  F(R, INT, n_renames, NONE, "名前の変更", "renames of which both names are here")                                     \
  F(R, INT, n_folders, NONE, "フォルダー", "folders that the journal names")                                           \
  F(R, INT, lost_bytes, NONE, "壊れたバイト数", "bytes that were neither an entry nor empty")                          \
  F(R, INT, data_from, NONE, "先頭の位置", "where in the journal the first byte that was collected stands")

HK_RECORD_STRUCT(usn_entry, USN_ENTRY_FIELDS);
HK_RECORD_STRUCT(usn_created, USN_FACT_FIELDS);
HK_RECORD_STRUCT(usn_written, USN_FACT_FIELDS);
HK_RECORD_STRUCT(usn_deleted, USN_FACT_FIELDS);
HK_RECORD_STRUCT(usn_renamed, USN_RENAMED_FIELDS);
HK_RECORD_STRUCT(usn_rename_wave, USN_WAVE_FIELDS);
HK_RECORD_STRUCT(usn_create_wave, USN_WAVE_FIELDS);
HK_RECORD_STRUCT(usn_journal, USN_JOURNAL_FIELDS);

extern const struct hk_module usn_module;

#endif
