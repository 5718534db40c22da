/* LZXPRESS Huffman decompression after MS-XCA, "LZ77+Huffman Decompression Algorithm Details" (2.2.4). */
#include "base/lzxpress.h"

enum {
  CODE_TABLE_SIZE = 256, /* 512 lengths of 4 bits */
  N_SYMBOLS = HK_LZXPRESS_SYMBOLS,
  MAX_CODE_BITS = 15,
  N_CODES = HK_LZXPRESS_CODES,
  BLOCK_SIZE = 65536,
  LONGEST_MATCH = 65535 + 3,
};

/* ---- bits: 16-bit little-endian words, most significant bit first, with whole bytes in between ------------------- */

struct bits {
  struct hk_cur *in;
  uint32_t next;   /* the next bits, left aligned */
  int spare;       /* valid bits in `next` beyond the first 16; -1 - 16 .. 16 */
  unsigned n_fake; /* words invented after the end of the input */
};

static uint32_t next_word(struct bits *b)
{
  if (hk_cur_left(b->in) >= 2) return hk_u16le(b->in);
  b->n_fake++;
  return 0;
}

static void start_bits(struct bits *b, struct hk_cur *in)
{
  *b = (struct bits){.in = in};
  b->next = next_word(b) << 16;
  b->next |= next_word(b);
  b->spare = 16;
}

static void drop_bits(struct bits *b, unsigned n)
{
  b->next = n < 32 ? b->next << n : 0;
  b->spare -= (int)n;
  if (b->spare < 0) {
    b->next |= next_word(b) << -b->spare;
    b->spare += 16;
  }
}

/* True when bits were used that the input does not have: words are read ahead, so inventing one is no error by itself.
 */
static bool overrun(const struct bits *b)
{
  return b->n_fake != 0 && 16 + b->spare < 16 * (int)b->n_fake;
}

/* ---- one code table ---------------------------------------------------------------------------------------------- */

/* Canonical codes fill the table in order of length, then of symbol; a table that is not full exactly is refused. */
static hk_err read_code(struct hk_cur *in, struct hk_lzxpress *c)
{
  const int64_t at = (int64_t)in->pos;
  const uint8_t *const packed = hk_take(in, CODE_TABLE_SIZE);
  if (packed == NULL) return hk_fail(HK_TRUNCATED, "read code table", at);
  for (size_t i = 0; i < CODE_TABLE_SIZE; i++) {
    c->length[2 * i] = packed[i] & 0x0F;
    c->length[2 * i + 1] = packed[i] >> 4;
  }
  size_t filled = 0;
  for (unsigned n = 1; n <= MAX_CODE_BITS; n++) {
    const size_t span = (size_t)1 << (MAX_CODE_BITS - n);
    for (unsigned s = 0; s < N_SYMBOLS; s++) {
      if (c->length[s] != n) continue;
      if (span > N_CODES - filled) return hk_fail(HK_DAMAGED, "code table is over-full", at);
      for (size_t i = 0; i < span; i++)
        c->symbol[filled++] = (uint16_t)s;
    }
  }
  if (filled != N_CODES) return hk_fail(HK_DAMAGED, "code table has gaps", at);
  return hk_ok();
}

/* ---- the stream -------------------------------------------------------------------------------------------------- */

/* Lengths above 17 follow as whole bytes; 2-byte length 0 announces a 4-byte one. */
static bool read_long_length(struct hk_cur *in, size_t *length)
{
  size_t n = hk_u8(in);
  if (n == 255) {
    n = hk_u16le(in);
    if (n == 0) n = hk_u32le(in);
    if (n < 15) return false;
    n -= 15;
  }
  *length = n + 15;
  return !in->bad;
}

struct output {
  uint8_t *p;
  size_t size;
  size_t n;
};

static hk_err copy_match(struct bits *b, unsigned symbol, struct output *o)
{
  const int64_t at = (int64_t)b->in->pos;
  size_t length = symbol & 15;
  if (length == 15 && !read_long_length(b->in, &length))
    return hk_fail(b->in->bad ? HK_TRUNCATED : HK_DAMAGED, "read match length", at);
  length += 3;
  const unsigned distance_bits = (symbol - 256) >> 4;
  size_t distance = (size_t)1 << distance_bits;
  if (distance_bits != 0) distance += b->next >> (32 - distance_bits);
  drop_bits(b, distance_bits);
  if (overrun(b)) return hk_fail(HK_TRUNCATED, "compressed stream ends early", at);
  if (distance > o->n) return hk_fail(HK_DAMAGED, "match reaches before the start", at);
  if (length > o->size - o->n) return hk_fail(HK_DAMAGED, "match reaches past the declared size", at);
  for (size_t i = 0; i < length; i++)
    o->p[o->n + i] = o->p[o->n + i - distance];
  o->n += length;
  return hk_ok();
}

/* One block: its code table and what gives at least 64 KiB, or the rest. */
static hk_err read_block(struct hk_cur *in, struct hk_lzxpress *c, struct output *o)
{
  HK_TRY(read_code(in, c));
  struct bits b;
  start_bits(&b, in);
  const size_t end = o->size - o->n < BLOCK_SIZE ? o->size : o->n + BLOCK_SIZE;
  while (o->n < end) {
    const unsigned symbol = c->symbol[b.next >> (32 - MAX_CODE_BITS)];
    drop_bits(&b, c->length[symbol]);
    if (overrun(&b)) return hk_fail(HK_TRUNCATED, "compressed stream ends early", (int64_t)in->pos);
    if (symbol < 256)
      o->p[o->n++] = (uint8_t)symbol;
    else
      HK_TRY(copy_match(&b, symbol, o));
  }
  return hk_ok();
}

hk_err hk_lzxpress_huffman(struct hk_lzxpress *table, struct hk_cur *in, uint8_t *out, size_t size, size_t *done)
{
  struct output o = {.p = out, .size = size};
  hk_err e = hk_ok();
  while (e.code == HK_OK && o.n < size)
    e = read_block(in, table, &o);
  *done = o.n;
  return e;
}

uint64_t hk_lzxpress_most_output(size_t n)
{
  return ((uint64_t)n / CODE_TABLE_SIZE + 1) * (BLOCK_SIZE + LONGEST_MATCH);
}
