/* Records: their types and fields are the database's own tables, so that no module need be known. */
#include "report/view_impl.h"

#include <string.h>

static bool exists_table(struct hk_view *v, const char *name)
{
  sqlite3_stmt *s = NULL;
  if (hk_view_prepare(v, "SELECT 1 FROM sqlite_master WHERE name=?1", &s).code != HK_OK) return false;
  sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
  const bool there = sqlite3_step(s) == SQLITE_ROW;
  sqlite3_finalize(s);
  return there;
}

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
  HK_TRY(hk_view_prepare(v, "SELECT name FROM record_field WHERE type=?1 AND role='text' ORDER BY pos", &s));
  sqlite3_bind_int64(s, 1, t->id);
  while (sqlite3_step(s) == SQLITE_ROW) {
    if (any) hk_buf_z(&b, ", ");
    put_identifier(&b, hk_view_column(s, 0));
    any = true;
  }
  sqlite3_finalize(s);
  hk_buf_z(&b, " FROM \"rec_");
  hk_buf_str(&b, t->name);
  hk_buf_z(&b, "\" WHERE id=?1");
  hk_buf_u8(&b, 0);
  const hk_err e = any && !b.failed ? hk_view_prepare(v, (const char *)b.p, &t->text) : hk_ok();
  hk_buf_done(&b);
  return e;
}

/* Names of types are ours (identifiers of C), so they need no quoting beyond the quotes. */
static hk_err load_type(struct hk_view *v, struct hk_view_type *t)
{
  const hk_str sql = hk_str_printf(&v->arena, "SELECT * FROM \"rec_%.*s\" WHERE id=?1", (int)t->name.n, t->name.p);
  if (sql.p == NULL) return hk_fail(HK_MEMORY, "read record types", HK_NO_OFFSET);
  HK_TRY(hk_view_prepare(v, sql.p, &t->row));
  return v->described ? prepare_text(v, t) : hk_ok();
}

hk_err hk_view_load_types(struct hk_view *v)
{
  const int64_t n = hk_view_number(v, "SELECT count(*) FROM record_type");
  v->described = exists_table(v, "record_field");
  v->types = hk_new(&v->arena, struct hk_view_type, (size_t)(n < 0 ? 0 : n));
  if (v->types == NULL) return hk_fail(HK_MEMORY, "read record types", HK_NO_OFFSET);
  sqlite3_stmt *s = NULL;
  hk_err e = hk_view_prepare(v, "SELECT type, name, artifact, ja, en FROM record_type ORDER BY type", &s);
  while (e.code == HK_OK && sqlite3_step(s) == SQLITE_ROW && v->n_types < (size_t)n) {
    struct hk_view_type *const t = &v->types[v->n_types++];
    t->id = sqlite3_column_int64(s, 0);
    t->name = hk_str_copy(&v->arena, hk_view_column(s, 1));
    t->artifact = hk_str_copy(&v->arena, hk_view_column(s, 2));
    t->title = (struct hk_text){.ja = hk_str_z(&v->arena, hk_view_column(s, 3)), .en = hk_str_z(&v->arena, hk_view_column(s, 4))};
    e = v->arena.spent ? hk_fail(HK_MEMORY, "read record types", HK_NO_OFFSET) : load_type(v, t);
  }
  sqlite3_finalize(s);
  return e;
}

const struct hk_view_type *hk_view_type_by_id(const struct hk_view *v, int64_t id)
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
      const hk_str part = hk_view_column(t->text, i);
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
  if (hk_str_eq(field_type, HK_S("times"))) return plain_times(hk_view_column(s, i), a);
  return hk_str_copy(a, hk_view_column(s, i));
}

/* Name in both languages and type of a field, where the database tells them; else the column's own name. */
static hk_str describe(sqlite3_stmt *described, const struct hk_view_type *t, const char *name, struct hk_arena *a, struct hk_text *label)
{
  const char *const own = hk_str_z(a, hk_str_of(name));
  *label = (struct hk_text){.ja = own, .en = own};
  if (described == NULL) return hk_str_of("");
  sqlite3_reset(described);
  sqlite3_bind_int64(described, 1, t->id);
  sqlite3_bind_text(described, 2, name, -1, SQLITE_STATIC);
  if (sqlite3_step(described) != SQLITE_ROW) return hk_str_of("");
  *label = (struct hk_text){.ja = hk_str_z(a, hk_view_column(described, 0)), .en = hk_str_z(a, hk_view_column(described, 1))};
  return hk_view_column(described, 2);
}

static bool is_ours(const char *column)
{
  return strcmp(column, "id") == 0 || strcmp(column, "art") == 0 || strcmp(column, "kind") == 0;
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
  sqlite3_stmt *described = NULL;
  if (v->described) HK_TRY(hk_view_prepare(v, "SELECT ja, en, ftype FROM record_field WHERE type=?1 AND name=?2", &described));
  const bool there = has_row(t->row, e->record);
  for (int i = 0; there && i < n_columns; i++) {
    const char *const name = sqlite3_column_name(t->row, i);
    if (name == NULL || is_ours(name)) continue;
    struct hk_view_field f;
    const hk_str type = describe(described, t, name, a, &f.label);
    f.value = cell_text(t->row, i, type, a);
    if (f.value.n > 0 && f.label.ja != NULL && f.label.en != NULL) fields[(*n)++] = f;
  }
  sqlite3_reset(t->row);
  sqlite3_finalize(described);
  *out = fields;
  return a->spent ? hk_fail(HK_MEMORY, "read record", HK_NO_OFFSET) : hk_ok();
}
