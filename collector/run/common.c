/* What several commands need. */
#include "acquire/acquire.h"
#include "os/govern.h"
#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"

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
