/* Marks of the web, and attachments of every kind: the same bytes as both.
   SEEDS: mail/eml mail/msg */
#include <stdlib.h>

#include "mail/mail.h"
#include "examine/inprocess.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_as(hk_str path, const uint8_t *data, size_t size)
{
  struct hk_bytes_memory bytes;
  hk_bytes_memory_init(&bytes, data, size);
  const struct hk_file_info info = {.path = path, .size_bytes = size, .modified_at = HK_UNIX_EPOCH};
  struct hk_outcome out = {0};
  if (hk_parse_here(&mail_module, &info, &bytes.bytes, NULL, &out).code != HK_OK) return;
  /* What the module sends is its own doing: nothing in the input may make it break its word. */
  if (out.err.code == HK_REFUSED || out.err.code == HK_CRASHED) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  parse_as(HK_S("C:\\Users\\u\\Downloads\\x.zip:Zone.Identifier"), data, size);
  parse_as(HK_S("C:\\Users\\u\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\AB12CD34\\x (2).docm"),
           data, size);
  return 0;
}
