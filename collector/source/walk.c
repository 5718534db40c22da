/* One walk for many globs. Each glob is a list of components; in each folder the walk knows, per glob, the set of
   components that may come next (one bit each), and enters a folder only while some set is not empty. The stack of
   folders is explicit: depth is the evidence's to choose, our stack is not. */
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "source/tree.h"

#define MAX_COMPONENTS 31
#define MAX_PATH_BYTES ((size_t)128 * 1024)

struct pattern {
  hk_str part[MAX_COMPONENTS];
  size_t n;
};

/* A glob that is still alive in a folder: bit i = part i may match the next name. */
struct live {
  uint16_t glob;
  uint32_t next;
};

struct folder {
  struct folder *below; /* next on the stack */
  hk_str os_path;
  hk_str path; /* evidence path without a trailing separator */
  size_t n_live;
  struct live live[];
};

struct walk {
  struct hk_tree *tree;
  const struct hk_volume *volume;
  const struct hk_finder *finder;
  struct pattern *patterns;
  size_t n_patterns;
  struct folder *stack;
  struct folder *here;
  bool *matched;
  bool stopped;
  bool undescribed; /* the folder at hand has names of which the system tells nothing */
  hk_err err;       /* memory, interrupt */
};

static bool is_deep(hk_str part)
{
  return part.n == 2 && part.p[0] == '*' && part.p[1] == '*';
}

static bool has_colon(hk_str s)
{
  return hk_str_find(s, ':') < s.n;
}

static hk_err split(hk_str glob, struct pattern *out)
{
  out->n = 0;
  while (glob.n > 0) {
    size_t i = 0;
    while (i < glob.n && glob.p[i] != '\\' && glob.p[i] != '/')
      i++;
    if (out->n == MAX_COMPONENTS) return hk_fail(HK_USAGE, "split a path pattern of too many folders", HK_NO_OFFSET);
    out->part[out->n++] = hk_str_sub(glob, 0, i);
    glob = hk_str_sub(glob, i + 1, glob.n);
  }
  return hk_ok();
}

/* `**` may stand for nothing: whoever may stand on it may stand behind it. */
static uint32_t settle(const struct pattern *p, uint32_t set)
{
  for (size_t i = 0; i < p->n; i++)
    if ((set >> i & 1) != 0 && is_deep(p->part[i])) set |= UINT32_C(2) << i;
  return set;
}

/* A pattern without ':' never names a stream; the same name with one is a stream kept as a file (POSIX trees). */
static bool part_matches(hk_str part, hk_str name)
{
  return has_colon(part) == has_colon(name) && hk_glob_match(part, name);
}

/* The set behind one more name. Bit n means: the whole glob has matched. */
static uint32_t advance(const struct pattern *p, uint32_t set, hk_str name)
{
  uint32_t next = 0;
  for (size_t i = 0; i < p->n; i++) {
    if ((set >> i & 1) == 0) continue;
    if (is_deep(p->part[i]))
      next |= UINT32_C(1) << i;
    else if (part_matches(p->part[i], name))
      next |= UINT32_C(2) << i;
  }
  return settle(p, next);
}

static bool complete(const struct pattern *p, uint32_t set)
{
  return (set >> p->n & 1) != 0;
}

static hk_str join(hk_str dir, char separator, hk_str name)
{
  char *const z = malloc(dir.n + name.n + 2);
  if (z == NULL) return (hk_str){.p = NULL, .n = 0};
  memcpy(z, dir.p, dir.n);
  z[dir.n] = separator;
  memcpy(z + dir.n + 1, name.p, name.n);
  z[dir.n + 1 + name.n] = 0;
  return (hk_str){.p = z, .n = dir.n + 1 + name.n};
}

static hk_str duplicate(hk_str s)
{
  char *const z = malloc(s.n + 1);
  if (z == NULL) return (hk_str){.p = NULL, .n = 0};
  memcpy(z, s.p, s.n);
  z[s.n] = 0;
  return (hk_str){.p = z, .n = s.n};
}

static void free_folder(struct folder *f)
{
  free((char *)(uintptr_t)f->os_path.p);
  free((char *)(uintptr_t)f->path.p);
  free(f);
}

static void no_memory(struct walk *w)
{
  w->err = hk_fail(HK_MEMORY, "list folders", HK_NO_OFFSET);
  w->stopped = true;
}

static void say(const struct walk *w, hk_str path, hk_err e)
{
  if (w->finder->on_error != NULL) w->finder->on_error(w->finder->ctx, path, e);
}

static void push(struct walk *w, hk_str os_path, hk_str path, const struct live *live, size_t n_live)
{
  struct folder *const f = malloc(sizeof *f + n_live * sizeof *live);
  if (f == NULL || os_path.p == NULL || path.p == NULL) {
    free((char *)(uintptr_t)os_path.p);
    free((char *)(uintptr_t)path.p);
    free(f);
    no_memory(w);
    return;
  }
  *f = (struct folder){.below = w->stack, .os_path = os_path, .path = path, .n_live = n_live};
  memcpy(f->live, live, n_live * sizeof *live);
  w->stack = f;
}

static bool is_link(const struct os_info *info)
{
  return info->reparse_tag == HK_TAG_SYMLINK || info->reparse_tag == HK_TAG_MOUNT_POINT;
}

static bool any_deep(const struct pattern *p)
{
  for (size_t i = 0; i < p->n; i++)
    if (is_deep(p->part[i])) return true;
  return false;
}

/* Reports name if any live glob is complete with it. A link is nothing of its own to a search of the whole tree, which meets
   the target where it lies; where a certain file is expected, a link in its place is reported. */
static void report(struct walk *w, hk_str name, const struct os_info *info, uint64_t size_bytes)
{
  bool any = false;
  memset(w->matched, 0, w->n_patterns * sizeof *w->matched);
  for (size_t i = 0; i < w->here->n_live; i++) {
    const struct live l = w->here->live[i];
    const struct pattern *const p = &w->patterns[l.glob];
    if (is_link(info) && any_deep(p)) continue;
    if (complete(p, advance(p, l.next, name))) w->matched[l.glob] = any = true;
  }
  if (!any) return;
  const hk_str path = join(w->here->path, '\\', name);
  if (path.p == NULL) {
    no_memory(w);
    return;
  }
  struct hk_entry e = hk_tree_entry(w->tree, info, path);
  e.size_bytes = size_bytes;
  if (!w->finder->on_entry(w->finder->ctx, &e, w->matched)) w->stopped = true;
  free((char *)(uintptr_t)path.p);
}

struct stream_ctx {
  struct walk *w;
  hk_str file;
  const struct os_info *info;
};

static bool on_stream(void *ctx, hk_str stream, uint64_t size_bytes)
{
  const struct stream_ctx *const c = ctx;
  if (stream.n == 0) return true;
  const hk_str name = join(c->file, ':', stream);
  if (name.p == NULL) {
    no_memory(c->w);
    return false;
  }
  report(c->w, name, c->info, size_bytes);
  free((char *)(uintptr_t)name.p);
  return !c->w->stopped;
}

/* Asking the system for streams costs an open: only where some live glob's last part names a stream of this file. */
static bool wants_streams(const struct walk *w, hk_str name)
{
  for (size_t i = 0; i < w->here->n_live; i++) {
    const struct pattern *const p = &w->patterns[w->here->live[i].glob];
    const hk_str last = p->part[p->n - 1];
    const size_t colon = hk_str_find(last, ':');
    const bool next_is_last = (w->here->live[i].next >> (p->n - 1) & 1) != 0;
    if (p->n > 1 && next_is_last && colon < last.n && hk_glob_match(hk_str_sub(last, 0, colon), name)) return true;
  }
  return false;
}

static void on_file(struct walk *w, hk_str disk_name, hk_str name, const struct os_info *info)
{
  report(w, name, info, info->size_bytes);
  if (w->stopped || is_link(info) || !wants_streams(w, name)) return;
  const hk_str os_path = join(w->here->os_path, os_separator, disk_name);
  if (os_path.p == NULL) {
    no_memory(w);
    return;
  }
  struct stream_ctx c = {.w = w, .file = name, .info = info};
  (void)os_list_streams(os_path, on_stream, &c);
  free((char *)(uintptr_t)os_path.p);
}

static void on_folder(struct walk *w, hk_str disk_name, hk_str name)
{
  struct live live[HK_GLOBS_MAX];
  size_t n = 0;
  for (size_t i = 0; i < w->here->n_live; i++) {
    const struct pattern *const p = &w->patterns[w->here->live[i].glob];
    const uint32_t below = UINT32_MAX >> (32 - p->n);
    const uint32_t next = advance(p, w->here->live[i].next, name) & below;
    if (next != 0) live[n++] = (struct live){.glob = w->here->live[i].glob, .next = next};
  }
  if (n == 0) return;
  if (w->here->path.n + name.n > MAX_PATH_BYTES) {
    say(w, w->here->path, hk_fail(HK_LIMIT, "list folder: its path is too long", HK_NO_OFFSET));
    return;
  }
  push(w, join(w->here->os_path, os_separator, disk_name), join(w->here->path, '\\', name), live, n);
}

static bool on_name(void *ctx, hk_str disk_name, const struct os_info *info)
{
  struct walk *const w = ctx;
  struct hk_arena scratch;
  hk_arena_init(&scratch, 0);
  const hk_str name = w->volume->escaped ? hk_unescape(&scratch, disk_name) : disk_name;
  if (info->kind == OS_OTHER && info->reparse_tag == 0 && info->n_links == 0) w->undescribed = true;
  if (info->kind == OS_FILE || (info->kind == OS_OTHER && is_link(info)))
    on_file(w, disk_name, name, info);
  else if (info->kind == OS_DIRECTORY && hk_tree_enters(info))
    on_folder(w, disk_name, name);
  hk_arena_done(&scratch);
  return !w->stopped;
}

static void start(struct walk *w, const struct hk_volume *v)
{
  struct live live[HK_GLOBS_MAX];
  size_t n = 0;
  const char drive[2] = {v->letter, ':'};
  const hk_str volume = {.p = drive, .n = sizeof drive};
  for (size_t i = 0; i < w->n_patterns; i++) {
    const uint32_t next = advance(&w->patterns[i], settle(&w->patterns[i], 1), volume);
    if (next != 0) live[n++] = (struct live){.glob = (uint16_t)i, .next = next};
  }
  w->volume = v;
  if (n == 0) return;
  push(w, duplicate(v->root), duplicate(volume), live, n);
}

static void list_here(struct walk *w)
{
  w->undescribed = false;
  hk_err e = os_list(w->here->os_path, on_name, w);
  /* Its parent named it: "absent" would say that there was nothing to see. */
  if (e.code == HK_ABSENT)
    e = hk_fail(HK_SKIPPED, "list folder: it is gone, or its name cannot be opened", HK_NO_OFFSET);
  if (e.code == HK_OK && w->undescribed) e = hk_fail(HK_DENIED, "describe the files of a folder", HK_NO_OFFSET);
  if (e.code != HK_OK) say(w, w->here->path, e);
}

static void run(struct walk *w)
{
  while (w->stack != NULL) {
    w->here = w->stack;
    w->stack = w->here->below;
    if (w->finder->stop != NULL && !w->stopped && w->finder->stop()) {
      w->err = hk_fail(HK_CANCELLED, "list folders", HK_NO_OFFSET);
      w->stopped = true;
    }
    if (!w->stopped) list_here(w);
    free_folder(w->here);
  }
}

hk_err hk_tree_find(struct hk_source *s, const struct hk_globs *globs, const struct hk_finder *finder)
{
  struct hk_tree *const t = (struct hk_tree *)(void *)s;
  if (globs->n > HK_GLOBS_MAX) return hk_fail(HK_USAGE, "look for too many path patterns", HK_NO_OFFSET);
  struct hk_arena a;
  hk_arena_init(&a, 0);
  struct walk w = {.tree = t, .finder = finder, .n_patterns = globs->n, .err = hk_ok()};
  w.patterns = hk_new(&a, struct pattern, globs->n);
  w.matched = hk_new(&a, bool, globs->n);
  hk_err e = w.patterns == NULL || w.matched == NULL ? hk_fail(HK_MEMORY, "list folders", HK_NO_OFFSET) : hk_ok();
  for (size_t i = 0; e.code == HK_OK && i < globs->n; i++)
    e = split(globs->v[i], &w.patterns[i]);
  for (size_t i = 0; e.code == HK_OK && i < t->n_volumes && !w.stopped; i++) {
    start(&w, &t->volumes[i]);
    run(&w);
    e = w.err;
  }
  hk_arena_done(&a);
  return e;
}
