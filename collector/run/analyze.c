/* hikeshi analyze: everything right of the source again, from an archive or a tree, into a folder. */
#include "modules.h"
#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/custody.h"
#include "run/exit.h"
#include "run/host.h"
#include "run/products.h"

/* In the current folder: "<archive without .zip>.analysis". */
static hk_str default_out(struct hk_arena *a, hk_str target)
{
  while (target.n > 1 && (target.p[target.n - 1] == '/' || target.p[target.n - 1] == '\\')) target.n--;
  const size_t slash = hk_str_rfind(target, '/');
  hk_str name = slash == target.n ? target : hk_str_sub(target, slash + 1, target.n);
  const size_t back = hk_str_rfind(name, '\\');
  if (back < name.n) name = hk_str_sub(name, back + 1, name.n);
  if (name.n > 8 && hk_str_iends(name, HK_S(".zip.age"))) name.n -= 4;
  if (name.n > 4 && hk_str_iends(name, HK_S(".zip"))) name.n -= 4;
  const bool nameless = name.n == 0 || name.p[name.n - 1] == ':' || name.p[name.n - 1] == '/' || hk_str_eq(name, HK_S(".")) ||
                        hk_str_eq(name, HK_S(".."));
  if (nameless) name = hk_str_of("hikeshi");
  return hk_str_printf(a, "%.*s.analysis", (int)name.n, name.p);
}

static struct hk_report_case report_case(struct hk_run *r, hk_str target, struct hk_case *custody)
{
  hk_run_custody(r->options, &r->arena, custody);
  return (struct hk_report_case){.case_id = custody->case_id,
                                 .operator_name = custody->operator_name,
                                 .reason = custody->reason,
                                 .host = hk_run_evidence_host(r->source, &r->arena),
                                 .os_name = hk_str_of(""),
                                 .domain = hk_str_of(""),
                                 .address = hk_str_of(""),
                                 .time_zone = custody->time_zone,
                                 .utc_offset_minutes = custody->utc_offset_minutes,
                                 .started_at = r->started_at,
                                 .finished_at = os_now(),
                                 .archive_name = target,
                                 .tool_version = custody->tool_version,
                                 .tool_sha256 = custody->tool_sha256,
                                 .command_line = custody->command_line,
                                 .confinement = r->confinement,
                                 .custody = custody,
                                 .japanese = r->options->japanese};
}

/* Of an earlier analysis in the same folder: a record type that has no rows now must not keep its old ones. */
static void remove_old_results(struct hk_arena *a, hk_str out)
{
  for (size_t i = 0; i < hk_modules_count; i++)
    for (size_t k = 0; k < hk_modules[i]->n_records; k++)
      (void)os_remove(os_join(a, out, hk_str_printf(a, "Hikeshi.%s.json", hk_modules[i]->records[k]->artifact)));
}

static int analyze_open(struct hk_run *r, const struct hk_options *o, hk_str target, hk_str out)
{
  int exit_code = HK_EXIT_OUTPUT;
  r->out_dir = out;
  hk_err e = os_make_dir(out);
  if (e.code == HK_OK) e = hk_run_open(r, o, os_join(&r->arena, out, HK_S("work")), &exit_code);
  if (e.code != HK_OK) return hk_run_fail(o, e, out, exit_code);
  remove_old_results(&r->arena, out);
  e = hk_run_all(r);
  if (e.code == HK_OK) {
    struct hk_case custody;
    struct hk_report_case c = report_case(r, target, &custody);
    const struct hk_products p = {.folder = out, .prefix = hk_str_of(""), .all = true};
    e = hk_products_make(r, &p, &c);
  }
  if (e.code != HK_OK) return hk_run_fail(o, e, out, hk_run_exit_of(e));
  const hk_str report = os_join(&r->arena, out, HK_S("report.html"));
  hk_console_line("%s %.*s", o->japanese ? "レポート:" : "Report:", (int)report.n, report.p);
  return hk_run_exit_code(r);
}

int hk_run_analyze(const struct hk_options *o)
{
  struct hk_run r = {0};
  const hk_str target = o->operands[0];
  hk_arena_init(&r.arena, 0);
  hk_run_be_a_guest(o);
  hk_err e = hk_run_load_definitions(o, &r.defines, &r.profile);
  if (e.code != HK_OK) {
    hk_defines_done(&r.defines);
    hk_arena_done(&r.arena);
    return e.code == HK_USAGE ? HK_EXIT_USAGE : HK_EXIT_INTERNAL;
  }
  e = hk_run_open_source(o, target, &r.source);
  if (e.code != HK_OK) {
    hk_defines_done(&r.defines);
    hk_arena_done(&r.arena);
    return hk_run_fail_source(o, e, target);
  }
  if (!o->dry_run) os_on_interrupt(hk_run_interrupt);
  int code = HK_EXIT_OK;
  if (o->dry_run) {
    const struct hk_wanted wanted = hk_run_wanted(&r);
    const hk_err planned = hk_plan_make(r.source, &wanted, NULL, &r.plan);
    if (planned.code == HK_OK)
      hk_run_print_plan(&r.plan, o->japanese);
    else
      code = hk_run_fail(o, planned, target, HK_EXIT_SOURCE);
  } else {
    code = analyze_open(&r, o, target, o->out.n != 0 ? o->out : default_out(&r.arena, target));
  }
  hk_run_close(&r);
  return code;
}
