/* Facts to answers (reference: answers, sections 2, 4 and 5). Rules and excuses are SQL files compiled in. */
#ifndef HK_ANSWER_ANSWER_H
#define HK_ANSWER_ANSWER_H

#include "answer/facts.h"
#include "base/arena.h"

enum hk_level { HK_CANNOT_SAY, HK_NO_SIGN, HK_SUSPECTED, HK_LIKELY, HK_CONFIRMED, HK_LEVEL_COUNT };
enum hk_question { HK_Q_INFECTED, HK_Q_CAUSE, HK_Q_IMPACT, HK_Q_TERMINAL, HK_Q_MISSED, HK_Q_COUNT };
const char *hk_level_code(enum hk_level l);       /* "confirmed" … as in answers.schema.json */
const char *hk_question_code(enum hk_question q); /* "infected" … */

/* One rule or excuse, as loaded. */
struct hk_rule;
struct hk_rules {
  struct hk_rule *v;
  size_t n; /* rules first, then excuses */
};
/* A rule file in memory. */
struct hk_rule_text {
  const char *name; /* file name, for messages */
  const char *sql;
  bool excuse;
};
/* Parses headers and refuses what is not positive (NOT EXISTS, NOT IN, EXCEPT, anti-joins), unknown steps, kinds and
   levels, and learns `reads` from SQLite's authorizer against the facts' schema. HK_REFUSED: message (zero-terminated,
   with file and reason) is in `why`. */
hk_err hk_rules_load(struct hk_facts *f, const struct hk_rule_text *texts, size_t n, struct hk_arena *a,
                     struct hk_rules *out, char why[512]);
/* The built-in ones. */
hk_err hk_rules_load_builtin(struct hk_facts *f, struct hk_arena *a, struct hk_rules *out, char why[512]);

struct hk_evidence {
  const char *step;
  int64_t event;    /* event.id */
  int64_t artefact; /* artefact.id, 0 */
  int proof;
  const char *group;
  hk_time at;
};
struct hk_finding {
  int64_t id;
  const char *rule;
  enum hk_level level; /* after excuses */
  enum hk_level base;  /* before */
  bool explained, refuted;
  char grade;               /* 'A' 'B' 'C' of the weakest required step */
  const char *weakest;      /* its name */
  struct hk_text claim;     /* {name}s filled in; names made visible as <U+202E> */
  struct hk_text candidate; /* "mail", "web", a host */
  const char *const *caps;  /* excuses that lowered it, or "not excluded: id" */
  size_t n_caps;
  struct hk_text *cap_texts;
  hk_time at_lo, at_hi;
  const struct hk_evidence *evidence;
  size_t n_evidence;
  size_t n_groups; /* independent groups with proof >= 2 over required steps */
  int weight;
  const char *attack;
  uint32_t questions; /* bit per hk_question */
};
struct hk_candidate {
  struct hk_text name;
  enum hk_level level;
};
struct hk_answer {
  enum hk_question question;
  enum hk_level level;
  size_t n_groups;            /* independent groups behind the claim; 0 when cannot say */
  struct hk_text claim;       /* one sentence */
  struct hk_text doubt;       /* what could make it wrong */
  hk_time no_sign_since;      /* 0 = not even that */
  const char *const *missing; /* kinds of log that were not there, from coverage alone */
  size_t n_missing;
  const int64_t *findings; /* ids, heaviest first */
  size_t n_findings;
  const struct hk_candidate *candidates;
  size_t n_candidates;
  size_t n_explained;
};
struct hk_answers {
  struct hk_arena arena;
  hk_time window_lo, window_hi; /* printed with every "no sign" */
  struct hk_answer answers[HK_Q_COUNT];
  struct hk_finding *findings; /* live ones first by weight; explained and refuted after */
  size_t n_findings;
};

/* Runs every rule and excuse over [window_lo, window_hi] and combines; also fills the tables finding, finding_evidence,
   answer. window_lo 0 = 30 days before window_hi. */
hk_err hk_answers_make(struct hk_facts *f, const struct hk_rules *r, hk_time window_lo, hk_time window_hi,
                       struct hk_answers *out);
void hk_answers_done(struct hk_answers *a);

#endif
