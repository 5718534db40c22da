/* Fuzz target: a change journal. The corpus holds entries of versions 2, 3 and 4 that the forge made.
   SEEDS: ntfs/usnjrnl/UsnJrnl.raw ntfs/usnjrnl/sample.bin */
#include "parse.h"
#include "usn/usn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const struct hk_file_info info = {.path = HK_S("C:\\$Extend\\$UsnJrnl:$J"), .size_bytes = size, .every_record = true};
  fuzz_parse_as(&usn_module, &info, data, size);
  return 0;
}
