/* There is no running Windows to collect from here. */
#include "source/source.h"

hk_err hk_source_open_live(struct hk_source **out)
{
  (void)out;
  return hk_fail(HK_UNSUPPORTED, "open the source: this is not Windows; name one with --source", HK_NO_OFFSET);
}
