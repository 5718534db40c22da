/* Words for codes: levels, coverage states, groups and kinds of logs, verbs. The words themselves are in text.def. */
#ifndef HK_REPORT_WORDS_H
#define HK_REPORT_WORDS_H

#include "record/record.h"
#include "report/report.h"

/* A state as the coverage table shows it (ui/README). Order: the better first. */
enum hk_shown {
  HK_SHOWN_FULL,
  HK_SHOWN_PART,
  HK_SHOWN_ROLLED,
  HK_SHOWN_ERASED,
  HK_SHOWN_OFF,
  HK_SHOWN_UNREAD,
  HK_SHOWN_NA,
  HK_SHOWN_COUNT
};

const char *hk_shown_code(enum hk_shown s);
struct hk_text hk_words_shown(enum hk_shown s);
struct hk_text hk_words_shown_meaning(enum hk_shown s);
struct hk_text hk_words_level(enum hk_level level);
struct hk_text hk_words_level_meaning(enum hk_level level);
struct hk_text hk_words_question(enum hk_question q);
/* By name; the name itself, in the arena, where the catalogue does not know it. */
struct hk_text hk_words_group(struct hk_arena *a, hk_str group);
struct hk_text hk_words_kind(struct hk_arena *a, hk_str kind);
/* Several of them, one after the other. */
struct hk_text hk_words_kinds(struct hk_arena *a, const char *const *names, size_t n);
/* A step of a rule: "arrival". */
struct hk_text hk_words_step(struct hk_arena *a, hk_str step);
/* How an artefact was read. */
struct hk_text hk_words_method(struct hk_arena *a, hk_str method);
/* How examination of an artefact ended (hk_code_name, "partial"). */
struct hk_text hk_words_outcome(struct hk_arena *a, hk_str outcome);
/* "A program was run." for a step of the chain; number is the event's (content verdict), HK_NO_INT when none. */
struct hk_text hk_words_happened(enum hk_verb verb, int64_t number);

struct hk_text hk_words_text(enum hk_text_id id);
/* A catalogue text with {0}, {1} … replaced by args, in both languages. Empty strings when there is no memory. */
struct hk_text hk_words_fill(struct hk_arena *a, enum hk_text_id id, const hk_str *args, size_t n_args);
/* The same where the args themselves differ by language. */
struct hk_text hk_words_fill_both(struct hk_arena *a, enum hk_text_id id, const hk_str *ja, const hk_str *en, size_t n_args);
/* 1,234,567; out holds 32 bytes. */
const char *hk_words_number(uint64_t n, char out[32]);

#endif
