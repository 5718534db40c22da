/* What the files that ask the facts database share. */
#include "report/view_impl.h"

hk_err hk_view_sql_error(const char *step)
{
  return hk_fail(HK_IO, step, HK_NO_OFFSET);
}

hk_err hk_view_prepare(struct hk_view *v, const char *sql, sqlite3_stmt **out)
{
  if (sqlite3_prepare_v3(v->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK)
    return hk_view_sql_error("prepare report query");
  return hk_ok();
}

hk_str hk_view_column(sqlite3_stmt *s, int i)
{
  const unsigned char *const p = sqlite3_column_text(s, i);
  return (hk_str){.p = (const char *)p, .n = p == NULL ? 0 : (size_t)sqlite3_column_bytes(s, i)};
}

int64_t hk_view_column_or(sqlite3_stmt *s, int i, int64_t otherwise)
{
  return sqlite3_column_type(s, i) == SQLITE_NULL ? otherwise : sqlite3_column_int64(s, i);
}

int64_t hk_view_number(struct hk_view *v, const char *sql)
{
  sqlite3_stmt *s = NULL;
  if (hk_view_prepare(v, sql, &s).code != HK_OK) return 0;
  const int64_t n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
  sqlite3_finalize(s);
  return n;
}
