/* Coverage rows. A file is an instance of its own, or counts for its folder (prefetch, caches): there one damaged file is
   a "partial" folder, and the reach back in time follows from how many files the system keeps. A search through what is there
   now is one instance, whatever it found. */
#include "run/cover.h"

#include "run/cover_older.h"

#include <stdlib.h>
#include <string.h>

#define MAX_KINDS 64
#define MAX_CLAIMS 256
#define N_HASHES 4096           /* who has the rights to make folders may make many */
#define SINCE_EVER ((hk_time)1) /* a search sees what is there, however old */

struct tally {
  uint64_t n;
  hk_time newest;
  hk_time reach; /* of a folder: the earliest time that one of its files claims to have shown, 0 = no claim */
};

struct claim {
  const struct hk_kind *kind;
  hk_str instance;
  hk_time lo, hi;
  bool partial;
  hk_str why;
};

struct folder {
  struct folder *next;
  struct folder *same_hash;
  size_t def;
  hk_str path;
  uint64_t n_files, n_bad;
  hk_err first_bad;
  hk_str why;
  struct tally tally[MAX_KINDS]; /* by kind of the module */
};

struct hk_cover {
  struct hk_facts *facts;
  const struct hk_plan *plan;
  const struct hk_module *const *modules;
  bool complete;           /* the source */
  struct hk_cover_older *older; /* what is in shadow copies */
  uint32_t left_out;       /* modules, as bits */
  struct hk_arena arena;   /* folders */
  struct hk_arena scratch; /* claims of one file */
  struct folder *folders;
  struct folder *by_hash[N_HASHES];
  /* the file at hand */
  const struct hk_planned *file;
  const struct hk_module *module;
  size_t module_at;
  int64_t artefact;
  struct tally tally[MAX_KINDS];
  struct claim claims[MAX_CLAIMS];
  size_t n_claims;
  bool claims_lost; /* there were more than have a place: the file is not all covered */
};

hk_err hk_cover_open(struct hk_facts *f, const struct hk_plan *p, const struct hk_module *const *modules, bool complete,
                     struct hk_cover **out)
{
  struct hk_cover *const c = calloc(1, sizeof *c);
  if (c == NULL) return hk_fail(HK_MEMORY, "begin coverage", HK_NO_OFFSET);
  c->facts = f;
  c->plan = p;
  c->modules = modules;
  c->complete = complete;
  hk_arena_init(&c->arena, 0);
  hk_arena_init(&c->scratch, 0);
  c->older = hk_cover_older_open();
  if (c->older == NULL) {
    hk_cover_close(c);
    return hk_fail(HK_MEMORY, "begin coverage", HK_NO_OFFSET);
  }
  *out = c;
  return hk_ok();
}

void hk_cover_close(struct hk_cover *c)
{
  if (c == NULL) return;
  hk_arena_done(&c->arena);
  hk_arena_done(&c->scratch);
  hk_cover_older_close(c->older);
  free(c);
}

void hk_cover_leave_out(struct hk_cover *c, uint32_t modules)
{
  c->left_out = modules;
}

enum hk_cover_state hk_cover_state_of(hk_err e)
{
  switch (e.code) {
  case HK_OK: return HK_COVER_EXAMINED;
  case HK_ABSENT: return HK_COVER_ABSENT;
  case HK_DENIED: return HK_COVER_DENIED;
  case HK_UNSUPPORTED: return HK_COVER_UNSUPPORTED;
  case HK_SKIPPED:
  case HK_CANCELLED: return HK_COVER_SKIPPED;
  default: return HK_COVER_DAMAGED;
  }
}

void hk_cover_begin(struct hk_cover *c, const struct hk_planned *file, size_t module, int64_t artefact)
{
  hk_arena_done(&c->scratch);
  c->file = file;
  c->module = c->modules[module];
  c->module_at = module;
  c->artefact = artefact;
  c->n_claims = 0;
  c->claims_lost = false;
  memset(c->tally, 0, sizeof c->tally);
}

/* Position of a kind among the module's, MAX_KINDS when it is not one of them. */
static size_t kind_at(const struct hk_module *m, const struct hk_kind *k)
{
  for (size_t i = 0; i < m->n_kinds && i < MAX_KINDS; i++)
    if (m->kinds[i] == k || strcmp(m->kinds[i]->name, k->name) == 0) return i;
  return MAX_KINDS;
}

static void count_time(struct tally *t, hk_time at)
{
  if (at > t->newest) t->newest = at;
}

void hk_cover_record(struct hk_cover *c, const struct hk_record_type *t, size_t kind, const void *record)
{
  const size_t at = kind_at(c->module, t->kinds[kind]);
  if (at == MAX_KINDS) return;
  c->tally[at].n++;
  for (size_t i = 0; i < t->n_fields; i++) {
    if (t->fields[i].role != HK_ROLE_WHEN) continue;
    count_time(&c->tally[at], hk_get_time(&t->fields[i], record));
    const struct hk_times times = hk_get_times(&t->fields[i], record);
    for (size_t k = 0; k < times.n; k++)
      count_time(&c->tally[at], times.v[k]);
  }
}

void hk_cover_claim(struct hk_cover *c, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time hi,
                    bool partial, hk_str why)
{
  if (kind_at(c->module, kind) == MAX_KINDS) return;
  if (c->n_claims == MAX_CLAIMS) {
    c->claims_lost = true;
    return;
  }
  c->claims[c->n_claims++] = (struct claim){.kind = kind,
                                            .instance = hk_str_copy(&c->scratch, instance),
                                            .lo = lo,
                                            .hi = hi,
                                            .partial = partial,
                                            .why = hk_str_copy(&c->scratch, why)};
}

static bool names(const struct hk_artefact *a, const struct hk_kind *k)
{
  for (size_t i = 0; i < a->n_kinds; i++)
    if (a->kinds[i] == k) return true;
  return a->kinds == NULL;
}

static hk_err put(struct hk_cover *c, const struct hk_kind *kind, hk_str instance, enum hk_cover_state state,
                  uint64_t n, hk_time lo, hk_time hi, hk_str why)
{
  return hk_facts_cover(c->facts, &(struct hk_fact_cover){.artefact = c->artefact,
                                                          .module = c->module->name,
                                                          .kind = kind,
                                                          .instance = instance,
                                                          .state = state,
                                                          .n = n,
                                                          .lo = lo,
                                                          .hi = hi,
                                                          .why = why});
}

/* Rows of one kind for a file that is its own instance. `named` = some definition says the file speaks for this kind. */
static hk_err file_rows(struct hk_cover *c, size_t k, bool named, hk_err e, bool partial, hk_str why)
{
  const struct hk_kind *const kind = c->module->kinds[k];
  const uint64_t n = c->tally[k].n;
  bool claimed = false;
  if (e.code != HK_OK) {
    const enum hk_cover_state state =
        n > 0 && hk_cover_state_of(e) == HK_COVER_DAMAGED ? HK_COVER_PARTIAL : hk_cover_state_of(e);
    return put(c, kind, c->file->entry.path, state, n, 0, 0, why);
  }
  for (size_t i = 0; i < c->n_claims; i++) {
    const struct claim *const claim = &c->claims[i];
    if (strcmp(claim->kind->name, kind->name) != 0) continue;
    const hk_str instance = claim->instance.n == 0 ? c->file->entry.path : claim->instance;
    HK_TRY(put(c, kind, instance, claim->partial || partial ? HK_COVER_PARTIAL : HK_COVER_EXAMINED, n, claim->lo,
               claim->hi, claim->why.n != 0 ? claim->why : why));
    claimed = true;
  }
  if (claimed || (!named && n == 0)) return hk_ok();
  return put(c, kind, c->file->entry.path, partial ? HK_COVER_PARTIAL : HK_COVER_EXAMINED, n, 0, 0, why);
}

static bool is_search(const struct hk_definition *d)
{
  return d->artefact->instance == HK_INSTANCE_SEARCH && !d->artefact->collect_only;
}

/* The first definition of the same search: its number stands for all of them. */
static size_t search_of(const struct hk_plan *p, size_t def)
{
  for (size_t i = 0; i < def; i++)
    if (p->defs[i].module == p->defs[def].module && is_search(&p->defs[i]) &&
        strcmp(p->defs[i].artefact->name, p->defs[def].artefact->name) == 0)
      return i;
  return def;
}

static size_t hash_of(size_t def, hk_str path)
{
  uint32_t h = 2166136261u ^ (uint32_t)def; /* FNV-1a */
  for (size_t i = 0; i < path.n; i++)
    h = (h ^ (unsigned char)path.p[i]) * 16777619u;
  return h % N_HASHES;
}

/* The instance that a file of this definition counts for. */
static struct folder *group_of(struct hk_cover *c, size_t def, hk_str path)
{
  struct folder **const head = &c->by_hash[hash_of(def, path)];
  for (struct folder *f = *head; f != NULL; f = f->same_hash)
    if (f->def == def && hk_str_eq(f->path, path)) return f;
  struct folder *const f = hk_new(&c->arena, struct folder, 1);
  if (f == NULL) return NULL;
  *f = (struct folder){
      .next = c->folders, .same_hash = *head, .def = def, .path = hk_str_copy(&c->arena, path), .first_bad = hk_ok()};
  *head = f;
  c->folders = f;
  return f;
}

static struct folder *group_of_file(struct hk_cover *c, size_t def)
{
  if (is_search(&c->plan->defs[def]))
    return group_of(c, search_of(c->plan, def), hk_str_of(c->plan->defs[def].artefact->name));
  return group_of(c, def, hk_str_sub(c->file->entry.path, 0, hk_str_rfind(c->file->entry.path, '\\')));
}

static void extend(hk_time *reach, hk_time lo)
{
  if (lo != HK_TIME_UNKNOWN && (*reach == HK_TIME_UNKNOWN || lo < *reach)) *reach = lo;
}

static hk_err count_in_group(struct hk_cover *c, struct folder *f, hk_err e, bool partial, hk_str why)
{
  f->n_files++;
  if (e.code != HK_OK || partial) {
    f->n_bad++;
    if (f->n_bad == 1) {
      f->first_bad = e;
      f->why = hk_str_copy(&c->arena, why);
    }
  }
  for (size_t k = 0; k < c->module->n_kinds && k < MAX_KINDS; k++) {
    f->tally[k].n += c->tally[k].n;
    count_time(&f->tally[k], c->tally[k].newest);
    for (size_t i = 0; i < c->n_claims; i++)
      if (kind_at(c->module, c->claims[i].kind) == k) extend(&f->tally[k].reach, c->claims[i].lo);
  }
  return hk_ok();
}

hk_err hk_cover_end(struct hk_cover *c, hk_err e, uint64_t n_notes, hk_str why)
{
  if (c->file->entry.shadow > 0) return hk_cover_older(c->older, c->file->entry.path, e, n_notes, why);
  const bool partial = n_notes > 0 || c->claims_lost;
  bool own_instance = false;
  bool named[MAX_KINDS] = {false};
  bool possible[MAX_KINDS] = {false};
  bool any_named = false;
  const struct folder *counted = NULL; /* definitions of one search follow each other: the file counts once */
  for (size_t i = 0; i < c->file->n_defs; i++) {
    const struct hk_definition *const d = &c->plan->defs[c->file->defs[i]];
    if (d->module != c->module_at || d->artefact->collect_only) continue;
    if (d->artefact->instance != HK_INSTANCE_FILE) {
      struct folder *const f = group_of_file(c, c->file->defs[i]);
      if (f == NULL) return hk_fail(HK_MEMORY, "count coverage", HK_NO_OFFSET);
      if (f != counted) HK_TRY(count_in_group(c, f, e, partial, why));
      counted = f;
      continue;
    }
    own_instance = true;
    for (size_t k = 0; k < c->module->n_kinds && k < MAX_KINDS; k++) {
      possible[k] = possible[k] || names(d->artefact, c->module->kinds[k]);
      named[k] = named[k] || (possible[k] && (d->artefact->kinds != NULL || c->module->n_kinds == 1));
      any_named = any_named || named[k];
    }
  }
  if (!own_instance) return hk_ok();
  for (size_t k = 0; k < c->module->n_kinds && k < MAX_KINDS; k++) {
    /* Nobody knows what a file that cannot be read would have said: then all it could have is lost. */
    const bool lost = named[k] || c->tally[k].n > 0 || (!any_named && possible[k]);
    if (e.code == HK_OK || lost) HK_TRY(file_rows(c, k, named[k], e, partial, why));
  }
  return hk_ok();
}

/* With free places nothing was pushed out: it would have shown all since the folder was made. When full, the file that was
   unused longest went first, so it shows all since the oldest of the last uses, which the files claim. */
static hk_err folder_rows(struct hk_cover *c, const struct folder *f, hk_time born)
{
  const struct hk_definition *const d = &c->plan->defs[f->def];
  c->module = c->modules[d->module];
  c->artefact = 0;
  const enum hk_cover_state bad = f->first_bad.code == HK_OK ? HK_COVER_PARTIAL : hk_cover_state_of(f->first_bad);
  const enum hk_cover_state state = f->n_bad == 0 ? HK_COVER_EXAMINED : f->n_bad == f->n_files ? bad : HK_COVER_PARTIAL;
  for (size_t k = 0; k < c->module->n_kinds && k < MAX_KINDS; k++) {
    if (!names(d->artefact, c->module->kinds[k])) continue;
    const bool free_places = d->artefact->capacity > 0 && f->n_files < d->artefact->capacity;
    const hk_time reach = d->artefact->capacity > 0 ? f->tally[k].reach : HK_TIME_UNKNOWN;
    const hk_time shown =
        free_places && born != HK_TIME_UNKNOWN && (reach == HK_TIME_UNKNOWN || born < reach) ? born : reach;
    const hk_time lo = is_search(d) && c->complete ? SINCE_EVER : shown;
    const bool in_copy = is_search(d) && !c->complete && state == HK_COVER_EXAMINED;
    const hk_str why = in_copy ? HK_S("searched in a copy, which need not hold everything") : f->why;
    HK_TRY(put(c, c->module->kinds[k], f->path, state, f->tally[k].n, lo, f->tally[k].newest, why));
  }
  return hk_ok();
}

/* Could a file named by the glob lie in or below the folder? Component by component; `**` reaches everywhere. */
static bool may_lie_below(hk_str glob, hk_str folder)
{
  while (folder.n > 0) {
    const size_t g = hk_str_find(glob, '\\');
    const size_t f = hk_str_find(folder, '\\');
    const hk_str part = hk_str_sub(glob, 0, g);
    if (hk_str_eq(part, HK_S("**"))) return true;
    if (!hk_glob_match(part, hk_str_sub(folder, 0, f))) return false;
    if (g == glob.n) return f == folder.n; /* the file itself */
    glob = hk_str_sub(glob, g + 1, glob.n);
    folder = hk_str_sub(folder, f + 1, folder.n);
  }
  return true;
}

const struct hk_kind hk_collection_kind = {.name = "collection", .source = "collection", .group = "collection"};

/* Nobody parses what is collected as data; that it was not there is said where it matters. */
static hk_err missing_data(struct hk_cover *c, const struct hk_define *x, hk_str glob, hk_err why)
{
  if (!x->essential) return hk_ok();
  const hk_str instance = hk_str_printf(&c->arena, "%.*s (%.*s)", (int)glob.n, glob.p, (int)x->name.n, x->name.p);
  return hk_facts_cover(c->facts, &(struct hk_fact_cover){.module = "collection",
                                                          .kind = &hk_collection_kind,
                                                          .instance = instance,
                                                          .state = hk_cover_state_of(why),
                                                          .why = hk_str_of(why.step)});
}

/* Something of that name was met in another form ("$Extend\\$J" for the stream of that name). */
static bool is_there_otherwise(const struct hk_cover *c, const struct hk_definition *d)
{
  for (size_t i = 0; i < c->plan->n_defs; i++) {
    const struct hk_definition *const other = &c->plan->defs[i];
    if (other->data == NULL && other->met && other->artefact->other_form && other->module == d->module &&
        strcmp(other->artefact->name, d->artefact->name) == 0)
      return true;
  }
  return false;
}

static hk_err missing_rows(struct hk_cover *c, size_t def, hk_str instance, hk_err why)
{
  const struct hk_definition *const d = &c->plan->defs[def];
  if (d->data != NULL) return missing_data(c, d->data, instance, why);
  if (d->artefact->collect_only) return hk_ok();
  if (why.code == HK_ABSENT && (d->artefact->optional || is_search(d) || is_there_otherwise(c, d))) return hk_ok();
  c->module = c->modules[d->module];
  c->artefact = 0;
  for (size_t k = 0; k < c->module->n_kinds; k++)
    if (names(d->artefact, c->module->kinds[k]))
      HK_TRY(put(c, c->module->kinds[k], instance, hk_cover_state_of(why), 0, 0, 0, hk_str_of(why.step)));
  return hk_ok();
}

static void count_gap(struct folder *f, hk_err why)
{
  f->n_files++;
  f->n_bad++;
  if (f->n_bad > 1) return;
  f->first_bad = why;
  f->why = hk_str_of(why.step);
}

/* A search that met no file has still been made, unless it was cut short: then it claims less than all. */
static hk_err add_searches(struct hk_cover *c)
{
  for (size_t i = 0; i < c->plan->n_defs; i++) {
    if (!is_search(&c->plan->defs[i])) continue;
    struct folder *const f = group_of(c, search_of(c->plan, i), hk_str_of(c->plan->defs[i].artefact->name));
    if (f == NULL) return hk_fail(HK_MEMORY, "count coverage", HK_NO_OFFSET);
    if ((c->left_out >> c->plan->defs[i].module & 1) != 0) count_gap(f, hk_fail(HK_SKIPPED, HK_COVER_LEFT_OUT, HK_NO_OFFSET));
    for (size_t k = 0; k < c->plan->n_missing; k++) {
      const struct hk_missing *const m = &c->plan->missing[k];
      const bool everywhere = m->def == SIZE_MAX && m->path.n == 0;
      if ((m->def == i || everywhere) && m->why.code != HK_ABSENT) count_gap(f, m->why);
    }
  }
  return hk_ok();
}

hk_err hk_cover_finish(struct hk_cover *c, hk_time (*folder_born)(void *ctx, hk_str folder), void *ctx)
{
  HK_TRY(add_searches(c));
  for (const struct folder *f = c->folders; f != NULL; f = f->next)
    HK_TRY(folder_rows(c, f, folder_born(ctx, f->path)));
  for (size_t i = 0; i < c->plan->n_missing; i++) {
    const struct hk_missing *const m = &c->plan->missing[i];
    if (m->def == SIZE_MAX && hk_cover_is_older(m->path)) {
      HK_TRY(hk_cover_older(c->older, m->path, m->why, 0, hk_str_of(m->why.step)));
      continue;
    }
    if (m->def != SIZE_MAX) HK_TRY(missing_rows(c, m->def, m->path, m->why));
    for (size_t d = 0; m->def == SIZE_MAX && d < c->plan->n_defs; d++)
      if (c->plan->defs[d].data == NULL && may_lie_below(hk_str_of(c->plan->defs[d].artefact->glob), m->path))
        HK_TRY(missing_rows(c, d, m->path, m->why));
  }
  return hk_ok();
}

void hk_cover_shadow_same(struct hk_cover *c, const struct hk_planned *file)
{
  hk_cover_older_same(c->older, file->entry.path);
}

hk_err hk_cover_shadow_rows(struct hk_cover *c, struct hk_source *s)
{
  return hk_cover_older_rows(c->older, c->facts, s);
}
