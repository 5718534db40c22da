/* The PC, from its registry. */
#include "run/about.h"

#include <sqlite3.h>

static hk_str text(sqlite3_stmt *s, int column, struct hk_arena *a)
{
  const hk_str t = {.p = (const char *)sqlite3_column_text(s, column), .n = (size_t)sqlite3_column_bytes(s, column)};
  return t.p == NULL ? hk_str_of("") : hk_str_copy(a, t);
}

static void set(hk_str *to, hk_str value)
{
  if (value.n != 0) *to = value;
}

/* Each hive says a part; Windows.old's come later and lose. */
hk_err hk_run_about(struct hk_facts *f, struct hk_arena *a, struct hk_report_case *c)
{
  static const char sql[] =
      "SELECT max(computer_name), max(domain), max(time_zone), max(bias_minutes), max(product_name), max(display_version), max(build)"
      " FROM rec_system_info r JOIN artefact t ON t.id=r.art WHERE t.path NOT LIKE '%\\Windows.old\\%'";
  sqlite3_stmt *s = NULL;
  if (sqlite3_prepare_v2(hk_facts_db(f), sql, -1, &s, NULL) != SQLITE_OK) return hk_ok(); /* no module says so */
  if (sqlite3_step(s) == SQLITE_ROW) {
    set(&c->host, text(s, 0, a));
    set(&c->domain, text(s, 1, a));
    set(&c->time_zone, text(s, 2, a));
    if (sqlite3_column_type(s, 3) != SQLITE_NULL) {
      const int64_t bias = sqlite3_column_int64(s, 3);
      if (bias >= -840 && bias <= 840) c->utc_offset_minutes = (int)-bias;
    }
    const hk_str product = text(s, 4, a);
    const hk_str version = text(s, 5, a);
    const hk_str build = text(s, 6, a);
    if (product.n != 0)
      c->os_name = hk_str_printf(a, "%.*s %.*s (%.*s)", (int)product.n, product.p, (int)version.n, version.p, (int)build.n, build.p);
  }
  const int rc = sqlite3_finalize(s);
  return rc == SQLITE_OK ? hk_ok() : hk_fail(HK_IO, "read what the PC says of itself", HK_NO_OFFSET);
}
