/* A source and its shadow copies as one. */
#include "source/shadows.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "os/os.h"
#include "source/seen.h"

struct store {
  struct hk_shadow info;
  char device[HK_SHADOW_DEVICE_SIZE];
  bool chosen;
  struct hk_source *source; /* NULL: not opened so far, or it cannot be */
};

struct shadows {
  struct hk_source source;
  struct hk_source_ops ops; /* method and completeness are those of the base */
  struct hk_source *base;
  struct hk_shadow_wish choice;
  struct os_mutex *mutex; /* around the opening of stores and the clock */
  struct store *v;        /* newest first */
  size_t n, capacity;
  uint64_t spent_ms;  /* looking */
  uint64_t reading_at; /* since when files in them are read, 0 = not yet */
  bool late;
  bool listed; /* not before it is needed: what is volatile comes first */
};

static struct shadows *of(struct hk_source *s)
{
  return (struct shadows *)(void *)s;
}

static hk_err no_memory(void)
{
  return hk_fail(HK_MEMORY, "look at shadow copies", HK_NO_OFFSET);
}

static hk_err too_late(void)
{
  return hk_fail(HK_LIMIT, "shadow copies: the time for them is up", HK_NO_OFFSET);
}

/* ---- time ------------------------------------------------------------------------------------------------------------------- */

static uint64_t now_ms(const struct shadows *s)
{
  return s->choice.now_ms == NULL ? os_monotonic_ms() : s->choice.now_ms();
}

/* Files in shadow copies are read one after the other behind all others, so the clock need not stop in between. */
static bool is_late(struct shadows *s)
{
  os_lock(s->mutex);
  const uint64_t reading = s->reading_at == 0 ? 0 : now_ms(s) - s->reading_at;
  if (s->spent_ms + reading > s->choice.budget_ms) s->late = true;
  const bool late = s->late;
  os_unlock(s->mutex);
  return late;
}

/* ---- stores ------------------------------------------------------------------------------------------------------------------ */

static bool add_store(void *ctx, const struct hk_shadow *x)
{
  struct shadows *const s = ctx;
  if (s->n == s->capacity) {
    const size_t capacity = s->capacity == 0 ? 16 : s->capacity * 2;
    struct store *const v = realloc(s->v, capacity * sizeof *v);
    if (v == NULL) return false;
    s->v = v;
    s->capacity = capacity;
  }
  s->v[s->n] = (struct store){.info = *x};
  hk_shadow_device(x, s->v[s->n].device);
  s->n++;
  return true;
}

static int newest_first(const void *x, const void *y)
{
  const struct hk_shadow *const a = &((const struct store *)x)->info;
  const struct hk_shadow *const b = &((const struct store *)y)->info;
  if (a->created_at != b->created_at) return a->created_at > b->created_at ? -1 : 1;
  if (a->letter != b->letter) return a->letter < b->letter ? -1 : 1;
  return a->n > b->n ? -1 : a->n < b->n;
}

/* Windows counts them, whatever its clock was doing. */
static bool is_latest(const struct shadows *s, size_t i)
{
  const struct hk_shadow *const x = &s->v[i].info;
  for (size_t k = 0; k < s->n; k++) {
    const struct hk_shadow *const y = &s->v[k].info;
    if (y->letter == x->letter && y->n > x->n && (s->v[k].chosen || y->state.code == HK_OK)) return false;
  }
  return true;
}

static void choose(struct shadows *s)
{
  size_t n = 0;
  for (size_t i = 0; i < s->n; i++) {
    struct hk_shadow *const x = &s->v[i].info;
    if (x->state.code != HK_OK) continue;
    if (s->choice.mode == HK_SHADOWS_NONE)
      x->state = hk_fail(HK_SKIPPED, "shadow copies: none were asked for", HK_NO_OFFSET);
    else if (s->choice.mode == HK_SHADOWS_LATEST && !is_latest(s, i))
      x->state = hk_fail(HK_SKIPPED, "shadow copies: only the newest of each volume was asked for", HK_NO_OFFSET);
    else if (n == s->choice.most)
      x->state = hk_fail(HK_LIMIT, "shadow copies: there are more than are looked at", HK_NO_OFFSET);
    else
      s->v[i].chosen = true;
    n += s->v[i].chosen;
  }
}

/* A volume whose catalog is damaged is not in the list; the others are. */
static void list_stores(struct shadows *s)
{
  if (s->listed) return;
  s->listed = true;
  (void)s->base->ops->shadows(s->base, add_store, s);
  if (s->n > 1) qsort(s->v, s->n, sizeof *s->v, newest_first);
  choose(s);
}

static hk_err open_store(struct shadows *s, struct store *t)
{
  os_lock(s->mutex);
  if (t->chosen && t->source == NULL && t->info.state.code == HK_OK) t->info.state = s->base->ops->open_shadow(s->base, &t->info, &t->source);
  const hk_err e = t->info.state;
  os_unlock(s->mutex);
  return t->source != NULL ? hk_ok() : e;
}

/* The store a path lies in, and the path in it. *t NULL: an ordinary path. */
static hk_err in_store(struct shadows *s, hk_str path, struct hk_arena *a, struct store **t, hk_str *inside)
{
  hk_str device, rest;
  char letter = 0;
  *t = NULL;
  if (!hk_shadow_split(path, &device, &letter, &rest)) return hk_ok();
  list_stores(s);
  for (size_t i = 0; i < s->n && *t == NULL; i++)
    if (hk_str_ieq(device, hk_str_of(s->v[i].device))) *t = &s->v[i];
  if (*t == NULL) return hk_fail(HK_ABSENT, "find the shadow copy", HK_NO_OFFSET);
  *inside = hk_str_printf(a, "%c:%.*s", letter, (int)rest.n, rest.p);
  return inside->p == NULL ? no_memory() : open_store(s, *t);
}

/* ---- find ---------------------------------------------------------------------------------------------------------------------- */

struct search {
  struct shadows *s;
  const struct hk_finder *finder;
  struct hk_seen *states; /* of what is newer: path, record, size, times */
  struct hk_buf scratch;
  struct hk_buf path;
  size_t store; /* number, 1 = the newest; 0 = not in one */
  bool stopped;
  hk_err err;
};

static hk_str state_of(struct search *f, const struct hk_entry *e)
{
  hk_buf_reset(&f->scratch);
  hk_buf_str(&f->scratch, e->path);
  hk_buf_u8(&f->scratch, 0);
  hk_buf_u64le(&f->scratch, e->file_id & UINT64_MAX >> 16);
  hk_buf_u64le(&f->scratch, e->size_bytes);
  hk_buf_u64le(&f->scratch, (uint64_t)e->modified_at);
  hk_buf_u64le(&f->scratch, (uint64_t)e->changed_at);
  if (f->scratch.failed) f->err = no_memory();
  return hk_buf_view(&f->scratch);
}

/* "C:\x" as it is called from outside. */
static hk_str outside(struct search *f, hk_str path)
{
  const struct store *const t = &f->s->v[f->store - 1];
  hk_buf_reset(&f->path);
  hk_buf_z(&f->path, t->device);
  hk_buf_str(&f->path, hk_str_sub(path, path.n < 2 ? path.n : 2, path.n));
  if (f->path.failed) f->err = no_memory();
  return hk_buf_view(&f->path);
}

static bool on_entry(void *ctx, const struct hk_entry *e, const struct hk_hits *hits)
{
  struct search *const f = ctx;
  struct hk_entry shown = *e;
  const hk_str state = state_of(f, e);
  bool is_new = false;
  if (f->err.code == HK_OK) f->err = hk_seen_add(f->states, state, &is_new);
  if (f->store > 0) {
    shown.path = outside(f, e->path);
    shown.shadow = (uint32_t)f->store;
    /* Without a time of change nothing is vouched for. */
    shown.unchanged = !is_new && e->file_id != 0 && e->changed_at != HK_TIME_UNKNOWN;
  }
  if (f->err.code != HK_OK) return false;
  f->stopped = !f->finder->on_entry(f->finder->ctx, &shown, hits);
  return !f->stopped;
}

static void on_error(void *ctx, hk_str path, hk_err e)
{
  struct search *const f = ctx;
  if (f->finder->on_error != NULL) f->finder->on_error(f->finder->ctx, f->store > 0 ? outside(f, path) : path, e);
}

static hk_err find_in(struct search *f, size_t i, const struct hk_globs *globs)
{
  struct store *const t = &f->s->v[i];
  const struct hk_finder finder = {.ctx = f, .on_entry = on_entry, .on_error = on_error, .stop = f->finder->stop};
  f->store = i + 1;
  if (is_late(f->s)) {
    t->chosen = false;
    t->info.state = too_late();
    return hk_ok();
  }
  const uint64_t from = now_ms(f->s);
  /* One that cannot be opened costs itself: its state says so. */
  hk_err e = open_store(f->s, t);
  if (e.code == HK_OK) e = t->source->ops->find(t->source, globs, &finder);
  os_lock(f->s->mutex);
  f->s->spent_ms += now_ms(f->s) - from;
  os_unlock(f->s->mutex);
  if (f->err.code != HK_OK) return f->err;
  if (e.code == HK_CANCELLED || e.code == HK_MEMORY) return e;
  if (e.code != HK_OK && t->info.state.code == HK_OK) t->info.state = e;
  return hk_ok();
}

static hk_err find_all(struct search *f, const struct hk_globs *globs)
{
  const struct hk_finder finder = {.ctx = f, .on_entry = on_entry, .on_error = on_error, .stop = f->finder->stop};
  hk_err e = f->s->base->ops->find(f->s->base, globs, &finder);
  if (f->err.code != HK_OK) return f->err;
  list_stores(f->s);
  for (size_t i = 0; i < f->s->n && e.code == HK_OK && !f->stopped; i++)
    if (f->s->v[i].chosen) e = find_in(f, i, globs);
  return e;
}

static hk_err shadows_find(struct hk_source *source, const struct hk_globs *globs, const struct hk_finder *finder)
{
  struct search f = {.s = of(source), .finder = finder, .err = hk_ok()};
  HK_TRY(hk_seen_open(&f.states));
  hk_buf_init(&f.scratch, (size_t)1 << 20);
  hk_buf_init(&f.path, (size_t)1 << 20);
  const hk_err e = find_all(&f, globs);
  hk_buf_done(&f.scratch);
  hk_buf_done(&f.path);
  hk_seen_close(f.states);
  return e;
}

/* ---- open, stat, owner ----------------------------------------------------------------------------------------------------------- */

static hk_err open_in_store(struct shadows *s, const struct store *t, hk_str path, struct hk_stream **out)
{
  os_lock(s->mutex);
  if (s->reading_at == 0) s->reading_at = now_ms(s);
  os_unlock(s->mutex);
  if (is_late(s)) return too_late();
  HK_TRY(t->source->ops->open(t->source, path, out));
  (*out)->method = "shadow";
  return hk_ok();
}

/* The newest of its volume that has the file. */
static bool open_older(struct shadows *s, hk_str path, struct hk_stream **out)
{
  list_stores(s);
  for (size_t i = 0; i < s->n; i++) {
    struct store *const t = &s->v[i];
    if (!t->chosen || path.n < 2 || path.p[1] != ':' || t->info.letter != (char)(path.p[0] & ~0x20)) continue;
    if (is_late(s) || open_store(s, t).code != HK_OK || t->source->ops->open(t->source, path, out).code != HK_OK) continue;
    (*out)->method = "shadow";
    (*out)->from = t->device;
    return true;
  }
  return false;
}

/* A link and a placeholder of the cloud are not there to be read, in no way. */
static bool has_another_way(hk_err e)
{
  return e.code == HK_DENIED || e.code == HK_IO || e.code == HK_DAMAGED || e.code == HK_TRUNCATED || e.code == HK_UNSUPPORTED;
}

static hk_err shadows_open(struct hk_source *source, hk_str path, struct hk_stream **out)
{
  struct shadows *const s = of(source);
  struct hk_arena a;
  struct store *t = NULL;
  hk_str inside;
  hk_arena_init(&a, 0);
  hk_err e = in_store(s, path, &a, &t, &inside);
  if (t == NULL && e.code == HK_OK) {
    e = s->base->ops->open(s->base, path, out);
    if (has_another_way(e) && open_older(s, path, out)) e = hk_ok();
  } else if (e.code == HK_OK) {
    e = open_in_store(s, t, inside, out);
  }
  hk_arena_done(&a);
  return e;
}

static hk_err shadows_stat(struct hk_source *source, hk_str path, struct hk_arena *a, struct hk_entry *out)
{
  struct shadows *const s = of(source);
  struct store *t = NULL;
  hk_str inside;
  HK_TRY(in_store(s, path, a, &t, &inside));
  if (t == NULL) return s->base->ops->stat(s->base, path, a, out);
  HK_TRY(t->source->ops->stat(t->source, inside, a, out));
  out->path = hk_str_copy(a, path);
  out->shadow = (uint32_t)(t - s->v) + 1;
  return hk_ok();
}

static hk_err shadows_owner(struct hk_source *source, hk_str path, struct hk_arena *a, hk_str *sid)
{
  struct shadows *const s = of(source);
  struct store *t = NULL;
  hk_str inside;
  HK_TRY(in_store(s, path, a, &t, &inside));
  return t == NULL ? s->base->ops->owner(s->base, path, a, sid) : t->source->ops->owner(t->source, inside, a, sid);
}

static hk_err shadows_list(struct hk_source *source, bool (*on)(void *ctx, const struct hk_shadow *x), void *ctx)
{
  struct shadows *const s = of(source);
  list_stores(s);
  for (size_t i = s->n; i > 0; i--) {
    struct hk_shadow x = s->v[i - 1].info;
    if (x.state.code == HK_OK && s->late) x.state = too_late();
    if (!on(ctx, &x)) return hk_ok();
  }
  return hk_ok();
}

static void shadows_close(struct hk_source *source)
{
  struct shadows *const s = of(source);
  for (size_t i = 0; i < s->n; i++)
    if (s->v[i].source != NULL) s->v[i].source->ops->close(s->v[i].source);
  s->base->ops->close(s->base);
  if (s->mutex != NULL) os_mutex_free(s->mutex);
  free(s->v);
  free(s);
}

hk_err hk_source_with_shadows(struct hk_source *base, const struct hk_shadow_wish *choice, struct hk_source **out)
{
  if (base->ops->shadows == NULL || base->ops->open_shadow == NULL) {
    *out = base;
    return hk_ok();
  }
  struct shadows *const s = calloc(1, sizeof *s);
  if (s == NULL) {
    base->ops->close(base);
    return no_memory();
  }
  s->base = base;
  s->choice = *choice;
  s->ops = (struct hk_source_ops){.method = base->ops->method,
                                  .complete = base->ops->complete,
                                  .find = shadows_find,
                                  .open = shadows_open,
                                  .stat = shadows_stat,
                                  .owner = shadows_owner,
                                  .close = shadows_close,
                                  .shadows = shadows_list};
  s->source.ops = &s->ops;
  s->mutex = os_mutex_new();
  if (s->mutex == NULL) {
    shadows_close(&s->source);
    return no_memory();
  }
  *out = &s->source;
  return hk_ok();
}
