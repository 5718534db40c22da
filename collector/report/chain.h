/* The chain of events: the evidence of the findings that count, put in order and joined. Used by the page and
 * answers.json. */
#ifndef HK_REPORT_CHAIN_H
#define HK_REPORT_CHAIN_H

#include "report/view.h"

#define HK_CHAIN_STEPS 16
#define HK_CHAIN_REFS 8

enum hk_link_strength { HK_LINK_WEAK, HK_LINK_MEDIUM, HK_LINK_STRONG };
const char *hk_link_code(enum hk_link_strength s); /* "weak" … */

struct hk_chain_step {
  struct hk_view_event first; /* its earliest event; strings live in the chain's arena */
  const struct hk_finding *finding;
  const char *step;        /* name of the rule's step */
  hk_str object;           /* raw name of the first object */
  struct hk_text happened; /* with the number of objects when there are several */
  size_t n_objects;
  uint64_t seen, silent, lost; /* a bit per group of the view */
  uint64_t absent, unclear;    /* not on this PC; read, but since when is not known: neither says anything by itself */
  int64_t events[HK_CHAIN_REFS];
  size_t n_events; /* all of them; the first HK_CHAIN_REFS are kept */
  int64_t artefacts[HK_CHAIN_REFS];
  size_t n_artefacts;
  bool danger;
  /* the link to an earlier step: the strongest there is, the nearest among equals */
  size_t from;
  enum hk_link_strength strength;
  bool weakest;
  struct hk_text reason;
};
struct hk_chain {
  struct hk_arena arena;
  struct hk_chain_step *steps; /* by time; unknown times last */
  size_t n_steps, n_dropped;
  hk_time onset, end; /* of the steps with a time, 0 = none */
};

hk_err hk_chain_make(struct hk_view *v, struct hk_chain *out);
void hk_chain_done(struct hk_chain *c);

#endif
