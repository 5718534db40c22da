/* ForensicArtifacts YAML, and the same bytes as attributes and as profiles.
   SEEDS: artifacts_yaml */
#include <stdlib.h>

#include "acquire/define/define.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_defines d;
  const hk_str bytes = {.p = (const char *)data, .n = size};
  hk_defines_init(&d);
  (void)hk_defines_add(&d, HK_S("x.yaml"), bytes);
  (void)hk_defines_add(&d, HK_S("x.hikeshi.yaml"), bytes);
  (void)hk_defines_add(&d, HK_S("profiles.yaml"), bytes);
  (void)hk_defines_check(&d);
  for (size_t i = 0; i < d.n; i++)
    if (d.v[i]->name.n == 0 || (d.v[i]->n_globs > 0 && d.v[i]->artefact.glob[0] == 0)) abort();
  for (size_t i = 0; i < d.n_remarks; i++)
    if (d.remarks[i].text.n == 0 || !hk_str_valid(d.remarks[i].text)) abort();
  if (d.n_profiles > 0) hk_profile_apply(&d, &d.profiles[0]);
  hk_defines_done(&d);
  return 0;
}
