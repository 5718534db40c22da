/* The examiner child: confined, given one artefact after the other over its standard input, answering over its standard
   output. It reads the artefact by asking for pieces of it. */
#include <stdlib.h>
#include <string.h>

#include "examine/examine.h"
#include "examine/item.h"
#include "os/confine.h"

/* Pieces of the artefact that were asked for lately. Libraries read small pieces here and there; each request would cost two
   system calls on both sides. */
#define BLOCK_BYTES (256u << 10)
#define N_BLOCKS 128u
#define INPUT_MAX (HK_FRAME_NEED_MAX + 1024u)

struct block {
  uint64_t number; /* offset / BLOCK_BYTES */
  size_t n;        /* bytes that are there; fewer than BLOCK_BYTES at the end */
  uint64_t used_at;
  uint8_t *p;      /* NULL = empty */
};

struct remote {
  struct hk_bytes bytes;
  struct child *child;
  struct block blocks[N_BLOCKS];
  uint64_t turn;
};

struct child {
  const struct hk_module *const *modules;
  size_t n_modules;
  struct hk_buf out;
  uint8_t *in; /* body of the last frame of the broker; INPUT_MAX bytes */
  struct hk_cur body;
  uint8_t type;
  struct remote remote;
  struct hk_item *item; /* the one under examination */
};

/* ---- pipes -------------------------------------------------------------------------------------------------------------------- */

/* The broker is gone or talks nonsense: there is nobody to tell. */
_Noreturn static void leave(int status)
{
  _Exit(status);
}

static void send_out(struct child *c)
{
  if (c->out.failed || os_write(os_std(1), c->out.p, c->out.n).code) leave(3);
  hk_buf_reset(&c->out);
}

static void flush_item(struct hk_item *item)
{
  send_out(item->flush_ctx);
}

static void read_exactly(void *out, size_t n)
{
  size_t done = 0;
  while (done < n) {
    size_t got = 0;
    if (os_read(os_std(0), (char *)out + done, n - done, &got).code || got == 0) leave(0);
    done += got;
  }
}

static void read_frame(struct child *c)
{
  uint8_t head[HK_FRAME_HEAD];
  read_exactly(head, sizeof head);
  struct hk_cur h = hk_cur_over(head, sizeof head);
  const uint32_t n = hk_u32le(&h);
  c->type = hk_u8(&h);
  if (n > INPUT_MAX) leave(4);
  read_exactly(c->in, n);
  c->body = hk_cur_over(c->in, n);
}

/* ---- the artefact's bytes ------------------------------------------------------------------------------------------------------ */

/* One request; at most HK_FRAME_NEED_MAX bytes. Waiting for the broker is not the module's time. */
static hk_err need(struct child *c, uint64_t offset, void *out, size_t n, size_t *got)
{
  const uint64_t asked_at = os_monotonic_ms();
  const size_t at = hk_frame_open(&c->out, HK_FRAME_NEED);
  hk_buf_u64le(&c->out, offset);
  hk_buf_u32le(&c->out, (uint32_t)n);
  hk_frame_close(&c->out, at);
  send_out(c);
  read_frame(c);
  if (c->type != HK_FRAME_BYTES) leave(4);
  const uint8_t code = hk_u8(&c->body);
  const size_t have = hk_cur_left(&c->body);
  if (c->body.bad || have > n || code >= HK_CODE_COUNT) leave(4);
  hk_copy(&c->body, out, have);
  *got = have;
  if (c->item && c->item->stop_at_ms) c->item->stop_at_ms += os_monotonic_ms() - asked_at;
  return code == HK_OK ? hk_ok() : hk_fail(code, "read the artefact", (int64_t)(offset + have));
}

static void forget_blocks(struct remote *r)
{
  for (size_t i = 0; i < N_BLOCKS; i++) {
    free(r->blocks[i].p);
    r->blocks[i] = (struct block){.p = NULL};
  }
}

/* The block that holds `number`, from the cache or over the pipe. One that could not be read whole is not kept. */
static hk_err get_block(struct remote *r, uint64_t number, struct block **out)
{
  struct block *oldest = &r->blocks[0];
  for (size_t i = 0; i < N_BLOCKS; i++) {
    struct block *const b = &r->blocks[i];
    if (b->p && b->number == number) {
      b->used_at = ++r->turn;
      *out = b;
      return hk_ok();
    }
    if (b->p == NULL ? oldest->p != NULL : oldest->p != NULL && b->used_at < oldest->used_at) oldest = b;
  }
  if (oldest->p == NULL) oldest->p = malloc(BLOCK_BYTES);
  if (oldest->p == NULL) return hk_fail(HK_MEMORY, "read the artefact", HK_NO_OFFSET);
  oldest->number = number;
  oldest->used_at = ++r->turn;
  oldest->n = 0;
  const hk_err e = need(r->child, number * BLOCK_BYTES, oldest->p, BLOCK_BYTES, &oldest->n);
  *out = oldest;
  if (e.code) oldest->number = UINT64_MAX;
  return e;
}

static hk_err read_remote(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct remote *const r = (struct remote *)self;
  *got = 0;
  if (offset >= self->size_bytes) return hk_ok();
  if (n > self->size_bytes - offset) n = (size_t)(self->size_bytes - offset);
  while (*got < n) {
    const uint64_t at = offset + *got;
    const size_t left = n - *got;
    uint8_t *const to = (uint8_t *)out + *got;
    if (left >= 4 * (size_t)BLOCK_BYTES) { /* whole files: straight to their place */
      size_t had = 0;
      const hk_err e = need(r->child, at, to, left < HK_FRAME_NEED_MAX ? left : HK_FRAME_NEED_MAX, &had);
      *got += had;
      if (e.code || had == 0) return e;
      continue;
    }
    struct block *b = NULL;
    const hk_err e = get_block(r, at / BLOCK_BYTES, &b);
    const size_t within = (size_t)(at % BLOCK_BYTES);
    const size_t have = b && b->n > within ? b->n - within : 0;
    const size_t take = have < left ? have : left;
    if (take > 0) memcpy(to, b->p + within, take);
    *got += take;
    if (e.code && take < left) return e;
    if (take == 0) break;
  }
  return hk_ok();
}

/* ---- items -------------------------------------------------------------------------------------------------------------------- */

static hk_str get_text(struct hk_cur *in)
{
  const uint32_t n = hk_u32le(in);
  const uint8_t *const p = hk_take(in, n);
  return p ? (hk_str){.p = (const char *)p, .n = n} : HK_S("");
}

/* Stops a tenth of the time before the broker kills, so that what was found so far is sent and the outcome has a place. */
static uint64_t stop_time(uint32_t milliseconds)
{
  return milliseconds ? os_monotonic_ms() + milliseconds - milliseconds / 10 : 0;
}

static void examine(struct child *c)
{
  struct hk_cur *const b = &c->body;
  struct hk_arena names;
  hk_arena_init(&names, 0);
  const uint64_t ticket = hk_u64le(b);
  const uint32_t number = hk_u32le(b);
  const uint32_t milliseconds = hk_u32le(b);
  struct hk_file_info info = {.size_bytes = hk_u64le(b)};
  info.data_from = hk_u64le(b);
  info.born_at = (hk_time)hk_u64le(b);
  info.modified_at = (hk_time)hk_u64le(b);
  info.accessed_at = (hk_time)hk_u64le(b);
  info.changed_at = (hk_time)hk_u64le(b);
  info.attributes = hk_u32le(b);
  info.every_record = hk_u8(b) != 0;
  info.path = hk_str_copy(&names, get_text(b)); /* the frame's memory is used again by the first NEED */
  info.owner_sid = hk_str_copy(&names, get_text(b));
  if (b->bad || number >= c->n_modules || info.path.p == NULL || info.owner_sid.p == NULL) leave(4);
  c->remote.bytes = (struct hk_bytes){.size_bytes = info.size_bytes, .read_at = read_remote};
  struct hk_item item = {
      .module = c->modules[number],
      .info = &info,
      .bytes = &c->remote.bytes,
      .out = &c->out,
      .flush = flush_item,
      .flush_ctx = c,
      .stop_at_ms = stop_time(milliseconds),
  };
  c->item = &item;
  const size_t at = hk_frame_open(&c->out, HK_FRAME_TAKEN);
  hk_buf_u64le(&c->out, ticket);
  hk_frame_close(&c->out, at);
  hk_item_run(&item);
  c->item = NULL;
  forget_blocks(&c->remote);
  hk_arena_done(&names);
}

static void probe(struct child *c)
{
  uint32_t bits = 0;
  for (unsigned p = 0; p < OS_PROBE_COUNT; p++)
    if (os_probe_refused((enum os_probe)p)) bits |= 1u << p;
  const size_t at = hk_frame_open(&c->out, HK_FRAME_PROBED);
  hk_buf_u32le(&c->out, bits);
  hk_frame_close(&c->out, at);
  send_out(c);
}

static void say_ready(struct child *c)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const size_t at = hk_frame_open(&c->out, HK_FRAME_READY);
  hk_buf_u32le(&c->out, HK_FRAME_VERSION);
  hk_frame_put_str(&c->out, os_confine_measures(&a));
  hk_frame_close(&c->out, at);
  send_out(c);
  hk_arena_done(&a);
}

int hk_examiner_main(const struct hk_module *const *modules, size_t n_modules)
{
  static struct child c;
  c = (struct child){.modules = modules, .n_modules = n_modules};
  c.remote.child = &c;
  hk_buf_init(&c.out, HK_ITEM_BUFFER);
  c.in = malloc(INPUT_MAX);
  if (c.in == NULL || os_confine_self(NULL).code) return 3;
  say_ready(&c);
  for (;;) {
    read_frame(&c);
    if (c.type == HK_FRAME_BEGIN)
      examine(&c);
    else if (c.type == HK_FRAME_PROBE)
      probe(&c);
    else
      leave(c.type == HK_FRAME_END ? 0 : 4);
  }
}
