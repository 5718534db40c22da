/* The one reader that is not worth inlining. */
#include "base/cur.h"

#include <string.h>

void hk_copy(struct hk_cur *c, void *out, size_t n)
{
  const uint8_t *const p = hk_take(c, n);
  if (p == NULL)
    memset(out, 0, n);
  else
    memcpy(out, p, n);
}
