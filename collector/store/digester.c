/* A ring of blocks between the caller and one hashing thread. Without a thread (none could be started) the caller hashes. */
#include "store/digester.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"

#define BLOCK_BYTES (256 * 1024)
#define N_BLOCKS 4

struct block {
  size_t n;
  uint8_t bytes[BLOCK_BYTES];
};

struct digester {
  struct hk_sha256 sha256;
  struct hk_md5 md5;
  struct os_mutex *mutex;
  struct os_cond *changed;
  struct os_thread *thread;
  uint64_t n_given, n_hashed; /* blocks, under the mutex */
  bool stop;
  struct block blocks[N_BLOCKS]; /* blocks[n_given % N_BLOCKS] is the one being filled */
};

static void hash(struct digester *d, const struct block *b)
{
  hk_sha256_add(&d->sha256, b->bytes, b->n);
  hk_md5_add(&d->md5, b->bytes, b->n);
}

static void work(void *ctx)
{
  struct digester *const d = ctx;
  os_lock(d->mutex);
  for (;;) {
    while (!d->stop && d->n_hashed == d->n_given) os_wait(d->changed, d->mutex);
    if (d->n_hashed == d->n_given) break;
    const struct block *const b = &d->blocks[d->n_hashed % N_BLOCKS];
    os_unlock(d->mutex);
    hash(d, b);
    os_lock(d->mutex);
    d->n_hashed++;
    os_wake_all(d->changed);
  }
  os_unlock(d->mutex);
}

hk_err digester_open(struct digester **out)
{
  struct digester *const d = calloc(1, sizeof *d);
  if (d == NULL) return hk_fail(HK_MEMORY, "open digester", HK_NO_OFFSET);
  d->mutex = os_mutex_new();
  d->changed = os_cond_new();
  if (d->mutex == NULL || d->changed == NULL) {
    digester_close(d);
    return hk_fail(HK_MEMORY, "open digester", HK_NO_OFFSET);
  }
  if (os_cpu_count() > 1 && os_thread_start(work, d, &d->thread).code != HK_OK) d->thread = NULL;
  digester_begin(d);
  *out = d;
  return hk_ok();
}

void digester_close(struct digester *d)
{
  if (d == NULL) return;
  if (d->thread != NULL) {
    os_lock(d->mutex);
    d->stop = true;
    os_wake_all(d->changed);
    os_unlock(d->mutex);
    os_thread_join(d->thread);
  }
  if (d->changed != NULL) os_cond_free(d->changed);
  if (d->mutex != NULL) os_mutex_free(d->mutex);
  free(d);
}

/* Until everything given is hashed. */
static void drain(struct digester *d)
{
  if (d->thread == NULL) return;
  os_lock(d->mutex);
  while (d->n_hashed != d->n_given) os_wait(d->changed, d->mutex);
  os_unlock(d->mutex);
}

void digester_begin(struct digester *d)
{
  drain(d);
  d->blocks[d->n_given % N_BLOCKS].n = 0;
  hk_sha256_init(&d->sha256);
  hk_md5_init(&d->md5);
}

/* The block being filled is full: hand it over and wait until the next one is free. */
static void give(struct digester *d)
{
  os_lock(d->mutex);
  d->n_given++;
  os_wake_all(d->changed);
  while (d->n_given - d->n_hashed >= N_BLOCKS) os_wait(d->changed, d->mutex);
  os_unlock(d->mutex);
  d->blocks[d->n_given % N_BLOCKS].n = 0;
}

void digester_add(struct digester *d, const void *p, size_t n)
{
  const uint8_t *in = p;
  while (n > 0) {
    struct block *const b = &d->blocks[d->n_given % N_BLOCKS];
    const size_t room = BLOCK_BYTES - b->n;
    const size_t take = n < room ? n : room;
    memcpy(b->bytes + b->n, in, take);
    b->n += take;
    in += take;
    n -= take;
    if (b->n < BLOCK_BYTES) continue;
    if (d->thread != NULL) {
      give(d);
    } else {
      hash(d, b);
      b->n = 0;
    }
  }
}

void digester_end(struct digester *d, uint8_t sha256[HK_SHA256_SIZE], uint8_t md5[HK_MD5_SIZE])
{
  drain(d);
  struct block *const rest = &d->blocks[d->n_given % N_BLOCKS];
  hash(d, rest);
  rest->n = 0;
  hk_sha256_end(&d->sha256, sha256);
  hk_md5_end(&d->md5, md5);
}
