/* LZXPRESS Huffman in its container, and the bare stream with a size of the input's choice.
   SEEDS: prefetch */
#include <stdlib.h>

#include "base/lzxpress.h"
#include "lib/mam.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_arena a;
  hk_arena_init(&a, (size_t)8 << 20);
  const struct hk_cur whole = hk_cur_over(data, size);
  struct mam_output out;
  const hk_err e = mam_unpack(&a, &whole, MOST, &out);
  if (out.n > MOST || (e.code == HK_OK && out.n == 0 && size > 8 && (data[4] | data[5] | data[6] | data[7]) != 0))
    abort();
  struct hk_cur head = whole;
  const size_t wanted = hk_u16le(&head) * (size_t)16;
  struct hk_cur stream = hk_cur_at(&whole, size < 2 ? 0 : 2, size < 2 ? 0 : size - 2);
  uint8_t *const p = hk_new(&a, uint8_t, wanted);
  size_t done = 0;
  struct hk_lzxpress *const table = hk_new(&a, struct hk_lzxpress, 1);
  if (p != NULL && table != NULL && hk_lzxpress_huffman(table, &stream, p, wanted, &done).code == HK_OK && done != wanted)
    abort();
  if (done > wanted) abort();
  hk_arena_done(&a);
  return 0;
}
