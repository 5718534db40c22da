/* Key files and signatures, as text of anybody's making: recipients and identities of age, keys and signatures of minisign.
   Locked keys are given no passphrase, so that no input asks for seconds of scrypt. */
#include <stdint.h>
#include <stdlib.h>

#include "store/age.h"
#include "store/minisign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct hk_age_recipients to;
  static struct hk_age_identities with;
  static const struct hk_sign_public nobody = {.id = {1, 2, 3, 4, 5, 6, 7, 8}};
  const hk_str text = {.p = (const char *)data, .n = size};
  struct hk_bytes_memory m;
  struct hk_sign_key key;
  struct hk_sign_public public;
  char comment[HK_SIGN_COMMENT_BYTES];
  bool locked = false;
  to.n = with.n = 0;
  if (hk_age_recipients_read(&to, text).code == HK_OK && to.n == 0) abort();
  if (hk_age_identities_read(&with, text).code == HK_OK && with.n == 0) abort();
  if (hk_sign_key_read(text, NULL, &key, &locked).code == HK_OK && locked) abort();
  hk_bytes_memory_init(&m, data, size);
  if (hk_sign_public_read(text, &public).code != HK_OK) public = nobody;
  (void)hk_sign_check(&m.bytes, text, &public, comment);
  return 0;
}
