/* The globs are a tree of nodes, one for each part behind the same parts. A state is the set of nodes that the folders so far
   have brought us to; one name moves every node of the set to those of its children that fit. Spelled-out parts are numbered:
   the name at hand has a number or none, and (node, number) leads to the child through one hash table. */
#include "source/globs.h"

#include <stdlib.h>
#include <string.h>

#define GLOBS_MAX ((size_t)1 << 20)
#define PARTS_MAX 255        /* of one glob */
#define DEPTH_MAX 64         /* of `**N` */
#define NAME_MAX_POINTS 600  /* a name, a colon, a stream: 255 units each */
#define STATE_BYTES_MAX ((size_t)64 << 20)
#define N_BUCKETS 4096u
#define NONE UINT32_MAX

#define ANY_ONE 0x110000u
#define ANY_RUN 0x110001u

/* The first two numbers of parts are taken: any folders (`**`), and one folder or none (`**3` is three of them). */
enum { DEEP, PERHAPS, FIRST_TEXT };

/* Case folded and decoded once: a part is held against every file, a name against many parts. */
struct part {
  const uint32_t *c; /* code points, ANY_ONE, ANY_RUN */
  size_t n;
  size_t colon; /* position, n when there is none */
  bool wild;
  uint32_t hash;
};

struct name {
  uint32_t c[NAME_MAX_POINTS];
  size_t n;
  bool colon;
  uint32_t number; /* of the spelled-out part that says the same, NONE */
};

struct node {
  uint32_t part;
  uint32_t deep, perhaps;         /* such children, NONE */
  uint32_t wild, stream;          /* first child with a wildcard; first that names a stream */
  uint32_t next_wild, next_stream; /* of the same parent */
  uint32_t ends;                  /* first glob that ends here */
  bool below_deep;                /* it, or some part above it, stands for any number of folders */
  bool is_leaf;
};

struct edge {
  uint32_t parent, part, child; /* child NONE: free place */
};

struct hk_glob_state {
  struct hk_glob_state *same_hash;
  size_t n;
  uint32_t v[]; /* nodes, ascending */
};

struct hk_glob_set {
  struct hk_arena arena;
  struct hk_arena states;
  struct part *parts;
  uint32_t n_parts;
  uint32_t *part_table; /* numbers of parts, NONE = free */
  struct node *nodes;
  uint32_t n_nodes;
  struct edge *edges;
  size_t table_size; /* of both tables, a power of two */
  uint32_t *next_end; /* by glob */
  struct hk_glob_state *buckets[N_BUCKETS];
  struct hk_glob_state *start;
  /* scratch */
  struct name name;
  uint32_t *reached;
  size_t n_reached;
  uint32_t *seen; /* by node: the round that reached it */
  uint32_t round;
  uint32_t *hits;
};

/* ---- parts and names ----------------------------------------------------------------------------------------------------- */

static uint32_t hash_points(const uint32_t *c, size_t n)
{
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < n; i++) h = (h ^ c[i]) * 16777619u;
  return h ^ h >> 15;
}

static uint32_t find_part(const struct hk_glob_set *s, const uint32_t *c, size_t n, size_t *place)
{
  *place = hash_points(c, n) & (s->table_size - 1);
  while (s->part_table[*place] != NONE) {
    const struct part *const p = &s->parts[s->part_table[*place]];
    if (p->n == n && (n == 0 || memcmp(p->c, c, n * sizeof *c) == 0)) return s->part_table[*place];
    *place = (*place + 1) & (s->table_size - 1);
  }
  return NONE;
}

static hk_err number_of_part(struct hk_glob_set *s, hk_str text, uint32_t *out)
{
  struct part p = {0};
  uint32_t *const c = hk_new(&s->arena, uint32_t, text.n);
  if (c == NULL) return hk_fail(HK_MEMORY, "look for files", HK_NO_OFFSET);
  for (size_t i = 0; i < text.n;) {
    const uint32_t point = hk_str_next(text, &i);
    if (point == '*' && p.n > 0 && c[p.n - 1] == ANY_RUN) continue;
    if (point == '*' || point == '?') p.wild = true;
    c[p.n++] = point == '*' ? ANY_RUN : point == '?' ? ANY_ONE : hk_fold(point);
  }
  p.c = c;
  while (p.colon < p.n && c[p.colon] != ':') p.colon++;
  size_t place = 0;
  *out = find_part(s, p.c, p.n, &place);
  if (*out != NONE) return hk_ok();
  *out = s->n_parts++;
  s->parts[*out] = p;
  s->part_table[place] = *out;
  return hk_ok();
}

static void take_name(struct hk_glob_set *s, hk_str text)
{
  struct name *const name = &s->name;
  size_t place = 0;
  name->n = 0;
  name->colon = false;
  for (size_t i = 0; i < text.n && name->n < NAME_MAX_POINTS;) {
    const uint8_t b = (uint8_t)text.p[i];
    uint32_t c = b >= 'A' && b <= 'Z' ? b | 0x20u : b;
    if (b < 0x80)
      i++;
    else
      c = hk_fold(hk_str_next(text, &i));
    if (c == ':') name->colon = true;
    name->c[name->n++] = c;
  }
  name->number = find_part(s, name->c, name->n, &place);
}

/* Back to the last run when the rest does not fit: at most name times part steps. */
static bool fits(const uint32_t *c, size_t n, const struct name *name)
{
  if (n > 0 && name->n > 0 && c[n - 1] < ANY_ONE && c[n - 1] != name->c[name->n - 1]) return false;
  size_t i = 0, k = 0, run = SIZE_MAX, from = 0;
  while (i < name->n) {
    if (k < n && (c[k] == ANY_ONE || c[k] == name->c[i])) {
      i++;
      k++;
    } else if (k < n && c[k] == ANY_RUN) {
      run = k++;
      from = i;
    } else if (run != SIZE_MAX) {
      k = run + 1;
      i = ++from;
    } else {
      return false;
    }
  }
  while (k < n && c[k] == ANY_RUN) k++;
  return k == n;
}

/* ---- the tree ------------------------------------------------------------------------------------------------------------- */

static size_t find_edge(const struct hk_glob_set *s, uint32_t parent, uint32_t part)
{
  uint32_t h = (parent * 0x9E3779B1u) ^ (part * 0x85EBCA77u);
  size_t place = (h ^ h >> 15) & (s->table_size - 1);
  while (s->edges[place].child != NONE && (s->edges[place].parent != parent || s->edges[place].part != part))
    place = (place + 1) & (s->table_size - 1);
  return place;
}

static uint32_t child_of(struct hk_glob_set *s, uint32_t parent, uint32_t part)
{
  const size_t place = find_edge(s, parent, part);
  if (s->edges[place].child != NONE) return s->edges[place].child;
  const uint32_t child = s->n_nodes++;
  struct node *const above = &s->nodes[parent];
  struct node *const n = &s->nodes[child];
  *n = (struct node){.part = part, .deep = NONE, .perhaps = NONE, .wild = NONE, .stream = NONE, .next_wild = NONE,
                     .next_stream = NONE, .ends = NONE, .below_deep = above->below_deep || part < FIRST_TEXT, .is_leaf = part != DEEP};
  s->edges[place] = (struct edge){.parent = parent, .part = part, .child = child};
  above->is_leaf = false;
  if (part == DEEP) {
    above->deep = child;
  } else if (part == PERHAPS) {
    above->perhaps = child;
  } else if (s->parts[part].wild) {
    n->next_wild = above->wild;
    above->wild = child;
  }
  if (part >= FIRST_TEXT && s->parts[part].colon < s->parts[part].n) {
    n->next_stream = above->stream;
    above->stream = child;
  }
  return child;
}

/* "**" = 0, "**3" = 3; -1 = an ordinary part. */
static int depth_of(hk_str part)
{
  if (!hk_str_starts(part, HK_S("**")) || part.n > 4) return -1;
  int depth = 0;
  for (size_t i = 2; i < part.n; i++) {
    if (part.p[i] < '0' || part.p[i] > '9') return -1;
    depth = depth * 10 + (part.p[i] - '0');
  }
  return depth > DEPTH_MAX ? 0 : depth;
}

static hk_str first_part(hk_str *glob)
{
  size_t i = 0;
  while (i < glob->n && glob->p[i] != '\\' && glob->p[i] != '/') i++;
  const hk_str part = hk_str_sub(*glob, 0, i);
  *glob = hk_str_sub(*glob, i + 1, glob->n);
  return part;
}

static hk_err add_glob(struct hk_glob_set *s, hk_str glob, uint32_t number)
{
  uint32_t at = 0;
  while (glob.n > 0) {
    const hk_str part = first_part(&glob);
    const int depth = depth_of(part);
    uint32_t text = DEEP;
    if (depth < 0) HK_TRY(number_of_part(s, part, &text));
    if (depth <= 0) at = child_of(s, at, text);
    for (int i = 0; i < depth; i++) at = child_of(s, at, PERHAPS);
  }
  s->next_end[number] = s->nodes[at].ends;
  s->nodes[at].ends = number;
  return hk_ok();
}

/* How many nodes the globs can have at most; also refuses what nobody means. */
static hk_err count_parts(const struct hk_globs *globs, size_t *out)
{
  *out = 1;
  if (globs->n > GLOBS_MAX) return hk_fail(HK_USAGE, "look for too many path patterns", HK_NO_OFFSET);
  for (size_t i = 0; i < globs->n; i++) {
    size_t n = 0;
    for (hk_str rest = globs->v[i]; rest.n > 0 && n <= PARTS_MAX;) {
      const int depth = depth_of(first_part(&rest));
      n += depth > 0 ? (size_t)depth : 1;
    }
    if (n > PARTS_MAX) return hk_fail(HK_USAGE, "split a path pattern of too many folders", HK_NO_OFFSET);
    *out += n;
  }
  return hk_ok();
}

/* ---- states ---------------------------------------------------------------------------------------------------------------- */

static void reach(struct hk_glob_set *s, uint32_t node)
{
  if (node == NONE || s->seen[node] == s->round) return;
  s->seen[node] = s->round;
  s->reached[s->n_reached++] = node;
}

static void begin_round(struct hk_glob_set *s)
{
  s->n_reached = 0;
  if (++s->round != 0) return;
  memset(s->seen, 0, s->n_nodes * sizeof *s->seen);
  s->round = 1;
}

/* `**` may stand for nothing: whoever stands before it may stand on it. */
static void settle(struct hk_glob_set *s)
{
  for (size_t i = 0; i < s->n_reached; i++) {
    const struct node *const n = &s->nodes[s->reached[i]];
    reach(s, n->deep);
    reach(s, n->perhaps);
  }
}

/* Where s->name leads to. A stream is no folder: only a part that names it fits, unless it is the drive. */
static void advance(struct hk_glob_set *s, const struct hk_glob_state *from, bool is_folder)
{
  const struct name *const name = &s->name;
  const bool any = is_folder || !name->colon;
  begin_round(s);
  for (size_t i = 0; i < from->n; i++) {
    const struct node *const n = &s->nodes[from->v[i]];
    if (any && n->part == DEEP && from->v[i] != 0) reach(s, from->v[i]);
    if (any) reach(s, n->perhaps);
    if (name->number != NONE) reach(s, s->edges[find_edge(s, from->v[i], name->number)].child);
    for (uint32_t w = n->wild; w != NONE; w = s->nodes[w].next_wild) {
      const struct part *const p = &s->parts[s->nodes[w].part];
      if ((p->colon < p->n) == name->colon && fits(p->c, p->n, name)) reach(s, w);
    }
  }
  settle(s);
}

static int ascending(const void *x, const void *y)
{
  const uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
  return a < b ? -1 : a > b;
}

/* The state of the nodes that were reached, without those that lead nowhere. NULL: no memory. */
static struct hk_glob_state *intern(struct hk_glob_set *s)
{
  size_t n = 0;
  for (size_t i = 0; i < s->n_reached; i++)
    if (!s->nodes[s->reached[i]].is_leaf) s->reached[n++] = s->reached[i];
  if (n > 1) qsort(s->reached, n, sizeof *s->reached, ascending);
  struct hk_glob_state **const bucket = &s->buckets[hash_points(s->reached, n) % N_BUCKETS];
  for (struct hk_glob_state *t = *bucket; t != NULL; t = t->same_hash)
    if (t->n == n && memcmp(t->v, s->reached, n * sizeof *t->v) == 0) return t;
  struct hk_glob_state *const t = hk_alloc(&s->states, sizeof *t + n * sizeof *t->v);
  if (t == NULL) return NULL;
  t->same_hash = *bucket;
  t->n = n;
  memcpy(t->v, s->reached, n * sizeof *t->v);
  *bucket = t;
  return t;
}

/* ---- public ---------------------------------------------------------------------------------------------------------------- */

static hk_err prepare(struct hk_glob_set *s, const struct hk_globs *globs)
{
  size_t n = 0;
  HK_TRY(count_parts(globs, &n));
  s->table_size = 64;
  while (s->table_size < 2 * (n + FIRST_TEXT)) s->table_size *= 2;
  s->parts = hk_new(&s->arena, struct part, n + FIRST_TEXT);
  s->nodes = hk_new(&s->arena, struct node, n);
  s->part_table = hk_new(&s->arena, uint32_t, s->table_size);
  s->edges = hk_new(&s->arena, struct edge, s->table_size);
  s->next_end = hk_new(&s->arena, uint32_t, globs->n);
  s->hits = hk_new(&s->arena, uint32_t, globs->n);
  s->reached = hk_new(&s->arena, uint32_t, n);
  s->seen = hk_new(&s->arena, uint32_t, n);
  if (s->arena.spent || s->seen == NULL || s->reached == NULL || s->hits == NULL || s->next_end == NULL || s->edges == NULL ||
      s->part_table == NULL || s->nodes == NULL || s->parts == NULL)
    return hk_fail(HK_MEMORY, "look for files", HK_NO_OFFSET);
  memset(s->part_table, 0xFF, s->table_size * sizeof *s->part_table);
  memset(s->edges, 0xFF, s->table_size * sizeof *s->edges);
  s->n_parts = FIRST_TEXT;
  s->nodes[s->n_nodes++] = (struct node){.part = DEEP, .deep = NONE, .perhaps = NONE, .wild = NONE, .stream = NONE,
                                         .next_wild = NONE, .next_stream = NONE, .ends = NONE};
  for (size_t i = 0; i < globs->n; i++)
    if (globs->v[i].n > 0) HK_TRY(add_glob(s, globs->v[i], (uint32_t)i));
  begin_round(s);
  reach(s, 0);
  settle(s);
  s->start = intern(s);
  return s->start == NULL ? hk_fail(HK_MEMORY, "look for files", HK_NO_OFFSET) : hk_ok();
}

hk_err hk_glob_set_open(const struct hk_globs *globs, struct hk_glob_set **out)
{
  struct hk_glob_set *const s = calloc(1, sizeof *s);
  if (s == NULL) return hk_fail(HK_MEMORY, "look for files", HK_NO_OFFSET);
  hk_arena_init(&s->arena, 0);
  hk_arena_init(&s->states, STATE_BYTES_MAX);
  const hk_err e = prepare(s, globs);
  if (e.code != HK_OK) {
    hk_glob_set_close(s);
    return e;
  }
  *out = s;
  return hk_ok();
}

void hk_glob_set_close(struct hk_glob_set *s)
{
  if (s == NULL) return;
  hk_arena_done(&s->arena);
  hk_arena_done(&s->states);
  free(s);
}

const struct hk_glob_state *hk_glob_start(const struct hk_glob_set *s)
{
  return s->start;
}

bool hk_glob_dead(const struct hk_glob_state *state)
{
  return state->n == 0;
}

const struct hk_glob_state *hk_glob_enter(struct hk_glob_set *s, const struct hk_glob_state *from, hk_str name)
{
  if (from->n == 0) return from;
  take_name(s, name);
  advance(s, from, true);
  return intern(s);
}

struct hk_hits hk_glob_file(struct hk_glob_set *s, const struct hk_glob_state *in, hk_str name, bool is_link)
{
  struct hk_hits hits = {.v = s->hits, .n = 0};
  if (in->n == 0) return hits;
  take_name(s, name);
  advance(s, in, false);
  for (size_t i = 0; i < s->n_reached; i++) {
    const struct node *const n = &s->nodes[s->reached[i]];
    if (is_link && n->below_deep) continue;
    for (uint32_t g = n->ends; g != NONE; g = s->next_end[g]) s->hits[hits.n++] = g;
  }
  if (hits.n > 1) qsort(s->hits, hits.n, sizeof *s->hits, ascending);
  return hits;
}

bool hk_glob_wants_streams(struct hk_glob_set *s, const struct hk_glob_state *in, hk_str name)
{
  bool any = false;
  for (size_t i = 0; i < in->n && !any; i++) any = s->nodes[in->v[i]].stream != NONE;
  if (!any || in == s->start) return false;
  take_name(s, name);
  for (size_t i = 0; i < in->n; i++)
    for (uint32_t c = s->nodes[in->v[i]].stream; c != NONE; c = s->nodes[c].next_stream) {
      const struct part *const p = &s->parts[s->nodes[c].part];
      if (fits(p->c, p->colon, &s->name)) return true;
    }
  return false;
}

hk_err hk_glob_path(struct hk_glob_set *s, hk_str path, struct hk_hits *out)
{
  const struct hk_glob_state *at = s->start;
  hk_str name = first_part(&path);
  while (path.n > 0) {
    at = hk_glob_enter(s, at, name);
    if (at == NULL) return hk_fail(HK_LIMIT, "look for files: too many different folders", HK_NO_OFFSET);
    name = first_part(&path);
  }
  *out = hk_glob_file(s, at, name, false);
  return hk_ok();
}
