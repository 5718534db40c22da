/* Fuzz target: an ESE database that may be a web cache. The corpus holds one the forge made: two containers, pages of 4096
   bytes, the empty pages at its end left off.
   SEEDS: ese/go-ese/qmgr.db ese/dissect */
#include "parse.h"

extern const struct hk_module webcache_module;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_parse(&webcache_module, HK_S("C:\\Users\\u\\AppData\\Local\\Microsoft\\Windows\\WebCache\\WebCacheV01.dat"), data, size);
  return 0;
}
