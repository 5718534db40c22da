/* One walk for many globs: a folder carries the state of the globs there (source/globs.h) and is entered only while some glob
   can still match below. The stack of folders is explicit: depth is the evidence's to choose, our stack is not. */
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "os/reparse.h"
#include "source/globs.h"
#include "source/tree.h"

#define MAX_PATH_BYTES ((size_t)128 * 1024)

struct folder {
  struct folder *below; /* next on the stack */
  hk_str os_path;
  hk_str path; /* evidence path without a trailing separator */
  const struct hk_glob_state *state;
};

struct walk {
  struct hk_tree *tree;
  const struct hk_volume *volume;
  const struct hk_finder *finder;
  struct hk_glob_set *globs;
  struct folder *stack;
  struct folder *here;
  bool stopped;
  bool undescribed; /* the folder at hand has names of which the system tells nothing */
  hk_err err;       /* memory, interrupt */
};

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

static void push(struct walk *w, hk_str os_path, hk_str path, const struct hk_glob_state *state)
{
  struct folder *const f = malloc(sizeof *f);
  if (f == NULL || os_path.p == NULL || path.p == NULL) {
    free((char *)(uintptr_t)os_path.p);
    free((char *)(uintptr_t)path.p);
    free(f);
    no_memory(w);
    return;
  }
  *f = (struct folder){.below = w->stack, .os_path = os_path, .path = path, .state = state};
  w->stack = f;
}

/* Reports name if any glob names it. A link is nothing of its own to a search of the whole tree; where a certain file is
   expected, a link in its place is reported. */
static void report(struct walk *w, hk_str name, const struct os_info *info, uint64_t size_bytes)
{
  const struct hk_hits hits = hk_glob_file(w->globs, w->here->state, name, os_tag_is_link(info->reparse_tag));
  if (hits.n == 0) return;
  const hk_str path = join(w->here->path, '\\', name);
  if (path.p == NULL) {
    no_memory(w);
    return;
  }
  struct hk_entry e = hk_tree_entry(w->tree, info, path);
  e.size_bytes = size_bytes;
  if (!w->finder->on_entry(w->finder->ctx, &e, &hits)) w->stopped = true;
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

static void on_file(struct walk *w, hk_str disk_name, hk_str name, const struct os_info *info)
{
  report(w, name, info, info->size_bytes);
  /* Asking the system for streams costs an open. */
  if (w->stopped || os_tag_is_link(info->reparse_tag) || !hk_glob_wants_streams(w->globs, w->here->state, name)) return;
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
  const struct hk_glob_state *const state = hk_glob_enter(w->globs, w->here->state, name);
  if (state == NULL) {
    say(w, w->here->path, hk_fail(HK_LIMIT, "list folder: there are too many different ones", HK_NO_OFFSET));
    return;
  }
  if (hk_glob_dead(state)) return;
  if (w->here->path.n + name.n > MAX_PATH_BYTES) {
    say(w, w->here->path, hk_fail(HK_LIMIT, "list folder: its path is too long", HK_NO_OFFSET));
    return;
  }
  push(w, join(w->here->os_path, os_separator, disk_name), join(w->here->path, '\\', name), state);
}

static bool on_name(void *ctx, hk_str disk_name, const struct os_info *info)
{
  struct walk *const w = ctx;
  struct hk_arena scratch;
  hk_arena_init(&scratch, 0);
  const hk_str name = w->volume->escaped ? hk_unescape(&scratch, disk_name) : disk_name;
  if (info->kind == OS_OTHER && info->reparse_tag == 0 && info->n_links == 0) w->undescribed = true;
  if (info->kind == OS_FILE || (info->kind == OS_OTHER && os_tag_is_link(info->reparse_tag)))
    on_file(w, disk_name, name, info);
  else if (info->kind == OS_DIRECTORY && hk_tree_enters(info))
    on_folder(w, disk_name, name);
  hk_arena_done(&scratch);
  return !w->stopped;
}

static void start(struct walk *w, const struct hk_volume *v)
{
  const struct hk_glob_state *const state = hk_glob_enter(w->globs, hk_glob_start(w->globs), v->name);
  w->volume = v;
  if (state == NULL)
    no_memory(w);
  else if (!hk_glob_dead(state))
    push(w, duplicate(v->root), duplicate(v->name), state);
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
  struct walk w = {.tree = t, .finder = finder, .err = hk_ok()};
  HK_TRY(hk_glob_set_open(globs, &w.globs));
  for (size_t i = 0; i < t->n_volumes && !w.stopped; i++) {
    start(&w, &t->volumes[i]);
    run(&w);
  }
  hk_glob_set_close(w.globs);
  return w.err;
}
