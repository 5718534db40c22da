/* A table by folded extension. Random extensions, a new one for each file, fill it: then they are no wave either. */
#include "lib/wave.h"

void waves_init(struct waves *w, struct hk_arena *a)
{
  *w = (struct waves){.arena = a};
}

static size_t hash_of(hk_str s)
{
  uint32_t h = 2166136261u; /* FNV-1a */
  for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * 16777619u;
  return h % WAVE_EXTENSIONS_MAX;
}

static void fold(hk_str s, char *out)
{
  for (size_t i = 0; i < s.n; i++) out[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
}

static struct wave *start(struct waves *w, struct wave *at, hk_str extension, hk_str folded)
{
  at->extension = hk_str_copy(w->arena, extension);
  at->folded = hk_str_copy(w->arena, folded);
  at->folders = hk_new(w->arena, uint64_t, WAVE_FOLDERS_MAX);
  at->hours = hk_new(w->arena, struct wave_hour, WAVE_HOURS_MAX);
  if (at->extension.p == NULL || at->folded.p == NULL || at->folders == NULL || at->hours == NULL) {
    at->folded = (hk_str){0};
    return NULL;
  }
  w->n++;
  return at;
}

static struct wave *wave_of(struct waves *w, hk_str extension)
{
  char lower[64];
  if (extension.n == 0 || extension.n > sizeof lower) return NULL;
  fold(extension, lower);
  const hk_str folded = {.p = lower, .n = extension.n};
  if (w->v == NULL) w->v = hk_new(w->arena, struct wave, WAVE_EXTENSIONS_MAX);
  if (w->v == NULL) return NULL;
  size_t i = hash_of(folded);
  while (w->v[i].folded.n != 0 && !hk_str_eq(w->v[i].folded, folded)) i = (i + 1) % WAVE_EXTENSIONS_MAX;
  if (w->v[i].folded.n != 0) return &w->v[i];
  /* One place stays free, so that looking ends. */
  return w->n + 1 < WAVE_EXTENSIONS_MAX ? start(w, &w->v[i], extension, folded) : NULL;
}

static void count_folder(struct wave *w, uint64_t folder)
{
  for (size_t i = w->n_folders; i > 0; i--)
    if (w->folders[i - 1] == folder) return;
  if (w->n_folders < WAVE_FOLDERS_MAX) w->folders[w->n_folders++] = folder;
}

static void count_time(struct wave *w, hk_time at)
{
  if (at == HK_TIME_UNKNOWN) return;
  if (w->first_at == HK_TIME_UNKNOWN || at < w->first_at) w->first_at = at;
  if (at > w->last_at) w->last_at = at;
  const int64_t hour = at / HK_HOUR;
  for (size_t i = w->n_hours; i > 0; i--) {
    if (w->hours[i - 1].hour != hour) continue;
    w->hours[i - 1].n++;
    return;
  }
  if (w->n_hours < WAVE_HOURS_MAX) w->hours[w->n_hours++] = (struct wave_hour){.hour = hour, .n = 1};
}

static void keep(struct waves *w, hk_str *v, size_t *n, size_t most, hk_str s)
{
  const hk_str copy = *n < most ? hk_str_copy(w->arena, s) : (hk_str){0};
  if (copy.p != NULL) v[(*n)++] = copy;
}

static void keep_owner(struct waves *w, struct wave *x, hk_str owner)
{
  if (owner.n == 0) return;
  for (size_t i = 0; i < x->n_owners; i++)
    if (hk_str_eq(x->owners[i], owner)) return;
  keep(w, x->owners, &x->n_owners, WAVE_OWNERS, owner);
}

void waves_add(struct waves *w, const struct wave_file *f)
{
  struct wave *const x = wave_of(w, f->extension);
  if (x == NULL) {
    w->limited = true;
    return;
  }
  x->n++;
  x->n_gone += f->gone;
  count_folder(x, f->folder);
  count_time(x, f->at);
  keep(w, x->examples, &x->n_examples, WAVE_EXAMPLES, f->path);
  keep_owner(w, x, f->owner);
}

const struct wave *waves_next(const struct waves *w, size_t *at)
{
  while (w->v != NULL && *at < WAVE_EXTENSIONS_MAX) {
    const struct wave *const x = &w->v[(*at)++];
    if (x->n >= WAVE_LEAST) return x;
  }
  return NULL;
}

struct wave_hour wave_peak(const struct wave *w)
{
  struct wave_hour most = {.hour = 0, .n = 0};
  for (size_t i = 0; i < w->n_hours; i++)
    if (w->hours[i].n > most.n) most = w->hours[i];
  return most;
}

hk_str wave_summary(struct hk_arena *a, const struct wave *w)
{
  return hk_str_printf(a, "*.%.*s: %llu files, %zu%s folders", (int)w->extension.n, w->extension.p, (unsigned long long)w->n, w->n_folders,
                       w->n_folders == WAVE_FOLDERS_MAX ? "+" : "");
}
