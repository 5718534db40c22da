/* hikeshi collect: a PC, or what stands for one, into a sealed archive with answers. */
#include <string.h>

#include "base/hash.h"
#include "os/govern.h"
#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/custody.h"
#include "run/exit.h"
#include "run/host.h"
#include "run/keys.h"
#include "run/products.h"
#include "source/shadows.h"
#include "source/state.h"

struct collection {
  const struct hk_options *options;
  struct hk_run run;
  hk_str out_dir;
  struct hk_case custody;
  struct hk_report_case report;
  bool to_stdout;  /* the archive goes to standard output; nothing is written anywhere else */
  struct hk_output_keys keys;
  bool unanswered; /* sealed, but the work files were lost on the way */
};

static void fill_custody(struct collection *c)
{
  hk_run_custody(c->options, &c->run.arena, &c->custody);
  c->custody.host = hk_run_evidence_host(c->run.source, &c->run.arena);
  c->custody.started_at = os_now();
}

static void fill_report(struct collection *c)
{
  c->report = (struct hk_report_case){.case_id = c->custody.case_id,
                                      .operator_name = c->custody.operator_name,
                                      .reason = c->custody.reason,
                                      .host = c->custody.host,
                                      .os_name = hk_str_of(""),
                                      .domain = hk_str_of(""),
                                      .address = hk_str_of(""),
                                      .time_zone = c->custody.time_zone,
                                      .utc_offset_minutes = c->custody.utc_offset_minutes,
                                      .started_at = c->run.started_at,
                                      .finished_at = os_now(),
                                      .archive_name = hk_store_name(c->run.store),
                                      .tool_version = c->custody.tool_version,
                                      .tool_sha256 = c->custody.tool_sha256,
                                      .command_line = c->custody.command_line,
                                      .confinement = c->run.confinement,
                                      .custody = &c->custody,
                                      .japanese = c->options->japanese};
}

/* Whoever double-clicked sees at once that it works, and what not to do. */
static void greet(const struct collection *c)
{
  const bool ja = c->options->japanese;
  hk_console_line("Hikeshi (火消し) %s", HK_VERSION);
  hk_console_line("%s", ja ? "この PC の証拠を集めて調べます。終わるまで USB メモリを抜いたり電源を切ったりしないでください。"
                           : "Gathering and examining the evidence of this PC. Do not pull out the stick or switch off until it is done.");
  hk_console_line("%s %.*s", ja ? "出力先:" : "Output:", (int)c->out_dir.n, c->out_dir.p);
  hk_console_line("%s", ja ? "集めるものを探しています…" : "Looking for what to collect…");
}

static void tell_result(const struct collection *c, hk_str archive, hk_str report, const char *seal)
{
  const bool ja = c->options->japanese;
  if (c->to_stdout)
    hk_console_line("%s", ja ? "アーカイブは標準出力へ書きました" : "The archive went to standard output");
  else
    hk_console_line("%s %.*s", ja ? "アーカイブ:" : "Archive:", (int)archive.n, archive.p);
  if (c->run.locked)
    hk_console_line("%s", ja ? "暗号化しました。レポートはアーカイブの中だけにあります（hikeshi/report.html）"
                             : "Encrypted; the report is in the archive alone (hikeshi/report.html)");
  else if (report.n > 0)
    hk_console_line("%s %.*s", ja ? "レポート:" : "Report:", (int)report.n, report.p);
  hk_console_line("%s %s", ja ? "封印値（書き留めてください）:" : "Seal (write it down):", seal);
  if (c->run.n_lost > 0)
    hk_console_line(ja ? "読めなかったもの: %llu 件（レポートの「記録の網羅」）" : "Not readable: %llu (see coverage in the report)",
                    (unsigned long long)c->run.n_lost);
  if (c->run.n_left_out > 0)
    hk_console_line(ja ? "上限または空き容量のため集めなかったもの: %llu 件（レポートの「記録の網羅」）"
                       : "Left out by a limit or for want of space: %llu (see coverage in the report)",
                    (unsigned long long)c->run.n_left_out);
  if (hk_budget_is_full(c->run.budget))
    hk_console_line("%s", ja ? "出力先がいっぱいになりました。価値の高いものから入るだけ集め、封をしました。続きは空きの多い媒体で。"
                             : "The output is full. What fitted, most valuable first, is sealed; use a larger medium for the rest.");
  if (c->run.cancelled)
    hk_console_line(ja ? "中断しました。調べなかったものはレポートの「記録の網羅」にあります（うち見つけてあったファイル: %llu 件）"
                       : "Interrupted; what was not looked at is under coverage in the report (files found by then: %llu)",
                    (unsigned long long)c->run.n_not_done);
  if (c->run.no_examiner)
    hk_console_line("%s", ja ? "隔離プロセスを起動できなくなりました。収集は完了しています。調べ直す: hikeshi analyze"
                             : "The sandbox could not be started any more. All is collected; examine it with: hikeshi analyze");
}

/* The last thing said before the seal. */
static hk_err seal_with_log(struct collection *c, char seal[2 * HK_SHA256_SIZE + 1])
{
  struct hk_run *const r = &c->run;
  struct hk_store *const s = r->store;
  if (r->n_left_out > 0)
    hk_log_warn(r->log, "left out by a limit or for want of space: %llu files; coverage and manifest name them",
                (unsigned long long)r->n_left_out);
  hk_log_info(r->log, "processor time: %llu ms since the start", (unsigned long long)os_cpu_used_ms());
  const hk_str text = hk_log_text(r->log);
  const hk_err e = hk_store_add_own(s, HK_S("hikeshi/run.log"), text.p, text.n, os_now());
  r->store = NULL;
  if (e.code == HK_OK) return hk_store_seal(s, hk_log_json(r->log), os_now(), seal);
  hk_store_abandon(s);
  return e;
}

/* The work files could not be written any more. What was collected is whole: it is sealed without answers, which
   `hikeshi analyze` makes from it elsewhere. */
static hk_err seal_evidence(struct collection *c, hk_err why, char seal[2 * HK_SHA256_SIZE + 1])
{
  hk_log_warn(c->run.log, "%s (%s): sealed without answers; hikeshi analyze makes them from the archive", why.step, hk_code_name(why.code));
  hk_run_drop_work(&c->run);
  return seal_with_log(c, seal);
}

/* With the store open: everything that goes into it, then the seal. */
static hk_err fill_and_seal(struct collection *c, hk_str *archive, hk_str *report, char seal[2 * HK_SHA256_SIZE + 1])
{
  struct hk_arena *const a = &c->run.arena;
  const hk_str name = hk_store_name(c->run.store);
  const hk_str stem = hk_str_sub(name, 0, hk_str_rfind(name, '.'));
  *archive = hk_str_copy(a, hk_store_path(c->run.store));
  const hk_str prefix = hk_str_printf(a, "%.*s_", (int)stem.n, stem.p);
  if (!c->to_stdout) *report = os_join(a, c->out_dir, hk_str_printf(a, "%.*sreport.html", (int)prefix.n, prefix.p));
  /* Nothing plain lies beside an encrypted archive. */
  const struct hk_products products = {.folder = c->run.locked ? HK_S("") : c->out_dir, .prefix = prefix};
  hk_err e = hk_run_all(&c->run);
  if (e.code == HK_OK) {
    fill_report(c);
    e = hk_products_make(&c->run, &products, &c->report);
  }
  if (e.code == HK_OK) return seal_with_log(c, seal);
  c->unanswered = seal_evidence(c, e, seal).code == HK_OK;
  return e;
}

/* With a store that holds no evidence yet: nothing of value is left behind. */
static void drop_store(struct collection *c, hk_str partial)
{
  hk_store_abandon(c->run.store);
  c->run.store = NULL;
  if (!c->to_stdout) (void)os_remove(partial);
}

/* What the system calls an input/output error is often a full stick. */
static void tell_free_space(const struct collection *c)
{
  uint64_t bytes = 0;
  if (os_free_space(c->out_dir, &bytes).code != HK_OK) return;
  hk_console_error(c->options->japanese ? "%.*s の空き容量: %llu MB" : "free space in %.*s: %llu MB", (int)c->out_dir.n, c->out_dir.p,
                   (unsigned long long)(bytes >> 20));
}

/* Before anything is read: can the output be made, written and removed? */
static hk_err try_output(struct collection *c)
{
  static const uint8_t block[4096] = {0};
  struct os_file *f = NULL;
  struct hk_arena *const a = &c->run.arena;
  const hk_str path = os_join(a, c->out_dir, hk_str_printf(a, "hikeshi-test-%u.tmp", os_process_id()));
  HK_TRY(os_make_dir(c->out_dir));
  HK_TRY(os_open(path, OS_CREATE_NEW, &f));
  hk_err e = os_write(f, block, sizeof block);
  if (e.code == HK_OK) e = os_flush(f);
  os_close(f);
  const hk_err removed = os_remove(path);
  return e.code == HK_OK ? removed : e;
}

/* The most there can be to write; what it deflates to nobody knows yet. */
static void tell_if_tight(const struct collection *c)
{
  const uint64_t wanted = c->run.plan.total_bytes;
  const uint64_t space = hk_budget_space(c->run.budget);
  if (space >= wanted) return;
  hk_log_info(c->run.log, "space for %llu bytes of evidence, planned are %llu", (unsigned long long)space, (unsigned long long)wanted);
  hk_console_error(c->options->japanese ? "注意: 証拠は最大 %llu MB、空きは %llu MB です。圧縮しても入りきらなければ、価値の高いものから集めます。"
                                        : "Note: up to %llu MB of evidence, %llu MB free. If it does not fit when packed, the most valuable is taken first.",
                   (unsigned long long)(wanted >> 20), (unsigned long long)(space >> 20));
}

/* The archive's file, or standard output, behind encryption and signature where they are wanted. */
static hk_err open_output(void *ctx, hk_str name, struct hk_store_sink **out)
{
  struct collection *const c = ctx;
  struct hk_arena *const a = &c->run.arena;
  struct hk_store_sink *file = NULL;
  const hk_str path = os_join(a, c->out_dir, name);
  const hk_str comment = hk_str_printf(a, "host:%.*s\tcase:%.*s\toperator:%.*s", (int)c->custody.host.n, c->custody.host.p,
                                       (int)c->custody.case_id.n, c->custody.case_id.p, (int)c->custody.operator_name.n,
                                       c->custody.operator_name.p);
  if (path.p == NULL || comment.p == NULL) return hk_fail(HK_MEMORY, "create archive", HK_NO_OFFSET);
  HK_TRY(c->to_stdout ? hk_store_sink_stdout(&file) : hk_store_sink_file(path, &file));
  return hk_output_filters(&c->keys, path, comment, file, out);
}

static int run_open(struct collection *c)
{
  struct hk_arena *const a = &c->run.arena;
  const struct hk_store_options to = {.dir = c->out_dir, .suffix = hk_output_suffix(&c->keys), .open = open_output, .ctx = c};
  c->run.locked = c->keys.encrypt;
  c->run.out_dir = c->out_dir;
  if (c->options->double_clicked) greet(c);
  hk_err e = c->to_stdout ? hk_ok() : try_output(c);
  if (e.code == HK_OK) e = hk_store_create(&to, &c->custody, &c->run.store);
  hk_output_keys_done(&c->keys); /* the output has what it needs of them */
  if (e.code != HK_OK) return hk_run_fail(c->options, e, c->to_stdout ? HK_S("-") : c->out_dir, HK_EXIT_OUTPUT);
  int exit_code = HK_EXIT_INTERNAL;
  const hk_str name = hk_store_name(c->run.store);
  const hk_str work = c->to_stdout ? HK_S("") : os_join(a, c->out_dir, hk_str_printf(a, "%.*s.work", (int)name.n, name.p));
  const hk_str partial = hk_str_printf(a, "%.*s.partial", (int)hk_store_path(c->run.store).n, hk_store_path(c->run.store).p);
  e = hk_run_open(&c->run, c->options, work, &exit_code);
  if (e.code != HK_OK) {
    drop_store(c, partial);
    return hk_run_fail(c->options, e, exit_code == HK_EXIT_SOURCE ? c->options->source : work, exit_code);
  }
  tell_if_tight(c);
  char seal[2 * HK_SHA256_SIZE + 1] = "";
  hk_str archive = hk_str_of("");
  hk_str report = hk_str_of("");
  e = fill_and_seal(c, &archive, &report, seal);
  /* The archive is good without the file of digests beside it. */
  if (c->unanswered) {
    const int code = hk_run_fail(c->options, e, archive, HK_EXIT_OUTPUT);
    tell_free_space(c);
    hk_console_line(c->options->japanese ? "集めたものは封をしました。答えは別の PC で作れます: hikeshi analyze \"%.*s\""
                                         : "What was collected is sealed; make the answers elsewhere: hikeshi analyze \"%.*s\"",
                    (int)archive.n, archive.p);
    hk_console_line("%s %s", c->options->japanese ? "封印値（書き留めてください）:" : "Seal (write it down):", seal);
    return code;
  }
  const bool sealed = e.code == HK_OK || (e.step != NULL && (strcmp(e.step, HK_SINK_DIGEST_STEP) == 0 || strcmp(e.step, HK_SIGN_STEP) == 0));
  if (!sealed) {
    (void)hk_run_fail(c->options, e, archive, HK_EXIT_OUTPUT);
    if (!c->to_stdout) {
      tell_free_space(c);
      hk_run_hint_recover(c->options, partial);
    }
    return hk_run_exit_of(e);
  }
  tell_result(c, archive, report, seal);
  return e.code == HK_OK ? hk_run_exit_code(&c->run) : hk_run_fail(c->options, e, archive, HK_EXIT_OUTPUT);
}

static int dry_run(struct collection *c)
{
  const struct hk_wanted wanted = hk_run_wanted(&c->run);
  const hk_err e = hk_plan_make(c->run.source, &wanted, NULL, &c->run.plan);
  if (e.code != HK_OK) return hk_run_fail(c->options, e, c->options->source, HK_EXIT_SOURCE);
  hk_run_print_plan(&c->run.plan, c->options->japanese);
  return HK_EXIT_OK;
}

static hk_err add_shadows(const struct hk_options *o, struct hk_source **source)
{
  const enum hk_shadow_mode mode = hk_str_eq(o->shadow, HK_S("none"))  ? HK_SHADOWS_NONE
                                   : hk_str_eq(o->shadow, HK_S("all")) ? HK_SHADOWS_ALL
                                                                       : HK_SHADOWS_LATEST;
  const struct hk_shadow_wish choice = {.mode = mode, .most = HK_SHADOWS_MOST, .budget_ms = HK_SHADOWS_BUDGET_MS};
  return hk_source_with_shadows(*source, &choice, source);
}

/* What Windows is asked, and no file holds, comes first; an image or a copy cannot be asked. */
static hk_err open_source(const struct hk_options *o, struct hk_source **out)
{
  HK_TRY(hk_run_open_source(o, o->source, out));
  HK_TRY(add_shadows(o, out));
  if (o->source.n != 0) return hk_ok();
  const enum hk_state_asking how = o->no_state ? HK_STATE_LEAVE : o->dry_run ? HK_STATE_NAME : HK_STATE_ASK;
  const hk_err e = hk_source_with_state(*out, how, out);
  if (e.code != HK_OK) (*out)->ops->close(*out);
  return e;
}

int hk_run_collect(const struct hk_options *o)
{
  struct collection c = {.options = o};
  hk_arena_init(&c.run.arena, 0);
  hk_run_be_a_guest(o);
  (void)os_take_privileges(&c.run.arena);
  c.to_stdout = hk_str_eq(o->out, HK_S("-"));
  c.out_dir = c.to_stdout ? HK_S("") : o->out.n != 0 ? o->out : hk_run_own_folder(&c.run.arena); /* beside the program: on the stick it came on */
  if (c.to_stdout) {
    hk_console_keep_output_free();
    if (os_is_terminal(1)) {
      hk_arena_done(&c.run.arena);
      return hk_run_fail(o, hk_fail(HK_USAGE, "write an archive to a terminal", HK_NO_OFFSET), o->out, HK_EXIT_USAGE);
    }
    if (o->sign_key.n != 0) {
      hk_arena_done(&c.run.arena);
      return hk_run_fail(o, hk_fail(HK_USAGE, "sign: beside standard output is no place for a signature", HK_NO_OFFSET), o->out, HK_EXIT_USAGE);
    }
  }
  hk_err e = hk_run_load_definitions(o, &c.run.defines, &c.run.profile);
  if (e.code != HK_OK) {
    hk_defines_done(&c.run.defines);
    hk_arena_done(&c.run.arena);
    return e.code == HK_USAGE ? HK_EXIT_USAGE : HK_EXIT_INTERNAL;
  }
  const int keys = o->dry_run ? HK_EXIT_OK : hk_output_keys_get(o, &c.keys);
  if (keys != HK_EXIT_OK) {
    hk_output_keys_done(&c.keys);
    hk_defines_done(&c.run.defines);
    hk_arena_done(&c.run.arena);
    return keys;
  }
  e = open_source(o, &c.run.source);
  if (e.code != HK_OK) {
    hk_output_keys_done(&c.keys);
    hk_defines_done(&c.run.defines);
    hk_arena_done(&c.run.arena);
    return hk_run_fail_source(o, e, o->source.n != 0 ? o->source : HK_S("this PC"));
  }
  int code = HK_EXIT_OK;
  if (o->dry_run) { /* reads no file, not even the hive that knows the name of the PC */
    code = dry_run(&c);
  } else {
    fill_custody(&c);
    os_on_interrupt(hk_run_interrupt);
    code = run_open(&c);
  }
  if (c.run.store != NULL) hk_store_abandon(c.run.store);
  hk_run_close(&c.run);
  return code;
}
