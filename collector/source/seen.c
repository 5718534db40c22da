/* A table of digests with open addressing. A path makes two rows: itself, and its folded form with the first spelling. Digests are
   SHA-256 cut to 128 bits: names are chosen by whoever wants a file overlooked, so it must be hard to find two that collide. */
#include "source/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

#define KEY_BYTES 16

struct slot {
  uint8_t key[KEY_BYTES];
  uint8_t first[KEY_BYTES]; /* of a folded path: the spelling it was first met in */
  bool used;
  bool twin;
};

struct hk_seen {
  struct slot *v;
  size_t size, n; /* size is a power of two */
};

hk_err hk_seen_open(struct hk_seen **out)
{
  struct hk_seen *const s = calloc(1, sizeof *s);
  struct slot *const v = calloc(1024, sizeof *v);
  if (s == NULL || v == NULL) {
    free(s);
    free(v);
    return hk_fail(HK_MEMORY, "remember paths", HK_NO_OFFSET);
  }
  *s = (struct hk_seen){.v = v, .size = 1024};
  *out = s;
  return hk_ok();
}

void hk_seen_close(struct hk_seen *s)
{
  if (s == NULL) return;
  free(s->v);
  free(s);
}

static void make_key(char what, hk_str path, uint8_t key[KEY_BYTES])
{
  struct hk_sha256 h;
  uint8_t digest[HK_SHA256_SIZE];
  hk_sha256_init(&h);
  hk_sha256_add(&h, &what, 1);
  hk_sha256_add(&h, path.p, path.n);
  hk_sha256_end(&h, digest);
  memcpy(key, digest, KEY_BYTES);
}

static struct slot *slot_for(struct slot *v, size_t size, const uint8_t key[KEY_BYTES])
{
  uint64_t h = 0;
  memcpy(&h, key, sizeof h);
  for (size_t i = (size_t)h & (size - 1);; i = (i + 1) & (size - 1))
    if (!v[i].used || memcmp(v[i].key, key, KEY_BYTES) == 0) return &v[i];
}

static bool grow(struct hk_seen *s)
{
  if (s->n + 2 < s->size / 2) return true;
  struct slot *const v = calloc(s->size * 2, sizeof *v);
  if (v == NULL) return false;
  for (size_t i = 0; i < s->size; i++)
    if (s->v[i].used) *slot_for(v, s->size * 2, s->v[i].key) = s->v[i];
  free(s->v);
  s->v = v;
  s->size *= 2;
  return true;
}

static struct slot *take(struct hk_seen *s, const uint8_t key[KEY_BYTES])
{
  struct slot *const to = slot_for(s->v, s->size, key);
  memcpy(to->key, key, KEY_BYTES);
  to->used = true;
  s->n++;
  return to;
}

static bool folded_key(hk_str path, uint8_t key[KEY_BYTES])
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const hk_str folded = hk_str_fold(&a, path);
  if (folded.p != NULL) make_key('f', folded, key);
  hk_arena_done(&a);
  return folded.p != NULL;
}

hk_err hk_seen_add(struct hk_seen *s, hk_str path, bool *is_new)
{
  uint8_t exact[KEY_BYTES];
  uint8_t folded[KEY_BYTES];
  make_key('e', path, exact);
  if (!grow(s) || !folded_key(path, folded)) return hk_fail(HK_MEMORY, "remember paths", HK_NO_OFFSET);
  *is_new = !slot_for(s->v, s->size, exact)->used;
  if (!*is_new) return hk_ok();
  (void)take(s, exact);
  struct slot *f = slot_for(s->v, s->size, folded);
  if (!f->used) {
    f = take(s, folded);
    memcpy(f->first, exact, KEY_BYTES);
  } else if (memcmp(f->first, exact, KEY_BYTES) != 0) {
    f->twin = true;
  }
  return hk_ok();
}

bool hk_seen_has(const struct hk_seen *s, hk_str path)
{
  uint8_t exact[KEY_BYTES];
  make_key('e', path, exact);
  return slot_for(s->v, s->size, exact)->used;
}

bool hk_seen_is_twin(const struct hk_seen *s, hk_str path)
{
  uint8_t folded[KEY_BYTES];
  return folded_key(path, folded) && slot_for(s->v, s->size, folded)->twin;
}
