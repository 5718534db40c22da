/* hikeshi unpack: an archive as a tree that tools for loose files read. Files first, streams after them: a stream needs its
   file, and writing it moves the file's times, which are put back. */
#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"
#include "run/keys.h"
#include "run/pipeline.h"
#include "run/unpack_tree.h"

struct unpacking {
  const struct hk_options *o;
  struct hk_arena arena;
  struct hk_age_file file;
  struct hk_archive *zip;
  struct hk_unpack_list list;
  struct hk_unpack_tree tree;
  struct hk_progress progress;
  uint64_t n_bad;
};

static void complain(struct unpacking *u, hk_str about, hk_err e)
{
  u->n_bad++;
  hk_console_error("%-12s %.*s%s%s", hk_code_name(e.code), (int)about.n, about.p, e.step == NULL ? "" : ": ", e.step == NULL ? "" : e.step);
}

static void write_one(struct unpacking *u, struct hk_arena *a, const struct hk_unpack_item *it, const struct hk_unpack_place *p)
{
  const hk_err e = hk_unpack_write(&u->tree, a, it, p);
  if (e.code != HK_OK) {
    if (e.code != HK_CANCELLED) complain(u, it->path, e);
    return;
  }
  if (it->cut_short)
    hk_console_error("%-12s %.*s: %s", "cut short", (int)it->path.n, it->path.p,
                     u->o->japanese ? "採取の時に途中までしか読めなかった" : "it could not be read to its end when it was collected");
  if (u->list.manifest.code != HK_ABSENT && !it->listed)
    complain(u, it->path, hk_fail(HK_DAMAGED, "find it in the manifest: it was written all the same", HK_NO_OFFSET));
}

/* What can have no place is told in the first pass, that of files. */
static void unpack_one(struct unpacking *u, const struct hk_unpack_item *it, bool streams)
{
  struct hk_arena a;
  struct hk_unpack_place p;
  hk_arena_init(&a, (size_t)64 << 20);
  const hk_err e = hk_unpack_place(&a, it->path, os_separator == '\\', &p);
  if (e.code == HK_OK && (p.stream.n > 0) == streams) write_one(u, &a, it, &p);
  if (e.code != HK_OK && !streams) complain(u, it->path, e);
  hk_arena_done(&a);
}

static void unpack_all(struct unpacking *u)
{
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < u->list.n && !u->tree.fatal && !hk_run_interrupted(); i++)
      if (u->list.v[i].wanted) unpack_one(u, &u->list.v[i], pass == 1);
}

/* In the current folder: the archive's name without ".zip". */
static hk_str default_out(struct hk_arena *a, hk_str archive)
{
  size_t from = archive.n;
  while (from > 0 && archive.p[from - 1] != '/' && archive.p[from - 1] != '\\') from--;
  hk_str name = hk_str_sub(archive, from, archive.n);
  if (name.n > 8 && hk_str_iends(name, HK_S(".zip.age"))) name.n -= 4;
  if (name.n > 4 && hk_str_iends(name, HK_S(".zip"))) name.n -= 4;
  return hk_str_printf(a, "%.*s.unpacked", (int)name.n, name.p);
}

static int report(const struct unpacking *u)
{
  const struct hk_unpack_tree *const t = &u->tree;
  const uint64_t n_doubtful = u->n_bad + u->list.n_gone;
  const bool ja = u->o->japanese;
  hk_console_line(ja ? "%llu ファイル, %llu バイトを書きました: %.*s" : "%llu files, %llu bytes written: %.*s", (unsigned long long)t->n_files,
                  (unsigned long long)t->n_bytes, (int)t->out.n, t->out.p);
  if (t->n_flat_streams > 0)
    hk_console_line(ja ? "代替ストリーム %llu 個は別のファイル「名前%%3Aストリーム名」にしました"
                       : "%llu alternate streams became files of their own, named name%%3Astream",
                    (unsigned long long)t->n_flat_streams);
  if (t->n_flat_sparse > 0)
    hk_console_line(ja ? "スパースファイル %llu 個は穴を持てない出力先なのでデータだけを続けて書きました（位置はアーカイブの .idx）"
                       : "%llu sparse files were written as their data alone: the place they went to keeps no holes (see .idx in the archive)",
                    (unsigned long long)t->n_flat_sparse);
  if (t->n_renamed > 0)
    hk_console_line(ja ? "同じ名前のもの %llu 個に番号を付けました（~2）" : "%llu files of a name already taken got a number (~2)",
                    (unsigned long long)t->n_renamed);
  if (u->list.n_missed > 0)
    hk_console_line(ja ? "採取の時に保存できなかったもの: %llu 件（hikeshi/coverage.json）"
                       : "%llu could not be stored when it was collected (hikeshi/coverage.json)",
                    (unsigned long long)u->list.n_missed);
  if (n_doubtful > 0)
    hk_console_line(ja ? "書けなかった、または疑わしいもの: %llu 件（上に一覧）" : "not written, or doubtful: %llu (listed above)",
                    (unsigned long long)n_doubtful);
  const hk_str log = hk_copy_log_path(t->log);
  hk_console_line("CopyLog: %.*s", (int)log.n, log.p);
  if (t->fatal) return HK_EXIT_OUTPUT;
  if (hk_run_interrupted()) return HK_EXIT_CANCELLED;
  return n_doubtful > 0 || t->n_files == 0 ? HK_EXIT_PARTIAL : HK_EXIT_OK;
}

static int unpack_to(struct unpacking *u, uint64_t n_bytes)
{
  uint64_t space = 0;
  hk_err e = os_make_dir(u->tree.out);
  if (e.code == HK_OK && os_free_space(u->tree.out, &space).code == HK_OK && space < n_bytes)
    e = hk_fail(HK_LIMIT, "look at the free space before unpacking", HK_NO_OFFSET);
  if (e.code == HK_OK) e = hk_copy_log_open(u->tree.out, os_now(), &u->tree.log);
  if (e.code != HK_OK) return hk_run_fail(u->o, e, u->tree.out, HK_EXIT_OUTPUT);
  hk_progress_start(&u->progress, n_bytes, u->o->quiet, u->o->japanese);
  unpack_all(u);
  hk_progress_end(&u->progress, u->tree.done_bytes, !u->tree.fatal && !hk_run_interrupted());
  const int code = report(u);
  e = hk_copy_log_close(u->tree.log);
  return e.code == HK_OK ? code : hk_run_fail(u->o, e, u->tree.out, HK_EXIT_OUTPUT);
}

static int unpack_open(struct unpacking *u)
{
  size_t n_wanted = 0;
  uint64_t n_bytes = 0;
  hk_err e = hk_run_open_locked(u->o, u->o->operands[0], HK_AGE_WHOLE, &u->file);
  if (e.code == HK_OK) e = hk_archive_open_bytes(u->file.bytes, &u->zip);
  /* The reader looks for the end of the directory first; no such thing is not "no such file". */
  if (e.code == HK_ABSENT && e.os == 0) e = hk_fail(HK_DAMAGED, "open the archive: no zip, or one that was cut off", HK_NO_OFFSET);
  if (e.code != HK_OK) return hk_run_fail_source(u->o, e, u->o->operands[0]);
  const hk_str out = u->o->out.n != 0 ? u->o->out : default_out(&u->arena, u->o->operands[0]);
  e = hk_unpack_list_read(u->zip, u->o->japanese, &u->list);
  if (e.code == HK_OK) e = hk_unpack_tree_init(u->zip, out, &u->progress, &u->tree);
  if (e.code != HK_OK) return hk_run_fail(u->o, e, u->o->operands[0], HK_EXIT_INTERNAL);
  if (u->list.manifest.code != HK_OK && u->list.manifest.code != HK_ABSENT) complain(u, HK_S("hikeshi/manifest.jsonl"), u->list.manifest);
  hk_unpack_list_choose(&u->list, u->o->only, &n_wanted, &n_bytes);
  if (n_wanted == 0) {
    hk_console_error("%s", u->o->japanese ? "書くものがありません" : "there is nothing to write");
    return HK_EXIT_PARTIAL;
  }
  return unpack_to(u, n_bytes);
}

int hk_run_unpack(const struct hk_options *o)
{
  struct unpacking u = {.o = o};
  hk_arena_init(&u.arena, 0);
  os_on_interrupt(hk_run_interrupt);
  const int code = unpack_open(&u);
  hk_unpack_tree_done(&u.tree);
  hk_unpack_list_done(&u.list);
  hk_archive_close(u.zip);
  hk_age_file_close(&u.file);
  hk_arena_done(&u.arena);
  return code;
}
