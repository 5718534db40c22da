/* A value in its place, or the complaint why it is none. */
#include "run/option_set.h"

#include <stdio.h>
#include <string.h>

#include "run/option_value.h"

hk_err hk_option_complain(char why[256], const struct hk_options *o, struct hk_text what, hk_str given, const char *nearest)
{
  const bool ja = o->japanese;
  (void)snprintf(why, 256, "%s: %.*s%s%s%s", hk_text_in(what, ja), (int)(given.n > 100 ? 100 : given.n), given.p,
                 nearest == NULL ? "" : ja ? "（もしかして " : " (did you mean ", nearest == NULL ? "" : nearest,
                 nearest == NULL ? "" : ja ? "？）" : "?)");
  return hk_fail(HK_USAGE, "read the command line", HK_NO_OFFSET);
}

static hk_err set_number(struct hk_options *o, const struct hk_option_row *row, hk_str value, char why[256])
{
  uint64_t n = 0;
  if (row->value == HK_OPTION_SIZE && !hk_option_size(value, &n))
    return hk_option_complain(why, o, (struct hk_text){"サイズは 500M や 2G の形で指定してください", "a size is written 500M or 2G, not"}, value, NULL);
  if (row->value == HK_OPTION_NUMBER && !hk_option_number(value, 1, row->most, &n))
    return hk_option_complain(why, o, (struct hk_text){"範囲にある整数ではありません", "not a whole number in the range"}, value, NULL);
  memcpy((unsigned char *)o + row->offset, &n, sizeof n);
  return hk_ok();
}

static hk_err set_modules(struct hk_options *o, const struct hk_option_row *row, hk_str value, char why[256])
{
  uint32_t off = 0;
  hk_str unknown = HK_S("");
  if (!hk_option_all_but(value, &off, &unknown))
    return hk_option_complain(why, o, (struct hk_text){"不明なモジュール", "unknown module"}, unknown, NULL);
  memcpy((unsigned char *)o + row->offset, &off, sizeof off);
  return hk_ok();
}

static hk_err add_to_list(struct hk_options *o, const struct hk_option_row *row, hk_str value, char why[256])
{
  struct hk_option_list *const list = (struct hk_option_list *)(void *)((unsigned char *)o + row->offset);
  if (list->n == HK_OPTION_MOST)
    return hk_option_complain(why, o, (struct hk_text){"指定が多すぎるオプション", "option given too often"}, hk_str_of(row->name), NULL);
  list->v[list->n++] = value;
  return hk_ok();
}

hk_err hk_option_set(struct hk_options *o, const struct hk_option_row *row, hk_str value, char why[256])
{
  unsigned char *const to = (unsigned char *)o + row->offset;
  if (row->value == HK_OPTION_SIZE || row->value == HK_OPTION_NUMBER) return set_number(o, row, value, why);
  if (row->value == HK_OPTION_MODULES) return set_modules(o, row, value, why);
  if (row->value == HK_OPTION_LIST) return add_to_list(o, row, value, why);
  if (row->value == HK_OPTION_LANGUAGE && !hk_str_ieq(value, HK_S("ja")) && !hk_str_ieq(value, HK_S("en")))
    return hk_option_complain(why, o, (struct hk_text){"言語は ja か en で指定してください", "the language is ja or en, not"}, value, NULL);
  if (row->value == HK_OPTION_MANY) {
    if (o->n_artefacts == HK_ARTEFACTS_MOST)
      return hk_option_complain(why, o, (struct hk_text){"多すぎるオプション", "given too often"}, hk_str_of(row->name), NULL);
    o->artefacts[o->n_artefacts++] = value;
    return hk_ok();
  }
  const bool yes = row->value == HK_OPTION_FLAG || hk_str_ieq(value, HK_S("ja"));
  if (row->value == HK_OPTION_TEXT)
    memcpy(to, &value, sizeof value);
  else
    memcpy(to, &yes, sizeof yes);
  return hk_ok();
}
