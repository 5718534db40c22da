/* Reading the facts database for people. */
#include "report/view.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define ARENA_LIMIT ((size_t)64 << 20)

static hk_err sql_error(const char *step)
{
  return hk_fail(HK_IO, step, HK_NO_OFFSET);
}

static hk_err prepare(struct hk_view *v, const char *sql, sqlite3_stmt **out)
{
  if (sqlite3_prepare_v3(v->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK)
    return sql_error("prepare report query");
  return hk_ok();
}

static hk_str column(sqlite3_stmt *s, int i)
{
  const unsigned char *const p = sqlite3_column_text(s, i);
  return (hk_str){.p = (const char *)p, .n = p == NULL ? 0 : (size_t)sqlite3_column_bytes(s, i)};
}

static int64_t column_or(sqlite3_stmt *s, int i, int64_t otherwise)
{
  return sqlite3_column_type(s, i) == SQLITE_NULL ? otherwise : sqlite3_column_int64(s, i);
}

static bool exists_table(struct hk_view *v, const char *name)
{
  sqlite3_stmt *s = NULL;
  if (prepare(v, "SELECT 1 FROM sqlite_master WHERE name=?1", &s).code != HK_OK) return false;
  sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
  const bool there = sqlite3_step(s) == SQLITE_ROW;
  sqlite3_finalize(s);
  return there;
}

static int64_t one_number(struct hk_view *v, const char *sql)
{
  sqlite3_stmt *s = NULL;
  if (prepare(v, sql, &s).code != HK_OK) return 0;
  const int64_t n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
  sqlite3_finalize(s);
  return n;
}

/* ---- kinds and groups ----------------------------------------------------------------------------------------------
 */

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
  HK_TRY(prepare(v, "SELECT kind, verb FROM kind_verb", &s));
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
  const int64_t n = one_number(v, "SELECT count(*) FROM kind");
  v->kinds = hk_new(&v->arena, struct hk_view_kind, (size_t)(n < 0 ? 0 : n));
  if (v->kinds == NULL) return hk_fail(HK_MEMORY, "read kinds", HK_NO_OFFSET);
  sqlite3_stmt *s = NULL;
  HK_TRY(prepare(v, "SELECT kind, name, source, grp FROM kind ORDER BY kind", &s));
  while (sqlite3_step(s) == SQLITE_ROW && v->n_kinds < (size_t)n) {
    struct hk_view_kind *const k = &v->kinds[v->n_kinds++];
    k->id = sqlite3_column_int64(s, 0);
    k->name = hk_str_copy(&v->arena, column(s, 1));
    k->source = hk_str_copy(&v->arena, column(s, 2));
    k->group = hk_str_copy(&v->arena, column(s, 3));
    k->lane = lane_of(v, k->group);
  }
  sqlite3_finalize(s);
  return load_verbs(v);
}

static const struct hk_view_kind *kind_by_id(const struct hk_view *v, int64_t id)
{
  for (size_t i = 0; i < v->n_kinds; i++)
    if (v->kinds[i].id == id) return &v->kinds[i];
  return NULL;
}

/* ---- record types ---------------------------------------------------------------------------------------------------
 */

/* Appends "name" as a quoted SQL identifier. */
static void put_identifier(struct hk_buf *b, hk_str name)
{
  hk_buf_u8(b, '"');
  for (size_t i = 0; i < name.n; i++) {
    if (name.p[i] == '"') hk_buf_u8(b, '"');
    hk_buf_u8(b, (uint8_t)name.p[i]);
  }
  hk_buf_u8(b, '"');
}

/* Columns with role TEXT, in order; nothing when the database does not say. */
static hk_err prepare_text(struct hk_view *v, struct hk_view_type *t)
{
  sqlite3_stmt *s = NULL;
  struct hk_buf b;
  bool any = false;
  hk_buf_init(&b, 1 << 16);
  hk_buf_z(&b, "SELECT ");
  HK_TRY(prepare(v, "SELECT name FROM record_field WHERE type=?1 AND role='text' ORDER BY pos", &s));
  sqlite3_bind_int64(s, 1, t->id);
  while (sqlite3_step(s) == SQLITE_ROW) {
    if (any) hk_buf_z(&b, ", ");
    put_identifier(&b, column(s, 0));
    any = true;
  }
  sqlite3_finalize(s);
  hk_buf_z(&b, " FROM \"rec_");
  hk_buf_str(&b, t->name);
  hk_buf_z(&b, "\" WHERE id=?1");
  hk_buf_u8(&b, 0);
  const hk_err e = any && !b.failed ? prepare(v, (const char *)b.p, &t->text) : hk_ok();
  hk_buf_done(&b);
  return e;
}

/* Names of types are ours (identifiers of C), so they need no quoting beyond the quotes. */
static hk_err load_type(struct hk_view *v, struct hk_view_type *t)
{
  const hk_str sql = hk_str_printf(&v->arena, "SELECT * FROM \"rec_%.*s\" WHERE id=?1", (int)t->name.n, t->name.p);
  if (sql.p == NULL) return hk_fail(HK_MEMORY, "read record types", HK_NO_OFFSET);
  HK_TRY(prepare(v, sql.p, &t->row));
  return v->described ? prepare_text(v, t) : hk_ok();
}

static hk_err load_types(struct hk_view *v)
{
  const int64_t n = one_number(v, "SELECT count(*) FROM record_type");
  v->described = exists_table(v, "record_field");
  v->types = hk_new(&v->arena, struct hk_view_type, (size_t)(n < 0 ? 0 : n));
  if (v->types == NULL) return hk_fail(HK_MEMORY, "read record types", HK_NO_OFFSET);
  sqlite3_stmt *s = NULL;
  hk_err e = prepare(v, "SELECT type, name, artifact, ja, en FROM record_type ORDER BY type", &s);
  while (e.code == HK_OK && sqlite3_step(s) == SQLITE_ROW && v->n_types < (size_t)n) {
    struct hk_view_type *const t = &v->types[v->n_types++];
    t->id = sqlite3_column_int64(s, 0);
    t->name = hk_str_copy(&v->arena, column(s, 1));
    t->artifact = hk_str_copy(&v->arena, column(s, 2));
    t->title = (struct hk_text){.ja = hk_str_z(&v->arena, column(s, 3)), .en = hk_str_z(&v->arena, column(s, 4))};
    e = v->arena.spent ? hk_fail(HK_MEMORY, "read record types", HK_NO_OFFSET) : load_type(v, t);
  }
  sqlite3_finalize(s);
  return e;
}

static const struct hk_view_type *type_by_id(const struct hk_view *v, int64_t id)
{
  for (size_t i = 0; i < v->n_types; i++)
    if (v->types[i].id == id) return &v->types[i];
  return NULL;
}

static bool has_row(sqlite3_stmt *s, int64_t id)
{
  sqlite3_reset(s);
  sqlite3_bind_int64(s, 1, id);
  return sqlite3_step(s) == SQLITE_ROW;
}

hk_str hk_view_text(struct hk_view *v, const struct hk_view_event *e)
{
  const struct hk_view_type *const t = e->type;
  hk_buf_reset(&v->text);
  if (t == NULL || t->text == NULL) return hk_str_of("");
  if (has_row(t->text, e->record)) {
    for (int i = 0; i < sqlite3_column_count(t->text); i++) {
      const hk_str part = column(t->text, i);
      if (part.n == 0) continue;
      if (v->text.n > 0) hk_buf_u8(&v->text, ' ');
      hk_buf_str(&v->text, part);
    }
  }
  sqlite3_reset(t->text);
  return hk_buf_view(&v->text);
}

/* ["a","b"] of times to "a, b". */
static hk_str plain_times(hk_str json, struct hk_arena *a)
{
  struct hk_buf b;
  hk_buf_init(&b, 1 << 20);
  for (size_t i = 0; i < json.n; i++) {
    if (json.p[i] == ',')
      hk_buf_z(&b, ", ");
    else if (json.p[i] != '[' && json.p[i] != ']' && json.p[i] != '"')
      hk_buf_u8(&b, (uint8_t)json.p[i]);
  }
  const hk_str s = hk_str_copy(a, hk_buf_view(&b));
  hk_buf_done(&b);
  return s;
}

/* A cell as text: times as ISO 8601, everything else as SQLite writes it. Where the database does not tell times from
   other numbers, a number between 1990 and 2100 in 100 ns is shown as one. */
static hk_str cell_text(sqlite3_stmt *s, int i, hk_str field_type, struct hk_arena *a)
{
  char iso[HK_ISO_SIZE];
  if (sqlite3_column_type(s, i) == SQLITE_NULL) return hk_str_of("");
  const int64_t n = sqlite3_column_type(s, i) == SQLITE_INTEGER ? sqlite3_column_int64(s, i) : 0;
  const bool looks = field_type.n == 0 && n > INT64_C(122756256000000000) && n < INT64_C(157469184000000000);
  if (n != 0 && (looks || hk_str_eq(field_type, HK_S("time"))))
    return hk_str_copy(a, hk_str_of(hk_time_iso(sqlite3_column_int64(s, i), iso)));
  if (hk_str_eq(field_type, HK_S("times"))) return plain_times(column(s, i), a);
  return hk_str_copy(a, column(s, i));
}

hk_err hk_view_fields(struct hk_view *v, const struct hk_view_event *e, struct hk_arena *a, struct hk_view_field **out,
                      size_t *n)
{
  const struct hk_view_type *const t = e->type;
  *n = 0;
  *out = NULL;
  if (t == NULL) return hk_ok();
  const int n_columns = sqlite3_column_count(t->row);
  struct hk_view_field *const fields = hk_new(a, struct hk_view_field, (size_t)n_columns);
  if (fields == NULL) return hk_fail(HK_MEMORY, "read record", HK_NO_OFFSET);
  sqlite3_stmt *label = NULL;
  if (v->described) HK_TRY(prepare(v, "SELECT ja, en, ftype FROM record_field WHERE type=?1 AND name=?2", &label));
  if (has_row(t->row, e->record)) {
    for (int i = 0; i < n_columns; i++) {
      const char *const name = sqlite3_column_name(t->row, i);
      if (name == NULL || strcmp(name, "id") == 0 || strcmp(name, "art") == 0 || strcmp(name, "kind") == 0) continue;
      const char *const own = hk_str_z(a, hk_str_of(name));
      struct hk_view_field f = {.label = {.ja = own, .en = own}};
      hk_str type = hk_str_of("");
      if (label != NULL) {
        sqlite3_reset(label);
        sqlite3_bind_int64(label, 1, t->id);
        sqlite3_bind_text(label, 2, name, -1, SQLITE_STATIC);
        if (sqlite3_step(label) == SQLITE_ROW) {
          f.label = (struct hk_text){.ja = hk_str_z(a, column(label, 0)), .en = hk_str_z(a, column(label, 1))};
          type = column(label, 2);
        }
      }
      f.value = cell_text(t->row, i, type, a);
      if (f.value.n > 0 && f.label.ja != NULL && f.label.en != NULL) fields[(*n)++] = f;
    }
  }
  sqlite3_reset(t->row);
  sqlite3_finalize(label);
  *out = fields;
  return a->spent ? hk_fail(HK_MEMORY, "read record", HK_NO_OFFSET) : hk_ok();
}

/* ---- open and close -------------------------------------------------------------------------------------------------
 */

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
  if (e.code == HK_OK) e = load_types(out);
  if (e.code == HK_OK) e = load_keys(out);
  if (e.code == HK_OK) e = prepare(out, event_sql, &out->event);
  if (e.code == HK_OK)
    e = prepare(out,
                "SELECT id, path, how, outcome, at_offset, step, size, lower(hex(sha256)) FROM artefact WHERE id=?1",
                &out->artefact);
  if (e.code != HK_OK) {
    hk_view_close(out);
    return e;
  }
  const int64_t timed = one_number(out, "SELECT count(*) FROM event WHERE at IS NOT NULL AND at<>0");
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
  if (result != SQLITE_ROW) return sql_error("read event");
  const int64_t verb = sqlite3_column_int64(s, 1);
  *out = (struct hk_view_event){
      .id = sqlite3_column_int64(s, 0),
      .verb = verb > 0 && verb < HK_VERB_COUNT ? (enum hk_verb)verb : HK_NO_VERB,
      .kind = kind_by_id(v, sqlite3_column_int64(s, 2)),
      .at = sqlite3_column_int64(s, 3),
      .at_lo = sqlite3_column_int64(s, 4),
      .at_hi = sqlite3_column_int64(s, 5),
      .proof = sqlite3_column_int(s, 6),
      .file = sqlite3_column_int64(s, 7),
      .file2 = sqlite3_column_int64(s, 8),
      .account = sqlite3_column_int64(s, 9),
      .pid = column_or(s, 10, HK_NO_INT),
      .ppid = column_or(s, 11, HK_NO_INT),
      .number = column_or(s, 12, HK_NO_INT),
      .record = sqlite3_column_int64(s, 13),
      .artefact = sqlite3_column_int64(s, 14),
      .path = column(s, 15),
      .path2 = column(s, 16),
      .sid = column(s, 17),
      .account_name = column(s, 18),
      .account_domain = column(s, 19),
      .host = column(s, 20),
      .url = column(s, 21),
      .hash = column(s, 22),
      .type = type_by_id(v, sqlite3_column_int64(s, 23)),
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
  HK_TRY(prepare(v, "SELECT id, at FROM event WHERE at IS NOT NULL AND at<>0 ORDER BY at, id", &s));
  hk_err e = hk_ok();
  int result = sqlite3_step(s);
  while (e.code == HK_OK && result == SQLITE_ROW) {
    e = on(ctx, sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1));
    if (e.code == HK_OK) result = sqlite3_step(s);
  }
  if (e.code == HK_OK && result != SQLITE_DONE) e = sql_error("read timeline");
  sqlite3_finalize(s);
  return e;
}

hk_err hk_view_band(struct hk_view *v, hk_time onset, size_t n, hk_time *lo, hk_time *hi)
{
  sqlite3_stmt *s = NULL;
  HK_TRY(prepare(
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
  return found ? hk_ok() : sql_error("find rows around onset");
}

/* ---- artefacts and coverage ---- */

hk_err hk_view_artefact(struct hk_view *v, int64_t id, struct hk_view_artefact *out)
{
  sqlite3_stmt *const s = v->artefact;
  sqlite3_reset(s);
  sqlite3_bind_int64(s, 1, id);
  if (sqlite3_step(s) != SQLITE_ROW) return hk_fail(HK_ABSENT, "read artefact", HK_NO_OFFSET);
  *out = (struct hk_view_artefact){
      .id = sqlite3_column_int64(s, 0),
      .path = column(s, 1),
      .how = column(s, 2),
      .outcome = column(s, 3),
      .offset = column_or(s, 4, HK_NO_OFFSET),
      .step = column(s, 5),
      .size_bytes = column_or(s, 6, 0),
  };
  const hk_str hex = column(s, 7);
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
  HK_TRY(prepare(v, sql, &s));
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
  HK_TRY(prepare(v, sql, &s));
  hk_err e = hk_ok();
  int result = sqlite3_step(s);
  while (e.code == HK_OK && result == SQLITE_ROW) {
    const struct hk_view_cover c = {
        .artefact = sqlite3_column_int64(s, 0),
        .module = column(s, 1),
        .kind = kind_by_id(v, sqlite3_column_int64(s, 2)),
        .instance = column(s, 3),
        .state = column(s, 4),
        .n = sqlite3_column_int64(s, 5),
        .lo = sqlite3_column_int64(s, 6),
        .hi = sqlite3_column_int64(s, 7),
        .why = column(s, 8),
        .proof_kind = kind_by_id(v, sqlite3_column_int64(s, 9)),
        .how = column(s, 10),
    };
    if (c.kind != NULL) e = on(ctx, &c);
    if (e.code == HK_OK) result = sqlite3_step(s);
  }
  if (e.code == HK_OK && result != SQLITE_DONE) e = sql_error("read coverage");
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
  if (prepare(v, sql, &s).code != HK_OK) return 0;
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
  if (prepare(v, "SELECT count(DISTINCT file) FROM event WHERE verb=?1 AND n=?2", &s).code != HK_OK) return 0;
  sqlite3_bind_int64(s, 1, HK_CONTENT);
  sqlite3_bind_int64(s, 2, number);
  const int64_t n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
  sqlite3_finalize(s);
  return n < 0 ? 0 : (uint64_t)n;
}

const struct hk_finding *hk_view_finding(const struct hk_view *v, int64_t id)
{
  for (size_t i = 0; i < v->a->n_findings; i++)
    if (v->a->findings[i].id == id) return &v->a->findings[i];
  return NULL;
}
