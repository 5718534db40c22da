/* Checks frames of the child and hands on what is good. */
#include "examine/judge.h"

#include <stdlib.h>
#include <string.h>

#include "record/wire.h"

/* The densest artefact known gives one record for 24 bytes (a registry value and its key); 8 leaves room. The start value
   is for packed artefacts (MAM prefetch files, mails). */
#define RECORDS_AT_LEAST 20000u
#define BYTES_A_RECORD 8u
#define RECORDS_AT_MOST 16000000u
#define OUTPUT_AT_LEAST ((uint64_t)64 << 20)
#define OUTPUT_A_BYTE 64u
#define OUTPUT_AT_MOST ((uint64_t)8 << 30)
#define NOTES_AT_MOST 2000u
#define REMARKS_AT_MOST 500u
#define COVERS_AT_MOST 100000u
/* Lists take at most four times their wire form (a pair is 8 bytes there and 32 here). */
#define LISTS_AT_MOST ((size_t)HK_FRAME_MAX * 5)

static uint64_t clamp(uint64_t v, uint64_t most)
{
  return v < most ? v : most;
}

void hk_judge_init(struct hk_judge *j, const struct hk_module *m, uint64_t size_bytes, uint64_t max_records,
                   const struct hk_sink *sink, struct hk_outcome *outcome)
{
  const uint64_t size = clamp(size_bytes, OUTPUT_AT_MOST);
  *j = (struct hk_judge){
      .module = m,
      .sink = sink,
      .outcome = outcome,
      .records_left = clamp(RECORDS_AT_LEAST + size / BYTES_A_RECORD, RECORDS_AT_MOST),
      .bytes_left = clamp(OUTPUT_AT_LEAST + size * OUTPUT_A_BYTE, OUTPUT_AT_MOST),
      .notes_left = NOTES_AT_MOST,
      .remarks_left = REMARKS_AT_MOST,
      .covers_left = COVERS_AT_MOST,
  };
  if (max_records != 0 && max_records < j->records_left) j->records_left = max_records;
  hk_arena_init(&j->arena, LISTS_AT_MOST);
  *outcome = (struct hk_outcome){.err = hk_ok()};
  outcome->err.step = outcome->step;
  outcome->err.offset = HK_NO_OFFSET;
}

void hk_judge_done(struct hk_judge *j)
{
  free(j->record);
  j->record = NULL;
  hk_arena_done(&j->arena);
}

/* Copies whole characters of s that fit; control characters become '?' so that no log line can be forged with them. */
static void copy_text(char *to, size_t size, hk_str s)
{
  size_t n = 0;
  size_t at = 0;
  while (at < s.n) {
    char put[4];
    const uint32_t c = hk_str_next(s, &at);
    const size_t len = hk_utf8_put(c < 0x20 || (c >= 0x7F && c < 0xA0) ? '?' : c, put);
    if (len >= size - n) break;
    memcpy(to + n, put, len);
    n += len;
  }
  to[n] = 0;
}

void hk_outcome_set(struct hk_outcome *o, hk_err e, hk_str step)
{
  o->err = e;
  o->err.step = o->step;
  copy_text(o->step, sizeof o->step, step);
}

void hk_outcome_say(struct hk_outcome *o, hk_str text)
{
  copy_text(o->text, sizeof o->text, text);
}

static hk_err refuse(const char *step)
{
  return hk_fail(HK_REFUSED, step, HK_NO_OFFSET);
}

static hk_err spent(const char *step)
{
  return hk_fail(HK_LIMIT, step, HK_NO_OFFSET);
}

static void *record_of(struct hk_judge *j, size_t size)
{
  if (size > j->record_size) {
    void *const p = realloc(j->record, size);
    if (p == NULL) return NULL;
    j->record = p;
    j->record_size = size;
  }
  memset(j->record, 0, size);
  return j->record;
}

static hk_err judge_record(struct hk_judge *j, struct hk_cur body)
{
  const uint16_t number = hk_u16le(&body);
  const uint16_t kind = hk_u16le(&body);
  if (body.bad) return refuse("read the head of a record");
  if (number >= j->module->n_records) return refuse("find the record type the module did not declare");
  const struct hk_record_type *const t = j->module->records[number];
  if (kind >= t->n_kinds) return refuse("find the kind the record type did not declare");
  if (j->records_left == 0) return spent("more records than the artefact could hold");
  if (j->bytes_left < body.size) return spent("more bytes of records than the artefact could hold");
  j->records_left--;
  j->bytes_left -= body.size;
  void *const record = record_of(j, t->struct_size);
  if (record == NULL) return hk_fail(HK_MEMORY, "read record", HK_NO_OFFSET);
  struct hk_cur wire = hk_cur_at(&body, body.pos, body.size - body.pos);
  const hk_err e = hk_wire_get(&wire, t, record, &j->arena);
  if (e.code == HK_OK) {
    j->outcome->n_records++;
    if (j->sink && j->sink->on_record) j->sink->on_record(j->sink->ctx, t, kind, record);
  }
  if (j->arena.head) hk_arena_done(&j->arena);
  return e;
}

/* code, offset, os, step: the body of NOTE and DONE. */
static hk_err get_error(struct hk_cur *body, hk_err *problem, hk_str *step)
{
  const uint8_t code = hk_u8(body);
  const uint64_t offset = hk_u64le(body);
  const uint32_t os = hk_u32le(body);
  HK_TRY(hk_frame_get_str(body, HK_FRAME_TEXT_MAX, step));
  if (hk_cur_left(body) != 0) return refuse("find the end of a frame");
  if (code >= HK_CODE_COUNT) return refuse("find an error code that does not exist");
  *problem = (hk_err){.code = code, .os = (int)(os & INT32_MAX), .offset = HK_NO_OFFSET, .step = ""};
  if (offset <= (uint64_t)INT64_MAX) problem->offset = (int64_t)offset;
  return hk_ok();
}

static hk_err judge_note(struct hk_judge *j, struct hk_cur body)
{
  hk_err problem;
  hk_str step;
  HK_TRY(get_error(&body, &problem, &step));
  if (problem.code == HK_OK) return refuse("find a note of nothing");
  if (j->notes_left == 0) return spent("too many notes about one artefact");
  j->notes_left--;
  j->outcome->n_notes++;
  if (j->sink && j->sink->on_note) j->sink->on_note(j->sink->ctx, problem, step);
  return hk_ok();
}

static hk_err judge_remark(struct hk_judge *j, struct hk_cur body)
{
  hk_str text;
  HK_TRY(hk_frame_get_str(&body, HK_FRAME_TEXT_MAX, &text));
  if (hk_cur_left(&body) != 0) return refuse("find the end of a frame");
  if (j->remarks_left == 0) return spent("too many remarks about one artefact");
  j->remarks_left--;
  if (j->sink && j->sink->on_remark) j->sink->on_remark(j->sink->ctx, text);
  return hk_ok();
}

static hk_err judge_cover(struct hk_judge *j, struct hk_cur body)
{
  hk_str instance, why;
  const uint16_t kind = hk_u16le(&body);
  const uint64_t lo = hk_u64le(&body), hi = hk_u64le(&body);
  const uint8_t partial = hk_u8(&body);
  HK_TRY(hk_frame_get_str(&body, HK_FRAME_TEXT_MAX, &instance));
  HK_TRY(hk_frame_get_str(&body, HK_FRAME_TEXT_MAX, &why));
  if (hk_cur_left(&body) != 0) return refuse("find the end of a frame");
  if (kind >= j->module->n_kinds) return refuse("find the kind the module cannot speak for");
  if (partial > 1) return refuse("read boolean of a claim of coverage");
  if (lo > (uint64_t)HK_TIME_MAX || hi > (uint64_t)HK_TIME_MAX) return refuse("read time of a claim of coverage");
  if (j->covers_left == 0) return spent("too many claims of coverage for one artefact");
  j->covers_left--;
  if (j->sink && j->sink->on_cover)
    j->sink->on_cover(j->sink->ctx, j->module->kinds[kind], instance, (hk_time)lo, (hk_time)hi, partial == 1, why);
  return hk_ok();
}

static hk_err judge_done(struct hk_judge *j, struct hk_cur body)
{
  hk_err result;
  hk_str step;
  HK_TRY(get_error(&body, &result, &step));
  /* These are the broker's words. */
  if (result.code == HK_CRASHED || result.code == HK_REFUSED) return refuse("find an outcome only the broker can tell");
  j->done = true;
  hk_outcome_set(j->outcome, result, step);
  return hk_ok();
}

hk_err hk_judge_frame(struct hk_judge *j, const struct hk_frame *f)
{
  if (j->done) return refuse("find a frame behind the end of the item");
  switch (f->type) {
  case HK_FRAME_RECORD:
    return judge_record(j, f->body);
  case HK_FRAME_NOTE:
    return judge_note(j, f->body);
  case HK_FRAME_REMARK:
    return judge_remark(j, f->body);
  case HK_FRAME_COVER:
    return judge_cover(j, f->body);
  case HK_FRAME_DONE:
    return judge_done(j, f->body);
  default:
    return refuse("find a type of frame that has no place here");
  }
}
