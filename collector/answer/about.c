/* The PC, from the records of its registry. */
#include "answer/about.h"

#include <sqlite3.h>

static hk_str text(sqlite3_stmt *s, int column, struct hk_arena *a)
{
  const hk_str t = {.p = (const char *)sqlite3_column_text(s, column), .n = (size_t)sqlite3_column_bytes(s, column)};
  return t.p == NULL ? hk_str_of("") : hk_str_copy(a, t);
}

static void read_row(sqlite3_stmt *s, struct hk_arena *a, struct hk_about *out)
{
  out->host = text(s, 0, a);
  out->domain = text(s, 1, a);
  out->time_zone = text(s, 2, a);
  const int64_t bias = sqlite3_column_int64(s, 3);
  out->has_utc_offset = sqlite3_column_type(s, 3) != SQLITE_NULL && bias >= -840 && bias <= 840;
  out->utc_offset_minutes = out->has_utc_offset ? (int)-bias : 0;
  const hk_str product = text(s, 4, a);
  const hk_str version = text(s, 5, a);
  const hk_str build = text(s, 6, a);
  if (product.n != 0)
    out->os_name = hk_str_printf(a, "%.*s %.*s (%.*s)", (int)product.n, product.p, (int)version.n, version.p,
                                 (int)build.n, build.p);
}

/* Each hive says a part; what Windows.old says is of the past. */
hk_err hk_facts_about(struct hk_facts *f, struct hk_arena *a, struct hk_about *out)
{
  static const char sql[] =
      "SELECT max(computer_name), max(domain), max(time_zone), max(bias_minutes), max(product_name), "
      "max(display_version), max(build)"
      " FROM rec_system_info r JOIN artefact t ON t.id=r.art WHERE t.path NOT LIKE '%\\Windows.old\\%'";
  sqlite3_stmt *s = NULL;
  const hk_str none = hk_str_of("");
  *out = (struct hk_about){.host = none, .domain = none, .time_zone = none, .os_name = none};
  if (sqlite3_prepare_v2(hk_facts_db(f), sql, -1, &s, NULL) != SQLITE_OK) return hk_ok(); /* no module says so */
  if (sqlite3_step(s) == SQLITE_ROW) read_row(s, a, out);
  return sqlite3_finalize(s) == SQLITE_OK ? hk_ok() : hk_fail(HK_IO, "read what the PC says of itself", HK_NO_OFFSET);
}
