/* Sinks that end in the system: a file, standard output. */
#include "store/sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "os/os.h"
#include "store/retry.h"

#define PATIENCE_MS 60000u /* with a share; a stick that is gone stays gone */

struct file_sink {
  struct hk_store_sink sink;
  struct hk_arena arena;
  struct os_file *file;
  hk_str path, partial; /* empty: standard output */
  hk_err failed;
  bool on_share;
  uint64_t at; /* bytes that were written whole */
  struct hk_sha256 sha256; /* of all bytes written */
};

static struct file_sink *of(struct hk_store_sink *s)
{
  return (struct file_sink *)(void *)s;
}

static hk_err output_write(void *ctx, const void *p, size_t n)
{
  struct file_sink *const f = ctx;
  return f->file == NULL ? hk_fail(HK_ABSENT, "write", HK_NO_OFFSET) : os_write(f->file, p, n);
}

static hk_err output_reopen(void *ctx, uint64_t at)
{
  struct file_sink *const f = ctx;
  uint64_t size = 0;
  os_close(f->file);
  f->file = NULL;
  HK_TRY(os_open(f->partial, OS_READ_WRITE, &f->file));
  HK_TRY(os_size(f->file, &size));
  if (size < at) return hk_fail(HK_TRUNCATED, "write: the share lost what was written", (int64_t)size);
  return os_seek(f->file, at);
}

static void output_wait(void *ctx, unsigned ms)
{
  (void)ctx;
  os_sleep_ms(ms);
}

static hk_err file_write(struct hk_store_sink *s, const void *p, size_t n)
{
  struct file_sink *const f = of(s);
  if (f->failed.code != HK_OK) return f->failed;
  const struct retry_output output = {.ctx = f, .write = output_write, .reopen = output_reopen, .wait = output_wait};
  f->failed = retry_write(&output, f->at, p, n, f->on_share ? PATIENCE_MS : 0);
  f->at += n;
  if (f->failed.code == HK_OK && f->path.n > 0) hk_sha256_add(&f->sha256, p, n);
  return f->failed;
}

/* Written is with the system; the medium waits until the end. */
static hk_err file_flush(struct hk_store_sink *s)
{
  return of(s)->failed;
}

static void file_close(struct hk_store_sink *s)
{
  struct file_sink *const f = of(s);
  os_close(f->file);
  hk_arena_done(&f->arena);
  free(f);
}

static hk_str base_name(hk_str path)
{
  size_t at = path.n;
  while (at > 0 && path.p[at - 1] != '/' && path.p[at - 1] != os_separator) at--;
  return hk_str_sub(path, at, path.n);
}

static hk_err write_digest_file(struct file_sink *f, hk_str note)
{
  uint8_t digest[HK_SHA256_SIZE];
  char hex[2 * HK_SHA256_SIZE + 1];
  struct os_file *out = NULL;
  hk_sha256_end(&f->sha256, digest);
  hk_hex(digest, sizeof digest, hex);
  const hk_str name = base_name(f->path);
  const hk_str path = hk_str_printf(&f->arena, "%.*s.sha256", (int)f->path.n, f->path.p);
  const hk_str text = hk_str_printf(&f->arena, "%s  %.*s\n%s%.*s%s", hex, (int)name.n, name.p, note.n == 0 ? "" : "# ", (int)note.n,
                                    note.p, note.n == 0 ? "" : "\n");
  if (path.p == NULL || text.p == NULL) return hk_fail(HK_MEMORY, HK_SINK_DIGEST_STEP, HK_NO_OFFSET);
  hk_err e = os_open(path, OS_CREATE, &out);
  if (e.code == HK_OK) e = os_write(out, text.p, text.n);
  if (e.code == HK_OK) e = os_flush(out);
  os_close(out);
  if (e.code != HK_OK) e.step = HK_SINK_DIGEST_STEP;
  return e;
}

static hk_err file_finish(struct hk_store_sink *s, hk_str note)
{
  struct file_sink *const f = of(s);
  if (f->failed.code != HK_OK) return f->failed;
  f->failed = os_flush(f->file);
  if (f->failed.code != HK_OK || f->path.n == 0) return f->failed;
  os_close(f->file);
  f->file = NULL;
  f->failed = os_rename(f->partial, f->path);
  return f->failed.code != HK_OK ? f->failed : write_digest_file(f, note);
}

static struct file_sink *new_sink(void)
{
  struct file_sink *const f = calloc(1, sizeof *f);
  if (f == NULL) return NULL;
  f->sink = (struct hk_store_sink){.write = file_write, .flush = file_flush, .finish = file_finish, .close = file_close};
  hk_arena_init(&f->arena, (size_t)1 << 20);
  hk_sha256_init(&f->sha256);
  return f;
}

static hk_err open_new(struct file_sink *f, hk_str path)
{
  struct os_info there;
  f->path = hk_str_copy(&f->arena, path);
  f->partial = hk_str_printf(&f->arena, "%.*s.partial", (int)path.n, path.p);
  if (f->path.p == NULL || f->partial.p == NULL) return hk_fail(HK_MEMORY, "create archive", HK_NO_OFFSET);
  if (os_stat(path, &there).code == HK_OK) return hk_fail(HK_USAGE, "create archive: the file exists", HK_NO_OFFSET);
  HK_TRY(os_open(f->partial, OS_CREATE_NEW, &f->file));
  f->on_share = strcmp(os_medium(f->partial), "network") == 0;
  return hk_ok();
}

hk_err hk_store_sink_file(hk_str path, struct hk_store_sink **out)
{
  struct file_sink *const f = new_sink();
  if (f == NULL) return hk_fail(HK_MEMORY, "create archive", HK_NO_OFFSET);
  const hk_err e = open_new(f, path);
  if (e.code != HK_OK) {
    file_close(&f->sink);
    return e;
  }
  *out = &f->sink;
  return hk_ok();
}

hk_err hk_store_sink_stdout(struct hk_store_sink **out)
{
  struct file_sink *const f = new_sink();
  if (f == NULL) return hk_fail(HK_MEMORY, "open standard output", HK_NO_OFFSET);
  f->file = os_std(1);
  *out = &f->sink;
  return hk_ok();
}
