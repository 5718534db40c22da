/* The plan: one walk of the source for the definitions of every module, then one row a file, in order of value. */
#include <stdlib.h>
#include <string.h>

#include "acquire/acquire.h"
#include "acquire/define/regex.h"

#define DEFAULT_MAX_BYTES (UINT64_C(1) << 30)
/* Ceilings that an ordinary PC does not come near; who plants files to reach them pushes out only what is merely looked
   through, and coverage says so. */
#define MAX_FILES ((size_t)2000000)
#define MAX_LOOKED_THROUGH ((size_t)1000000)
#define MAX_TROUBLES ((size_t)10000)

struct making {
  struct hk_plan *plan;
  hk_str *globs;
  uint32_t *def_of; /* by glob */
  size_t n_globs;
  size_t capacity;  /* of plan->files, which is malloc'd while it grows */
  struct hk_missing *missing;
  size_t n_missing, missing_capacity;
  size_t n_looked_through;
  bool *cut;      /* definitions of which some file found no place */
  uint32_t *hits; /* scratch: the definitions that want the file at hand */
  hk_err err;
};

static bool is_asked(const struct hk_define *x)
{
  return x->n_globs > 0 && !x->switched_off;
}

static hk_err make_room(struct making *m, const struct hk_wanted *w)
{
  struct hk_plan *const p = m->plan;
  size_t n_defs = 0;
  size_t n_globs = 0;
  for (size_t i = 0; i < w->n_modules; i++) n_defs += w->modules[i]->n_artefacts;
  n_globs = n_defs;
  for (size_t i = 0; w->defines != NULL && i < w->defines->n; i++) {
    if (!is_asked(w->defines->v[i])) continue;
    n_defs++;
    n_globs += w->defines->v[i]->n_globs;
  }
  p->defs = hk_new(&p->arena, struct hk_definition, n_defs);
  m->globs = hk_new(&p->arena, hk_str, n_globs);
  m->def_of = hk_new(&p->arena, uint32_t, n_globs);
  m->cut = hk_new(&p->arena, bool, n_defs);
  m->hits = hk_new(&p->arena, uint32_t, n_defs);
  const bool all = p->defs != NULL && m->globs != NULL && m->def_of != NULL && m->cut != NULL && m->hits != NULL;
  return all ? hk_ok() : hk_fail(HK_MEMORY, "plan", HK_NO_OFFSET);
}

static void ask(struct making *m, hk_str glob)
{
  m->def_of[m->n_globs] = (uint32_t)m->plan->n_defs;
  m->globs[m->n_globs++] = glob;
}

static hk_err collect_definitions(struct making *m, const struct hk_wanted *w)
{
  struct hk_plan *const p = m->plan;
  HK_TRY(make_room(m, w));
  for (size_t i = 0; i < w->n_modules; i++) {
    for (size_t k = 0; k < w->modules[i]->n_artefacts; k++) {
      const struct hk_artefact *const a = &w->modules[i]->artefacts[k];
      const bool left_out = hk_profile_leaves_out(w->profile, hk_str_of(a->name));
      if (!left_out) ask(m, hk_str_of(a->glob));
      p->defs[p->n_defs++] = (struct hk_definition){.artefact = a, .module = i, .left_out = left_out};
    }
  }
  for (size_t i = 0; w->defines != NULL && i < w->defines->n; i++) {
    const struct hk_define *const x = w->defines->v[i];
    if (!is_asked(x)) continue;
    for (size_t k = 0; k < x->n_globs; k++) ask(m, x->globs[k]);
    p->defs[p->n_defs++] = (struct hk_definition){.artefact = &x->artefact, .module = HK_NO_MODULE, .data = x};
  }
  return hk_ok();
}

static bool add_missing(struct making *m, struct hk_missing row)
{
  if (m->n_missing == m->missing_capacity) {
    const size_t capacity = m->missing_capacity == 0 ? 64 : m->missing_capacity * 2;
    struct hk_missing *const p = realloc(m->missing, capacity * sizeof *p);
    if (p == NULL) return false;
    m->missing = p;
    m->missing_capacity = capacity;
  }
  row.path = hk_str_copy(&m->plan->arena, row.path);
  m->missing[m->n_missing++] = row;
  return true;
}

static void on_error(void *ctx, hk_str path, hk_err e)
{
  struct making *const m = ctx;
  if (m->n_missing > MAX_TROUBLES) return;
  /* A folder below which nothing is asked for is never listed, so any definition may be the one that suffers. */
  struct hk_missing row = {.path = path, .def = SIZE_MAX, .why = e};
  if (m->n_missing == MAX_TROUBLES)
    row = (struct hk_missing){.path = hk_str_of(""),
                              .def = SIZE_MAX,
                              .why = hk_fail(HK_SKIPPED, "find files: too many folders in trouble", HK_NO_OFFSET)};
  if (!add_missing(m, row)) m->err = hk_fail(HK_MEMORY, "plan", HK_NO_OFFSET);
}

static bool is_full(struct making *m, const struct hk_planned *row)
{
  if (!row->store && m->n_looked_through++ < MAX_LOOKED_THROUGH && m->plan->n_files < MAX_FILES) return false;
  if (row->store && m->plan->n_files < MAX_FILES) return false;
  for (size_t i = 0; i < row->n_defs; i++) m->cut[row->defs[i]] = true;
  return true;
}

static struct hk_planned *add_file(struct making *m)
{
  struct hk_plan *const p = m->plan;
  if (p->n_files == m->capacity) {
    const size_t capacity = m->capacity == 0 ? 1024 : m->capacity * 2;
    struct hk_planned *const v = realloc(p->files, capacity * sizeof *v);
    if (v == NULL) {
      m->err = hk_fail(HK_MEMORY, "plan", HK_NO_OFFSET);
      return NULL;
    }
    p->files = v;
    m->capacity = capacity;
  }
  return &p->files[p->n_files];
}

uint64_t hk_artefact_limit(const struct hk_artefact *a)
{
  return a->max_bytes == 0 ? DEFAULT_MAX_BYTES : a->max_bytes;
}

/* Size and name as the definition means them; its globs have named the file already. */
static bool is_meant(const struct hk_define *x, const struct hk_entry *e)
{
  if (x == NULL) return true;
  if (e->size_bytes < x->least_bytes || (x->most_bytes != 0 && e->size_bytes > x->most_bytes)) return false;
  return x->mask == NULL || hk_regex_finds(x->mask, hk_str_sub(e->path, hk_str_rfind(e->path, '\\') + 1, e->path.n));
}

/* What the definitions together want of the file. False: nothing. */
static bool join_wants(struct making *m, const struct hk_hits *hits, struct hk_planned *row)
{
  row->defs = m->hits;
  for (size_t i = 0; i < hits->n; i++) {
    const uint32_t number = m->def_of[hits->v[i]];
    struct hk_definition *const def = &m->plan->defs[number];
    const struct hk_artefact *const a = def->artefact;
    if (row->n_defs > 0 && m->hits[row->n_defs - 1] == number) continue; /* by another of its globs */
    if (!is_meant(def->data, &row->entry)) continue;
    if (row->entry.shadow == 0) def->met = true; /* what only a shadow copy has is not on the PC now */
    if (a->examine_only && row->entry.size_bytes > hk_artefact_limit(a)) continue; /* an ordinary big document: not of interest */
    if (a->examine_only && row->entry.unchanged) continue;                /* looked through where it is newer */
    def->n_files++;
    def->n_bytes += hk_acquire_expects(row);
    if (row->artefact == NULL || a->rank < row->artefact->rank) row->artefact = a;
    if (hk_artefact_limit(a) > row->limit_bytes) row->limit_bytes = hk_artefact_limit(a);
    if (!a->collect_only) row->modules |= UINT32_C(1) << def->module;
    if (!a->examine_only) row->store = true;
    m->hits[row->n_defs++] = number;
  }
  return row->n_defs > 0;
}

/* Neighbours are often named by the same definitions, and share the list. */
static bool keep_list(struct making *m, struct hk_planned *row)
{
  const struct hk_planned *const before = m->plan->n_files == 0 ? NULL : &m->plan->files[m->plan->n_files - 1];
  const size_t bytes = row->n_defs * sizeof *row->defs;
  if (before != NULL && before->n_defs == row->n_defs && memcmp(before->defs, row->defs, bytes) == 0) {
    row->defs = before->defs;
    return true;
  }
  uint32_t *const copy = hk_new(&m->plan->arena, uint32_t, row->n_defs);
  if (copy == NULL) return false;
  memcpy(copy, row->defs, bytes);
  row->defs = copy;
  return true;
}

static bool on_entry(void *ctx, const struct hk_entry *e, const struct hk_hits *hits)
{
  struct making *const m = ctx;
  struct hk_planned row = {.entry = *e};
  if (!join_wants(m, hits, &row) || is_full(m, &row)) return true;
  row.entry.path = hk_str_copy(&m->plan->arena, e->path);
  if (row.entry.path.p == NULL || !keep_list(m, &row)) {
    m->err = hk_fail(HK_MEMORY, "plan", HK_NO_OFFSET);
    return false;
  }
  struct hk_planned *const to = add_file(m);
  if (to == NULL) return false;
  *to = row;
  m->plan->n_files++;
  /* What is beyond its limit is not read: the progress bar must not wait for it. */
  if (e->size_bytes <= row.limit_bytes) m->plan->total_bytes += hk_acquire_expects(&row);
  return true;
}

/* Shadow copies last, newest first: what is there now is worth more, and what is the same is known by then. */
static int by_value(const void *x, const void *y)
{
  const struct hk_planned *const a = x;
  const struct hk_planned *const b = y;
  if (a->entry.shadow != b->entry.shadow) return a->entry.shadow < b->entry.shadow ? -1 : 1;
  if (a->artefact->rank != b->artefact->rank) return a->artefact->rank < b->artefact->rank ? -1 : 1;
  return hk_str_cmp(a->entry.path, b->entry.path);
}

/* Definitions that met nothing, or not all: the search was cut short, or there were too many. */
static hk_err add_gaps(struct making *m, bool stopped)
{
  const struct hk_plan *const p = m->plan;
  for (size_t i = 0; i < p->n_defs; i++) {
    const struct hk_definition *const d = &p->defs[i];
    struct hk_missing row = {.path = hk_str_of(d->artefact->glob), .def = i, .why = hk_fail(HK_ABSENT, "find files", HK_NO_OFFSET)};
    if (d->left_out)
      row.why = hk_fail(HK_SKIPPED, "find files: the profile leaves it out", HK_NO_OFFSET);
    else if (stopped)
      row.why = hk_fail(HK_CANCELLED, "find files: the run was interrupted", HK_NO_OFFSET);
    else if (m->cut[i])
      row.why = hk_fail(HK_SKIPPED, "find files: more than are looked through", HK_NO_OFFSET);
    else if (d->met || (d->data != NULL && !d->data->essential))
      continue;
    if (!add_missing(m, row)) return hk_fail(HK_MEMORY, "plan", HK_NO_OFFSET);
  }
  return hk_ok();
}

hk_err hk_plan_make(struct hk_source *s, const struct hk_wanted *w, bool (*stop)(void), struct hk_plan *out)
{
  struct making *const m = calloc(1, sizeof *m);
  *out = (struct hk_plan){0};
  hk_arena_init(&out->arena, 0);
  if (m == NULL || w->n_modules > HK_MAX_MODULES) {
    free(m);
    return hk_fail(HK_MEMORY, "plan", HK_NO_OFFSET);
  }
  m->plan = out;
  m->err = collect_definitions(m, w);
  bool stopped = false;
  if (m->err.code == HK_OK) {
    const struct hk_globs globs = {.v = m->globs, .n = m->n_globs};
    const struct hk_finder finder = {.ctx = m, .on_entry = on_entry, .on_error = on_error, .stop = stop};
    const hk_err e = s->ops->find(s, &globs, &finder);
    stopped = e.code == HK_CANCELLED;
    if (m->err.code == HK_OK && !stopped) m->err = e;
  }
  if (m->err.code == HK_OK) m->err = add_gaps(m, stopped);
  if (out->n_files > 1) qsort(out->files, out->n_files, sizeof *out->files, by_value);
  out->missing = m->missing;
  out->n_missing = m->n_missing;
  const hk_err e = m->err;
  free(m);
  if (e.code != HK_OK) hk_plan_done(out);
  return e;
}

void hk_plan_done(struct hk_plan *p)
{
  free(p->files);
  free(p->missing);
  hk_arena_done(&p->arena);
  *p = (struct hk_plan){0};
}
