/* The list of definitions and what is remarked about them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "acquire/define/define.h"
#include "acquire/define/yaml.h"

#define DEFINES_MAX ((size_t)100000)
#define REMARKS_MAX ((size_t)20000)
#define REMARK_BYTES 400

const char *hk_remark_name(enum hk_remark_kind k)
{
  static const char *const names[HK_REMARK_KINDS] = {
      [HK_REMARK_REFUSED] = "refused", [HK_REMARK_UNSUPPORTED] = "unsupported", [HK_REMARK_MISSING] = "missing", [HK_REMARK_NOTE] = "note"};
  return names[k];
}

void hk_defines_init(struct hk_defines *d)
{
  *d = (struct hk_defines){0};
  hk_arena_init(&d->arena, (size_t)256 << 20);
}

void hk_defines_done(struct hk_defines *d)
{
  hk_arena_done(&d->arena);
  free(d->v);
  free(d->remarks);
  *d = (struct hk_defines){0};
}

static hk_err no_memory(void)
{
  return hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
}

static hk_err put_remark(struct hk_defines *d, struct hk_remark row)
{
  if (row.kind == HK_REMARK_REFUSED) d->n_refused++;
  if (d->n_remarks == REMARKS_MAX) return hk_ok();
  if (d->n_remarks == d->remark_capacity) {
    const size_t capacity = d->remark_capacity == 0 ? 64 : d->remark_capacity * 2;
    struct hk_remark *const v = realloc(d->remarks, capacity * sizeof *v);
    if (v == NULL) return no_memory();
    d->remarks = v;
    d->remark_capacity = capacity;
  }
  d->remarks[d->n_remarks++] = row;
  return hk_ok();
}

hk_err hk_defines_remark(struct hk_defines *d, enum hk_remark_kind k, hk_str file, unsigned line, const char *format, ...)
{
  char text[REMARK_BYTES];
  va_list args;
  va_start(args, format);
  const int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  const size_t length = n < 0 ? 0 : (size_t)n >= sizeof text ? sizeof text - 1 : (size_t)n;
  /* A name may be cut in the middle of a character. */
  const hk_str clean = hk_str_clean(&d->arena, hk_str_copy(&d->arena, (hk_str){.p = text, .n = length}));
  return clean.p == NULL ? no_memory() : put_remark(d, (struct hk_remark){.kind = k, .file = file, .line = line, .text = clean});
}

struct hk_define *hk_defines_row(struct hk_defines *d, hk_str file, unsigned line, hk_str name)
{
  if (d->n == DEFINES_MAX) return NULL;
  if (d->n == d->capacity) {
    const size_t capacity = d->capacity == 0 ? 256 : d->capacity * 2;
    struct hk_define **const v = realloc(d->v, capacity * sizeof *v);
    if (v == NULL) return NULL;
    d->v = v;
    d->capacity = capacity;
  }
  struct hk_define *const row = hk_new(&d->arena, struct hk_define, 1);
  if (row == NULL) return NULL;
  *row = (struct hk_define){.file = file, .line = line, .name = name, .title = hk_str_of(""), .set = hk_str_of("")};
  row->artefact = (struct hk_artefact){.name = hk_str_z(&d->arena, name), .glob = "", .collect_only = true, .optional = true, .rank = 40};
  if (row->artefact.name == NULL) return NULL;
  d->v[d->n++] = row;
  return row;
}

hk_err hk_defines_each_document(struct hk_defines *d, hk_str file, hk_str bytes,
                                 hk_err (*take)(struct hk_defines *d, hk_str file, const struct hk_yaml *doc))
{
  struct hk_yaml_reader *y = NULL;
  HK_TRY(hk_yaml_open(bytes, &y));
  hk_err e = hk_ok();
  for (;;) {
    struct hk_yaml *doc = NULL;
    hk_str why = hk_str_of("");
    unsigned line = 0;
    e = hk_yaml_next(y, &d->arena, &doc, &why, &line);
    if (e.code != HK_OK && e.code != HK_MEMORY) {
      e = hk_defines_remark(d, HK_REMARK_REFUSED, file, line, "%.*s", (int)why.n, why.p);
      if (e.code == HK_OK) continue;
    }
    if (e.code != HK_OK || doc == NULL) break;
    e = take(d, file, doc);
    if (e.code != HK_OK) break;
  }
  hk_yaml_close(y);
  return e;
}

hk_err hk_defines_add(struct hk_defines *d, hk_str file, hk_str bytes)
{
  const hk_str name = hk_str_copy(&d->arena, file);
  if (name.p == NULL) return no_memory();
  d->n_files++;
  if (hk_str_iends(name, HK_S(".tkape"))) return hk_kape_read(d, name, bytes);
  if (hk_str_iends(name, HK_S(".hikeshi.yaml"))) return hk_attributes_read(d, name, bytes);
  if (hk_str_iends(name, HK_S("profiles.yaml"))) return hk_profiles_read(d, name, bytes);
  return hk_forensic_read(d, name, bytes);
}

/* ---- names ----------------------------------------------------------------------------------------------------------------- */

struct hk_define *hk_defines_find(const struct hk_defines *d, hk_str name)
{
  for (size_t i = 0; i < d->n; i++)
    if (hk_str_ieq(d->v[i]->name, name)) return d->v[i];
  return NULL;
}

bool hk_defines_known(const struct hk_defines *d, hk_str name)
{
  return hk_defines_find(d, name) != NULL;
}

struct place {
  hk_str folded;
  size_t at;
};

static int by_name(const void *x, const void *y)
{
  return hk_str_cmp(((const struct place *)x)->folded, ((const struct place *)y)->folded);
}

static size_t at_name(const struct place *v, size_t n, struct hk_arena *a, hk_str name)
{
  const struct place key = {.folded = hk_str_fold(a, name)};
  const struct place *const p = bsearch(&key, v, n, sizeof *v, by_name);
  return p == NULL ? SIZE_MAX : p->at;
}

struct graph {
  struct hk_defines *d;
  struct hk_arena arena;
  size_t **to; /* by definition: its members that are there */
  size_t *n_to;
};

static hk_err link_members(struct graph *g)
{
  struct hk_defines *const d = g->d;
  struct place *const places = hk_new(&g->arena, struct place, d->n);
  if (places == NULL) return no_memory();
  for (size_t i = 0; i < d->n; i++) places[i] = (struct place){.folded = hk_str_fold(&g->arena, d->v[i]->name), .at = i};
  if (d->n > 1) qsort(places, d->n, sizeof *places, by_name);
  for (size_t i = 0; i < d->n; i++) {
    const struct hk_define *const x = d->v[i];
    g->to[i] = hk_new(&g->arena, size_t, x->n_members);
    if (g->to[i] == NULL) return no_memory();
    for (size_t k = 0; k < x->n_members; k++) {
      const size_t at = at_name(places, d->n, &g->arena, x->members[k]);
      if (at != SIZE_MAX)
        g->to[i][g->n_to[i]++] = at;
      else
        HK_TRY(hk_defines_remark(d, HK_REMARK_MISSING, x->file, x->member_lines[k], "%.*s names %.*s, which is nowhere", (int)x->name.n,
                                 x->name.p, (int)x->members[k].n, x->members[k].p));
    }
  }
  return hk_ok();
}

/* Everything that can be reached from `start`, with an explicit list: does it reach itself? */
static bool reaches_itself(const struct graph *g, size_t start, size_t *list, size_t *seen)
{
  size_t n = 0;
  list[n++] = start;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < g->n_to[list[i]]; k++) {
      const size_t to = g->to[list[i]][k];
      if (to == start) return true;
      if (seen[to] == start + 1) continue;
      seen[to] = start + 1;
      list[n++] = to;
    }
  return false;
}

static hk_err check(struct graph *g)
{
  struct hk_defines *const d = g->d;
  g->to = hk_new(&g->arena, size_t *, d->n);
  g->n_to = hk_new(&g->arena, size_t, d->n);
  size_t *const list = hk_new(&g->arena, size_t, d->n + 1);
  size_t *const seen = hk_new(&g->arena, size_t, d->n);
  if (g->to == NULL || g->n_to == NULL || list == NULL || seen == NULL) return no_memory();
  HK_TRY(link_members(g));
  for (size_t i = 0; i < d->n; i++)
    if (g->n_to[i] > 0 && reaches_itself(g, i, list, seen))
      HK_TRY(hk_defines_remark(d, HK_REMARK_REFUSED, d->v[i]->file, d->v[i]->line, "%.*s contains itself", (int)d->v[i]->name.n, d->v[i]->name.p));
  return hk_ok();
}

hk_err hk_defines_check(struct hk_defines *d)
{
  struct graph g = {.d = d};
  hk_arena_init(&g.arena, 0);
  const hk_err e = check(&g);
  hk_arena_done(&g.arena);
  return e;
}
