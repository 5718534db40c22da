/* Fuzz target: a hive.
   SEEDS: registry/plaso/SAM registry/plaso/100_sub_keys.hiv registry/regipy/SECURITY registry/regipy/SAM registry/EZ/SAM_DUPENAME registry/python-registry registry/dfwinreg/NTUSER.DAT */
#include "parse.h"

extern const struct hk_module registry_module;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_parse(&registry_module, HK_S("C:\\Users\\u\\NTUSER.DAT"), data, size);
  return 0;
}
