/* KAPE targets (.tkape): one file, many rows, each a folder and a mask, or the name of another target file. A row becomes a definition
   of its own, "Prefetch/Prefetch"; the file becomes a group of the targets that it names. */
#include "acquire/define/define.h"
#include "acquire/define/regex.h"
#include "acquire/define/variables.h"
#include "acquire/define/yaml.h"

struct reading {
  struct hk_defines *d;
  hk_str file;
  hk_str stem;
  struct hk_define *group;
  struct hk_str_list members;
  unsigned *lines; /* one a member */
};

static hk_err no_memory(void)
{
  return hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
}

/* HK_REFUSED ends the row, after the remark. */
static hk_err refused(const struct reading *r, unsigned line, const char *what, hk_str name)
{
  HK_TRY(hk_defines_remark(r->d, HK_REMARK_REFUSED, r->file, line, "%s%s%.*s", what, name.n == 0 ? "" : ": ", (int)name.n, name.p));
  return hk_fail(HK_REFUSED, "read definitions", HK_NO_OFFSET);
}

static hk_str base_name(hk_str path)
{
  const size_t slash = hk_str_rfind(path, '/');
  const hk_str tail = slash == path.n ? path : hk_str_sub(path, slash + 1, path.n);
  const size_t back = hk_str_rfind(tail, '\\');
  return back == tail.n ? tail : hk_str_sub(tail, back + 1, tail.n);
}

/* An unknown key may change what is meant. */
static hk_err only_keys(const struct reading *r, const struct hk_yaml *map, const char *const *known)
{
  for (const struct hk_yaml *m = map->first; m != NULL; m = m->next) {
    size_t i = 0;
    while (known[i] != NULL && !hk_str_ieq(m->key, hk_str_of(known[i]))) i++;
    if (known[i] == NULL) return refused(r, m->line, "unknown key", m->key);
  }
  return hk_ok();
}

static hk_err take_size(const struct reading *r, const struct hk_yaml *row, const char *key, uint64_t *out)
{
  const hk_str text = hk_yaml_text(row, key);
  uint64_t v = 0;
  for (size_t i = 0; i < text.n; i++) {
    if (text.p[i] < '0' || text.p[i] > '9' || v > UINT64_MAX / 10 - 1) return refused(r, row->line, "no number of bytes in", hk_str_of(key));
    v = v * 10 + (uint64_t)(text.p[i] - '0');
  }
  *out = v;
  return hk_ok();
}

static unsigned line_of(const struct hk_yaml *row, const char *key)
{
  const struct hk_yaml *const m = hk_yaml_get(row, key);
  return m == NULL ? row->line : m->line;
}

static hk_err take_mask(const struct reading *r, const struct hk_yaml *row, struct hk_define *x, hk_str *glob)
{
  const hk_str mask = hk_yaml_text(row, "FileMask");
  *glob = mask.n == 0 || hk_str_eq(mask, HK_S("*.*")) ? hk_str_of("*") : mask; /* as Windows reads it: with a dot or without */
  if (mask.n < 6 || !hk_str_ieq(hk_str_sub(mask, 0, 6), HK_S("regex:"))) return hk_ok();
  *glob = hk_str_of("*");
  hk_str why = hk_str_of("");
  const hk_err e = hk_regex_make(&r->d->arena, hk_str_sub(mask, 6, mask.n), &x->mask, &why);
  return e.code == HK_UNSUPPORTED || e.code == HK_USAGE ? refused(r, line_of(row, "FileMask"), "regular expression", why) : e;
}

static hk_err take_globs(const struct reading *r, const struct hk_yaml *row, struct hk_define *x)
{
  struct hk_arena *const a = &r->d->arena;
  struct hk_str_list globs = {0};
  hk_str mask = hk_str_of("");
  hk_str why = hk_str_of("");
  const hk_str folder = hk_yaml_text(row, "Path");
  HK_TRY(take_mask(r, row, x, &mask));
  const hk_str path = hk_str_printf(a, "%.*s\\%s%.*s", (int)folder.n, folder.p, hk_yaml_true(row, "Recursive") ? "**\\" : "", (int)mask.n, mask.p);
  const hk_err e = hk_path_expand(a, path, &globs, &why);
  if (e.code == HK_UNSUPPORTED) return refused(r, line_of(row, "Path"), "unknown variable", why);
  if (e.code == HK_USAGE) return refused(r, line_of(row, "Path"), "not a path", folder);
  HK_TRY(e);
  x->globs = globs.v;
  x->n_globs = globs.n;
  x->artefact.glob = hk_str_z(a, globs.v[0]);
  return x->artefact.glob == NULL ? no_memory() : hk_ok();
}

static hk_err take_target(struct reading *r, hk_str name, unsigned line, size_t n_rows)
{
  if (r->lines == NULL) r->lines = hk_new(&r->d->arena, unsigned, n_rows);
  if (r->lines == NULL) return no_memory();
  r->lines[r->members.n] = line;
  return hk_str_list_add(&r->d->arena, &r->members, base_name(name)) ? hk_ok() : no_memory();
}

static bool is_drive_path(hk_str path)
{
  return path.n >= 2 && path.p[1] == ':';
}

static hk_err take_row(struct reading *r, const struct hk_yaml *row, size_t n_rows)
{
  static const char *const known[] = {"Name",           "Category",        "Path",    "FileMask", "Recursive", "Comment",
                                      "SaveAsFileName", "AlwaysAddToQueue", "MinSize", "MaxSize",  NULL};
  if (row->kind != HK_YAML_MAP) return refused(r, row->line, "a target that is no map", hk_str_of(""));
  HK_TRY(only_keys(r, row, known));
  const hk_str path = hk_yaml_text(row, "Path");
  const hk_str name = hk_yaml_text(row, "Name");
  if (name.n == 0) return refused(r, row->line, "a target without a name", hk_str_of(""));
  if (hk_str_iends(path, HK_S(".tkape"))) return take_target(r, path, line_of(row, "Path"), n_rows);
  const bool variable = path.n > 0 && path.p[0] == '%';
  if (!variable && !is_drive_path(path) && !hk_str_starts(path, HK_S("\\"))) return refused(r, line_of(row, "Path"), "neither a path with its drive nor a target", path);
  const hk_str full = hk_str_printf(&r->d->arena, "%.*s/%.*s", (int)r->stem.n, r->stem.p, (int)name.n, name.p);
  struct hk_define *const x = full.p == NULL ? NULL : hk_defines_row(r->d, r->file, row->line, full);
  if (x == NULL) return no_memory();
  x->is_target = true;
  x->title = hk_yaml_text(row, "Category");
  hk_err e = take_size(r, row, "MinSize", &x->least_bytes);
  if (e.code == HK_OK) e = take_size(r, row, "MaxSize", &x->most_bytes);
  if (e.code == HK_OK) e = take_globs(r, row, x);
  if (e.code != HK_OK) r->d->n--;
  return e;
}

static hk_err take_file(struct reading *r, const struct hk_yaml *doc)
{
  static const char *const known[] = {"Description", "Author", "Version", "Id", "RecreateDirectories", "Targets", NULL};
  const struct hk_yaml *const targets = hk_yaml_get(doc, "Targets");
  if (doc->kind != HK_YAML_MAP) return refused(r, doc->line, "a document that is no map", hk_str_of(""));
  HK_TRY(only_keys(r, doc, known));
  if (targets == NULL || targets->kind != HK_YAML_LIST || targets->first == NULL) return refused(r, doc->line, "no Targets", hk_str_of(""));
  const hk_str name = base_name(r->file);
  const struct hk_define *const before = hk_defines_find(r->d, name);
  if (before != NULL) return refused(r, doc->line, "there is a target of this name", before->file);
  r->group = hk_defines_row(r->d, r->file, doc->line, name);
  if (r->group == NULL) return no_memory();
  r->group->is_target = true;
  r->group->title = hk_yaml_text(doc, "Description");
  size_t n_rows = 0;
  for (const struct hk_yaml *t = targets->first; t != NULL; t = t->next) n_rows++;
  for (const struct hk_yaml *t = targets->first; t != NULL; t = t->next) {
    const hk_err e = take_row(r, t, n_rows);
    if (e.code != HK_OK && e.code != HK_REFUSED) return e;
  }
  r->group->members = r->members.v;
  r->group->n_members = r->members.n;
  r->group->member_lines = r->lines;
  return hk_ok();
}

hk_err hk_kape_read(struct hk_defines *d, hk_str file, hk_str bytes)
{
  struct reading r = {.d = d, .file = file};
  struct hk_yaml_reader *y = NULL;
  struct hk_yaml *doc = NULL;
  hk_str why = hk_str_of("");
  unsigned line = 0;
  const hk_str name = base_name(file);
  r.stem = hk_str_sub(name, 0, hk_str_rfind(name, '.'));
  HK_TRY(hk_yaml_open(bytes, &y));
  hk_err e = hk_yaml_next(y, &d->arena, &doc, &why, &line);
  if (e.code != HK_OK && e.code != HK_MEMORY)
    e = hk_defines_remark(d, HK_REMARK_REFUSED, file, line, "%.*s", (int)why.n, why.p);
  else if (e.code == HK_OK && doc == NULL)
    e = hk_defines_remark(d, HK_REMARK_REFUSED, file, 0, "an empty file");
  else if (e.code == HK_OK)
    e = take_file(&r, doc);
  hk_yaml_close(y);
  return e.code == HK_REFUSED ? hk_ok() : e;
}
