/* The log of an unpacking. */
#include "run/unpack_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "os/os.h"

#define FLUSH_BYTES ((size_t)64 << 10)
#define ROW_LIMIT ((size_t)16 << 20)

struct hk_copy_log {
  struct hk_arena arena;
  struct os_file *file;
  hk_str path;
  struct hk_buf out;
};

static hk_err flush(struct hk_copy_log *l)
{
  if (l->out.failed) return hk_fail(HK_MEMORY, "write the copy log", HK_NO_OFFSET);
  const hk_err e = os_write(l->file, l->out.p, l->out.n);
  hk_buf_reset(&l->out);
  return e;
}

static void put_cell(struct hk_buf *out, hk_str s)
{
  hk_buf_u8(out, '"');
  if (s.n > 0 && s.p[0] != 0 && strchr("=+-@\t\r", s.p[0]) != NULL) hk_buf_u8(out, '\'');
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '"') hk_buf_u8(out, '"');
    hk_buf_u8(out, (uint8_t)s.p[i]);
  }
  hk_buf_u8(out, '"');
}

static void put_clean(struct hk_buf *out, hk_str s)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const hk_str clean = hk_str_clean(&a, s);
  if (clean.p == NULL && s.n > 0) out->failed = true;
  put_cell(out, clean);
  hk_arena_done(&a);
}

static void put_text(struct hk_buf *out, hk_str s)
{
  put_clean(out, s);
  hk_buf_u8(out, ',');
}

/* KAPE's form: "2026-03-10 01:41:00.1234567", UTC; empty when unknown. */
static void put_time(struct hk_buf *out, hk_time t)
{
  char iso[HK_ISO_SIZE];
  (void)hk_time_iso(t, iso);
  hk_str s = hk_str_of(iso);
  if (s.n > 11) {
    iso[10] = ' ';
    s.n--;
  }
  put_cell(out, s);
  hk_buf_u8(out, ',');
}

hk_err hk_copy_log_open(hk_str folder, hk_time now, struct hk_copy_log **out)
{
  struct hk_copy_log *const l = calloc(1, sizeof *l);
  if (l == NULL) return hk_fail(HK_MEMORY, "open the copy log", HK_NO_OFFSET);
  hk_arena_init(&l->arena, 0);
  hk_buf_init(&l->out, ROW_LIMIT);
  const struct hk_civil c = hk_time_civil(now);
  l->path = os_join(&l->arena, folder,
                    hk_str_printf(&l->arena, "%04d-%02d-%02dT%02d_%02d_%02d_%07d_CopyLog.csv", c.year, c.month, c.day, c.hour,
                                  c.minute, c.second, c.tick));
  hk_err e = l->path.p == NULL ? hk_fail(HK_MEMORY, "open the copy log", HK_NO_OFFSET) : os_open(l->path, OS_CREATE_NEW, &l->file);
  hk_buf_z(&l->out, "\xEF\xBB\xBF"
                    "CopiedTimestamp,SourceFile,DestinationFile,FileSize,SourceFileSha256,DeferredCopy,CreatedOnUtc,ModifiedOnUtc,"
                    "LastAccessedOnUtc,CopyDuration,ReadBy\r\n");
  if (e.code == HK_OK) e = flush(l);
  if (e.code != HK_OK) {
    os_close(l->file);
    hk_buf_done(&l->out);
    hk_arena_done(&l->arena);
    free(l);
    return e;
  }
  *out = l;
  return hk_ok();
}

hk_err hk_copy_log_add(struct hk_copy_log *l, const struct hk_copied *c)
{
  char hex[2 * HK_SHA256_SIZE + 1];
  struct hk_buf *const out = &l->out;
  hk_hex(c->sha256, sizeof c->sha256, hex);
  put_time(out, c->at);
  put_text(out, c->source);
  put_text(out, c->destination);
  hk_buf_printf(out, "\"%llu\",\"%s\",\"%s\",", (unsigned long long)c->size_bytes, hex, c->deferred ? "True" : "False");
  put_time(out, c->born_at);
  put_time(out, c->modified_at);
  put_time(out, c->accessed_at);
  const unsigned long long s = c->took_ms / 1000;
  hk_buf_printf(out, "\"%02llu:%02llu:%02llu.%03llu0000\",", s / 3600, s / 60 % 60, s % 60, (unsigned long long)(c->took_ms % 1000));
  put_clean(out, c->method);
  hk_buf_z(out, "\r\n");
  if (out->failed) return hk_fail(HK_MEMORY, "write the copy log", HK_NO_OFFSET);
  return out->n >= FLUSH_BYTES ? flush(l) : hk_ok();
}

hk_str hk_copy_log_path(const struct hk_copy_log *l)
{
  return l->path;
}

hk_err hk_copy_log_close(struct hk_copy_log *l)
{
  if (l == NULL) return hk_ok();
  const hk_err e = flush(l);
  os_close(l->file);
  hk_buf_done(&l->out);
  hk_arena_done(&l->arena);
  free(l);
  return e;
}
