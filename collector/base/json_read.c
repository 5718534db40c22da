/* Reading flat JSON (RFC 8259). */
#include "base/json_read.h"

#include <string.h>

static hk_err damaged(const struct hk_cur *c, const char *step)
{
  return hk_fail(HK_DAMAGED, step, (int64_t)c->pos);
}

bool hk_json_next_line(struct hk_cur *text, struct hk_cur *line)
{
  const size_t left = hk_cur_left(text);
  if (left == 0) return false;
  const uint8_t *const p = text->base + text->pos;
  const uint8_t *const newline = memchr(p, '\n', left);
  const size_t n = newline == NULL ? left : (size_t)(newline - p);
  *line = hk_cur_at(text, text->pos, n);
  hk_skip(text, newline == NULL ? n : n + 1);
  return true;
}

/* The next byte without taking it; 0 at the end, where no grammar of ours goes on. */
static uint8_t peek(const struct hk_cur *c)
{
  struct hk_cur copy = *c;
  return hk_cur_left(c) == 0 ? 0 : hk_u8(&copy);
}

static void skip_space(struct hk_cur *c)
{
  while (peek(c) == ' ' || peek(c) == '\t' || peek(c) == '\r') hk_skip(c, 1);
}

/* Takes the byte when it comes next, behind spaces. */
static bool take(struct hk_cur *c, uint8_t byte)
{
  skip_space(c);
  if (peek(c) != byte) return false;
  hk_skip(c, 1);
  return true;
}

/* ---- strings ------------------------------------------------------------------------------------------------------------- */

static bool take_hex4(struct hk_cur *c, uint32_t *out)
{
  uint32_t v = 0;
  for (int i = 0; i < 4; i++) {
    const int digit = hk_hex_digit((char)hk_u8(c));
    if (digit < 0) return false;
    v = v << 4 | (uint32_t)digit;
  }
  *out = v;
  return !c->bad;
}

/* Behind "\u". Two halves are one character; half a one is none. */
static bool take_unicode(struct hk_cur *c, uint32_t *out)
{
  uint32_t low = 0;
  if (!take_hex4(c, out)) return false;
  if (*out < 0xD800 || *out > 0xDFFF) return true;
  if (*out > 0xDBFF || hk_u8(c) != '\\' || hk_u8(c) != 'u' || !take_hex4(c, &low)) return false;
  if (low < 0xDC00 || low > 0xDFFF) return false;
  *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
  return true;
}

/* Behind a backslash. */
static bool take_escape(struct hk_cur *c, uint32_t *out)
{
  static const char codes[] = "\"\\/bfnrt";
  static const char means[] = "\"\\/\b\f\n\r\t";
  const uint8_t code = hk_u8(c);
  if (code == 'u') return take_unicode(c, out);
  const char *const at = code == 0 ? NULL : strchr(codes, code);
  if (at == NULL) return false;
  *out = (unsigned char)means[at - codes];
  return true;
}

/* Bytes of the string's body as written, behind its opening quote; *escaped when some stand for others. */
static bool measure(const struct hk_cur *c, size_t *n, bool *escaped)
{
  struct hk_cur s = *c;
  *escaped = false;
  while (hk_cur_left(&s) > 0) {
    const uint8_t b = hk_u8(&s);
    if (b == '"') {
      *n = s.pos - 1 - c->pos;
      return true;
    }
    if (b < 0x20) return false;
    if (b != '\\') continue;
    *escaped = true;
    hk_skip(&s, 1);
  }
  return false;
}

static hk_err unescape(struct hk_cur *body, struct hk_arena *a, hk_str *out)
{
  char *const p = hk_alloc(a, body->size + 1); /* no escape is shorter than what it stands for */
  size_t n = 0;
  if (p == NULL) return hk_fail(HK_MEMORY, "read a JSON string", HK_NO_OFFSET);
  while (hk_cur_left(body) > 0) {
    const uint8_t b = hk_u8(body);
    uint32_t c = 0;
    if (b != '\\')
      p[n++] = (char)b;
    else if (take_escape(body, &c) && !body->bad)
      n += hk_utf8_put(c, p + n);
    else
      return damaged(body, "read an escape in a JSON string");
  }
  *out = (hk_str){.p = p, .n = n};
  return hk_ok();
}

static hk_err read_string(struct hk_cur *c, struct hk_arena *a, hk_str *out)
{
  size_t n = 0;
  bool escaped = false;
  if (!take(c, '"')) return damaged(c, "read a JSON string");
  if (!measure(c, &n, &escaped)) return damaged(c, "find the end of a JSON string");
  struct hk_cur body = hk_cur_at(c, c->pos, n);
  const hk_str raw = {.p = (const char *)c->base + c->pos, .n = n};
  if (!hk_str_valid(raw)) return damaged(c, "read UTF-8 in a JSON string");
  if (escaped) {
    hk_err e = unescape(&body, a, out);
    if (e.code == HK_DAMAGED) e.offset += (int64_t)c->pos;
    HK_TRY(e);
  } else {
    *out = raw;
  }
  hk_skip(c, n + 1);
  return hk_ok();
}

/* ---- other values ---------------------------------------------------------------------------------------------------------- */

static hk_err read_number(struct hk_cur *c, int64_t *out)
{
  const bool negative = take(c, '-');
  const uint64_t most = (uint64_t)INT64_MAX + (negative ? 1 : 0);
  uint64_t v = 0;
  size_t n = 0;
  const bool zero = peek(c) == '0';
  while (peek(c) >= '0' && peek(c) <= '9') {
    const unsigned digit = (unsigned)(hk_u8(c) - '0');
    if (v > (most - digit) / 10) return damaged(c, "read a JSON number: too large");
    v = v * 10 + digit;
    n++;
  }
  if (n == 0 || (zero && n > 1)) return damaged(c, "read a JSON number");
  const uint8_t next = peek(c);
  if (next == '.' || next == 'e' || next == 'E')
    return hk_fail(HK_UNSUPPORTED, "read a JSON number: not a whole one", (int64_t)c->pos);
  *out = negative ? (int64_t)(0 - v) : (int64_t)v;
  return hk_ok();
}

static hk_err read_word(struct hk_cur *c, const char *word)
{
  for (const char *w = word; *w != 0; w++)
    if (hk_u8(c) != (uint8_t)*w) return damaged(c, "read a JSON word");
  return hk_ok();
}

static hk_err read_list(struct hk_cur *c, struct hk_arena *a, struct hk_json_member *m)
{
  hk_str *v = NULL;
  size_t capacity = 0;
  if (take(c, ']')) return hk_ok();
  do {
    if (m->n_list == HK_JSON_LIST) return hk_fail(HK_LIMIT, "read a JSON list: too long", (int64_t)c->pos);
    if (m->n_list == capacity) {
      capacity = capacity == 0 ? 8 : capacity * 2;
      hk_str *const wider = hk_new(a, hk_str, capacity);
      if (wider == NULL) return hk_fail(HK_MEMORY, "read a JSON list", HK_NO_OFFSET);
      if (m->n_list > 0) memcpy(wider, v, m->n_list * sizeof *v);
      v = wider;
    }
    skip_space(c);
    if (peek(c) == '{' || peek(c) == '[') return hk_fail(HK_UNSUPPORTED, "read JSON: nested", (int64_t)c->pos);
    HK_TRY(read_string(c, a, &v[m->n_list++]));
    m->list = v;
  } while (take(c, ','));
  return take(c, ']') ? hk_ok() : damaged(c, "find the end of a JSON list");
}

static hk_err read_value(struct hk_cur *c, struct hk_arena *a, struct hk_json_member *m)
{
  skip_space(c);
  switch (peek(c)) {
  case '"':
    m->kind = HK_JSON_STR;
    return read_string(c, a, &m->text);
  case '[':
    m->kind = HK_JSON_LIST_OF_STR;
    hk_skip(c, 1);
    return read_list(c, a, m);
  case '{':
    return hk_fail(HK_UNSUPPORTED, "read JSON: nested", (int64_t)c->pos);
  case 't':
    m->kind = HK_JSON_BOOL;
    m->number = 1;
    return read_word(c, "true");
  case 'f':
    m->kind = HK_JSON_BOOL;
    return read_word(c, "false");
  case 'n':
    m->kind = HK_JSON_NULL;
    return read_word(c, "null");
  default:
    m->kind = HK_JSON_INT;
    return read_number(c, &m->number);
  }
}

/* ---- an object --------------------------------------------------------------------------------------------------------------- */

static bool is_there(const struct hk_json_object *o, hk_str key)
{
  for (size_t i = 0; i < o->n; i++)
    if (hk_str_eq(o->v[i].key, key)) return true;
  return false;
}

hk_err hk_json_read(struct hk_cur *c, struct hk_arena *a, struct hk_json_object *out)
{
  out->n = 0;
  if (!take(c, '{')) return damaged(c, "read a JSON object");
  bool more = !take(c, '}');
  while (more) {
    if (out->n == HK_JSON_MEMBERS) return hk_fail(HK_LIMIT, "read a JSON object: too many members", (int64_t)c->pos);
    struct hk_json_member m = {.kind = HK_JSON_NULL};
    HK_TRY(read_string(c, a, &m.key));
    if (is_there(out, m.key)) return damaged(c, "read a JSON object: a name twice");
    if (!take(c, ':')) return damaged(c, "find the value of a JSON member");
    HK_TRY(read_value(c, a, &m));
    out->v[out->n++] = m;
    more = take(c, ',');
    if (!more && !take(c, '}')) return damaged(c, "find the end of a JSON object");
  }
  skip_space(c);
  return hk_cur_left(c) == 0 && !c->bad ? hk_ok() : damaged(c, "find the end of a JSON line");
}

const struct hk_json_member *hk_json_find(const struct hk_json_object *o, const char *key)
{
  for (size_t i = 0; i < o->n; i++)
    if (hk_str_eq(o->v[i].key, hk_str_of(key))) return &o->v[i];
  return NULL;
}
