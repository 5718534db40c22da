/* Examining one file after the other. */
#include "run/examine_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules.h"
#include "run/queue.h"

struct hearing {
  struct hk_run *run;
  const struct hk_job *job;
  int64_t artefact;
  const struct hk_module *module;
  uint64_t n_records;
  hk_err err; /* of facts or results */
};

#define RECORDS_A_LOOK 512u

/* Asked every RECORDS_A_LOOK records: a full disk under an open transaction would cost all facts. */
static bool work_may_grow(struct hk_run *r)
{
  hk_run_measure_work(r);
  if (r->work_full || hk_budget_work(r->budget).code == HK_OK) return !r->work_full;
  r->work_full = true;
  hk_log_warn(r->log, "examine: disk full; what follows is collected as far as it fits, and not examined");
  return false;
}

static void on_record(void *ctx, const struct hk_record_type *t, size_t kind, const void *record)
{
  struct hearing *const h = ctx;
  if (h->run->work_full) return;
  if (hk_told_before(h->run->told, h->job->file, t, kind, record)) return;
  h->n_records++;
  if (h->err.code == HK_OK) h->err = hk_facts_record(h->run->facts, h->artefact, t, kind, record);
  if (h->err.code == HK_OK) h->err = hk_results_add(h->run->results, t, record, h->job->file->entry.path);
  hk_cover_record(h->run->cover, t, kind, record);
  if (h->n_records % RECORDS_A_LOOK == 0) (void)work_may_grow(h->run);
}

static void on_note(void *ctx, hk_err problem, hk_str step)
{
  struct hearing *const h = ctx;
  hk_log_info(h->run->log, "%s: %.*s: %s at %lld: %.*s", h->module->name, (int)h->job->file->entry.path.n,
              h->job->file->entry.path.p, hk_code_name(problem.code), (long long)problem.offset, (int)step.n, step.p);
}

static void on_remark(void *ctx, hk_str text)
{
  struct hearing *const h = ctx;
  hk_log_info(h->run->log, "%s: %.*s: %.*s", h->module->name, (int)h->job->file->entry.path.n,
              h->job->file->entry.path.p, (int)text.n, text.p);
}

static void on_cover(void *ctx, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time hi, bool partial,
                     hk_str why)
{
  struct hearing *const h = ctx;
  hk_cover_claim(h->run->cover, kind, instance, lo, hi, partial, why);
}

static struct hk_file_info info_of(const struct hk_job *j, uint64_t size_bytes)
{
  const struct hk_planned *const file = j->file;
  return (struct hk_file_info){.path = file->entry.path,
                               .size_bytes = size_bytes,
                               .data_from = j->acquired.data_from,
                               .born_at = file->entry.born_at,
                               .modified_at = file->entry.modified_at,
                               .accessed_at = file->entry.accessed_at,
                               .changed_at = file->entry.changed_at,
                               .attributes = file->entry.attributes,
                               .owner_sid = hk_str_of("")};
}

static void fail_with(struct hk_outcome *out, hk_err e)
{
  (void)snprintf(out->step, sizeof out->step, "%s", e.step == NULL ? "" : e.step);
  out->err = e;
}

/* Without an examiner nothing is parsed: collecting goes on, and what would have been examined is said to be skipped. */
static void without_examiner(struct hk_examined *x, hk_err broker, struct hk_outcome *out)
{
  if (x->broker.code == HK_OK) {
    x->broker = broker;
    x->run->no_examiner = true;
    hk_log_warn(x->run->log, "examiner: cannot be started any more (%s: %s); collecting goes on",
                hk_code_name(broker.code), broker.step);
  }
  fail_with(out, hk_fail(HK_SKIPPED, "examine: the examiner cannot be started any more", HK_NO_OFFSET));
}

/* What coverage says of the file: how examination ended, else that reading was cut short, else what was noted. */
static void explain(const struct hk_outcome *out, hk_err cut, char *why, size_t size)
{
  why[0] = 0;
  if (out->err.code != HK_OK)
    (void)snprintf(why, size, "%s: %s%s%s", hk_code_name(out->err.code), out->step, out->text[0] == 0 ? "" : "; ",
                   out->text);
  else if (cut.code != HK_OK)
    (void)snprintf(why, size, "%s at %lld: %s", hk_code_name(cut.code), (long long)cut.offset, cut.step);
  else if (out->n_notes > 0)
    (void)snprintf(why, size, "%llu parts could not be read", (unsigned long long)out->n_notes);
}

static bool is_older(const struct hk_job *j)
{
  return j->acquired.method != NULL && strcmp(j->acquired.method, "shadow") == 0;
}

/* With one module. *worst keeps the first failure of the file over all modules. Without bytes, acquired.read_result says why. */
static hk_err with_module(struct hk_examined *x, const struct hk_job *j, size_t m, int64_t artefact,
                          struct hk_bytes *bytes, struct hk_outcome *worst, uint64_t *n_records)
{
  struct hk_run *const r = x->run;
  const hk_err cut = bytes == NULL ? hk_ok() : j->acquired.read_result;
  struct hearing h = {.run = r, .job = j, .artefact = artefact, .module = hk_modules[m], .err = hk_ok()};
  const struct hk_sink sink = {
      .ctx = &h, .on_record = on_record, .on_note = on_note, .on_remark = on_remark, .on_cover = on_cover};
  struct hk_outcome out = {.err = hk_ok()};
  hk_cover_begin(r->cover, j->file, m, artefact);
  if ((r->options->modules_off >> m & 1) != 0) {
    fail_with(&out, hk_fail(HK_SKIPPED, HK_COVER_LEFT_OUT, HK_NO_OFFSET));
    return hk_cover_end(r->cover, out.err, 0, hk_str_of(HK_COVER_LEFT_OUT));
  }
  if (bytes == NULL) {
    fail_with(&out, j->acquired.read_result);
  } else if (!work_may_grow(r)) {
    fail_with(&out, hk_fail(HK_SKIPPED, "examine: disk full", HK_NO_OFFSET));
  } else {
    const struct hk_file_info info = info_of(j, bytes->size_bytes);
    const hk_err broker =
        x->broker.code == HK_OK ? hk_examine(r->examiner, hk_modules[m], &info, bytes, &sink, &out) : x->broker;
    HK_TRY(h.err);
    if (broker.code != HK_OK)
      without_examiner(x, broker, &out);
    else if (r->work_full)
      fail_with(&out, hk_fail(HK_SKIPPED, "examine: disk full", HK_NO_OFFSET));
    else if (out.err.code != HK_OK)
      hk_log_item(r->log, hk_modules[m]->name, j->file->entry.path, out.err, out.text);
  }
  char why[352];
  explain(&out, cut, why, sizeof why);
  const bool older = j->file->entry.shadow == 0 && is_older(j);
  if (older && why[0] == 0) (void)snprintf(why, sizeof why, "read from a shadow copy: what came later is not in it");
  HK_TRY(hk_cover_end(r->cover, out.err, out.n_notes + (cut.code != HK_OK ? 1 : 0) + (older ? 1 : 0), hk_str_of(why)));
  *n_records += h.n_records;
  if (worst->err.code == HK_OK && (out.err.code != HK_OK || worst->n_notes == 0)) *worst = out;
  return hk_ok();
}

static hk_err with_every_module(struct hk_examined *x, const struct hk_job *j, int64_t artefact, struct hk_bytes *bytes,
                                struct hk_outcome *worst, uint64_t *n_records)
{
  for (size_t m = 0; m < hk_modules_count; m++)
    if ((j->file->modules >> m & 1) != 0) HK_TRY(with_module(x, j, m, artefact, bytes, worst, n_records));
  return hk_ok();
}

static struct hk_fact_artefact row_of(const struct hk_run *r, const struct hk_job *j)
{
  return (struct hk_fact_artefact){.path = j->file->entry.path,
                                   .how = j->acquired.method == NULL ? r->source->ops->method : j->acquired.method,
                                   .outcome = hk_code_name(j->acquired.read_result.code),
                                   .offset = HK_NO_OFFSET,
                                   .step = hk_str_of(""),
                                   .size_bytes = j->file->entry.size_bytes,
                                   .born_at = j->file->entry.born_at,
                                   .modified_at = j->file->entry.modified_at};
}

static void finish_row(struct hk_fact_artefact *row, const struct hk_job *j, const struct hk_outcome *worst)
{
  if (j->acquired.stored) {
    row->size_bytes = j->acquired.digests.size_bytes;
    row->sha256 = j->acquired.digests.sha256;
  }
  const hk_err read = j->acquired.read_result;
  if (read.code != HK_OK) {
    row->offset = read.offset;
    row->step = hk_str_of(read.step);
  } else if (worst->err.code != HK_OK) {
    row->outcome = hk_code_name(worst->err.code);
    row->offset = worst->err.offset;
    row->step = hk_str_of(worst->step);
  } else if (worst->n_notes > 0) {
    row->outcome = "partial";
  }
}

static hk_err remember(struct hk_examined *x, const struct hk_planned *file, int64_t artefact,
                       const struct hk_fact_artefact *row, bool lost)
{
  if (x->n_found == x->found_capacity) {
    const size_t capacity = x->found_capacity == 0 ? 64 : x->found_capacity * 2;
    struct hk_found *const p = realloc(x->found, capacity * sizeof *p);
    if (p == NULL) return hk_fail(HK_MEMORY, "remember a finding", HK_NO_OFFSET);
    x->found = p;
    x->found_capacity = capacity;
  }
  struct hk_found *const f = &x->found[x->n_found++];
  *f = (struct hk_found){
      .file = file, .artefact = artefact, .outcome = row->outcome, .offset = row->offset, .lost = lost};
  (void)snprintf(f->step, sizeof f->step, "%.*s", (int)row->step.n, row->step.p);
  return hk_ok();
}

static hk_err examine_with(struct hk_examined *x, const struct hk_job *j, struct hk_bytes *bytes)
{
  struct hk_run *const r = x->run;
  struct hk_fact_artefact row = row_of(r, j);
  struct hk_outcome worst = {.err = hk_ok()};
  uint64_t n_records = 0;
  int64_t artefact = 0;
  HK_TRY(hk_facts_artefact(r->facts, &row, &artefact));
  HK_TRY(with_every_module(x, j, artefact, bytes, &worst, &n_records));
  finish_row(&row, j, &worst);
  r->n_records += n_records;
  const bool stopped = j->acquired.read_result.code == HK_CANCELLED || worst.err.code == HK_CANCELLED;
  const bool left_out = j->left_out || (r->work_full && worst.err.code == HK_SKIPPED);
  /* Absent: what the running Windows does not have (lib/state.h) is no loss. */
  const bool failed = worst.err.code != HK_OK && worst.err.code != HK_ABSENT;
  const bool lost = !stopped && !left_out && (j->acquired.read_result.code != HK_OK || failed);
  if (stopped)
    r->n_not_done++;
  else if (left_out)
    r->n_left_out++;
  /* What an older day does not give up is in coverage, and no loss of today's evidence. */
  if (lost && j->file->entry.shadow == 0) r->n_lost++;
  if (!j->file->store && n_records > 0) HK_TRY(remember(x, j->file, artefact, &row, lost));
  return hk_facts_artefact_done(r->facts, artefact, &row);
}

/* A file that could not be opened at all still makes its rows; one cut short is examined as far as it goes. */
static hk_err examine_job(struct hk_examined *x, struct hk_job *j)
{
  /* The archive has these bytes, and what they say has been said. */
  if (j->acquired.same) {
    hk_cover_shadow_same(x->run->cover, j->file);
    return hk_ok();
  }
  if (j->too_large) {
    struct hk_stream *s = NULL;
    hk_err e = x->run->source->ops->open(x->run->source, j->file->entry.path, &s);
    if (e.code == HK_ABSENT) e = hk_fail(HK_SKIPPED, "open: it is gone since it was read", HK_NO_OFFSET);
    if (e.code != HK_OK) {
      /* Stored, perhaps, but not examined: without this it would count as read and empty. */
      if (j->acquired.read_result.code == HK_OK) j->acquired.read_result = e;
      hk_log_item(x->run->log, "read again", j->file->entry.path, e, "");
      return examine_with(x, j, NULL);
    }
    struct hk_bytes_rest rest;
    hk_bytes_rest_init(&rest, &s->bytes, j->acquired.data_from);
    const hk_err done = examine_with(x, j, &rest.bytes);
    s->close(s);
    return done;
  }
  if (j->kept.p == NULL && j->acquired.read_result.code != HK_OK) {
    if (j->acquired.read_result.code != HK_CANCELLED && !j->left_out)
      hk_log_item(x->run->log, "read", j->file->entry.path, j->acquired.read_result, "");
    return examine_with(x, j, NULL);
  }
  if (j->acquired.read_result.code != HK_OK)
    hk_log_item(x->run->log, "read", j->file->entry.path, j->acquired.read_result, "cut short");
  struct hk_bytes_memory m;
  hk_bytes_memory_init(&m, j->kept.p, j->kept.n);
  return examine_with(x, j, &m.bytes);
}

/* Read, and not examined any more. */
static void drop_bytes(struct hk_job *j, hk_err why)
{
  hk_buf_done(&j->kept);
  j->too_large = false;
  if (j->acquired.read_result.code == HK_OK && j->file->modules != 0) j->acquired.read_result = why;
}

/* After an interrupt, and when the time is up, what waits on the belt is given up: it is in the archive. */
static void drop_when_late(const struct hk_run *r, struct hk_job *j)
{
  if (hk_run_interrupted()) {
    drop_bytes(j, hk_fail(HK_CANCELLED, "examine: the run was interrupted", HK_NO_OFFSET));
  } else if (r->budget != NULL && hk_budget_time_is_up(r->budget)) {
    drop_bytes(j, hk_fail(HK_SKIPPED, "examine: beyond --time-limit", HK_NO_OFFSET));
    j->left_out = true;
  }
}

void hk_examine_jobs(void *ctx)
{
  struct hk_examined *const x = ctx;
  for (;;) {
    struct hk_job *const j = hk_queue_take(x->queue);
    if (j == NULL) return;
    /* After an error the belt is still emptied, so that the reader never waits for ever. */
    if (x->err.code == HK_OK) drop_when_late(x->run, j);
    if (x->err.code == HK_OK) x->err = examine_job(x, j);
    /* Answers are lost then; the evidence need not be. Without an archive there is nothing else to do. */
    if (x->err.code != HK_OK && x->run->store == NULL) hk_run_interrupt();
    hk_job_free(j);
  }
}
