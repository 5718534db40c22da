/* bodyfile, version 3 of the Sleuth Kit's format: MD5|name|inode|mode|UID|GID|size|atime|mtime|ctime|crtime, times in whole
   seconds since 1970, 0 = unknown. One line for each artefact that was found; MD5 is left 0 (the manifest has it). */
#include <sqlite3.h>

#include "base/buf.h"
#include "report/report.h"

#define LINE_LIMIT ((size_t)1 << 20)

/* '/' between folders, as its readers expect; what would end a field or a line is written as \xNN. */
static void put_name(struct hk_buf *b, hk_str path)
{
  for (size_t i = 0; i < path.n; i++) {
    const unsigned char c = (unsigned char)path.p[i];
    if (c == '\\')
      hk_buf_u8(b, '/');
    else if (c < 0x20 || c == 0x7F || c == '|')
      hk_buf_printf(b, "\\x%02X", (unsigned)c);
    else
      hk_buf_u8(b, c);
  }
}

static int64_t seconds(sqlite3_stmt *s, int column)
{
  return sqlite3_column_type(s, column) == SQLITE_NULL ? 0 : hk_time_to_unix_us(sqlite3_column_int64(s, column)) / 1000000;
}

static hk_err put_row(sqlite3_stmt *s, struct hk_buf *b, struct hk_out *out)
{
  const hk_str path = {.p = (const char *)sqlite3_column_text(s, 0), .n = (size_t)sqlite3_column_bytes(s, 0)};
  hk_buf_reset(b);
  hk_buf_z(b, "0|");
  put_name(b, path);
  hk_buf_printf(b, "|0|r/rrwxrwxrwx|0|0|%lld|0|%lld|0|%lld\n", (long long)sqlite3_column_int64(s, 1), (long long)seconds(s, 2),
                (long long)seconds(s, 3));
  if (b->failed) return hk_fail(HK_MEMORY, "write bodyfile", HK_NO_OFFSET);
  return out->write(out, b->p, b->n);
}

hk_err hk_report_bodyfile(struct hk_facts *f, struct hk_out *out)
{
  sqlite3_stmt *s = NULL;
  struct hk_buf b;
  hk_err e = hk_ok();
  if (sqlite3_prepare_v2(hk_facts_db(f), "SELECT path,size,modified_at,born_at FROM artefact ORDER BY path", -1, &s, NULL) != SQLITE_OK)
    return hk_fail(HK_IO, "read artefacts", HK_NO_OFFSET);
  hk_buf_init(&b, LINE_LIMIT);
  while (e.code == HK_OK && sqlite3_step(s) == SQLITE_ROW) e = put_row(s, &b, out);
  hk_buf_done(&b);
  const int rc = sqlite3_finalize(s);
  return e.code == HK_OK && rc != SQLITE_OK ? hk_fail(HK_IO, "read artefacts", HK_NO_OFFSET) : e;
}
