/* The index of a sparse file: whatever the text is, ranges are in order, inside the file, and hold exactly the stored bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "store/ranges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_arena a;
  struct hk_ranges r;
  struct hk_buf again;
  /* The first byte: how much is stored, so that honest seeds stay honest. */
  const uint64_t stored = size == 0 ? 0 : (uint64_t)data[0] << 8;
  const hk_str text = {.p = size == 0 ? "" : (const char *)data + 1, .n = size == 0 ? 0 : size - 1};
  hk_arena_init(&a, (size_t)64 << 20);
  if (ranges_parse(text, stored, &a, &r).code == HK_OK) {
    uint64_t end = 0, at = 0;
    for (size_t i = 0; i < r.n; i++) {
      if (r.v[i].offset < end || r.v[i].size_bytes == 0 || r.v[i].at != at) abort();
      end = r.v[i].offset + r.v[i].size_bytes;
      at += r.v[i].size_bytes;
    }
    if (end > r.size_bytes || at != stored) abort();
    /* What is written of it reads as the same. */
    struct hk_ranges same;
    hk_buf_init(&again, RANGES_TEXT_MAX);
    ranges_put(&again, &r);
    if (ranges_parse(hk_buf_view(&again), stored, &a, &same).code != HK_OK || same.size_bytes != r.size_bytes) abort();
    hk_buf_done(&again);
  }
  hk_arena_done(&a);
  return 0;
}
