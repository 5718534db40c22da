/* The wire form of a record with every type of field: whatever bytes come, the reader accepts or refuses, and what it accepts
   is written back to the same bytes (booleans, UTF-8 and times have one form each).
   Seeds are made by tests/examine/make_frames.py. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../examine/all_fields.h"
#include "record/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct all_record r = {.hex = 0};
  struct hk_arena arena, scratch;
  struct hk_buf again;
  struct hk_cur in = hk_cur_over(data, size);
  hk_arena_init(&arena, (size_t)64 << 20);
  hk_arena_init(&scratch, (size_t)64 << 20);
  hk_buf_init(&again, (size_t)64 << 20);
  if (hk_wire_get(&in, &all_record_type, &r, &arena).code == HK_OK) {
    hk_wire_put(&again, &all_record_type, &r, &scratch);
    if (again.failed || again.n != size || (size && memcmp(again.p, data, size) != 0)) abort();
  }
  hk_buf_done(&again);
  hk_arena_done(&scratch);
  hk_arena_done(&arena);
  return 0;
}
