/* Mail attachments that were opened, and marks of the web. */
#ifndef HK_MODULES_MAIL_H
#define HK_MODULES_MAIL_H

#include "lib/zone.h"
#include "module.h"

#define MAIL_ATTACHMENT_FIELDS(F, R)                                                                                   \
  F(R, STR, path, PATH, "パス", "the attachment in the mail program's folder")                                         \
  F(R, STR, attachment_name, TEXT, "添付ファイル名", "its name, without the number Outlook adds to a second copy")     \
  F(R, STR, store, NONE, "メールソフト", "whose folder: outlook, outlook-old, outlook-new, windows-mail, thunderbird") \
  F(R, STR, folder, NONE, "フォルダー", "folder it lies in, named at random by Outlook")                               \
  F(R, TIME, arrived_at, WHEN, "到着日時", "when the file was created, else when it was last written")                 \
  F(R, TIME, created, NONE, "作成日時", "when the file was created")                                                   \
  F(R, TIME, modified, NONE, "更新日時", "when the file was last written")                                             \
  F(R, INT, size, NONE, "サイズ", "size in bytes")                                                                     \
  F(R, STR, content_type, NONE, "内容の種類", "what the content is, by its bytes")                                     \
  F(R, BOOL, runs, NONE, "実行される", "by its content or its last extension it runs when opened")                     \
  F(R, BOOL, double_extension, NONE, "二重拡張子", "a document's extension before one that runs")                      \
  F(R, BOOL, reversed_name, NONE, "文字順の偽装", "the name has characters that turn the writing direction")           \
  F(R, BOOL, padded_name, NONE, "空白による偽装", "blanks push the extension out of sight")                            \
  F(R, STR, owner_sid, USER, "所有者", "owner of the file")

HK_RECORD_STRUCT(mail_attachment, MAIL_ATTACHMENT_FIELDS);

extern const struct hk_record_type mail_attachment_record_type;
extern const struct hk_module mail_module;

/* zone.c: one Zone.Identifier stream. */
hk_err mail_parse_zone(struct hk_item *item);
bool mail_is_zone(hk_str path);

#endif
