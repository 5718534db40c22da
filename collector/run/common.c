/* What several commands need. */
#include <stdio.h>

#include "acquire/acquire.h"
#include "modules.h"
#include "os/govern.h"
#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"
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

hk_str hk_run_own_folder(struct hk_arena *a)
{
  const hk_str self = os_self_path(a);
  const size_t slash = hk_str_rfind(self, os_separator);
  if (slash == self.n) return HK_S(".");
  const bool root = slash == 0 || self.p[slash - 1] == ':';
  return hk_str_sub(self, 0, root ? slash + 1 : slash);
}

#define BACKGROUND_PERCENT 20

void hk_run_be_a_guest(const struct hk_options *o)
{
  const unsigned percent = o->cpu_percent != 0 ? (unsigned)o->cpu_percent : o->background ? BACKGROUND_PERCENT : 100;
  if (o->background) os_low_priority();
  const hk_err e = os_govern(percent);
  if (e.code != HK_OK) (void)hk_run_fail(o, e, HK_S("--cpu"), HK_EXIT_OK); /* slower for others, but nothing is lost */
}

void hk_run_hint_recover(const struct hk_options *o, hk_str partial)
{
  const bool locked = hk_str_iends(partial, HK_S(".age")) || hk_str_iends(partial, HK_S(".age.partial"));
  hk_console_error(o->japanese ? "途中まで書かれたものは次の命令で救い出せます: hikeshi verify \"%.*s\" --recover saved.zip%s"
                               : "What was finished can be saved: hikeshi verify \"%.*s\" --recover saved.zip%s",
                   (int)partial.n, partial.p, locked ? " --identity KEYFILE" : "");
}

/* What each definition brings; a file that several name counts for each. */
static void print_definitions(const struct hk_plan *p)
{
  for (size_t i = 0; i < p->n_defs; i++) {
    const struct hk_definition *const d = &p->defs[i];
    if (d->n_files == 0) continue;
    hk_console_line("%12llu  %-16s = %llu  %s", (unsigned long long)d->n_bytes, d->artefact->name, (unsigned long long)d->n_files, d->artefact->glob);
  }
}

void hk_run_print_plan(const struct hk_plan *p, bool japanese)
{
  for (size_t i = 0; i < p->n_files; i++) {
    const struct hk_planned *const f = &p->files[i];
    hk_console_line("%12llu  %-16s %s %.*s", (unsigned long long)f->entry.size_bytes, f->artefact->name, f->store ? " " : "?",
                    (int)f->entry.path.n, f->entry.path.p);
  }
  for (size_t i = 0; i < p->n_missing; i++)
    hk_console_line("%12s  %-16s   %.*s", hk_code_name(p->missing[i].why.code),
                    p->missing[i].def == SIZE_MAX ? "folder" : p->defs[p->missing[i].def].artefact->name,
                    (int)p->missing[i].path.n, p->missing[i].path.p);
  print_definitions(p);
  hk_console_line(japanese ? "%zu ファイル, %llu バイト（? は調べて該当した場合だけ保存）" : "%zu files, %llu bytes (?: stored only when it matters)",
                  p->n_files, (unsigned long long)p->total_bytes);
}

static struct hk_text words(int code)
{
  switch (code) {
  case HK_ABSENT:
    return (struct hk_text){"見つかりません", "not found"};
  case HK_DENIED:
    return (struct hk_text){"拒否されました", "access denied"};
  case HK_DAMAGED:
  case HK_TRUNCATED:
    return (struct hk_text){"壊れています", "damaged"};
  case HK_UNSUPPORTED:
    return (struct hk_text){"対応していません", "not supported"};
  case HK_LIMIT:
    return (struct hk_text){"上限または空き容量を超えました", "a limit was reached or the disk is full"};
  case HK_MEMORY:
    return (struct hk_text){"メモリが足りません", "out of memory"};
  case HK_IO:
    return (struct hk_text){"読み書きに失敗しました", "reading or writing failed"};
  case HK_USAGE:
    return (struct hk_text){"この指定では実行できません", "this cannot be done"};
  default:
    return (struct hk_text){"失敗しました", "failed"};
  }
}

int hk_run_fail(const struct hk_options *o, hk_err e, hk_str about, int exit_code)
{
  const struct hk_text w = words(e.code);
  char at[32] = "";
  if (e.offset != HK_NO_OFFSET) (void)snprintf(at, sizeof at, " at %lld", (long long)e.offset);
  hk_console_error("hikeshi: %.*s: %s (%s%s%s%s)", (int)about.n, about.p, hk_text_in(w, o->japanese), hk_code_name(e.code), at,
                   e.step == NULL || e.step[0] == 0 ? "" : ": ", e.step == NULL ? "" : e.step);
  return exit_code;
}

int hk_run_fail_source(const struct hk_options *o, hk_err e, hk_str source)
{
  (void)hk_run_fail(o, e, source, HK_EXIT_SOURCE);
  const bool archive = hk_str_iends(source, HK_S(".zip")) || hk_str_iends(source, HK_S(".partial")) || hk_str_iends(source, HK_S(".age"));
  if (archive && (e.code == HK_DAMAGED || e.code == HK_TRUNCATED)) hk_run_hint_recover(o, source);
  return HK_EXIT_SOURCE;
}
