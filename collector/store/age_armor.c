/* Armor. */
#include "store/age_armor.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"

#define BEGIN "-----BEGIN AGE ENCRYPTED FILE-----"
#define END "-----END AGE ENCRYPTED FILE-----"
#define LINE ((size_t)64)  /* characters, */
#define LINE_BYTES ((size_t)48) /* which are so many bytes */
#define EDGE_BYTES ((size_t)4096) /* white space before and behind counts as the file's if there is more */

struct armor {
  struct hk_bytes bytes;
  struct hk_bytes *in;
  uint64_t data_at, n_lines;
  size_t n_last; /* characters of the last line */
  size_t n_end;  /* of a line's end: 1 or 2 */
};

static hk_err damaged(const char *step, uint64_t at)
{
  return hk_fail(HK_DAMAGED, step, (int64_t)at);
}

static bool is_white(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t white_before(hk_str s)
{
  size_t n = 0;
  while (n < s.n && is_white(s.p[n])) n++;
  return n;
}

bool age_armor_is(const void *p, size_t n)
{
  const hk_str s = {.p = p, .n = n};
  return hk_str_starts(hk_str_sub(s, white_before(s), n), HK_S("-----BEGIN AGE"));
}

/* "\n" or "\r\n" at the start of s; 0 when there is neither. */
static size_t line_end(hk_str s)
{
  if (s.n >= 1 && s.p[0] == '\n') return 1;
  return s.n >= 2 && s.p[0] == '\r' && s.p[1] == '\n' ? 2 : 0;
}

/* One line into its bytes; only the last may be short or padded. */
static hk_err get_line(struct armor *a, uint64_t number, uint8_t out[LINE_BYTES], size_t *n)
{
  char text[LINE + 2];
  size_t got = 0;
  const bool last = number + 1 == a->n_lines;
  const size_t size = last ? a->n_last : LINE;
  const uint64_t at = a->data_at + number * (LINE + a->n_end);
  HK_TRY(a->in->read_at(a->in, at, text, size + a->n_end, &got));
  const hk_str s = {.p = text, .n = got};
  const bool good = got == size + a->n_end && line_end(hk_str_sub(s, size, got)) == a->n_end &&
                    hk_base64_get(hk_str_sub(s, 0, size), true, out, LINE_BYTES, n) && (last || *n == LINE_BYTES);
  return good ? hk_ok() : damaged("read armor of an age file", at);
}

static hk_err armor_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct armor *const a = (struct armor *)(void *)self;
  *got = 0;
  while (*got < n && offset < self->size_bytes) {
    uint8_t line[LINE_BYTES];
    size_t size = 0;
    HK_TRY(get_line(a, offset / LINE_BYTES, line, &size));
    const size_t from = (size_t)(offset % LINE_BYTES);
    if (from >= size) return damaged("read armor of an age file", offset);
    const size_t take = size - from < n - *got ? size - from : n - *got;
    memcpy((uint8_t *)out + *got, line + from, take);
    *got += take;
    offset += take;
  }
  return hk_ok();
}

static hk_err find_begin(struct armor *a, char edge[EDGE_BYTES])
{
  size_t got = 0;
  HK_TRY(a->in->read_at(a->in, 0, edge, EDGE_BYTES, &got));
  const hk_str s = {.p = edge, .n = got};
  const size_t at = white_before(s);
  const hk_str rest = hk_str_sub(s, at, s.n);
  a->n_end = line_end(hk_str_sub(rest, sizeof BEGIN - 1, rest.n));
  if (!hk_str_starts(rest, HK_S(BEGIN)) || a->n_end == 0) return damaged("find the beginning of an armored age file", 0);
  a->data_at = at + sizeof BEGIN - 1 + a->n_end;
  return hk_ok();
}

/* Where the lines end is where END begins. */
static hk_err find_end(struct armor *a, char edge[EDGE_BYTES], uint64_t *end_at)
{
  const uint64_t size = a->in->size_bytes;
  const size_t n = size < EDGE_BYTES ? (size_t)size : EDGE_BYTES;
  size_t got = 0;
  HK_TRY(a->in->read_at(a->in, size - n, edge, n, &got));
  hk_str s = {.p = edge, .n = got};
  while (s.n > 0 && is_white(s.p[s.n - 1])) s.n--;
  const size_t at = s.n < sizeof END - 1 ? 0 : s.n - (sizeof END - 1);
  if (!hk_str_eq(hk_str_sub(s, at, s.n), HK_S(END))) return hk_fail(HK_TRUNCATED, "find the end of an armored age file", (int64_t)size);
  *end_at = size - n + at;
  return hk_ok();
}

static hk_err measure(struct armor *a, uint64_t end_at)
{
  const size_t whole = LINE + a->n_end;
  const uint64_t n = end_at < a->data_at ? 0 : end_at - a->data_at;
  const size_t rest = (size_t)(n % whole);
  if (n == 0 || (rest > 0 && rest <= a->n_end)) return damaged("measure an armored age file", a->data_at);
  a->n_lines = n / whole + (rest > 0);
  a->n_last = rest > 0 ? rest - a->n_end : LINE;
  uint8_t last[LINE_BYTES];
  size_t n_last = 0;
  HK_TRY(get_line(a, a->n_lines - 1, last, &n_last));
  a->bytes.size_bytes = (a->n_lines - 1) * LINE_BYTES + n_last;
  return hk_ok();
}

hk_err age_armor_open(struct hk_bytes *in, struct hk_bytes **out)
{
  struct armor *const a = calloc(1, sizeof *a);
  char *const edge = malloc(EDGE_BYTES);
  uint64_t end_at = 0;
  hk_err e = a == NULL || edge == NULL ? hk_fail(HK_MEMORY, "open armored age file", HK_NO_OFFSET) : hk_ok();
  if (e.code == HK_OK) {
    a->bytes.read_at = armor_read_at;
    a->in = in;
    e = find_begin(a, edge);
  }
  if (e.code == HK_OK) e = find_end(a, edge, &end_at);
  if (e.code == HK_OK) e = measure(a, end_at);
  free(edge);
  if (e.code != HK_OK) {
    free(a);
    return e;
  }
  *out = &a->bytes;
  return hk_ok();
}

void age_armor_close(struct hk_bytes *b)
{
  free(b);
}
