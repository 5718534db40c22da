/* Fuzz target: an answer of the running Windows, read back. The header chooses the module; the others refuse it. */
#include "base/bytes.h"
#include "examine/inprocess.h"
#include "module.h"

extern const struct hk_module process_module, network_module, session_module, system_module;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const struct hk_module *const modules[] = {&process_module, &network_module, &session_module, &system_module};
  for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
    struct hk_bytes_memory m;
    struct hk_outcome out;
    hk_bytes_memory_init(&m, data, size);
    const struct hk_file_info info = {.path = HK_S("state:\\x.jsonl"), .size_bytes = size};
    (void)hk_parse_here(modules[i], &info, &m.bytes, NULL, &out);
  }
  return 0;
}
