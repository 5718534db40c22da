/* An age file as random access. The chunks that were read last are kept: a zip is read entry by entry, a database page by
   page. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "store/age_armor.h"
#include "store/age_format.h"
#include "store/unpack.h"

#define N_SLOTS 16
#define NO_CHUNK UINT64_MAX

struct slot {
  uint64_t chunk, used_at;
  size_t n;
  uint8_t plain[AGE_CHUNK_BYTES];
};

struct age_bytes {
  struct hk_bytes bytes;
  struct hk_bytes *in;
  struct hk_bytes *armor; /* NULL: the file is binary; else `in` is this */
  struct os_mutex *mutex;
  bool save;     /* HK_AGE_SAVE */
  bool has_last; /* the last chunk there is says it is the last */
  uint64_t payload_at, n_chunks, n_last; /* n_last: packed bytes of the last one */
  uint64_t n_bad, turn;
  uint8_t key[32];
  uint8_t packed[AGE_PACKED_CHUNK_BYTES];
  struct slot *slots[N_SLOTS]; /* made when they are needed; NULL behind the last */
};

static struct age_bytes *of(struct hk_bytes *b)
{
  return (struct age_bytes *)(void *)b;
}

static hk_err read_exactly(struct hk_bytes *in, uint64_t at, void *out, size_t n)
{
  size_t got = 0;
  HK_TRY(in->read_at(in, at, out, n, &got));
  return got == n ? hk_ok() : hk_fail(HK_TRUNCATED, "read age file", (int64_t)at);
}

/* ---- chunks ------------------------------------------------------------------------------------------------------------ */

static size_t packed_size(const struct age_bytes *b, uint64_t chunk)
{
  return chunk + 1 == b->n_chunks ? (size_t)b->n_last : AGE_PACKED_CHUNK_BYTES;
}

static hk_err load(struct age_bytes *b, uint64_t chunk, struct slot *s)
{
  const size_t n = packed_size(b, chunk);
  const uint64_t at = b->payload_at + chunk * AGE_PACKED_CHUNK_BYTES;
  s->chunk = NO_CHUNK;
  HK_TRY(read_exactly(b->in, at, b->packed, n));
  if (!age_chunk_open(b->key, chunk, b->has_last && chunk + 1 == b->n_chunks, b->packed, n, s->plain)) {
    if (!b->save) return hk_fail(HK_DAMAGED, "decrypt: a chunk is not authentic", (int64_t)at);
    memset(s->plain, 0, n - AGE_TAG_BYTES);
    b->n_bad++;
  }
  s->chunk = chunk;
  s->n = n - AGE_TAG_BYTES;
  return hk_ok();
}

static hk_err make_slot(struct slot **out)
{
  struct slot *const s = malloc(sizeof *s);
  if (s == NULL) return hk_fail(HK_MEMORY, "decrypt", HK_NO_OFFSET);
  s->chunk = NO_CHUNK;
  s->used_at = 0;
  *out = s;
  return hk_ok();
}

/* The chunk in its slot; a new one, or the one that was not used for longest, makes room. */
static hk_err find(struct age_bytes *b, uint64_t chunk, const struct slot **out)
{
  struct slot *oldest = b->slots[0];
  for (size_t i = 0; i < N_SLOTS; i++) {
    if (b->slots[i] == NULL) {
      HK_TRY(make_slot(&b->slots[i]));
      oldest = b->slots[i];
      break;
    }
    struct slot *const s = b->slots[i];
    if (s->chunk == chunk) {
      s->used_at = ++b->turn;
      *out = s;
      return hk_ok();
    }
    if (s->used_at < oldest->used_at) oldest = s;
  }
  HK_TRY(load(b, chunk, oldest));
  oldest->used_at = ++b->turn;
  *out = oldest;
  return hk_ok();
}

static hk_err read_chunks(struct age_bytes *b, uint64_t offset, uint8_t *out, size_t n, size_t *got)
{
  while (*got < n && offset < b->bytes.size_bytes) {
    const struct slot *s = NULL;
    HK_TRY(find(b, offset / AGE_CHUNK_BYTES, &s));
    const size_t from = (size_t)(offset % AGE_CHUNK_BYTES);
    const size_t take = s->n - from < n - *got ? s->n - from : n - *got;
    memcpy(out + *got, s->plain + from, take);
    *got += take;
    offset += take;
  }
  return hk_ok();
}

static hk_err age_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct age_bytes *const b = of(self);
  *got = 0;
  os_lock(b->mutex);
  const hk_err e = read_chunks(b, offset, out, n, got);
  os_unlock(b->mutex);
  return e;
}

/* ---- opening ----------------------------------------------------------------------------------------------------------- */

bool hk_age_is(const void *p, size_t n)
{
  static const char begin[] = "age-encryption.org/";
  return (n >= sizeof begin - 1 && memcmp(p, begin, sizeof begin - 1) == 0) || age_armor_is(p, n);
}

static hk_err open_armor(struct age_bytes *b)
{
  uint8_t begin[256];
  size_t got = 0;
  HK_TRY(b->in->read_at(b->in, 0, begin, sizeof begin, &got));
  if (!age_armor_is(begin, got)) return hk_ok();
  HK_TRY(age_armor_open(b->in, &b->armor));
  b->in = b->armor;
  return hk_ok();
}

static hk_err open_header(struct age_bytes *b, const struct hk_age_identities *with, enum hk_age_lock *lock)
{
  static const struct hk_age_identities none;
  uint8_t file_key[AGE_FILE_KEY_BYTES];
  uint8_t nonce[AGE_NONCE_BYTES];
  const uint64_t size = b->in->size_bytes;
  const size_t n = size < AGE_LARGEST_HEADER ? (size_t)size : AGE_LARGEST_HEADER;
  uint8_t *const header = malloc(n + 1);
  if (header == NULL) return hk_fail(HK_MEMORY, "open age file", HK_NO_OFFSET);
  hk_err e = read_exactly(b->in, 0, header, n);
  struct hk_cur c = hk_cur_over(header, n);
  if (e.code == HK_OK) e = age_header_get(&c, n == size, with == NULL ? &none : with, lock, file_key);
  if (e.code == HK_OK) e = read_exactly(b->in, c.pos, nonce, sizeof nonce);
  if (e.code == HK_OK) {
    b->payload_at = c.pos + sizeof nonce;
    age_payload_key(file_key, nonce, b->key);
  }
  sodium_memzero(file_key, sizeof file_key);
  free(header);
  return e;
}

/* The last chunk says whether the file is whole: it alone is marked, and only in the first place it may be empty. */
static hk_err find_last(struct age_bytes *b)
{
  const uint64_t payload = b->in->size_bytes - b->payload_at;
  const uint64_t n_full = payload / AGE_PACKED_CHUNK_BYTES;
  const uint64_t rest = payload % AGE_PACKED_CHUNK_BYTES;
  b->n_chunks = n_full + (rest > 0);
  b->n_last = rest > 0 ? rest : AGE_PACKED_CHUNK_BYTES;
  if (b->n_chunks > 0) {
    const uint64_t at = b->payload_at + (b->n_chunks - 1) * AGE_PACKED_CHUNK_BYTES;
    HK_TRY(read_exactly(b->in, at, b->packed, (size_t)b->n_last));
    const bool fits = b->n_last > AGE_TAG_BYTES || (b->n_last == AGE_TAG_BYTES && b->n_chunks == 1);
    b->has_last = fits && age_chunk_open(b->key, b->n_chunks - 1, true, b->packed, (size_t)b->n_last, b->slots[0]->plain);
  }
  if (!b->has_last && !b->save)
    return hk_fail(HK_TRUNCATED, "decrypt: the file was cut off, or its end is damaged", (int64_t)b->in->size_bytes);
  if (!b->has_last && rest > 0) { /* a piece of a chunk is none */
    b->n_chunks--;
    b->n_last = AGE_PACKED_CHUNK_BYTES;
  }
  b->bytes.size_bytes = b->n_chunks == 0 ? 0 : (b->n_chunks - 1) * AGE_CHUNK_BYTES + b->n_last - AGE_TAG_BYTES;
  return hk_ok();
}

hk_err hk_age_bytes_open(struct hk_bytes *in, const struct hk_age_identities *with, enum hk_age_mode mode, enum hk_age_lock *lock,
                         struct hk_bytes **out)
{
  struct age_bytes *const b = calloc(1, sizeof *b);
  *lock = HK_AGE_OPEN;
  if (b == NULL) return hk_fail(HK_MEMORY, "open age file", HK_NO_OFFSET);
  b->bytes.read_at = age_read_at;
  b->in = in;
  b->save = mode == HK_AGE_SAVE;
  b->mutex = os_mutex_new();
  hk_err e = sodium_init() < 0 || b->mutex == NULL ? hk_fail(HK_MEMORY, "open age file", HK_NO_OFFSET) : make_slot(&b->slots[0]);
  if (e.code == HK_OK) e = open_armor(b);
  if (e.code == HK_OK) e = open_header(b, with, lock);
  if (e.code == HK_OK) e = find_last(b);
  if (e.code != HK_OK) {
    hk_age_bytes_close(&b->bytes);
    return e;
  }
  *out = &b->bytes;
  return hk_ok();
}

void hk_age_bytes_close(struct hk_bytes *bytes)
{
  if (bytes == NULL) return;
  struct age_bytes *const b = of(bytes);
  if (b->mutex != NULL) os_mutex_free(b->mutex);
  age_armor_close(b->armor);
  for (size_t i = 0; i < N_SLOTS && b->slots[i] != NULL; i++) {
    sodium_memzero(b->slots[i], sizeof *b->slots[i]);
    free(b->slots[i]);
  }
  sodium_memzero(b, sizeof *b);
  free(b);
}

/* ---- files ------------------------------------------------------------------------------------------------------------- */

static hk_err open_over(struct file_bytes *file, const struct hk_age_identities *with, enum hk_age_mode mode, struct hk_age_file *f)
{
  uint8_t begin[256];
  size_t got = 0;
  HK_TRY(file->bytes.read_at(&file->bytes, 0, begin, sizeof begin, &got));
  if (!hk_age_is(begin, got)) {
    f->bytes = f->raw = &file->bytes;
    return hk_ok();
  }
  HK_TRY(hk_age_bytes_open(&file->bytes, with, mode, &f->lock, &f->bytes));
  f->raw = &file->bytes;
  f->cut_off = !of(f->bytes)->has_last;
  return hk_ok();
}

hk_err hk_age_file_open(hk_str os_path, const struct hk_age_identities *with, enum hk_age_mode mode, struct hk_age_file *out)
{
  struct file_bytes *const file = calloc(1, sizeof *file);
  *out = (struct hk_age_file){.bytes = NULL};
  if (file == NULL) return hk_fail(HK_MEMORY, "open archive", HK_NO_OFFSET);
  hk_err e = file_bytes_open(os_path, file);
  if (e.code == HK_OK) {
    e = open_over(file, with, mode, out);
    if (e.code != HK_OK) file_bytes_close(file);
  }
  if (e.code != HK_OK) free(file);
  return e;
}

void hk_age_file_close(struct hk_age_file *f)
{
  if (f->raw == NULL) return;
  struct file_bytes *const file = (struct file_bytes *)(void *)f->raw;
  if (f->bytes != f->raw) hk_age_bytes_close(f->bytes);
  file_bytes_close(file);
  free(file);
  *f = (struct hk_age_file){.bytes = NULL};
}

uint64_t hk_age_file_n_bad(const struct hk_age_file *f)
{
  return f->bytes == f->raw ? 0 : of(f->bytes)->n_bad;
}
