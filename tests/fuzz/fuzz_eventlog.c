/* Fuzz target: an event log: structure, binary XML, libevtx behind it.
   SEEDS: evtx/mitre_cc0 evtx/python-evtx evtx/omerbenamram/issue_201.evtx */
#include "base/bytes.h"
#include "examine/inprocess.h"
#include "module.h"

extern const struct hk_module eventlog_module;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_bytes_memory m;
  struct hk_outcome out;
  hk_bytes_memory_init(&m, data, size);
  const struct hk_file_info info = {.path = HK_S("C:\\Windows\\System32\\winevt\\Logs\\Security.evtx"), .size_bytes = size};
  (void)hk_parse_here(&eventlog_module, &info, &m.bytes, NULL, &out);
  return 0;
}
