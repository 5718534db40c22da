/* Blocks under ChaCha20-Poly1305. A block's nonce is its number and how often it was written, so that no nonce comes twice;
   its tag stays in memory with that count, so that no block can be replaced, not even by an older form of itself. */
#include "store/scratch.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"

#define BLOCK_BYTES ((size_t)8192) /* a page of the case database */
#define TAG_BYTES 16
#define MOST_BLOCKS (UINT64_C(1) << 26) /* 512 GiB */
#define FIRST_BLOCKS 256
#define MOST_VERSIONS 0x7fffffffu

struct block {
  uint32_t there : 1;    /* else it reads as zeros */
  uint32_t version : 31; /* how often it was written; a block that was cut off keeps its count */
  uint8_t tag[TAG_BYTES];
};

struct hk_scratch {
  struct os_file *file;
  uint64_t size_bytes;
  struct block *blocks;
  size_t n, capacity;
  uint8_t key[32];
  uint8_t plain[BLOCK_BYTES];
  uint8_t packed[BLOCK_BYTES];
};

hk_err hk_scratch_open(hk_str os_path, struct hk_scratch **out)
{
  struct hk_scratch *const s = calloc(1, sizeof *s);
  if (s == NULL || sodium_init() < 0) {
    free(s);
    return hk_fail(HK_MEMORY, "open work file", HK_NO_OFFSET);
  }
  const hk_err e = os_open(os_path, OS_CREATE, &s->file);
  if (e.code != HK_OK) {
    free(s);
    return e;
  }
  randombytes_buf(s->key, sizeof s->key);
  *out = s;
  return hk_ok();
}

void hk_scratch_close(struct hk_scratch *s)
{
  if (s == NULL) return;
  os_close(s->file);
  free(s->blocks);
  sodium_memzero(s, sizeof *s);
  free(s);
}

uint64_t hk_scratch_size(const struct hk_scratch *s)
{
  return s->size_bytes;
}

/* ---- one block ----------------------------------------------------------------------------------------------------------- */

static void nonce_of(uint64_t number, uint32_t version, uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES])
{
  for (int i = 0; i < 8; i++) nonce[i] = (uint8_t)(number >> (8 * i));
  for (int i = 0; i < 4; i++) nonce[8 + i] = (uint8_t)(version >> (8 * i));
}

/* Into s->plain. */
static hk_err load(struct hk_scratch *s, uint64_t number)
{
  uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
  size_t got = 0;
  if (number >= s->n || !s->blocks[number].there) {
    memset(s->plain, 0, BLOCK_BYTES);
    return hk_ok();
  }
  const uint64_t at = number * BLOCK_BYTES;
  HK_TRY(os_read_at(s->file, at, s->packed, BLOCK_BYTES, &got));
  nonce_of(number, s->blocks[number].version, nonce);
  if (got != BLOCK_BYTES || crypto_aead_chacha20poly1305_ietf_decrypt_detached(s->plain, NULL, s->packed, BLOCK_BYTES, s->blocks[number].tag,
                                                                               NULL, 0, nonce, s->key) != 0)
    return hk_fail(HK_DAMAGED, "read work file", (int64_t)at);
  return hk_ok();
}

static hk_err make_room(struct hk_scratch *s, uint64_t number)
{
  if (number >= MOST_BLOCKS) return hk_fail(HK_LIMIT, "write work file", HK_NO_OFFSET);
  if (number >= s->capacity) {
    size_t capacity = s->capacity == 0 ? FIRST_BLOCKS : s->capacity * 2;
    while (capacity <= number) capacity *= 2;
    struct block *const p = realloc(s->blocks, capacity * sizeof *p);
    if (p == NULL) return hk_fail(HK_MEMORY, "write work file", HK_NO_OFFSET);
    s->blocks = p;
    s->capacity = capacity;
  }
  while (s->n <= number) s->blocks[s->n++] = (struct block){.there = 0};
  return hk_ok();
}

/* Always whole blocks: what the file says of its end is the memory's to know. */
static hk_err save(struct hk_scratch *s, uint64_t number, const uint8_t *plain)
{
  uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
  HK_TRY(make_room(s, number));
  struct block *const b = &s->blocks[number];
  if (b->version == MOST_VERSIONS) return hk_fail(HK_LIMIT, "write work file", HK_NO_OFFSET);
  b->there = 1;
  b->version = (b->version + 1) & MOST_VERSIONS;
  nonce_of(number, b->version, nonce);
  (void)crypto_aead_chacha20poly1305_ietf_encrypt_detached(s->packed, b->tag, NULL, plain, BLOCK_BYTES, NULL, 0, NULL, nonce, s->key);
  return os_write_at(s->file, number * BLOCK_BYTES, s->packed, BLOCK_BYTES);
}

/* ---- bytes ----------------------------------------------------------------------------------------------------------------- */

hk_err hk_scratch_read_at(struct hk_scratch *s, uint64_t offset, void *out, size_t n, size_t *got)
{
  const uint64_t left = offset >= s->size_bytes ? 0 : s->size_bytes - offset;
  const size_t want = left < n ? (size_t)left : n;
  *got = 0;
  while (*got < want) {
    const uint64_t at = offset + *got;
    const size_t from = (size_t)(at % BLOCK_BYTES);
    const size_t take = BLOCK_BYTES - from < want - *got ? BLOCK_BYTES - from : want - *got;
    HK_TRY(load(s, at / BLOCK_BYTES));
    memcpy((uint8_t *)out + *got, s->plain + from, take);
    *got += take;
  }
  return hk_ok();
}

hk_err hk_scratch_write_at(struct hk_scratch *s, uint64_t offset, const void *p, size_t n)
{
  const uint8_t *in = p;
  if (offset > MOST_BLOCKS * BLOCK_BYTES || n > MOST_BLOCKS * BLOCK_BYTES - offset)
    return hk_fail(HK_LIMIT, "write work file", HK_NO_OFFSET);
  for (size_t done = 0; done < n;) {
    const uint64_t at = offset + done;
    const size_t from = (size_t)(at % BLOCK_BYTES);
    const size_t take = BLOCK_BYTES - from < n - done ? BLOCK_BYTES - from : n - done;
    if (take < BLOCK_BYTES) {
      HK_TRY(load(s, at / BLOCK_BYTES));
      memcpy(s->plain + from, in + done, take);
    }
    HK_TRY(save(s, at / BLOCK_BYTES, take < BLOCK_BYTES ? s->plain : in + done));
    done += take;
    if (at + take > s->size_bytes) s->size_bytes = at + take;
  }
  return hk_ok();
}

/* What is cut off must read as zeros when the file grows again. */
hk_err hk_scratch_truncate(struct hk_scratch *s, uint64_t size_bytes)
{
  const uint64_t n = (size_bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
  const size_t kept = (size_t)(size_bytes % BLOCK_BYTES);
  if (size_bytes >= s->size_bytes) return hk_fail(HK_USAGE, "cut work file", HK_NO_OFFSET);
  if (kept > 0) {
    HK_TRY(load(s, n - 1));
    memset(s->plain + kept, 0, BLOCK_BYTES - kept);
    HK_TRY(save(s, n - 1, s->plain));
  }
  for (size_t i = (size_t)n; i < s->n; i++) s->blocks[i].there = 0;
  s->size_bytes = size_bytes;
  return os_truncate(s->file, n * BLOCK_BYTES);
}

hk_err hk_scratch_read(struct hk_scratch *s, hk_err (*put)(void *ctx, const void *p, size_t n), void *ctx)
{
  for (uint64_t at = 0; at < s->size_bytes; at += BLOCK_BYTES) {
    const uint64_t left = s->size_bytes - at;
    HK_TRY(load(s, at / BLOCK_BYTES));
    HK_TRY(put(ctx, s->plain, left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES));
  }
  return hk_ok();
}
