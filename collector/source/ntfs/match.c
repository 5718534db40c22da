/* Each glob is a list of parts; a state is, per glob, the set of parts that may come next (one bit each). Directories with
   the same state share it: there are few different ones, however many directories. */
#include "source/ntfs/match.h"

#include <stdlib.h>
#include <string.h>

#define MAX_PARTS 31
#define MAX_DEPTH 600
#define NAME_MAX_POINTS 600 /* a name, a colon, a stream: 255 units each */
#define STATE_BYTES_MAX ((size_t)64 << 20)

/* One part of a glob, case folded, decoded once: it is held against every file of the volume. */
struct part {
  uint32_t *c; /* code points, ANY_ONE, ANY_RUN */
  size_t n;
  bool deep; /* `**` */
  bool colon;
};

#define ANY_ONE 0x110000u
#define ANY_RUN 0x110001u

/* A file name, case folded and decoded once for all globs. */
struct name {
  uint32_t c[NAME_MAX_POINTS];
  size_t n;
  bool colon;
};

struct pattern {
  struct part part[MAX_PARTS];
  size_t n;
  bool deep; /* some part is `**` */
};

struct live {
  uint32_t glob;
  uint32_t next;
};

struct state {
  struct state *below; /* same hash */
  size_t n;
  struct live *v;
};

#define N_BUCKETS 4096u

struct hk_ntfs_match {
  const struct hk_ntfs_tree *tree;
  struct hk_arena arena;
  struct pattern *patterns;
  size_t n_patterns;
  const struct state **of_directory; /* NULL = not worked out yet */
  struct state *buckets[N_BUCKETS];
  const struct state *root;
  struct live *scratch;
  struct name name; /* scratch */
};

static const struct state nothing;

static bool compile(struct hk_arena *a, hk_str text, struct part *out)
{
  *out = (struct part){.deep = hk_str_eq(text, HK_S("**")), .colon = hk_str_find(text, ':') < text.n};
  out->c = hk_new(a, uint32_t, text.n);
  if (out->c == NULL) return false;
  for (size_t i = 0; i < text.n;) {
    const uint32_t c = hk_str_next(text, &i);
    if (c == '*' && out->n > 0 && out->c[out->n - 1] == ANY_RUN) continue;
    out->c[out->n++] = c == '*' ? ANY_RUN : c == '?' ? ANY_ONE : hk_fold(c);
  }
  return true;
}

static void decode(hk_str text, struct name *out)
{
  out->n = 0;
  out->colon = false;
  for (size_t i = 0; i < text.n && out->n < NAME_MAX_POINTS;) {
    const uint8_t b = (uint8_t)text.p[i];
    uint32_t c = b >= 'A' && b <= 'Z' ? b | 0x20u : b;
    if (b < 0x80)
      i++;
    else
      c = hk_fold(hk_str_next(text, &i));
    if (c == ':') out->colon = true;
    out->c[out->n++] = c;
  }
}

/* Back to the last run when the rest does not fit: at most name times part steps. */
static bool fits(const struct part *p, const struct name *name)
{
  if (p->n > 0 && name->n > 0 && p->c[p->n - 1] < ANY_ONE && p->c[p->n - 1] != name->c[name->n - 1]) return false;
  size_t i = 0, k = 0, run = SIZE_MAX, from = 0;
  while (i < name->n) {
    if (k < p->n && (p->c[k] == ANY_ONE || p->c[k] == name->c[i])) {
      i++;
      k++;
    } else if (k < p->n && p->c[k] == ANY_RUN) {
      run = k++;
      from = i;
    } else if (run != SIZE_MAX) {
      k = run + 1;
      i = ++from;
    } else {
      return false;
    }
  }
  while (k < p->n && p->c[k] == ANY_RUN) k++;
  return k == p->n;
}

static hk_err split(struct hk_arena *a, hk_str glob, struct pattern *out)
{
  *out = (struct pattern){.n = 0};
  while (glob.n > 0) {
    size_t i = 0;
    while (i < glob.n && glob.p[i] != '\\' && glob.p[i] != '/') i++;
    if (out->n == MAX_PARTS) return hk_fail(HK_USAGE, "split a path pattern of too many folders", HK_NO_OFFSET);
    if (!compile(a, hk_str_sub(glob, 0, i), &out->part[out->n])) return hk_fail(HK_MEMORY, "look for files", HK_NO_OFFSET);
    if (out->part[out->n++].deep) out->deep = true;
    glob = hk_str_sub(glob, i + 1, glob.n);
  }
  return hk_ok();
}

/* `**` may stand for nothing: whoever may stand on it may stand behind it. */
static uint32_t settle(const struct pattern *p, uint32_t set)
{
  for (size_t i = 0; i < p->n; i++)
    if ((set >> i & 1) != 0 && p->part[i].deep) set |= UINT32_C(2) << i;
  return set;
}

/* The set behind one more name. Bit n means: the whole glob has matched. A part without ':' never names a stream. */
static uint32_t advance(const struct pattern *p, uint32_t set, const struct name *name)
{
  uint32_t next = 0;
  for (size_t i = 0; i < p->n; i++) {
    if ((set >> i & 1) == 0) continue;
    if (p->part[i].deep)
      next |= UINT32_C(1) << i;
    else if (p->part[i].colon == name->colon && fits(&p->part[i], name))
      next |= UINT32_C(2) << i;
  }
  return settle(p, next);
}

static uint32_t hash(const struct live *v, size_t n)
{
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < n; i++) h = ((h ^ v[i].glob) * 16777619u ^ v[i].next) * 16777619u;
  return h ^ h >> 15;
}

/* The state with that content; NULL when there is no memory. */
static const struct state *intern(struct hk_ntfs_match *m, const struct live *v, size_t n)
{
  if (n == 0) return &nothing;
  struct state **const bucket = &m->buckets[hash(v, n) % N_BUCKETS];
  for (const struct state *s = *bucket; s != NULL; s = s->below) {
    if (s->n != n) continue;
    size_t same = 0;
    while (same < n && s->v[same].glob == v[same].glob && s->v[same].next == v[same].next) same++;
    if (same == n) return s;
  }
  struct state *const s = hk_new(&m->arena, struct state, 1);
  struct live *const copy = hk_new(&m->arena, struct live, n);
  if (s == NULL || copy == NULL) return NULL;
  memcpy(copy, v, n * sizeof *v);
  *s = (struct state){.below = *bucket, .n = n, .v = copy};
  *bucket = s;
  return s;
}

static const struct state *enter(struct hk_ntfs_match *m, const struct state *from, hk_str text)
{
  struct name *const name = &m->name;
  size_t n = 0;
  decode(text, name);
  for (size_t i = 0; i < from->n; i++) {
    const struct pattern *const p = &m->patterns[from->v[i].glob];
    const uint32_t next = advance(p, from->v[i].next, name) & UINT32_MAX >> (32 - p->n);
    if (next != 0) m->scratch[n++] = (struct live){.glob = from->v[i].glob, .next = next};
  }
  return intern(m, m->scratch, n);
}

static hk_err prepare(struct hk_ntfs_match *m, const struct hk_globs *globs, char letter)
{
  const char drive[2] = {letter, ':'};
  size_t n = 0;
  m->patterns = hk_new(&m->arena, struct pattern, globs->n);
  m->scratch = hk_new(&m->arena, struct live, globs->n);
  m->of_directory = calloc(m->tree->n + 1, sizeof(const struct state *));
  if (m->patterns == NULL || m->scratch == NULL || m->of_directory == NULL) return hk_fail(HK_MEMORY, "look for files", HK_NO_OFFSET);
  m->n_patterns = globs->n;
  decode((hk_str){.p = drive, .n = sizeof drive}, &m->name);
  for (size_t i = 0; i < globs->n; i++) {
    struct pattern *const p = &m->patterns[i];
    HK_TRY(split(&m->arena, globs->v[i], p));
    if (p->n == 0) continue;
    const uint32_t next = advance(p, settle(p, 1), &m->name) & UINT32_MAX >> (32 - p->n);
    if (next != 0) m->scratch[n++] = (struct live){.glob = (uint32_t)i, .next = next};
  }
  m->root = intern(m, m->scratch, n);
  return m->root == NULL ? hk_fail(HK_MEMORY, "look for files", HK_NO_OFFSET) : hk_ok();
}

hk_err hk_ntfs_match_open(const struct hk_globs *globs, const struct hk_ntfs_tree *tree, char letter, struct hk_ntfs_match **out)
{
  if (globs->n > HK_GLOBS_MAX) return hk_fail(HK_USAGE, "look for too many path patterns", HK_NO_OFFSET);
  struct hk_ntfs_match *const m = calloc(1, sizeof *m);
  if (m == NULL) return hk_fail(HK_MEMORY, "look for files", HK_NO_OFFSET);
  m->tree = tree;
  hk_arena_init(&m->arena, STATE_BYTES_MAX);
  const hk_err e = prepare(m, globs, letter);
  if (e.code != HK_OK) {
    hk_ntfs_match_close(m);
    return e;
  }
  *out = m;
  return hk_ok();
}

void hk_ntfs_match_close(struct hk_ntfs_match *m)
{
  if (m == NULL) return;
  hk_arena_done(&m->arena);
  free(m->of_directory);
  free(m);
}

/* From the nearest directory above that is known, down. An orphan has no state: nobody asks for what has no path. */
static const struct state *state_of(struct hk_ntfs_match *m, size_t directory)
{
  uint32_t chain[MAX_DEPTH];
  size_t n = 0;
  const struct state *s = NULL;
  size_t at = directory;
  while (s == NULL) {
    if (at == HK_NTFS_NO_DIRECTORY || n == MAX_DEPTH) {
      s = &nothing;
    } else if (m->tree->v[at].record == HK_NTFS_ROOT) {
      s = m->root;
    } else if (m->of_directory[at] != NULL) {
      s = m->of_directory[at];
    } else {
      chain[n++] = (uint32_t)at;
      at = hk_ntfs_tree_parent(m->tree, m->tree->v[at].parent);
    }
  }
  while (n > 0 && s != NULL) {
    const size_t d = chain[--n];
    s = enter(m, s, m->tree->v[d].name);
    m->of_directory[d] = s;
  }
  return s == NULL ? &nothing : s;
}

bool hk_ntfs_match_file(struct hk_ntfs_match *m, size_t directory, hk_str name, bool is_link, bool *matched)
{
  if (directory == HK_NTFS_NO_DIRECTORY) return false;
  const struct state *const s = state_of(m, directory);
  if (s->n == 0) return false;
  bool any = false;
  decode(name, &m->name);
  memset(matched, 0, m->n_patterns * sizeof *matched);
  for (size_t i = 0; i < s->n; i++) {
    const struct pattern *const p = &m->patterns[s->v[i].glob];
    if (is_link && p->deep) continue;
    if ((advance(p, s->v[i].next, &m->name) >> p->n & 1) != 0) matched[s->v[i].glob] = any = true;
  }
  return any;
}
