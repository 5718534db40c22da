/* LZNT1, LZX and files compressed by the overlay filter. The first byte chooses, the next two are a size. */
#include <stdlib.h>

#include "base/bytes.h"
#include "ntfs/lznt1.h"
#include "ntfs/wof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t out[1 << 18];

static void read_wof(const uint8_t *data, size_t size, size_t wanted, unsigned method)
{
  struct hk_bytes_memory m;
  struct hk_wof w;
  hk_bytes_memory_init(&m, data, size);
  if (hk_wof_init(&w, &m.bytes, wanted, (enum hk_wof_method)method).code != HK_OK) return;
  for (size_t at = 0; at < wanted; at += 5000) {
    size_t got = 0;
    (void)w.bytes.read_at(&w.bytes, at, out, 9000, &got);
    if (got > 9000) abort();
  }
  hk_wof_done(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static uint8_t *lzx;
  if (lzx == NULL) lzx = malloc(hk_lzx_size());
  if (size < 3 || lzx == NULL) return 0;
  const size_t wanted = (size_t)(data[1] | data[2] << 8) + 1;
  struct hk_cur in = hk_cur_over(data + 3, size - 3);
  size_t done = 0;
  switch (data[0] & 7) {
  case 0:
  case 1:
    (void)hk_lznt1(&in, out, wanted, &done);
    if (done > wanted) abort();
    break;
  case 2:
  case 3:
    (void)hk_lzx_unpack((struct hk_lzx *)(void *)lzx, &in, out, wanted > HK_LZX_WINDOW ? HK_LZX_WINDOW : wanted);
    break;
  default:
    read_wof(data + 3, size - 3, wanted * 2, data[0] & 3);
    break;
  }
  enum hk_wof_method method;
  (void)hk_wof_method_parse(hk_cur_over(data, size), &method);
  return 0;
}
