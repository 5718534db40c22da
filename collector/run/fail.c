/* Errors in the words of the user. */
#include <stdio.h>

#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"

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

void hk_run_hint_recover(const struct hk_options *o, hk_str partial)
{
  const bool locked = hk_str_iends(partial, HK_S(".age")) || hk_str_iends(partial, HK_S(".age.partial"));
  hk_console_error(o->japanese ? "途中まで書かれたものは次の命令で救い出せます: hikeshi verify \"%.*s\" --recover saved.zip%s"
                               : "What was finished can be saved: hikeshi verify \"%.*s\" --recover saved.zip%s",
                   (int)partial.n, partial.p, locked ? " --identity KEYFILE" : "");
}

int hk_run_fail_source(const struct hk_options *o, hk_err e, hk_str source)
{
  (void)hk_run_fail(o, e, source, HK_EXIT_SOURCE);
  const bool archive = hk_str_iends(source, HK_S(".zip")) || hk_str_iends(source, HK_S(".partial")) || hk_str_iends(source, HK_S(".age"));
  if (archive && (e.code == HK_DAMAGED || e.code == HK_TRUNCATED)) hk_run_hint_recover(o, source);
  return HK_EXIT_SOURCE;
}
