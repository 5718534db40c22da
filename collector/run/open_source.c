/* What a path on the command line names: a folder, an archive, an image, a volume. */
#include "acquire/acquire.h"
#include "os/os.h"
#include "run/commands.h"
#include "run/keys.h"
#include "source/ntfs/open.h"

/* Every ZIP begins with these two letters, no volume and no partition table does. */
static hk_err is_archive(hk_str path, bool *out)
{
  struct os_file *f = NULL;
  uint8_t head[256] = {0};
  size_t got = 0;
  HK_TRY(os_open(path, OS_READ, &f));
  const hk_err e = os_read(f, head, sizeof head, &got);
  os_close(f);
  *out = (got >= 2 && head[0] == 'P' && head[1] == 'K') || hk_age_is(head, got);
  return e;
}

static hk_err open_archive(const struct hk_options *o, hk_str path, struct hk_source **out)
{
  struct hk_age_file file;
  HK_TRY(hk_run_open_locked(o, path, HK_AGE_WHOLE, &file));
  return hk_source_open_archive_file(&file, out);
}

static hk_err open_file(const struct hk_options *o, hk_str path, struct hk_source **out)
{
  bool archive = false;
  HK_TRY(is_archive(path, &archive));
  if (archive) return open_archive(o, path, out);
  const hk_err e = hk_source_open_image(path, out);
  /* The file is there; what is absent is a volume in it. */
  if (e.code == HK_ABSENT && e.os == 0)
    return hk_fail(HK_UNSUPPORTED, "open the source: no folder, no archive and no disk image", HK_NO_OFFSET);
  return e;
}

static hk_err open_behind_link(const struct hk_options *o, hk_str path, struct hk_source **out)
{
  struct hk_arena a;
  struct os_info info;
  hk_arena_init(&a, 0);
  const hk_str target = os_join(&a, path, HK_S("."));
  const bool folder = os_stat(target, &info).code == HK_OK && info.kind == OS_DIRECTORY;
  const hk_err e = folder ? hk_source_open_dir(target, out) : open_file(o, path, out);
  hk_arena_done(&a);
  return e;
}

hk_err hk_run_open_source(const struct hk_options *o, hk_str path, struct hk_source **out)
{
  struct os_info info;
  if (path.n == 0) return hk_source_open_live(out);
  if (hk_str_starts(path, HK_S("\\\\.\\"))) return hk_source_open_image(path, out);
  HK_TRY(os_stat(path, &info));
  if (info.kind == OS_DIRECTORY) return hk_source_open_dir(path, out);
  /* Links in the evidence are not followed; this one was named by the user. */
  if (info.kind == OS_OTHER && info.reparse_tag != 0) return open_behind_link(o, path, out);
  return open_file(o, path, out);
}
