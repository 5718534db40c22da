/* hikeshi verify: is the archive what was sealed? And what can be saved from one that was cut off? */
#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"
#include "store/store.h"

static void on_bad(void *ctx, hk_str name, hk_err e)
{
  (void)ctx;
  hk_console_line("%-12s %.*s%s%s", hk_code_name(e.code), (int)name.n, name.p, e.step == NULL ? "" : ": ", e.step == NULL ? "" : e.step);
}

static int recover(const struct hk_options *o)
{
  struct hk_verdict v = {0};
  const hk_err e = hk_store_recover(o->operands[0], o->recover, &v);
  if (e.code == HK_ABSENT && e.os == 0)
    return hk_run_fail(o, hk_fail(HK_DAMAGED, "recover: no entry of an archive in it", HK_NO_OFFSET), o->operands[0], HK_EXIT_BROKEN);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->recover, HK_EXIT_OUTPUT);
  hk_console_line(o->japanese ? "%llu 件を救い出しました: %.*s" : "%llu entries recovered: %.*s", (unsigned long long)v.n_good,
                  (int)o->recover.n, o->recover.p);
  if (v.n_bad > 0)
    hk_console_line(o->japanese ? "途中で切れていたもの: %llu 件（最初: %s）" : "cut off: %llu (first: %s)", (unsigned long long)v.n_bad,
                    v.first_bad);
  return v.n_good > 0 ? HK_EXIT_OK : HK_EXIT_BROKEN;
}

int hk_run_verify(const struct hk_options *o)
{
  struct os_info info;
  hk_err there = os_stat(o->operands[0], &info);
  if (there.code == HK_OK && info.kind == OS_DIRECTORY) there = hk_fail(HK_USAGE, "verify: it is a folder", HK_NO_OFFSET);
  if (there.code != HK_OK) return hk_run_fail(o, there, o->operands[0], HK_EXIT_SOURCE);
  if (o->recover.n != 0) return recover(o);
  struct hk_verdict v = {0};
  const hk_err e = hk_store_verify(o->operands[0], on_bad, NULL, &v);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[0], e.code == HK_ABSENT || e.code == HK_DENIED ? HK_EXIT_SOURCE : HK_EXIT_BROKEN);
  const bool good = v.sealed && v.n_bad == 0 && v.n_missing == 0 && v.n_unlisted == 0;
  hk_console_line(o->japanese ? "項目 %llu, 正常 %llu, 破損 %llu, 欠落 %llu, 一覧にない %llu"
                              : "entries %llu, good %llu, broken %llu, missing %llu, not listed %llu",
                  (unsigned long long)v.n_entries, (unsigned long long)v.n_good, (unsigned long long)v.n_bad,
                  (unsigned long long)v.n_missing, (unsigned long long)v.n_unlisted);
  if (v.first_bad[0] != 0) hk_console_line("%s %s", o->japanese ? "最初の破損:" : "first broken:", v.first_bad);
  if (v.why[0] != 0) hk_console_line("%s", v.why);
  if (v.sealed) hk_console_line("%s %s", o->japanese ? "封印値:" : "Seal:", v.seal);
  hk_console_line("%s", good ? (o->japanese ? "正常: 封をした時のままです" : "intact: it is what was sealed")
                             : (o->japanese ? "一致しません" : "NOT intact"));
  if (!v.sealed && v.n_good > 0) hk_run_hint_recover(o, o->operands[0]);
  return good ? HK_EXIT_OK : HK_EXIT_BROKEN;
}
