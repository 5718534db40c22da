/* KAPE targets; the masks that are regular expressions are held against the file's own first bytes as a name.
   SEEDS: kape_tkape */
#include <stdlib.h>

#include "acquire/define/define.h"
#include "acquire/define/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_defines d;
  hk_defines_init(&d);
  (void)hk_defines_add(&d, HK_S("Targets/x.tkape"), (hk_str){.p = (const char *)data, .n = size});
  (void)hk_defines_check(&d);
  const hk_str name = {.p = (const char *)data, .n = size > 300 ? 300 : size};
  for (size_t i = 0; i < d.n; i++) {
    if (d.v[i]->n_globs > 0 && d.v[i]->artefact.glob[0] == 0) abort();
    if (d.v[i]->mask != NULL) (void)hk_regex_finds(d.v[i]->mask, name);
  }
  hk_defines_done(&d);
  return 0;
}
