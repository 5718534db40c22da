/* Fuzz target: an ESE database that may be a web cache. The corpus holds one the forge made: two containers, pages of 4096
   bytes, the empty pages at its end left off.
   SEEDS: ese/go-ese/qmgr.db ese/dissect */
#include "base/bytes.h"
#include "examine/inprocess.h"
#include "module.h"

extern const struct hk_module webcache_module;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_bytes_memory m;
  struct hk_outcome out;
  hk_bytes_memory_init(&m, data, size);
  const struct hk_file_info info = {.path = HK_S("C:\\Users\\u\\AppData\\Local\\Microsoft\\Windows\\WebCache\\WebCacheV01.dat"), .size_bytes = size};
  (void)hk_parse_here(&webcache_module, &info, &m.bytes, NULL, &out);
  return 0;
}
