/* The mark of the web: an .ini text of one section in the stream Zone.Identifier, as the file itself and as the copy that
   small streams have in the $MFT. */
#ifndef HK_MODULES_LIB_ZONE_H
#define HK_MODULES_LIB_ZONE_H

#include "base/cur.h"
#include "base/err.h"
#include "record/record.h"

#define ZONE_IDENTIFIER_FIELDS(F, R)                                                                                   \
  F(R, STR, path, PATH, "パス", "the file that carries the mark")                                                      \
  F(R, OPT, zone_id, NUMBER, "ゾーン", "0 this PC, 1 intranet, 2 trusted, 3 internet, 4 restricted")                   \
  F(R, STR, host_url, URL, "取得元 URL", "where it came from")                                                          \
  F(R, STR, referrer_url, NONE, "参照元 URL", "page, or archive, it came by")                                           \
  F(R, STR, host, HOST, "取得元ホスト", "host in that URL, else the address")                                          \
  F(R, STR, host_ip_address, NONE, "取得元 IP アドレス", "address it came from")                                         \
  F(R, STR, writer_package, NONE, "書き込んだアプリ", "store app that wrote the mark")                                 \
  F(R, STR, app_zone_id, NONE, "アプリのゾーン", "zone an app gave, with where it keeps it")                           \
  F(R, TIME, marked_at, WHEN, "作成日時", "when the file was created, else when it was last written")                  \
  F(R, STR, owner_sid, USER, "所有者", "owner of the file")

HK_RECORD_STRUCT(zone_identifier, ZONE_IDENTIFIER_FIELDS);
extern const struct hk_record_type zone_identifier_record_type;
extern const struct hk_kind zone_kind;

#define ZONE_LIMIT_BYTES ((uint64_t)64 << 10)

/* Fills the fields that the text decides; strings are in the arena or in the bytes. HK_DAMAGED: it is no such text;
   HK_LIMIT: it has lines without end, and the first are taken. */
hk_err zone_read(struct hk_arena *a, struct hk_cur bytes, struct zone_identifier_record *out);

#endif
