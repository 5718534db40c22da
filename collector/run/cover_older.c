/* Files are counted by the device their path names; what became of each shadow copy is the source's to tell. */
#include "run/cover_older.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/cover.h"
#include "source/shadows.h"

const struct hk_kind hk_cover_shadows = {.name = "shadow", .source = "shadow", .group = "shadow"};

struct count {
  char device[HK_SHADOW_DEVICE_SIZE];
  uint64_t n_new, n_same, n_bad;
  char why[160]; /* of the first that is bad */
};

struct hk_cover_older {
  struct count *v;
  size_t n, capacity;
  hk_str last; /* path counted last: its address is compared */
};

struct hk_cover_older *hk_cover_older_open(void)
{
  return calloc(1, sizeof(struct hk_cover_older));
}

void hk_cover_older_close(struct hk_cover_older *o)
{
  if (o == NULL) return;
  free(o->v);
  free(o);
}

bool hk_cover_is_older(hk_str path)
{
  hk_str device, rest;
  char letter = 0;
  return hk_shadow_split(path, &device, &letter, &rest);
}

static struct count *count_of(struct hk_cover_older *o, hk_str path)
{
  hk_str device, rest;
  char letter = 0;
  if (!hk_shadow_split(path, &device, &letter, &rest)) return NULL;
  for (size_t i = o->n; i > 0; i--)
    if (hk_str_ieq(hk_str_of(o->v[i - 1].device), device)) return &o->v[i - 1];
  if (o->n == o->capacity) {
    const size_t capacity = o->capacity == 0 ? 8 : o->capacity * 2;
    struct count *const v = realloc(o->v, capacity * sizeof *v);
    if (v == NULL) return NULL;
    o->v = v;
    o->capacity = capacity;
  }
  struct count *const c = &o->v[o->n++];
  *c = (struct count){.n_new = 0};
  (void)snprintf(c->device, sizeof c->device, "%.*s", (int)device.n, device.p);
  return c;
}

hk_err hk_cover_older(struct hk_cover_older *o, hk_str path, hk_err e, uint64_t n_notes, hk_str why)
{
  struct count *const c = count_of(o, path);
  if (c == NULL) return hk_fail(HK_MEMORY, "count coverage", HK_NO_OFFSET);
  /* Several modules may look at one file: in a row. */
  const bool again = o->last.n == path.n && o->last.p == path.p;
  o->last = path;
  if (e.code == HK_OK && !again) c->n_new++;
  if (e.code == HK_OK && n_notes == 0) return hk_ok();
  if (c->n_bad++ == 0) (void)snprintf(c->why, sizeof c->why, "%.*s", (int)why.n, why.p);
  return hk_ok();
}

void hk_cover_older_same(struct hk_cover_older *o, hk_str path)
{
  struct count *const c = count_of(o, path);
  if (c != NULL) c->n_same++;
}

struct rows {
  const struct hk_cover_older *o;
  struct hk_facts *f;
  hk_err err;
};

static bool put_row(void *ctx, const struct hk_shadow *x)
{
  struct rows *const r = ctx;
  struct count none = {.n_new = 0};
  const struct count *c = &none;
  char why[400];
  hk_shadow_device(x, none.device);
  for (size_t i = 0; i < r->o->n; i++)
    if (strcmp(r->o->v[i].device, none.device) == 0) c = &r->o->v[i];
  enum hk_cover_state state = x->state.code == HK_LIMIT ? HK_COVER_SKIPPED : hk_cover_state_of(x->state);
  if (state == HK_COVER_EXAMINED && c->n_bad > 0) state = HK_COVER_PARTIAL;
  if (state != HK_COVER_EXAMINED && c->n_new + c->n_same > 0) state = HK_COVER_PARTIAL;
  (void)snprintf(why, sizeof why, "%s%s%llu files examined that differ from newer ones, %llu the same, %llu in trouble%s%s",
                 x->state.code == HK_OK ? "" : x->state.step, x->state.code == HK_OK ? "" : "; ", (unsigned long long)c->n_new,
                 (unsigned long long)c->n_same, (unsigned long long)c->n_bad, c->n_bad > 0 ? ": " : "", c->why);
  r->err = hk_facts_cover(r->f, &(struct hk_fact_cover){.module = "shadow",
                                                        .kind = &hk_cover_shadows,
                                                        .instance = hk_str_of(none.device),
                                                        .state = state,
                                                        .n = c->n_new,
                                                        .hi = x->created_at,
                                                        .why = hk_str_of(why)});
  return r->err.code == HK_OK;
}

hk_err hk_cover_older_rows(const struct hk_cover_older *o, struct hk_facts *f, struct hk_source *s)
{
  struct rows r = {.o = o, .f = f, .err = hk_ok()};
  if (s->ops->shadows == NULL) return hk_ok();
  HK_TRY(s->ops->shadows(s, put_row, &r));
  return r.err;
}
