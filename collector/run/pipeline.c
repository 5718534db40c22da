/* The pipeline: two threads and a belt. */
#include "run/pipeline.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "modules.h"
#include "os/os.h"
#include "run/console.h"
#include "run/examine_job.h"
#include "run/exit.h"
#include "run/queue.h"

#define BELT_BYTES ((size_t)96 * 1024 * 1024)
#define AFTER_INTERRUPT_MS 2000u
#define KEEP_BYTES ((size_t)64 * 1024 * 1024) /* larger files are read again by whoever examines them */

static atomic_bool interrupted; /* set from signal handlers, asked from both threads */

void hk_run_interrupt(void)
{
  atomic_store(&interrupted, true);
}

bool hk_run_interrupted(void)
{
  return atomic_load(&interrupted);
}

/* ---- opening ----------------------------------------------------------------------------------------------------------- */

static hk_err world_of_modules(struct hk_arena *a, struct hk_facts_world *w)
{
  size_t n_types = 0;
  size_t n_kinds = 1; /* of the definitions that are data */
  for (size_t i = 0; i < hk_modules_count; i++) {
    n_types += hk_modules[i]->n_records;
    n_kinds += hk_modules[i]->n_kinds;
  }
  n_kinds++; /* shadow copies themselves */
  const struct hk_record_type **const types = hk_alloc_n(a, n_types, sizeof *types);
  const struct hk_kind **const kinds = hk_alloc_n(a, n_kinds, sizeof *kinds);
  if (types == NULL || kinds == NULL) return hk_fail(HK_MEMORY, "list record types", HK_NO_OFFSET);
  *w = (struct hk_facts_world){.types = types, .kinds = kinds};
  kinds[w->n_kinds++] = &hk_collection_kind;
  for (size_t i = 0; i < hk_modules_count; i++) {
    for (size_t k = 0; k < hk_modules[i]->n_records; k++)
      types[w->n_types++] = hk_modules[i]->records[k];
    for (size_t k = 0; k < hk_modules[i]->n_kinds; k++)
      kinds[w->n_kinds++] = hk_modules[i]->kinds[k];
  }
  kinds[w->n_kinds++] = &hk_cover_shadows;
  return hk_ok();
}

static bool stop_examining(void *ctx)
{
  (void)ctx;
  return hk_run_interrupted();
}

static hk_err open_examiner(struct hk_run *r)
{
  const struct hk_examiner_options o = {.self_exe = os_self_path(&r->arena),
                                        .modules = hk_modules,
                                        .n_modules = hk_modules_count,
                                        .stop = stop_examining};
  bool refused[OS_PROBE_COUNT] = {false};
  hk_str measures = hk_str_of("");
  HK_TRY(hk_examiner_open(&o, &r->examiner));
  const hk_err e = hk_examiner_probe(r->examiner, &r->arena, refused, &measures);
  if (e.code == HK_CANCELLED) { /* while files were looked for: nothing will be examined, and that is sealed */
    r->confinement = hk_str_of("not started: the run was interrupted");
    return hk_ok();
  }
  HK_TRY(e);
  hk_str open = hk_str_of("");
  for (int i = 0; i < OS_PROBE_COUNT; i++) {
    if (refused[i]) continue;
    open = hk_str_printf(&r->arena, "%.*s%s%s", (int)open.n, open.p, open.n == 0 ? "" : ", ",
                         os_probe_name((enum os_probe)i));
  }
  r->confined = open.n == 0;
  r->confinement = hk_str_printf(&r->arena, "in force: %.*s; not enforced: %.*s", (int)measures.n, measures.p,
                                 (int)(r->confined ? 4 : open.n), r->confined ? "none" : open.p);
  hk_log_info(r->log, "examiner confined: %.*s", (int)r->confinement.n, r->confinement.p);
  return hk_ok();
}

static hk_err open_work(struct hk_run *r, hk_str work_dir)
{
  struct hk_facts_world world;
  r->work_dir = hk_str_copy(&r->arena, work_dir);
  r->database = work_dir.n == 0 ? HK_S("") : os_join(&r->arena, r->work_dir, HK_S("case.sqlite"));
  if (work_dir.n != 0) HK_TRY(os_make_dir(r->work_dir));
  HK_TRY(world_of_modules(&r->arena, &world));
  HK_TRY(r->locked && r->database.n != 0 ? hk_facts_create_locked(r->database, &world, &r->facts) : hk_facts_create(r->database, &world, &r->facts));
  HK_TRY(hk_results_open(r->work_dir, r->locked, &r->results));
  HK_TRY(hk_told_open(&r->plan, &r->told));
  HK_TRY(hk_cover_open(r->facts, &r->plan, hk_modules, r->source->ops->complete, &r->cover));
  hk_cover_leave_out(r->cover, r->options->modules_off);
  return hk_ok();
}

struct hk_wanted hk_run_wanted(const struct hk_run *r)
{
  return (struct hk_wanted){.modules = hk_modules, .n_modules = hk_modules_count, .defines = &r->defines, .profile = r->profile};
}

static void log_definitions(struct hk_run *r)
{
  hk_log_info(r->log, "profile %.*s, %zu definitions from %zu files", (int)r->profile->name.n, r->profile->name.p, r->defines.n,
              r->defines.n_files);
  for (size_t i = 0; i < r->defines.n_remarks; i++) {
    const struct hk_remark *const m = &r->defines.remarks[i];
    hk_log_info(r->log, "%.*s:%u: %s: %.*s", (int)m->file.n, m->file.p, m->line, hk_remark_name(m->kind), (int)m->text.n, m->text.p);
  }
}

hk_err hk_run_open(struct hk_run *r, const struct hk_options *o, hk_str work_dir, int *exit_code)
{
  r->options = o;
  r->started_at = os_now();
  r->log = hk_log_open(o->quiet);
  *exit_code = HK_EXIT_INTERNAL;
  if (r->log == NULL) return hk_fail(HK_MEMORY, "open the log", HK_NO_OFFSET);
  hk_log_info(r->log, "hikeshi %s", HK_VERSION);
  if (o->settings.n != 0) hk_log_info(r->log, "settings, %.*s", (int)o->settings.n, o->settings.p);
  log_definitions(r);
  const struct hk_wanted wanted = hk_run_wanted(r);
  hk_err e = hk_plan_make(r->source, &wanted, hk_run_interrupted, &r->plan);
  if (e.code != HK_OK) {
    *exit_code = HK_EXIT_SOURCE;
    return e;
  }
  hk_log_info(r->log, "plan: %zu files, %llu bytes", r->plan.n_files, (unsigned long long)r->plan.total_bytes);
  const struct hk_budget_limits limits = {.max_total_bytes = o->max_total_bytes,
                                          .time_limit_minutes = o->time_limit_minutes,
                                          .folder = r->out_dir,
                                          .n_files = r->plan.n_files};
  e = hk_budget_open(&limits, &r->budget);
  if (e.code == HK_OK) e = open_examiner(r);
  if (e.code != HK_OK) return e;
  *exit_code = HK_EXIT_OUTPUT;
  return open_work(r, work_dir);
}

/* ---- running ------------------------------------------------------------------------------------------------------------- */

struct keep {
  struct hk_run *run;
  struct hk_job *job;
  uint64_t done_before;
  uint64_t since; /* read since the budget was told */
  struct hk_progress *progress;
};

static bool keep_bytes(void *ctx, const void *p, size_t n)
{
  struct keep *const k = ctx;
  struct hk_job *const j = k->job;
  k->done_before += n;
  k->since += n;
  hk_progress_at(k->progress, k->done_before);
  if (j->too_large || j->file->modules == 0) return true;
  hk_buf_add(&j->kept, p, n);
  j->too_large = j->kept.failed;
  if (j->too_large) hk_buf_done(&j->kept);
  return true;
}

static bool keep_hole(void *ctx, uint64_t n)
{
  static const uint8_t zeroes[4096];
  struct hk_job *const j = ((struct keep *)ctx)->job;
  if (j->too_large || j->file->modules == 0) return true;
  j->too_large = n > KEEP_BYTES;
  for (uint64_t left = n; left > 0 && !j->too_large;) {
    const size_t step = left < sizeof zeroes ? (size_t)left : sizeof zeroes;
    hk_buf_add(&j->kept, zeroes, step);
    j->too_large = j->kept.failed;
    left -= step;
  }
  if (j->too_large) hk_buf_done(&j->kept);
  return true;
}

static hk_err go_on(void *ctx)
{
  struct keep *const k = ctx;
  if (hk_run_interrupted()) return hk_fail(HK_CANCELLED, "read", HK_NO_OFFSET);
  if (k->run->store != NULL) hk_budget_archive_is(k->run->budget, hk_store_size(k->run->store));
  const hk_err e = hk_budget_read(k->run->budget, k->since);
  k->since = 0;
  k->job->left_out = e.code != HK_OK;
  return e;
}

/* HK_OK, or why the file is not even opened. */
static hk_err may_take(struct hk_run *r, const struct hk_planned *file)
{
  if (hk_run_interrupted()) return hk_fail(HK_CANCELLED, "read: the run was interrupted", HK_NO_OFFSET);
  if (!file->store && (file->modules & ~r->options->modules_off) == 0)
    return hk_fail(HK_SKIPPED, "read: its module was left out", HK_NO_OFFSET);
  if (r->store != NULL) hk_budget_archive_is(r->budget, hk_store_size(r->store));
  return hk_budget_take(r->budget, hk_acquire_expects(file));
}

/* The first of many alike is told; all of them stand in manifest and coverage. */
static hk_err leave_out(struct hk_run *r, struct hk_job *j, hk_err why)
{
  j->acquired.read_result = why;
  if (why.code == HK_CANCELLED) return hk_ok();
  j->left_out = true;
  if (r->store == NULL || !j->file->store) return hk_ok();
  if (!r->told_left_out)
    hk_log_warn(r->log, "%s: from %.*s (%llu bytes) on, what does not fit is left out", why.step, (int)j->file->entry.path.n,
                j->file->entry.path.p, (unsigned long long)j->file->entry.size_bytes);
  r->told_left_out = true;
  return hk_acquire_miss(r->source, r->store, j->file, why);
}

/* A log that grows is nothing to worry about, but the report's reader may compare sizes. */
static void note_size(const struct hk_run *r, const struct hk_job *j)
{
  const struct hk_entry *const e = &j->file->entry;
  if (j->acquired.read_result.code != HK_OK || j->acquired.sparse || j->acquired.read_bytes == e->size_bytes) return;
  hk_log_info(r->log, "read: %.*s: it had %llu bytes when it was listed and %llu when it was read", (int)e->path.n,
              e->path.p, (unsigned long long)e->size_bytes, (unsigned long long)j->acquired.read_bytes);
}

static hk_err read_one(struct hk_run *r, struct hk_queue *q, const struct hk_planned *file,
                       struct hk_progress *progress, uint64_t *done)
{
  struct hk_job *const j = calloc(1, sizeof *j);
  if (j == NULL) return hk_fail(HK_MEMORY, "read", HK_NO_OFFSET);
  j->file = file;
  hk_buf_init(&j->kept, KEEP_BYTES);
  const hk_err may = may_take(r, file);
  struct keep k = {.run = r, .job = j, .done_before = *done, .progress = progress};
  const struct hk_tap tap = {.ctx = &k, .bytes = keep_bytes, .hole = keep_hole, .go_on = go_on};
  const hk_err e = may.code != HK_OK ? leave_out(r, j, may) /* not looked at, and that is a result too */
                                     : hk_acquire_file(r->source, file->store ? r->store : NULL, file, &tap, &j->acquired);
  *done = k.done_before + (j->acquired.same ? j->acquired.read_bytes : 0);
  if (e.code != HK_OK) {
    hk_job_free(j);
    return e;
  }
  note_size(r, j);
  hk_queue_put(q, j);
  return hk_ok();
}

static hk_err read_all(struct hk_run *r, struct hk_queue *q)
{
  struct hk_progress progress;
  uint64_t done = 0;
  hk_err e = hk_ok();
  hk_progress_start(&progress, r->plan.total_bytes, r->options->quiet, r->options->japanese);
  for (size_t i = 0; i < r->plan.n_files && e.code == HK_OK; i++)
    e = read_one(r, q, &r->plan.files[i], &progress, &done);
  hk_queue_end(q);
  hk_progress_end(&progress, done, e.code == HK_OK && !hk_run_interrupted());
  return e;
}

static hk_err store_one(struct hk_run *r, const struct hk_found *f)
{
  struct hk_acquired got = {.read_result = hk_budget_take(r->budget, hk_acquire_expects(f->file))};
  if (got.read_result.code != HK_OK) {
    r->n_left_out++;
    return hk_acquire_miss(r->source, r->store, f->file, got.read_result);
  }
  HK_TRY(hk_acquire_file(r->source, r->store, f->file, NULL, &got));
  if (got.read_result.code != HK_OK) {
    hk_log_item(r->log, "read again", f->file->entry.path, got.read_result, "examined, and not stored whole");
    if (!f->lost) r->n_lost++; /* every file counts once */
  }
  /* What examination said of it stays true; it was of the bytes of the first reading. */
  const struct hk_fact_artefact row = {.path = f->file->entry.path,
                                       .how = got.method,
                                       .outcome = f->outcome,
                                       .offset = f->offset,
                                       .step = hk_str_of(f->step),
                                       .size_bytes = got.stored ? got.digests.size_bytes : f->file->entry.size_bytes,
                                       .sha256 = got.stored ? got.digests.sha256 : NULL,
                                       .born_at = f->file->entry.born_at,
                                       .modified_at = f->file->entry.modified_at};
  return hk_facts_artefact_done(r->facts, f->artefact, &row);
}

/* What examination found among files that were not stored: a second, short plan through the same door. They are small and
   they matter: after an interrupt too, as many as AFTER_INTERRUPT_MS allows. */
static hk_err store_found(struct hk_run *r, const struct hk_examined *x)
{
  uint64_t until_ms = 0;
  for (size_t i = 0; r->store != NULL && i < x->n_found; i++) {
    if (hk_run_interrupted() && until_ms == 0) until_ms = os_monotonic_ms() + AFTER_INTERRUPT_MS;
    if (until_ms != 0 && os_monotonic_ms() > until_ms) {
      hk_log_warn(r->log, "interrupted: %zu files with findings were examined and not stored", x->n_found - i);
      r->n_not_done += x->n_found - i;
      return hk_ok();
    }
    HK_TRY(store_one(r, &x->found[i]));
  }
  return hk_ok();
}

static hk_time folder_born(void *ctx, hk_str folder)
{
  struct hk_run *const r = ctx;
  struct hk_arena a;
  struct hk_entry e;
  hk_arena_init(&a, 0);
  const hk_err err = r->source->ops->stat(r->source, folder, &a, &e);
  hk_arena_done(&a);
  return err.code == HK_OK ? e.born_at : HK_TIME_UNKNOWN;
}

hk_err hk_run_all(struct hk_run *r)
{
  struct hk_queue *const q = hk_queue_open(BELT_BYTES);
  struct hk_examined x = {.run = r, .queue = q, .err = hk_ok(), .broker = hk_ok()};
  struct os_thread *examiner = NULL;
  if (q == NULL) return hk_fail(HK_MEMORY, "start", HK_NO_OFFSET);
  hk_err e = os_thread_start(hk_examine_jobs, &x, &examiner);
  if (e.code == HK_OK) {
    e = read_all(r, q);
    if (e.code == HK_OK && !hk_run_interrupted() && !r->options->quiet)
      hk_console_error("%s", r->options->japanese ? "読み終わりました。残りを調べています…"
                                                  : "All is read; examining the rest…");
    os_thread_join(examiner);
  }
  hk_queue_close(q);
  if (e.code == HK_OK) e = x.err;
  if (e.code == HK_OK) e = store_found(r, &x);
  if (e.code == HK_OK) e = hk_cover_finish(r->cover, folder_born, r);
  if (e.code == HK_OK) e = hk_cover_shadow_rows(r->cover, r->source);
  if (e.code == HK_OK) e = hk_results_flush(r->results);
  r->cancelled = hk_run_interrupted();
  free(x.found);
  return e;
}

int hk_run_exit_of(hk_err e)
{
  return e.code == HK_MEMORY ? HK_EXIT_INTERNAL : HK_EXIT_OUTPUT;
}

int hk_run_exit_code(const struct hk_run *r)
{
  if (r->cancelled) return HK_EXIT_CANCELLED;
  if (hk_budget_is_full(r->budget)) return HK_EXIT_OUTPUT;
  if (r->no_examiner) return HK_EXIT_INTERNAL;
  /* A definition that was asked for and refused is something that was not collected. */
  const bool partial = r->n_lost > 0 || hk_budget_is_spent(r->budget) || r->defines.n_refused > 0;
  return partial ? HK_EXIT_PARTIAL : HK_EXIT_OK;
}

void hk_run_measure_work(struct hk_run *r)
{
  struct os_info info;
  uint64_t on_disk = 0;
  const uint64_t bytes = hk_results_size(r->results, &on_disk) + hk_facts_size(r->facts);
  if (os_stat(r->database, &info).code == HK_OK) on_disk += info.size_bytes;
  hk_budget_work_is(r->budget, bytes, on_disk);
}

void hk_run_drop_work(struct hk_run *r)
{
  hk_cover_close(r->cover);
  hk_told_close(r->told);
  r->cover = NULL;
  if (r->facts != NULL) hk_facts_close(r->facts);
  r->facts = NULL;
  hk_results_close(r->results, true);
  r->results = NULL;
  if (r->database.n != 0) (void)os_remove(r->database);
}

void hk_run_close(struct hk_run *r)
{
  if (r->examiner != NULL) hk_examiner_close(r->examiner);
  hk_run_drop_work(r);
  if (r->work_dir.n != 0) (void)os_remove(r->work_dir);
  hk_plan_done(&r->plan);
  hk_defines_done(&r->defines);
  hk_budget_close(r->budget);
  if (r->source != NULL) r->source->ops->close(r->source);
  hk_log_close(r->log);
  hk_arena_done(&r->arena);
}
