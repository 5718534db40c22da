/* A module whose one record has a field of every type: for tests and fuzz targets of the wire and of frames. */
#ifndef HK_TESTS_ALL_FIELDS_H
#define HK_TESTS_ALL_FIELDS_H

#include "module.h"

#define ALL_FIELDS(F, R)                                                                                                \
  F(R, STR, text, TEXT, "文字", "text")                                                                                  \
  F(R, INT, whole, NONE, "整数", "integer")                                                                              \
  F(R, OPT, maybe, NONE, "整数か無", "integer or none")                                                                   \
  F(R, BOOL, yes, NONE, "真偽", "truth")                                                                                 \
  F(R, HEX32, hex, NONE, "十六進", "hex")                                                                                \
  F(R, TIME, seen_at, WHEN, "日時", "time")                                                                              \
  F(R, STRS, texts, NONE, "文字の列", "texts")                                                                            \
  F(R, TIMES, times, NONE, "日時の列", "times")                                                                           \
  F(R, PAIRS, pairs, NONE, "組", "pairs")
HK_RECORD_STRUCT(all, ALL_FIELDS);

static const struct hk_kind all_kind = {.name = "all", .source = "all", .group = "all"};
static const struct hk_kind *const all_kinds[] = {&all_kind};
extern const struct hk_record_type all_record_type;
HK_RECORD_TYPE(all, ALL_FIELDS, .artifact = "All", .title = {"全部", "All"}, .verb = HK_NO_VERB, .proof = 1,
               .kinds = all_kinds, .n_kinds = 1);
static const struct hk_record_type *const all_records[] = {&all_record_type};

static inline hk_err all_parse(struct hk_item *item)
{
  const hk_str texts[] = {HK_S("one"), HK_S("日本"), {.p = "bad\xff", .n = 4}};
  const hk_time times[] = {1, HK_TIME_MAX};
  const struct hk_pair pairs[] = {{HK_S("a"), HK_S("b")}, {HK_S("a"), {.p = NULL, .n = 0}}};
  const struct all_record r = {.text = HK_S("text"),
                               .whole = -5,
                               .maybe = HK_NO_INT,
                               .yes = true,
                               .hex = 0xB29F6629u,
                               .seen_at = 133500000000000000,
                               .texts = {texts, 3},
                               .times = {times, 2},
                               .pairs = {pairs, 2}};
  hk_emit(item, &all_record_type, 0, &r);
  return hk_ok();
}

static const struct hk_module all_module = {
    .name = "all", .records = all_records, .n_records = 1, .kinds = all_kinds, .n_kinds = 1, .parse = all_parse};

#endif
