/* Names and digests for the custody part. */
#include "run/host.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "os/os.h"

#define BLOCK_BYTES ((size_t)256 * 1024)

hk_str hk_run_evidence_host(struct hk_source *s, struct hk_arena *a)
{
  return strcmp(s->ops->method, "api") == 0 ? os_host_name(a) : hk_str_of("EVIDENCE");
}

static hk_err digest_file(struct os_file *f, uint8_t *block, uint8_t out[HK_SHA256_SIZE])
{
  struct hk_sha256 sha;
  size_t got = 1;
  hk_sha256_init(&sha);
  while (got != 0) {
    HK_TRY(os_read(f, block, BLOCK_BYTES, &got));
    hk_sha256_add(&sha, block, got);
  }
  hk_sha256_end(&sha, out);
  return hk_ok();
}

hk_str hk_run_self_sha256(struct hk_arena *a)
{
  struct os_file *f = NULL;
  uint8_t digest[HK_SHA256_SIZE];
  uint8_t *const block = hk_alloc(a, BLOCK_BYTES);
  char *const hex = hk_alloc(a, 2 * HK_SHA256_SIZE + 1);
  if (block == NULL || hex == NULL || os_open(os_self_path(a), OS_READ, &f).code != HK_OK) return hk_str_of("");
  const hk_err e = digest_file(f, block, digest);
  os_close(f);
  if (e.code != HK_OK) return hk_str_of("");
  hk_hex(digest, sizeof digest, hex);
  return hk_str_of(hex);
}
