/* Products of a run. Each is written once, to everybody who wants it. */
#include "run/products.h"

#include "answer/about.h"
#include "os/os.h"
#include "run/console.h"

struct product {
  struct hk_out out;
  struct hk_run *run;
  struct os_file *copy;
  hk_str copy_path;
  bool stored;
};

static hk_err write_product(struct hk_out *self, const void *p, size_t n)
{
  struct product *const x = (struct product *)(void *)self;
  if (x->stored) HK_TRY(hk_store_write(x->run->store, p, n));
  return x->copy == NULL ? hk_ok() : os_write(x->copy, p, n);
}

/* A copy that is empty or ends in the middle is worse than none: it is opened and believed. */
static hk_err drop_copy(struct product *x, hk_err e)
{
  if (x->copy == NULL) return e;
  os_close(x->copy);
  x->copy = NULL;
  (void)os_remove(x->copy_path);
  return e;
}

/* Is there room for one more product, of about so many bytes before it is deflated? What is left out is named. */
static bool room(struct hk_run *r, const char *name, uint64_t bytes)
{
  if (r->store == NULL || r->budget == NULL) return true;
  hk_run_measure_work(r);
  hk_budget_archive_is(r->budget, hk_store_size(r->store));
  if (hk_budget_fits(r->budget, bytes)) return true;
  hk_log_warn(r->log, "disk full: %s is left out", name);
  return false;
}

/* name "hikeshi/report.html"; copy_name NULL = no copy in the folder. */
static hk_err begin(struct product *x, struct hk_run *r, const struct hk_products *p, const char *name, hk_str copy_name)
{
  *x = (struct product){.out = {.write = write_product}, .run = r, .stored = r->store != NULL && name != NULL};
  /* On a full disk the archive alone: the copy in it is the same. */
  if (copy_name.n != 0 && p->folder.n != 0 && (r->store == NULL || !hk_budget_is_full(r->budget))) {
    x->copy_path = os_join(&r->arena, p->folder, copy_name);
    HK_TRY(os_open(x->copy_path, OS_CREATE, &x->copy));
  }
  const hk_err e = x->stored ? hk_store_begin_own(r->store, hk_str_of(name), os_now()) : hk_ok();
  return e.code == HK_OK ? e : drop_copy(x, e);
}

static hk_err end(struct product *x, hk_err so_far)
{
  struct hk_digests d;
  if (so_far.code == HK_OK && x->stored) so_far = hk_store_end_own(x->run->store, &d);
  if (so_far.code != HK_OK) return drop_copy(x, so_far);
  os_close(x->copy);
  return so_far;
}

struct copying {
  struct hk_run *run;
  const struct hk_products *products;
};

static hk_err copy_file(hk_str from, hk_str to)
{
  struct os_file *in = NULL;
  struct os_file *out = NULL;
  uint8_t block[4096];
  HK_TRY(os_open(from, OS_READ, &in));
  hk_err e = os_open(to, OS_CREATE, &out);
  size_t got = 1;
  while (e.code == HK_OK && got != 0) {
    e = os_read(in, block, sizeof block, &got);
    if (e.code == HK_OK && got != 0) e = os_write(out, block, got);
  }
  os_close(out);
  os_close(in);
  if (e.code != HK_OK && out != NULL) (void)os_remove(to);
  return e;
}

static hk_err to_store(void *ctx, const void *p, size_t n)
{
  return hk_store_write(((struct hk_run *)ctx)->store, p, n);
}

/* Locked work files are read by who can: their plain bytes go nowhere but into the archive. */
static hk_err store_rows(struct hk_run *r, hk_str name, const struct hk_rows *rows)
{
  if (rows->os_path.n == 0) return hk_store_add_own(r->store, name, rows->text.p, rows->text.n, os_now());
  if (rows->locked == NULL) return hk_store_add_own_file(r->store, name, rows->os_path, os_now());
  HK_TRY(hk_store_begin_own(r->store, name, os_now()));
  const hk_err e = hk_scratch_read(rows->locked, to_store, r);
  const hk_err ended = hk_store_end_own(r->store, NULL);
  return e.code != HK_OK ? e : ended;
}

static hk_err on_results(void *ctx, const struct hk_rows *rows)
{
  struct copying *const c = ctx;
  struct hk_run *const r = c->run;
  const hk_str name = hk_str_printf(&r->arena, "results/Hikeshi.%s.json", rows->type->artifact);
  if (r->store != NULL) {
    const char *const z = hk_str_z(&r->arena, name);
    if (!room(r, z == NULL ? "a file of results" : z, rows->n_bytes)) return hk_ok();
    HK_TRY(store_rows(r, name, rows));
    HK_TRY(hk_store_result(r->store, rows->type->artifact, rows->n_rows));
  }
  if (!c->products->all) return hk_ok();
  const hk_str file = hk_str_printf(&r->arena, "Hikeshi.%s.json", rows->type->artifact);
  return copy_file(rows->os_path, os_join(&r->arena, c->products->folder, file));
}

static void prefer(hk_str *to, hk_str value)
{
  if (value.n != 0) *to = value;
}

static hk_err learn_about(struct hk_run *r, struct hk_report_case *c)
{
  struct hk_about about;
  HK_TRY(hk_facts_about(r->facts, &r->arena, &about));
  prefer(&c->host, about.host);
  prefer(&c->domain, about.domain);
  prefer(&c->time_zone, about.time_zone);
  prefer(&c->os_name, about.os_name);
  if (about.has_utc_offset) c->utc_offset_minutes = about.utc_offset_minutes;
  return hk_ok();
}

static hk_err put_meta(struct hk_run *r, const struct hk_report_case *c)
{
  char iso[HK_ISO_SIZE];
  HK_TRY(hk_facts_meta(r->facts, "tool", c->tool_version));
  HK_TRY(hk_facts_meta(r->facts, "started_at", hk_str_of(hk_time_iso(c->started_at, iso))));
  HK_TRY(hk_facts_meta(r->facts, "host", c->host));
  HK_TRY(hk_facts_meta(r->facts, "confinement", c->confinement));
  return hk_facts_meta(r->facts, "source", hk_str_of(r->source->ops->method));
}

static hk_err make_answers(struct hk_run *r, struct hk_answers *answers)
{
  struct hk_rules rules;
  char why[512] = "";
  hk_time since = HK_TIME_UNKNOWN;
  hk_time until = r->started_at;
  (void)hk_time_parse_iso(r->options->since, &since); /* checked with the command line; unset keeps the default */
  (void)hk_time_parse_iso(r->options->until, &until);
  hk_err e = hk_rules_load_builtin(r->facts, &r->arena, &rules, why);
  if (e.code != HK_OK) {
    hk_log_warn(r->log, "rules: %s", why);
    return e;
  }
  return hk_answers_make(r->facts, &rules, since, until, answers);
}

/* What people read comes first: on a full disk it is what there is. */
static hk_err write_answers(struct hk_run *r, const struct hk_products *p, const struct hk_answers *a, const struct hk_report_case *c)
{
  struct product x;
  const hk_str none = hk_str_of("");
  HK_TRY(begin(&x, r, p, "hikeshi/answers.json", p->all ? HK_S("answers.json") : none));
  HK_TRY(end(&x, hk_report_answers_json(r->facts, a, c, &x.out)));
  HK_TRY(begin(&x, r, p, "hikeshi/coverage.json", p->all ? HK_S("coverage.json") : none));
  HK_TRY(end(&x, hk_report_coverage_json(r->facts, &x.out)));
  const hk_str report = hk_str_printf(&r->arena, "%.*sreport.html", (int)p->prefix.n, p->prefix.p);
  HK_TRY(begin(&x, r, p, "hikeshi/report.html", report));
  return end(&x, hk_report_html(r->facts, a, c, &x.out));
}

/* Every line of them can be made again from the database, so its place is kept. */
static hk_err write_lists(struct hk_run *r, const struct hk_products *p)
{
  struct product x;
  const hk_str none = hk_str_of("");
  const uint64_t database = hk_facts_size(r->facts);
  if (room(r, "hikeshi/timeline.jsonl", database + database / 2)) {
    HK_TRY(begin(&x, r, p, "hikeshi/timeline.jsonl", p->all ? HK_S("timeline.jsonl") : none));
    HK_TRY(end(&x, hk_report_timeline(r->facts, &x.out)));
  }
  if (!room(r, "hikeshi/bodyfile", database + database / 8)) return hk_ok();
  HK_TRY(begin(&x, r, p, "hikeshi/bodyfile", p->all ? HK_S("bodyfile") : none));
  return end(&x, hk_report_bodyfile(r->facts, &x.out));
}

/* On the one screen of who double-clicked, the five answers; what speaks against them is in the report. */
static void tell_answers_only(hk_str lines)
{
  while (lines.n > 0) {
    const size_t end = hk_str_find(lines, '\n');
    const hk_str line = hk_str_sub(lines, 0, end);
    if (line.n > 0 && line.p[0] != ' ') hk_console_line("%.*s", (int)line.n, line.p);
    lines = hk_str_sub(lines, end + 1, lines.n);
  }
}

static void tell(const struct hk_run *r, const struct hk_answers *a)
{
  struct hk_buf lines;
  hk_buf_init(&lines, 65536);
  const bool known = hk_report_summary(a, r->options->japanese, &lines).code == HK_OK;
  if (known && r->options->double_clicked)
    tell_answers_only(hk_buf_view(&lines));
  else if (known)
    (void)hk_console_bytes(lines.p, lines.n);
  hk_buf_done(&lines);
}

static hk_err store_database(struct hk_run *r)
{
  const hk_str name = HK_S("hikeshi/case.sqlite");
  if (!r->locked && r->database.n != 0) return hk_store_add_own_file(r->store, name, r->database, os_now());
  HK_TRY(hk_store_begin_own(r->store, name, os_now()));
  const hk_err e = hk_facts_read(r->facts, to_store, r);
  const hk_err ended = hk_store_end_own(r->store, NULL);
  return e.code != HK_OK ? e : ended;
}

/* The database last: what the answers put into it belongs to it. */
static hk_err write_database(struct hk_run *r, const struct hk_products *p)
{
  HK_TRY(hk_facts_pack(r->facts));
  if (r->store != NULL && room(r, "hikeshi/case.sqlite", hk_facts_size(r->facts))) HK_TRY(store_database(r));
  return p->all ? copy_file(r->database, os_join(&r->arena, p->folder, HK_S("case.sqlite"))) : hk_ok();
}

hk_err hk_products_make(struct hk_run *r, const struct hk_products *p, struct hk_report_case *c)
{
  struct hk_answers answers;
  struct copying copying = {.run = r, .products = p};
  HK_TRY(hk_facts_finish(r->facts));
  HK_TRY(learn_about(r, c));
  HK_TRY(put_meta(r, c));
  HK_TRY(make_answers(r, &answers));
  hk_err e = write_answers(r, p, &answers, c);
  if (e.code == HK_OK) tell(r, &answers);
  hk_answers_done(&answers);
  if (e.code == HK_OK) e = write_lists(r, p);
  if (e.code == HK_OK) e = write_database(r, p);
  return e.code == HK_OK ? hk_results_each(r->results, on_results, &copying) : e;
}
