/* Reading the facts database for people: kinds and groups of logs, events. */
#include "report/view_impl.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_LIMIT ((size_t)64 << 20)

/* ---- kinds and groups ------------------------------------------------------------------------------------------ */

static size_t lane_of(struct hk_view *v, hk_str group)
{
  for (size_t i = 0; i < v->n_groups; i++)
    if (hk_str_eq(v->groups[i], group)) return i;
  if (v->n_groups == HK_VIEW_LANES) return HK_VIEW_LANES - 1;
  v->groups[v->n_groups] = group;
  return v->n_groups++;
}

static hk_err load_verbs(struct hk_view *v)
{
  sqlite3_stmt *s = NULL;
  HK_TRY(hk_view_prepare(v, "SELECT kind, verb FROM kind_verb", &s));
  while (sqlite3_step(s) == SQLITE_ROW) {
    const int64_t kind = sqlite3_column_int64(s, 0);
    const int64_t verb = sqlite3_column_int64(s, 1);
    for (size_t i = 0; i < v->n_kinds; i++)
      if (v->kinds[i].id == kind && verb >= 0 && verb < HK_VERB_COUNT) v->kinds[i].verbs |= UINT64_C(1) << verb;
  }
  sqlite3_finalize(s);
  return hk_ok();
}

static hk_err load_kinds(struct hk_view *v)
{
  const int64_t n = hk_view_number(v, "SELECT count(*) FROM kind");
  v->kinds = hk_new(&v->arena, struct hk_view_kind, (size_t)(n < 0 ? 0 : n));
  if (v->kinds == NULL) return hk_fail(HK_MEMORY, "read kinds", HK_NO_OFFSET);
  sqlite3_stmt *s = NULL;
  HK_TRY(hk_view_prepare(v, "SELECT kind, name, source, grp FROM kind ORDER BY kind", &s));
  while (sqlite3_step(s) == SQLITE_ROW && v->n_kinds < (size_t)n) {
    struct hk_view_kind *const k = &v->kinds[v->n_kinds++];
    k->id = sqlite3_column_int64(s, 0);
    k->name = hk_str_copy(&v->arena, hk_view_column(s, 1));
    k->source = hk_str_copy(&v->arena, hk_view_column(s, 2));
    k->group = hk_str_copy(&v->arena, hk_view_column(s, 3));
    k->lane = lane_of(v, k->group);
  }
  sqlite3_finalize(s);
  return load_verbs(v);
}

const struct hk_view_kind *hk_view_kind_by_id(const struct hk_view *v, int64_t id)
{
  for (size_t i = 0; i < v->n_kinds; i++)
    if (v->kinds[i].id == id) return &v->kinds[i];
  return NULL;
}

/* ---- open and close -------------------------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b)
{
  int64_t x;
  int64_t y;
  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  return x < y ? -1 : x > y;
}

static hk_err load_keys(struct hk_view *v)
{
  if (v->a == NULL) return hk_ok();
  size_t total = 0;
  for (size_t i = 0; i < v->a->n_findings; i++)
    total += v->a->findings[i].n_evidence;
  v->keys = hk_new(&v->arena, int64_t, total);
  if (v->keys == NULL) return hk_fail(HK_MEMORY, "collect cited events", HK_NO_OFFSET);
  for (size_t i = 0; i < v->a->n_findings; i++) {
    const struct hk_finding *const f = &v->a->findings[i];
    if (f->explained || f->refuted) continue;
    for (size_t k = 0; k < f->n_evidence; k++)
      v->keys[v->n_keys++] = f->evidence[k].event;
  }
  if (v->n_keys == 0) return hk_ok();
  qsort(v->keys, v->n_keys, sizeof *v->keys, compare_ids);
  size_t kept = 1;
  for (size_t i = 1; i < v->n_keys; i++)
    if (v->keys[i] != v->keys[kept - 1]) v->keys[kept++] = v->keys[i];
  v->n_keys = kept;
  return hk_ok();
}

static const char event_sql[] =
    "SELECT e.id, e.verb, e.kind, e.at, e.at_lo, e.at_hi, e.proof, e.file, e.file2, e.account, e.pid, e.ppid, e.n, "
    "e.rec, e.art,"
    " f.path, g.path, a.sid, a.name, a.domain, coalesce(nullif(h.name,''), nullif(h.addr,''), h.key), u.url, x.hex, "
    "e.type"
    " FROM event e LEFT JOIN file f ON f.id=e.file LEFT JOIN file g ON g.id=e.file2 LEFT JOIN account a ON "
    "a.id=e.account"
    " LEFT JOIN host h ON h.id=e.host LEFT JOIN url u ON u.id=e.url LEFT JOIN hash x ON x.id=e.hash WHERE e.id=?1";

hk_err hk_view_open(struct sqlite3 *db, const struct hk_answers *a, const struct hk_report_case *c, struct hk_view *out)
{
  *out = (struct hk_view){.db = db, .a = a, .c = c};
  hk_arena_init(&out->arena, ARENA_LIMIT);
  hk_buf_init(&out->text, 1 << 20);
  hk_err e = load_kinds(out);
  if (e.code == HK_OK) e = hk_view_load_types(out);
  if (e.code == HK_OK) e = load_keys(out);
  if (e.code == HK_OK) e = hk_view_prepare(out, event_sql, &out->event);
  if (e.code == HK_OK)
    e = hk_view_prepare(out,
                "SELECT id, path, how, outcome, at_offset, step, size, lower(hex(sha256)) FROM artefact WHERE id=?1",
                &out->artefact);
  if (e.code != HK_OK) {
    hk_view_close(out);
    return e;
  }
  const int64_t timed = hk_view_number(out, "SELECT count(*) FROM event WHERE at IS NOT NULL AND at<>0");
  out->n_timed = timed < 0 ? 0 : (uint64_t)timed;
  return hk_ok();
}

void hk_view_close(struct hk_view *v)
{
  sqlite3_finalize(v->event);
  sqlite3_finalize(v->artefact);
  for (size_t i = 0; i < v->n_types; i++) {
    sqlite3_finalize(v->types[i].row);
    sqlite3_finalize(v->types[i].text);
  }
  hk_buf_done(&v->text);
  hk_arena_done(&v->arena);
  *v = (struct hk_view){0};
}

/* ---- events ---- */

hk_err hk_view_event(struct hk_view *v, int64_t id, struct hk_view_event *out)
{
  sqlite3_stmt *const s = v->event;
  sqlite3_reset(s);
  sqlite3_bind_int64(s, 1, id);
  const int result = sqlite3_step(s);
  if (result == SQLITE_DONE) return hk_fail(HK_ABSENT, "read event", HK_NO_OFFSET);
  if (result != SQLITE_ROW) return hk_view_sql_error("read event");
  const int64_t verb = sqlite3_column_int64(s, 1);
  *out = (struct hk_view_event){
      .id = sqlite3_column_int64(s, 0),
      .verb = verb > 0 && verb < HK_VERB_COUNT ? (enum hk_verb)verb : HK_NO_VERB,
      .kind = hk_view_kind_by_id(v, sqlite3_column_int64(s, 2)),
      .at = sqlite3_column_int64(s, 3),
      .at_lo = sqlite3_column_int64(s, 4),
      .at_hi = sqlite3_column_int64(s, 5),
      .proof = sqlite3_column_int(s, 6),
      .file = sqlite3_column_int64(s, 7),
      .file2 = sqlite3_column_int64(s, 8),
      .account = sqlite3_column_int64(s, 9),
      .pid = hk_view_column_or(s, 10, HK_NO_INT),
      .ppid = hk_view_column_or(s, 11, HK_NO_INT),
      .number = hk_view_column_or(s, 12, HK_NO_INT),
      .record = sqlite3_column_int64(s, 13),
      .artefact = sqlite3_column_int64(s, 14),
      .path = hk_view_column(s, 15),
      .path2 = hk_view_column(s, 16),
      .sid = hk_view_column(s, 17),
      .account_name = hk_view_column(s, 18),
      .account_domain = hk_view_column(s, 19),
      .host = hk_view_column(s, 20),
      .url = hk_view_column(s, 21),
      .hash = hk_view_column(s, 22),
      .type = hk_view_type_by_id(v, sqlite3_column_int64(s, 23)),
  };
  if (out->kind == NULL) return hk_fail(HK_DAMAGED, "read event's kind", HK_NO_OFFSET);
  return hk_ok();
}

hk_err hk_view_keep(struct hk_view *v, int64_t id, struct hk_arena *a, struct hk_view_event *out)
{
  HK_TRY(hk_view_event(v, id, out));
  hk_str *const texts[] = {&out->path,           &out->path2, &out->sid, &out->account_name,
                           &out->account_domain, &out->host,  &out->url, &out->hash};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    *texts[i] = hk_str_copy(a, *texts[i]);
  return a->spent ? hk_fail(HK_MEMORY, "keep event", HK_NO_OFFSET) : hk_ok();
}

bool hk_view_is_key(const struct hk_view *v, int64_t event)
{
  return v->n_keys > 0 && bsearch(&event, v->keys, v->n_keys, sizeof *v->keys, compare_ids) != NULL;
}

hk_str hk_view_account(struct hk_arena *a, const struct hk_view_event *e)
{
  if (e->account_name.n > 0 && e->account_domain.n > 0)
    return hk_str_printf(a, "%.*s\\%.*s", (int)e->account_domain.n, e->account_domain.p, (int)e->account_name.n,
                         e->account_name.p);
  if (e->account_name.n > 0) return hk_str_copy(a, e->account_name);
  if (hk_str_starts(e->sid, HK_S("name:"))) return hk_str_copy(a, hk_str_sub(e->sid, 5, e->sid.n));
  return hk_str_copy(a, e->sid);
}

hk_str hk_view_object(struct hk_view *v, const struct hk_view_event *e)
{
  if (e->path.n > 0) return e->path;
  if (e->url.n > 0) return e->url;
  const hk_str text = hk_view_text(v, e);
  if (text.n > 0) return text;
  if (e->host.n > 0) return e->host;
  if (e->account_name.n > 0) return e->account_name;
  if (e->sid.n > 0) return e->sid;
  return e->path2;
}

hk_err hk_view_each_timed(struct hk_view *v, hk_err (*on)(void *ctx, int64_t event, hk_time at), void *ctx)
{
  sqlite3_stmt *s = NULL;
  HK_TRY(hk_view_prepare(v, "SELECT id, at FROM event WHERE at IS NOT NULL AND at<>0 ORDER BY at, id", &s));
  hk_err e = hk_ok();
  int result = sqlite3_step(s);
  while (e.code == HK_OK && result == SQLITE_ROW) {
    e = on(ctx, sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1));
    if (e.code == HK_OK) result = sqlite3_step(s);
  }
  if (e.code == HK_OK && result != SQLITE_DONE) e = hk_view_sql_error("read timeline");
  sqlite3_finalize(s);
  return e;
}

hk_err hk_view_band(struct hk_view *v, hk_time onset, size_t n, hk_time *lo, hk_time *hi)
{
  sqlite3_stmt *s = NULL;
  HK_TRY(hk_view_prepare(
      v,
      "SELECT min(at), max(at) FROM (SELECT at FROM event WHERE at IS NOT NULL AND at<>0 ORDER BY abs(at-?1), id"
      " LIMIT ?2)",
      &s));
  sqlite3_bind_int64(s, 1, onset);
  sqlite3_bind_int64(s, 2, (int64_t)n);
  const bool found = sqlite3_step(s) == SQLITE_ROW;
  *lo = found ? sqlite3_column_int64(s, 0) : 0;
  *hi = found ? sqlite3_column_int64(s, 1) : 0;
  sqlite3_finalize(s);
  return found ? hk_ok() : hk_view_sql_error("find rows around onset");
}

const struct hk_finding *hk_view_finding(const struct hk_view *v, int64_t id)
{
  for (size_t i = 0; i < v->a->n_findings; i++)
    if (v->a->findings[i].id == id) return &v->a->findings[i];
  return NULL;
}
