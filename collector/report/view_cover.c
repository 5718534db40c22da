/* Artefacts and coverage: what was looked at, what was not there to be seen. */
#include "report/view_impl.h"

#include <string.h>

hk_err hk_view_artefact(struct hk_view *v, int64_t id, struct hk_view_artefact *out)
{
  sqlite3_stmt *const s = v->artefact;
  sqlite3_reset(s);
  sqlite3_bind_int64(s, 1, id);
  if (sqlite3_step(s) != SQLITE_ROW) return hk_fail(HK_ABSENT, "read artefact", HK_NO_OFFSET);
  *out = (struct hk_view_artefact){
      .id = sqlite3_column_int64(s, 0),
      .path = hk_view_column(s, 1),
      .how = hk_view_column(s, 2),
      .outcome = hk_view_column(s, 3),
      .offset = hk_view_column_or(s, 4, HK_NO_OFFSET),
      .step = hk_view_column(s, 5),
      .size_bytes = hk_view_column_or(s, 6, 0),
  };
  const hk_str hex = hk_view_column(s, 7);
  if (hex.n == sizeof out->sha256 - 1) memcpy(out->sha256, hex.p, hex.n);
  return hk_ok();
}

hk_err hk_view_artefacts(struct hk_view *v, size_t limit, struct hk_arena *a, int64_t **out, size_t *n, uint64_t *total)
{
  static const char sql[] =
      "SELECT id FROM artefact WHERE id IN (SELECT art FROM event) OR id IN (SELECT artefact FROM coverage)"
      " ORDER BY id";
  sqlite3_stmt *s = NULL;
  *n = 0;
  *total = 0;
  *out = hk_new(a, int64_t, limit);
  if (*out == NULL) return hk_fail(HK_MEMORY, "list evidence", HK_NO_OFFSET);
  HK_TRY(hk_view_prepare(v, sql, &s));
  while (sqlite3_step(s) == SQLITE_ROW) {
    if (*n < limit) (*out)[(*n)++] = sqlite3_column_int64(s, 0);
    ++*total;
  }
  sqlite3_finalize(s);
  return hk_ok();
}

hk_err hk_view_each_cover(struct hk_view *v, hk_err (*on)(void *ctx, const struct hk_view_cover *c), void *ctx)
{
  static const char sql[] = "SELECT artefact, module, kind, instance, state, n, lo, hi, why, proof_kind,"
                            " (SELECT how FROM artefact WHERE id = coverage.artefact) FROM coverage"
                            " ORDER BY CASE state WHEN 'absent' THEN 3 WHEN 'examined' THEN 2 WHEN 'partial' THEN 1 "
                            "ELSE 0 END, kind, instance";
  sqlite3_stmt *s = NULL;
  HK_TRY(hk_view_prepare(v, sql, &s));
  hk_err e = hk_ok();
  int result = sqlite3_step(s);
  while (e.code == HK_OK && result == SQLITE_ROW) {
    const struct hk_view_cover c = {
        .artefact = sqlite3_column_int64(s, 0),
        .module = hk_view_column(s, 1),
        .kind = hk_view_kind_by_id(v, sqlite3_column_int64(s, 2)),
        .instance = hk_view_column(s, 3),
        .state = hk_view_column(s, 4),
        .n = sqlite3_column_int64(s, 5),
        .lo = sqlite3_column_int64(s, 6),
        .hi = sqlite3_column_int64(s, 7),
        .why = hk_view_column(s, 8),
        .proof_kind = hk_view_kind_by_id(v, sqlite3_column_int64(s, 9)),
        .how = hk_view_column(s, 10),
    };
    if (c.kind != NULL) e = on(ctx, &c);
    if (e.code == HK_OK) result = sqlite3_step(s);
  }
  if (e.code == HK_OK && result != SQLITE_DONE) e = hk_view_sql_error("read coverage");
  sqlite3_finalize(s);
  return e;
}

size_t hk_view_cleared(struct hk_view *v, hk_str source, hk_time *out, size_t n)
{
  static const char sql[] =
      "SELECT e.at FROM event e JOIN kind k ON k.kind=e.kind WHERE e.verb=?1 AND k.source=?2 AND e.at<>0"
      " ORDER BY e.at DESC LIMIT ?3";
  sqlite3_stmt *s = NULL;
  size_t found = 0;
  if (hk_view_prepare(v, sql, &s).code != HK_OK) return 0;
  sqlite3_bind_int64(s, 1, HK_CLEARED);
  sqlite3_bind_text(s, 2, source.p, (int)source.n, SQLITE_STATIC);
  sqlite3_bind_int64(s, 3, (int64_t)n);
  while (found < n && sqlite3_step(s) == SQLITE_ROW)
    out[found++] = sqlite3_column_int64(s, 0);
  sqlite3_finalize(s);
  return found;
}

uint64_t hk_view_content_count(struct hk_view *v, int64_t number)
{
  sqlite3_stmt *s = NULL;
  if (hk_view_prepare(v, "SELECT count(DISTINCT file) FROM event WHERE verb=?1 AND n=?2", &s).code != HK_OK) return 0;
  sqlite3_bind_int64(s, 1, HK_CONTENT);
  sqlite3_bind_int64(s, 2, number);
  const int64_t n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
  sqlite3_finalize(s);
  return n < 0 ? 0 : (uint64_t)n;
}
