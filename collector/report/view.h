/* What the report reads from the facts database: the only place of this folder with SQL. Strings of an event are
   borrowed until the next call that reads one, unless kept with hk_view_keep. */
#ifndef HK_REPORT_VIEW_H
#define HK_REPORT_VIEW_H

#include "report/report.h"

struct sqlite3;
struct sqlite3_stmt;

#define HK_VIEW_LANES 64 /* groups told apart; further ones share the last */

struct hk_view_kind {
  int64_t id;
  hk_str name, source, group;
  size_t lane;    /* index into groups */
  uint64_t verbs; /* bit per enum hk_verb it can say */
};
struct hk_view_type { /* a record type with its rec_ table */
  int64_t id;
  hk_str name, artifact;
  struct hk_text title;
  struct sqlite3_stmt *row;  /* all columns by id */
  struct sqlite3_stmt *text; /* columns with role TEXT, NULL when there is none */
};
struct hk_view_field { /* a cell of a record */
  struct hk_text label;
  hk_str value; /* in the arena given */
};
struct hk_view_event {
  int64_t id, artefact, record, file, file2, account;
  enum hk_verb verb;
  const struct hk_view_kind *kind;
  const struct hk_view_type *type;
  hk_time at, at_lo, at_hi;
  int proof;
  int64_t pid, ppid, number; /* HK_NO_INT = none */
  hk_str path, path2, sid, account_name, account_domain, host, url, hash;
};
struct hk_view_artefact {
  int64_t id;
  hk_str path, how, outcome, step;
  int64_t offset; /* HK_NO_OFFSET */
  int64_t size_bytes;
  char sha256[65]; /* "" = not stored */
};
struct hk_view_cover {
  int64_t artefact;
  const struct hk_view_kind *kind, *proof_kind;
  hk_str module, instance, state, why;
  hk_str how; /* how the artefact was read, "" = none */
  int64_t n;
  hk_time lo, hi;
};

struct hk_view {
  struct sqlite3 *db;
  const struct hk_answers *a;
  const struct hk_report_case *c;
  struct hk_arena arena; /* lives as long as the view */
  struct hk_view_kind *kinds;
  size_t n_kinds;
  hk_str groups[HK_VIEW_LANES];
  size_t n_groups;
  struct hk_view_type *types;
  size_t n_types;
  int64_t *keys; /* events used as evidence by a finding that counts, sorted, distinct */
  size_t n_keys;
  uint64_t n_timed; /* events with a time */
  struct sqlite3_stmt *event, *artefact;
  struct hk_buf text; /* of the event read last */
  bool described;     /* the database has record_field */
};

/* a and c may be NULL (timeline and coverage need neither). */
hk_err hk_view_open(struct sqlite3 *db, const struct hk_answers *a, const struct hk_report_case *c,
                    struct hk_view *out);
void hk_view_close(struct hk_view *v);

/* HK_ABSENT when there is no such event. */
hk_err hk_view_event(struct hk_view *v, int64_t id, struct hk_view_event *out);
/* The same with strings that live in `a`. */
hk_err hk_view_keep(struct hk_view *v, int64_t id, struct hk_arena *a, struct hk_view_event *out);
bool hk_view_is_key(const struct hk_view *v, int64_t event);
/* The one-line text of its record (fields with role TEXT), "" when none; borrowed until the next call. */
hk_str hk_view_text(struct hk_view *v, const struct hk_view_event *e);
/* What the event is about: path, URL, host, account or text, whichever is known first. */
hk_str hk_view_object(struct hk_view *v, const struct hk_view_event *e);
/* "DOM\user", or the SID. In the arena. */
hk_str hk_view_account(struct hk_arena *a, const struct hk_view_event *e);
/* The fields of its record, empty ones left out. */
hk_err hk_view_fields(struct hk_view *v, const struct hk_view_event *e, struct hk_arena *a, struct hk_view_field **out,
                      size_t *n);

/* Calls `on` with every timed event, ordered by time and id, until it returns an error. */
hk_err hk_view_each_timed(struct hk_view *v, hk_err (*on)(void *ctx, int64_t event, hk_time at), void *ctx);
/* The band [lo, hi] that holds the n timed events nearest to `onset`. */
hk_err hk_view_band(struct hk_view *v, hk_time onset, size_t n, hk_time *lo, hk_time *hi);
hk_err hk_view_artefact(struct hk_view *v, int64_t id, struct hk_view_artefact *out);
/* Ids of artefacts that events or coverage name, in order of id, at most `limit`; *total counts all of them. */
hk_err hk_view_artefacts(struct hk_view *v, size_t limit, struct hk_arena *a, int64_t **out, size_t *n,
                         uint64_t *total);
/* Every coverage row: what could not be read or was not recorded first, then what was examined, then what is not there.
 */
hk_err hk_view_each_cover(struct hk_view *v, hk_err (*on)(void *ctx, const struct hk_view_cover *c), void *ctx);
/* Times at which a log with that source was cleared, latest first, at most n; returns how many. */
size_t hk_view_cleared(struct hk_view *v, hk_str source, hk_time *out, size_t n);
/* How many distinct files have a content verdict of that number. */
uint64_t hk_view_content_count(struct hk_view *v, int64_t number);
const struct hk_finding *hk_view_finding(const struct hk_view *v, int64_t id);

#endif
