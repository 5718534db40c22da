/* Ransom notes by content and by name. */
#ifndef HK_MODULES_RANSOMNOTE_H
#define HK_MODULES_RANSOMNOTE_H

#include "module.h"

#define RANSOM_NOTE_FIELDS(F, R)                                                                                       \
  F(R, STR, path, PATH, "パス", "the note")                                                                            \
  F(R, STR, family, TEXT, "ファミリー", "ransomware family it belongs to; empty = unknown")                            \
  F(R, INT, content, NUMBER, "判定", "3: a ransom note")                                                               \
  F(R, BOOL, by_name, NONE, "名前が一致", "its file name is one that notes have")                                      \
  F(R, BOOL, by_content, NONE, "内容で判定", "its content is a note's whatever its name")                              \
  F(R, BOOL, by_family, NONE, "ファミリー規則のみ", "by content only because a rule of its family matched")            \
  F(R, INT, score, NONE, "得点", "sum of the signs found, at most 32")                                                 \
  F(R, STRS, rules, NONE, "一致した規則", "rules that matched")                                                        \
  F(R, STRS, onion_addresses, NONE, "onion アドレス", "onion addresses named")                                          \
  F(R, STRS, onion_verified, NONE, "検証済み onion", "those whose version 3 checksum is right")                         \
  F(R, STRS, bitcoin_addresses, NONE, "ビットコインアドレス", "Bitcoin addresses with a right checksum")               \
  F(R, STRS, monero_addresses, NONE, "Monero アドレス", "Monero addresses with a right checksum")                       \
  F(R, STRS, email_addresses, NONE, "メールアドレス", "e-mail addresses named")                                        \
  F(R, STRS, tox_ids, NONE, "Tox ID", "Tox identifiers named")                                                         \
  F(R, STR, personal_id, NONE, "被害者 ID", "code the victim is told to send")                                          \
  F(R, STR, extension, NONE, "暗号化後の拡張子", "extension of encrypted files it names")                              \
  F(R, STR, language, NONE, "言語", "language of the text")                                                            \
  F(R, TIME, dropped_at, WHEN, "作成日時", "when the file was created, else when it was last written")                 \
  F(R, TIME, modified, NONE, "更新日時", "when the file was last written")                                             \
  F(R, STR, owner_sid, USER, "所有者", "owner of the file")

#define RANSOM_NOTE_NAME_FIELDS(F, R)                                                                                  \
  F(R, STR, path, PATH, "パス", "the file")                                                                            \
  F(R, STR, pattern, TEXT, "名前の型", "name pattern of notes that it matches")                                        \
  F(R, STR, content_type, NONE, "内容の種類", "what its content is: a picture, a link, nothing readable")              \
  F(R, TIME, created, WHEN, "作成日時", "when the file was created, else when it was last written")

HK_RECORD_STRUCT(ransom_note, RANSOM_NOTE_FIELDS);
HK_RECORD_STRUCT(ransom_note_name, RANSOM_NOTE_NAME_FIELDS);

extern const struct hk_record_type ransom_note_record_type;
extern const struct hk_record_type ransom_note_name_record_type;
extern const struct hk_module ransomnote_module;

#endif
