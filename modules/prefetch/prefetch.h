/* Prefetch: what a .pf file of Windows XP to 11 says. */
#ifndef HK_MODULES_PREFETCH_H
#define HK_MODULES_PREFETCH_H

#include "module.h"

#define PREFETCH_FIELDS(F, R)                                                                                          \
  F(R, STR, executable_name, NAME, "実行ファイル名", "executable name as stored, at most 29 characters")               \
  F(R, HEX32, prefetch_hash, NONE, "プリフェッチハッシュ", "hash of the path (for hosts also of the command line)")    \
  F(R, INT, format_version, NONE, "形式バージョン", "format version: 17 XP, 23 Vista/7, 26 8.x, 30 10/11, 31 11")      \
  F(R, INT, run_count, NONE, "実行回数", "number of runs")                                                             \
  F(R, TIMES, run_times, WHEN, "実行日時",                                                                             \
    "times of the last runs as stored, newest first (one before Windows 8, then eight)")                               \
  F(R, TIME, last_run_time, NONE, "最終実行日時", "time of the last run")                                              \
  F(R, STR, executable_path, PATH, "実行ファイルのパス", "path of the program as the file list names it")              \
  F(R, BOOL, path_proven, NONE, "パスの裏付け", "the hash of that path is the prefetch hash")                          \
  F(R, STR, device_path, NONE, "デバイス名でのパス", "the same path by its device name, where the hash proves that")      \
  F(R, STR, hash_string, NONE, "ハッシュ対象文字列", "text that was hashed, where the file keeps it")                  \
  F(R, OPT, executable_mft_entry, NONE, "MFT エントリ番号", "MFT entry of the program")                                 \
  F(R, OPT, executable_mft_sequence, NONE, "MFT シーケンス番号", "sequence number of that MFT entry")                   \
  F(R, INT, file_size, NONE, "ファイルサイズ", "size written in the header, before compression")                       \
  F(R, BOOL, compressed, NONE, "圧縮", "stored compressed (MAM)")                                                      \
  F(R, STRS, volumes, NONE, "ボリューム", "device names of the volumes it used")                                       \
  F(R, STRS, directories, NONE, "参照ディレクトリ", "directories it used")                                             \
  F(R, STRS, files, NONE, "参照ファイル", "files it used in its first ten seconds")

#define PREFETCH_VOLUME_FIELDS(F, R)                                                                                   \
  F(R, STR, device_path, NONE, "デバイスパス", "device name of the volume as written")                                 \
  F(R, HEX32, serial_number, NONE, "ボリュームシリアル番号", "serial number of the volume")                            \
  F(R, TIME, creation_time, NONE, "ボリューム作成日時", "when the volume was formatted")                               \
  F(R, INT, n_directories, NONE, "ディレクトリ数", "directories used on it")                                           \
  F(R, INT, n_file_references, NONE, "ファイル参照数", "files used on it, as MFT references")                          \
  F(R, STR, executable_name, NONE, "実行ファイル名", "program whose prefetch file names the volume")                   \
  F(R, HEX32, prefetch_hash, NONE, "プリフェッチハッシュ", "hash in that prefetch file")

HK_RECORD_STRUCT(prefetch, PREFETCH_FIELDS);
HK_RECORD_STRUCT(prefetch_volume, PREFETCH_VOLUME_FIELDS);

extern const struct hk_record_type prefetch_record_type;
extern const struct hk_record_type prefetch_volume_record_type;
extern const struct hk_module prefetch_module;

#endif
