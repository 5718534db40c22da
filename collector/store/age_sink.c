/* Encryption on the way to the output, in constant memory. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "store/age_format.h"

struct age_sink {
  struct hk_store_sink sink;
  struct hk_store_sink *below;
  hk_err failed;
  uint8_t key[32];
  uint64_t n_chunks; /* written */
  size_t n;          /* bytes in `plain` */
  bool ended;
  uint8_t plain[AGE_CHUNK_BYTES];
  uint8_t packed[AGE_PACKED_CHUNK_BYTES];
};

static struct age_sink *of(struct hk_store_sink *s)
{
  return (struct age_sink *)(void *)s;
}

static hk_err put_chunk(struct age_sink *a, const uint8_t *p, size_t n, bool last)
{
  age_chunk_seal(a->key, a->n_chunks, last, p, n, a->packed);
  a->n_chunks++;
  a->failed = a->below->write(a->below, a->packed, n + AGE_TAG_BYTES);
  return a->failed;
}

/* A full chunk is kept until more comes: only then it is known not to be the last. */
static hk_err age_write(struct hk_store_sink *s, const void *p, size_t n)
{
  struct age_sink *const a = of(s);
  const uint8_t *in = p;
  if (a->failed.code != HK_OK) return a->failed;
  if (a->ended) return hk_fail(HK_USAGE, "encrypt behind the end", HK_NO_OFFSET);
  while (n > 0) {
    if (a->n == AGE_CHUNK_BYTES) {
      HK_TRY(put_chunk(a, a->plain, AGE_CHUNK_BYTES, false));
      a->n = 0;
    }
    if (a->n == 0 && n > AGE_CHUNK_BYTES) { /* straight from the caller's memory */
      HK_TRY(put_chunk(a, in, AGE_CHUNK_BYTES, false));
      in += AGE_CHUNK_BYTES;
      n -= AGE_CHUNK_BYTES;
      continue;
    }
    const size_t room = AGE_CHUNK_BYTES - a->n;
    const size_t take = n < room ? n : room;
    memcpy(a->plain + a->n, in, take);
    a->n += take;
    in += take;
    n -= take;
  }
  return hk_ok();
}

static hk_err age_flush(struct hk_store_sink *s)
{
  struct age_sink *const a = of(s);
  return a->failed.code != HK_OK ? a->failed : a->below->flush(a->below);
}

static hk_err age_finish(struct hk_store_sink *s, hk_str note)
{
  struct age_sink *const a = of(s);
  if (a->failed.code != HK_OK) return a->failed;
  if (!a->ended) HK_TRY(put_chunk(a, a->plain, a->n, true));
  a->ended = true;
  return a->below->finish(a->below, note);
}

static void age_close(struct hk_store_sink *s)
{
  struct age_sink *const a = of(s);
  a->below->close(a->below);
  sodium_memzero(a, sizeof *a);
  free(a);
}

static hk_err start(struct age_sink *a, const struct hk_age_recipients *to)
{
  uint8_t file_key[AGE_FILE_KEY_BYTES];
  uint8_t nonce[AGE_NONCE_BYTES];
  struct hk_buf header;
  if (sodium_init() < 0) return hk_fail(HK_IO, "encrypt: no random numbers", HK_NO_OFFSET);
  randombytes_buf(file_key, sizeof file_key);
  randombytes_buf(nonce, sizeof nonce);
  hk_buf_init(&header, AGE_LARGEST_HEADER);
  hk_err e = age_header_put(&header, to, file_key);
  if (e.code == HK_OK) {
    age_payload_key(file_key, nonce, a->key);
    e = a->below->write(a->below, header.p, header.n);
  }
  if (e.code == HK_OK) e = a->below->write(a->below, nonce, sizeof nonce);
  hk_buf_done(&header);
  sodium_memzero(file_key, sizeof file_key);
  return e;
}

hk_err hk_age_sink(const struct hk_age_recipients *to, struct hk_store_sink *below, struct hk_store_sink **out)
{
  struct age_sink *const a = calloc(1, sizeof *a);
  if (a == NULL) {
    below->close(below);
    return hk_fail(HK_MEMORY, "encrypt", HK_NO_OFFSET);
  }
  a->sink = (struct hk_store_sink){.write = age_write, .flush = age_flush, .finish = age_finish, .close = age_close};
  a->below = below;
  const hk_err e = start(a, to);
  if (e.code != HK_OK) {
    age_close(&a->sink);
    return e;
  }
  *out = &a->sink;
  return hk_ok();
}
