/* Fuzz target: a hive.
   SEEDS: registry/plaso/SAM registry/plaso/100_sub_keys.hiv registry/regipy/SECURITY registry/regipy/SAM registry/EZ/SAM_DUPENAME registry/python-registry registry/dfwinreg/NTUSER.DAT */
#include "base/bytes.h"
#include "examine/inprocess.h"
#include "module.h"

extern const struct hk_module registry_module;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_bytes_memory m;
  struct hk_outcome out;
  hk_bytes_memory_init(&m, data, size);
  const struct hk_file_info info = {.path = HK_S("C:\\Users\\u\\NTUSER.DAT"), .size_bytes = size};
  (void)hk_parse_here(&registry_module, &info, &m.bytes, NULL, &out);
  return 0;
}
