/* The facts of a case: opening, records to rows, coverage, indexes. */
#include "answer/facts_vfs.h"
#include "answer/facts.h"

#include <string.h>

#include "answer/facts_impl.h"
#include "base/buf.h"
#include "base/json.h"
#include "os/os.h"
#include "record/jsonl.h"

#include <stdlib.h>

#define SCRATCH_BYTES ((size_t)64 << 20)
#define LIST_BYTES ((size_t)64 << 20) /* one list field as JSON */

/* Opens the transaction if none is. */
static hk_err begin(struct hk_facts *f)
{
  if (f->writing) return hk_ok();
  HK_TRY(hk_facts_exec(f, "BEGIN", "begin the transaction"));
  f->writing = true;
  return hk_ok();
}

/* ---- opening ---- */

static hk_err learn_kind(struct hk_facts *f, const struct hk_kind *k)
{
  int64_t id = 0;
  bool fresh = false;
  HK_TRY(hk_intern_id(&f->kind_ids, hk_str_of(k->name), &id, &fresh));
  if (fresh) f->kinds[f->n_kinds++] = k;
  return hk_ok();
}

static hk_err learn_world(struct hk_facts *f, const struct hk_facts_world *w)
{
  size_t most = w->n_kinds;
  for (size_t i = 0; i < w->n_types; i++)
    most += w->types[i]->n_kinds;
  f->kinds = hk_alloc_n(&f->keys, most, sizeof *f->kinds);
  f->types = hk_alloc_n(&f->keys, w->n_types, sizeof *f->types);
  f->rec = hk_alloc_n(&f->keys, w->n_types, sizeof *f->rec);
  if (f->kinds == NULL || f->types == NULL || f->rec == NULL) return hk_fail(HK_MEMORY, "open the facts", HK_NO_OFFSET);
  for (size_t i = 0; i < w->n_kinds; i++)
    HK_TRY(learn_kind(f, w->kinds[i]));
  for (size_t i = 0; i < w->n_types; i++) {
    int64_t id = 0;
    bool fresh = false;
    HK_TRY(hk_intern_id(&f->type_ids, hk_str_of(w->types[i]->name), &id, &fresh));
    if (!fresh) continue; /* the same declaration from two modules */
    f->types[f->n_types++] = w->types[i];
    for (size_t k = 0; k < w->types[i]->n_kinds; k++)
      HK_TRY(learn_kind(f, w->types[i]->kinds[k]));
  }
  return hk_ok();
}

/* The archive is the durable thing: no journal, no sync. */
static const char settings[] =
    "PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
    "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA locking_mode=EXCLUSIVE;"
    "PRAGMA automatic_index=OFF; PRAGMA trusted_schema=OFF; PRAGMA application_id=0x484B4654;";

static hk_err open_database(struct hk_facts *f, hk_str os_path, const char *vfs)
{
  const char *name = ":memory:";
  if (os_path.n != 0) {
    name = hk_str_z(&f->scratch, os_path);
    if (name == NULL) return hk_fail(HK_MEMORY, "open the facts", HK_NO_OFFSET);
    const hk_err gone = os_remove(os_path);
    if (gone.code != HK_OK && gone.code != HK_ABSENT) return gone;
  }
  const int rc = sqlite3_open_v2(name, &f->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, vfs);
  if (f->db == NULL) return hk_fail(HK_MEMORY, "open the facts", HK_NO_OFFSET);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "open the facts");
  sqlite3_extended_result_codes(f->db, 1);
  /* A defensive connection keeps its journal whatever the settings say, and a journal would be plain. */
  if (vfs != NULL) HK_TRY(hk_facts_exec(f, "PRAGMA journal_mode=OFF", "open the facts"));
  sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
  sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)NULL);
  return hk_facts_exec(f, settings, "open the facts");
}

static hk_err build(struct hk_facts *f, hk_str os_path, const char *vfs, const struct hk_facts_world *w)
{
  HK_TRY(learn_world(f, w));
  HK_TRY(open_database(f, os_path, vfs));
  HK_TRY(begin(f));
  HK_TRY(hk_facts_schema(f));
  return hk_facts_prepare(f);
}

static hk_err create(hk_str os_path, const char *vfs, const struct hk_facts_world *w, struct hk_facts **out)
{
  struct hk_facts *const f = calloc(1, sizeof *f);
  if (f == NULL) return hk_fail(HK_MEMORY, "open the facts", HK_NO_OFFSET);
  hk_arena_init(&f->keys, 0);
  hk_arena_init(&f->scratch, SCRATCH_BYTES);
  uint64_t seed = 0;
  sqlite3_randomness(sizeof seed, &seed);
  struct hk_intern *const tables[] = {&f->kind_ids, &f->type_ids, &f->files, &f->accounts,
                                      &f->hosts,    &f->urls,     &f->hashes};
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
    hk_intern_init(tables[i], &f->keys, seed);
  const hk_err e = build(f, os_path, vfs, w);
  if (e.code != HK_OK) {
    hk_facts_close(f);
    return e;
  }
  *out = f;
  return hk_ok();
}

hk_err hk_facts_create(hk_str os_path, const struct hk_facts_world *w, struct hk_facts **out)
{
  return create(os_path, NULL, w, out);
}

hk_err hk_facts_create_locked(hk_str os_path, const struct hk_facts_world *w, struct hk_facts **out)
{
  if (facts_vfs_register() != SQLITE_OK) return hk_fail(HK_MEMORY, "open the facts", HK_NO_OFFSET);
  return create(os_path, FACTS_VFS, w, out);
}

void hk_facts_close(struct hk_facts *f)
{
  if (f == NULL) return;
  for (int i = 0; i < HK_SQL_COUNT; i++)
    sqlite3_finalize(f->sql[i]);
  for (size_t i = 0; i < f->n_types && f->rec != NULL; i++)
    sqlite3_finalize(f->rec[i]);
  if (f->db != NULL && f->writing) sqlite3_exec(f->db, "COMMIT", NULL, NULL, NULL);
  sqlite3_close_v2(f->db);
  struct hk_intern *const tables[] = {&f->kind_ids, &f->type_ids, &f->files, &f->accounts,
                                      &f->hosts,    &f->urls,     &f->hashes};
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
    hk_intern_done(tables[i]);
  free(f->inside);
  hk_arena_done(&f->keys);
  hk_arena_done(&f->scratch);
  free(f);
}

struct sqlite3 *hk_facts_db(struct hk_facts *f)
{
  return f->db;
}

/* ---- binding ---- */

static void bind_id(sqlite3_stmt *s, int at, int64_t id)
{
  if (id != 0)
    sqlite3_bind_int64(s, at, id);
  else
    sqlite3_bind_null(s, at);
}

static void bind_str(struct hk_facts *f, sqlite3_stmt *s, int at, hk_str v)
{
  const hk_str clean = hk_str_clean(&f->scratch, v);
  if (v.p == NULL || clean.p == NULL)
    sqlite3_bind_null(s, at);
  else
    sqlite3_bind_text64(s, at, clean.p, clean.n, SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_z(sqlite3_stmt *s, int at, const char *z)
{
  if (z == NULL)
    sqlite3_bind_null(s, at);
  else
    sqlite3_bind_text(s, at, z, -1, SQLITE_STATIC);
}

/* ---- artefacts, coverage, meta ---- */

static void bind_artefact(struct hk_facts *f, sqlite3_stmt *s, int at, const struct hk_fact_artefact *a)
{
  bind_z(s, at, a->how);
  bind_z(s, at + 1, a->outcome);
  if (a->offset != HK_NO_OFFSET) sqlite3_bind_int64(s, at + 2, a->offset);
  if (a->step.n != 0) bind_str(f, s, at + 3, a->step);
  sqlite3_bind_int64(s, at + 4, (int64_t)(a->size_bytes > INT64_MAX ? INT64_MAX : a->size_bytes));
  if (a->sha256 != NULL) sqlite3_bind_blob(s, at + 5, a->sha256, 32, SQLITE_STATIC);
  bind_id(s, at + 6, a->born_at);
  bind_id(s, at + 7, a->modified_at);
}

static hk_err end_of_row(struct hk_facts *f, sqlite3_stmt *s, const char *step)
{
  const hk_err e = hk_facts_run(f, s, step);
  hk_arena_done(&f->scratch);
  return e;
}

hk_err hk_facts_artefact(struct hk_facts *f, const struct hk_fact_artefact *a, int64_t *id)
{
  HK_TRY(begin(f));
  sqlite3_stmt *const s = f->sql[HK_SQL_ARTEFACT];
  sqlite3_bind_int64(s, 1, f->last_artefact + 1);
  bind_str(f, s, 2, a->path.p == NULL ? HK_S("") : a->path);
  bind_artefact(f, s, 3, a);
  HK_TRY(end_of_row(f, s, "write an artefact's row"));
  *id = ++f->last_artefact;
  return hk_ok();
}

hk_err hk_facts_artefact_done(struct hk_facts *f, int64_t id, const struct hk_fact_artefact *a)
{
  HK_TRY(begin(f));
  sqlite3_stmt *const s = f->sql[HK_SQL_ARTEFACT_DONE];
  sqlite3_bind_int64(s, 1, id);
  bind_artefact(f, s, 2, a);
  return end_of_row(f, s, "complete an artefact's row");
}

const char *hk_cover_name(enum hk_cover_state s)
{
  static const char *const names[HK_COVER_STATES] = {
      [HK_COVER_EXAMINED] = "examined", [HK_COVER_OFF] = "off",         [HK_COVER_ABSENT] = "absent",
      [HK_COVER_DENIED] = "denied",     [HK_COVER_DAMAGED] = "damaged", [HK_COVER_SKIPPED] = "skipped",
      [HK_COVER_PARTIAL] = "partial",   [HK_COVER_UNSUPPORTED] = "unsupported",
  };
  return names[s];
}

hk_err hk_facts_cover(struct hk_facts *f, const struct hk_fact_cover *c)
{
  HK_TRY(begin(f));
  const int64_t kind = hk_facts_kind(f, c->kind->name);
  if (kind == 0) return hk_fail(HK_USAGE, "write coverage of an undeclared kind", HK_NO_OFFSET);
  sqlite3_stmt *const s = f->sql[HK_SQL_COVER];
  bind_id(s, 1, c->artefact);
  bind_z(s, 2, c->module == NULL ? "" : c->module);
  sqlite3_bind_int64(s, 3, kind);
  bind_str(f, s, 4, c->instance.p == NULL ? HK_S("") : c->instance);
  bind_z(s, 5, hk_cover_name(c->state));
  sqlite3_bind_int64(s, 6, (int64_t)(c->n > INT64_MAX ? INT64_MAX : c->n));
  bind_id(s, 7, c->lo);
  bind_id(s, 8, c->hi);
  if (c->why.n != 0) bind_str(f, s, 9, c->why);
  bind_id(s, 10, c->proof_kind == NULL ? 0 : hk_facts_kind(f, c->proof_kind));
  return end_of_row(f, s, "write a row of coverage");
}

hk_err hk_facts_meta(struct hk_facts *f, const char *key, hk_str value)
{
  HK_TRY(begin(f));
  sqlite3_stmt *const s = f->sql[HK_SQL_META];
  bind_z(s, 1, key);
  bind_str(f, s, 2, value.p == NULL ? HK_S("") : value);
  return end_of_row(f, s, "write a fact about the case");
}

/* ---- records ---- */

static void bind_hex(sqlite3_stmt *s, int at, uint32_t v)
{
  static const char digits[] = "0123456789ABCDEF";
  char out[8];
  for (int i = 0; i < 8; i++)
    out[i] = digits[v >> (28 - 4 * i) & 15];
  sqlite3_bind_text(s, at, out, sizeof out, SQLITE_TRANSIENT);
}

/* Lists become JSON text. */
static void bind_list(sqlite3_stmt *s, int at, const struct hk_field *field, const void *record)
{
  struct hk_buf b;
  hk_buf_init(&b, LIST_BYTES);
  struct hk_json j;
  hk_json_init(&j, &b);
  hk_json_field(&j, field, record);
  const hk_str v = hk_buf_view(&b);
  if (!b.failed) sqlite3_bind_text64(s, at, v.p, v.n, SQLITE_TRANSIENT, SQLITE_UTF8);
  hk_buf_done(&b);
}

static void bind_field(struct hk_facts *f, sqlite3_stmt *s, int at, const struct hk_field *field, const void *record)
{
  const int64_t v = hk_get_int(field, record);
  switch (field->type) {
  case HK_T_STR: bind_str(f, s, at, hk_get_str(field, record)); break;
  case HK_T_INT:
  case HK_T_BOOL: sqlite3_bind_int64(s, at, v); break;
  case HK_T_OPT:
    if (v != HK_NO_INT) sqlite3_bind_int64(s, at, v);
    break;
  case HK_T_HEX32: bind_hex(s, at, (uint32_t)v); break;
  case HK_T_TIME: bind_id(s, at, hk_get_time(field, record)); break;
  case HK_T_STRS:
  case HK_T_TIMES:
  case HK_T_PAIRS: bind_list(s, at, field, record); break;
  case HK_T_COUNT: break;
  }
}

/* What all events of one record share. */
struct object {
  int64_t type, kind, art;
  int64_t file, file2, account, host, url, hash;
  int64_t pid, ppid, n; /* HK_NO_INT = unknown */
  hk_time since;
};

static int64_t role_int(const struct hk_record_type *t, const void *record, enum hk_role role)
{
  const struct hk_field *const field = hk_field_by_role(t, role);
  return field == NULL ? HK_NO_INT : hk_get_int(field, record);
}

static hk_err find_object(struct hk_facts *f, const struct hk_record_type *t, const void *r, struct object *o)
{
  const hk_str path = hk_role_str(t, r, HK_ROLE_PATH);
  const hk_str name = hk_role_str(t, r, HK_ROLE_NAME);
  if (path.n != 0)
    HK_TRY(hk_entity_file(f, path, &o->file));
  else
    HK_TRY(hk_entity_name(f, name, &o->file));
  HK_TRY(hk_entity_file(f, hk_role_str(t, r, HK_ROLE_PATH2), &o->file2));
  HK_TRY(hk_entity_account(f, hk_role_str(t, r, HK_ROLE_USER), &o->account));
  HK_TRY(hk_entity_host(f, hk_role_str(t, r, HK_ROLE_HOST), &o->host));
  HK_TRY(hk_entity_url(f, hk_role_str(t, r, HK_ROLE_URL), &o->url));
  HK_TRY(hk_entity_hash(f, hk_role_str(t, r, HK_ROLE_HASH), &o->hash));
  o->pid = role_int(t, r, HK_ROLE_PID);
  o->ppid = role_int(t, r, HK_ROLE_PARENT);
  o->n = role_int(t, r, HK_ROLE_NUMBER);
  const int64_t since = role_int(t, r, HK_ROLE_SINCE);
  o->since = since == HK_NO_INT ? HK_TIME_UNKNOWN : since;
  return hk_ok();
}

static void bind_opt(sqlite3_stmt *s, int at, int64_t v)
{
  if (v != HK_NO_INT) sqlite3_bind_int64(s, at, v);
}

static hk_err put_event(struct hk_facts *f, const struct hk_record_type *t, const struct object *o, hk_time at,
                        int64_t rec)
{
  sqlite3_stmt *const s = f->sql[HK_SQL_EVENT];
  sqlite3_bind_int64(s, 1, f->last_event + 1);
  sqlite3_bind_int64(s, 2, t->verb);
  sqlite3_bind_int64(s, 3, o->kind);
  sqlite3_bind_int64(s, 4, o->type);
  bind_id(s, 5, at);
  if (o->since != HK_TIME_UNKNOWN && o->since <= at) { /* the act lies between; later than its record it cannot be */
    sqlite3_bind_int64(s, 6, o->since);
    sqlite3_bind_int64(s, 7, at);
  }
  sqlite3_bind_int64(s, 8, t->proof);
  bind_id(s, 9, o->file);
  bind_id(s, 10, o->file);
  bind_id(s, 11, o->file2);
  bind_id(s, 12, o->account);
  bind_id(s, 13, o->host);
  bind_id(s, 14, o->url);
  bind_id(s, 15, o->hash);
  bind_opt(s, 16, o->pid);
  bind_opt(s, 17, o->ppid);
  bind_opt(s, 18, o->n);
  sqlite3_bind_int64(s, 19, rec);
  bind_id(s, 20, o->art);
  HK_TRY(hk_facts_run(f, s, "write an event's row"));
  f->last_event++;
  return hk_ok();
}

static hk_err put_events(struct hk_facts *f, const struct hk_record_type *t, const struct object *o, const void *r)
{
  if (t->verb == HK_NO_VERB) return hk_ok();
  const int64_t rec = f->last_event + 1;
  for (size_t i = 0; i < t->n_fields; i++) {
    if (t->fields[i].role != HK_ROLE_WHEN) continue;
    const hk_time one = hk_get_time(&t->fields[i], r);
    if (one != HK_TIME_UNKNOWN) HK_TRY(put_event(f, t, o, one, rec));
    const struct hk_times many = hk_get_times(&t->fields[i], r);
    for (size_t k = 0; k < many.n; k++)
      if (many.v[k] != HK_TIME_UNKNOWN) HK_TRY(put_event(f, t, o, many.v[k], rec));
  }
  if (f->last_event < rec && t->timeless) return put_event(f, t, o, HK_TIME_UNKNOWN, rec);
  return hk_ok();
}

static hk_err put_record(struct hk_facts *f, const struct hk_record_type *t, const struct object *o, const void *r)
{
  const int64_t id = f->last_event + 1;
  HK_TRY(put_events(f, t, o, r));
  if (f->last_event < id) f->last_event = id; /* no event: the number is used up all the same */
  sqlite3_stmt *const s = f->rec[o->type - 1];
  sqlite3_bind_int64(s, 1, id);
  bind_id(s, 2, o->art);
  sqlite3_bind_int64(s, 3, o->kind);
  for (size_t i = 0; i < t->n_fields; i++)
    bind_field(f, s, (int)i + 4, &t->fields[i], r);
  return hk_facts_run(f, s, "write a record's row");
}

hk_err hk_facts_record(struct hk_facts *f, int64_t artefact, const struct hk_record_type *t, size_t kind,
                       const void *record)
{
  if (kind >= t->n_kinds) return hk_fail(HK_USAGE, "write a record of no kind", HK_NO_OFFSET);
  struct object o = {
      .type = hk_facts_type(f, t->name), .kind = hk_facts_kind(f, t->kinds[kind]->name), .art = artefact};
  if (o.type == 0 || o.kind == 0) return hk_fail(HK_USAGE, "write a record of an undeclared type", HK_NO_OFFSET);
  t = f->types[o.type - 1];
  HK_TRY(begin(f));
  hk_err e = find_object(f, t, record, &o);
  if (e.code == HK_OK) e = put_record(f, t, &o, record);
  hk_arena_done(&f->scratch);
  return e;
}

/* ---- the end ---- */

struct index_row {
  const char *name;
  const char *on;
};

/* Every one is used by a rule or the report; partial ones ask IS NOT NULL, which SQLite can see through. */
static const struct index_row indexes[] = {
    {"ev_va", "event(verb, at)"},
    {"ev_fv", "event(file, verb, at) WHERE file IS NOT NULL"},
    {"ev_rec", "event(rec)"},
    {"file_place", "file(place) WHERE place IS NOT NULL"},
    {"file_tool", "file(tool) WHERE tool IS NOT NULL"},
    {"file_name", "file(name)"},
    {"file_vol", "file(vol) WHERE vol<>'c'"},
    {"alias_canon", "alias(canon)"},
    {"evidence_finding", "finding_evidence(finding)"},
};

hk_err hk_facts_finish(struct hk_facts *f)
{
  HK_TRY(begin(f));
  HK_TRY(hk_facts_link(f));
  HK_TRY(hk_facts_exec(f, "COMMIT", "commit the facts"));
  f->writing = false;
  for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++) {
    const hk_str sql =
        hk_str_printf(&f->scratch, "CREATE INDEX IF NOT EXISTS %s ON %s", indexes[i].name, indexes[i].on);
    if (sql.p == NULL) return hk_fail(HK_MEMORY, "make an index", HK_NO_OFFSET);
    HK_TRY(hk_facts_exec(f, sql.p, "make an index"));
  }
  hk_arena_done(&f->scratch);
  return hk_ok();
}

hk_err hk_facts_pack(struct hk_facts *f)
{
  if (f->writing) {
    HK_TRY(hk_facts_exec(f, "COMMIT", "commit the facts"));
    f->writing = false;
  }
  for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++) {
    const hk_str sql = hk_str_printf(&f->scratch, "DROP INDEX IF EXISTS %s", indexes[i].name);
    if (sql.p == NULL) return hk_fail(HK_MEMORY, "drop an index", HK_NO_OFFSET);
    HK_TRY(hk_facts_exec(f, sql.p, "drop an index"));
  }
  hk_arena_done(&f->scratch);
  return hk_facts_exec(f, "VACUUM", "pack the facts");
}

uint64_t hk_facts_size(struct hk_facts *f)
{
  sqlite3_stmt *s = NULL;
  uint64_t bytes = 0;
  static const char sql[] = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
  if (sqlite3_prepare_v2(f->db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
    bytes = (uint64_t)sqlite3_column_int64(s, 0);
  (void)sqlite3_finalize(s);
  return bytes;
}

hk_err hk_facts_read(struct hk_facts *f, hk_err (*on)(void *ctx, const void *p, size_t n), void *ctx)
{
  struct hk_scratch *const locked = facts_vfs_file(f->db);
  sqlite3_int64 n = 0;
  if (locked != NULL) return hk_scratch_read(locked, on, ctx);
  unsigned char *const p = sqlite3_serialize(f->db, "main", &n, 0);
  if (p == NULL) return hk_fail(HK_MEMORY, "read the facts as a file", HK_NO_OFFSET);
  const hk_err e = on(ctx, p, (size_t)n);
  sqlite3_free(p);
  return e;
}
