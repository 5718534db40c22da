/* The broker's judgement of what a child says about one item. Whoever owns the child writes these bytes: lengths, types,
   order, record numbers, kinds, UTF-8, times and amounts are checked before anything is handed on; the first thing that
   is wrong ends the item and the child. */
#ifndef HK_EXAMINE_JUDGE_H
#define HK_EXAMINE_JUDGE_H

#include "examine/examine.h"
#include "examine/frame.h"

struct hk_judge {
  const struct hk_module *module;
  const struct hk_sink *sink;
  struct hk_outcome *outcome;
  uint64_t records_left, bytes_left; /* budgets of this item */
  unsigned notes_left, remarks_left, covers_left;
  bool done;                     /* DONE was accepted; no frame may follow */
  struct hk_arena arena;         /* lists of the record being read */
  void *record;
  size_t record_size;
};

/* Begins an item; *outcome is cleared. Budgets grow with size_bytes of the artefact: what a file can say is bounded by what
   it holds. max_records 0 = that rule alone. */
void hk_judge_init(struct hk_judge *j, const struct hk_module *m, uint64_t size_bytes, uint64_t max_records,
                   const struct hk_sink *sink, struct hk_outcome *outcome);
void hk_judge_done(struct hk_judge *j);
/* Judges one frame: RECORD, NOTE, REMARK, COVER, DONE; all else is HK_REFUSED here. HK_REFUSED, HK_LIMIT (a budget is spent)
   or HK_MEMORY end the item; the caller puts them into the outcome with hk_outcome_set. */
hk_err hk_judge_frame(struct hk_judge *j, const struct hk_frame *f);
/* The error and a copy of its step, with control characters shown as '?'; text is left alone. */
void hk_outcome_set(struct hk_outcome *o, hk_err e, hk_str step);
/* English for the log, cut at its end. */
void hk_outcome_say(struct hk_outcome *o, hk_str text);

#endif
