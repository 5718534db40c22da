/* Slots are taken when they are first needed, and the one that was not used for longest is filled anew. */
#include "source/disk/cache.h"

#include <stdlib.h>
#include <string.h>

#include "os/os.h"

struct slot {
  struct hk_place place;
  uint8_t *bytes; /* NULL: not taken yet */
  size_t n;
  uint64_t used_at; /* 0: holds nothing */
};

struct hk_cache {
  struct os_mutex *lock;
  struct slot *v;
  size_t n_slots, slot_bytes;
  size_t last; /* asked for again most often */
  uint64_t clock;
  hk_cache_fill_fn *fill;
  void *ctx;
};

hk_err hk_cache_open(size_t slot_bytes, size_t n_slots, hk_cache_fill_fn *fill, void *ctx, struct hk_cache **out)
{
  struct hk_cache *const c = calloc(1, sizeof *c);
  if (c == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  *c = (struct hk_cache){.lock = os_mutex_new(), .v = calloc(n_slots, sizeof *c->v), .n_slots = n_slots, .slot_bytes = slot_bytes};
  c->fill = fill;
  c->ctx = ctx;
  if (c->lock == NULL || c->v == NULL) {
    hk_cache_close(c);
    return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  }
  *out = c;
  return hk_ok();
}

void hk_cache_close(struct hk_cache *c)
{
  if (c == NULL) return;
  for (size_t i = 0; c->v != NULL && i < c->n_slots; i++) free(c->v[i].bytes);
  free(c->v);
  if (c->lock != NULL) os_mutex_free(c->lock);
  free(c);
}

static bool holds(const struct slot *s, const struct hk_place *place)
{
  return s->used_at != 0 && s->place.at == place->at && s->place.file == place->file && s->place.number == place->number;
}

static hk_err filled(struct hk_cache *c, const struct hk_place *place, struct slot **out)
{
  size_t oldest = 0;
  if (holds(&c->v[c->last], place)) {
    *out = &c->v[c->last];
    return hk_ok();
  }
  for (size_t i = 0; i < c->n_slots; i++) {
    if (holds(&c->v[i], place)) {
      c->last = i;
      *out = &c->v[i];
      return hk_ok();
    }
    if (c->v[i].used_at < c->v[oldest].used_at) oldest = i;
  }
  struct slot *const s = &c->v[oldest];
  if (s->bytes == NULL) s->bytes = malloc(c->slot_bytes);
  if (s->bytes == NULL) return hk_fail(HK_MEMORY, "read a block of the image", (int64_t)place->at);
  s->used_at = 0;
  s->n = 0;
  HK_TRY(c->fill(c->ctx, place, s->bytes, &s->n));
  s->place = *place;
  c->last = oldest;
  *out = s;
  return hk_ok();
}

hk_err hk_cache_read(struct hk_cache *c, const struct hk_place *place, size_t skip, void *out, size_t n)
{
  struct slot *s = NULL;
  os_lock(c->lock);
  hk_err e = filled(c, place, &s);
  if (e.code == HK_OK) {
    s->used_at = ++c->clock;
    if (skip > s->n || n > s->n - skip)
      e = hk_fail(HK_TRUNCATED, "read a block of the image", (int64_t)(place->at + s->n));
    else
      memcpy(out, s->bytes + skip, n);
  }
  os_unlock(c->lock);
  return e;
}
