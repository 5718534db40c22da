/* The coverage table: for every kind of log and every window of time, one word. Used by the page and answers.json. */
#ifndef HK_REPORT_COVER_H
#define HK_REPORT_COVER_H

#include "report/chain.h"
#include "report/view.h"
#include "report/words.h"

#define HK_COVER_WINDOWS 4

struct hk_cover_window {
  hk_time lo, hi;
  struct hk_text label;
  char range[64]; /* local time */
  bool hot;       /* the events lie in it */
};
struct hk_cover_cell {
  enum hk_shown state;
  struct hk_text note; /* ja NULL = none */
};
struct hk_cover_row {
  const struct hk_view_kind *kind;
  struct hk_cover_cell cells[HK_COVER_WINDOWS];
  int64_t artefact; /* the one behind it when there is exactly one, else 0 */
};
struct hk_cover_table {
  struct hk_arena arena;
  struct hk_cover_window windows[HK_COVER_WINDOWS];
  size_t n_windows;
  struct hk_cover_row *rows;
  size_t n_rows;
  uint64_t n_places; /* coverage rows behind it */
};
hk_err hk_cover_make(struct hk_view *v, const struct hk_chain *chain, struct hk_cover_table *out);
void hk_cover_done(struct hk_cover_table *t);

#endif
