/* An age file of anybody's making: header, then whatever chunks open. No passphrase is given, so that no input asks for
   seconds of scrypt. */
#include <stdint.h>
#include <stdlib.h>

#include "store/age.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The identity that the specification prints; the seeds are for it. */
#define IDENTITY "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"

static void read_all(struct hk_bytes *b)
{
  static uint8_t piece[40000];
  uint64_t at = 0;
  size_t got = 1;
  while (got > 0) {
    if (b->read_at(b, at, piece, sizeof piece, &got).code != HK_OK) return;
    at += got;
  }
  if (at != b->size_bytes) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct hk_age_identities with;
  struct hk_bytes_memory m;
  struct hk_bytes *b = NULL;
  enum hk_age_lock lock;
  if (with.n == 0 && hk_age_identities_read(&with, HK_S(IDENTITY)).code != HK_OK) abort();
  hk_bytes_memory_init(&m, data, size);
  for (int mode = HK_AGE_WHOLE; mode <= HK_AGE_SAVE; mode++) {
    if (hk_age_bytes_open(&m.bytes, &with, (enum hk_age_mode)mode, &lock, &b).code != HK_OK) continue;
    if (b->size_bytes > size) abort();
    read_all(b);
    hk_age_bytes_close(b);
  }
  return 0;
}
