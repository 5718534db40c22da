/* Programs that were running when the PC was asked. */
#ifndef HK_MODULES_PROCESS_H
#define HK_MODULES_PROCESS_H

#include "record/record.h"

#define RUNNING_PROCESS_FIELDS(F, R)                                                                                    \
  F(R, INT, pid, PID, "プロセス ID", "process id")                                                                      \
  F(R, OPT, parent, PARENT, "親のプロセス ID", "process id of the parent; it may have ended, and its number be another's") \
  F(R, STR, name, NAME, "名前", "name as the kernel keeps it")                                                          \
  F(R, STR, path, PATH, "プログラム", "path of the program")                                                            \
  F(R, STR, parent_path, PATH2, "親プログラム", "path of the parent's program, where it was still running")             \
  F(R, STR, command_line, TEXT, "コマンドライン", "command line; the process itself can change it")                     \
  F(R, STR, user, USER, "ユーザー", "SID of the account it runs as")                                                    \
  F(R, OPT, session, NONE, "セッション", "session it runs in; 0 is for services")                                      \
  F(R, TIME, started_at, WHEN, "開始日時", "when it was started")                                                       \
  F(R, BOOL, wow64, NONE, "32 ビット", "a 32-bit program")                                                              \
  F(R, BOOL, is_hikeshi, NONE, "Hikeshi 自身", "this program itself")                                                   \
  F(R, OPT, file_size, NONE, "ファイルサイズ", "size of the file now at that path")                                    \
  F(R, STR, sha256, HASH, "SHA-256", "SHA-256 of the file now at that path")                                            \
  F(R, OPT, trust, NONE, "署名の判定", "what WinVerifyTrust answered for that file: 0 = trusted")                       \
  F(R, BOOL, catalogs_asked, NONE, "カタログ確認", "no signature inside: the catalogs were asked")                      \
  F(R, STR, signer, NONE, "署名者", "name in the signing certificate")                                                  \
  F(R, STR, catalog, NONE, "カタログ", "catalog that vouches for it")                                                   \
  F(R, STR, missing, NONE, "取得できなかったもの", "what could not be asked, with Windows' error")                      \
  F(R, STR, image_missing, NONE, "ファイルを調べなかった理由", "why the file was not looked at")                        \
  F(R, TIME, seen_at, NONE, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(running_process, RUNNING_PROCESS_FIELDS);

#define LOADED_MODULE_FIELDS(F, R)                                                                                      \
  F(R, INT, pid, PID, "プロセス ID", "process that has loaded it")                                                      \
  F(R, STR, path, PATH, "モジュール", "path of the module as the loader keeps it; the process itself can change it")    \
  F(R, STR, process_path, PATH2, "プログラム", "program of the process")                                                \
  F(R, STR, user, USER, "ユーザー", "SID of the account it runs as")                                                    \
  F(R, OPT, size_bytes, NONE, "サイズ（メモリ）", "size in memory")                                                     \
  F(R, OPT, file_size, NONE, "ファイルサイズ", "size of the file now at that path")                                    \
  F(R, STR, sha256, HASH, "SHA-256", "SHA-256 of the file now at that path")                                            \
  F(R, OPT, trust, NONE, "署名の判定", "what WinVerifyTrust answered for that file: 0 = trusted")                       \
  F(R, BOOL, catalogs_asked, NONE, "カタログ確認", "no signature inside: the catalogs were asked")                      \
  F(R, STR, signer, NONE, "署名者", "name in the signing certificate")                                                  \
  F(R, STR, catalog, NONE, "カタログ", "catalog that vouches for it")                                                   \
  F(R, STR, image_missing, NONE, "ファイルを調べなかった理由", "why the file was not looked at")                        \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(loaded_module, LOADED_MODULE_FIELDS);

#define IMAGE_SIGNATURE_FIELDS(F, R)                                                                                    \
  F(R, STR, path, PATH, "プログラム", "file that Windows was asked about")                                              \
  F(R, INT, trusted, NUMBER, "信頼", "1: Windows trusts its signature; 0: it has none, or one that does not fit or is distrusted") \
  F(R, STR, signer, TEXT, "署名者", "name in the signing certificate")                                                  \
  F(R, STR, sha256, HASH, "SHA-256", "SHA-256 of the file")                                                             \
  F(R, INT, trust, NONE, "署名の判定", "what WinVerifyTrust answered")                                                  \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(image_signature, IMAGE_SIGNATURE_FIELDS);

extern const struct hk_module process_module;

#endif
