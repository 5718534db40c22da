/* hikeshi list: what is collected, which records there are, what is judged. Both languages, always. */
#include "embed.h"
#include "modules.h"
#include "run/commands.h"
#include "run/console.h"
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

static void list_artefacts(void)
{
  for (size_t i = 0; i < hk_modules_count; i++)
    for (size_t k = 0; k < hk_modules[i]->n_artefacts; k++) {
      const struct hk_artefact *const a = &hk_modules[i]->artefacts[k];
      hk_console_line("%-12s %-20s %-13s %s", hk_modules[i]->name, a->name,
                      a->collect_only   ? "collect only"
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

int hk_run_list(const struct hk_options *o)
{
  const hk_str what = o->operands[0];
  if (hk_str_eq(what, HK_S("modules")))
    list_modules(o->japanese);
  else if (hk_str_eq(what, HK_S("records")))
    list_records();
  else if (hk_str_eq(what, HK_S("artefacts")) || hk_str_eq(what, HK_S("artifacts")))
    list_artefacts();
  else if (hk_str_eq(what, HK_S("rules")))
    list_rules();
  else if (hk_str_eq(what, HK_S("exit-codes")))
    list_exit_codes();
  else
    return hk_run_fail(o, hk_fail(HK_USAGE, "list modules, records, artefacts, rules or exit-codes", HK_NO_OFFSET), what, HK_EXIT_USAGE);
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
