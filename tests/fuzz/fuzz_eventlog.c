/* Fuzz target: an event log: structure, binary XML, libevtx behind it.
   SEEDS: evtx/mitre_cc0 evtx/python-evtx evtx/omerbenamram/issue_201.evtx */
#include "parse.h"

extern const struct hk_module eventlog_module;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_parse(&eventlog_module, HK_S("C:\\Windows\\System32\\winevt\\Logs\\Security.evtx"), data, size);
  return 0;
}
