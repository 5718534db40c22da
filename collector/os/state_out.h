/* Writing an answer of os/state.h: header, rows, end. Rows that do not fit any more are dropped whole and the end says so. */
#ifndef HK_OS_STATE_OUT_H
#define HK_OS_STATE_OUT_H

#include "base/json.h"
#include "os/state.h"

struct state_out {
  struct hk_buf text;
  struct hk_json json;
  const char *topic;
  size_t row_at;       /* where the row at hand begins */
  uint64_t n_rows;
  hk_err problem;      /* the first that kept rows away */
  bool partial;        /* the rows are good, and some are not there */
  bool full;
};

void state_begin(struct state_out *o, const char *topic, hk_time asked_at);
void state_end(struct state_out *o);
/* A failure of the whole question; the first one is told. */
void state_problem(struct state_out *o, hk_err e);
/* Some rows are missing, the others are good. */
void state_gap(struct state_out *o, hk_err e);

/* False when no row has room any more. */
bool state_row(struct state_out *o);
void state_row_end(struct state_out *o);

/* Members. Absent text (NULL) is not written: whoever reads takes it for unknown. */
void state_str(struct state_out *o, const char *key, hk_str s);
void state_int(struct state_out *o, const char *key, int64_t v);
void state_uint(struct state_out *o, const char *key, uint64_t v); /* beyond int64_t: its greatest number */
void state_bool(struct state_out *o, const char *key, bool v);
void state_time(struct state_out *o, const char *key, hk_time t);  /* unknown: not written */
void state_list(struct state_out *o, const char *key, const hk_str *v, size_t n);

#endif
