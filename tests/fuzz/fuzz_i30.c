/* Fuzz target: a collected directory index. The update sequence of what was mutated is put right first, or nearly every block would be
   refused as torn.
   SEEDS: ntfs/i30 */
#include <stdlib.h>
#include <string.h>

#include "examine/inprocess.h"
#include "i30/i30.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend(uint8_t *p, size_t size)
{
  for (size_t at = 0; at + 4096 <= size; at += 4096) {
    const size_t from = (size_t)p[at + 4] | (size_t)p[at + 5] << 8;
    if (memcmp(p + at, "INDX", 4) != 0 || from > 500) continue;
    for (size_t end = 510; end < 4096; end += 512) memcpy(p + at + end, p + at + from, 2);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_bytes_memory m;
  struct hk_outcome out = {0};
  uint8_t *const copy = calloc(1, size + 1);
  if (copy == NULL) return 0;
  if (size > 0) memcpy(copy, data, size);
  mend(copy, size);
  hk_bytes_memory_init(&m, copy, size);
  const struct hk_file_info info = {.path = HK_S("C:\\Windows\\Temp:$I30"), .size_bytes = size, .every_record = size % 2 == 0};
  const hk_err e = hk_parse_here(&i30_module, &info, &m.bytes, NULL, &out);
  free(copy);
  if (e.code == HK_OK && (out.err.code == HK_REFUSED || out.err.code == HK_CRASHED)) abort();
  return 0;
}
