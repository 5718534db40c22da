/* Fuzz target: files of a recycle bin, read both as $I and as INFO2.
   SEEDS: recyclebin */
#include <stdlib.h>

#include "examine/inprocess.h"
#include "recyclebin/recyclebin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_as(hk_str path, const uint8_t *data, size_t size)
{
  struct hk_bytes_memory m;
  struct hk_outcome out = {0};
  hk_bytes_memory_init(&m, data, size);
  const struct hk_file_info info = {.path = path, .size_bytes = size};
  if (hk_parse_here(&recyclebin_module, &info, &m.bytes, NULL, &out).code != HK_OK) return;
  if (out.err.code == HK_REFUSED || out.err.code == HK_CRASHED) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  parse_as(HK_S("C:\\$Recycle.Bin\\S-1-5-21-1-2-3-1001\\$I0A1B2C.txt"), data, size);
  parse_as(HK_S("C:\\RECYCLER\\S-1-5-21-1-2-3-1001\\INFO2"), data, size);
  return 0;
}
