/* Settings to options. A key is an option's name without dashes; what another command would understand is left aside. */
#include "run/settings.h"

#include <stdio.h>
#include <string.h>

#include "os/os.h"
#include "run/config.h"
#include "run/option_set.h"
#include "run/option_value.h"

struct settings {
  struct hk_options *o;
  hk_str origin;          /* for people */
  struct hk_buf *taken;   /* their keys */
  bool any_command;       /* only checked: an option of any command will do */
};

/* yes, no: what a flag says in a file. -1 for anything else. */
static int yes_or_no(hk_str value)
{
  if (hk_str_ieq(value, HK_S("yes")) || hk_str_ieq(value, HK_S("true")) || hk_str_eq(value, HK_S("1"))) return 1;
  if (hk_str_ieq(value, HK_S("no")) || hk_str_ieq(value, HK_S("false")) || hk_str_eq(value, HK_S("0"))) return 0;
  return -1;
}

static hk_err set_flag(const struct settings *s, const struct hk_option_row *row, uint32_t module, hk_str value, char why[256])
{
  const int yes = yes_or_no(value);
  if (yes < 0) /* the value is not shown: it may be a passphrase in the wrong place */
    return hk_option_complain(why, s->o, (struct hk_text){"yes か no で指定してください", "yes or no is wanted for"},
                              row == NULL ? HK_S("no-MODULE") : hk_str_of(row->name), NULL);
  const bool on = yes == 1;
  if (row != NULL) memcpy((unsigned char *)s->o + row->offset, &on, sizeof on);
  if (row == NULL && on) s->o->modules_off |= module;
  return hk_ok();
}

static hk_err take_setting(const struct settings *s, hk_str key, hk_str value, char why[256])
{
  const struct hk_option_row *const row = hk_option_find_key(key, s->o->command);
  const uint32_t module = row == NULL && hk_str_starts(key, HK_S("no-")) ? hk_option_module(hk_str_sub(key, 3, key.n)) : 0;
  if (row == NULL && module == 0)
    return hk_option_complain(why, s->o, (struct hk_text){"不明な設定", "unknown key"}, key, hk_option_nearest_key(key));
  const uint32_t on = row == NULL ? HK_EXAMINING : row->on;
  if (!s->any_command && (on & HK_ON(s->o->command)) == 0) return hk_ok(); /* of another command */
  hk_buf_printf(s->taken, "%s%.*s", s->taken->n == 0 ? "" : " ", (int)key.n, key.p);
  if (row == NULL || row->value == HK_OPTION_FLAG) return set_flag(s, row, module, value, why);
  if (value.n == 0 && row->must)
    return hk_option_complain(why, s->o, (struct hk_text){"値が空の設定", "key with an empty value"}, key, NULL);
  return hk_option_set(s->o, row, value, why);
}

/* `why` gets the place before what is wrong with it. */
static hk_err at_line(const struct settings *s, size_t line, hk_err e, char why[256])
{
  char what[256];
  (void)snprintf(what, sizeof what, "%s", why);
  const size_t slash = hk_str_rfind(s->origin, os_separator);
  const hk_str name = slash < s->origin.n ? hk_str_sub(s->origin, slash + 1, s->origin.n) : s->origin;
  (void)snprintf(why, 256, "%.*s:%zu: %.180s", (int)(name.n > 60 ? 60 : name.n), name.p, line, what);
  return e;
}

static hk_err take_text(const struct settings *s, hk_str text, char why[256])
{
  struct hk_config_reader r = {.left = text};
  hk_str key = HK_S("");
  hk_str value = HK_S("");
  while (hk_config_next(&r, &key, &value)) {
    const hk_err e = r.bad ? hk_option_complain(why, s->o, (struct hk_text){"キーのない行", "a line without a key"}, value, NULL)
                           : take_setting(s, key, value, why);
    if (e.code != HK_OK) return at_line(s, r.line, e, why);
  }
  return hk_ok();
}

static hk_err take_from(struct hk_arena *a, struct hk_options *o, hk_err found, hk_str text, hk_str origin, bool *any, char why[256])
{
  if (found.code == HK_ABSENT) return hk_ok();
  if (found.code != HK_OK) {
    (void)snprintf(why, 256, "%.*s: %s", (int)origin.n, origin.p, found.step);
    return hk_fail(HK_USAGE, "read settings", HK_NO_OFFSET);
  }
  struct hk_buf keys;
  hk_buf_init(&keys, HK_CONFIG_LIMIT);
  const struct settings s = {.o = o, .origin = origin, .taken = &keys};
  const hk_err e = take_text(&s, text, why);
  o->settings = hk_str_printf(a, "%.*s%s%.*s: %.*s", (int)o->settings.n, o->settings.p, o->settings.n == 0 ? "" : "; ", (int)origin.n,
                              origin.p, (int)keys.n, keys.n == 0 ? "" : (const char *)keys.p);
  hk_buf_done(&keys);
  *any = true;
  return e;
}

bool hk_settings_apply(const hk_str *args, size_t n, enum hk_command *c)
{
  static const enum hk_command takers[] = {HK_CMD_COLLECT, HK_CMD_ANALYZE, HK_CMD_SELFTEST};
  *c = HK_CMD_COLLECT;
  if (n == 0) return true;
  if (args[0].n > 0 && args[0].p[0] == '-')
    return !hk_str_eq(args[0], HK_S("-h")) && !hk_str_eq(args[0], HK_S("--help")) && !hk_str_eq(args[0], HK_S("--version"));
  for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
    if (!hk_str_eq(args[0], hk_str_of(hk_commands[takers[i]].name))) continue;
    *c = takers[i];
    return true;
  }
  return false;
}

/* Inside the program first, then the file beside it, which wins; the command line comes after both. */
hk_err hk_settings_take(struct hk_arena *a, struct hk_options *o, bool *any, char why[256])
{
  hk_str text = HK_S("");
  hk_err e = hk_config_embedded(a, &text);
  HK_TRY(take_from(a, o, e, text, HK_S("in the program"), any, why));
  e = hk_config_beside(a, &text);
  return take_from(a, o, e, text, HK_S(HK_CONFIG_NAME), any, why);
}

hk_err hk_settings_check(struct hk_arena *a, hk_str text, hk_str name, bool japanese, char why[256])
{
  struct hk_options scratch = {.command = HK_CMD_COLLECT, .japanese = japanese, .artefacts = hk_new(a, hk_str, HK_ARTEFACTS_MOST)};
  struct hk_buf keys;
  if (scratch.artefacts == NULL) return hk_fail(HK_MEMORY, "read settings", HK_NO_OFFSET);
  hk_buf_init(&keys, HK_CONFIG_LIMIT);
  const struct settings s = {.o = &scratch, .origin = name, .taken = &keys, .any_command = true};
  const hk_err e = take_text(&s, text, why);
  hk_buf_done(&keys);
  return e;
}
