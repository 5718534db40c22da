/* Paths of files in shadow copies. */
#include <stdio.h>
#include <string.h>

#include "source/shadows.h"

#define PREFIX "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy"
#define PREFIX_BYTES (sizeof PREFIX - 1)
#define ID_BYTES 38 /* "{3808876b-c176-4e48-b7ae-04046e6cc752}" */

void hk_shadow_device(const struct hk_shadow *x, char out[HK_SHADOW_DEVICE_SIZE])
{
  (void)snprintf(out, HK_SHADOW_DEVICE_SIZE, PREFIX "%c%s", x->letter, x->id);
}

static bool is_id(hk_str s)
{
  if (s.n != ID_BYTES || s.p[0] != '{' || s.p[s.n - 1] != '}') return false;
  for (size_t i = 1; i + 1 < s.n; i++) {
    const char c = s.p[i];
    const bool dash = i == 9 || i == 14 || i == 19 || i == 24;
    const bool hex = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

bool hk_shadow_split(hk_str path, hk_str *device, char *letter, hk_str *rest)
{
  const size_t end = PREFIX_BYTES + 1 + ID_BYTES;
  if (path.n < end || (path.n > end && path.p[end] != '\\')) return false;
  if (!hk_str_ieq(hk_str_sub(path, 0, PREFIX_BYTES), HK_S(PREFIX))) return false;
  const char drive = path.p[PREFIX_BYTES];
  if ((drive | 32) < 'a' || (drive | 32) > 'z' || !is_id(hk_str_sub(path, PREFIX_BYTES + 1, end))) return false;
  *device = hk_str_sub(path, 0, end);
  *letter = (char)(drive & ~0x20);
  *rest = hk_str_sub(path, end, path.n);
  return true;
}
