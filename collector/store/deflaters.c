/* A ring of pieces between the caller and the threads that pack them. */
#include "store/deflaters.h"

#include <stdlib.h>
#include <string.h>
#include <zlib-ng.h>

#include "os/os.h"

/* What loses least by a higher level gets it: small files, by far the most. */
#define LEVEL_SMALL 5
#define LEVEL 4
#define MOST_THREADS 16u
/* Pieces on their way: six a thread, so that none of them waits for the hashes of small files; some 37 MB at most. */
#define MOST_WAITING ((size_t)2 * MOST_THREADS + 2)
/* Stored blocks cost five bytes each 65,535; deflate never makes more of it than that and a few. */
#define STORED_BLOCK 65535u
#define PACKED_BYTES (DEFLATERS_PIECE + 5 * (DEFLATERS_PIECE / STORED_BLOCK + 1) + 1024)
/* An entry that loses less than 1/32 is stored. */
#define WORTH(packed, size) ((packed) < (size) - (size) / 32)

#define SAMPLES 16u
#define SAMPLE_BYTES 1024u
#define TRIAL_BYTES ((size_t)32 << 10)

struct slot {
  struct piece piece;
  bool ready;
  uint8_t in[DEFLATERS_DICTIONARY + DEFLATERS_PIECE];
  uint8_t out[PACKED_BYTES];
};

/* A deflate stream that is begun anew for each piece: a reset one remembers bytes of the piece before, and may find other
   matches by them. The memory stays, which is what beginning would cost. */
struct packer {
  zng_stream z;
  void *memory;
  size_t size;
  bool in_use;
};

struct deflaters {
  struct os_mutex *mutex;
  struct os_cond *changed;
  struct os_thread *threads[MOST_THREADS];
  unsigned n_threads;
  bool stop;
  struct slot **slots;
  size_t n_slots;
  uint64_t n_given, n_claimed, n_taken; /* pieces, under the mutex but for the caller's own n_given and n_taken */
  struct packer packer;                 /* the caller's, for helping and trying */
};

/* ---- one piece ----------------------------------------------------------------------------------------------------------- */

static void *packer_alloc(void *opaque, unsigned n, unsigned size)
{
  struct packer *const k = opaque;
  const size_t bytes = (size_t)n * size;
  if (k->in_use) return malloc(bytes); /* zlib-ng asks once */
  if (bytes > k->size) {
    free(k->memory);
    k->memory = malloc(bytes);
    k->size = k->memory == NULL ? 0 : bytes;
  }
  k->in_use = k->memory != NULL;
  return k->memory;
}

static void packer_free(void *opaque, void *p)
{
  struct packer *const k = opaque;
  if (p == k->memory)
    k->in_use = false;
  else
    free(p);
}

static void packer_done(struct packer *k)
{
  free(k->memory);
}

/* Bytes made, 0 when they do not fit into `size` (or there is no memory). */
static size_t deflate_piece(struct packer *k, const struct piece *p, int how, uint8_t *out, size_t size)
{
  zng_stream *const z = &k->z;
  *z = (zng_stream){.zalloc = packer_alloc, .zfree = packer_free, .opaque = k};
  if (zng_deflateInit2(z, p->single ? LEVEL_SMALL : LEVEL, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
  if (p->n_dictionary > 0) (void)zng_deflateSetDictionary(z, p->data - p->n_dictionary, (uint32_t)p->n_dictionary);
  z->next_in = p->data;
  z->avail_in = (uint32_t)p->n;
  z->next_out = out;
  z->avail_out = (uint32_t)size;
  const int r = zng_deflate(z, how);
  const bool whole = how == Z_FINISH ? r == Z_STREAM_END : r == Z_OK && z->avail_in == 0 && z->avail_out > 0;
  const size_t n = whole ? size - z->avail_out : 0;
  (void)zng_deflateEnd(z);
  return n;
}

/* As deflate's stored blocks: nothing is lost but time saved. RFC 1951, 3.2.4. */
static size_t store_piece(const struct piece *p, uint8_t *out)
{
  size_t at = 0;
  for (size_t done = 0; done < p->n || (p->n == 0 && at == 0);) {
    const size_t n = p->n - done < STORED_BLOCK ? p->n - done : STORED_BLOCK;
    out[at++] = p->last && done + n == p->n;
    out[at++] = (uint8_t)n;
    out[at++] = (uint8_t)(n >> 8);
    out[at++] = (uint8_t)~n;
    out[at++] = (uint8_t)(~n >> 8);
    memcpy(out + at, p->data + done, n);
    at += n;
    done += n;
  }
  return at;
}

/* How even the bytes of some samples are: even as chance is what packed and encrypted data look like. */
static bool is_even(const uint8_t *p, size_t n)
{
  uint32_t count[256] = {0};
  const size_t step = n / SAMPLES;
  uint64_t sum = 0;
  const uint64_t total = SAMPLES * SAMPLE_BYTES;
  if (step < SAMPLE_BYTES) return false;
  for (size_t s = 0; s < SAMPLES; s++)
    for (size_t i = 0; i < SAMPLE_BYTES; i++) count[p[s * step + i]]++;
  for (size_t c = 0; c < 256; c++) sum += (uint64_t)count[c] * count[c];
  return sum * 256 < total * total + total * total / 10;
}

static bool looks_packed(struct packer *k, const uint8_t *p, size_t n)
{
  uint8_t out[TRIAL_BYTES];
  if (!is_even(p, n)) return false;
  /* Even, and yet it may repeat itself. */
  const struct piece trial = {.data = (uint8_t *)(uintptr_t)p, .n = TRIAL_BYTES};
  const size_t packed = n < TRIAL_BYTES ? 0 : deflate_piece(k, &trial, Z_FINISH, out, sizeof out);
  return packed == 0 || !WORTH(packed, trial.n);
}

static void use(struct piece *p, const uint8_t *packed, size_t n)
{
  p->packed = packed;
  p->n_packed = n;
  p->packed_crc32 = packed == p->data ? p->crc32 : zng_crc32_z(0, packed, n);
}

static void pack(struct slot *s, struct packer *k)
{
  struct piece *const p = &s->piece;
  p->crc32 = zng_crc32_z(0, p->data, p->n);
  p->worth = false;
  size_t n = 0;
  const bool deflate = !p->stored && p->n > 0 && !looks_packed(k, p->data, p->n);
  if (deflate) n = deflate_piece(k, p, p->last ? Z_FINISH : Z_SYNC_FLUSH, s->out, PACKED_BYTES);
  if (p->single) {
    p->worth = n > 0 && WORTH(n, p->n);
    use(p, p->worth ? s->out : p->data, p->worth ? n : p->n);
  } else if (p->stored) {
    use(p, p->data, p->n);
  } else {
    if (n == 0 || n > p->n) n = store_piece(p, s->out);
    use(p, s->out, n);
  }
}

/* ---- the threads ------------------------------------------------------------------------------------------------------------ */

/* With the mutex held and a piece unclaimed: packs it with the mutex released. */
static void pack_next(struct deflaters *d, struct packer *k)
{
  struct slot *const s = d->slots[d->n_claimed++ % d->n_slots];
  os_unlock(d->mutex);
  pack(s, k);
  os_lock(d->mutex);
  s->ready = true;
  os_wake_all(d->changed);
}

static void work(void *ctx)
{
  struct deflaters *const d = ctx;
  struct packer k = {.size = 0};
  os_lock(d->mutex);
  for (;;) {
    while (!d->stop && d->n_claimed == d->n_given) os_wait(d->changed, d->mutex);
    if (d->stop) break;
    pack_next(d, &k);
  }
  os_unlock(d->mutex);
  packer_done(&k);
}

static hk_err no_memory(void)
{
  return hk_fail(HK_MEMORY, "open archive writer", HK_NO_OFFSET);
}

static hk_err open_parts(struct deflaters *d)
{
  d->mutex = os_mutex_new();
  d->changed = os_cond_new();
  d->slots = calloc(d->n_slots, sizeof *d->slots);
  if (d->mutex == NULL || d->changed == NULL || d->slots == NULL) return no_memory();
  for (size_t i = 0; i < d->n_slots; i++) {
    d->slots[i] = malloc(sizeof *d->slots[i]);
    if (d->slots[i] == NULL) return no_memory();
    d->slots[i]->piece = (struct piece){.data = d->slots[i]->in + DEFLATERS_DICTIONARY};
    d->slots[i]->ready = false;
  }
  return hk_ok();
}

hk_err deflaters_open(unsigned n_threads, struct deflaters **out)
{
  struct deflaters *const d = calloc(1, sizeof *d);
  if (d == NULL) return no_memory();
  const unsigned wanted = n_threads < MOST_THREADS ? n_threads : MOST_THREADS;
  d->n_slots = 6 * (size_t)wanted + 2 < MOST_WAITING ? 6 * (size_t)wanted + 2 : MOST_WAITING;
  const hk_err e = open_parts(d);
  if (e.code != HK_OK) {
    deflaters_close(d);
    return e;
  }
  while (d->n_threads < wanted && os_thread_start(work, d, &d->threads[d->n_threads]).code == HK_OK) d->n_threads++;
  *out = d;
  return hk_ok();
}

void deflaters_close(struct deflaters *d)
{
  if (d == NULL) return;
  if (d->n_threads > 0) {
    os_lock(d->mutex);
    d->stop = true;
    os_wake_all(d->changed);
    os_unlock(d->mutex);
  }
  for (unsigned i = 0; i < d->n_threads; i++) os_thread_join(d->threads[i]);
  for (size_t i = 0; d->slots != NULL && i < d->n_slots; i++) free(d->slots[i]);
  free(d->slots);
  packer_done(&d->packer);
  if (d->changed != NULL) os_cond_free(d->changed);
  if (d->mutex != NULL) os_mutex_free(d->mutex);
  free(d);
}

/* ---- the caller's side --------------------------------------------------------------------------------------------------------- */

struct piece *deflaters_free(struct deflaters *d)
{
  return d->n_given - d->n_taken == d->n_slots ? NULL : &d->slots[d->n_given % d->n_slots]->piece;
}

void deflaters_give(struct deflaters *d)
{
  os_lock(d->mutex);
  d->slots[d->n_given % d->n_slots]->ready = false;
  d->n_given++;
  os_wake_all(d->changed);
  os_unlock(d->mutex);
}

struct piece *deflaters_take(struct deflaters *d)
{
  if (d->n_given == d->n_taken) return NULL;
  struct slot *const s = d->slots[d->n_taken % d->n_slots];
  os_lock(d->mutex);
  while (!s->ready) {
    if (d->n_claimed < d->n_given)
      pack_next(d, &d->packer);
    else
      os_wait(d->changed, d->mutex);
  }
  os_unlock(d->mutex);
  return &s->piece;
}

struct piece *deflaters_take_ready(struct deflaters *d)
{
  if (d->n_given == d->n_taken) return NULL;
  struct slot *const s = d->slots[d->n_taken % d->n_slots];
  os_lock(d->mutex);
  const bool ready = s->ready;
  os_unlock(d->mutex);
  return ready ? &s->piece : NULL;
}

void deflaters_done(struct deflaters *d)
{
  d->n_taken++;
}

bool deflaters_looks_packed(struct deflaters *d, const uint8_t *p, size_t n)
{
  return looks_packed(&d->packer, p, n);
}
