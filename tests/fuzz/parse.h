/* A module over the bytes of a fuzz target, in this process. */
#ifndef FUZZ_PARSE_H
#define FUZZ_PARSE_H

#include <stdlib.h>

#include "examine/inprocess.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_parse_as(const struct hk_module *m, const struct hk_file_info *info, const uint8_t *data, size_t size)
{
  struct hk_bytes_memory bytes;
  struct hk_outcome out = {0};
  hk_bytes_memory_init(&bytes, data, size);
  if (hk_parse_here(m, info, &bytes.bytes, NULL, &out).code != HK_OK) return;
  /* What the module sends is its own doing: nothing in the input may make it break its word. */
  if (out.err.code == HK_REFUSED || out.err.code == HK_CRASHED) abort();
}

static inline void fuzz_parse(const struct hk_module *m, hk_str path, const uint8_t *data, size_t size)
{
  const struct hk_file_info info = {.path = path, .size_bytes = size, .modified_at = HK_UNIX_EPOCH};
  fuzz_parse_as(m, &info, data, size);
}

#endif
