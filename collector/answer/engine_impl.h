/* Inside of making answers: what one run of the rules holds. */
#ifndef HK_ANSWER_ENGINE_H
#define HK_ANSWER_ENGINE_H

#include "answer/rule.h"

#define HK_NEVER INT64_MAX /* "covered since never" */

/* Since when each kind was there, by number. clear: nothing it could have said is lost (off counts, when proven);
   full: it was recording. */
struct hk_reach {
  hk_time clear[HK_KINDS_MAX];
  hk_time full[HK_KINDS_MAX];
};

struct hk_row {
  int step;
  int64_t event, artefact;
  int proof;
  int64_t kind;
  size_t group;
  hk_time at, lo, hi; /* 0 = unknown */
};

struct hk_param {
  struct hk_param *next;
  const char *name, *value;
};

/* What one rule says of one subject. */
struct hk_found {
  const struct hk_rule *rule;
  hk_str subject;
  struct hk_row *rows;
  size_t n_rows, room;
  struct hk_param *params;
  bool complete;         /* every required step has a row */
  char grades[HK_STEPS]; /* 'A' 'B' 'C', 0 = no row */
  int weakest;
  enum hk_level base, level;
  bool explained, refuted;
  hk_time lo, hi;            /* of the required steps */
  struct hk_kind_set groups; /* with proof >= 2, by group number */
  const struct hk_rule *caps[HK_EXCUSES_A_RULE];
  bool unexcluded[HK_EXCUSES_A_RULE];
  size_t n_caps;
};

struct hk_verdict {
  const struct hk_rule *excuse;
  bool yes, no;
};

struct hk_case {
  struct hk_facts *facts;
  const struct hk_rules *rules;
  struct hk_arena work;  /* freed when the answers are made */
  struct hk_arena *keep; /* the answers' */
  hk_time window_lo, window_hi;
  struct hk_reach reach;
  size_t group_of[HK_KINDS_MAX]; /* by kind: number of its group, from 1 */
  const char *group_names[HK_KINDS_MAX];
  size_t n_groups;
  sqlite3_stmt *event, *params, *insert;
  struct hk_found **found;
  size_t n_found, found_room;
  struct hk_intern verdict_ids; /* "excuse subject" */
  struct hk_verdict *verdicts;
  size_t verdict_room;
  bool *lost; /* by rule: its budget was spent or SQLite failed; it can neither find nor exclude */
};

/* reach.c */
hk_err hk_reach_make(struct hk_facts *f, struct hk_reach *out);
hk_time hk_reach_latest(const hk_time by_kind[HK_KINDS_MAX], const struct hk_kind_set *kinds);

/* gather.c: runs one rule or excuse under a budget. */
hk_err hk_gather_rule(struct hk_case *c, size_t rule);
hk_err hk_gather_excuse(struct hk_case *c, size_t excuse);
const struct hk_verdict *hk_verdict_of(const struct hk_case *c, const struct hk_rule *excuse, hk_str subject);

/* grade.c: grades, level by the rule's table, excuses. */
void hk_grade(struct hk_case *c, struct hk_found *f);
bool hk_found_live(const struct hk_found *f);

/* combine.c: the five answers, from what was found and from coverage. */
hk_err hk_combine(struct hk_case *c, struct hk_answers *out);

/* sentence.c */
struct hk_text hk_claim_of(struct hk_case *c, const struct hk_found *f);
struct hk_text hk_candidate_text(struct hk_case *c, const char *code);
const char *hk_candidate_of(struct hk_case *c, const struct hk_found *f);
struct hk_text hk_cap_text(struct hk_case *c, const struct hk_found *f, size_t cap);
/* Fills claim and doubt of an answer; `top` is its heaviest finding of the highest level, NULL when there is none. */
void hk_sentence(struct hk_case *c, struct hk_answer *a, const struct hk_found *top);

/* Tests only: takes one safeguard away to see that the tests notice. 0 in every program. */
enum hk_mutation {
  HK_MUTATE_NOTHING,
  HK_MUTATE_NO_GUARD,       /* excuses that were not excluded do not cap */
  HK_MUTATE_NEEDS_ONLY,     /* "no sign" by needs alone */
  HK_MUTATE_NO_PARTIAL,     /* half a finding does not ask for the rest */
  HK_MUTATE_NO_PRESUPPOSED, /* cause and terminal stand alone */
  HK_MUTATE_OFF_UNPROVEN,   /* "off" is believed without the kind that proves it */
  HK_MUTATE_PROOF_RAISED,   /* a rule may raise the proof of its event */
  HK_MUTATE_CLAIMLESS,      /* coverage without a time counts as covering all */
};
extern enum hk_mutation hk_answer_mutation;
/* The budget of a rule, in calls of 100,000 steps of SQLite; tests make it small. */
extern int hk_answer_calls;

#endif
