/* A record type with a field of every kind. */
#ifndef HK_TESTS_RECORD_SAMPLE_H
#define HK_TESTS_RECORD_SAMPLE_H

#include "record/record.h"

#define SAMPLE_FIELDS(F, R)                                                                                            \
  F(R, STR, name, NAME, "名前", "name")                                                                                \
  F(R, INT, size, NUMBER, "大きさ", "size")                                                                            \
  F(R, OPT, pid, PID, "PID", "process id")                                                                             \
  F(R, BOOL, hidden, NONE, "隠し", "hidden")                                                                           \
  F(R, HEX32, hash, NONE, "ハッシュ", "hash")                                                                          \
  F(R, TIME, seen_at, WHEN, "日時", "time")                                                                            \
  F(R, STRS, files, PATH2, "ファイル", "files")                                                                        \
  F(R, TIMES, run_times, NONE, "実行日時", "run times")                                                                \
  F(R, PAIRS, data, NONE, "データ", "data")

HK_RECORD_STRUCT(sample, SAMPLE_FIELDS);
extern const struct hk_record_type sample_record_type;
static const struct hk_kind sample_kind = {.name = "sample", .source = "sample", .group = "sample"};
static const struct hk_kind *const sample_kinds[] = {&sample_kind};
HK_RECORD_TYPE(sample, SAMPLE_FIELDS, .artifact = "Sample", .verb = HK_EXECUTED, .proof = 3, .kinds = sample_kinds,
               .n_kinds = 1, .title = {"見本", "Sample"});

static const hk_str sample_files[] = {{.p = "C:\\a", .n = 4}, {.p = NULL, .n = 0}, {.p = "", .n = 0}};
static const hk_time sample_times[] = {HK_UNIX_EPOCH, 0};
static const struct hk_pair sample_pairs[] = {{{.p = "k", .n = 1}, {.p = "1", .n = 1}},
                                              {{.p = "x", .n = 1}, {.p = "2", .n = 1}},
                                              {{.p = "k", .n = 1}, {.p = "3", .n = 1}}};

static inline struct sample_record sample_make(void)
{
  return (struct sample_record){.name = {.p = "利用者<>", .n = 11},
                                .size = -5,
                                .pid = HK_NO_INT,
                                .hidden = true,
                                .hash = 0xB29F6629u,
                                .seen_at = HK_UNIX_EPOCH + 1,
                                .files = {.v = sample_files, .n = 3},
                                .run_times = {.v = sample_times, .n = 2},
                                .data = {.v = sample_pairs, .n = 3}};
}

#endif
