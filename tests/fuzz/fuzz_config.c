/* Settings: the block at the end of a program, and its text. */
#include <stdlib.h>

#include "run/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  hk_str text = {.p = (const char *)data, .n = size};
  size_t at = 0;
  const hk_err e = hk_config_find(data, size, &text, &at);
  if (e.code == HK_OK && (text.p < (const char *)data + at || text.p + text.n > (const char *)data + size)) abort();
  struct hk_config_reader r = {.left = text};
  hk_str key;
  hk_str value;
  while (hk_config_next(&r, &key, &value))
    if (r.line > size || key.n + value.n > text.n + 3) abort();
  return 0;
}
