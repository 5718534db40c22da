/* Marks of the web, and attachments of every kind: the same bytes as both.
   SEEDS: mail/eml mail/msg */
#include "mail/mail.h"
#include "parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_parse(&mail_module, HK_S("C:\\Users\\u\\Downloads\\x.zip:Zone.Identifier"), data, size);
  fuzz_parse(&mail_module, HK_S("C:\\Users\\u\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\AB12CD34\\x (2).docm"),
           data, size);
  return 0;
}
