/* Sinks that end in the system: a file, standard output. */
#include "store/sink.h"

#include <stdlib.h>

#include "base/hash.h"
#include "os/os.h"

struct file_sink {
  struct hk_store_sink sink;
  struct hk_arena arena;
  struct os_file *file;
  hk_str path, partial; /* empty: standard output */
  hk_err failed;
  struct hk_sha256 sha256; /* of all bytes written */
};

static struct file_sink *of(struct hk_store_sink *s)
{
  return (struct file_sink *)(void *)s;
}

static hk_err file_write(struct hk_store_sink *s, const void *p, size_t n)
{
  struct file_sink *const f = of(s);
  if (f->failed.code != HK_OK) return f->failed;
  f->failed = os_write(f->file, p, n);
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
  return os_open(f->partial, OS_CREATE_NEW, &f->file);
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
