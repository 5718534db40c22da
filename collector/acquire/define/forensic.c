/* ForensicArtifacts YAML: several definitions a file, each a document (format specification of the ForensicArtifacts project). FILE and
   PATH sources become globs, registry sources the hives that hold the key, groups stay names. COMMAND and WMI are not run. */
#include "acquire/define/define.h"
#include "acquire/define/variables.h"
#include "acquire/define/yaml.h"

struct reading {
  struct hk_defines *d;
  hk_str file;
  struct hk_define *row;
  struct hk_str_list globs;
  struct hk_str_list members;
  unsigned lines[256];
  bool for_windows;     /* some source is */
};

static hk_err no_memory(void)
{
  return hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
}

/* HK_REFUSED ends the definition, after the remark. */
static hk_err refused(struct reading *r, unsigned line, const char *what, hk_str name)
{
  HK_TRY(hk_defines_remark(r->d, HK_REMARK_REFUSED, r->file, line, "%s%s%.*s", what, name.n == 0 ? "" : ": ", (int)name.n, name.p));
  return hk_fail(HK_REFUSED, "read definitions", HK_NO_OFFSET);
}

static hk_err only_keys(struct reading *r, const struct hk_yaml *map, const char *const *known)
{
  for (const struct hk_yaml *m = map->first; m != NULL; m = m->next) {
    size_t i = 0;
    while (known[i] != NULL && !hk_str_eq(m->key, hk_str_of(known[i]))) i++;
    if (known[i] == NULL) return refused(r, m->line, "unknown key", m->key);
  }
  return hk_ok();
}

/* A list of texts; one text alone is refused, as by the project's own reader. */
static hk_err need_list(struct reading *r, const struct hk_yaml *attributes, const char *key, unsigned line, const struct hk_yaml **out)
{
  const struct hk_yaml *const list = hk_yaml_get(attributes, key);
  if (list == NULL || list->kind != HK_YAML_LIST || list->first == NULL) return refused(r, line, "no list of", hk_str_of(key));
  for (const struct hk_yaml *m = list->first; m != NULL; m = m->next)
    if (m->kind != HK_YAML_SCALAR) return refused(r, m->line, "not a text in", hk_str_of(key));
  *out = list;
  return hk_ok();
}

/* No list: all systems. */
static bool names_windows(const struct hk_yaml *map)
{
  const struct hk_yaml *const list = hk_yaml_get(map, "supported_os");
  if (list == NULL || list->kind != HK_YAML_LIST) return true;
  for (const struct hk_yaml *m = list->first; m != NULL; m = m->next)
    if (hk_str_ieq(m->text, HK_S("Windows"))) return true;
  return false;
}

static hk_err add_path(struct reading *r, hk_str path, unsigned line)
{
  hk_str why = hk_str_of("");
  const hk_err e = hk_path_expand(&r->d->arena, path, &r->globs, &why);
  if (e.code == HK_UNSUPPORTED) return refused(r, line, "unknown variable", why);
  if (e.code == HK_USAGE) return refused(r, line, "not a path", path);
  return e;
}

/* PATH may name a file or a folder, DIRECTORY a folder: then what lies in it is meant. */
static hk_err take_paths(struct reading *r, const struct hk_yaml *attributes, unsigned line, bool file, bool inside)
{
  static const char *const known[] = {"paths", "separator", NULL};
  const struct hk_yaml *paths = NULL;
  HK_TRY(only_keys(r, attributes, known));
  HK_TRY(need_list(r, attributes, "paths", line, &paths));
  for (const struct hk_yaml *m = paths->first; m != NULL; m = m->next) {
    if (file) HK_TRY(add_path(r, m->text, m->line));
    if (inside) HK_TRY(add_path(r, hk_str_printf(&r->d->arena, "%.*s\\*", (int)m->text.n, m->text.p), m->line));
  }
  return hk_ok();
}

static hk_err take_key(struct reading *r, hk_str key, unsigned line)
{
  const hk_err e = hk_hives_of_key(&r->d->arena, key, &r->globs);
  if (e.code != HK_UNSUPPORTED) return e;
  return hk_defines_remark(r->d, HK_REMARK_UNSUPPORTED, r->file, line, "%.*s: no file holds this key: %.*s", (int)r->row->name.n,
                           r->row->name.p, (int)key.n, key.p);
}

static hk_err take_keys(struct reading *r, const struct hk_yaml *attributes, unsigned line)
{
  static const char *const known[] = {"keys", NULL};
  const struct hk_yaml *keys = NULL;
  HK_TRY(only_keys(r, attributes, known));
  HK_TRY(need_list(r, attributes, "keys", line, &keys));
  for (const struct hk_yaml *m = keys->first; m != NULL; m = m->next) HK_TRY(take_key(r, m->text, m->line));
  return hk_ok();
}

static hk_err take_values(struct reading *r, const struct hk_yaml *attributes, unsigned line)
{
  const struct hk_yaml *const pairs = hk_yaml_get(attributes, "key_value_pairs");
  if (pairs == NULL || pairs->kind != HK_YAML_LIST || pairs->first == NULL) return refused(r, line, "no list of", HK_S("key_value_pairs"));
  for (const struct hk_yaml *m = pairs->first; m != NULL; m = m->next) {
    if (hk_yaml_text(m, "key").n == 0 || hk_yaml_get(m, "value") == NULL)
      return refused(r, m->line, "not a pair of key and value in", HK_S("key_value_pairs"));
    HK_TRY(take_key(r, hk_yaml_text(m, "key"), m->line));
  }
  return hk_ok();
}

static hk_err take_group(struct reading *r, const struct hk_yaml *attributes, unsigned line)
{
  const struct hk_yaml *names = NULL;
  HK_TRY(need_list(r, attributes, "names", line, &names));
  for (const struct hk_yaml *m = names->first; m != NULL; m = m->next) {
    if (r->members.n == sizeof r->lines / sizeof r->lines[0]) return refused(r, m->line, "too many names in a group", hk_str_of(""));
    r->lines[r->members.n] = m->line;
    if (!hk_str_list_add(&r->d->arena, &r->members, m->text)) return no_memory();
  }
  return hk_ok();
}

static hk_err take_source(struct reading *r, const struct hk_yaml *source)
{
  static const char *const known[] = {"type", "attributes", "supported_os", "conditions", "provides", "returned_types", NULL};
  if (source->kind != HK_YAML_MAP) return refused(r, source->line, "a source that is no map", hk_str_of(""));
  HK_TRY(only_keys(r, source, known));
  const hk_str type = hk_yaml_text(source, "type");
  const struct hk_yaml *const a = hk_yaml_get(source, "attributes");
  const struct hk_define *const row = r->row;
  if (type.n == 0) return refused(r, source->line, "a source without type", hk_str_of(""));
  if (a == NULL || a->kind != HK_YAML_MAP) return refused(r, source->line, "a source without attributes", hk_str_of(""));
  if (!names_windows(source)) return hk_ok();
  r->for_windows = true;
  if (hk_yaml_get(source, "conditions") != NULL)
    HK_TRY(hk_defines_remark(r->d, HK_REMARK_NOTE, r->file, source->line, "%.*s: conditions are not asked: it is always collected", (int)row->name.n, row->name.p));
  if (hk_str_eq(type, HK_S("FILE"))) return take_paths(r, a, source->line, true, false);
  if (hk_str_eq(type, HK_S("PATH"))) return take_paths(r, a, source->line, true, true);
  if (hk_str_eq(type, HK_S("DIRECTORY"))) return take_paths(r, a, source->line, false, true);
  if (hk_str_eq(type, HK_S("ARTIFACT_GROUP"))) return take_group(r, a, source->line);
  if (hk_str_eq(type, HK_S("COMMAND")) || hk_str_eq(type, HK_S("WMI")))
    return hk_defines_remark(r->d, HK_REMARK_UNSUPPORTED, r->file, source->line, "%.*s: %.*s sources are not run", (int)row->name.n,
                             row->name.p, (int)type.n, type.p);
  const bool keys = hk_str_eq(type, HK_S("REGISTRY_KEY"));
  if (!keys && !hk_str_eq(type, HK_S("REGISTRY_VALUE"))) return refused(r, source->line, "unknown source type", type);
  HK_TRY(hk_defines_remark(r->d, HK_REMARK_NOTE, r->file, source->line, "%.*s: of registry keys the whole hive files are collected",
                           (int)row->name.n, row->name.p));
  return keys ? take_keys(r, a, source->line) : take_values(r, a, source->line);
}

static hk_str first_line(hk_str s)
{
  return hk_str_sub(s, 0, hk_str_find(s, '\n'));
}

static hk_err keep(struct reading *r, const struct hk_yaml *doc)
{
  struct hk_define *const row = r->row;
  unsigned *const lines = hk_new(&r->d->arena, unsigned, r->members.n);
  if (lines == NULL) return no_memory();
  for (size_t i = 0; i < r->members.n; i++) lines[i] = r->lines[i];
  row->title = first_line(hk_yaml_text(doc, "doc"));
  row->other_system = !names_windows(doc) || !r->for_windows;
  row->members = r->members.v;
  row->n_members = r->members.n;
  row->member_lines = lines;
  if (row->other_system || r->globs.n == 0) return hk_ok();
  row->globs = r->globs.v;
  row->n_globs = r->globs.n;
  row->artefact.glob = hk_str_z(&r->d->arena, r->globs.v[0]);
  return row->artefact.glob == NULL ? no_memory() : hk_ok();
}

static hk_err take_sources(struct reading *r, const struct hk_yaml *doc)
{
  static const char *const known[] = {"aliases",  "conditions", "doc",  "labels", "name",
                                      "provides", "sources",    "supported_os", "urls", NULL};
  HK_TRY(only_keys(r, doc, known));
  const struct hk_yaml *const sources = hk_yaml_get(doc, "sources");
  if (sources == NULL || sources->kind != HK_YAML_LIST || sources->first == NULL) return refused(r, doc->line, "no sources in", r->row->name);
  for (const struct hk_yaml *s = sources->first; s != NULL; s = s->next) HK_TRY(take_source(r, s));
  return keep(r, doc);
}

static hk_err take_document(struct hk_defines *d, hk_str file, const struct hk_yaml *doc)
{
  struct reading r = {.d = d, .file = file};
  if (doc->kind == HK_YAML_SCALAR && doc->text.n == 0) return hk_ok(); /* an empty document */
  if (doc->kind != HK_YAML_MAP) return refused(&r, doc->line, "a document that is no map", hk_str_of(""));
  const hk_str name = hk_yaml_text(doc, "name");
  if (name.n == 0) return refused(&r, doc->line, "a definition without a name", hk_str_of(""));
  const struct hk_define *const before = hk_defines_find(d, name);
  if (before != NULL) {
    HK_TRY(hk_defines_remark(d, HK_REMARK_REFUSED, file, doc->line, "%.*s is defined in %.*s, line %u", (int)name.n, name.p,
                             (int)before->file.n, before->file.p, before->line));
    return hk_fail(HK_REFUSED, "read definitions", HK_NO_OFFSET);
  }
  r.row = hk_defines_row(d, file, doc->line, name);
  if (r.row == NULL) return no_memory();
  const hk_err e = take_sources(&r, doc);
  if (e.code == HK_REFUSED) d->n--; /* the row is the last: nothing of it is taken */
  return e;
}

/* What is refused costs one definition; the others are read. */
static hk_err take_or_remark(struct hk_defines *d, hk_str file, const struct hk_yaml *doc)
{
  const hk_err e = take_document(d, file, doc);
  return e.code == HK_REFUSED ? hk_ok() : e;
}

hk_err hk_forensic_read(struct hk_defines *d, hk_str file, hk_str bytes)
{
  return hk_defines_each_document(d, file, bytes, take_or_remark);
}
