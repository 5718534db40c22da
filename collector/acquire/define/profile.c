/* What is ours beside the definitions: attributes ("….hikeshi.yaml") and profiles ("profiles.yaml"). They lie in files of their own, so that
   the definitions are plain ForensicArtifacts that every reader of that form takes. */
#include "acquire/define/define.h"
#include "acquire/define/variables.h"
#include "acquire/define/yaml.h"
#include "embed.h"

#define RANK_MAX 1000u
#define PROFILES_MAX 64

static hk_err no_memory(void)
{
  return hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
}

static hk_err refuse(struct hk_defines *d, hk_str file, const struct hk_yaml *at, const char *what, hk_str name)
{
  return hk_defines_remark(d, HK_REMARK_REFUSED, file, at->line, "%s: %.*s", what, (int)name.n, name.p);
}

/* "4096", "64 MiB", "4 GiB". */
static bool read_bytes(hk_str text, uint64_t *out)
{
  static const struct {
    const char *name;
    unsigned shift;
  } units[] = {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
  uint64_t v = 0;
  size_t i = 0;
  for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && v < UINT32_MAX; i++) v = v * 10 + (uint64_t)(text.p[i] - '0');
  if (i == 0) return false;
  if (i < text.n && text.p[i] == ' ') i++;
  for (size_t u = 0; u < sizeof units / sizeof units[0]; u++)
    if (hk_str_eq(hk_str_sub(text, i, text.n), hk_str_of(units[u].name))) {
      *out = v << units[u].shift;
      return true;
    }
  return false;
}

static bool read_rank(hk_str text, unsigned *out)
{
  uint64_t v = 0;
  if (!read_bytes(text, &v) || v > RANK_MAX) return false;
  *out = (unsigned)v;
  return true;
}

static bool read_yes_no(hk_str text, bool *out)
{
  *out = hk_str_ieq(text, HK_S("true"));
  return *out || hk_str_ieq(text, HK_S("false"));
}

/* ---- attributes -------------------------------------------------------------------------------------------------------------------- */

static bool set_attribute(struct hk_define *x, const struct hk_yaml *m)
{
  if (hk_str_eq(m->key, HK_S("set"))) {
    x->set = m->text;
    return m->text.n > 0;
  }
  if (hk_str_eq(m->key, HK_S("rank"))) return read_rank(m->text, &x->artefact.rank);
  if (hk_str_eq(m->key, HK_S("max_bytes"))) return read_bytes(m->text, &x->artefact.max_bytes);
  if (hk_str_eq(m->key, HK_S("essential"))) return read_yes_no(m->text, &x->essential);
  return false;
}

static hk_err set_attributes(struct hk_defines *d, hk_str file, struct hk_define *x, const struct hk_yaml *map)
{
  if (map == NULL) return hk_ok();
  for (const struct hk_yaml *m = map->first; m != NULL; m = m->next)
    if (m->kind != HK_YAML_SCALAR || !set_attribute(x, m)) HK_TRY(refuse(d, file, m, "not an attribute, or not its value", m->key));
  x->artefact.optional = !x->essential;
  return hk_ok();
}

static hk_err read_attributes(struct hk_defines *d, hk_str file, const struct hk_yaml *doc)
{
  if (doc->kind != HK_YAML_MAP) return refuse(d, file, doc, "a document that is no map", hk_str_of(""));
  const struct hk_yaml *const artefacts = hk_yaml_get(doc, "artefacts");
  for (const struct hk_yaml *m = doc->first; m != NULL; m = m->next)
    if (m->kind != HK_YAML_MAP || (!hk_str_eq(m->key, HK_S("defaults")) && m != artefacts)) return refuse(d, file, m, "unknown key", m->key);
  for (const struct hk_yaml *m = artefacts == NULL ? NULL : artefacts->first; m != NULL; m = m->next) {
    struct hk_define *const x = hk_defines_find(d, m->key);
    if (x == NULL || m->kind != HK_YAML_MAP) {
      HK_TRY(refuse(d, file, m, "attributes of what is not defined", m->key));
      continue;
    }
    HK_TRY(set_attributes(d, file, x, hk_yaml_get(doc, "defaults")));
    HK_TRY(set_attributes(d, file, x, m));
  }
  return hk_ok();
}

/* ---- profiles ----------------------------------------------------------------------------------------------------------------------- */

static hk_err read_names(struct hk_defines *d, hk_str file, const struct hk_yaml *list, const hk_str **out, size_t *n)
{
  struct hk_str_list l = {0};
  for (const struct hk_yaml *m = list->first; m != NULL; m = m->next) {
    if (m->kind != HK_YAML_SCALAR || m->text.n == 0) return refuse(d, file, m, "not a name in", list->key);
    if (!hk_str_list_add(&d->arena, &l, m->text)) return no_memory();
  }
  *out = l.v;
  *n = l.n;
  return hk_ok();
}

static hk_err read_profile(struct hk_defines *d, hk_str file, const struct hk_yaml *doc)
{
  if (doc->kind != HK_YAML_MAP) return refuse(d, file, doc, "a document that is no map", hk_str_of(""));
  struct hk_profile p = {.name = hk_yaml_text(doc, "name"), .file = file, .line = doc->line};
  p.ja = hk_yaml_text(doc, "ja");
  p.en = hk_yaml_text(doc, "en");
  if (p.name.n == 0 || hk_profile_find(d, p.name) != NULL) return refuse(d, file, doc, "a profile without a name, or a second one of that name", p.name);
  if (d->n_profiles == PROFILES_MAX) return refuse(d, file, doc, "too many profiles", p.name);
  for (const struct hk_yaml *m = doc->first; m != NULL; m = m->next) {
    const bool text = hk_str_eq(m->key, HK_S("name")) || hk_str_eq(m->key, HK_S("ja")) || hk_str_eq(m->key, HK_S("en"));
    if (hk_str_eq(m->key, HK_S("sets")) && m->kind == HK_YAML_LIST)
      HK_TRY(read_names(d, file, m, &p.sets, &p.n_sets));
    else if (hk_str_eq(m->key, HK_S("without")) && m->kind == HK_YAML_LIST)
      HK_TRY(read_names(d, file, m, &p.without, &p.n_without));
    else if (!text && !(hk_str_eq(m->key, HK_S("max_bytes")) && read_bytes(m->text, &p.max_bytes)))
      return refuse(d, file, m, "unknown key, or not its value", m->key);
  }
  if (d->profiles == NULL) d->profiles = hk_new(&d->arena, struct hk_profile, PROFILES_MAX);
  if (d->profiles == NULL) return no_memory();
  d->profiles[d->n_profiles++] = p;
  return hk_ok();
}

hk_err hk_attributes_read(struct hk_defines *d, hk_str file, hk_str bytes)
{
  return hk_defines_each_document(d, file, bytes, read_attributes);
}

hk_err hk_profiles_read(struct hk_defines *d, hk_str file, hk_str bytes)
{
  return hk_defines_each_document(d, file, bytes, read_profile);
}

const struct hk_profile *hk_profile_find(const struct hk_defines *d, hk_str name)
{
  for (size_t i = 0; i < d->n_profiles; i++)
    if (hk_str_ieq(d->profiles[i].name, name)) return &d->profiles[i];
  return NULL;
}

bool hk_profile_leaves_out(const struct hk_profile *p, hk_str name)
{
  for (size_t i = 0; p != NULL && i < p->n_without; i++)
    if (hk_glob_match(p->without[i], name)) return true;
  return false;
}

static bool has_set(const struct hk_profile *p, hk_str set)
{
  for (size_t i = 0; i < p->n_sets; i++)
    if (hk_str_eq(p->sets[i], HK_S("*")) || hk_str_ieq(p->sets[i], set)) return true;
  return false;
}

void hk_profile_apply(struct hk_defines *d, const struct hk_profile *p)
{
  for (size_t i = 0; i < d->n; i++) {
    struct hk_define *const x = d->v[i];
    x->switched_off = (x->built_in && !has_set(p, x->set)) || hk_profile_leaves_out(p, x->name);
    if (x->artefact.max_bytes == 0) x->artefact.max_bytes = p->max_bytes;
  }
}

/* Definitions first, whatever their names: attributes speak of them. */
hk_err hk_defines_add_built_in(struct hk_defines *d)
{
  for (int round = 0; round < 2; round++)
    for (size_t i = 0; i < hk_embed_collection_count; i++) {
      const struct hk_embed *const e = &hk_embed_collection[i];
      if (hk_str_iends(hk_str_of(e->name), HK_S(".hikeshi.yaml")) != (round == 1)) continue;
      HK_TRY(hk_defines_add(d, hk_str_of(e->name), (hk_str){.p = (const char *)e->data, .n = e->size}));
    }
  for (size_t i = 0; i < d->n; i++) d->v[i]->built_in = true;
  return hk_ok();
}
