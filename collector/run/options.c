/* Reading the command line. */
#include "run/options.h"

#include <string.h>

#include "base/buf.h"
#include "base/hktime.h"
#include "os/os.h"
#include "run/option_set.h"
#include "run/option_value.h"
#include "run/settings.h"
#include "run/shadows.h"

/* --no-eventlog: the module that is left out, 0 when it is no such option of this command. */
static uint32_t left_out(hk_str name, enum hk_command c)
{
  if ((HK_EXAMINING & HK_ON(c)) == 0 || !hk_str_starts(name, HK_S("--no-"))) return 0;
  return hk_option_module(hk_str_sub(name, 5, name.n));
}

/* "--out=DIR" and "--out DIR" alike. */
static hk_err read_option(const hk_str *args, size_t n, size_t *i, struct hk_options *o, char why[256])
{
  const size_t equals = hk_str_find(args[*i], '=');
  const hk_str given = hk_str_sub(args[*i], 0, equals);
  const hk_str name = hk_str_eq(given, HK_S("-o")) ? HK_S("--out") : given;
  const uint32_t module = left_out(args[*i], o->command);
  if (module != 0) {
    o->modules_off |= module;
    return hk_ok();
  }
  const struct hk_option_row *const row = hk_option_find(name, o->command);
  if (row == NULL || row->value == HK_OPTION_NOT_ONE)
    return hk_option_complain(why, o, (struct hk_text){"不明なオプション", "unknown option"}, name, hk_option_nearest(name, o->command));
  if (row->value == HK_OPTION_FLAG && equals < args[*i].n) /* not shown and not kept: it may be a passphrase */
    return hk_option_complain(why, o, (struct hk_text){"値をとらないオプション", "an option that takes no value"}, name, NULL);
  if (row->value == HK_OPTION_FLAG) return hk_option_set(o, row, HK_S(""), why);
  const bool inside = equals < args[*i].n;
  /* A value that begins with "--" is given as --reason=--x; else it is the next option and the value was forgotten. */
  if (!inside && (*i + 1 >= n || hk_str_starts(args[*i + 1], HK_S("--"))))
    return hk_option_complain(why, o, (struct hk_text){"値が足りないオプション", "option without its value"}, name, NULL);
  const hk_str value = inside ? hk_str_sub(args[*i], equals + 1, args[*i].n) : args[++*i];
  /* An unset variable in somebody's script: it must not become "this PC" or "beside the program". */
  if (value.n == 0 && row->must)
    return hk_option_complain(why, o, (struct hk_text){"値が空のオプション", "option with an empty value"}, name, NULL);
  return hk_option_set(o, row, value, why);
}

static hk_err find_command(hk_str name, struct hk_options *o, char why[256])
{
  for (size_t i = 0; i < HK_CMD_COUNT; i++) {
    if (!hk_str_eq(hk_str_of(hk_commands[i].name), name)) continue;
    o->command = (enum hk_command)i;
    return hk_ok();
  }
  if (hk_str_eq(name, HK_S("analyse"))) {
    o->command = HK_CMD_ANALYZE;
    return hk_ok();
  }
  return hk_option_complain(why, o, (struct hk_text){"不明なコマンド", "unknown command"}, name, hk_command_nearest(name));
}

/* The language decides how complaints are worded, so it is looked for first. */
static void find_language(const hk_str *args, size_t n, struct hk_options *o)
{
  for (size_t i = 0; i < n; i++) {
    const bool split = hk_str_eq(args[i], HK_S("--lang")) && i + 1 < n;
    if (split) o->japanese = hk_str_ieq(args[i + 1], HK_S("ja"));
    if (hk_str_starts(args[i], HK_S("--lang="))) o->japanese = hk_str_ieq(args[i], HK_S("--lang=ja"));
  }
}

static hk_err check_operands(const struct hk_options *o, char why[256])
{
  const struct hk_command_row *const c = &hk_commands[o->command];
  if (o->n_operands < c->least)
    return hk_option_complain(why, o, (struct hk_text){"足りない引数", "missing argument"}, hk_str_of(c->operands), NULL);
  if (o->n_operands > c->most)
    return hk_option_complain(why, o, (struct hk_text){"余分な引数", "one argument too many"}, o->operands[c->most], NULL);
  return hk_ok();
}

static hk_err check_time(const struct hk_options *o, hk_str value, char why[256])
{
  hk_time t = HK_TIME_UNKNOWN;
  if (value.n == 0 || hk_time_parse_iso(value, &t)) return hk_ok();
  return hk_option_complain(why, o, (struct hk_text){"時刻は 2026-03-01T00:00:00Z の形で指定してください", "a time is written 2026-03-01T00:00:00Z, not"}, value, NULL);
}

static hk_err check_shadow(const struct hk_options *o, char why[256])
{
  struct hk_shadow_choice c = {.number = 0};
  const bool word = hk_str_eq(o->shadow, HK_S("none")) || hk_str_eq(o->shadow, HK_S("latest")) || hk_str_eq(o->shadow, HK_S("all"));
  if (o->command == HK_CMD_COLLECT && o->shadow.n > 0 && !word)
    return hk_option_complain(why, o, (struct hk_text){"--shadow は none、latest、all のどれかです", "--shadow is none, latest or all, not"}, o->shadow, NULL);
  if (o->command != HK_CMD_LS && o->command != HK_CMD_CAT) return hk_ok();
  if (hk_shadow_choice_parse(o->shadow, &c) && (o->command == HK_CMD_LS || (!c.all && !c.list))) return hk_ok();
  return hk_option_complain(why, o, (struct hk_text){"--shadow の値が正しくありません", "this is no value for --shadow"}, o->shadow, NULL);
}

static hk_err check_values(const struct hk_options *o, char why[256])
{
  HK_TRY(check_time(o, o->since, why));
  HK_TRY(check_time(o, o->until, why));
  HK_TRY(check_shadow(o, why));
  hk_time since = HK_TIME_UNKNOWN;
  hk_time until = HK_TIME_UNKNOWN;
  (void)hk_time_parse_iso(o->since, &since);
  (void)hk_time_parse_iso(o->until, &until);
  if (since != HK_TIME_UNKNOWN && until != HK_TIME_UNKNOWN && since >= until)
    return hk_option_complain(why, o, (struct hk_text){"--since は --until より前でなければなりません", "--since is not before --until"}, o->since, NULL);
  if (o->command == HK_CMD_EMBED && (o->config.n == 0 || o->out.n == 0))
    return hk_option_complain(why, o, (struct hk_text){"必要なオプション", "needed"}, HK_S("--config FILE -o NEW.exe"), NULL);
  return check_operands(o, why);
}

static hk_err read_all(const hk_str *args, size_t n, struct hk_options *o, char why[256])
{
  bool have_command = false;
  bool only_operands = false;
  for (size_t i = 0; i < n; i++) {
    const bool option = !only_operands && args[i].n > 1 && args[i].p[0] == '-';
    if (option && hk_str_eq(args[i], HK_S("--"))) {
      only_operands = true;
    } else if (option && (hk_str_eq(args[i], HK_S("-h")) || hk_str_eq(args[i], HK_S("--help")))) {
      o->help = true;
    } else if (option && hk_str_eq(args[i], HK_S("--version"))) {
      o->command = HK_CMD_VERSION;
      have_command = true;
    } else if (option) {
      HK_TRY(read_option(args, n, &i, o, why));
    } else if (!have_command) {
      HK_TRY(find_command(args[i], o, why));
      have_command = true;
    } else {
      o->operands[o->n_operands++] = args[i];
    }
  }
  if (o->help && !have_command) o->command = HK_CMD_HELP;
  return o->help ? hk_ok() : check_values(o, why);
}

/* For the custody part. What holds a space is put in quotes, so that one sees where an argument ends. */
static hk_str joined(struct hk_arena *a, const hk_str *args, size_t n)
{
  struct hk_buf line;
  hk_buf_init(&line, (size_t)16 << 20);
  hk_buf_z(&line, "hikeshi");
  for (size_t i = 0; i < n; i++) {
    const bool quoted = args[i].n == 0 || hk_str_find(args[i], ' ') < args[i].n;
    hk_buf_z(&line, quoted ? " \"" : " ");
    hk_buf_str(&line, args[i]);
    if (quoted) hk_buf_u8(&line, '"');
  }
  const hk_str copy = hk_str_copy(a, hk_buf_view(&line));
  hk_buf_done(&line);
  return copy;
}

/* Texts that nobody gave are empty, never NULL. */
static struct hk_options blank(void)
{
  const hk_str none = HK_S("");
  struct hk_options o = {.command = HK_CMD_COLLECT, .settings = none, .japanese = os_language_is_japanese()};
  for (size_t i = 0; i < hk_option_rows_n; i++)
    if (hk_option_rows[i].value == HK_OPTION_TEXT) memcpy((unsigned char *)&o + hk_option_rows[i].offset, &none, sizeof none);
  return o;
}

hk_err hk_options_parse(struct hk_arena *a, const hk_str *args, size_t n, struct hk_options *out, char why[256])
{
  *out = blank();
  out->command_line = joined(a, args, n);
  why[0] = 0;
  find_language(args, n, out);
  out->operands = hk_new(a, hk_str, n + 1);
  out->artefacts = hk_new(a, hk_str, HK_ARTEFACTS_MOST);
  if (out->operands == NULL || out->artefacts == NULL) return hk_fail(HK_MEMORY, "read the command line", HK_NO_OFFSET);
  bool configured = false;
  if (hk_settings_apply(args, n, &out->command)) HK_TRY(hk_settings_take(a, out, &configured, why));
  /* Started bare: collect when somebody double-clicked or the settings say how, else explain. */
  out->double_clicked = n == 0 && os_console_is_own();
  if (n == 0 && !out->double_clicked && !configured) {
    out->command = HK_CMD_HELP;
    return hk_ok();
  }
  return read_all(args, n, out, why);
}
