/* Fuzz target: a collected $MFT. The corpus holds small ones that the forge made; the update sequence of what was mutated is put
   right first, or nearly every record would be refused as torn.
   SEEDS: ntfs/mft/deleted.mft ntfs/mft/orphan.mft ntfs/mft/DFR-16 */
#include <string.h>

#include "parse.h"
#include "mft/mft.h"

static void mend(uint8_t *p, size_t size)
{
  for (size_t at = 0; at + 1024 <= size; at += 1024) {
    const size_t from = (size_t)p[at + 4] | (size_t)p[at + 5] << 8;
    if (memcmp(p + at, "FILE", 4) != 0 || from > 1000) continue;
    for (size_t end = 510; end < 1024; end += 512) memcpy(p + at + end, p + at + from, 2);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  uint8_t *const copy = malloc(size + 1);
  if (copy == NULL) return 0;
  if (size > 0) memcpy(copy, data, size);
  mend(copy, size);
  fuzz_parse(&mft_module, HK_S("C:\\$MFT"), copy, size);
  free(copy);
  return 0;
}
