/* The live registry, as far as the topics ask it. Values change between asking for their size and reading them: a bounded number of
   tries. */
#include <stdlib.h>

#include "base/hash.h"
#include "os/state_win32.h"

#define MOST_NAMES 65536u
#define NAME_UNITS 16384u /* longest name of a value; a key's has 255 characters (MSDN, "Registry Element Size Limits") */
#define VALUE_BYTES_MAX ((DWORD)1 << 20)
#define VALUE_TRIES 5

HKEY state_reg_open(HKEY root, const WCHAR *path)
{
  HKEY key = NULL;
  const LONG e = RegOpenKeyExW(root, path, 0, KEY_READ | KEY_WOW64_64KEY, &key);
  SetLastError((DWORD)e);
  return e == ERROR_SUCCESS ? key : NULL;
}

static hk_str hex_of(struct hk_arena *a, const BYTE *p, DWORD n)
{
  char hex[2 * 64 + 1];
  hk_hex(p, n < 64 ? n : 64, hex);
  return hk_str_copy(a, hk_str_of(hex));
}

/* Strings in the registry need not end with a zero, and may hold several. */
static hk_str text_of(struct hk_arena *a, const BYTE *p, DWORD n, DWORD type)
{
  uint64_t v = 0;
  switch (type) {
  case REG_SZ:
  case REG_EXPAND_SZ:
    return hk_str_from_utf16le_z(a, p, n);
  case REG_MULTI_SZ: {
    const hk_str all = hk_str_from_utf16le(a, p, n);
    for (size_t i = 0; i < all.n; i++)
      if (all.p[i] == 0) ((char *)(uintptr_t)all.p)[i] = '\n';
    hk_str s = all;
    while (s.n > 0 && s.p[s.n - 1] == '\n') s.n--;
    return s;
  }
  case REG_DWORD:
  case REG_QWORD:
    for (DWORD i = n < 8 ? n : 8; i > 0; i--) v = v << 8 | p[i - 1];
    return hk_str_printf(a, "%llu", (unsigned long long)v);
  default:
    return hex_of(a, p, n);
  }
}

static BYTE *read_value(HKEY key, const WCHAR *value, DWORD *n, DWORD *type)
{
  DWORD room = 1024;
  for (int i = 0; i < VALUE_TRIES && room <= VALUE_BYTES_MAX; i++) {
    BYTE *const p = malloc(room);
    *n = room;
    const LONG e = p == NULL ? ERROR_NOT_ENOUGH_MEMORY : RegQueryValueExW(key, value, NULL, type, p, n);
    if (e == ERROR_SUCCESS && *n <= room) return p;
    free(p);
    if (e != ERROR_MORE_DATA) return NULL;
    room = *n > room ? *n : room * 2;
  }
  return NULL;
}

hk_str state_reg_text(struct hk_arena *a, HKEY key, const WCHAR *value)
{
  DWORD n = 0;
  DWORD type = 0;
  BYTE *const p = read_value(key, value, &n, &type);
  const hk_str s = p == NULL ? (hk_str){.p = NULL, .n = 0} : text_of(a, p, n, type);
  free(p);
  return s;
}

bool state_reg_number(HKEY key, const WCHAR *value, uint64_t *out)
{
  DWORD n = 0;
  DWORD type = 0;
  uint64_t v = 0;
  BYTE *const p = read_value(key, value, &n, &type);
  const bool is_number = p != NULL && ((type == REG_DWORD && n == 4) || (type == REG_QWORD && n == 8));
  for (DWORD i = is_number ? n : 0; i > 0; i--) v = v << 8 | p[i - 1];
  free(p);
  if (is_number) *out = v;
  return is_number;
}

void state_reg_keys(HKEY key, state_reg_on_key on, void *ctx)
{
  for (DWORD i = 0; i < MOST_NAMES; i++) {
    WCHAR name[256];
    DWORD n = 256;
    if (RegEnumKeyExW(key, i, name, &n, NULL, NULL, NULL, NULL) != ERROR_SUCCESS || !on(ctx, key, name)) return;
  }
}

void state_reg_values(struct hk_arena *a, HKEY key, state_reg_on_value on, void *ctx)
{
  WCHAR *const name = malloc(NAME_UNITS * sizeof *name);
  for (DWORD i = 0; name != NULL && i < MOST_NAMES; i++) {
    DWORD n_name = NAME_UNITS;
    DWORD n = 0;
    DWORD type = 0;
    if (RegEnumValueW(key, i, name, &n_name, NULL, NULL, NULL, NULL) != ERROR_SUCCESS) break;
    BYTE *const p = read_value(key, name, &n, &type);
    const bool more = p == NULL || on(ctx, name, text_of(a, p, n, type), type);
    free(p);
    if (!more) break;
  }
  free(name);
}
