/* Fuzz target: a change journal. The corpus holds entries of versions 2, 3 and 4 that the forge made.
   SEEDS: ntfs/usnjrnl/UsnJrnl.raw ntfs/usnjrnl/sample.bin */
#include <stdlib.h>

#include "examine/inprocess.h"
#include "usn/usn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_bytes_memory m;
  struct hk_outcome out = {0};
  hk_bytes_memory_init(&m, data, size);
  const struct hk_file_info info = {.path = HK_S("C:\\$Extend\\$UsnJrnl:$J"), .size_bytes = size, .every_record = true};
  if (hk_parse_here(&usn_module, &info, &m.bytes, NULL, &out).code != HK_OK) return 0;
  /* What the module sends is its own doing: nothing in the input may make it break its word. */
  if (out.err.code == HK_REFUSED || out.err.code == HK_CRASHED) abort();
  return 0;
}
