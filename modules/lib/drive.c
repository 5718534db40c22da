/* Evidence paths of shadow copies: source/shadows.h in the collector. */
#include "lib/drive.h"

#define PREFIX "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy"

hk_str drive_of(hk_str path)
{
  static const char names[] = "A:B:C:D:E:F:G:H:I:J:K:L:M:N:O:P:Q:R:S:T:U:V:W:X:Y:Z:";
  const size_t at = sizeof PREFIX - 1;
  if (path.n > 2 && path.p[1] == ':') return hk_str_sub(path, 0, 2);
  if (path.n < at + 2 || !hk_str_ieq(hk_str_sub(path, 0, at), HK_S(PREFIX)) || path.p[at + 1] != '{') return HK_S("");
  const char letter = (char)(path.p[at] & ~0x20);
  if (letter < 'A' || letter > 'Z') return HK_S("");
  return (hk_str){.p = names + 2 * (letter - 'A'), .n = 2};
}
