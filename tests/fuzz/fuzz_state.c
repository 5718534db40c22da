/* Fuzz target: an answer of the running Windows, read back. The header chooses the module; the others refuse it. */
#include "parse.h"

extern const struct hk_module process_module, network_module, session_module, system_module;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const struct hk_module *const modules[] = {&process_module, &network_module, &session_module, &system_module};
  for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) fuzz_parse(modules[i], HK_S("state:\\x.jsonl"), data, size);
  return 0;
}
