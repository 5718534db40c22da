/* LZX: blocks of Huffman-coded literals and matches, with three remembered distances; code lengths are given as differences
   from those of the block before. */
#include "ntfs/lzx.h"

#include <string.h>

enum {
  MAX_CODE_BITS = 16,
  N_LITERALS = 256,
  N_SLOTS = 30, /* for a window of 32 KiB */
  N_MAIN = N_LITERALS + N_SLOTS * 8,
  N_LENGTHS = 249,
  N_ALIGNED = 8,
  N_PRE = 20,
  LEAST_MATCH = 2,
  DEFAULT_BLOCK = 32768,
  E8_FILE_SIZE = 12000000,
};

struct bits {
  struct hk_cur *in;
  uint64_t next; /* left aligned */
  int n;         /* valid bits */
  bool ended;    /* bits were used that are not there */
};

/* A canonical code: symbols in order of their codes, and how many codes each length has. */
struct code {
  uint16_t count[MAX_CODE_BITS + 1];
  uint16_t symbol[N_MAIN];
};

struct hk_lzx {
  uint8_t main_lengths[N_MAIN];
  uint8_t length_lengths[N_LENGTHS];
  struct code main, length, aligned, pre;
};

size_t hk_lzx_size(void)
{
  return sizeof(struct hk_lzx);
}

static void fill(struct bits *b)
{
  while (b->n <= 48 && hk_cur_left(b->in) >= 2) {
    b->next |= (uint64_t)hk_u16le(b->in) << (48 - b->n);
    b->n += 16;
  }
}

static unsigned take(struct bits *b, unsigned n)
{
  if (n == 0) return 0;
  if (b->n < (int)n) fill(b);
  if (b->n < (int)n) b->ended = true;
  const unsigned v = (unsigned)(b->next >> (64 - n));
  b->next <<= n;
  b->n = b->n < (int)n ? 0 : b->n - (int)n;
  return v;
}

/* False when the lengths describe no code; one without any symbol is never used, one with a single symbol is half empty. */
static bool make_code(struct code *c, const uint8_t *lengths, size_t n)
{
  uint16_t start[MAX_CODE_BITS + 2] = {0};
  memset(c->count, 0, sizeof c->count);
  for (size_t i = 0; i < n; i++) c->count[lengths[i]]++;
  if (c->count[0] == n) return true;
  int left = 1;
  for (size_t l = 1; l <= MAX_CODE_BITS; l++) {
    left = left * 2 - c->count[l];
    if (left < 0) return false;
    start[l + 1] = (uint16_t)(start[l] + c->count[l]);
  }
  for (size_t i = 0; i < n; i++)
    if (lengths[i] != 0) c->symbol[start[lengths[i]]++] = (uint16_t)i;
  return left == 0 || (c->count[0] == n - 1 && c->count[1] == 1);
}

/* The next symbol, or -1. */
static int decode(struct bits *b, const struct code *c)
{
  if (b->n < MAX_CODE_BITS) fill(b);
  int code = 0, first = 0, index = 0;
  for (unsigned l = 1; l <= MAX_CODE_BITS; l++) {
    code |= (int)(b->next >> (64 - l) & 1);
    const int count = c->count[l];
    if (code - first < count) {
      if (b->n < (int)l) b->ended = true;
      b->next <<= l;
      b->n = b->n < (int)l ? 0 : b->n - (int)l;
      return c->symbol[index + code - first];
    }
    index += count;
    first = (first + count) * 2;
    code *= 2;
  }
  return -1;
}

static bool read_lengths(struct hk_lzx *s, struct bits *b, uint8_t *lengths, size_t n)
{
  uint8_t pre[N_PRE];
  for (size_t i = 0; i < N_PRE; i++) pre[i] = (uint8_t)take(b, 4);
  if (!make_code(&s->pre, pre, N_PRE)) return false;
  for (size_t i = 0; i < n && !b->ended;) {
    int symbol = decode(b, &s->pre);
    size_t run = 1;
    uint8_t value = 0;
    if (symbol < 0) return false;
    if (symbol == 17) {
      run = 4 + take(b, 4);
    } else if (symbol == 18) {
      run = 20 + take(b, 5);
    } else {
      if (symbol == 19) {
        run = 4 + take(b, 1);
        symbol = decode(b, &s->pre);
        if (symbol < 0 || symbol > 16) return false;
      }
      value = (uint8_t)((lengths[i] + 17 - symbol) % 17);
    }
    /* Windows and wimlib let a run end with the table. */
    for (; run > 0 && i < n; run--) lengths[i++] = value;
  }
  return !b->ended;
}

struct output {
  uint8_t *p;
  size_t size, n;
  uint32_t recent[3];
};

static unsigned extra_bits(unsigned slot)
{
  return slot < 4 ? 0 : slot / 2 - 1;
}

static uint32_t slot_base(unsigned slot)
{
  return slot < 2 ? slot : (2u | (slot & 1)) << (slot / 2 - 1);
}

static uint32_t new_distance(struct hk_lzx *s, struct bits *b, unsigned slot, bool aligned, bool *bad)
{
  const unsigned extra = extra_bits(slot);
  uint32_t v = slot_base(slot);
  if (aligned && extra >= 3) {
    v += take(b, extra - 3) << 3;
    const int low = decode(b, &s->aligned);
    if (low < 0) *bad = true;
    v += (uint32_t)(low < 0 ? 0 : low);
  } else {
    v += take(b, extra);
  }
  return v - 2;
}

static hk_err copy_match(struct hk_lzx *s, struct bits *b, unsigned symbol, bool aligned, struct output *o)
{
  const int64_t at = (int64_t)b->in->pos;
  const unsigned slot = symbol >> 3;
  size_t length = symbol & 7;
  bool bad = false;
  if (length == 7) {
    const int more = decode(b, &s->length);
    if (more < 0) return hk_fail(HK_DAMAGED, "read LZX match length", at);
    length += (size_t)more;
  }
  length += LEAST_MATCH;
  uint32_t distance;
  if (slot < 3) {
    distance = o->recent[slot];
    o->recent[slot] = o->recent[0];
  } else {
    distance = new_distance(s, b, slot, aligned, &bad);
    o->recent[2] = o->recent[1];
    o->recent[1] = o->recent[0];
  }
  o->recent[0] = distance;
  if (bad || b->ended) return hk_fail(b->ended ? HK_TRUNCATED : HK_DAMAGED, "read LZX match", at);
  if (distance == 0 || distance > o->n || length > o->size - o->n) return hk_fail(HK_DAMAGED, "LZX match leaves its chunk", at);
  for (size_t i = 0; i < length; i++) o->p[o->n + i] = o->p[o->n + i - distance];
  o->n += length;
  return hk_ok();
}

static hk_err read_coded(struct hk_lzx *s, struct bits *b, bool aligned, struct output *o, size_t end)
{
  const int64_t at = (int64_t)b->in->pos;
  if (aligned) {
    uint8_t lengths[N_ALIGNED];
    for (size_t i = 0; i < N_ALIGNED; i++) lengths[i] = (uint8_t)take(b, 3);
    if (!make_code(&s->aligned, lengths, N_ALIGNED)) return hk_fail(HK_DAMAGED, "read LZX code", at);
  }
  if (!read_lengths(s, b, s->main_lengths, N_LITERALS) || !read_lengths(s, b, s->main_lengths + N_LITERALS, N_MAIN - N_LITERALS) ||
      !make_code(&s->main, s->main_lengths, N_MAIN) || !read_lengths(s, b, s->length_lengths, N_LENGTHS) ||
      !make_code(&s->length, s->length_lengths, N_LENGTHS))
    return hk_fail(b->ended ? HK_TRUNCATED : HK_DAMAGED, "read LZX code", at);
  while (o->n < end) {
    const int symbol = decode(b, &s->main);
    if (symbol < 0) return hk_fail(HK_DAMAGED, "read LZX symbol", (int64_t)b->in->pos);
    if (b->ended) return hk_fail(HK_TRUNCATED, "LZX stream ends early", (int64_t)b->in->pos);
    if (symbol < N_LITERALS)
      o->p[o->n++] = (uint8_t)symbol;
    else
      HK_TRY(copy_match(s, b, (unsigned)symbol - N_LITERALS, aligned, o));
  }
  return hk_ok();
}

/* Whole bytes begin at the next 16 bits, and a full word is skipped where they begin already. Words read ahead go back. */
static void align(struct bits *b)
{
  if (b->n % 16 == 0) (void)take(b, 16);
  b->in->pos -= (size_t)(b->n / 16) * 2;
  b->next = 0;
  b->n = 0;
}

static hk_err read_plain(struct bits *b, struct output *o, size_t size)
{
  align(b);
  const int64_t at = (int64_t)b->in->pos;
  for (size_t i = 0; i < 3; i++) o->recent[i] = hk_u32le(b->in);
  const uint8_t *const p = hk_take(b->in, size);
  if (p == NULL) return hk_fail(HK_TRUNCATED, "read LZX bytes", at);
  memcpy(o->p + o->n, p, size);
  o->n += size;
  if (size % 2 != 0 && hk_cur_left(b->in) > 0) hk_skip(b->in, 1);
  return hk_ok();
}

/* Targets of x86 calls were made absolute before packing. */
static void undo_e8(uint8_t *p, size_t size)
{
  if (size <= 10) return;
  for (size_t i = 0; i < size - 10; i++) {
    if (p[i] != 0xE8) continue;
    const uint32_t raw = p[i + 1] | (uint32_t)p[i + 2] << 8 | (uint32_t)p[i + 3] << 16 | (uint32_t)p[i + 4] << 24;
    const int64_t target = (int32_t)raw;
    const int64_t at = (int64_t)i;
    if (target >= -at && target < E8_FILE_SIZE) {
      const uint32_t v = (uint32_t)(target >= 0 ? target - at : target + E8_FILE_SIZE);
      for (size_t k = 0; k < 4; k++) p[i + 1 + k] = (uint8_t)(v >> (8 * k));
    }
    i += 4;
  }
}

hk_err hk_lzx_unpack(struct hk_lzx *state, struct hk_cur *in, uint8_t *out, size_t size)
{
  struct bits b = {.in = in};
  struct output o = {.p = out, .size = size, .recent = {1, 1, 1}};
  if (size > HK_LZX_WINDOW) return hk_fail(HK_USAGE, "unpack LZX: chunk size", HK_NO_OFFSET);
  memset(state->main_lengths, 0, sizeof state->main_lengths);
  memset(state->length_lengths, 0, sizeof state->length_lengths);
  while (o.n < size) {
    const int64_t at = (int64_t)in->pos;
    const unsigned type = take(&b, 3);
    const size_t block = take(&b, 1) != 0 ? DEFAULT_BLOCK : take(&b, 16);
    if (b.ended) return hk_fail(HK_TRUNCATED, "read LZX block", at);
    if (block == 0 || block > size - o.n || type < 1 || type > 3) return hk_fail(HK_DAMAGED, "read LZX block", at);
    HK_TRY(type == 3 ? read_plain(&b, &o, block) : read_coded(state, &b, type == 2, &o, o.n + block));
  }
  undo_e8(out, size);
  return hk_ok();
}
