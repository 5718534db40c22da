/* Texts that may be ransom notes: codings, markup, rules, addresses.
   SEEDS: ransom_notes */
#include "ransomnote/ransomnote.h"
#include "parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_parse(&ransomnote_module, HK_S("C:\\Users\\u\\Documents\\HELP_DECRYPT.TXT"), data, size);
  return 0;
}
