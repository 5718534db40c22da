/* What the module can tell of a WebCache database. */
#ifndef WEBCACHE_RECORDS_H
#define WEBCACHE_RECORDS_H

#include "record/record.h"

#define WEBCACHE_CONTAINER_FIELDS(F, R)                                                                                \
  F(R, OPT, container_id, NONE, "コンテナー番号", "number of the container; its entries are in table Container_<n>")   \
  F(R, STR, name, NONE, "名前", "name: Content, History, Cookies, MSHist…, iedownload, …")                              \
  F(R, STR, directory, NONE, "フォルダー", "folder of its files")                                                       \
  F(R, STR, partition, NONE, "区画", "partition: M medium integrity, L low, or a package")                              \
  F(R, STR, secure_directories, NONE, "乱数フォルダー", "names of the folders below it, eight characters each, joined") \
  F(R, OPT, flags, NONE, "フラグ", "flags")                                                                             \
  F(R, OPT, size_bytes, NONE, "サイズ", "bytes in use")                                                                 \
  F(R, OPT, limit_bytes, NONE, "上限", "bytes at most, before older files are removed")                                \
  F(R, TIME, last_access_time, WHEN, "最終アクセス", "time the container was last used")                                \
  F(R, TIME, last_scavenge_time, NONE, "最終整理", "time older entries were last removed")                              \
  F(R, OPT, n_entries, NONE, "項目数", "rows in its table, empty ones included")                                        \
  F(R, STR, user, USER, "ユーザー", "whose database it is: name:NAME from the folder")
HK_RECORD_STRUCT(webcache_container, WEBCACHE_CONTAINER_FIELDS);

/* One list for the three record types, which differ in what their time means: DOWNLOADED at created_time for files of the
   cache, VISITED at accessed_time for history, nothing for the rest. W1 and W2 are the roles of those two times. */
#define WEBCACHE_ENTRY_COMMON(F, R, W1, W2)                                                                            \
  F(R, STR, container, NONE, "コンテナー", "name of the container")                                                     \
  F(R, OPT, container_id, NONE, "コンテナー番号", "number of the container")                                            \
  F(R, OPT, entry_id, NONE, "項目番号", "number of the entry")                                                          \
  F(R, STR, url, URL, "URL", "address, without what stands before it in the database")                                 \
  F(R, STR, url_prefix, NONE, "URL 接頭辞", "what stood before it: Visited: user@, Cookie:user@, dates of a week")      \
  F(R, STR, filename, NONE, "ファイル名", "name of the file in the cache")                                              \
  F(R, STR, path, PATH, "パス", "file in the cache, or where a download was put")                                       \
  F(R, OPT, size_bytes, NUMBER, "サイズ", "size of the file")                                                           \
  F(R, TIME, created_time, W1, "作成日時", "time it came into the cache")                                               \
  F(R, TIME, accessed_time, W2, "アクセス日時", "time it was last used")                                                \
  F(R, TIME, modified_time, NONE, "更新日時", "time the server says it was changed; local time in MSHist")             \
  F(R, TIME, sync_time, NONE, "同期日時", "time it was last checked against the server")                                \
  F(R, TIME, expiry_time, NONE, "有効期限", "time it expires")                                                          \
  F(R, OPT, access_count, NONE, "アクセス回数", "times it was used")                                                    \
  F(R, OPT, entry_type, NONE, "種類", "type, bits")                                                                     \
  F(R, OPT, flags, NONE, "フラグ", "flags, bits")                                                                       \
  F(R, STR, response_headers, NONE, "応答ヘッダー", "headers of the answer, at most 4096 bytes")                       \
  F(R, STR, redirect_url, NONE, "転送先", "address it was redirected to")                                               \
  F(R, STR, referrer, NONE, "参照元", "page a download was started from (iedownload)")                                  \
  F(R, STR, user, USER, "ユーザー", "whose database it is: name:NAME from the folder")

#define WEBCACHE_DOWNLOAD_FIELDS(F, R) WEBCACHE_ENTRY_COMMON(F, R, WHEN, NONE)
#define WEBCACHE_VISIT_FIELDS(F, R) WEBCACHE_ENTRY_COMMON(F, R, NONE, WHEN)
#define WEBCACHE_ENTRY_FIELDS(F, R) WEBCACHE_ENTRY_COMMON(F, R, NONE, WHEN)
HK_RECORD_STRUCT(webcache_entry, WEBCACHE_ENTRY_FIELDS);
/* The same members in the same order: the types are filled once (checked in webcache.c). */
HK_RECORD_STRUCT(webcache_download, WEBCACHE_DOWNLOAD_FIELDS);
HK_RECORD_STRUCT(webcache_visit, WEBCACHE_VISIT_FIELDS);

#endif
