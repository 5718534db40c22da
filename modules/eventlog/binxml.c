/* Binary XML (MS-EVEN6 2.2.12; libyal, "Windows XML Event Log (EVTX)", binary XML). An event is mostly one template
   instance: a template's tokens with values put in. Values may be binary XML again, with templates of their own: these
   nest on a stack here, not on the processor's. Values are written as Windows shows them. */
#include "binxml.h"

#include <string.h>

enum {
  NEST_LIMIT = 16,
  TOKEN_LIMIT = 200000, /* tokens of one event: templates in templates grow */
  VALUE_LIMIT = 4096,   /* values of one template */
};

struct value {
  uint8_t type;
  uint64_t at; /* in the chunk */
  uint16_t size;
};

struct values {
  const struct value *v;
  size_t n;
};

/* A run of tokens: the record itself, a template, or a value that is binary XML. */
struct run {
  uint64_t at, end;
  struct values values;
  bool inner;          /* inside a value, elements carry no dependency identifier */
  size_t depth_before; /* elements open when it began */
};

struct reader {
  struct hk_arena *arena;
  const struct hk_cur *chunk;
  struct builder *b;
  struct run runs[NEST_LIMIT];
  size_t n_runs;
  size_t n_tokens;
  bool in_attribute;
  hk_str attribute_name, attribute_value;
};

static hk_err damaged(const char *step, uint64_t at)
{
  return hk_fail(HK_DAMAGED, step, (int64_t)at);
}

/* ---- values as text ----------------------------------------------------------------------------------------------------- */

enum type {
  T_NULL = 0x00, T_STRING = 0x01, T_ANSI = 0x02, T_I8 = 0x03, T_U8 = 0x04, T_I16 = 0x05, T_U16 = 0x06, T_I32 = 0x07,
  T_U32 = 0x08, T_I64 = 0x09, T_U64 = 0x0a, T_F32 = 0x0b, T_F64 = 0x0c, T_BOOL = 0x0d, T_BINARY = 0x0e, T_GUID = 0x0f,
  T_SIZE = 0x10, T_FILETIME = 0x11, T_SYSTEMTIME = 0x12, T_SID = 0x13, T_HEX32 = 0x14, T_HEX64 = 0x15, T_HANDLE = 0x20,
  T_BINXML = 0x21, T_XML = 0x23, T_ARRAY = 0x80,
};

static size_t size_of(uint8_t type)
{
  switch (type) {
  case T_I8:
  case T_U8: return 1;
  case T_I16:
  case T_U16: return 2;
  case T_I32:
  case T_U32:
  case T_F32:
  case T_BOOL:
  case T_HEX32: return 4;
  case T_I64:
  case T_U64:
  case T_F64:
  case T_FILETIME:
  case T_HEX64: return 8;
  case T_GUID:
  case T_SYSTEMTIME: return 16;
  default: return 0;
  }
}

static uint64_t number_of(struct hk_cur c)
{
  uint64_t v = 0;
  const size_t n = c.size < 8 ? c.size : 8;
  for (size_t i = 0; i < n; i++) v |= (uint64_t)hk_u8(&c) << (8 * i);
  return v;
}

static int64_t signed_of(struct hk_cur c)
{
  const uint64_t v = number_of(c);
  const unsigned bits = (unsigned)(c.size < 8 ? c.size : 8) * 8;
  if (bits == 0 || bits == 64) return (int64_t)v;
  return v >> (bits - 1) ? (int64_t)(v | ~((UINT64_C(1) << bits) - 1)) : (int64_t)v;
}

static hk_str hex_text(struct hk_arena *a, struct hk_cur c)
{
  static const char digits[] = "0123456789ABCDEF";
  char *p = hk_alloc(a, c.size * 2 + 1);
  if (p == NULL) return (hk_str){0};
  for (size_t i = 0; i < c.size; i++) {
    p[2 * i] = digits[c.base[i] >> 4];
    p[2 * i + 1] = digits[c.base[i] & 15];
  }
  return (hk_str){.p = p, .n = c.size * 2};
}

static hk_str guid_text(struct hk_arena *a, struct hk_cur c)
{
  const unsigned d1 = hk_u32le(&c), d2 = hk_u16le(&c), d3 = hk_u16le(&c);
  uint8_t b[8];
  hk_copy(&c, b, sizeof b);
  return hk_str_printf(a, "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", d1, d2, d3, b[0], b[1], b[2], b[3], b[4], b[5],
                       b[6], b[7]);
}

static hk_str sid_text(struct hk_arena *a, struct hk_cur c)
{
  const unsigned revision = hk_u8(&c), n = hk_u8(&c);
  uint64_t authority = 0;
  for (int i = 0; i < 6; i++) authority = authority << 8 | hk_u8(&c);
  if (c.bad || n > 15 || hk_cur_left(&c) < n * 4u) return (hk_str){0};
  hk_str s = hk_str_printf(a, "S-%u-%llu", revision, (unsigned long long)authority);
  for (unsigned i = 0; i < n; i++) s = hk_str_printf(a, "%.*s-%u", (int)s.n, s.p, (unsigned)hk_u32le(&c));
  return s;
}

static hk_str filetime_text(struct hk_arena *a, uint64_t v)
{
  char z[HK_ISO_SIZE];
  const hk_time t = hk_time_from_filetime(v);
  /* 0 and what is no date stay numbers: a log may mean "never" by them. */
  if (t == HK_TIME_UNKNOWN) return hk_str_printf(a, "%llu", (unsigned long long)v);
  return hk_str_copy(a, hk_str_of(hk_time_iso(t, z)));
}

static hk_str systemtime_text(struct hk_arena *a, struct hk_cur c)
{
  unsigned f[8];
  for (int i = 0; i < 8; i++) f[i] = hk_u16le(&c);
  return hk_str_printf(a, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", f[0], f[1], f[3], f[4], f[5], f[6], f[7]);
}

static hk_str float_text(struct hk_arena *a, struct hk_cur c)
{
  const uint64_t bits = number_of(c);
  if (c.size == 4) {
    const uint32_t half = (uint32_t)bits;
    float f;
    memcpy(&f, &half, sizeof f);
    return hk_str_printf(a, "%.9g", (double)f);
  }
  double d;
  memcpy(&d, &bits, sizeof d);
  return hk_str_printf(a, "%.17g", d);
}

/* Strings end at their size; Windows adds a NUL to some, which is none of the text. */
static hk_str string_text(struct hk_arena *a, struct hk_cur c)
{
  size_t n = c.size & ~(size_t)1;
  while (n >= 2 && c.base[n - 1] == 0 && c.base[n - 2] == 0) n -= 2;
  return n == 0 ? HK_S("") : hk_str_from_utf16le(a, c.base, n);
}

/* Text in the code page of the PC that wrote it, which a log does not name. What is no UTF-8 is told byte for byte as
   U+0000 to U+00FF, from which the bytes can be had again. */
static hk_str ansi_text(struct hk_arena *a, struct hk_cur c)
{
  size_t n = c.size;
  while (n > 0 && c.base[n - 1] == 0) n--;
  if (n == 0) return HK_S("");
  const hk_str raw = {.p = (const char *)c.base, .n = n};
  if (hk_str_valid(raw)) return hk_str_copy(a, raw);
  char *p = hk_alloc(a, n * 2);
  if (p == NULL) return (hk_str){0};
  size_t made = 0;
  for (size_t i = 0; i < n; i++) {
    char one[4];
    const size_t k = hk_utf8_put(c.base[i], one);
    memcpy(p + made, one, k);
    made += k;
  }
  return (hk_str){.p = p, .n = made};
}

/* One value, no array. c is a window of exactly its bytes. */
static hk_str value_text(struct hk_arena *a, uint8_t type, struct hk_cur c)
{
  const size_t fixed = size_of(type);
  if (c.size == 0) return (hk_str){0};
  /* A size that is not the type's: shown as bytes, not guessed at. */
  if (fixed != 0 && c.size < fixed) return hex_text(a, c);
  switch (type) {
  case T_NULL: return (hk_str){0};
  case T_STRING:
  case T_XML: return string_text(a, c);
  case T_ANSI: return ansi_text(a, c);
  case T_I8:
  case T_I16:
  case T_I32:
  case T_I64: return hk_str_printf(a, "%lld", (long long)signed_of(hk_cur_at(&c, 0, fixed)));
  case T_U8:
  case T_U16:
  case T_U32:
  case T_U64: return hk_str_printf(a, "%llu", (unsigned long long)number_of(hk_cur_at(&c, 0, fixed)));
  case T_F32:
  case T_F64: return float_text(a, hk_cur_at(&c, 0, fixed));
  case T_BOOL: return number_of(hk_cur_at(&c, 0, 4)) != 0 ? HK_S("true") : HK_S("false");
  case T_GUID: return guid_text(a, c);
  case T_SIZE:
  case T_HANDLE:
  case T_HEX32:
  case T_HEX64: return hk_str_printf(a, "0x%llx", (unsigned long long)number_of(c));
  case T_FILETIME: return filetime_text(a, number_of(c));
  case T_SYSTEMTIME: return systemtime_text(a, c);
  case T_SID: {
    const hk_str s = sid_text(a, c);
    return s.p != NULL ? s : hex_text(a, c);
  }
  default: return hex_text(a, c);
  }
}

/* ---- telling the builder --------------------------------------------------------------------------------------------------- */

static void text(struct reader *r, hk_str s)
{
  if (s.n == 0) return;
  if (!r->in_attribute) {
    builder_text(r->b, s);
    return;
  }
  const hk_str was = r->attribute_value;
  r->attribute_value = was.n == 0 ? s : hk_str_printf(r->arena, "%.*s%.*s", (int)was.n, was.p, (int)s.n, s.p);
}

/* An attribute whose value is left out is left out itself. */
static void end_attribute(struct reader *r)
{
  if (r->in_attribute && r->attribute_value.n > 0 && builder_depth(r->b) > 0)
    builder_attribute(r->b, r->attribute_name, r->attribute_value);
  r->in_attribute = false;
  r->attribute_value = (hk_str){0};
}

/* A list: Windows writes the element once for each. */
static void array(struct reader *r, uint8_t type, struct hk_cur c)
{
  const size_t fixed = size_of(type);
  size_t at = 0;
  bool first = true;
  while (at < c.size) {
    size_t n = fixed;
    if (type == T_STRING) {
      n = 0;
      while (at + n + 1 < c.size && (c.base[at + n] != 0 || c.base[at + n + 1] != 0)) n += 2;
      n += 2;
    } else if (type == T_SID) {
      n = at + 1 < c.size ? 8 + 4 * (size_t)c.base[at + 1] : 0;
    } else if (type == T_SIZE) {
      n = c.size % 8 == 0 ? 8 : 4;
    }
    if (n == 0 || builder_state(r->b).code != HK_OK) {
      text(r, hex_text(r->arena, hk_cur_at(&c, at, c.size - at)));
      return;
    }
    if (n > c.size - at) n = c.size - at;
    const hk_str s = value_text(r->arena, type, hk_cur_at(&c, at, n));
    if (!first && !r->in_attribute) builder_again(r->b);
    if (!first && r->in_attribute) text(r, HK_S(", "));
    text(r, s);
    first = false;
    at += n;
  }
}

/* ---- tokens ----------------------------------------------------------------------------------------------------------------- */

/* A name lies at its offset; when that is right here, it is stepped over. */
static hk_err read_name(struct reader *r, struct hk_cur *c, hk_str *out)
{
  const uint32_t at = hk_u32le(c);
  struct hk_cur n = hk_cur_at(r->chunk, at, at < r->chunk->size ? r->chunk->size - at : 0);
  hk_skip(&n, 6); /* next name of the same hash, hash */
  const uint16_t units = hk_u16le(&n);
  const uint8_t *p = hk_take(&n, (uint64_t)units * 2);
  if (c->bad || n.bad) return damaged("read name", at);
  *out = hk_str_from_utf16le(r->arena, p, (size_t)units * 2);
  if (at == c->pos) hk_skip(c, 8 + (uint64_t)units * 2 + 2);
  return c->bad ? damaged("read name", at) : hk_ok();
}

static hk_err push(struct reader *r, struct run run)
{
  if (r->n_runs == NEST_LIMIT) return hk_fail(HK_LIMIT, "nest binary XML", (int64_t)run.at);
  if (run.end > r->chunk->size || run.at > run.end) return damaged("nest binary XML", run.at);
  run.depth_before = builder_depth(r->b);
  r->runs[r->n_runs++] = run;
  return hk_ok();
}

static hk_err template_instance(struct reader *r, struct hk_cur *c)
{
  const uint64_t here = c->pos;
  hk_skip(c, 1 + 4);
  const uint32_t at = hk_u32le(c);
  struct hk_cur d = hk_cur_at(r->chunk, at, at < r->chunk->size ? r->chunk->size - at : 0);
  hk_skip(&d, 4 + 16); /* next template of the same hash, identifier */
  const uint32_t n_data = hk_u32le(&d);
  if (c->bad || d.bad || n_data > hk_cur_left(&d)) return damaged("read template", at);
  const uint64_t body = at + d.pos;
  if (at == c->pos) hk_skip(c, (uint64_t)d.pos + n_data);
  const uint32_t n = hk_u32le(c);
  if (c->bad || n > VALUE_LIMIT || (uint64_t)n * 4 > hk_cur_left(c)) return damaged("read template values", here);
  struct value *v = hk_new(r->arena, struct value, n);
  if (v == NULL) return hk_fail(HK_MEMORY, "read template values", HK_NO_OFFSET);
  for (uint32_t i = 0; i < n; i++) {
    v[i].size = hk_u16le(c);
    v[i].type = hk_u8(c);
    hk_skip(c, 1);
  }
  for (uint32_t i = 0; i < n; i++) {
    v[i].at = c->pos;
    hk_skip(c, v[i].size);
  }
  if (c->bad) return damaged("read template values", here);
  /* The caller's run goes on behind the values once the template is done. */
  r->runs[r->n_runs - 1].at = c->pos;
  return push(r, (struct run){.at = body, .end = body + n_data, .values = {.v = v, .n = n}});
}

static hk_err substitution(struct reader *r, struct hk_cur *c)
{
  struct run *run = &r->runs[r->n_runs - 1];
  const uint16_t index = hk_u16le(c);
  hk_skip(c, 1);
  if (c->bad || index >= run->values.n) return damaged("put in value", c->pos);
  const struct value v = run->values.v[index];
  run->at = c->pos;
  if (v.size == 0 || v.type == T_NULL) return hk_ok();
  if (v.type == T_BINXML) {
    if (r->in_attribute) return damaged("put in value", v.at);
    return push(r, (struct run){.at = v.at, .end = v.at + v.size, .inner = true});
  }
  const struct hk_cur bytes = hk_cur_at(r->chunk, v.at, v.size);
  if (bytes.bad) return damaged("put in value", v.at);
  if ((v.type & T_ARRAY) != 0) array(r, v.type & 0x7f, bytes);
  else text(r, value_text(r->arena, v.type, bytes));
  return hk_ok();
}

static hk_err open_element(struct reader *r, struct hk_cur *c, bool with_attributes, bool inner)
{
  hk_str name;
  if (!inner) hk_skip(c, 2); /* dependency identifier: which value decides whether it appears */
  hk_skip(c, 4);
  HK_TRY(read_name(r, c, &name));
  if (with_attributes) hk_skip(c, 4);
  end_attribute(r);
  builder_open(r->b, name);
  return builder_state(r->b);
}

static hk_err counted_text(struct reader *r, struct hk_cur *c, bool told)
{
  const uint16_t units = hk_u16le(c);
  const uint8_t *p = hk_take(c, (uint64_t)units * 2);
  if (c->bad) return damaged("read text", c->pos);
  if (told) text(r, hk_str_from_utf16le(r->arena, p, (size_t)units * 2));
  return hk_ok();
}

static hk_err value_token(struct reader *r, struct hk_cur *c)
{
  const uint8_t type = hk_u8(c);
  if (type == T_STRING) return counted_text(r, c, true);
  const size_t n = size_of(type);
  if (n == 0) return hk_fail(HK_UNSUPPORTED, "read value", (int64_t)c->pos);
  const struct hk_cur bytes = hk_cur_at(r->chunk, c->pos, n);
  if (bytes.bad) return damaged("read value", c->pos);
  text(r, value_text(r->arena, type, bytes));
  hk_skip(c, n);
  return hk_ok();
}

static hk_err entity(struct reader *r, struct hk_cur *c)
{
  static const struct {
    const char *name, *is;
  } known[] = {{"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"quot", "\""}, {"apos", "'"}};
  hk_str name;
  HK_TRY(read_name(r, c, &name));
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (hk_str_eq(name, hk_str_of(known[i].name))) {
      text(r, hk_str_of(known[i].is));
      return hk_ok();
    }
  text(r, hk_str_printf(r->arena, "&%.*s;", (int)name.n, name.p));
  return hk_ok();
}

static hk_err character(struct reader *r, struct hk_cur *c)
{
  char *p = hk_alloc(r->arena, 4);
  if (p == NULL) return hk_fail(HK_MEMORY, "read character", HK_NO_OFFSET);
  const size_t n = hk_utf8_put(hk_u16le(c), p);
  text(r, (hk_str){.p = p, .n = n});
  return hk_ok();
}

static hk_err close_element(struct reader *r, const struct run *run, uint64_t at)
{
  end_attribute(r);
  if (builder_depth(r->b) <= run->depth_before) return damaged("close element", at);
  builder_close(r->b);
  return hk_ok();
}

/* One token of the run on top. *ended: it was the last. */
static hk_err token(struct reader *r, bool *ended)
{
  struct run *run = &r->runs[r->n_runs - 1];
  struct hk_cur c = hk_cur_at(r->chunk, 0, run->end);
  hk_seek(&c, run->at);
  const size_t level = r->n_runs;
  const uint8_t t = hk_u8(&c);
  hk_err e = hk_ok();
  hk_str name;
  switch (t) {
  case 0x00: *ended = true; break;
  case 0x01:
  case 0x41: e = open_element(r, &c, (t & 0x40) != 0, run->inner); break;
  case 0x02: end_attribute(r); break;
  case 0x03:
  case 0x04: e = close_element(r, run, run->at); break;
  case 0x05:
  case 0x45: e = value_token(r, &c); break;
  case 0x06:
  case 0x46:
    end_attribute(r);
    e = read_name(r, &c, &r->attribute_name);
    r->in_attribute = true;
    break;
  case 0x07:
  case 0x47: e = counted_text(r, &c, true); break;
  case 0x08:
  case 0x48: e = character(r, &c); break;
  case 0x09:
  case 0x49: e = entity(r, &c); break;
  case 0x0a: e = read_name(r, &c, &name); break;
  case 0x0b: e = counted_text(r, &c, false); break;
  case 0x0c: e = template_instance(r, &c); break;
  case 0x0d:
  case 0x0e: e = substitution(r, &c); break;
  case 0x0f: hk_skip(&c, 3); break;
  default: return hk_fail(HK_UNSUPPORTED, "read binary XML token", (int64_t)run->at);
  }
  if (e.code != HK_OK) return e;
  if (c.bad) return hk_fail(HK_TRUNCATED, "read binary XML token", (int64_t)run->at);
  /* Where a new run was put on top, the place to go on is already set. */
  if (r->n_runs == level) run->at = c.pos;
  return hk_ok();
}

hk_err event_from_binxml(struct hk_arena *a, const struct hk_cur *chunk, uint64_t at, uint64_t n, struct event *out)
{
  struct reader *r = hk_new(a, struct reader, 1);
  struct builder *b = builder_make(a);
  if (r == NULL || b == NULL) return hk_fail(HK_MEMORY, "read event", HK_NO_OFFSET);
  if (at > chunk->size || n > chunk->size - at) return damaged("read event", at);
  r->arena = a;
  r->chunk = chunk;
  r->b = b;
  HK_TRY(push(r, (struct run){.at = at, .end = at + n}));
  while (r->n_runs > 0) {
    struct run *run = &r->runs[r->n_runs - 1];
    bool ended = run->at >= run->end;
    if (!ended) {
      if (++r->n_tokens > TOKEN_LIMIT) return hk_fail(HK_LIMIT, "read binary XML", (int64_t)run->at);
      HK_TRY(token(r, &ended));
      HK_TRY(builder_state(b));
    }
    if (!ended) continue;
    if (builder_depth(b) != run->depth_before) return damaged("end binary XML", run->at);
    r->n_runs--;
  }
  struct event e = builder_event(b);
  if (e.id == HK_NO_INT && e.channel.n == 0 && e.provider.n == 0) return damaged("read event", at);
  *out = e;
  return hk_ok();
}
