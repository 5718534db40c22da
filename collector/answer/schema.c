/* The tables of a case (reference: answers, section 3). Fixed ones are text; rec_<type> and ev_<verb> come from the
   record declarations. */
#include <stdio.h>
#include <string.h>

#include "answer/facts_impl.h"
#include "base/buf.h"

/* Times are 100 ns since 1601 UTC; NULL = unknown, never 0. */
static const char fixed[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE kind(kind INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, source TEXT NOT NULL, grp TEXT NOT NULL);"
    "CREATE TABLE verb(verb INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, ja TEXT NOT NULL, en TEXT NOT NULL);"
    "CREATE TABLE kind_verb(kind INT NOT NULL, verb INT NOT NULL, PRIMARY KEY(kind,verb)) WITHOUT ROWID;"
    "CREATE TABLE record_type(type INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, artifact TEXT NOT NULL, verb INT "
    "NOT NULL,"
    " proof INT NOT NULL, ja TEXT NOT NULL, en TEXT NOT NULL);"
    "CREATE TABLE record_field(type INT NOT NULL, pos INT NOT NULL, name TEXT NOT NULL, ftype TEXT NOT NULL, role TEXT "
    "NOT NULL,"
    " ja TEXT NOT NULL, en TEXT NOT NULL, PRIMARY KEY(type,pos)) WITHOUT ROWID;"
    "CREATE TABLE place(place INTEGER PRIMARY KEY, name TEXT NOT NULL);"
    "CREATE TABLE tool(tool INTEGER PRIMARY KEY, name TEXT NOT NULL);"
    "CREATE TABLE artefact(id INTEGER PRIMARY KEY, path TEXT NOT NULL, how TEXT, outcome TEXT, at_offset INT, step "
    "TEXT,"
    " size INT, sha256 BLOB, born_at INT, modified_at INT);"
    "CREATE TABLE coverage(artefact INT, module TEXT NOT NULL, kind INT NOT NULL, instance TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN('examined','off','absent','denied','damaged','skipped','partial','unsupported')),"
    " n INT NOT NULL DEFAULT 0, lo INT, hi INT, why TEXT, proof_kind INT);"
    "CREATE TABLE file(id INTEGER PRIMARY KEY, key TEXT NOT NULL, path TEXT NOT NULL, vol TEXT NOT NULL, dir INT,"
    " name TEXT NOT NULL, ext TEXT NOT NULL, place INT, tool INT);"
    "CREATE TABLE alias(file INTEGER PRIMARY KEY, canon INT NOT NULL, kind INT);"
    "CREATE TABLE account(id INTEGER PRIMARY KEY, sid TEXT NOT NULL, name TEXT, domain TEXT);"
    "CREATE TABLE host(id INTEGER PRIMARY KEY, key TEXT NOT NULL, name TEXT NOT NULL, addr TEXT);"
    "CREATE TABLE url(id INTEGER PRIMARY KEY, url TEXT NOT NULL, host TEXT);"
    "CREATE TABLE hash(id INTEGER PRIMARY KEY, hex TEXT NOT NULL);"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, verb INT NOT NULL, kind INT NOT NULL, type INT NOT NULL,"
    " at INT, at_lo INT, at_hi INT, proof INT NOT NULL, file INT, file0 INT, file2 INT, account INT, host INT, url INT,"
    " hash INT, pid INT, ppid INT, n INT, rec INT NOT NULL, art INT);"
    "CREATE TABLE finding(id INTEGER PRIMARY KEY, rule TEXT NOT NULL, candidate TEXT, subject TEXT NOT NULL,"
    " at_lo INT, at_hi INT, grade TEXT, base TEXT NOT NULL, level TEXT NOT NULL, cap TEXT, weakest TEXT, params TEXT,"
    " questions INT, weight INT, ja TEXT, en TEXT);"
    "CREATE TABLE finding_evidence(finding INT NOT NULL, step TEXT NOT NULL, event INT NOT NULL, proof INT NOT NULL,"
    " grp TEXT NOT NULL);"
    "CREATE TABLE answer(question TEXT NOT NULL, candidate TEXT NOT NULL, level TEXT NOT NULL, since INT, why TEXT,"
    " missing TEXT, PRIMARY KEY(question,candidate)) WITHOUT ROWID;";

static const char *const inserts[HK_SQL_COUNT] = {
    [HK_SQL_EVENT] = "INSERT INTO event VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [HK_SQL_FILE] = "INSERT INTO file VALUES(?,?,?,?,?,?,?,?,?)",
    [HK_SQL_ACCOUNT] = "INSERT INTO account VALUES(?,?,?,?)",
    [HK_SQL_HOST] = "INSERT INTO host VALUES(?,?,?,?)",
    [HK_SQL_URL] = "INSERT INTO url VALUES(?,?,?)",
    [HK_SQL_HASH] = "INSERT INTO hash VALUES(?,?)",
    [HK_SQL_ARTEFACT] = "INSERT INTO artefact VALUES(?,?,?,?,?,?,?,?,?,?)",
    [HK_SQL_ARTEFACT_DONE] = ("UPDATE artefact SET how=coalesce(?2,how), outcome=?3, at_offset=?4, step=?5, size=?6,"
                              " sha256=?7, born_at=?8, modified_at=?9 WHERE id=?1"),
    [HK_SQL_COVER] = "INSERT INTO coverage VALUES(?,?,?,?,?,?,?,?,?,?)",
    [HK_SQL_META] = "INSERT OR REPLACE INTO meta VALUES(?,?)",
};

static const char *column_type(enum hk_field_type t)
{
  return t == HK_T_INT || t == HK_T_OPT || t == HK_T_BOOL || t == HK_T_TIME ? "INT" : "TEXT";
}

static hk_err run_text(struct hk_facts *f, struct hk_buf *b, const char *step)
{
  hk_buf_u8(b, 0);
  const hk_err e = b->failed ? hk_fail(HK_MEMORY, step, HK_NO_OFFSET) : hk_facts_exec(f, (const char *)b->p, step);
  hk_buf_reset(b);
  return e;
}

static hk_err make_record_table(struct hk_facts *f, const struct hk_record_type *t, struct hk_buf *b)
{
  char column[96];
  hk_buf_printf(b, "CREATE TABLE \"rec_%s\"(id INTEGER PRIMARY KEY, art INT, kind INT NOT NULL", t->name);
  for (size_t i = 0; i < t->n_fields; i++)
    hk_buf_printf(b, ", \"%s\" %s", hk_facts_column(t->fields[i].name, column), column_type(t->fields[i].type));
  hk_buf_z(b, ")");
  return run_text(f, b, "create a record table");
}

static hk_err make_views(struct hk_facts *f, struct hk_buf *b)
{
  for (int v = HK_NO_VERB + 1; v < HK_VERB_COUNT; v++) {
    hk_buf_printf(b,
                  "CREATE VIEW ev_%s AS SELECT id,at,coalesce(at_lo,at) lo,coalesce(at_hi,at) hi,proof,kind,file,file2,"
                  "account,host,url,hash,pid,ppid,n,rec,art FROM event WHERE verb=%d;",
                  hk_verb_name((enum hk_verb)v), v);
  }
  return run_text(f, b, "create the views of events");
}

/* A row of whole numbers and texts: `types` has a letter a column, i or t. */
static hk_err put_row(struct hk_facts *f, const char *sql, const int64_t *numbers, const char *const *texts,
                      const char *types)
{
  sqlite3_stmt *s = NULL;
  const int rc = sqlite3_prepare_v2(f->db, sql, -1, &s, NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "fill a table of names");
  for (int i = 0; types[i] != '\0'; i++) {
    if (types[i] == 'i')
      sqlite3_bind_int64(s, i + 1, *numbers++);
    else
      sqlite3_bind_text(s, i + 1, *texts++, -1, SQLITE_TRANSIENT);
  }
  const hk_err e = hk_facts_run(f, s, "fill a table of names");
  sqlite3_finalize(s);
  return e;
}

static hk_err fill_names(struct hk_facts *f)
{
  for (int v = HK_NO_VERB + 1; v < HK_VERB_COUNT; v++) {
    const struct hk_text l = hk_verb_label((enum hk_verb)v);
    HK_TRY(put_row(f, "INSERT INTO verb VALUES(?,?,?,?)", (int64_t[]){v},
                   (const char *[]){hk_verb_name((enum hk_verb)v), l.ja, l.en}, "ittt"));
  }
  for (int p = 1; p < HK_PLACE_COUNT; p++)
    HK_TRY(put_row(f, "INSERT INTO place VALUES(?,?)", (int64_t[]){p},
                   (const char *[]){hk_place_name((enum hk_place)p)}, "it"));
  for (int t = 1; t < HK_TOOL_COUNT; t++)
    HK_TRY(put_row(f, "INSERT INTO tool VALUES(?,?)", (int64_t[]){t}, (const char *[]){hk_tool_name((enum hk_tool)t)},
                   "it"));
  for (size_t i = 0; i < f->n_kinds; i++) {
    const struct hk_kind *const k = f->kinds[i];
    HK_TRY(put_row(f, "INSERT INTO kind VALUES(?,?,?,?)", (int64_t[]){(int64_t)i + 1},
                   (const char *[]){k->name, k->source, k->group}, "ittt"));
  }
  return hk_ok();
}

/* Labels of every column, so that whoever opens the database alone can read it. */
static hk_err fill_fields(struct hk_facts *f, int64_t type, const struct hk_record_type *t)
{
  for (size_t k = 0; k < t->n_fields; k++) {
    const struct hk_field *const d = &t->fields[k];
    char column[96];
    HK_TRY(put_row(f, "INSERT INTO record_field(type,pos,name,ftype,role,ja,en) VALUES(?,?,?,?,?,?,?)",
                   (int64_t[]){type, (int64_t)k},
                   (const char *[]){hk_facts_column(d->name, column), hk_field_type_name(d->type),
                                    hk_role_name(d->role), d->label.ja == NULL ? d->name : d->label.ja,
                                    d->label.en == NULL ? d->name : d->label.en},
                   "iittttt"));
  }
  return hk_ok();
}

static hk_err fill_types(struct hk_facts *f)
{
  for (size_t i = 0; i < f->n_types; i++) {
    const struct hk_record_type *const t = f->types[i];
    HK_TRY(put_row(f, "INSERT INTO record_type VALUES(?,?,?,?,?,?,?)", (int64_t[]){(int64_t)i + 1, t->verb, t->proof},
                   (const char *[]){t->name, t->artifact == NULL ? t->name : t->artifact,
                                    t->title.ja == NULL ? t->name : t->title.ja,
                                    t->title.en == NULL ? t->name : t->title.en},
                   "ittiitt"));
    HK_TRY(fill_fields(f, (int64_t)i + 1, t));
    if (t->verb == HK_NO_VERB) continue;
    for (size_t k = 0; k < t->n_kinds; k++)
      HK_TRY(put_row(f, "INSERT OR IGNORE INTO kind_verb VALUES(?,?)",
                     (int64_t[]){hk_facts_kind(f, t->kinds[k]->name), t->verb}, NULL, "ii"));
  }
  return hk_ok();
}

hk_err hk_facts_schema(struct hk_facts *f)
{
  HK_TRY(hk_facts_exec(f, fixed, "create the tables"));
  struct hk_buf b;
  hk_buf_init(&b, 1 << 20);
  hk_err e = make_views(f, &b);
  for (size_t i = 0; i < f->n_types && e.code == HK_OK; i++)
    e = make_record_table(f, f->types[i], &b);
  hk_buf_done(&b);
  HK_TRY(e);
  HK_TRY(fill_names(f));
  return fill_types(f);
}

static hk_err prepare_record(struct hk_facts *f, size_t i, struct hk_buf *b)
{
  hk_buf_printf(b, "INSERT INTO \"rec_%s\" VALUES(?,?,?", f->types[i]->name);
  for (size_t k = 0; k < f->types[i]->n_fields; k++)
    hk_buf_z(b, ",?");
  hk_buf_z(b, ")");
  hk_buf_u8(b, 0);
  if (b->failed) return hk_fail(HK_MEMORY, "prepare an insert", HK_NO_OFFSET);
  const int rc = sqlite3_prepare_v3(f->db, (const char *)b->p, -1, SQLITE_PREPARE_PERSISTENT, &f->rec[i], NULL);
  hk_buf_reset(b);
  return rc == SQLITE_OK ? hk_ok() : hk_facts_sql_error(f, rc, "prepare an insert");
}

hk_err hk_facts_prepare(struct hk_facts *f)
{
  for (int i = 0; i < HK_SQL_COUNT; i++) {
    const int rc = sqlite3_prepare_v3(f->db, inserts[i], -1, SQLITE_PREPARE_PERSISTENT, &f->sql[i], NULL);
    if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "prepare an insert");
  }
  struct hk_buf b;
  hk_buf_init(&b, 1 << 20);
  hk_err e = hk_ok();
  for (size_t i = 0; i < f->n_types && e.code == HK_OK; i++)
    e = prepare_record(f, i, &b);
  hk_buf_done(&b);
  return e;
}
