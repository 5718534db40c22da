/* The broker's judgement of a stream of frames from a child, with every type of field. What reaches the sink must be what the
   module declared, in valid UTF-8, with times in range; and budgets hold.
   Seeds are made by tests/examine/make_frames.py. */
#include <stdint.h>
#include <stdlib.h>

#include "../examine/all_fields.h"
#include "examine/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
  if (!truth) abort();
}

static void on_record(void *ctx, const struct hk_record_type *t, size_t kind, const void *record)
{
  const struct all_record *r = record;
  ++*(uint64_t *)ctx;
  must(t == &all_record_type && kind < t->n_kinds);
  must(hk_str_valid(r->text) && r->seen_at >= 0 && r->seen_at <= HK_TIME_MAX);
  for (size_t i = 0; i < r->texts.n; i++) must(hk_str_valid(r->texts.v[i]));
  for (size_t i = 0; i < r->times.n; i++) must(r->times.v[i] >= 0 && r->times.v[i] <= HK_TIME_MAX);
  for (size_t i = 0; i < r->pairs.n; i++) must(hk_str_valid(r->pairs.v[i].name) && hk_str_valid(r->pairs.v[i].value));
}

static void on_note(void *ctx, hk_err problem, hk_str step)
{
  (void)ctx;
  must(problem.code > HK_OK && problem.code < HK_CODE_COUNT && hk_str_valid(step));
}

static void on_remark(void *ctx, hk_str text)
{
  (void)ctx;
  must(hk_str_valid(text));
}

static void on_cover(void *ctx, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time hi, bool partial, hk_str why)
{
  (void)ctx;
  (void)partial;
  must(kind == &all_kind && hk_str_valid(instance) && hk_str_valid(why));
  must(lo >= 0 && lo <= HK_TIME_MAX && hi >= 0 && hi <= HK_TIME_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  uint64_t n_records = 0;
  struct hk_judge j;
  struct hk_outcome out;
  const struct hk_sink sink = {
      .ctx = &n_records, .on_record = on_record, .on_note = on_note, .on_remark = on_remark, .on_cover = on_cover};
  hk_judge_init(&j, &all_module, 4096, 1000, &sink, &out);
  hk_err e = hk_ok();
  size_t at = 0;
  while (e.code == HK_OK && !j.done) {
    struct hk_frame f;
    size_t n = 0;
    e = hk_frame_split(data + at, size - at, &f, &n);
    if (e.code || n == 0) break;
    at += n;
    e = hk_judge_frame(&j, &f);
  }
  if (e.code) {
    must(e.code == HK_REFUSED || e.code == HK_LIMIT || e.code == HK_MEMORY);
    hk_outcome_set(&out, e, hk_str_of(e.step));
  }
  must(n_records == out.n_records && n_records <= 1000);
  must(hk_str_valid(hk_str_of(out.step)));
  hk_judge_done(&j);
  return 0;
}
