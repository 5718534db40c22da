/* The broker's side: starts the child, gives it items, serves their bytes, has every frame judged, ends it when it breaks its
   contract or takes too long. */
#include "examine/examine.h"

#include <stdlib.h>
#include <string.h>

#include "examine/judge.h"
#include "os/confine.h"
#include "os/govern.h"

#define DEFAULT_DEADLINE_S 60u
#define DEFAULT_MEMORY ((size_t)1 << 30)
#define CPU_OF_A_CHILD_S 7200u
#define PATIENCE 10u
#define START_MS 20000u
#define SLICE_MS 200u       /* how soon `stop` is heard */
#define ITEMS_OF_A_CHILD 256u
#define INPUT_BYTES ((size_t)1 << 20)

struct hk_examiner {
  struct hk_examiner_options o;
  struct os_child *child;
  unsigned n_served;     /* items the child was given */
  size_t memory_at_start;
  unsigned n_lost;
  char measures[256];       /* of the child there is */
  char first_measures[256]; /* of the first child, which the run reported */
  char exe[4096];
  uint8_t *in; /* bytes from the child not yet judged: in[at … n) */
  size_t capacity, at, n;
  uint8_t *piece; /* of the artefact, with room for the frame's head and code */
};

hk_err hk_examiner_open(const struct hk_examiner_options *o, struct hk_examiner **out)
{
  if (o->self_exe.n >= sizeof((struct hk_examiner *)0)->exe)
    return hk_fail(HK_USAGE, "open examiner: path of the program too long", HK_NO_OFFSET);
  struct hk_examiner *const x = calloc(1, sizeof *x);
  if (x == NULL) return hk_fail(HK_MEMORY, "open examiner", HK_NO_OFFSET);
  x->o = *o;
  x->capacity = INPUT_BYTES;
  x->in = malloc(x->capacity);
  x->piece = malloc(HK_FRAME_HEAD + 1 + HK_FRAME_NEED_MAX);
  if (x->in == NULL || x->piece == NULL) {
    hk_examiner_close(x);
    return hk_fail(HK_MEMORY, "open examiner", HK_NO_OFFSET);
  }
  memcpy(x->exe, o->self_exe.p, o->self_exe.n);
  x->o.self_exe = (hk_str){.p = x->exe, .n = o->self_exe.n};
  if (x->o.memory_bytes == 0) x->o.memory_bytes = DEFAULT_MEMORY;
  *out = x;
  return hk_ok();
}

unsigned hk_examiner_lost(const struct hk_examiner *x)
{
  return x->n_lost;
}

/* ---- the child's life ---------------------------------------------------------------------------------------------------------- */

/* Sends END, so that a healthy child leaves by itself. */
static void dismiss(struct hk_examiner *x)
{
  static const uint8_t end[HK_FRAME_HEAD] = {0, 0, 0, 0, HK_FRAME_END};
  if (x->child == NULL) return;
  (void)os_child_write(x->child, end, sizeof end, os_monotonic_ms() + SLICE_MS);
  os_child_end(x->child, NULL, NULL);
  x->child = NULL;
}

void hk_examiner_close(struct hk_examiner *x)
{
  if (x == NULL) return;
  dismiss(x);
  free(x->in);
  free(x->piece);
  free(x);
}

/* Ends a child that broke its contract and says how it ended. */
static void lose(struct hk_examiner *x, struct hk_outcome *out, const char *why)
{
  struct hk_arena a;
  hk_str status = HK_S("");
  hk_arena_init(&a, 0);
  os_child_end(x->child, &a, &status);
  x->child = NULL;
  x->n_lost++;
  hk_outcome_say(out, hk_str_printf(&a, "%s (%.*s)", why, (int)status.n, status.p));
  hk_arena_done(&a);
}

/* ---- frames from the child ------------------------------------------------------------------------------------------------------ */

/* Room for at least one more byte; a frame that is not whole yet moves to the front. */
static hk_err make_room(struct hk_examiner *x)
{
  if (x->at > 0) {
    memmove(x->in, x->in + x->at, x->n - x->at);
    x->n -= x->at;
    x->at = 0;
  }
  if (x->n < x->capacity) return hk_ok();
  if (x->capacity >= HK_FRAME_HEAD + HK_FRAME_MAX) return hk_fail(HK_REFUSED, "find the end of a frame", HK_NO_OFFSET);
  size_t capacity = 2 * x->capacity;
  if (capacity > HK_FRAME_HEAD + HK_FRAME_MAX) capacity = HK_FRAME_HEAD + HK_FRAME_MAX;
  uint8_t *const in = realloc(x->in, capacity);
  if (in == NULL) return hk_fail(HK_MEMORY, "read a frame", HK_NO_OFFSET);
  x->in = in;
  x->capacity = capacity;
  return hk_ok();
}

static bool stopped(const struct hk_examiner *x)
{
  return x->o.stop && x->o.stop(x->o.stop_ctx);
}

/* A second look at the ceiling from outside, now and then, for systems that do not enforce it: a Windows 7 parent in a job of
   its own, Wine. */
static bool too_large(const struct hk_examiner *x)
{
  const size_t now = os_child_memory(x->child);
  return now > x->memory_at_start && now - x->memory_at_start > x->o.memory_bytes + x->o.memory_bytes / 8;
}

static hk_err read_more(struct hk_examiner *x, uint64_t deadline_ms)
{
  HK_TRY(make_room(x));
  for (;;) {
    size_t got = 0;
    const uint64_t now = os_monotonic_ms();
    if (stopped(x)) return hk_fail(HK_CANCELLED, "examine the artefact", HK_NO_OFFSET);
    if (now >= deadline_ms) return hk_fail(HK_TIMEOUT, "examine the artefact", HK_NO_OFFSET);
    const uint64_t until = deadline_ms - now < SLICE_MS ? deadline_ms : now + SLICE_MS;
    const hk_err e = os_child_read_some(x->child, x->in + x->n, x->capacity - x->n, &got, until);
    if (e.code == HK_TIMEOUT && too_large(x)) return hk_fail(HK_MEMORY, "examine the artefact", HK_NO_OFFSET);
    if (e.code == HK_TIMEOUT) continue;
    x->n += got;
    return e;
  }
}

static hk_err next_frame(struct hk_examiner *x, struct hk_frame *f, uint64_t deadline_ms)
{
  for (;;) {
    size_t size = 0;
    HK_TRY(hk_frame_split(x->in + x->at, x->n - x->at, f, &size));
    x->at += size;
    if (size > 0) return hk_ok();
    HK_TRY(read_more(x, deadline_ms));
  }
}

static hk_err read_ready(struct hk_examiner *x, uint64_t deadline_ms)
{
  struct hk_frame f;
  hk_str measures;
  HK_TRY(next_frame(x, &f, deadline_ms));
  if (f.type != HK_FRAME_READY || hk_u32le(&f.body) != HK_FRAME_VERSION)
    return hk_fail(HK_REFUSED, "greet the examiner", HK_NO_OFFSET);
  HK_TRY(hk_frame_get_str(&f.body, sizeof x->measures - 1, &measures));
  memcpy(x->measures, measures.p, measures.n);
  x->measures[measures.n] = 0;
  return hk_ok();
}

/* A child that is ready for an item; a new one when there is none, it served long or it has grown. */
static hk_err have_child(struct hk_examiner *x)
{
  if (x->child) {
    const size_t now = os_child_memory(x->child);
    const bool grown = now > x->memory_at_start && now - x->memory_at_start > x->o.memory_bytes / 4;
    if (x->n_served < ITEMS_OF_A_CHILD && !grown) return hk_ok();
    dismiss(x);
  }
  const struct os_child_limits limits = {.memory_bytes = x->o.memory_bytes, .cpu_s = CPU_OF_A_CHILD_S};
  x->at = x->n = 0;
  x->n_served = 0;
  HK_TRY(os_child_start(x->o.self_exe, HK_S(HK_EXAMINER_ARGUMENT), &limits, &x->child));
  const hk_err e = read_ready(x, os_monotonic_ms() + START_MS * (uint64_t)os_govern_stretch());
  if (e.code) {
    os_child_end(x->child, NULL, NULL);
    x->child = NULL;
    return hk_fail_os((enum hk_code)e.code, "start the examiner", e.os);
  }
  x->memory_at_start = os_child_memory(x->child);
  if (x->first_measures[0] == 0) memcpy(x->first_measures, x->measures, sizeof x->measures);
  return hk_ok();
}

/* ---- one item ------------------------------------------------------------------------------------------------------------------- */

static hk_err send_begin(struct hk_examiner *x, uint64_t ticket, size_t number, const struct hk_file_info *info,
                         uint64_t size_bytes, unsigned deadline_ms)
{
  struct hk_buf b;
  struct hk_arena a;
  hk_buf_init(&b, (size_t)1 << 20);
  hk_arena_init(&a, 0);
  const size_t at = hk_frame_open(&b, HK_FRAME_BEGIN);
  hk_buf_u64le(&b, ticket);
  hk_buf_u32le(&b, (uint32_t)number);
  hk_buf_u32le(&b, deadline_ms);
  hk_buf_u64le(&b, size_bytes);
  hk_buf_u64le(&b, info->data_from);
  hk_buf_u64le(&b, (uint64_t)info->born_at);
  hk_buf_u64le(&b, (uint64_t)info->modified_at);
  hk_buf_u64le(&b, (uint64_t)info->accessed_at);
  hk_buf_u64le(&b, (uint64_t)info->changed_at);
  hk_buf_u32le(&b, info->attributes);
  hk_buf_u8(&b, info->every_record);
  hk_frame_put_str(&b, hk_str_clean(&a, info->path));
  hk_frame_put_str(&b, hk_str_clean(&a, info->owner_sid));
  hk_frame_close(&b, at);
  const hk_err e = b.failed ? hk_fail(HK_LIMIT, "send the artefact's description", HK_NO_OFFSET)
                            : os_child_write(x->child, b.p, b.n, os_monotonic_ms() + deadline_ms);
  hk_buf_done(&b);
  hk_arena_done(&a);
  return e;
}

/* Answers NEED. What the source cannot read is the child's to know: it goes on with what there is. */
static hk_err serve(struct hk_examiner *x, struct hk_cur body, struct hk_bytes *bytes, uint64_t deadline_ms)
{
  const uint64_t offset = hk_u64le(&body);
  const uint32_t n = hk_u32le(&body);
  if (body.bad || hk_cur_left(&body) != 0 || n == 0 || n > HK_FRAME_NEED_MAX)
    return hk_fail(HK_REFUSED, "read a request for bytes", HK_NO_OFFSET);
  size_t got = 0;
  uint8_t *const data = x->piece + HK_FRAME_HEAD + 1;
  const hk_err e = bytes->read_at(bytes, offset, data, n, &got);
  const uint32_t length = (uint32_t)got + 1;
  for (unsigned i = 0; i < 4; i++) x->piece[i] = (uint8_t)(length >> (8 * i));
  x->piece[4] = HK_FRAME_BYTES;
  x->piece[5] = (uint8_t)e.code;
  return os_child_write(x->child, x->piece, HK_FRAME_HEAD + length, deadline_ms);
}

/* Gives the child the item. An error here is not the item's fault when the child has seen others before. */
static hk_err hand_over(struct hk_examiner *x, size_t number, const struct hk_file_info *info, uint64_t size_bytes,
                        unsigned deadline_ms)
{
  uint64_t ticket = 0;
  struct hk_frame f;
  os_random(&ticket, sizeof ticket);
  x->n_served++;
  HK_TRY(send_begin(x, ticket, number, info, size_bytes, deadline_ms));
  HK_TRY(next_frame(x, &f, os_monotonic_ms() + deadline_ms));
  const bool taken = f.type == HK_FRAME_TAKEN && f.body.size == 8 && hk_u64le(&f.body) == ticket;
  return taken ? hk_ok() : hk_fail(HK_REFUSED, "hand over the artefact", HK_NO_OFFSET);
}

/* Until DONE. The time the broker itself spends (reading the evidence, storing records) is given back to the item, but at most
   PATIENCE deadlines of it: a child that asks for the same bytes for ever keeps the broker busy too. */
static hk_err converse(struct hk_examiner *x, struct hk_judge *judge, struct hk_bytes *bytes, unsigned deadline_ms)
{
  uint64_t deadline = os_monotonic_ms() + deadline_ms, given_back = 0;
  while (!judge->done) {
    struct hk_frame f;
    HK_TRY(next_frame(x, &f, deadline));
    const uint64_t got_at = os_monotonic_ms();
    if (got_at >= deadline) return hk_fail(HK_TIMEOUT, "examine the artefact", HK_NO_OFFSET);
    if (f.type == HK_FRAME_NEED)
      HK_TRY(serve(x, f.body, bytes, deadline + deadline_ms));
    else
      HK_TRY(hk_judge_frame(judge, &f));
    const uint64_t own = os_monotonic_ms() - got_at;
    given_back += own;
    if (given_back <= (uint64_t)PATIENCE * deadline_ms) deadline += own;
  }
  /* Nothing was asked for after DONE: bytes behind it are a lie waiting for the next item. */
  return x->at == x->n ? hk_ok() : hk_fail(HK_REFUSED, "find a frame behind the end of the item", HK_NO_OFFSET);
}

static const char *how_lost(int code)
{
  switch (code) {
  case HK_TIMEOUT:
    return "the examiner took too long and was ended";
  case HK_CRASHED:
    return "the examiner ended on this item";
  case HK_REFUSED:
    return "a frame of the examiner was refused and it was ended";
  case HK_MEMORY:
    return "the examiner grew past its memory ceiling and was ended";
  case HK_LIMIT:
    return "the examiner sent more than its budget and was ended";
  case HK_CANCELLED:
    return "the run was stopped";
  default:
    return "the examiner was ended";
  }
}

static size_t module_number(const struct hk_examiner *x, const struct hk_module *m)
{
  size_t i = 0;
  while (i < x->o.n_modules && x->o.modules[i] != m) i++;
  return i;
}

/* A later child that came up on another rung than the one the run told of is not passed over in silence. */
static void say_measures(const struct hk_examiner *x, struct hk_outcome *out)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  hk_outcome_say(out, hk_str_printf(&a, "confined by other measures than at the start: %s", x->measures));
  hk_arena_done(&a);
}

hk_err hk_examine(struct hk_examiner *x, const struct hk_module *m, const struct hk_file_info *info, struct hk_bytes *bytes,
                  const struct hk_sink *sink, struct hk_outcome *out)
{
  const size_t number = module_number(x, m);
  const unsigned seconds = x->o.deadline_s ? x->o.deadline_s : m->deadline_s ? m->deadline_s : DEFAULT_DEADLINE_S;
  const uint64_t stretched_s = (uint64_t)seconds * os_govern_stretch();
  const unsigned deadline_ms = stretched_s < 86400 ? (unsigned)stretched_s * 1000 : 86400000;
  struct hk_judge judge;
  if (number == x->o.n_modules) return hk_fail(HK_USAGE, "examine with a module that is not in the table", HK_NO_OFFSET);
  HK_TRY(have_child(x));
  hk_judge_init(&judge, m, bytes->size_bytes, x->o.max_records, sink, out);
  hk_err e = hand_over(x, number, info, bytes->size_bytes, deadline_ms);
  if (e.code && e.code != HK_CANCELLED && x->n_served > 1) { /* an earlier item broke this child: it does not cost this one */
    lose(x, out, "an earlier item had broken the examiner");
    const hk_err start = have_child(x);
    if (start.code) {
      hk_judge_done(&judge);
      return start;
    }
    e = hand_over(x, number, info, bytes->size_bytes, deadline_ms);
  }
  if (strcmp(x->measures, x->first_measures) != 0) say_measures(x, out);
  if (e.code == HK_OK) e = converse(x, &judge, bytes, deadline_ms);
  hk_judge_done(&judge);
  if (e.code) {
    hk_outcome_set(out, e, hk_str_of(e.step));
    lose(x, out, how_lost(e.code));
  } else if (out->err.code) {
    dismiss(x); /* damaged input may have damaged more than itself: the next item gets a fresh child */
  }
  return hk_ok();
}

hk_err hk_examiner_probe(struct hk_examiner *x, struct hk_arena *a, bool *refused, hk_str *measures)
{
  static const uint8_t ask[HK_FRAME_HEAD] = {0, 0, 0, 0, HK_FRAME_PROBE};
  const uint64_t deadline = os_monotonic_ms() + START_MS * (uint64_t)os_govern_stretch();
  struct hk_frame f;
  HK_TRY(have_child(x));
  hk_err e = os_child_write(x->child, ask, sizeof ask, deadline);
  if (e.code == HK_OK) e = next_frame(x, &f, deadline);
  if (e.code == HK_OK && (f.type != HK_FRAME_PROBED || f.body.size != 4))
    e = hk_fail(HK_REFUSED, "read what the examiner may not do", HK_NO_OFFSET);
  if (e.code) {
    os_child_end(x->child, NULL, NULL);
    x->child = NULL;
    x->n_lost++;
    return e;
  }
  const uint32_t bits = hk_u32le(&f.body);
  for (unsigned p = 0; p < OS_PROBE_COUNT; p++) refused[p] = (bits >> p & 1) != 0;
  *measures = hk_str_copy(a, hk_str_of(x->measures));
  return hk_ok();
}
