/* What every part that speaks SQL to the facts needs. */
#include <stdio.h>
#include <string.h>

#include "answer/facts_impl.h"

hk_err hk_facts_sql_error(struct hk_facts *f, int rc, const char *step)
{
  const int primary = rc & 0xFF;
  const enum hk_code code = primary == SQLITE_NOMEM ? HK_MEMORY
                            : primary == SQLITE_FULL || primary == SQLITE_TOOBIG || primary == SQLITE_INTERRUPT
                                ? HK_LIMIT
                            : primary == SQLITE_AUTH                                   ? HK_REFUSED
                            : primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY ? HK_DENIED
                                                                                       : HK_IO;
  return hk_fail_os(code, step, sqlite3_extended_errcode(f->db));
}

hk_err hk_facts_exec(struct hk_facts *f, const char *sql, const char *step)
{
  const int rc = sqlite3_exec(f->db, sql, NULL, NULL, NULL);
  return rc == SQLITE_OK ? hk_ok() : hk_facts_sql_error(f, rc, step);
}

hk_err hk_facts_run(struct hk_facts *f, sqlite3_stmt *s, const char *step)
{
  const int rc = sqlite3_step(s);
  const hk_err e = rc == SQLITE_DONE ? hk_ok() : hk_facts_sql_error(f, rc, step);
  sqlite3_reset(s);
  sqlite3_clear_bindings(s);
  return e;
}

int64_t hk_facts_kind(const struct hk_facts *f, const char *name)
{
  return hk_intern_find(&f->kind_ids, hk_str_of(name));
}

int64_t hk_facts_type(const struct hk_facts *f, const char *name)
{
  return hk_intern_find(&f->type_ids, hk_str_of(name));
}

const char *hk_facts_column(const char *field_name, char out[96])
{
  static const char *const ours[] = {"id", "art", "kind"};
  bool clash = false;
  for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
    if (strcmp(field_name, ours[i]) == 0) clash = true;
  snprintf(out, 96, "%s%s", field_name, clash ? "_" : "");
  return out;
}
