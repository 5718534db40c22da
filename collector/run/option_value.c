/* Sizes, numbers, modules. */
#include "run/option_value.h"

#include "modules.h"

bool hk_option_number(hk_str text, uint64_t least, uint64_t most, uint64_t *out)
{
  uint64_t v = 0;
  if (text.n == 0 || text.n > 18) return false; /* 18 digits cannot overflow */
  for (size_t i = 0; i < text.n; i++) {
    if (text.p[i] < '0' || text.p[i] > '9') return false;
    v = v * 10 + (uint64_t)(text.p[i] - '0');
  }
  if (v < least || v > most) return false;
  *out = v;
  return true;
}

/* Power of two of a unit's letter, -1 when it is none. */
static int shift_of(char unit)
{
  switch (unit | 32) {
  case 'k': return 10;
  case 'm': return 20;
  case 'g': return 30;
  case 't': return 40;
  default: return -1;
  }
}

bool hk_option_size(hk_str text, uint64_t *bytes)
{
  uint64_t v = 0;
  const int shift = text.n == 0 ? -1 : shift_of(text.p[text.n - 1]);
  const hk_str digits = hk_str_sub(text, 0, shift < 0 ? text.n : text.n - 1);
  if (!hk_option_number(digits, 1, (uint64_t)INT64_MAX >> (shift < 0 ? 0 : shift), &v)) return false;
  *bytes = v << (shift < 0 ? 0 : shift);
  return true;
}

uint32_t hk_option_module(hk_str name)
{
  if (hk_str_eq(name, HK_S("yara"))) name = HK_S("ransomnote");
  for (size_t i = 0; i < hk_modules_count && i < 32; i++)
    if (hk_str_eq(name, hk_str_of(hk_modules[i]->name))) return UINT32_C(1) << i;
  return 0;
}

bool hk_option_all_but(hk_str list, uint32_t *off, hk_str *unknown)
{
  uint32_t wanted = 0;
  while (list.n > 0) {
    const size_t comma = hk_str_find(list, ',');
    const hk_str name = hk_str_sub(list, 0, comma);
    const uint32_t one = hk_option_module(name);
    if (one == 0) {
      *unknown = name;
      return false;
    }
    wanted |= one;
    list = hk_str_sub(list, comma + 1, list.n);
  }
  *off = ~wanted;
  return true;
}
