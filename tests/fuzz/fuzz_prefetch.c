/* Prefetch files, plain and compressed.
   SEEDS: prefetch */
#include "prefetch/prefetch.h"
#include "parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_parse(&prefetch_module, HK_S("C:\\Windows\\Prefetch\\PING.EXE-B29F6629.pf"), data, size);
  return 0;
}
