/* What a module calls: its artefact, and saying what it found. */
#include "examine/item.h"

#include <string.h>

#include "os/os.h"
#include "record/wire.h"

#define DEFAULT_MEMORY_MIB 256u
#define SCRATCH_BYTES ((size_t)64 << 20)
/* Below the broker's budgets, so that a module that complains of every record of a damaged log ends as partial. */
#define NOTES_SENT 1000u
#define REMARKS_SENT 200u

const struct hk_file_info *hk_item_info(const struct hk_item *item)
{
  return item->info;
}

struct hk_arena *hk_item_arena(struct hk_item *item)
{
  return &item->arena;
}

struct hk_bytes *hk_item_bytes(struct hk_item *item)
{
  return item->bytes;
}

hk_err hk_item_whole(struct hk_item *item, uint64_t limit_bytes, struct hk_cur *out)
{
  const uint64_t size = item->bytes->size_bytes;
  if (size > limit_bytes || size > SIZE_MAX) return hk_fail(HK_LIMIT, "read the whole artefact", HK_NO_OFFSET);
  uint8_t *const p = hk_new(&item->arena, uint8_t, (size_t)size);
  if (p == NULL) return hk_fail(HK_MEMORY, "read the whole artefact", HK_NO_OFFSET);
  size_t done = 0;
  while (done < size) {
    size_t got = 0;
    const hk_err e = item->bytes->read_at(item->bytes, done, p + done, (size_t)size - done, &got);
    done += got;
    if (e.code && done == 0) return e;
    if (e.code) hk_note(item, e); /* what was readable is examined */
    if (e.code || got == 0) break;
  }
  *out = hk_cur_over(p, done);
  return hk_ok();
}

/* Takes back a frame that could not be finished. */
static bool close_frame(struct hk_item *item, size_t opened_at)
{
  hk_frame_close(item->out, opened_at);
  if (item->out->failed) {
    item->out->failed = false;
    item->out->n = opened_at;
    return false;
  }
  if (item->out->n >= HK_ITEM_FLUSH) item->flush(item);
  return true;
}

static uint16_t number_of_record(const struct hk_module *m, const struct hk_record_type *t)
{
  for (size_t i = 0; i < m->n_records && i < UINT16_MAX; i++)
    if (m->records[i] == t) return (uint16_t)i;
  return UINT16_MAX; /* a module's mistake: the broker refuses it, so that it is seen */
}

static uint16_t number_of_kind(const struct hk_module *m, const struct hk_kind *k)
{
  for (size_t i = 0; i < m->n_kinds && i < UINT16_MAX; i++)
    if (m->kinds[i] == k) return (uint16_t)i;
  return UINT16_MAX;
}

void hk_emit(struct hk_item *item, const struct hk_record_type *t, size_t kind, const void *record)
{
  const size_t at = hk_frame_open(item->out, HK_FRAME_RECORD);
  hk_buf_u16le(item->out, number_of_record(item->module, t));
  hk_buf_u16le(item->out, kind < UINT16_MAX ? (uint16_t)kind : UINT16_MAX);
  hk_wire_put(item->out, t, record, &item->scratch);
  if (!close_frame(item, at)) item->n_unsent++;
  if (item->scratch.head) hk_arena_done(&item->scratch);
}

/* Our own texts are short and valid; what quotes evidence may be neither. */
static void put_text(struct hk_item *item, hk_str s)
{
  hk_str t = hk_str_sub(s, 0, HK_FRAME_TEXT_MAX / 4); /* a bad byte becomes three */
  while (t.n > 0 && t.n < s.n && ((unsigned char)s.p[t.n] & 0xC0) == 0x80) t.n--;
  const hk_str clean = hk_str_clean(&item->scratch, t);
  hk_frame_put_str(item->out, clean.p ? clean : HK_S(""));
}

static void put_error(struct hk_item *item, enum hk_frame_type type, hk_err e)
{
  const size_t at = hk_frame_open(item->out, type);
  hk_buf_u8(item->out, (uint8_t)(e.code > 0 && e.code < HK_CODE_COUNT ? e.code : HK_OK));
  hk_buf_u64le(item->out, (uint64_t)e.offset);
  hk_buf_u32le(item->out, (uint32_t)e.os);
  put_text(item, hk_str_of(e.step));
  (void)close_frame(item, at);
  if (item->scratch.head) hk_arena_done(&item->scratch);
}

void hk_note(struct hk_item *item, hk_err problem)
{
  if (problem.code == HK_OK || item->n_notes > NOTES_SENT) return;
  if (item->n_notes++ == NOTES_SENT) problem = hk_fail(HK_LIMIT, "further notes are left out", HK_NO_OFFSET);
  put_error(item, HK_FRAME_NOTE, problem);
}

void hk_remark(struct hk_item *item, const char *text)
{
  if (item->n_remarks++ >= REMARKS_SENT) return;
  const size_t at = hk_frame_open(item->out, HK_FRAME_REMARK);
  put_text(item, hk_str_of(text));
  (void)close_frame(item, at);
  if (item->scratch.head) hk_arena_done(&item->scratch);
}

static uint64_t time_in_range(hk_time t)
{
  return t > 0 && t <= HK_TIME_MAX ? (uint64_t)t : 0;
}

void hk_cover(struct hk_item *item, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time hi, bool partial,
              const char *why)
{
  const size_t at = hk_frame_open(item->out, HK_FRAME_COVER);
  hk_buf_u16le(item->out, number_of_kind(item->module, kind));
  hk_buf_u64le(item->out, time_in_range(lo));
  hk_buf_u64le(item->out, time_in_range(hi));
  hk_buf_u8(item->out, partial);
  put_text(item, instance);
  put_text(item, hk_str_of(why));
  (void)close_frame(item, at);
  if (item->scratch.head) hk_arena_done(&item->scratch);
}

bool hk_item_stop(const struct hk_item *item)
{
  return item->stop_at_ms != 0 && os_monotonic_ms() >= item->stop_at_ms;
}

void hk_item_run(struct hk_item *item)
{
  const unsigned mib = item->module->memory_mib ? item->module->memory_mib : DEFAULT_MEMORY_MIB;
  hk_arena_init(&item->arena, (size_t)mib << 20);
  hk_arena_init(&item->scratch, SCRATCH_BYTES);
  hk_err e = item->module->parse(item);
  if (e.code == HK_CANCELLED && hk_item_stop(item)) e.code = HK_TIMEOUT;
  if (e.code == HK_OK && item->arena.spent)
    hk_note(item, hk_fail(HK_MEMORY, "memory ceiling of the artefact reached", HK_NO_OFFSET));
  if (item->n_unsent > 0) hk_note(item, hk_fail(HK_LIMIT, "a record was too large to send", HK_NO_OFFSET));
  put_error(item, HK_FRAME_DONE, e);
  item->flush(item);
  hk_arena_done(&item->arena);
  hk_arena_done(&item->scratch);
}
