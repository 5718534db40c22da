/* Joining names to paths; the only text operation on the machine's own paths. */
#include "os/os.h"

static bool ends_with_separator(hk_str s)
{
  if (s.n == 0) return true;
  const char last = s.p[s.n - 1];
  return last == os_separator || last == '/';
}

hk_str os_join(struct hk_arena *a, hk_str dir, hk_str name)
{
  if (ends_with_separator(dir)) return hk_str_printf(a, "%.*s%.*s", (int)dir.n, dir.p, (int)name.n, name.p);
  return hk_str_printf(a, "%.*s%c%.*s", (int)dir.n, dir.p, os_separator, (int)name.n, name.p);
}
