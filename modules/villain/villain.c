/* A module that misbehaves on purpose: README.md. Its frames are written by hand after examine/frame.h, so that they check
   the broker and not our own writer. */
#include "villain/villain.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "module.h"
#include "os/confine.h"
#include "os/os.h"

#define VILLAIN_FIELDS(F, R)                                                                                            \
  F(R, STR, said, TEXT, "言葉", "the word of the file")                                                                  \
  F(R, INT, number, NONE, "番号", "counts from 0")                                                                       \
  F(R, TIME, seen_at, WHEN, "日時", "a time")
HK_RECORD_STRUCT(villain, VILLAIN_FIELDS);

static const struct hk_kind villain_kind = {.name = "villain", .source = "villain", .group = "villain"};
static const struct hk_kind *const villain_kinds[] = {&villain_kind};
HK_RECORD_TYPE(villain, VILLAIN_FIELDS, .artifact = "Villain", .title = {"悪役", "Villain"}, .verb = HK_NO_VERB, .proof = 1,
               HK_KINDS(villain_kinds));

/* ---- raw frames ----------------------------------------------------------------------------------------------------------------- */

enum { FRAME_NEED = 66, FRAME_RECORD = 67, FRAME_DONE = 71 };

static void send_raw(const struct hk_buf *b)
{
  (void)os_write(os_std(1), b->p, b->n);
}

static void add_head(struct hk_buf *b, uint32_t length, uint8_t type)
{
  hk_buf_u32le(b, length);
  hk_buf_u8(b, type);
}

struct lie {
  uint16_t record, kind;
  const char *said;
  uint32_t said_length;
  uint64_t time;
};

static void send_record(const struct lie *l)
{
  struct hk_buf b;
  hk_buf_init(&b, 4096);
  const size_t n = strlen(l->said);
  add_head(&b, (uint32_t)(2 + 2 + 4 + n + 8 + 8), FRAME_RECORD);
  hk_buf_u16le(&b, l->record);
  hk_buf_u16le(&b, l->kind);
  hk_buf_u32le(&b, l->said_length);
  hk_buf_z(&b, l->said);
  hk_buf_u64le(&b, 0);
  hk_buf_u64le(&b, l->time);
  send_raw(&b);
  hk_buf_done(&b);
}

static void send_done(uint8_t code)
{
  struct hk_buf b;
  hk_buf_init(&b, 64);
  add_head(&b, 1 + 8 + 4 + 4, FRAME_DONE);
  hk_buf_u8(&b, code);
  hk_buf_u64le(&b, 0);
  hk_buf_u32le(&b, 0);
  hk_buf_u32le(&b, 0);
  send_raw(&b);
  hk_buf_done(&b);
}

static void send_head(uint32_t length, uint8_t type)
{
  struct hk_buf b;
  hk_buf_init(&b, 64);
  add_head(&b, length, type);
  send_raw(&b);
  hk_buf_done(&b);
}

/* ---- behaviours ------------------------------------------------------------------------------------------------------------------- */

static void say(struct hk_item *item, hk_str word, int64_t number)
{
  const struct villain_record r = {.said = word, .number = number, .seen_at = INT64_C(133500000000000000)};
  hk_emit(item, &villain_record_type, 0, &r);
}

static hk_err good(struct hk_item *item, hk_str word)
{
  say(item, word, 0);
  say(item, word, 1);
  hk_cover(item, &villain_kind, HK_S("instance"), HK_UNIX_EPOCH, HK_UNIX_EPOCH + HK_DAY, false, "claimed");
  hk_remark(item, "behaved");
  return hk_ok();
}

static hk_err note(struct hk_item *item, hk_str word)
{
  hk_note(item, hk_fail(HK_DAMAGED, "read the part that is not there", 42));
  return good(item, word);
}

static hk_err crash(struct hk_item *item, hk_str word)
{
  volatile uintptr_t nowhere = 16;
  say(item, word, 0);
  *(volatile int *)nowhere = 1;
  return hk_ok();
}

static hk_err give_up(struct hk_item *item, hk_str word)
{
  (void)item;
  (void)word;
  abort();
}

static volatile uint64_t turns;
static volatile bool for_ever = true; /* a compiler warns of loops it can see through */

static hk_err loop(struct hk_item *item, hk_str word)
{
  (void)item;
  (void)word;
  while (for_ever) turns++;
  return hk_ok();
}

static hk_err polite_loop(struct hk_item *item, hk_str word)
{
  say(item, word, 0);
  while (!hk_item_stop(item)) turns++;
  return hk_fail(HK_CANCELLED, "walk in circles", 7);
}

static hk_err endless_records(struct hk_item *item, hk_str word)
{
  for (int64_t i = 0; for_ever; i++) say(item, word, i);
  return hk_ok();
}

static hk_err eat_memory(struct hk_item *item, hk_str word)
{
  (void)item;
  (void)word;
  for (;;) {
    char *const p = malloc((size_t)16 << 20);
    if (p == NULL) return hk_fail(HK_MEMORY, "eat the memory of the process", HK_NO_OFFSET);
    memset(p, 1, (size_t)1 << 20); /* enough to be seen where only touched memory counts */
    turns += (uint64_t)p[turns % 1000];
  }
}

static hk_err eat_arena(struct hk_item *item, hk_str word)
{
  (void)word;
  while (hk_alloc(hk_item_arena(item), (size_t)16 << 20)) turns++;
  return hk_fail(HK_MEMORY, "eat the memory of the artefact", HK_NO_OFFSET);
}

/* The array keeps the compiler from making a loop of it. */
static int dig(volatile int *above, int depth)
{
  volatile int here[256];
  here[depth & 255] = above[0] + depth;
  return for_ever ? dig(here, depth + 1) + here[0] : 0;
}

static hk_err deep_recursion(struct hk_item *item, hk_str word)
{
  volatile int start[256] = {0};
  (void)item;
  (void)word;
  return dig(start, 0) ? hk_ok() : hk_fail(HK_DAMAGED, "come back", HK_NO_OFFSET);
}

static hk_err try_it(struct hk_item *item, hk_str word, enum os_probe probe)
{
  if (os_probe_refused(probe)) return hk_fail(HK_DENIED, os_probe_name(probe), HK_NO_OFFSET);
  say(item, word, (int64_t)probe);
  return hk_ok();
}

static hk_err open_file(struct hk_item *item, hk_str word)
{
  return try_it(item, word, OS_PROBE_OPEN_FILE);
}

static hk_err write_file(struct hk_item *item, hk_str word)
{
  return try_it(item, word, OS_PROBE_WRITE_FILE);
}

static hk_err connect_out(struct hk_item *item, hk_str word)
{
  return try_it(item, word, OS_PROBE_CONNECT);
}

static hk_err spawn(struct hk_item *item, hk_str word)
{
  return try_it(item, word, OS_PROBE_SPAWN);
}

static hk_err memory(struct hk_item *item, hk_str word)
{
  return try_it(item, word, OS_PROBE_MEMORY);
}

static hk_err exec_memory(struct hk_item *item, hk_str word)
{
  if (villain_exec_memory_refused()) return hk_fail(HK_DENIED, "exec-memory", HK_NO_OFFSET);
  say(item, word, 0);
  return hk_ok();
}

static hk_err odd_call(struct hk_item *item, hk_str word)
{
  if (!villain_odd_call()) return hk_fail(HK_UNSUPPORTED, "odd-call", HK_NO_OFFSET);
  say(item, word, 0);
  return hk_ok();
}

#define LIE(name, ...)                                                                                                  \
  static hk_err name(struct hk_item *item, hk_str word)                                                                 \
  {                                                                                                                     \
    const struct lie l = {__VA_ARGS__};                                                \
    (void)word;                                                                                                         \
    (void)item;                                                                                                         \
    send_record(&l);                                                                                                    \
    return hk_ok();                                                                                                     \
  }
LIE(lie_length, .said = "abc", .said_length = 1000)
LIE(lie_utf8, .said = "a\xff" "c", .said_length = 3)
LIE(lie_record, .said = "abc", .said_length = 3, .record = 7)
LIE(lie_kind, .said = "abc", .said_length = 3, .kind = 9)
LIE(lie_time, .said = "abc", .said_length = 3, .time = UINT64_MAX)

static hk_err lie_type(struct hk_item *item, hk_str word)
{
  (void)item;
  (void)word;
  send_head(0, 200);
  return hk_ok();
}

static hk_err lie_order(struct hk_item *item, hk_str word)
{
  (void)item;
  (void)word;
  send_done(HK_OK);
  return hk_ok();
}

static hk_err lie_outcome(struct hk_item *item, hk_str word)
{
  (void)item;
  (void)word;
  send_done(HK_CRASHED);
  return hk_ok();
}

static hk_err huge_frame(struct hk_item *item, hk_str word)
{
  (void)item;
  (void)word;
  send_head(UINT32_MAX, FRAME_RECORD);
  return hk_ok();
}

static hk_err half_frame_and_hang(struct hk_item *item, hk_str word)
{
  (void)item;
  (void)word;
  send_head(1000, FRAME_RECORD);
  while (for_ever) os_sleep_ms(1000);
  return hk_ok();
}

static hk_err close_pipe(struct hk_item *item, hk_str word)
{
  (void)item;
  (void)word;
  villain_close_pipe();
  return hk_ok();
}

static hk_err endless_requests(struct hk_item *item, hk_str word)
{
  struct hk_buf b;
  char answer[4096];
  (void)item;
  (void)word;
  hk_buf_init(&b, 64);
  add_head(&b, 12, FRAME_NEED);
  hk_buf_u64le(&b, 0);
  hk_buf_u32le(&b, 64);
  for (;;) {
    size_t got = 0;
    send_raw(&b);
    if (os_read(os_std(0), answer, sizeof answer, &got).code || got == 0) return hk_fail(HK_IO, "ask", HK_NO_OFFSET);
  }
}

static const struct {
  const char *word;
  hk_err (*act)(struct hk_item *item, hk_str word);
} behaviours[] = {
    {"good", good},
    {"note", note},
    {"crash", crash},
    {"abort", give_up},
    {"loop", loop},
    {"polite-loop", polite_loop},
    {"endless-records", endless_records},
    {"eat-memory", eat_memory},
    {"eat-arena", eat_arena},
    {"deep-recursion", deep_recursion},
    {"open-file", open_file},
    {"write-file", write_file},
    {"connect", connect_out},
    {"spawn", spawn},
    {"memory", memory},
    {"exec-memory", exec_memory},
    {"odd-call", odd_call},
    {"lie-length", lie_length},
    {"lie-type", lie_type},
    {"lie-utf8", lie_utf8},
    {"lie-record", lie_record},
    {"lie-kind", lie_kind},
    {"lie-time", lie_time},
    {"lie-order", lie_order},
    {"lie-outcome", lie_outcome},
    {"huge-frame", huge_frame},
    {"half-frame-and-hang", half_frame_and_hang},
    {"close-pipe", close_pipe},
    {"endless-requests", endless_requests},
};

static hk_err villain_parse(struct hk_item *item)
{
  struct hk_cur c;
  HK_TRY(hk_item_whole(item, 65536, &c));
  const hk_str all = {.p = (const char *)c.base, .n = c.size};
  size_t n = 0;
  while (n < all.n && (all.p[n] == '-' || (all.p[n] >= 'a' && all.p[n] <= 'z') || (all.p[n] >= '0' && all.p[n] <= '9'))) n++;
  const hk_str word = hk_str_sub(all, 0, n);
  for (size_t i = 0; i < sizeof behaviours / sizeof behaviours[0]; i++)
    if (hk_str_eq(word, hk_str_of(behaviours[i].word))) return behaviours[i].act(item, word);
  return hk_fail(HK_UNSUPPORTED, "know the word", 0);
}

static bool villain_recognise(const struct hk_file_info *info, const void *head, size_t n_head)
{
  (void)head;
  (void)n_head;
  return hk_str_iends(info->path, HK_S(".villain"));
}

static const struct hk_artefact villain_artefacts[] = {
    {.glob = "?:\\**\\*.villain", .name = "villain", .instance = HK_INSTANCE_FILE, .rank = 50},
};
static const struct hk_record_type *const villain_records[] = {&villain_record_type};

const struct hk_module villain_module = {
    .name = "villain",
    .title = {"悪役（試験用）", "villain (for tests)"},
    .proves = {"何も証明しません。", "Nothing."},
    .proves_not = {"すべて。", "Anything."},
    HK_ARTEFACTS(villain_artefacts),
    .records = villain_records,
    .n_records = 1,
    HK_KINDS(villain_kinds),
    .recognise = villain_recognise,
    .parse = villain_parse,
    .deadline_s = 3,
};
