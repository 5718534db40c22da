/* Fuzz target: files of a recycle bin, read both as $I and as INFO2.
   SEEDS: recyclebin */
#include "parse.h"
#include "recyclebin/recyclebin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_parse(&recyclebin_module, HK_S("C:\\$Recycle.Bin\\S-1-5-21-1-2-3-1001\\$I0A1B2C.txt"), data, size);
  fuzz_parse(&recyclebin_module, HK_S("C:\\RECYCLER\\S-1-5-21-1-2-3-1001\\INFO2"), data, size);
  return 0;
}
