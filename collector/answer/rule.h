/* A rule or excuse as loaded. rule_header.c reads the header; positive.c and reads.c look at the SQL; rule_load.c does all of it. */
#ifndef HK_ANSWER_RULE_H
#define HK_ANSWER_RULE_H

#include "answer/answer.h"
#include "answer/facts_impl.h"
#include "answer/kindset.h"

#define HK_ALTERNATIVES 8
#define HK_STEPS 12
#define HK_EXCUSES_A_RULE 16

/* One `needs` line: one of the alternatives must have recorded all through; a+b = both. */
struct hk_need {
  struct hk_kind_set all[HK_ALTERNATIVES];
  bool unknown[HK_ALTERNATIVES]; /* names a kind this program does not know yet (`mft?`) */
  size_t n;
};

struct hk_step {
  const char *name;
  bool required;
};

enum hk_force { HK_REFUTES, HK_EXPLAINS, HK_PLAUSIBLE };
enum hk_guard { HK_GUARD_WINDOW, HK_GUARD_VERDICT };

struct hk_rule {
  const char *file, *id, *sql;
  bool excuse;
  /* rules */
  uint32_t questions;
  const char *candidate; /* "", "mail", "{host}" */
  struct hk_text claim;
  const char *attack;
  int weight;
  struct hk_need *needs;
  size_t n_needs;
  struct hk_step steps[HK_STEPS];
  size_t n_steps;
  enum hk_level level[3]; /* by grade A B C */
  int with;               /* step, -1 = none */
  enum hk_level with_level[3];
  int lift; /* step, -1 = none */
  struct hk_kind_set decides;
  const char *after[4];
  size_t n_after;
  const char *unknown[16]; /* kinds named with `?` that this program does not know */
  size_t n_unknown;
  /* excuses */
  const char *of[16];
  size_t n_of;
  enum hk_force force;
  enum hk_guard guard;
  struct hk_kind_set from;
  bool from_unknown; /* some kind of `from` is not known: it can never be excluded by a window */
  hk_time back;
  struct hk_text text;
  /* learned */
  struct hk_kind_set reads;
};

/* What is wrong with a rule file: HK_REFUSED with "file: reason" in why. */
hk_err hk_rule_refuse(char why[512], const char *file, const char *format, ...) HK_PRINTF(3, 4);

/* A text that lives as long as the rules; "" when there is no memory, which the arena remembers. */
const char *hk_rule_keep(struct hk_arena *a, hk_str s);

/* rule_header.c: what the lines at the top of r->sql say. r->file, sql and excuse are given. */
hk_err hk_rule_header(struct hk_facts *f, struct hk_rule *r, struct hk_arena *a, char why[512]);

/* positive.c: refuses what can turn an absence into a statement. */
hk_err hk_rule_positive(const struct hk_rule *r, struct hk_arena *a, char why[512]);
/* True when the SQL holds 'text' as a string literal. */
bool hk_rule_has_literal(const char *sql, const char *text);

/* reads.c: what the SQL hears, asked of SQLite; refuses anything but reading what a rule may read. */
hk_err hk_rule_reads(struct hk_facts *f, struct hk_rule *r, char why[512]);
/* Prepares the SQL under the same guard; the caller finalizes. */
hk_err hk_rule_prepare(struct hk_facts *f, const struct hk_rule *r, sqlite3_stmt **out);

#endif
