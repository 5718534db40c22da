/* argv to a command. The same executable is its own examiner. */
#include "examine/examine.h"
#include "modules.h"
#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"

static int dispatch(const struct hk_options *o)
{
  static int (*const commands[HK_CMD_COUNT])(const struct hk_options *) = {
      [HK_CMD_COLLECT] = hk_run_collect, [HK_CMD_ANALYZE] = hk_run_analyze, [HK_CMD_PARSE] = hk_run_parse,
      [HK_CMD_VERIFY] = hk_run_verify,   [HK_CMD_LIST] = hk_run_list,       [HK_CMD_VERSION] = hk_run_version,
      [HK_CMD_HELP] = hk_run_help,       [HK_CMD_LS] = hk_run_ls,           [HK_CMD_CAT] = hk_run_cat,
      [HK_CMD_UNPACK] = hk_run_unpack,   [HK_CMD_SELFTEST] = hk_run_selftest, [HK_CMD_EMBED] = hk_run_embed,
      [HK_CMD_KEYGEN] = hk_run_keygen,
  };
  if (o->help) {
    hk_options_help(o->command, o->japanese);
    return HK_EXIT_OK;
  }
  return commands[o->command](o);
}

static int with_arguments(struct hk_arena *a, const hk_str *args, size_t n)
{
  struct hk_options o;
  char why[256];
  os_console_prepare();
  const hk_err e = hk_options_parse(a, args, n, &o, why);
  if (e.code != HK_OK) {
    hk_console_error("hikeshi: %s", why[0] == 0 ? e.step : why);
    return HK_EXIT_USAGE;
  }
  const int code = dispatch(&o);
  if (o.double_clicked) {
    hk_console_line("%s", o.japanese ? "何かキーを押すと閉じます" : "Press a key to close");
    os_wait_key();
  }
  return code;
}

int main(int argc, char **argv)
{
  struct hk_arena a;
  hk_str *args = NULL;
  size_t n = 0;
  hk_arena_init(&a, 0);
  int code = HK_EXIT_INTERNAL;
  if (os_arguments(&a, argc, argv, &args, &n).code == HK_OK) {
    /* args[0] is the program. */
    const bool child = n == 2 && hk_str_eq(args[1], HK_S(HK_EXAMINER_ARGUMENT));
    code = child ? hk_examiner_main(hk_modules, hk_modules_count) : with_arguments(&a, n == 0 ? args : args + 1, n == 0 ? 0 : n - 1);
  }
  hk_arena_done(&a);
  return code;
}
