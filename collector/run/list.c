/* hikeshi list: what is collected, which records there are, what is judged. Both languages, always. */
#include "base/json.h"
#include "embed.h"
#include "modules.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/definitions.h"
#include "run/exit.h"

static void list_modules(bool ja)
{
  for (size_t i = 0; i < hk_modules_count; i++) {
    const struct hk_module *const m = hk_modules[i];
    hk_console_line("%-12s %s", m->name, ja ? m->title.ja : m->title.en);
    hk_console_line("%-12s %s %s", "", ja ? "証明できること:" : "proves:", ja ? m->proves.ja : m->proves.en);
    hk_console_line("%-12s %s %s", "", ja ? "証明できないこと:" : "does not prove:", ja ? m->proves_not.ja : m->proves_not.en);
  }
}

static void list_record(const struct hk_record_type *t)
{
  hk_console_line("%s  (results/Hikeshi.%s.json)  %s / %s  verb: %s  proof: %d", t->name, t->artifact, t->title.ja, t->title.en,
                  hk_verb_name(t->verb), t->proof);
  for (size_t i = 0; i < t->n_fields; i++) {
    const struct hk_field *const f = &t->fields[i];
    hk_console_line("  %-20s %-16s %-8s %s / %s", f->name, hk_field_type_name(f->type), hk_role_name(f->role), f->label.ja,
                    f->label.en);
  }
}

static void list_records(void)
{
  for (size_t i = 0; i < hk_modules_count; i++)
    for (size_t k = 0; k < hk_modules[i]->n_records; k++) list_record(hk_modules[i]->records[k]);
}

static void list_artefacts(const struct hk_profile *profile)
{
  for (size_t i = 0; i < hk_modules_count; i++)
    for (size_t k = 0; k < hk_modules[i]->n_artefacts; k++) {
      const struct hk_artefact *const a = &hk_modules[i]->artefacts[k];
      hk_console_line("%-12s %-20s %-13s %s", hk_modules[i]->name, a->name,
                      hk_profile_leaves_out(profile, hk_str_of(a->name)) ? "left out"
                      : a->collect_only ? "collect only"
                      : a->examine_only ? "examine first"
                                        : "collect",
                      a->glob);
    }
}

static void list_rules(void)
{
  for (size_t i = 0; i < hk_embed_rules_count; i++)
    hk_console_line("%s\n%.*s", hk_embed_rules[i].name, (int)hk_embed_rules[i].size, (const char *)hk_embed_rules[i].data);
  for (size_t i = 0; i < hk_embed_excuses_count; i++)
    hk_console_line("%s\n%.*s", hk_embed_excuses[i].name, (int)hk_embed_excuses[i].size, (const char *)hk_embed_excuses[i].data);
}

static void list_exit_codes(void)
{
  for (size_t i = 0; i < hk_exit_count; i++)
    hk_console_line("%d  %-10s %s / %s", (int)hk_exit_table[i].code, hk_exit_table[i].name, hk_exit_table[i].meaning.ja,
                    hk_exit_table[i].meaning.en);
}

/* ---- definitions -------------------------------------------------------------------------------------------------------- */

static const char *state_of(const struct hk_define *x)
{
  if (x->other_system) return "other system";
  if (x->n_members > 0 && x->n_globs == 0) return "group";
  if (x->n_globs == 0) return "no file";
  return x->switched_off ? "left out" : "collect only";
}

static void list_define(const struct hk_define *x)
{
  const hk_str where = x->built_in ? x->set : x->is_target ? HK_S("kape") : HK_S("forensic");
  for (size_t i = 0; i < x->n_globs; i++)
    hk_console_line("%-12.*s %-20.*s %-13s %.*s", (int)where.n, where.p, (int)x->name.n, x->name.p, state_of(x), (int)x->globs[i].n, x->globs[i].p);
  if (x->n_globs == 0) hk_console_line("%-12.*s %-20.*s %s", (int)where.n, where.p, (int)x->name.n, x->name.p, state_of(x));
}

static void put_define(struct hk_json *j, const struct hk_define *x)
{
  hk_json_put_str(j, "name", x->name);
  hk_json_put_str(j, "title", x->title);
  hk_json_put_str(j, "file", x->file);
  hk_json_put_size(j, "line", x->line);
  hk_json_put_str(j, "state", hk_str_of(state_of(x)));
  hk_json_put_str(j, "set", x->set);
  hk_json_put_size(j, "rank", x->artefact.rank);
  hk_json_put_size(j, "max_bytes", x->artefact.max_bytes);
  hk_json_put_size(j, "least_bytes", x->least_bytes);
  hk_json_put_size(j, "most_bytes", x->most_bytes);
  hk_json_put_strs(j, "paths", x->globs, x->n_globs);
  hk_json_put_strs(j, "members", x->members, x->n_members);
}

static void put_remark(struct hk_json *j, const struct hk_remark *r)
{
  hk_json_put_str(j, "remark", hk_str_of(hk_remark_name(r->kind)));
  hk_json_put_str(j, "file", r->file);
  hk_json_put_size(j, "line", r->line);
  hk_json_put_str(j, "text", r->text);
}

static void print_object(struct hk_buf *b, const struct hk_define *x, const struct hk_remark *r)
{
  struct hk_json j;
  hk_buf_reset(b);
  hk_json_init(&j, b);
  hk_json_open(&j, '{');
  if (x != NULL)
    put_define(&j, x);
  else
    put_remark(&j, r);
  hk_json_close(&j, '}');
  const hk_str line = hk_buf_view(b);
  hk_console_line("%.*s", (int)line.n, line.p);
}

static void list_defines_jsonl(const struct hk_defines *d)
{
  struct hk_buf b;
  hk_buf_init(&b, (size_t)16 << 20);
  for (size_t i = 0; i < d->n; i++) print_object(&b, d->v[i], NULL);
  for (size_t i = 0; i < d->n_remarks; i++) print_object(&b, NULL, &d->remarks[i]);
  hk_buf_done(&b);
}

static void list_defines(const struct hk_defines *d, bool ja)
{
  size_t n_paths = 0;
  for (size_t i = 0; i < d->n; i++) {
    list_define(d->v[i]);
    n_paths += d->v[i]->n_globs;
  }
  for (size_t i = 0; i < d->n_remarks; i++) {
    const struct hk_remark *const r = &d->remarks[i];
    if (r->kind == HK_REMARK_NOTE) hk_console_line("%.*s:%u: %s: %.*s", (int)r->file.n, r->file.p, r->line, hk_remark_name(r->kind), (int)r->text.n, r->text.p);
  }
  hk_console_line(ja ? "定義 %zu 件、パス %zu 件、ファイル %zu 個。読み込みを断ったもの: %zu 件" : "%zu definitions, %zu paths, from %zu files; refused: %zu",
                  d->n, n_paths, d->n_files, d->n_refused);
}

static int list_with_definitions(const struct hk_options *o, bool profiles)
{
  struct hk_defines d;
  const struct hk_profile *profile = NULL;
  const hk_err e = hk_run_load_definitions(o, &d, &profile);
  const bool refused = d.n_refused > 0;
  for (size_t i = 0; e.code == HK_OK && profiles && i < d.n_profiles; i++) {
    const struct hk_profile *const p = &d.profiles[i];
    const hk_str text = o->japanese ? p->ja : p->en;
    hk_console_line("%-12.*s %.*s", (int)p->name.n, p->name.p, (int)text.n, text.p);
  }
  if (e.code == HK_OK && !profiles && o->jsonl) {
    list_defines_jsonl(&d);
  } else if (e.code == HK_OK && !profiles) {
    list_artefacts(profile);
    list_defines(&d, o->japanese);
  }
  hk_defines_done(&d);
  if (e.code != HK_OK) return e.code == HK_USAGE ? HK_EXIT_USAGE : HK_EXIT_INTERNAL;
  return refused ? HK_EXIT_PARTIAL : HK_EXIT_OK;
}

int hk_run_list(const struct hk_options *o)
{
  const hk_str what = o->operands[0];
  if (hk_str_eq(what, HK_S("modules")))
    list_modules(o->japanese);
  else if (hk_str_eq(what, HK_S("records")))
    list_records();
  else if (hk_str_eq(what, HK_S("artefacts")) || hk_str_eq(what, HK_S("artifacts")))
    return list_with_definitions(o, false);
  else if (hk_str_eq(what, HK_S("profiles")))
    return list_with_definitions(o, true);
  else if (hk_str_eq(what, HK_S("rules")))
    list_rules();
  else if (hk_str_eq(what, HK_S("exit-codes")))
    list_exit_codes();
  else
    return hk_run_fail(o, hk_fail(HK_USAGE, "list modules, records, artefacts, profiles, rules or exit-codes", HK_NO_OFFSET), what, HK_EXIT_USAGE);
  return HK_EXIT_OK;
}

int hk_run_version(const struct hk_options *o)
{
  (void)o;
  hk_console_line("hikeshi %s (%s)", HK_VERSION, HK_COMMIT);
  return HK_EXIT_OK;
}

int hk_run_help(const struct hk_options *o)
{
  struct hk_options named = {.command = HK_CMD_HELP};
  char why[256];
  struct hk_arena a;
  hk_arena_init(&a, 0);
  if (o->n_operands == 1 && hk_options_parse(&a, o->operands, 1, &named, why).code == HK_MEMORY) named.command = HK_CMD_HELP;
  hk_options_help(o->n_operands == 1 ? named.command : HK_CMD_HELP, o->japanese);
  hk_arena_done(&a);
  return HK_EXIT_OK;
}
