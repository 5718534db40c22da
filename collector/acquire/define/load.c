/* Definitions from files and folders of this machine. Links are not followed; depth, number and size have limits. */
#include <stdlib.h>

#include "acquire/define/define.h"
#include "acquire/define/variables.h"
#include "acquire/define/yaml.h"
#include "os/os.h"

#define DEPTH_MAX 8
#define NAMES_MAX ((size_t)50000)

struct loading {
  struct hk_defines *d;
  struct hk_arena arena;
  struct hk_str_list folders; /* still to be listed; grows at its end */
  struct hk_str_list files;
  size_t n_names;
  hk_str here;
  bool no_memory;
};

static bool is_definition(hk_str name)
{
  return hk_str_iends(name, HK_S(".yaml")) || hk_str_iends(name, HK_S(".yml")) || hk_str_iends(name, HK_S(".tkape"));
}

static bool on_name(void *ctx, hk_str name, const struct os_info *info)
{
  struct loading *const l = ctx;
  if (l->n_names++ == NAMES_MAX) return false;
  if (info->kind == OS_FILE && is_definition(name))
    l->no_memory = !hk_str_list_add(&l->arena, &l->files, os_join(&l->arena, l->here, name));
  else if (info->kind == OS_DIRECTORY)
    l->no_memory = !hk_str_list_add(&l->arena, &l->folders, os_join(&l->arena, l->here, name));
  return !l->no_memory;
}

static size_t depth_of(hk_str path, hk_str root)
{
  size_t n = 0;
  for (size_t i = root.n; i < path.n; i++) n += path.p[i] == os_separator || path.p[i] == '/';
  return n;
}

/* All definitions in and below the folder, in order of names within each folder. */
static hk_err list_below(struct loading *l, hk_str root)
{
  l->folders.n = l->files.n = 0;
  if (!hk_str_list_add(&l->arena, &l->folders, root)) return hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
  for (size_t i = 0; i < l->folders.n && l->n_names < NAMES_MAX; i++) {
    l->here = l->folders.v[i];
    if (depth_of(l->here, root) > DEPTH_MAX) continue;
    const hk_err e = os_list(l->here, on_name, l);
    if (l->no_memory) return hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
    if (e.code != HK_OK && i == 0) return e;
    if (e.code != HK_OK) HK_TRY(hk_defines_remark(l->d, HK_REMARK_REFUSED, hk_str_copy(&l->d->arena, l->here), 0, "the folder cannot be listed (%s)", hk_code_name(e.code)));
  }
  return hk_ok();
}

static hk_err read_file(struct loading *l, hk_str path, hk_str *out)
{
  struct os_file *f = NULL;
  uint64_t size = 0;
  size_t got = 0;
  HK_TRY(os_open(path, OS_READ, &f));
  hk_err e = os_size(f, &size);
  if (e.code == HK_OK && size > HK_YAML_FILE_MAX) e = hk_fail(HK_LIMIT, "read definitions: the file is too large", HK_NO_OFFSET);
  char *const p = e.code == HK_OK ? hk_alloc(&l->d->arena, (size_t)size) : NULL;
  if (e.code == HK_OK && p == NULL) e = hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
  if (e.code == HK_OK) e = os_read_at(f, 0, p, (size_t)size, &got);
  os_close(f);
  *out = (hk_str){.p = p, .n = got};
  return e;
}

static hk_err add_file(struct loading *l, hk_str path)
{
  hk_str bytes = hk_str_of("");
  const hk_err e = read_file(l, path, &bytes);
  if (e.code == HK_MEMORY) return e;
  if (e.code == HK_OK) return hk_defines_add(l->d, path, bytes);
  return hk_defines_remark(l->d, HK_REMARK_REFUSED, hk_str_copy(&l->d->arena, path), 0, "the file cannot be read (%s: %s)", hk_code_name(e.code), e.step);
}

/* Attributes after the definitions that they speak of. */
static hk_err add_files(struct loading *l)
{
  for (int round = 0; round < 2; round++)
    for (size_t i = 0; i < l->files.n; i++)
      if (hk_str_iends(l->files.v[i], HK_S(".hikeshi.yaml")) == (round == 1)) HK_TRY(add_file(l, l->files.v[i]));
  return hk_ok();
}

static hk_str folder_of(hk_str path)
{
  const size_t slash = hk_str_rfind(path, '/');
  const size_t back = hk_str_rfind(path, os_separator);
  if (slash == path.n && back == path.n) return hk_str_of(".");
  const size_t end = slash == path.n ? back : back == path.n || slash > back ? slash : back;
  return end == 0 ? hk_str_sub(path, 0, 1) : hk_str_sub(path, 0, end);
}

static hk_str listed_as(const struct loading *l, hk_str name)
{
  for (size_t i = 0; i < l->files.n; i++) {
    const hk_str p = l->files.v[i];
    const bool ends = p.n > name.n && hk_str_iends(p, name);
    if (ends && (p.p[p.n - name.n - 1] == '/' || p.p[p.n - name.n - 1] == os_separator)) return p;
  }
  return hk_str_of("");
}

/* The list grows while targets name targets; a file that is there is not read again, so circles end. */
static hk_err add_named_targets(struct loading *l)
{
  for (size_t i = 0; i < l->d->n; i++) {
    const struct hk_define *const x = l->d->v[i];
    for (size_t k = 0; x->is_target && k < x->n_members; k++) {
      const hk_str path = hk_defines_known(l->d, x->members[k]) ? hk_str_of("") : listed_as(l, x->members[k]);
      if (path.n > 0) HK_TRY(add_file(l, path));
    }
  }
  return hk_ok();
}

static hk_err load(struct loading *l, hk_str path)
{
  struct os_info info;
  HK_TRY(os_stat(path, &info));
  if (info.kind == OS_DIRECTORY) {
    HK_TRY(list_below(l, path));
    return add_files(l);
  }
  HK_TRY(add_file(l, path));
  if (!hk_str_iends(path, HK_S(".tkape"))) return hk_ok();
  /* The usual tree of targets: this file's folder is one of several. Whoever keeps one file elsewhere keeps the others beside it. */
  const hk_str folder = folder_of(path);
  HK_TRY(list_below(l, folder));
  HK_TRY(add_named_targets(l));
  if (list_below(l, os_join(&l->arena, folder, HK_S(".."))).code != HK_OK) return hk_ok();
  return add_named_targets(l);
}

hk_err hk_defines_load(struct hk_defines *d, hk_str os_path)
{
  struct loading l = {.d = d};
  hk_arena_init(&l.arena, 0);
  const hk_err e = load(&l, os_path);
  hk_arena_done(&l.arena);
  return e;
}
